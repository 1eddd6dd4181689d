package adapter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"
)

// The bounds of one connection. A sender who is slower than that is not one of ours.
const (
	headerBytes   = 16 << 10
	headerTime    = 5 * time.Second
	bodyTime      = 10 * time.Second
	answerTime    = 150 * time.Second
	idleTime      = 120 * time.Second
	lingeringTime = time.Second
)

// Server takes reports over HTTP. Make one with New and mount Handler, or use
// HTTPServer. Safe for concurrent use.
type Server struct {
	opt       Options
	log       *slog.Logger
	telemetry *Telemetry
	handler   http.Handler

	room *room
	// bodies bounds what is read for requests that have no place yet.
	bodies *bodies
	// desk has places for those who wait for the outcome of their own work.
	desk  *room
	rates *rates

	// newID names requests.
	newID func() string
	// readiness is looked up once for all who ask at one time.
	readiness shared
	// waiters are the deliveries that requests wait for; see waiters.
	waiters waiters
	// ended is closed when Close has lost its patience; begun counts work that goes on.
	ended chan struct{}
	end   func()
	begun sync.WaitGroup
	// closing guards the beginning of work against Close.
	closing sync.RWMutex
	closed  bool
}

// New makes a server. The error lists everything that is wrong with the options; it
// never shows a secret.
func New(o Options) (*Server, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.Limits = o.Limits.withDefaults()
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Waiting == nil {
		o.Waiting = func() string { return "" }
	}
	s := &Server{
		opt: o, log: o.Logger, telemetry: o.Telemetry, newID: requestID,
		room: newRoom(o.Limits.InFlight, o.Limits.Wait), bodies: newBodies(int64(o.Limits.InFlight) * o.Limits.BodyBytes), desk: newRoom(o.Limits.Working, 0), rates: newRates(o.Now),
		waiters: waiters{keys: map[string]*waited{}}, ended: make(chan struct{}),
	}
	s.end = sync.OnceFunc(func() { close(s.ended) })
	routes, err := s.routes()
	if err != nil {
		return nil, err
	}
	s.handler = s.newHandler(routes)
	s.telemetry.room(s.room.taken, s.room.waiting)
	return s, nil
}

// routes is the table of everything that is served.
func (s *Server) routes() ([]route, error) {
	flow, errFlow := flowRoutes(s)
	hubspot, errHubSpot := hubspotRoutes(s)
	feeds, errFeeds := feedRoutes(s)
	operators, errOperators := operatorRoutes(s)
	if err := errors.Join(errFlow, errHubSpot, errFeeds, errOperators); err != nil {
		return nil, err
	}
	var all []route
	seen := map[string]bool{}
	for _, part := range [][]route{flow, hubspot, feeds, operators, healthRoutes(s)} {
		for _, r := range part {
			at := r.Method + " " + r.Path
			if seen[at] {
				return nil, fmt.Errorf("adapter: two sources want %s", at)
			}
			seen[at] = true
			all = append(all, r)
		}
	}
	return all, nil
}

// Handler answers all routes.
func (s *Server) Handler() http.Handler { return s.handler }

// HTTPServer is a server for addr with the limits and time-outs that the adapter
// counts on. Whoever runs it calls Shutdown on it and then Close on s.
func (s *Server) HTTPServer(addr string) *http.Server {
	return &http.Server{
		Addr: addr, Handler: s.handler, MaxHeaderBytes: headerBytes,
		ReadHeaderTimeout: headerTime, ReadTimeout: headerTime + bodyTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// Close waits for work that requests have begun. When ctx ends first, that work is
// told to stop; what is unfinished then is in the ledger, and ctx's error is
// returned. Requests that come later are accepted and left to the queue.
func (s *Server) Close(ctx context.Context) error {
	s.closing.Lock()
	s.closed = true
	s.closing.Unlock()
	done := make(chan struct{})
	go func() { s.begun.Wait(); close(done) }()
	defer s.end()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.end()
	select {
	case <-done:
	case <-time.After(lingeringTime):
	}
	return ctx.Err()
}

// begin runs work that outlives its request, under a context that ends with the
// server. It reports whether there was a place for it.
func (s *Server) begin(ctx context.Context, work func(context.Context)) bool {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed || !s.desk.try() {
		return false
	}
	s.begun.Add(1)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		select {
		case <-s.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	go func() {
		defer s.begun.Done()
		defer s.desk.leave()
		defer cancel()
		defer s.caught()
		work(ctx)
	}()
	return true
}

// caught keeps a fault of ours from ending the process: what was accepted is in the
// ledger. The value of a panic may hold people's data; its place does not.
func (s *Server) caught() {
	if v := recover(); v != nil {
		s.log.Error("work failed", "stack", string(debug.Stack()))
	}
}

// within runs work of a request that waits for it no longer than d. Work that takes
// longer goes on; the sender, who is told to come again, finds it done. The error is
// work's, or a *Refusal.
func (s *Server) within(ctx context.Context, d time.Duration, work func(context.Context) error) error {
	done := make(chan error, 1)
	if !s.begin(ctx, func(ctx context.Context) { done <- work(ctx) }) {
		return unavailable()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-done:
		if err == nil {
			return nil
		}
		var why *Refusal
		if errors.As(err, &why) {
			return why
		}
		return refusalFor(err)
	case <-timer.C:
	case <-ctx.Done():
	}
	return unavailable()
}

// requestID is a new name for a request.
func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return "req_" + hex.EncodeToString(b[:])
}

// route is one entry of the table of what is served. Exactly one of Take, Serve and
// Raw is set.
type route struct {
	// Method and Path are where it is served; ":name" in a path is a parameter.
	Method, Path string
	// Source names the route in metrics, logs and rates; "" for Take's own name.
	Source string
	// Media are the media types that its body may have; nil for requests without one.
	Media []string

	// Take accepts reports.
	Take Source
	// Early tells that Take knows a caller by the header alone: it is asked before
	// the body is read.
	Early bool

	// Verify tells the caller of Serve and Raw by the header alone, before the body
	// is read; nil lets everybody in.
	Verify func(r Request, now time.Time) (Caller, error)
	// Serve answers a request that brings no report. Its error is a *Refusal, or
	// trouble of ours.
	Serve func(ctx context.Context, c call) (Response, error)
	// Raw answers by itself, for what is no JSON.
	Raw func(w http.ResponseWriter, r *http.Request, c call)
	// Refuse is the answer to a refused request that Take does not answer; nil means
	// the usual one, in seconds.
	Refuse func(r Request, why *Refusal) Response
	// Free tells that it needs no place in the waiting room: it must answer under
	// overload too.
	Free bool
	// Rate and Burst are the caller's own at this route; 0 means Limits' for all.
	Rate  float64
	Burst int
}

// call is a verified request to Serve or Raw.
type call struct {
	Request Request
	Caller  Caller
	// Params are the parameters of the path, unescaped.
	Params map[string]string
	// leave gives the place in the waiting room back, before a wait for the CRM.
	leave func()
}

// mediaJSON are the media types of JSON.
func mediaJSON() []string { return []string{"application/json"} }

// name is the route's source.
func (r route) name() string {
	if r.Take != nil && r.Source == "" {
		return r.Take.Name()
	}
	return r.Source
}

// refusal is the answer to a refused request.
func (r route) refusal(req Request, why *Refusal) Response {
	switch {
	case r.Take != nil:
		return r.Take.Refuse(req, why)
	case r.Refuse != nil:
		return r.Refuse(req, why)
	}
	return refuse(req, why, time.Second)
}
