package ledgertest

import "github.com/onward-crm/onward/routing"

var persons = []scenario{
	{"a person who is being worked on is passed over", personsBusy},
	{"any one shared entry is enough", personsOverlap},
	{"a finished claim frees its person", personsFreed},
	{"an expired claim frees its person", personsExpired},
	{"a claim ends at a delivery that shares a person with it", personsEnd},
	{"nobody overtakes an older due sibling, by key neither", personsOlderFirst},
	{"a passed-over sibling is not overtaken by way of another person", personsChain},
	{"a waiting older sibling does not block", personsWaiting},
	{"an older sibling in back-off is not overtaken", personsBackoff},
	{"deliveries without persons never block one another", personsNone},
}

func personsBusy(s *stage) {
	s.accept(report("a", "p"), report("b", "p"), report("c", "q"))
	s.take(at(1), "a")
	s.wantClaim(at(1), "c")
}

func personsOverlap(s *stage) {
	s.accept(report("a", "mail", "linkedin"), report("b", "linkedin", "name"), report("c", "name"))
	s.take(at(1), "a")
	s.wantClaim(at(1))
}

func personsFreed(s *stage) {
	s.accept(report("a", "p"), report("b", "p"))
	s.done(at(1), "a", routing.StatusDone)
	s.wantClaim(at(1), "b")
}

// personsExpired: the older one comes first, the younger one is not free before
// that one is done.
func personsExpired(s *stage) {
	s.accept(report("a", "p"), report("b", "p"))
	s.take(at(1), "a")
	s.wantClaim(at(5), "a")
}

func personsEnd(s *stage) {
	s.accept(report("a", "p"), report("b", "q"), report("c", "q", "r"), report("d", "s"))
	s.wantClaim(at(1), "a", "b")
	s.wantClaim(at(1), "d")
}

func personsOlderFirst(s *stage) {
	s.accept(dated("younger", 2, 2, "p"), dated("older", 1, 3, "p", "q"))
	s.same("by key", keysOf(s.claim(at(5), 1, "younger")), []string{})
	s.same("both by key", keysOf(s.claim(at(5), 9, "younger", "older")), []string{"older"})
	s.calm(s.finish(ended(routing.Fence{Key: "older", Attempt: 1}, routing.StatusDone)))
	s.wantClaim(at(5), "younger")
}

// personsChain: b waits for a, and c is younger than b.
func personsChain(s *stage) {
	s.accept(report("a", "p"), report("b", "p", "q"), report("c", "q"))
	s.take(at(1), "a")
	s.wantClaim(at(1))
	s.same("by key", keysOf(s.claim(at(1), 1, "c")), []string{})
}

func personsWaiting(s *stage) {
	s.accept(report("a", "p"), report("b", "p"))
	c := s.take(at(1), "a")
	f := ended(c.Fence, routing.StatusWaiting)
	f.Due = at(30)
	s.calm(s.finish(f))
	s.wantClaim(at(2), "b")
}

func personsBackoff(s *stage) {
	s.accept(report("a", "p"), report("b", "p"))
	c := s.take(at(1), "a")
	s.calm(s.release(routing.Release{Fence: c.Fence, Due: at(30)}))
	s.wantClaim(at(2))
	s.same("by key", keysOf(s.claim(at(2), 1, "b")), []string{})
	s.done(at(30), "a", routing.StatusDone)
	s.wantClaim(at(30), "b")
}

func personsNone(s *stage) {
	s.accept(report("a"), report("b"))
	s.wantClaim(at(1), "a", "b")
}
