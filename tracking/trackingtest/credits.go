package trackingtest

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/onward-crm/onward/tracking"
)

var credits = []scenario{
	{"an event reads back whole, and is recorded once", spentOnce},
	{"events come in order of time, of all or of one person", spentOrder},
	{"RT35 an event about somebody who was erased meanwhile does not name them", spentErased},
}

func spentOnce(s *stage) {
	want := tracking.Credit{
		ID: "job_change:d1", Ledger: tracking.LedgerJobChange, At: at(3), Amount: 1,
		Relationship: tracking.User, Delivery: "hubspot:d1",
	}
	s.ok(s.store.Spend(s.Context(), []tracking.Credit{want, want}))
	again := want
	again.Relationship, again.At = tracking.ClosedWon, at(4)
	s.ok(s.store.Spend(s.Context(), []tracking.Credit{again}))
	s.ok(s.store.Spend(s.Context(), nil))
	s.same("events", s.events(""), []tracking.Credit{want})
}

func spentOrder(s *stage) {
	a, b := person(1, "mail:a@acme.com"), person(2, "mail:b@acme.com")
	late, early := event("late", a), event("early", b)
	late.At, early.At = at(9), at(0)
	s.settle(began(b), began(a))
	s.ok(s.store.Spend(s.Context(), []tracking.Credit{late}))
	s.ok(s.store.Spend(s.Context(), []tracking.Credit{early}))
	ids := func(person string) []string {
		s.Helper()
		var out []string
		for _, c := range s.events(person) {
			out = append(out, c.ID)
		}
		return out
	}
	s.same("all", ids(""), []string{"early", "began:" + a.ID, "began:" + b.ID, "late"})
	s.same("of one", ids(a.ID), []string{"began:" + a.ID, "late"})
	s.same("of nobody", ids("none"), []string{})
}

// spentErased: the decision was made before the person was erased, and its credit is
// recorded after.
func spentErased(s *stage) {
	lee, kim := person(1, "mail:lee@acme.com"), person(2, "mail:kim@acme.com")
	s.settle(began(lee), began(kim))
	_, err := s.store.Erase(s.Context(), tracking.Digests([]string{"mail:lee@acme.com"}))
	s.ok(err)
	late := event("late", lee)
	s.ok(s.store.Spend(s.Context(), []tracking.Credit{late, event("other", kim)}))
	s.same("events of the person", s.events(lee.ID), []tracking.Credit{})
	late.Person = ""
	s.same("the event stays", slices.Contains(s.events(""), late), true)
	s.same("somebody else's", len(s.events(kim.ID)), 2)
}

var marks = []scenario{
	{"a mark reads back whole, and one with its id replaces it", markWhole},
	{"TR14 marks are remembered by kind, the oldest first", markKinds},
}

func dismissal(name string, hours int) tracking.Mark {
	m := tracking.NewMark(tracking.MarkDismissed, []string{"mail:" + name + "@acme.com", "at:" + name}, "")
	m.At, m.By, m.Reason = at(hours), "ann", "left the field"
	return m
}

func markWhole(s *stage) {
	m := dismissal("lee", 1)
	s.ok(s.store.Mark(s.Context(), []tracking.Mark{m}))
	s.same("marks", s.marked(tracking.MarkDismissed), []tracking.Mark{m})
	m.By, m.Reason, m.At, m.Keys = "bob", "", at(2), m.Keys[:1]
	s.ok(s.store.Mark(s.Context(), []tracking.Mark{m}))
	s.same("marks then", s.marked(tracking.MarkDismissed), []tracking.Mark{m})
}

func markKinds(s *stage) {
	untracked := tracking.NewMark(tracking.MarkUntracked, []string{"mail:lee@acme.com"}, tracking.User)
	untracked.At = at(1)
	late, early := dismissal("lee", 3), dismissal("kim", 2)
	s.ok(s.store.Mark(s.Context(), []tracking.Mark{late, untracked, early}))
	s.same("dismissed", s.marked(tracking.MarkDismissed), []tracking.Mark{early, late})
	s.same("untracked", s.marked(tracking.MarkUntracked), []tracking.Mark{untracked})
	s.ok(s.store.Unmark(s.Context(), []string{early.ID, "none"}))
	s.same("dismissed then", s.marked(tracking.MarkDismissed), []tracking.Mark{late})
}

var erasures = []scenario{
	{"an erasure reaches lists, people, marks and events", eraseAll},
	{"an erasure reaches what is staged", eraseStaged},
	{"a namesake stays", eraseNamesake},
}

func eraseAll(s *stage) {
	keys := []string{"mail:lee@acme.com"}
	lee, kim := person(1, keys...), person(2, "mail:kim@acme.com")
	s.read("crm", at(1), true, member("user", "lee"), member("customer", "lee"), member("user", "kim"))
	s.settle(began(lee), began(kim))
	stone := tracking.NewMark(tracking.MarkErased, keys, "")
	stone.At = at(2)
	s.ok(s.store.Mark(s.Context(), []tracking.Mark{dismissal("lee", 1), dismissal("kim", 1), stone}))
	n, err := s.store.Erase(s.Context(), append(keys, tracking.Digests(keys)...))
	s.ok(err)
	s.same("removed: two members, a person, a mark", n, 4)
	s.same("members", s.all(), []string{"crm user kim x1 1"})
	s.same("people", s.tracked(""), []tracking.Tracked{kim})
	s.same("dismissed", s.marked(tracking.MarkDismissed), []tracking.Mark{dismissal("kim", 1)})
	s.same("tombstones", s.marked(tracking.MarkErased), []tracking.Mark{stone})
	s.same("events of the person", s.events(lee.ID), []tracking.Credit{})
	forgotten := event("began:"+lee.ID, lee)
	forgotten.Person = ""
	s.same("events", s.events(""), []tracking.Credit{forgotten, event("began:"+kim.ID, kim)})
	n, err = s.store.Erase(s.Context(), keys)
	s.ok(err)
	s.same("removed again", n, 0)
	n, err = s.store.Erase(s.Context(), nil)
	s.ok(err)
	s.same("removed by no keys", n, 0)
}

func eraseStaged(s *stage) {
	run := s.begin("crm")
	s.ok(s.store.Stage(s.Context(), run, []tracking.Member{member("user", "lee"), member("user", "kim")}))
	n, err := s.store.Erase(s.Context(), []string{"mail:lee@acme.com"})
	s.ok(err)
	s.same("removed", n, 1)
	_, err = s.store.Commit(s.Context(), run, at(1), true)
	s.ok(err)
	s.same("members", s.all(), []string{"crm user kim x1 1"})
}

func eraseNamesake(s *stage) {
	lee := member("user", "lee")
	s.read("crm", at(1), true, lee)
	mark := tracking.NewMark(tracking.MarkUntracked, lee.Keys, "")
	mark.At = at(1)
	s.ok(s.store.Mark(s.Context(), []tracking.Mark{mark}))
	n, err := s.store.Erase(s.Context(), []string{"mail:another@acme.com", lee.Keys[1]})
	s.ok(err)
	s.same("removed by the name that they share", n, 0)
	s.same("members", s.all(), []string{"crm user lee x1 1"})
	s.same("marks", s.marked(tracking.MarkUntracked), []tracking.Mark{mark})
}

var concurrent = []scenario{
	{"every change of the state counts", concurrentChanges},
	{"TR13 sixteen settle one person once", concurrentSettle},
	{"sixteen runs of one import leave one whole list", concurrentRuns},
}

func concurrentChanges(s *stage) {
	together(func(int) {
		for range 5 {
			err := s.store.Change(s.Context(), func(st tracking.State) (tracking.State, error) {
				st.Changes++
				return st, nil
			})
			if err != nil {
				s.Error(err)
			}
		}
	})
	state, err := s.store.State(s.Context())
	s.ok(err)
	s.same("changes", state.Changes, int64(5*workers))
}

func concurrentSettle(s *stage) {
	var stored atomic.Int64
	together(func(worker int) {
		c := began(person(1, "mail:a@acme.com"))
		c.Credits[0].ID = fmt.Sprint("by worker ", worker)
		n, err := s.store.Settle(s.Context(), []tracking.Settlement{c})
		if err != nil {
			s.Error(err)
		}
		stored.Add(int64(n))
	})
	s.same("stored", stored.Load(), int64(1))
	s.same("people", len(s.tracked("")), 1)
	s.same("events", len(s.events("")), 1)
}

func concurrentRuns(s *stage) {
	var committed atomic.Int64
	together(func(worker int) {
		run, err := s.store.Begin(s.Context(), "crm")
		if err != nil {
			s.Error(err)
			return
		}
		for i := range 3 {
			if err := s.store.Stage(s.Context(), run, []tracking.Member{member("user", fmt.Sprintf("w%dp%d", worker, i))}); err != nil {
				return // superseded
			}
		}
		if _, err := s.store.Commit(s.Context(), run, at(worker), true); err == nil {
			committed.Add(1)
		}
	})
	there := 0
	for m, err := range s.store.Members(s.Context()) {
		s.ok(err)
		if m.Left.IsZero() {
			there++
		}
	}
	if committed.Load() < 1 || there != 3 {
		s.Errorf("%d runs committed, %d members there, want at least 1 and the 3 of the last", committed.Load(), there)
	}
}
