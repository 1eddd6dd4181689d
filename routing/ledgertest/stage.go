package ledgertest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing"
)

// lease is how long every claim of the suite holds.
const lease = time.Minute

// at is a number of minutes after the suite's beginning of time.
func at(minutes int) time.Time {
	return time.Date(2026, 11, 21, 9, minutes, 0, 0, time.UTC)
}

// stage is a ledger under test. Its methods call the ledger and end the test
// when a whole call fails.
type stage struct {
	*testing.T
	ledger routing.Ledger
}

// report is a delivery that happened and arrived at at(0).
func report(key string, persons ...string) routing.Delivery {
	return routing.Delivery{
		Key:        key,
		Event:      routing.Event{ID: key, Source: "test", Person: routing.Person{FullName: "Ada " + key}},
		Persons:    persons,
		OccurredAt: at(0),
		ReceivedAt: at(0),
	}
}

func (s *stage) accept(ds ...routing.Delivery) []routing.Accepted {
	s.Helper()
	return must[routing.Accepted](s, len(ds))(s.ledger.Accept(s.Context(), ds))
}

// claim takes at most n due deliveries, of those keys if there are any.
func (s *stage) claim(now time.Time, n int, keys ...string) []routing.Claim {
	s.Helper()
	cs, err := s.ledger.Claim(s.Context(), routing.ClaimOrder{Now: now, N: n, Lease: lease, Keys: keys})
	s.calm(err)
	return cs
}

// take claims exactly this delivery.
func (s *stage) take(now time.Time, key string) routing.Claim {
	s.Helper()
	cs := s.claim(now, 1, key)
	if len(cs) != 1 || cs[0].Fence.Key != key {
		s.Fatalf("claimed %q, want [%s]", keysOf(cs), key)
	}
	return cs[0]
}

// wantClaim claims at most ten deliveries and compares their keys.
func (s *stage) wantClaim(now time.Time, keys ...string) []routing.Claim {
	s.Helper()
	cs := s.claim(now, 10)
	s.same("claimed", keysOf(cs), append([]string{}, keys...))
	return cs
}

func (s *stage) decide(ds ...routing.Decision) []error {
	s.Helper()
	return must[error](s, len(ds))(s.ledger.Decided(s.Context(), ds))
}

func (s *stage) write(f routing.Fence, rs ...routing.Receipt) error {
	s.Helper()
	return must[error](s, 1)(s.ledger.Wrote(s.Context(), []routing.Writing{{Fence: f, Receipts: rs}}))[0]
}

func (s *stage) finish(f routing.Finish) error {
	s.Helper()
	return must[error](s, 1)(s.ledger.Finish(s.Context(), []routing.Finish{f}))[0]
}

func (s *stage) release(r routing.Release) error {
	s.Helper()
	return must[error](s, 1)(s.ledger.Release(s.Context(), []routing.Release{r}))[0]
}

func (s *stage) extend(f routing.Fence, until time.Time) error {
	s.Helper()
	return must[error](s, 1)(s.ledger.Extend(s.Context(), []routing.Fence{f}, until))[0]
}

func (s *stage) reopen(r routing.Reopen) []error {
	s.Helper()
	return must[error](s, len(r.Keys))(s.ledger.Reopen(s.Context(), r))
}

func (s *stage) lookup(q routing.Question) routing.Answer {
	s.Helper()
	a, err := s.ledger.Lookup(s.Context(), q)
	s.calm(err)
	return a
}

// record returns the record of a key that must exist.
func (s *stage) record(key string) routing.Record {
	s.Helper()
	rs, err := s.ledger.Fetch(s.Context(), []string{key})
	s.calm(err)
	rec, ok := rs[key]
	if !ok {
		s.Fatalf("no record of %s", key)
	}
	return rec
}

func (s *stage) unsent(n int) []routing.Notice {
	s.Helper()
	ns, err := s.ledger.Notices(s.Context(), n)
	s.calm(err)
	return ns
}

// done takes a delivery and finishes it with that status.
func (s *stage) done(now time.Time, key string, status routing.Status) {
	s.Helper()
	c := s.take(now, key)
	s.calm(s.finish(routing.Finish{Fence: c.Fence, Result: routing.Outcome{Status: status}, At: now}))
}

// calm ends the test on any error.
func (s *stage) calm(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// wants compares the kind of an error; nil means none.
func (s *stage) wants(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("error %v, want %v", err, want)
	}
}

// same compares two values in the form in which they last.
func (s *stage) same(what string, got, want any) {
	s.Helper()
	if d := cmp.Diff(s.text(want), s.text(got)); d != "" {
		s.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func (s *stage) text(v any) string {
	s.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	s.calm(err)
	return string(b)
}

// must ends the test unless a whole batch of n items was answered.
func must[T any](s *stage, n int) func([]T, error) []T {
	return func(out []T, err error) []T {
		s.Helper()
		s.calm(err)
		if len(out) != n {
			s.Fatalf("%d answers to %d items", len(out), n)
		}
		return out
	}
}

func keysOf(cs []routing.Claim) []string {
	keys := make([]string, len(cs))
	for i, c := range cs {
		keys[i] = c.Fence.Key
	}
	return keys
}
