package hstest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// Token is the access token that the server takes.
const Token = "pat-eu1-00000000-test"

// Server is a HubSpot account. Safe for concurrent use.
type Server struct {
	http *httptest.Server

	mu        sync.Mutex
	now       func() time.Time
	contacts  map[int64]*record
	companies map[int64]*record
	primary   map[int64]int64 // by contact
	others    map[int64][]int64
	moved     map[int64]int64 // merged contacts, old to new
	callbacks []Callback
	calls     []Call
	faults    []Fault
	limit     int
	window    time.Duration
	recent    []time.Time
}

// Call is a request that was received.
type Call struct {
	Method, Path string
	// Status is what was answered; 0 when the answer was withheld.
	Status int
	Body   []byte
}

// Callback is an action that was completed.
type Callback struct {
	ID string
	// Body are the bytes that were sent.
	Body []byte
	// Fields are the output fields.
	Fields map[string]string
}

// Fault makes the next calls go wrong.
type Fault struct {
	// Path selects calls whose path contains it; "" selects all.
	Path string
	// Times is how many calls it takes, 1 when 0.
	Times int
	// Status, Header and Body are the answer in place of the real one.
	Status int
	Header map[string]string
	Body   string
	// Lost does the work and then breaks the connection without an answer.
	Lost bool
	// Dropped breaks the connection without doing the work.
	Dropped bool
}

// New starts a server. Close it after use.
func New() *Server {
	s := &Server{
		now: time.Now, contacts: map[int64]*record{}, companies: map[int64]*record{},
		primary: map[int64]int64{}, others: map[int64][]int64{}, moved: map[int64]int64{},
	}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Close stops the server.
func (s *Server) Close() { s.http.Close() }

// URL is the server's address, for hubspot.Options.BaseURL.
func (s *Server) URL() string { return s.http.URL }

// Calls lists the requests in the order in which they came.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// ResetCalls forgets the requests so far.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// Callbacks lists the completed actions in order.
func (s *Server) Callbacks() []Callback {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.callbacks)
}

// Inject adds faults; each call meets the first one that selects it.
func (s *Server) Inject(fs ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range fs {
		f.Times = max(f.Times, 1)
		s.faults = append(s.faults, f)
	}
}

// Limit answers 429 to more than n calls within a window; 0 lifts the limit.
func (s *Server) Limit(n int, window time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit, s.window = n, window
}

// serve answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	f, faulty := s.fault(r.URL.Path)
	var a answer
	switch {
	case faulty && f.Dropped:
	case faulty && !f.Lost:
		a = answer{status: f.Status, header: f.Header, raw: f.Body}
	default:
		a = s.answer(r, body)
	}
	withheld := faulty && (f.Lost || f.Dropped)
	if withheld {
		a.status = 0
	}
	s.calls = append(s.calls, Call{Method: r.Method, Path: r.URL.EscapedPath(), Status: a.status, Body: body})
	s.mu.Unlock()
	if withheld {
		panic(http.ErrAbortHandler)
	}
	a.write(w)
}

// fault finds the fault that a call meets, and counts it.
func (s *Server) fault(path string) (Fault, bool) {
	for i := range s.faults {
		f := s.faults[i]
		if f.Times > 0 && strings.Contains(path, f.Path) {
			s.faults[i].Times--
			return f, true
		}
	}
	return Fault{}, false
}

// answer is what is sent back.
type answer struct {
	status int
	header map[string]string
	body   any
	raw    string
}

func (a answer) write(w http.ResponseWriter) {
	text := []byte(a.raw)
	if a.body != nil {
		var err error
		if text, err = json.Marshal(a.body); err != nil {
			http.Error(w, "hstest: "+err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if len(text) > 0 {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
}

// refusal is an error in HubSpot's form.
func refusal(status int, category, message string) answer {
	return answer{status: status, body: map[string]string{"status": "error", "category": category, "message": message}}
}

// answer does what a request asks for.
func (s *Server) answer(r *http.Request, body []byte) answer {
	if r.Header.Get("Authorization") != "Bearer "+Token {
		return refusal(http.StatusUnauthorized, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
	}
	if s.overLimit() {
		return answer{status: http.StatusTooManyRequests, body: map[string]string{
			"status": "error", "message": "You have reached your ten_secondly_rolling limit.",
			"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING",
		}}
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		return refusal(http.StatusMethodNotAllowed, "VALIDATION_ERROR", "want a POST with JSON")
	}
	switch path := strings.TrimPrefix(r.URL.Path, "/"); {
	case is(path, "contacts/batch/read", "crm/v3/objects/", "crm/objects/"):
		return s.readBatch(body, s.contacts, s.moved)
	case is(path, "companies/batch/read", "crm/v3/objects/", "crm/objects/"):
		return s.readBatch(body, s.companies, nil)
	case is(path, "contacts/companies/batch/read", "crm/v4/associations/", "crm/associations/"):
		return s.readLinks(body)
	case strings.HasSuffix(path, "/complete") && strings.Contains(path, "/callbacks/"):
		return s.complete(path, body)
	}
	return refusal(http.StatusNotFound, "NOT_FOUND", "no such resource")
}

// is reports whether a path is prefix + suffix, or dated + a date + "/" + suffix.
func is(path, suffix, prefix, dated string) bool {
	if path == prefix+suffix {
		return true
	}
	rest, ok := strings.CutPrefix(path, dated)
	date, tail, cut := strings.Cut(rest, "/")
	return ok && cut && tail == suffix && len(date) == len("2026-03") && date[4] == '-'
}

// overLimit counts a call and reports whether it is one too many.
func (s *Server) overLimit() bool {
	if s.limit == 0 {
		return false
	}
	now := s.now()
	s.recent = slices.DeleteFunc(s.recent, func(t time.Time) bool { return now.Sub(t) >= s.window })
	if len(s.recent) >= s.limit {
		return true
	}
	s.recent = append(s.recent, now)
	return false
}

// complete ends an action; one that has ended is not there any more.
func (s *Server) complete(path string, body []byte) answer {
	_, rest, _ := strings.Cut(path, "/callbacks/")
	id := strings.TrimSuffix(rest, "/complete")
	var in struct {
		OutputFields map[string]string `json:"outputFields"`
		TypedOutputs *struct{}         `json:"typedOutputs"`
	}
	if json.Unmarshal(body, &in) != nil || in.OutputFields == nil || in.TypedOutputs == nil {
		return refusal(http.StatusBadRequest, "VALIDATION_ERROR", "Invalid input JSON")
	}
	for _, c := range s.callbacks {
		if c.ID == id {
			return refusal(http.StatusNotFound, "OBJECT_NOT_FOUND", "callback is over")
		}
	}
	s.callbacks = append(s.callbacks, Callback{ID: id, Body: body, Fields: in.OutputFields})
	return answer{status: http.StatusNoContent}
}
