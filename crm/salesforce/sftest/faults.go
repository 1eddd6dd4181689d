package sftest

import (
	"net"
	"net/http"
	"strconv"
	"time"
)

// FaultKind is what goes wrong with a call.
type FaultKind string

// The kinds of faults. The first group keeps the call from being served; the
// second serves it and spoils the answer.
const (
	// ResetBefore breaks the connection; nothing lands.
	ResetBefore FaultKind = "reset_before"
	// HTML answers with a page of HTML, Fault.Status 503 by default.
	HTML FaultKind = "html"
	// Refused answers with an error body: Fault.Status (default 503) and
	// Fault.Code (default SERVER_UNAVAILABLE), and Fault.RetryAfter.
	Refused FaultKind = "refused"
	// Concurrency answers 403 REQUEST_LIMIT_EXCEEDED for too many calls at once.
	Concurrency FaultKind = "concurrency"
	// Expired answers 401 INVALID_SESSION_ID and withdraws the call's token.
	Expired FaultKind = "expired"

	// Hooked only calls Fault.Hook before the call is served.
	Hooked FaultKind = "hooked"
	// ResetAfter serves the call and breaks the connection: the answer is lost.
	ResetAfter FaultKind = "reset_after"
	// Truncated breaks the connection in the middle of the answer.
	Truncated FaultKind = "truncated"
	// Malformed sends the first half of the answer as if it were all.
	Malformed FaultKind = "malformed"
	// BadGzip sends an answer that says it is compressed, and is not.
	BadGzip FaultKind = "bad_gzip"
	// Slow sends half of the answer, calls Fault.Hook, then sends the rest.
	Slow FaultKind = "slow"
	// Empty sends the status without a body.
	Empty FaultKind = "empty"
)

// FaultKinds lists all kinds.
func FaultKinds() []FaultKind {
	return []FaultKind{
		ResetBefore, HTML, Refused, Concurrency, Expired, Hooked, ResetAfter, Truncated, Malformed, BadGzip, Slow, Empty,
	}
}

// Always, as Fault.Times, makes a fault happen at every call from the N-th on.
const Always = -1

// Fault is one thing that goes wrong with calls from the wire.
type Fault struct {
	Kind FaultKind
	// Resource, as in Calls.ByResource, "token" for logins, and Method say which
	// calls fit; "" means any. Match, when it is not nil, must agree as well; path
	// is below the version. It is called with the server's lock held and must not
	// call the server.
	Resource, Method string
	Match            func(method, path string, body []byte) bool
	// N says at which of the calls that fit it happens for the first time, counted
	// from the injection; 0 and 1 mean the first. Times is how often it happens in
	// a row; 0 means once.
	N, Times int
	// Status and Code are those of HTML and Refused; RetryAfter, in whole seconds,
	// is sent with them when it is not 0.
	Status     int
	Code       string
	RetryAfter time.Duration
	// Hook is called once a call; it may block, and so makes latency.
	Hook func()

	seen int
}

// Inject adds faults. The first one that fits a call happens.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &f)
	}
}

// ClearFaults takes all faults out.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// meet finds the fault that a call meets; nil when there is none.
func (s *Server) meet(resource string, r *request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var met *Fault
	for _, f := range s.faults {
		if f.fits(resource, r) && f.due() && met == nil {
			met = f
		}
	}
	return met
}

func (f *Fault) fits(resource string, r *request) bool {
	return (f.Resource == "" || f.Resource == resource) && (f.Method == "" || f.Method == r.method) &&
		(f.Match == nil || f.Match(r.method, joined(r.path), r.body))
}

// due counts a call that fits, and tells whether the fault happens to it.
func (f *Fault) due() bool {
	f.seen++
	first := max(f.N, 1)
	return f.seen >= first && (f.Times == Always || f.seen < first+max(f.Times, 1))
}

// hook reports whether the hook belongs before the call.
func (f *Fault) hook() bool { return f != nil && f.Hook != nil && f.Kind != Slow }

// instead reports whether the call is not served at all.
func (k FaultKind) instead() bool {
	switch k {
	case ResetBefore, HTML, Refused, Concurrency, Expired:
		return true
	default:
		return false
	}
}

// refuse answers a call that is not served.
func (s *Server) refuse(w http.ResponseWriter, h *http.Request, r *request, f *Fault) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	status := f.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	switch f.Kind {
	case ResetBefore:
		breakOff(w)
	case HTML:
		s.write(w, h, page(status), nil)
	case Concurrency:
		s.write(w, h, failed(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."), nil)
	case Expired:
		s.withdraw(bearer(r.header))
		s.write(w, h, failed(http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid"), nil)
	default:
		code := f.Code
		if code == "" {
			code = "SERVER_UNAVAILABLE"
		}
		s.write(w, h, failed(status, code, "The server refuses this call"), nil)
	}
}

func page(status int) *response {
	return &response{
		status: status, header: http.Header{"Content-Type": {"text/html;charset=UTF-8"}},
		text: []byte("<html><head><title>" + http.StatusText(status) + "</title></head><body>Down for maintenance</body></html>"),
	}
}

// spoil sends an answer as the fault wants it.
func (f *Fault) spoil(w http.ResponseWriter, status int, body []byte) {
	half := body[:len(body)/2]
	switch f.Kind {
	case ResetAfter:
		breakOff(w)
	case Truncated:
		w.Header().Set("Content-Length", strconv.Itoa(max(len(body), 2)))
		w.WriteHeader(status)
		w.Write(half)
		flush(w)
		breakOff(w)
	case Malformed:
		send(w, status, half)
	case BadGzip:
		w.Header().Set("Content-Encoding", "gzip")
		send(w, status, []byte("this is not gzip"))
	case Slow:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		w.Write(half)
		flush(w)
		if f.Hook != nil {
			f.Hook()
		}
		w.Write(body[len(half):])
	case Empty:
		send(w, status, nil)
	default:
		send(w, status, body)
	}
}

// flush sends what was written so far; a writer that cannot is left alone.
func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// breakOff resets the connection.
func breakOff(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
