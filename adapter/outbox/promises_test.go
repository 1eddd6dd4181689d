package outbox

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/routing"
)

// TestUnknownReceiver: another process may know it, or this one after its next start.
func TestUnknownReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, nil)
		now := time.Now()
		if err := p.store.Promise(t.Context(), []adapter.Promise{{ID: "m1", Kind: PromiseWebhook, Delivery: "d", Target: "old", Made: now, Due: now}}); err != nil {
			t.Fatal(err)
		}
		for range 95 {
			p.send(t)
			pass(time.Hour)
		}
		if got := p.story(t, "d")[0]; !got.Ended.IsZero() || got.Attempts != 0 {
			t.Errorf("after days: %+v", got)
		}
		pass(2 * time.Hour)
		p.send(t)
		if got := p.story(t, "d")[0]; got.Ended.IsZero() || got.Error != sayNoLane {
			t.Errorf("in the end: %+v", got)
		}
	})
}

// TestWithdrawnAndBroughtAgain: a delivery that was given back to its sender, and came
// again later, is told all the same.
func TestWithdrawnAndBroughtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 200)}, nil)
		p.owe(t, "flow:1")
		delete(p.ledger.recs, "flow:1")
		p.send(t)
		pass(time.Minute)
		p.owe(t, "flow:1")
		pass(waitMost)
		if n := p.send(t); n != 1 {
			t.Errorf("%d sent, want 1: %+v", n, p.story(t, "flow:1"))
		}
	})
}

// TestASlowEndpointIsSentEverythingOnce: its backlog takes hours, and nothing of it is
// taken up again while it waits for its turn.
func TestASlowEndpointIsSentEverythingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"slow.example.com": func(r *http.Request) (*http.Response, error) {
			<-time.After(10 * time.Second)
			return answers(nil, 200)(r)
		}}, nil)
		const messages = 1500
		for n := range messages {
			p.owe(t, fmt.Sprint("flow:", n))
		}
		for start := time.Now(); time.Since(start) < time.Hour; pass(5 * time.Second) {
			p.send(t)
		}
		seen := map[string]int{}
		for _, call := range p.net.of("slow.example.com") {
			seen[call.header.Get("webhook-id")]++
		}
		if calls := len(p.net.of("slow.example.com")); calls != messages || len(seen) != messages {
			t.Errorf("%d messages were sent in %d calls, want %d", len(seen), calls, messages)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestToldAgainAfterAnAct: what a reviewed delivery comes to is another message, once;
// a report that is repeated months later is none.
func TestToldAgainAfterAnAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, map[string]func(*http.Request) (*http.Response, error){"crm.example.com": answers(nil, 200)}, nil)
		rec := leadCreated("flow:1")
		promise := func(acts int, ended time.Time) {
			rec.Acts, rec.FinishedAt = make([]routing.Act, acts), ended
			p.ledger.put(rec)
			if err := p.store.Promise(t.Context(), p.Promises([]routing.Accepted{{Record: rec}})); err != nil {
				t.Fatal(err)
			}
		}
		for _, acts := range []int{0, 0, 1, 1, 1, 2} {
			promise(acts, time.Now())
			p.send(t)
			pass(time.Minute)
		}
		ids := map[string]bool{}
		for _, call := range p.net.of("crm.example.com") {
			ids[call.header.Get("webhook-id")] = true
		}
		if n := len(p.net.of("crm.example.com")); n != 3 || len(ids) != 3 {
			t.Errorf("%d calls with %d ids, want 3", n, len(ids))
		}
		ended := time.Now()
		pass(30 * 24 * time.Hour)
		if err := p.store.Sweep(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		promise(2, ended)
		if n := p.send(t); n != 0 {
			t.Errorf("a report that was repeated a month later is told again: %d", n)
		}
	})
}
