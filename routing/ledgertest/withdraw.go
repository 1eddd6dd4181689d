package ledgertest

import "github.com/onward-crm/onward/routing"

var withdrawing = []scenario{
	{"AD05 what nobody has begun with is gone as if it had never come", withdrawGone},
	{"what is held is refused and stays", withdrawHeld},
	{"what was decided is refused and stays", withdrawDecided},
	{"what was written is refused and stays", withdrawWritten},
	{"what is finished is refused and stays", withdrawFinished},
	{"what was given back with nothing done may go", withdrawReleased},
	{"what was reported again is refused: its second sender was told of it", withdrawRepeated},
	{"unknown keys do not harm their neighbours", withdrawUnknown},
	{"the rest keeps its order and its persons", withdrawRest},
}

func (s *stage) withdraw(keys ...string) []error {
	s.Helper()
	return must[error](s, len(keys))(s.ledger.Withdraw(s.Context(), keys))
}

func withdrawGone(s *stage) {
	s.accept(report("a", "p"))
	s.calm(s.withdraw("a")[0])
	s.same("records", s.records(routing.Filter{}), []string{})
	s.wantClaim(at(1))
	again := s.accept(report("a", "p"))[0]
	s.same("new again", []any{again.New, again.Record.Status}, []any{true, routing.StatusAccepted})
	s.wantClaim(at(1), "a")
}

func withdrawRepeated(s *stage) {
	s.accept(report("a"), report("b"), report("b"))
	s.accept(report("a"))
	s.wants(s.withdraw("a")[0], routing.ErrConflict)
	s.wants(s.withdraw("b")[0], routing.ErrConflict)
	s.wantClaim(at(1), "a", "b")
}

func withdrawHeld(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.wants(s.withdraw("a")[0], routing.ErrConflict)
	s.calm(s.finish(ended(c.Fence, routing.StatusDone)))
}

func withdrawDecided(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.decide(decision(c.Fence))[0])
	s.calm(s.release(routing.Release{Fence: c.Fence, Due: at(2)}))
	before := s.record("a")
	s.wants(s.withdraw("a")[0], routing.ErrConflict)
	s.same("record", s.record("a"), before)
	s.wantClaim(at(3), "a")
}

// withdrawWritten: the plan was dropped since, the receipt was not.
func withdrawWritten(s *stage) {
	parked(s, "a")
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(5)})[0])
	before := s.record("a")
	s.wants(s.withdraw("a")[0], routing.ErrConflict)
	s.same("record", s.record("a"), before)
}

func withdrawFinished(s *stage) {
	for _, status := range []routing.Status{routing.StatusDone, routing.StatusFiltered, routing.StatusReview, routing.StatusWaiting, routing.StatusParked} {
		key := string(status)
		s.accept(report(key))
		f := ended(s.take(at(1), key).Fence, status)
		f.Due = at(30)
		s.calm(s.finish(f))
		before := s.record(key)
		s.wants(s.withdraw(key)[0], routing.ErrConflict)
		s.same("record", s.record(key), before)
	}
}

func withdrawReleased(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.release(routing.Release{Fence: c.Fence, Due: at(2), Refund: true}))
	s.calm(s.withdraw("a")[0])
	s.wants(s.finish(ended(c.Fence, routing.StatusDone)), routing.ErrUnknownKey)
	s.wantClaim(at(3))
}

func withdrawUnknown(s *stage) {
	s.accept(report("a"), report("b"))
	errs := s.withdraw("nobody", "a", "a")
	s.wants(errs[0], routing.ErrUnknownKey)
	s.calm(errs[1])
	s.wants(errs[2], routing.ErrUnknownKey)
	s.wantClaim(at(1), "b")
}

// withdrawRest: the withdrawn one was the oldest of its person.
func withdrawRest(s *stage) {
	s.accept(report("a", "p"), report("b", "p"), report("c", "q"))
	s.calm(s.withdraw("a")[0])
	s.accept(report("d", "q"))
	s.same("records", s.records(routing.Filter{}), []string{"b", "c", "d"})
	s.wantClaim(at(1), "b", "c")
}
