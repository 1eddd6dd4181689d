package ledgertest

import "github.com/onward-crm/onward/routing"

var deciding = []scenario{
	{"P2 plan and facts are kept for whoever claims next", decidedKept},
	{"a new decision replaces the plan, and keeps what was written already", decidedAgain},
	{"a conflict leaves the former plan", decidedConflict},
	{"RT07 RT44 an alias leads every later decision to its identity", decidedAlias},
	{"RT23 an alias goes on only from where the decision saw it", decidedSwap},
	{"P10 of two decisions on one alias the first wins", decidedRace},
	{"RT18 a pool goes on only from where the decision saw it", decidedRota},
	{"RT18 of two decisions on one pool the first wins", decidedRotaRace},
	{"a conflict stores nothing of its decision and all of its neighbours", decidedWhole},
	{"what nobody knows is missing from the answer", decidedUnknown},
}

func decidedKept(s *stage) {
	s.accept(report("a"))
	d := decision(s.take(at(1), "a").Fence)
	s.calm(s.decide(d)[0])
	rec := s.record("a")
	s.same("plan in the record", rec.Plan, d.Plan)
	s.same("facts in the record", rec.Facts, d.Facts)
	s.same("time", rec.DecidedAt, d.At)
	s.same("status", rec.Status, routing.StatusAccepted)
	next := s.take(at(5), "a")
	s.same("plan in the claim", next.Plan, d.Plan)
	s.same("facts in the claim", next.Facts, d.Facts)
}

func decidedAgain(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.decide(turns(claims(decision(c.Fence), "alias", "", "m1"), "pool", 0, 1))[0])
	w := receipt("w1", "C1", "old", "new")
	s.calm(s.write(c.Fence, w))
	d := turns(claims(decision(c.Fence), "alias", "m1", "m2"), "pool", 1, 2)
	d.Plan.What, d.At = routing.WhatLead, at(4)
	s.calm(s.decide(d)[0])
	rec := s.record("a")
	s.same("plan", rec.Plan, d.Plan)
	s.same("time", rec.DecidedAt, d.At)
	s.same("receipts", rec.Receipts, []routing.Receipt{w})
	wantKnown(s, map[routing.Alias]string{"alias": "m2"})
	wantRota(s, "pool", 2)
}

func decidedConflict(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	d := turns(decision(c.Fence), "pool", 0, 1)
	s.calm(s.decide(d)[0])
	late := turns(decision(c.Fence), "pool", 0, 1)
	late.Plan.What, late.At = routing.WhatLead, at(4)
	s.wants(s.decide(late)[0], routing.ErrConflict)
	s.same("plan", s.record("a").Plan, d.Plan)
	s.same("time", s.record("a").DecidedAt, d.At)
}

func decidedAlias(s *stage) {
	s.accept(report("a"), report("b"))
	d := decision(s.take(at(1), "a").Fence)
	beta := routing.Identity{ID: "account-beta", Delivery: "a", At: at(0), Company: &routing.NewCompany{Name: "Beta", Domain: "beta.io", Country: "DE"}}
	d.Plan.Aliases = []routing.AliasClaim{{Alias: "domain", Identity: beta}, {Alias: "name", Identity: beta}}
	s.calm(s.decide(d)[0])
	known := s.lookup(routing.Question{Aliases: []routing.Alias{"name", "other"}}).Known
	s.same("known", known, map[routing.Alias]routing.Identity{"name": beta})
}

func decidedSwap(s *stage) {
	s.accept(report("a"), report("b"), report("c"))
	cs := s.wantClaim(at(1), "a", "b", "c")
	s.calm(s.decide(claims(decision(cs[0].Fence), "x", "", "m2"))[0])
	s.wants(s.decide(claims(decision(cs[1].Fence), "x", "m9", "m1"))[0], routing.ErrConflict)
	wantKnown(s, map[routing.Alias]string{"x": "m2"})
	s.calm(s.decide(claims(decision(cs[1].Fence), "x", "m2", "m1"))[0])
	wantKnown(s, map[routing.Alias]string{"x": "m1"})
	s.wants(s.decide(claims(decision(cs[2].Fence), "new", "m1", "m1"))[0], routing.ErrConflict)
	wantKnown(s, map[routing.Alias]string{"new": ""})
}

func decidedRace(s *stage) {
	s.accept(report("a"), report("b"))
	cs := s.wantClaim(at(1), "a", "b")
	errs := s.decide(claims(decision(cs[0].Fence), "x", "", "m1"), claims(decision(cs[1].Fence), "x", "", "m2"))
	s.calm(errs[0])
	s.wants(errs[1], routing.ErrConflict)
	wantKnown(s, map[routing.Alias]string{"x": "m1"})
	s.same("loser", s.record("b").Plan, nil)
}

func decidedRota(s *stage) {
	s.accept(report("a"), report("b"))
	cs := s.wantClaim(at(1), "a", "b")
	s.calm(s.decide(turns(decision(cs[0].Fence), "pool", 0, 2))[0])
	wantRota(s, "pool", 2)
	s.wants(s.decide(turns(decision(cs[1].Fence), "pool", 0, 2))[0], routing.ErrConflict)
	s.wants(s.decide(turns(decision(cs[1].Fence), "pool", 1, 2))[0], routing.ErrConflict)
	s.calm(s.decide(turns(decision(cs[1].Fence), "pool", 2, 0))[0])
	wantRota(s, "pool", 0)
}

func decidedRotaRace(s *stage) {
	s.accept(report("a"), report("b"))
	cs := s.wantClaim(at(1), "a", "b")
	errs := s.decide(turns(decision(cs[0].Fence), "pool", 0, 1), turns(decision(cs[1].Fence), "pool", 0, 1))
	s.calm(errs[0])
	s.wants(errs[1], routing.ErrConflict)
	wantRota(s, "pool", 1)
}

// decidedWhole: b's aliases would do, but its pool has gone on with a.
func decidedWhole(s *stage) {
	s.accept(report("a"), report("b"), report("c"))
	cs := s.wantClaim(at(1), "a", "b", "c")
	errs := s.decide(
		turns(claims(decision(cs[0].Fence), "a", "", "ma"), "pool", 0, 1),
		turns(turns(claims(decision(cs[1].Fence), "b", "", "mb"), "other", 0, 1), "pool", 0, 1),
		turns(claims(decision(cs[2].Fence), "c", "", "mc"), "pool", 1, 2),
	)
	s.calm(errs[0])
	s.wants(errs[1], routing.ErrConflict)
	s.calm(errs[2])
	wantKnown(s, map[routing.Alias]string{"a": "ma", "b": "", "c": "mc"})
	wantRota(s, "other", 0)
	wantRota(s, "pool", 2)
	b := s.record("b")
	s.same("of b", []any{b.Plan, b.Facts, b.DecidedAt.IsZero()}, []any{nil, nil, true})
	s.same("neighbours", []bool{s.record("a").Plan != nil, s.record("c").Plan != nil}, []bool{true, true})
}

func decidedUnknown(s *stage) {
	a := s.lookup(routing.Question{Aliases: []routing.Alias{"x"}, Tombstones: []string{"t"}, Pools: []string{"p"}})
	s.same("entries", []int{len(a.Known), len(a.Rota)}, []int{0, 0})
	s.same("buried", a.Buried["t"], false)
}

// wantKnown compares where aliases lead; "" is nowhere.
func wantKnown(s *stage, want map[routing.Alias]string) {
	s.Helper()
	for alias, id := range want {
		known := s.lookup(routing.Question{Aliases: []routing.Alias{alias}}).Known
		s.same("alias "+string(alias), known[alias].ID, id)
	}
}

func wantRota(s *stage, pool string, next int) {
	s.Helper()
	s.same("pool "+pool, s.lookup(routing.Question{Pools: []string{pool}}).Rota[pool], next)
}
