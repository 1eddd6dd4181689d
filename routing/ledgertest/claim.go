package ledgertest

import (
	"context"
	"time"

	"github.com/onward-crm/onward/routing"
)

var claiming = []scenario{
	{"oldest first: as it happened, as it arrived, as it was accepted", claimOldest},
	{"at most as many as asked for", claimLimit},
	{"a claim carries the delivery and its first attempt", claimCarries},
	{"a lease holds until it ends, and then the next attempt begins", claimLease},
	{"a prolonged lease holds longer", claimExtended},
	{"an extension never shortens a lease", claimNotShortened},
	{"what is not due for one clock is not claimed by it", claimClocks},
	{"only the given keys", claimKeys},
	{"an empty list of keys is nobody, no list is anybody", claimNoKeys},
}

// dated is a report with its own times.
func dated(key string, occurred, received int, persons ...string) routing.Delivery {
	d := report(key, persons...)
	d.OccurredAt, d.ReceivedAt = at(occurred), at(received)
	return d
}

func claimOldest(s *stage) {
	s.accept(dated("late", 5, 5), dated("tie 2", 3, 4), dated("tie 3", 3, 4), dated("tie 1", 3, 3), dated("early", 1, 9))
	s.wantClaim(at(10), "early", "tie 1", "tie 2", "tie 3", "late")
}

func claimLimit(s *stage) {
	s.accept(report("a"), report("b"), report("c"))
	s.same("none", keysOf(s.claim(at(1), 0)), []string{})
	s.same("two", keysOf(s.claim(at(1), 2)), []string{"a", "b"})
	s.same("the rest", keysOf(s.claim(at(1), 2)), []string{"c"})
}

func claimCarries(s *stage) {
	d := report("a", "p")
	s.accept(d)
	s.same("claim", s.take(at(1), "a"), routing.Claim{Fence: routing.Fence{Key: "a", Attempt: 1}, Delivery: d})
	s.same("attempt in the record", s.record("a").Attempt, 1)
}

func claimLease(s *stage) {
	s.accept(report("a"))
	s.take(at(1), "a")
	ends := at(1).Add(lease)
	s.wantClaim(ends.Add(-time.Second))
	c := s.take(ends.Add(time.Second), "a")
	s.same("attempt", c.Fence.Attempt, 2)
	s.same("failures", c.Failures, 1)
}

func claimExtended(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.extend(c.Fence, at(8)))
	s.wantClaim(at(7))
	s.wantClaim(at(9), "a")
}

func claimNotShortened(s *stage) {
	s.accept(report("a"))
	c := s.take(at(5), "a")
	s.calm(s.extend(c.Fence, at(1)))
	s.wantClaim(at(5).Add(lease / 2))
}

func claimClocks(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.release(routing.Release{Fence: c.Fence, Due: at(5)}))
	s.accept(report("b"))
	s.same("ahead", keysOf(s.claim(at(9), 10, "b")), []string{"b"})
	s.wantClaim(at(4))
	s.wantClaim(at(6), "a")
}

func claimKeys(s *stage) {
	s.accept(report("a"), report("b"), report("c"), report("d"))
	s.same("by key", keysOf(s.claim(at(1), 10, "c", "b", "unknown", "c")), []string{"b", "c"})
	s.same("at most one", keysOf(s.claim(at(1), 1, "d", "a")), []string{"a"})
	s.wantClaim(at(1), "d")
}

func claimNoKeys(s *stage) {
	s.accept(report("a"))
	none, err := s.ledger.Claim(s.Context(), routing.ClaimOrder{Now: at(1), N: 9, Lease: lease, Keys: []string{}})
	s.calm(err)
	s.same("claimed", keysOf(none), []string{})
	s.wantClaim(at(1), "a")
}

// cancelled is the context of a caller who has given up.
func cancelled(s *stage) context.Context {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	return ctx
}
