package adapter

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// readyWait is how long the ledger and the store may take to show that they answer.
const readyWait = time.Second

// healthy is the answer of a process that is alive, or ready.
type healthy struct {
	Status string `json:"status"`
	// Part is what does not answer, when it is not ready.
	Part string `json:"part,omitempty"`
	// Waiting is what the work waits for, though reports are accepted.
	Waiting string `json:"waiting,omitempty"`
}

// healthRoutes tell whether the process is alive and ready, how it is doing, and
// what it understands. They need no key: they hold nothing secret and nobody's data.
func healthRoutes(s *Server) []route {
	s.telemetry.Watch(s.opt.Ledger)
	get := func(path string) route {
		return route{Method: http.MethodGet, Path: path, Source: "health", Free: true}
	}
	alive, ready, metrics := get("/healthz"), get("/readyz"), get("/metrics")
	alive.Serve = func(context.Context, call) (Response, error) {
		return Response{Status: http.StatusOK, Body: healthy{Status: "ok"}}, nil
	}
	ready.Serve = func(ctx context.Context, _ call) (Response, error) {
		return s.readiness.look(func() Response { return s.ready(context.WithoutCancel(ctx)) }), nil
	}
	metrics.Raw = func(w http.ResponseWriter, r *http.Request, _ call) { s.Metrics().ServeHTTP(w, r) }
	var more []OperatorEndpoint
	if s.opt.Operators != nil {
		more = s.opt.Operators.Endpoints
	}
	documents, err := openAPIRoutes(more)
	if err != nil {
		panic("adapter: " + err.Error()) // our own types cannot be described
	}
	return append([]route{alive, ready, metrics}, documents...)
}

// Metrics answers with the figures in the format of Prometheus, for a listener of
// their own. Without Telemetry there are none.
func (s *Server) Metrics() http.Handler { return s.telemetry.Handler() }

// shared is an answer that costs something and that anybody may ask for: those who
// ask while it is being found get the one that is found.
type shared struct {
	mu      sync.Mutex
	running *finding
}

type finding struct {
	done chan struct{}
	out  Response
}

// look finds the answer, or waits for the one that is being found. When finding it
// panics, those who wait are told to come again.
func (s *shared) look(find func() Response) Response {
	s.mu.Lock()
	f, first := s.running, s.running == nil
	if first {
		f = &finding{done: make(chan struct{}), out: Response{Status: http.StatusServiceUnavailable, Body: healthy{Status: "unavailable"}}}
		s.running = f
	}
	s.mu.Unlock()
	if !first {
		<-f.done
		return f.out
	}
	defer func() {
		s.mu.Lock()
		s.running = nil
		s.mu.Unlock()
		close(f.done)
	}()
	f.out = find()
	return f.out
}

// ready asks everything that accepting needs. Which part is missing is said, why it
// is missing is not. Work that is paused is accepted all the same.
func (s *Server) ready(ctx context.Context) Response {
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	part := ""
	if _, err := s.opt.Ledger.Depth(ctx, s.opt.Now().UTC()); err != nil {
		part = "ledger"
	} else if _, err := s.opt.Store.Paused(ctx); err != nil {
		part = "store"
	}
	if part != "" {
		return Response{Status: http.StatusServiceUnavailable, Body: healthy{Status: "unavailable", Part: part}}
	}
	return Response{Status: http.StatusOK, Body: healthy{Status: "ready", Waiting: s.opt.Waiting()}}
}
