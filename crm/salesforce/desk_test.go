package salesforce

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain fails the package when a test leaves a goroutine, and with it a
// connection, behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is an org of a few lines: it gives out tokens, lists versions, and hands
// every other call with a good token to the test.
type desk struct {
	*httptest.Server
	mu     sync.Mutex
	good   string // the token that is good; logins make a new one
	logins int
	forms  []string        // of the logins
	calls  int             // that were handed to the test
	open   map[string]bool // by the caller's address
	// changed tells that a connection opened or closed.
	changed *sync.Cond
	// answer of a token call; nil gives a token.
	refuse func(w http.ResponseWriter)
	handle http.HandlerFunc
	usage  string // Sforce-Limit-Info of every call
}

func newDesk(t *testing.T, handle http.HandlerFunc) *desk {
	t.Helper()
	d := &desk{handle: handle, open: map[string]bool{}}
	d.changed = sync.NewCond(&d.mu)
	d.Server = httptest.NewUnstartedServer(http.HandlerFunc(d.serve))
	d.Config.ConnState = d.connState
	d.Start()
	t.Cleanup(d.Close)
	return d
}

func (d *desk) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case tokenPath:
		d.login(w, r)
		return
	case "/services/data":
		_, _ = w.Write([]byte(`[{"label":"Summer","version":"62.0"},{"label":"Spring","version":"66.0"}]`))
		return
	}
	d.mu.Lock()
	good, handle := r.Header.Get("Authorization") == "Bearer "+d.good, d.handle
	if good {
		d.calls++
	}
	usage := d.usage
	d.mu.Unlock()
	if usage != "" {
		w.Header().Set("Sforce-Limit-Info", "api-usage="+usage)
	}
	if !good {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`))
		return
	}
	handle(w, r)
}

func (d *desk) login(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.logins++
	_ = r.ParseForm()
	d.forms = append(d.forms, r.Form.Encode())
	if d.refuse != nil {
		d.refuse(w)
		return
	}
	d.good = fmt.Sprintf("token-%d", d.logins)
	_ = json.NewEncoder(w).Encode(map[string]string{
		"access_token": d.good, "instance_url": d.URL, "token_type": "Bearer",
		"id": "https://login.salesforce.com/id/00D000000000001AAA/005000000000001AAA",
	})
}

func (d *desk) connState(c net.Conn, state http.ConnState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open[c.RemoteAddr().String()] = state != http.StateClosed && state != http.StateHijacked
	d.changed.Broadcast()
}

// waitClosed waits until no connection is open; false when one stays.
func (d *desk) waitClosed() bool {
	late := false
	alarm := time.AfterFunc(5*time.Second, func() { d.set(func() { late = true; d.changed.Broadcast() }) })
	defer alarm.Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for slices.Contains(slices.Collect(maps.Values(d.open)), true) && !late {
		d.changed.Wait()
	}
	return !late
}

// expire makes the token bad.
func (d *desk) expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.good = "none"
}

func (d *desk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// counted returns how many logins and how many calls there were.
func (d *desk) counted() (logins, calls int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.logins, d.calls
}

// options are those of an app of the desk.
func (d *desk) options() Options {
	return Options{Instance: d.URL, Login: ClientCredentials{ID: "app", Secret: "s3cret"}, Timeout: 20 * time.Second}
}

// connected opens an org; its repetitions do not pause.
func connected(t *testing.T, o Options) *Org {
	t.Helper()
	g, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	g.again.Backoff = func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }
	return g
}

// bothWays runs a test over go-salesforce and over a client of the host's.
func bothWays(t *testing.T, test func(t *testing.T, open func(t *testing.T, o Options) *Org)) {
	t.Helper()
	t.Run("through go-salesforce", func(t *testing.T) {
		test(t, func(t *testing.T, o Options) *Org {
			g := connected(t, o)
			if g.through == nil || !crossing.stands() {
				t.Fatal("the way through go-salesforce is closed")
			}
			return g
		})
	})
	t.Run("directly", func(t *testing.T) {
		test(t, func(t *testing.T, o Options) *Org {
			pool := http.DefaultTransport.(*http.Transport).Clone()
			t.Cleanup(pool.CloseIdleConnections)
			o.HTTPClient = &http.Client{Transport: pool}
			g := connected(t, o)
			if g.through != nil {
				t.Fatal("go-salesforce is used past the host's client")
			}
			return g
		})
	})
}

// answers is a handler that gives one answer.
func answers(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range header {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// breaksOff closes the connection instead of answering.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// waits answers nothing until the caller has gone.
func waits(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// cutsShort announces more than it sends.
func cutsShort(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"id":"003`))
	breaksOff(w, nil)
}

// read and post are the plainest calls.
func read(path string) call {
	return call{op: "find", name: "thing", method: http.MethodGet, path: path, repeat: true}
}

func post(path, body string) call {
	return call{op: "write", name: "things", method: http.MethodPost, path: path, body: []byte(body)}
}

// roundTrip is a transport that is a function, for tests without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// plainAnswer is an answer without a network.
func plainAnswer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
}
