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

// Token is the access token of a private app that the server takes.
const Token = "pat-eu1-00000000-test"

// Server is a HubSpot account. Safe for concurrent use.
type Server struct {
	http *httptest.Server

	mu  sync.Mutex
	now func() time.Time
	// last is the youngest updatedAt that was given.
	last      time.Time
	lastID    int64
	stores    map[Kind]*store
	primary   map[int64]int64 // by contact
	others    map[int64][]int64
	owners    []Owner
	lists     map[string]List
	lag       time.Duration
	pending   []indexing
	failing   map[failingKey]string
	refused   map[refusedKey]bool
	callbacks []Callback
	calls     []Call
	faults    []Fault
	rates     rates
	app       app
}

// Call is a request that was received.
type Call struct {
	Method, Path string
	// Query is the raw query, "" for none.
	Query string
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
		now: time.Now, lastID: firstID - 1,
		stores:  map[Kind]*store{Contacts: newStore(Contacts), Companies: newStore(Companies)},
		primary: map[int64]int64{}, others: map[int64][]int64{}, lists: map[string]List{},
		failing: map[failingKey]string{}, refused: map[refusedKey]bool{}, rates: defaultRates(),
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

// CallsTo lists the requests whose path contains a text.
func (s *Server) CallsTo(path string) []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return !strings.Contains(c.Path, path) })
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
	s.calls = append(s.calls, Call{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Status: a.status, Body: body,
	})
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

// ok is an answer without anything wrong.
func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

const correlation = "aeb5f871-7f07-4993-9211-075dc63e7cbf"

// refusal is an error in HubSpot's form.
func refusal(status int, category, message string) answer {
	return answer{status: status, body: map[string]any{
		"status": "error", "category": category, "message": message, "correlationId": correlation,
	}}
}

// badRequest is what HubSpot says to what it cannot read.
func badRequest(message string) answer {
	return refusal(http.StatusBadRequest, "VALIDATION_ERROR", message)
}
