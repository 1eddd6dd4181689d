package adapter

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRoomWaitsForAPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(1, 2*time.Second)
		if !r.enter(t.Context()) {
			t.Fatal("the first place is taken")
		}
		began := time.Now()
		time.AfterFunc(time.Second, r.leave)
		if !r.enter(t.Context()) || time.Since(began) != time.Second {
			t.Errorf("no place when one got free, after %s", time.Since(began))
		}
		began = time.Now()
		if r.enter(t.Context()) || time.Since(began) != 2*time.Second {
			t.Errorf("waited %s for a place that there is not", time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began = time.Now()
		if r.enter(ctx) || time.Since(began) != time.Second {
			t.Errorf("waited %s for a sender who has gone", time.Since(began))
		}
		if r.taken() != 1 || r.waiting() != 0 {
			t.Errorf("%d taken, %d waiting", r.taken(), r.waiting())
		}
	})
}

func TestRatesFillUpAgain(t *testing.T) {
	now := time.Unix(1_784_000_000, 0)
	r := newRates(func() time.Time { return now })
	for i := range 3 {
		if wait := r.take("a", 2, 3); wait != 0 {
			t.Fatalf("request %d waits %s", i, wait)
		}
	}
	if wait := r.take("a", 2, 3); wait != 500*time.Millisecond {
		t.Errorf("waits %s, want 500ms", wait)
	}
	if wait := r.take("b", 2, 3); wait != 0 {
		t.Errorf("another caller waits %s", wait)
	}
	now = now.Add(500 * time.Millisecond)
	if wait := r.take("a", 2, 3); wait != 0 {
		t.Errorf("waits %s after the wait", wait)
	}
	now = now.Add(-time.Hour)
	if wait := r.take("a", 2, 3); wait <= 0 || wait > time.Second {
		t.Errorf("a clock that is put back makes it wait %s", wait)
	}
}

// Under overload every request is answered within the wait, and those without a
// place with 503 and Retry-After.
func TestOverloadIsRefusedAfterTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFlowBench(t, func(b *flowBench) { b.opt.Limits = Limits{InFlight: 2, Wait: 2 * time.Second} })
		for range 2 {
			b.Server.room.enter(t.Context())
		}
		began := time.Now()
		w := b.post(routePath, body1("r1", annLee))
		b.refused(w, http.StatusServiceUnavailable, "unavailable")
		if w.Header().Get("Retry-After") == "" || time.Since(began) != 2*time.Second {
			t.Errorf("Retry-After %q after %s", w.Header().Get("Retry-After"), time.Since(began))
		}
		health := httptest.NewRecorder()
		b.Handler().ServeHTTP(health, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		if health.Code != http.StatusOK {
			t.Errorf("not healthy under overload: %d", health.Code)
		}
		b.Server.room.leave()
		if w := b.post(routePath, body1("r1", annLee)); w.Code != http.StatusOK {
			t.Errorf("with a place: %d", w.Code)
		}
	})
}

// Places are given back whatever becomes of a request.
func TestPlacesAreGivenBack(t *testing.T) {
	b := newFlowBench(t, func(b *flowBench) { b.opt.Limits.InFlight = 1 })
	for _, body := range []string{body1("r1", annLee), "{", `{"requestId":"x","foo":1}`, strings.Repeat("x", 2<<20), body1("r1", annLee)} {
		b.post(routePath, body)
		b.send(routePath, strings.NewReader(body), nil)
	}
	if err := b.Close(t.Context()); err != nil { // work gives its place back after its answer
		t.Fatal(err)
	}
	if n, m := b.Server.room.taken(), b.Server.desk.taken(); n != 0 || m != 0 {
		t.Errorf("%d places in the room and %d at the desk are still taken", n, m)
	}
}

// Requests that wait for a CRM in trouble leave the room to the others.
func TestWaitingForTheCRMTakesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		b := newFlowBench(t, stuck(gate), func(b *flowBench) { b.opt.Limits.InFlight = 1 })
		for _, path := range []string{"/route", "/decide"} {
			go b.post("/salesforce/flow"+path, body1("r1", annLee))
			synctest.Wait()
			if n := b.Server.room.taken(); n != 0 {
				t.Errorf("%s holds %d places", path, n)
			}
		}
		close(gate)
	})
}
