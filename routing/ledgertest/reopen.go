package ledgertest

import "github.com/onward-crm/onward/routing"

var reopening = []scenario{
	{"a finished delivery is due again at once", reopenDue},
	{"with its plan it goes on where it stopped", reopenKeeps},
	{"without its plan it is decided anew", reopenDrops},
	{"what the operator did is kept, in order", reopenActs},
	{"failures are forgiven", reopenFailures},
	{"what waits need not wait any longer", reopenWaiting},
	{"what is being worked on is refused", reopenHeld},
	{"unknown keys do not harm their neighbours", reopenUnknown},
	{"its person is kept apart again", reopenPerson},
}

func pick(minute int) routing.Act {
	return routing.Act{At: at(minute), By: "ops", What: "approve", Pick: &routing.Pick{AccountID: "001A", By: "ops"}}
}

// parked brings a delivery to be parked, with a plan and a receipt.
func parked(s *stage, key string) (routing.Decision, routing.Receipt) {
	s.Helper()
	s.accept(report(key, "p"))
	c := s.take(at(1), key)
	d, w := decision(c.Fence), receipt("w1", "C1", "old", "new")
	s.calm(s.decide(d)[0])
	s.calm(s.write(c.Fence, w))
	s.calm(s.finish(ended(c.Fence, routing.StatusParked)))
	return d, w
}

func reopenDue(s *stage) {
	parked(s, "a")
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(5)})[0])
	rec := s.record("a")
	s.same("record", []any{rec.Status, rec.Due.IsZero(), rec.FinishedAt.IsZero()}, []any{routing.StatusAccepted, true, true})
	c := s.wantClaim(at(5), "a")[0]
	s.same("attempt", c.Fence.Attempt, 2)
}

func reopenKeeps(s *stage) {
	d, w := parked(s, "a")
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, KeepPlan: true, Act: pick(5)})[0])
	c := s.take(at(5), "a")
	s.same("plan", c.Plan, d.Plan)
	s.same("facts", c.Facts, d.Facts)
	s.same("receipts", c.Receipts, []routing.Receipt{w})
}

func reopenDrops(s *stage) {
	_, w := parked(s, "a")
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(5)})[0])
	c := s.take(at(5), "a")
	s.same("left", []any{c.Plan, c.Facts, s.record("a").DecidedAt.IsZero()}, []any{nil, nil, true})
	s.same("receipts", c.Receipts, []routing.Receipt{w})
	d := decision(c.Fence)
	d.Plan.What = routing.WhatLead
	s.calm(s.decide(d)[0])
	s.same("plan", s.record("a").Plan, d.Plan)
}

func reopenActs(s *stage) {
	parked(s, "a")
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(5)})[0])
	s.done(at(6), "a", routing.StatusReview)
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, KeepPlan: true, Act: pick(7)})[0])
	s.same("acts in the claim", s.take(at(8), "a").Acts, []routing.Act{pick(5), pick(7)})
	s.same("acts", s.record("a").Acts, []routing.Act{pick(5), pick(7)})
}

func reopenFailures(s *stage) {
	s.accept(report("a"))
	s.calm(s.release(routing.Release{Fence: s.take(at(1), "a").Fence}))
	s.done(at(1), "a", routing.StatusParked)
	s.same("failures of the parked", s.record("a").Failures, 1)
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, KeepPlan: true, Act: pick(5)})[0])
	s.same("failures", s.take(at(5), "a").Failures, 0)
}

func reopenWaiting(s *stage) {
	waits(s, "a")
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, KeepPlan: true, Act: pick(5)})[0])
	s.wantClaim(at(5), "a")
}

func reopenHeld(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	before := s.record("a")
	s.wants(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(1)})[0], routing.ErrConflict)
	s.same("record", s.record("a"), before)
	s.calm(s.finish(ended(c.Fence, routing.StatusDone)))
}

func reopenUnknown(s *stage) {
	parked(s, "a")
	errs := s.reopen(routing.Reopen{Keys: []string{"nobody", "a"}, Act: pick(5)})
	s.wants(errs[0], routing.ErrUnknownKey)
	s.calm(errs[1])
	s.wantClaim(at(5), "a")
}

func reopenPerson(s *stage) {
	parked(s, "a")
	s.accept(dated("b", 2, 2, "p"))
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(5)})[0])
	s.wantClaim(at(5), "a")
	s.wantClaim(at(5))
}
