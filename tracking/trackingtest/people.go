package trackingtest

import (
	"context"
	"errors"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

var states = []scenario{
	{"a new store has the default ranking", stateDefault},
	{"the state reads back whole", stateWhole},
	{"a change that fails changes nothing", stateRefused},
	{"after its context has ended a call changes nothing", contextEnded},
}

func stateDefault(s *stage) {
	got, err := s.store.State(s.Context())
	s.ok(err)
	s.same("state", got, tracking.DefaultState())
}

func stateWhole(s *stage) {
	yes, all := true, 100.0
	want := tracking.State{
		Relationships: []tracking.Relationship{{ID: "nps_8", Name: "NPS 8+", Cycle: tracking.Monthly, GraceDays: 14}},
		Imports: []tracking.Import{{
			ID: "crm", Name: "From the CRM", Kind: tracking.ImportAutomatic, Preset: tracking.PresetIsWon, Accounts: []string{"001000000000001AAA"},
			Rules:  []tracking.Rule{{Relationship: "nps_8", Any: []tracking.Test{{Closed: &yes, Probability: &all, Stages: []string{"Gewonnen – ja"}}}}},
			Active: true, ActivatedAt: at(1), SyncedAt: at(2),
		}, {ID: "file", Kind: tracking.ImportCSV, Relationship: "nps_8", Ref: "a.csv", Mapping: tracking.Mapping{tracking.FieldEmail: "E-Mail"}}},
		Scans:     []tracking.Scan{{Relationship: "nps_8", Last: at(3), Began: at(4), LeaseUntil: at(5), Fence: 7}},
		Champions: tracking.Watch{Admin: "ann@acme.com", Missing: 3, Looked: at(6)},
		Changes:   9,
	}
	s.ok(s.store.Change(s.Context(), func(tracking.State) (tracking.State, error) { return want, nil }))
	got, err := s.store.State(s.Context())
	s.ok(err)
	s.same("state", got, want)
}

func stateRefused(s *stage) {
	errNo := errors.New("no")
	s.ok(s.store.Change(s.Context(), func(st tracking.State) (tracking.State, error) {
		st.Changes = 1
		return st, nil
	}))
	err := s.store.Change(s.Context(), func(st tracking.State) (tracking.State, error) {
		st.Changes = 2
		st.Relationships[0].Name = "changed"
		return st, errNo
	})
	if !errors.Is(err, errNo) {
		s.Errorf("the error is %v, want that of the change", err)
	}
	want := tracking.DefaultState()
	want.Changes = 1
	got, err := s.store.State(s.Context())
	s.ok(err)
	s.same("state", got, want)
}

func contextEnded(s *stage) {
	run := s.begin("crm")
	s.ok(s.store.Stage(s.Context(), run, []tracking.Member{member("user", "lee")}))
	s.settle(began(person(1, "mail:a@acme.com")))
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	calls := map[string]func() error{
		"Change": func() error {
			return s.store.Change(ctx, func(st tracking.State) (tracking.State, error) {
				st.Changes = 5
				return st, nil
			})
		},
		"Begin":  func() error { _, err := s.store.Begin(ctx, "crm"); return err },
		"Stage":  func() error { return s.store.Stage(ctx, run, []tracking.Member{member("user", "kim")}) },
		"Commit": func() error { _, err := s.store.Commit(ctx, run, at(1), true); return err },
		"Settle": func() error {
			_, err := s.store.Settle(ctx, []tracking.Settlement{began(person(2, "mail:b@acme.com"))})
			return err
		},
		"Spend": func() error { return s.store.Spend(ctx, []tracking.Credit{event("x", person(2))}) },
		"Mark": func() error {
			return s.store.Mark(ctx, []tracking.Mark{tracking.NewMark(tracking.MarkDismissed, []string{"mail:a@acme.com"}, "")})
		},
		"Erase": func() error { _, err := s.store.Erase(ctx, tracking.Digests([]string{"mail:a@acme.com"})); return err },
		"Members": func() error {
			for _, err := range s.store.Members(ctx) {
				return err
			}
			return context.Canceled // none to give: nothing to be wrong about
		},
		"Tracked": func() error {
			for _, err := range s.store.Tracked(ctx, "") {
				return err
			}
			return nil
		},
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, context.Canceled) {
			s.Errorf("%s: %v, want that the context has ended", name, err)
		}
	}
	state, err := s.store.State(s.Context())
	s.ok(err)
	s.same("changes", state.Changes, int64(0))
	s.same("people", len(s.tracked("")), 1)
	s.same("events", len(s.events("")), 1)
	s.same("marks", len(s.marked(tracking.MarkDismissed)), 0)
	_, err = s.store.Commit(s.Context(), run, at(1), true)
	s.ok(err)
	s.same("members", s.all(), []string{"crm user lee x1 1"})
}

var people = []scenario{
	{"a person reads back whole", personWhole},
	{"people come in order of id, after one, ended ones included", personOrder},
	{"people are reached by any of their keys", personKeys},
	{"who is faster wins, and the other changes nothing", personRevision},
}

func personWhole(s *stage) {
	p := person(1, "mail:a@acme.com", "crm:003000000000001AAA")
	s.same("stored", s.settle(began(p)), 1)
	s.same("people", s.tracked(""), []tracking.Tracked{p})
	s.same("events", s.events(""), []tracking.Credit{event("began:"+p.ID, p)})
	p.Revision, p.Relationship, p.Until, p.Keys = 2, tracking.Customer, at(9), p.Keys[:1]
	moved := tracking.Credit{ID: "moved", Ledger: tracking.LedgerTracked, At: at(9), Relationship: tracking.Customer, From: tracking.User, Person: p.ID}
	s.same("stored", s.settle(tracking.Settlement{Tracked: p, Credits: []tracking.Credit{moved}}), 1)
	s.same("people then", s.tracked(""), []tracking.Tracked{p})
	s.same("last event", s.events("")[1], moved)
}

func personOrder(s *stage) {
	var want []tracking.Tracked
	for i, name := range []string{"c", "a", "d", "b"} {
		p := person(4-i, "mail:"+name+"@acme.com")
		if i == 1 {
			p.Until = at(50)
		}
		s.settle(began(p))
		want = append(want, p)
	}
	slices.SortFunc(want, byID)
	s.same("all", s.tracked(""), want)
	s.same("after the second", s.tracked(want[1].ID), want[2:])
	s.same("after the last", s.tracked(want[3].ID), []tracking.Tracked{})
	for got, err := range s.store.Tracked(s.Context(), "") {
		s.ok(err)
		s.same("the first", got, want[0])
		break
	}
	s.same("stored after breaking out", s.settle(began(person(9, "mail:e@acme.com"))), 1)
}

func personKeys(s *stage) {
	a, b := person(1, "mail:a@acme.com", "in:/in/a"), person(2, "mail:b@acme.com")
	s.settle(began(b), began(a))
	as := func(keys ...string) []tracking.Tracked {
		s.Helper()
		got, err := s.store.TrackedAs(s.Context(), tracking.Digests(keys))
		s.ok(err)
		slices.SortFunc(got, byID)
		return got
	}
	s.same("one key", as("in:/in/a"), []tracking.Tracked{a})
	s.same("all keys", as("mail:b@acme.com", "in:/in/a", "mail:a@acme.com"), []tracking.Tracked{a, b})
	s.same("nobody's", as("mail:c@acme.com"), []tracking.Tracked{})
	s.same("none", as(), []tracking.Tracked{})
	a.Keys, a.Revision = tracking.Digests([]string{"in:/in/a"}), 2
	s.settle(tracking.Settlement{Tracked: a})
	s.same("a key of before", as("mail:a@acme.com"), []tracking.Tracked{})
	s.same("a key that stayed", as("in:/in/a"), []tracking.Tracked{a})
}

func personRevision(s *stage) {
	p := person(1, "mail:a@acme.com")
	s.same("first", s.settle(began(p)), 1)
	late := p
	late.Relationship = tracking.Customer
	other := began(late)
	other.Credits[0].ID = "late"
	s.same("the same revision", s.settle(other, began(person(2, "mail:b@acme.com"))), 1)
	late.Revision = 3
	s.same("one that skips a revision", s.settle(tracking.Settlement{Tracked: late}), 0)
	missing := person(3, "mail:c@acme.com")
	missing.Revision = 2
	s.same("one of nobody", s.settle(tracking.Settlement{Tracked: missing}), 0)
	s.same("people", s.tracked(""), []tracking.Tracked{p, person(2, "mail:b@acme.com")})
	s.same("events", len(s.events("")), 2)
	s.same("nothing", s.settle(), 0)
}
