package ledgertest

import "github.com/onward-crm/onward/routing"

// What a report only pointed at is fetched when it is worked on, and stored with
// the decision.
var completing = []scenario{
	{"the whole report replaces the one that pointed at it", completedEvent},
	{"the persons that it names are kept apart from then on", completedPersons},
	{"no event and no persons leave what is there", completedNothing},
	{"a conflict replaces nothing", completedConflict},
	{"RT35 who is erased is known by the persons that it names", completedBury},
	{"RT35 nothing is decided on persons who turn out to be erased", completedBuried},
}

// completed is a decision with the report that was fetched for it.
func completed(f routing.Fence, persons ...string) routing.Decision {
	d := decision(f)
	whole := routing.Event{ID: f.Key, Source: "hubspot", Person: routing.Person{FullName: "Grace " + f.Key}}
	d.Event, d.Persons = &whole, persons
	return d
}

// pointing is a report that says only where its content is.
func pointing(key string) routing.Delivery {
	d := report(key)
	d.Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	d.Event = routing.Event{ID: key, Source: "hubspot", Pointer: &routing.Pointer{System: "hubspot", Tenant: "7", Kind: "contact.propertyChange", ID: "51", Property: "jobtitle", Value: "CTO"}}
	return d
}

func completedEvent(s *stage) {
	s.accept(pointing("a"))
	c := s.take(at(1), "a")
	s.same("before", c.Delivery, pointing("a"))
	d := completed(c.Fence, "p", "q")
	s.calm(s.decide(d)[0])
	want := pointing("a")
	want.Event, want.Persons = *d.Event, d.Persons
	s.same("record", s.record("a").Delivery, want)
	s.same("claim", s.take(at(5), "a").Delivery, want)
}

func completedPersons(s *stage) {
	s.accept(pointing("a"), report("b", "old"))
	a := s.take(at(1), "a")
	s.calm(s.decide(completed(a.Fence, "p"))[0])
	s.accept(dated("c", 2, 2, "p"))
	s.same("another's, beside it", keysOf(s.claim(at(1), 9)), []string{"b"})
	s.calm(s.release(routing.Release{Fence: a.Fence, Due: at(3)}))
	s.same("the younger one still waits", keysOf(s.claim(at(1), 9)), []string{})
	again := s.take(at(4), "a")
	s.calm(s.decide(completed(again.Fence, "z"))[0])
	s.wantClaim(at(4), "b", "c")
}

func completedNothing(s *stage) {
	d := report("a", "p")
	s.accept(d)
	s.calm(s.decide(decision(s.take(at(1), "a").Fence))[0])
	s.same("delivery", s.record("a").Delivery, d)
}

func completedConflict(s *stage) {
	s.accept(pointing("a"))
	d := claims(completed(s.take(at(1), "a").Fence, "p"), "x", "m9", "m1")
	s.wants(s.decide(d)[0], routing.ErrConflict)
	s.same("delivery", s.record("a").Delivery, pointing("a"))
}

func completedBury(s *stage) {
	s.accept(pointing("a"))
	c := s.take(at(1), "a")
	s.calm(s.decide(completed(c.Fence, "p"))[0])
	s.calm(s.finish(ended(c.Fence, routing.StatusDone)))
	bury(s, "p")
	wantPurged(s, s.record("a"))
	s.same("persons", s.record("a").Persons, []string{"p"})
}

func completedBuried(s *stage) {
	s.accept(pointing("a"))
	c := s.take(at(1), "a")
	bury(s, "p")
	s.wants(s.decide(completed(c.Fence, "p"))[0], routing.ErrConflict)
	s.same("delivery", s.record("a").Delivery, pointing("a"))
	forget := routing.Decision{Fence: c.Fence, Plan: routing.Plan{Key: "a", Forget: true}, Persons: []string{"p"}, At: at(1)}
	s.calm(s.decide(forget)[0])
	f := ended(c.Fence, routing.StatusFiltered)
	f.Forget = true
	s.calm(s.finish(f))
	wantPurged(s, s.record("a"))
}
