package ledgertest

import (
	"github.com/onward-crm/onward/routing"
)

var fences = []scenario{
	{"P11 who lost the claim to another records nothing", fenceTaken},
	{"P11 who released the claim records nothing", fenceReleased},
	{"P11 who finished records nothing more", fenceFinished},
	{"P11 who guesses an attempt records nothing", fenceGuessed},
	{"an expired lease that nobody took still holds", fenceExpired},
	{"a delivery that does not exist is unknown", fenceUnknown},
	{"a lost claim does not harm its neighbours in the batch", fenceNeighbours},
}

// attempts are all that a worker may do with a claim.
var attempts = []struct {
	name string
	do   func(s *stage, f routing.Fence) error
}{
	{"Decided", func(s *stage, f routing.Fence) error {
		return s.decide(turns(claims(decision(f), "zombie", "", "m"), "pool", 0, 1))[0]
	}},
	{"Wrote", func(s *stage, f routing.Fence) error { return s.write(f, receipt("w", "C1", "old", "new")) }},
	{"Finish", func(s *stage, f routing.Fence) error {
		end := ended(f, routing.StatusParked)
		end.Notices = []routing.Notice{notice("zombie", f.Key, 5)}
		return s.finish(end)
	}},
	{"Release", func(s *stage, f routing.Fence) error {
		return s.release(routing.Release{Fence: f, Due: at(50), Reason: "zombie"})
	}},
	{"Extend", func(s *stage, f routing.Fence) error { return s.extend(f, at(50)) }},
}

// refused tries everything with a fence and compares the world before and after.
func refused(s *stage, f routing.Fence, want error) {
	s.Helper()
	before := world(s)
	for _, a := range attempts {
		if err := a.do(s, f); err == nil {
			s.Errorf("%s was allowed", a.name)
		} else {
			s.wants(err, want)
		}
		s.same("after "+a.name, world(s), before)
	}
}

// world is all that can be seen of a ledger by the suite.
func world(s *stage) any {
	s.Helper()
	var rs []routing.Record
	for r, err := range s.ledger.Records(s.Context(), routing.Filter{}) {
		s.calm(err)
		rs = append(rs, r)
	}
	return []any{rs, s.unsent(100), s.lookup(routing.Question{Aliases: []routing.Alias{"zombie"}, Pools: []string{"pool"}})}
}

func fenceTaken(s *stage) {
	s.accept(report("a"))
	lost := s.take(at(1), "a")
	held := s.take(at(5), "a")
	refused(s, lost.Fence, routing.ErrFenced)
	s.calm(s.finish(ended(held.Fence, routing.StatusDone)))
	refused(s, lost.Fence, routing.ErrFenced)
}

func fenceReleased(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.release(routing.Release{Fence: c.Fence, Due: at(9)}))
	refused(s, c.Fence, routing.ErrFenced)
}

func fenceFinished(s *stage) {
	for _, status := range []routing.Status{routing.StatusDone, routing.StatusWaiting} {
		key := string(status)
		s.accept(report(key))
		c := s.take(at(1), key)
		s.calm(s.finish(ended(c.Fence, status)))
		refused(s, c.Fence, routing.ErrFenced)
	}
}

func fenceGuessed(s *stage) {
	s.accept(report("a"))
	refused(s, routing.Fence{Key: "a"}, routing.ErrFenced)
	s.take(at(1), "a")
	refused(s, routing.Fence{Key: "a"}, routing.ErrFenced)
	refused(s, routing.Fence{Key: "a", Attempt: 2}, routing.ErrFenced)
}

// fenceExpired: without a clock among its arguments a call cannot tell, and
// needs not: nobody else has begun.
func fenceExpired(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.wantClaim(at(1))
	s.calm(s.decide(decision(c.Fence))[0])
	f := ended(c.Fence, routing.StatusDone)
	f.At = at(59)
	s.calm(s.finish(f))
	s.wantClaim(at(60))
}

func fenceUnknown(s *stage) {
	refused(s, routing.Fence{Key: "nobody", Attempt: 1}, routing.ErrUnknownKey)
}

func fenceNeighbours(s *stage) {
	s.accept(report("a"), report("b"), report("c"))
	s.wantClaim(at(1), "a", "b", "c")
	s.take(at(5), "b")
	errs := must[error](s, 3)(s.ledger.Finish(s.Context(), []routing.Finish{
		ended(routing.Fence{Key: "a", Attempt: 1}, routing.StatusDone),
		ended(routing.Fence{Key: "b", Attempt: 1}, routing.StatusDone),
		ended(routing.Fence{Key: "c", Attempt: 1}, routing.StatusDone),
	}))
	s.calm(errs[0])
	s.wants(errs[1], routing.ErrFenced)
	s.calm(errs[2])
	s.same("statuses", []routing.Status{s.record("a").Status, s.record("b").Status, s.record("c").Status},
		[]routing.Status{routing.StatusDone, routing.StatusAccepted, routing.StatusDone})
}
