package storetest

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/adapter"
)

// Open returns an empty store with the given limits each time it is called, and
// releases it by t.Cleanup.
type Open func(t *testing.T, limits adapter.SideLimits) adapter.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	topics := []struct {
		name      string
		scenarios []scenario
	}{
		{"Side", side},
		{"Promises", promises},
		{"Kept", keeping},
		{"Operators", operators},
		{"Concurrent", concurrent},
	}
	for _, topic := range topics {
		t.Run(topic.name, func(t *testing.T) {
			for _, s := range topic.scenarios {
				t.Run(s.name, func(t *testing.T) {
					s.play(&stage{T: t, store: open(t, s.limits)})
				})
			}
		})
	}
}

// scenario is one test.
type scenario struct {
	name   string
	limits adapter.SideLimits
	play   func(s *stage)
}

// stage is what a scenario plays on.
type stage struct {
	*testing.T
	store adapter.Store
}

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) same(what string, got, want any) {
	s.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		s.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func (s *stage) refuse(rs ...adapter.Refused) {
	s.Helper()
	for _, r := range rs {
		s.ok(s.store.Refuse(s.Context(), r))
	}
}

// refused lists the ids of what is kept.
func (s *stage) refused(source string) []string {
	s.Helper()
	rs, err := s.store.Refused(s.Context(), source)
	s.ok(err)
	return ids(rs, func(r adapter.Refused) string { return r.ID })
}

func (s *stage) promise(ps ...adapter.Promise) {
	s.Helper()
	s.ok(s.store.Promise(s.Context(), ps))
}

// owed takes promises and lists their ids.
func (s *stage) owed(now time.Time, n int) []string {
	s.Helper()
	ps, err := s.store.Owed(s.Context(), now, n, lease)
	s.ok(err)
	return ids(ps, func(p adapter.Promise) string { return p.ID })
}

func (s *stage) kept(ks ...adapter.Keeping) {
	s.Helper()
	s.ok(s.store.Kept(s.Context(), ks))
}

// told is the promise with an id.
func (s *stage) told(id string) adapter.Promise {
	s.Helper()
	ps, err := s.store.Promises(s.Context(), "", id)
	s.ok(err)
	if len(ps) != 1 {
		s.Fatalf("%d promises with the id %s", len(ps), id)
	}
	return ps[0]
}

// about lists the ids of what was promised about a delivery.
func (s *stage) about(delivery string) []string {
	s.Helper()
	ps, err := s.store.Promises(s.Context(), delivery, "")
	s.ok(err)
	return ids(ps, func(p adapter.Promise) string { return p.ID })
}

func ids[T any](list []T, id func(T) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, id(v))
	}
	return out
}

const lease = time.Minute

// at is a moment so many minutes after the beginning of all scenarios.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// request is a refused request of a source with a body of so many bytes.
func request(source string, n, body int) adapter.Refused {
	return adapter.Refused{
		ID: fmt.Sprintf("%s-%03d", source, n), Source: source, Code: "bad_signature",
		Request: adapter.Request{Body: make([]byte, body), Received: at(n)},
	}
}

// whole is a refused request with every field set.
func whole() adapter.Refused {
	return adapter.Refused{
		ID: "whole", Source: "feed:moves", Code: "bad_signature",
		Request: adapter.Request{
			ID: "req_1", Method: "POST", URI: "/feeds/moves?x=%2F",
			Header:   http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Signature": {"v1,abc", "v1,def"}},
			Body:     []byte("{\"a\":\"\x00\xff\"}"),
			Received: at(0).Add(1234 * time.Microsecond),
		},
	}
}

// message is a promise about a delivery, due from a minute on.
func message(id string, due int) adapter.Promise {
	return adapter.Promise{ID: id, Kind: "webhook", Delivery: "d1", Target: "crm-team", Made: at(0), Due: at(due)}
}

// cancelled is a context that has ended.
func cancelled(s *stage) context.Context {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	return ctx
}
