package sponsortest

import (
	"github.com/onward-crm/onward/tracking/sponsor"
)

var reading = []scenario{
	{"what is not there is not loaded", loadMissing},
	{"a sponsor is known by everything it holds of anybody", knownAll},
	{"lists are in order of id, and may be left early", listOrder},
	{"filters choose, and counts agree with lists", listFilters},
	{"who has been due for longest comes first, at most so many", dueOrder},
	{"only what is due in one of the statuses is given", dueOnly},
}

func loadMissing(s *stage) {
	s.save(first(one("a")))
	got, err := s.store.Load(s.Context(), []string{"a", "b", "a"})
	s.ok(err)
	s.same("loaded", len(got), 1)
	got, err = s.store.Load(s.Context(), nil)
	s.ok(err)
	s.same("nothing asked for", len(got), 0)
	s.same("nothing known", s.known(), []string{})
}

func knownAll(s *stage) {
	s.save(first(whole()), first(one("other")))
	for _, key := range []string{
		"crm:003xx000004TmiQAAS", "hs:62515-1", "in:/in/ann", "mail:ann@acme.com", "at:ann nunez@acme", // the person
		"at:ann nunez@initech", "in:/in/ann-old", // before
		"in:/in/ann-1", "mail:ann-2@home.example", "in:/in/ann-3", // suggested and passed over
		"in:/in/ann-4", "mail:ann-4@home.example", // tracked
	} {
		s.same(key, s.known(key), []string{"whole"})
	}
	s.same("nobody", s.known("in:/in/ann-5", "mail:ann"), []string{})
	s.same("several keys of several", s.known("mail:other@acme.com", "in:/in/ann", "hs:62515-1"), []string{"other", "whole"})
	// What is not held any more does not lead here any more.
	read := s.load("whole")
	read.Candidates, read.Passed, read.Chosen, read.Seen = nil, nil, "", sponsor.Profile{}
	s.save(first(read))
	s.same("given up", s.known("in:/in/ann-1", "in:/in/ann-3", "in:/in/ann-4", "mail:ann-4@home.example"), []string{})
}

func listOrder(s *stage) {
	for _, id := range []string{"c", "a", "d", "b"} {
		s.save(first(one(id)))
	}
	s.same("list", s.list(sponsor.Filter{}), []string{"a", "b", "c", "d"})
	for got, err := range s.store.List(s.Context(), sponsor.Filter{}) {
		s.ok(err)
		s.same("first", got.ID, "a")
		break
	}
	s.save(first(one("e"))) // the one that was left early holds nothing up
}

func listFilters(s *stage) {
	a, b, c := one("a"), one("b"), one("c")
	a.Status = sponsor.Tracked
	a.Updates = []sponsor.Update{{ID: "u1", State: sponsor.UpdateOpen}, {ID: "u2", State: sponsor.UpdateAccepted}, {ID: "u3", State: sponsor.UpdateOpen}}
	b.Status = sponsor.InProgress
	b.Entities = append(b.Entities, sponsor.Entity{EntityRef: sponsor.EntityRef{Kind: sponsor.KindProject, ID: "p1"}, Role: "Blocker"})
	c.Status = sponsor.Tracked
	c.Entities = []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: sponsor.KindProject, ID: "acme"}, Role: "Champion"}}
	s.save(first(a), first(b), first(c))
	tracked, progress := sponsor.Tracked, sponsor.InProgress
	rows := []struct {
		name string
		f    sponsor.Filter
		want []string
		open int
		by   map[sponsor.Status]int
	}{
		{"all", sponsor.Filter{}, []string{"a", "b", "c"}, 2, map[sponsor.Status]int{tracked: 2, progress: 1}},
		{"ids", sponsor.Filter{IDs: []string{"c", "b", "x"}}, []string{"b", "c"}, 0, map[sponsor.Status]int{tracked: 1, progress: 1}},
		{"status", sponsor.Filter{Statuses: []sponsor.Status{tracked}}, []string{"a", "c"}, 2, map[sponsor.Status]int{tracked: 2}},
		{"open", sponsor.Filter{Open: true}, []string{"a"}, 2, map[sponsor.Status]int{tracked: 1}},
		{"kind", sponsor.Filter{Kind: sponsor.KindProject}, []string{"b", "c"}, 0, map[sponsor.Status]int{tracked: 1, progress: 1}},
		{"an id of any kind", sponsor.Filter{Entity: "acme"}, []string{"a", "b", "c"}, 2, map[sponsor.Status]int{tracked: 2, progress: 1}},
		{"one entity", sponsor.Filter{Kind: sponsor.KindAccount, Entity: "acme"}, []string{"a", "b"}, 2, map[sponsor.Status]int{tracked: 1, progress: 1}},
		{"role", sponsor.Filter{Role: "Blocker"}, []string{"b"}, 0, map[sponsor.Status]int{progress: 1}},
		{"the role is that at the entity", sponsor.Filter{Kind: sponsor.KindAccount, Role: "Blocker"}, nil, 0, nil},
		{"all at once", sponsor.Filter{IDs: []string{"a", "b"}, Statuses: []sponsor.Status{tracked}, Kind: sponsor.KindAccount, Entity: "acme", Role: "Champion", Open: true}, []string{"a"}, 2, map[sponsor.Status]int{tracked: 1}},
		{"nobody", sponsor.Filter{Statuses: []sponsor.Status{sponsor.Disabled}}, nil, 0, nil},
	}
	for _, row := range rows {
		s.same(row.name, s.list(row.f), row.want)
		got, err := s.store.Count(s.Context(), row.f)
		s.ok(err)
		s.same(row.name+": counts", got, sponsor.Counts{Sponsors: row.by, Open: row.open})
	}
}

func dueOrder(s *stage) {
	for id, minute := range map[string]int{"a": 5, "b": 3, "c": 3, "d": 1} {
		x := one(id)
		x.Status, x.Due = sponsor.Pending, at(minute)
		s.save(first(x))
	}
	s.same("first three", s.due(at(9), 3, sponsor.Pending), []string{"d", "b", "c"})
	s.same("none asked for", s.due(at(9), 0, sponsor.Pending), []string{})
}

func dueOnly(s *stage) {
	pending, tracked, never := one("pending"), one("tracked"), one("never")
	pending.Status, pending.Due = sponsor.Pending, at(3)
	tracked.Status, tracked.Due = sponsor.Tracked, at(1)
	never.Status = sponsor.Pending
	s.save(first(pending), first(tracked), first(never))
	s.same("before", s.due(at(2), 9, sponsor.Pending), []string{})
	s.same("then", s.due(at(3), 9, sponsor.Pending), []string{"pending"})
	s.same("two statuses", s.due(at(3), 9, sponsor.Pending, sponsor.Tracked), []string{"tracked", "pending"})
	s.same("no status", s.due(at(3), 9), []string{})
	read := s.load("pending")
	read.Due = at(7)
	s.save(first(read))
	s.same("put off", s.due(at(6), 9, sponsor.Pending), []string{})
}
