package salesforce

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/onward-crm/onward/crm"
)

// TestWayDown is the contract of do, the same for both ways below.
func TestWayDown(t *testing.T) {
	rows := []struct {
		name   string
		handle http.HandlerFunc
		call   call
		// class nil: no error. body: what the reply holds; "-" for no reply.
		class error
		code  string
		after time.Duration
		body  string
		sent  int
	}{
		{"an answer", answers(200, `{"a":1}`), read("x"), nil, "", 0, `{"a":1}`, 1},
		{"no body", answers(204, ""), post("x", "{}"), nil, "", 0, "", 1},
		{"several records are a result", answers(300, `["a","b"]`), read("x"), nil, "", 0, `["a","b"]`, 1},
		{"a wrong request", answers(400, `[{"errorCode":"MALFORMED_QUERY","message":"near X"}]`), read("x"),
			crm.ErrInvalid, "MALFORMED_QUERY", 0, `[{"errorCode":"MALFORMED_QUERY","message":"near X"}]`, 1},
		{"CR10 the day's calls are used up", answers(403, `[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]`),
			read("x"), crm.ErrQuota, "REQUEST_LIMIT_EXCEEDED", 0, "*", 1},
		{"CR03 too many at once", answers(403, `[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded."}]`),
			post("x", "{}"), crm.ErrThrottled, "REQUEST_LIMIT_EXCEEDED", 0, "*", 1},
		{"CR03 a page of a gateway, read", answers(503, "<html>sorry", "Retry-After: 9"), read("x"), crm.ErrUnavailable, "HTTP_503", 9 * time.Second, "<html>sorry", 3},
		{"CR03 a page of a gateway, written", answers(503, "<html>sorry", "Retry-After: 9"), post("x", "{}"),
			crm.ErrUnknownOutcome, "HTTP_503", 9 * time.Second, "<html>sorry", 1},
		{"CR03 not taken, written", answers(503, `[{"errorCode":"SERVER_UNAVAILABLE"}]`), post("x", "{}"), crm.ErrUnavailable, "SERVER_UNAVAILABLE", 0, "*", 1},
		{"CR03 throttled, read", answers(429, "", "Retry-After: 2"), read("x"), crm.ErrThrottled, "HTTP_429", 2 * time.Second, "", 3},
		{"CR03 a server error, written", answers(500, `[{"errorCode":"UNKNOWN_EXCEPTION"}]`), post("x", "{}"), crm.ErrUnknownOutcome, "UNKNOWN_EXCEPTION", 0, "*", 1},
		{"more patience than we have", answers(503, "", "Retry-After: 86400"), read("x"), crm.ErrUnavailable, "HTTP_503", 24 * time.Hour, "", 1},
		{"a method that the server lacks is not repeated", answers(501, ""), read("x"), crm.ErrUnavailable, "HTTP_501", 0, "", 1},
		{"redirects are not followed", answers(302, "", "Location: /services/data/v66.0/elsewhere"), read("x"), crm.ErrUnavailable, "HTTP_302", 0, "", 1},
		{"an error that is no code", answers(400, `[{"errorCode":"ann@example.com"}]`), read("x"), crm.ErrInvalid, "UNREADABLE_CODE", 0, "*", 1},
		{"the answer to a read is lost", breaksOff, read("x"), crm.ErrUnavailable, "NO_ANSWER", 0, "-", 3},
		{"CR04 the answer to a write is lost", breaksOff, post("x", "{}"), crm.ErrUnknownOutcome, "NO_ANSWER", 0, "-", 1},
		{"the answer to a read is cut short", cutsShort, read("x"), crm.ErrUnavailable, "NO_ANSWER", 0, "-", 3},
		{"CR04 the answer to a write is cut short", cutsShort, post("x", "{}"), crm.ErrUnknownOutcome, "NO_ANSWER", 0, "-", 1},
		{"out of the resource", answers(200, "{}"), read("sobjects/Lead/../User"), crm.ErrInvalid, "BAD_PATH", 0, "-", 0},
	}
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				d := newDesk(t, row.handle)
				g := open(t, d.options())
				r, err := g.do(t.Context(), row.call)
				checkError(t, err, row.class, row.code, row.after)
				switch {
				case row.body == "-" && r != nil:
					t.Errorf("reply %d, want none", r.status)
				case row.body != "-" && (r == nil || row.body != "*" && string(r.body) != row.body):
					t.Errorf("reply %v, want body %q", r, row.body)
				}
				// net/http repeats a read by itself when a kept connection was closed.
				_, calls := d.counted()
				if calls != row.sent && !(row.sent == 3 && row.code == codeNoAnswer && calls == 4) {
					t.Errorf("sent %d times, want %d", calls, row.sent)
				}
			})
		}
	})
}

func checkError(t *testing.T, err, class error, code string, after time.Duration) {
	t.Helper()
	if class == nil {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	e, ok := errors.AsType[*crm.Error](err)
	if !ok {
		t.Fatalf("%T, want a *crm.Error", err)
	}
	if e.Class != class || e.Code != code || e.RetryAfter != after {
		t.Errorf("%v, %s, after %v; want %v, %s, after %v", e.Class, e.Code, e.RetryAfter, class, code, after)
	}
}

// TestRequestForm: what is asked for is what arrives.
func TestRequestForm(t *testing.T) {
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		type seen struct{ Method, URI, Body, Type, Assign, Accept string }
		var got seen
		d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			got = seen{r.Method, r.RequestURI, string(body), r.Header.Get("Content-Type"), r.Header.Get("Sforce-Auto-Assign"), r.Header.Get("Accept")}
			if len(r.Cookies()) > 0 {
				t.Error("a cookie was sent")
			}
			_, _ = w.Write([]byte("{}"))
		})
		o := d.options()
		o.Version = "62"
		g := open(t, o)
		k := post("sobjects/Lead/Onward_Key__c/a%2Fb%3Fc%23d", "Id,Name\n")
		k.method, k.contentType, k.query = http.MethodPatch, "text/csv", map[string][]string{"q": {"a b&c"}}
		k.header = map[string]string{"Sforce-Auto-Assign": "FALSE", "Accept": "text/csv"}
		for _, repeat := range []bool{false, true} {
			k.repeat = repeat
			if _, err := g.do(t.Context(), k); err != nil {
				t.Fatal(err)
			}
			want := seen{"PATCH", "/services/data/v62.0/sobjects/Lead/Onward_Key__c/a%2Fb%3Fc%23d?q=a+b%26c", "Id,Name\n", "text/csv", "FALSE", "text/csv"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		if _, err := g.do(t.Context(), read("/services/apexrest/x?a=1")); err != nil || got.URI != "/services/apexrest/x?a=1" {
			t.Errorf("%v, %s", err, got.URI)
		}
	})
}

// TestGzip: compressed answers are asked for and read.
func TestGzip(t *testing.T) {
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "gzip" {
				t.Error("gzip was not asked for")
			}
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write([]byte(`{"long":"text"}`))
			_ = z.Close()
		})
		r, err := open(t, d.options()).do(t.Context(), read("x"))
		if err != nil || string(r.body) != `{"long":"text"}` {
			t.Errorf("%v, %v", r, err)
		}
	})
}

// TestNotSent: a write that cannot have arrived is not of unknown outcome.
func TestNotSent(t *testing.T) {
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		d := newDesk(t, answers(200, "{}"))
		g := open(t, d.options())
		g.base.Transport.(lasting).under.(*http.Transport).CloseIdleConnections()
		d.Close()
		_, err := g.do(t.Context(), post("x", "{}"))
		checkError(t, err, crm.ErrUnavailable, codeNoAnswer, 0)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = g.do(gone, post("x", "{}"))
		checkError(t, err, crm.ErrUnavailable, codeCancelled, 0)
	})
}

// TestCancel: whoever gives up is free within 200 ms, on the line and in a pause.
func TestCancel(t *testing.T) {
	arrived := make(chan struct{}, 1)
	silent := func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		waits(w, r)
	}
	rows := []struct {
		name   string
		handle http.HandlerFunc
		call   call
		class  error
	}{
		{"while the server is silent, written", silent, post("x", "{}"), crm.ErrUnknownOutcome},
		{"while the server is silent, read", silent, read("x"), crm.ErrUnavailable},
		{"in a pause", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			arrived <- struct{}{}
		}, read("x"), crm.ErrUnavailable},
	}
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				d := newDesk(t, row.handle)
				g := open(t, d.options())
				g.again.Backoff = func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return time.Hour }
				ctx, cancel := context.WithCancel(t.Context())
				var left time.Time
				go func() { <-arrived; left = time.Now(); cancel() }()
				_, err := g.do(ctx, row.call)
				checkError(t, err, row.class, codeCancelled, 0)
				if took := time.Since(left); took > 200*time.Millisecond {
					t.Errorf("it took %v to give up", took)
				}
			})
		}
	})
}

// TestTimeout: a server that never answers costs Options.Timeout, no more.
func TestTimeout(t *testing.T) {
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		d := newDesk(t, waits)
		o := d.options()
		o.Timeout = 100 * time.Millisecond
		g := open(t, o)
		_, err := g.do(t.Context(), post("x", "{}"))
		checkError(t, err, crm.ErrUnknownOutcome, codeTimeout, 0)
		_, err = g.stream(t.Context(), read("x"))
		checkError(t, err, crm.ErrUnavailable, codeTimeout, 0)
	})
}

// TestStream: bodies come piece by piece; refusals and breaks are errors.
func TestStream(t *testing.T) {
	bothWays(t, func(t *testing.T, open func(*testing.T, Options) *Org) {
		more := make(chan struct{})
		d := newDesk(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Sforce-Locator", "null")
			_, _ = w.Write([]byte("Id\n"))
			w.(http.Flusher).Flush()
			<-more
			_, _ = w.Write([]byte("001\n"))
		})
		g := open(t, d.options())
		s, err := g.stream(t.Context(), read("jobs/query/1/results"))
		if err != nil {
			t.Fatal(err)
		}
		first := make([]byte, 3)
		if _, err := io.ReadFull(s.body, first); err != nil || string(first) != "Id\n" {
			t.Fatalf("%q, %v", first, err)
		}
		close(more)
		rest, err := io.ReadAll(s.body)
		if err != nil || string(rest) != "001\n" || s.header.Get("Sforce-Locator") != "null" {
			t.Errorf("%q, %v, %v", rest, err, s.header)
		}
		if err := s.body.Close(); err != nil {
			t.Error(err)
		}

		d.set(func() { d.handle = cutsShort })
		if s, err = g.stream(t.Context(), read("x")); err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(s.body)
		checkError(t, err, crm.ErrUnavailable, codeNoAnswer, 0)
		_ = s.body.Close()

		d.set(func() { d.handle = answers(404, `[{"errorCode":"NOT_FOUND"}]`) })
		_, err = g.stream(t.Context(), read("x"))
		checkError(t, err, crm.ErrNotFound, "NOT_FOUND", 0)
	})
}

// TestConnectionsReused: calls one after the other share a connection, and Close
// lets it go.
func TestConnectionsReused(t *testing.T) {
	d := newDesk(t, answers(404, `[{"errorCode":"NOT_FOUND"}]`))
	g := connected(t, d.options())
	for range 20 {
		_, _ = g.do(t.Context(), read("x"))
	}
	d.mu.Lock()
	seen := len(d.open)
	d.mu.Unlock()
	if seen != 1 {
		t.Errorf("%d connections for calls one after the other", seen)
	}
	_ = g.Close()
	if !d.waitClosed() {
		t.Error("a connection stayed open after Close")
	}
	_, err := g.do(t.Context(), read("x"))
	checkError(t, err, crm.ErrUnavailable, codeClosed, 0)
}

// TestHostUntouched: the host program's globals stay as they are, its requests do
// not come by, and nobody else can use our scheme.
func TestHostUntouched(t *testing.T) {
	transport, client := http.DefaultTransport, *http.DefaultClient
	d := newDesk(t, answers(200, "{}"))
	_ = connected(t, d.options())
	if http.DefaultTransport != transport || http.DefaultClient.Transport != client.Transport || http.DefaultClient.Timeout != client.Timeout {
		t.Error("the host's globals were changed")
	}
	resp, err := http.Get(privateScheme + "://org/services/data/v62.0/query?q=x")
	if err == nil {
		_ = resp.Body.Close()
		t.Error("a stranger's request was answered")
	}
}

// TestReplacedTransport: where the host has replaced http.DefaultTransport, calls
// go by what it put there, also when it did so after Open.
func TestReplacedTransport(t *testing.T) {
	canned := httpmock.NewMockTransport()
	canned.RegisterResponder("POST", "https://acme.my.salesforce.com/services/oauth2/token",
		httpmock.NewStringResponder(200, `{"access_token":"t","instance_url":"https://acme.my.salesforce.com"}`))
	canned.RegisterResponder("GET", "https://acme.my.salesforce.com/services/data",
		httpmock.NewStringResponder(200, `[{"version":"66.0"}]`))
	canned.RegisterResponder("GET", "https://acme.my.salesforce.com/services/data/v66.0/limits",
		httpmock.NewStringResponder(200, `{}`))
	canned.RegisterResponder("POST", "https://acme.my.salesforce.com/services/data/v66.0/composite",
		httpmock.NewErrorResponder(errors.New("gone for https://acme.my.salesforce.com/?q=ann@example.com")))

	d := newDesk(t, answers(200, "{}"))
	before := connected(t, d.options())
	standard := http.DefaultTransport
	http.DefaultTransport = canned
	t.Cleanup(func() { http.DefaultTransport = standard })

	g := connected(t, Options{Instance: "https://acme.my.salesforce.com", Login: ClientCredentials{ID: "a", Secret: "b"}})
	if _, err := g.do(t.Context(), read("limits")); err != nil {
		t.Error(err)
	}
	_, err := g.do(t.Context(), post("composite", "{}"))
	checkError(t, err, crm.ErrUnknownOutcome, codeNoAnswer, 0) // a transport that does not tell
	if strings.Contains(err.Error(), "ann@") {
		t.Errorf("%v", err)
	}
	if _, err := before.do(t.Context(), read("limits")); err != nil {
		t.Errorf("opened before: %v", err)
	}
}

// TestManyOrgs: orgs in one process do not mix up their sessions.
func TestManyOrgs(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		d := newDesk(t, answers(200, "{}"))
		g := connected(t, d.options())
		d.set(func() { d.good = "only-" + d.URL })
		g.session.mu.Lock()
		g.session.ticket.token = "only-" + d.URL
		g.session.mu.Unlock()
		for range 5 {
			wg.Go(func() {
				if _, err := g.do(t.Context(), read("x")); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}
