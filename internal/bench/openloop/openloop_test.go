package openloop

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// TestLatencyCountsFromTheIntendedTime: a server that answers one request at a time
// makes the others late, and the report shows it, though each answer is quick.
func TestLatencyCountsFromTheIntendedTime(t *testing.T) {
	var open, most atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n := open.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-time.After(10 * time.Millisecond)
		open.Add(-1)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer s.Close()
	r := Run(t.Context(), Options{Rate: 400, For: 250 * time.Millisecond, Conns: 2, Make: func(int) Call { return Call{URL: s.URL} }})
	if r.Sent != 100 || r.Status["202"] != 100 {
		t.Errorf("%d sent, %v", r.Sent, r.Status)
	}
	if most.Load() > 2 {
		t.Errorf("%d connections at once, want at most 2", most.Load())
	}
	// 100 requests over two connections of 10 ms each take half a second, twice as
	// long as intended: the last ones are a quarter of a second late.
	if r.P99 < 150 {
		t.Errorf("p99 is %.0f ms: it counts from the sending", r.P99)
	}
}

// TestRefusalsAreCountedApart: what is refused is no goodput, and a refusal that
// does not say when to come again is seen.
func TestRefusalsAreCountedApart(t *testing.T) {
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) % 4 {
		case 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	r := Run(t.Context(), Options{Rate: 1000, For: 40 * time.Millisecond, Conns: 4, Make: func(int) Call { return Call{URL: s.URL} }})
	if r.Status["503"] != 20 || r.Status["200"] != 20 || r.NoRetryAfter != 10 {
		t.Errorf("%+v", r)
	}
}
