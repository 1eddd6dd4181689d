package adapter

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestNewNamesWhatIsWrong(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"no engine":       {func(o *Options) { o.Engine = nil }, "engine"},
		"no URL":          {func(o *Options) { o.PublicURL = "" }, "public URL"},
		"http":            {func(o *Options) { o.PublicURL = "http://hooks.example.com" }, "https"},
		"a slash":         {func(o *Options) { o.PublicURL = "https://hooks.example.com/" }, "slash"},
		"a query":         {func(o *Options) { o.PublicURL = "https://hooks.example.com?x" }, "query"},
		"a password":      {func(o *Options) { o.PublicURL = "https://u:p@hooks.example.com" }, "public URL"},
		"no key":          {func(o *Options) { o.Flow = &FlowOptions{} }, "API key"},
		"too long a wait": {func(o *Options) { o.Flow.Deadline = time.Hour }, "deadline"},
		"no issuer":       {func(o *Options) { o.Flow.JWT = &JWTOptions{} }, "issuer"},
		"a JWT key of none": {func(o *Options) {
			o.Flow.JWT = &JWTOptions{Issuer: "a", Audience: "b", Subject: "c", Scopes: Scopes(), Keys: []JWTKey{{ID: "k"}}}
		}, "PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newFlowBench(t).opt
			flow := *o.Flow
			o.Flow = &flow
			row.change(&o)
			if _, err := New(o); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want something about %q", err, row.want)
			}
		})
	}
	o := newFlowBench(t).opt
	for _, url := range []string{"http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:80", "https://a.example/base"} {
		if o.PublicURL = url; o.check() != nil {
			t.Errorf("%s: %v", url, o.check())
		}
	}
}

func TestNoRouteAndNoMethod(t *testing.T) {
	b := newFlowBench(t)
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	b.refused(ask(http.MethodGet, "/nowhere"), http.StatusNotFound, "not_found")
	b.refused(ask(http.MethodPost, "/salesforce/flow/route/"), http.StatusNotFound, "not_found")
	w := ask(http.MethodGet, routePath)
	b.refused(w, http.StatusMethodNotAllowed, "method_not_allowed")
	if got := w.Header().Get("Allow"); got != http.MethodPost {
		t.Errorf("Allow %q", got)
	}
}

// deadlines is a writer that knows of deadlines, as a connection does.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error {
	d.set = append(d.set, at)
	return nil
}

// A body has a time, and after it the connection has none: while a sender waits for
// the outcome, a deadline would make it look gone.
func TestReadDeadlineIsLifted(t *testing.T) {
	b := newFlowBench(t)
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest(http.MethodPost, routePath, strings.NewReader(body1("r1", annLee)))
	r.Header.Set("X-API-Key", "sfk_current")
	r.Header.Set("Content-Type", "application/json")
	b.Handler().ServeHTTP(w, r)
	if len(w.set) != 2 || w.set[0].IsZero() || !w.set[1].IsZero() {
		t.Errorf("deadlines %v", w.set)
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	b := newFlowBench(t)
	b.handler = b.newHandler([]route{{
		Method: http.MethodGet, Path: "/x", Source: "x",
		Serve: func(context.Context, call) (Response, error) { panic("ann.lee@newco.example") },
	}})
	for range 3 * DefaultInFlight { // places are given back, too
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/x", nil))
		b.refused(w, http.StatusServiceUnavailable, "internal_error")
		if w.Header().Get("Retry-After") == "" {
			t.Error("the sender is not told to come again")
		}
	}
	if strings.Contains(b.logs.String(), "ann.lee") {
		t.Error("the value of a panic is in the log")
	}
}

func TestWorkThatPanicsEndsNothing(t *testing.T) {
	b := newFlowBench(t)
	if !b.begin(t.Context(), func(context.Context) { panic("ann.lee@newco.example") }) {
		t.Fatal("no place")
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if logs := b.logs.String(); strings.Contains(logs, "ann.lee") || !strings.Contains(logs, "work failed") {
		t.Errorf("log: %s", logs)
	}
}

// A real connection: the header is bounded, and an answer comes before the body of
// somebody unknown was sent.
func TestHTTPServer(t *testing.T) {
	b := newFlowBench(t)
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = b.HTTPServer("")
	srv.Start()
	defer srv.Close()
	for want, header := range map[int]string{http.StatusUnauthorized: "x", http.StatusRequestHeaderFieldsTooLarge: strings.Repeat("x", 64<<10)} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+routePath, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-API-Key", header)
		resp, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("status %d, want %d", resp.StatusCode, want)
		}
	}
}
