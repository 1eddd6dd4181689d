package ledgertest

import "github.com/onward-crm/onward/routing"

var waiting = []scenario{
	{"RT26 what waits is due again at its time", waitingDue},
	{"RT26 what waited is decided anew", waitingAnew},
	{"a new plan of what waited survives a crash", waitingResumed},
	{"what waited starts without failures", waitingFailures},
}

// waits brings a delivery to wait until at(30), with a plan.
func waits(s *stage, key string) routing.Finish {
	s.Helper()
	s.accept(report(key))
	c := s.take(at(1), key)
	d := decision(c.Fence)
	d.Plan.Status, d.Plan.Due = routing.StatusWaiting, at(30)
	s.calm(s.decide(d)[0])
	s.calm(s.write(c.Fence, receipt("event", "E1", "", "held")))
	f := ended(c.Fence, routing.StatusWaiting)
	f.Due = at(30)
	s.calm(s.finish(f))
	return f
}

func waitingDue(s *stage) {
	f := waits(s, "a")
	rec := s.record("a")
	s.same("record", []any{rec.Status, rec.Due, rec.Outcome, rec.FinishedAt}, []any{routing.StatusWaiting, at(30), f.Result, f.At})
	s.wantClaim(at(29))
	c := s.wantClaim(at(31), "a")[0]
	s.same("attempt", c.Fence.Attempt, 2)
	s.calm(s.finish(ended(c.Fence, routing.StatusDone)))
	s.same("due time", s.record("a").Due.IsZero(), true)
	s.wantClaim(at(90))
}

// waitingAnew: the plan that said "wait" can be read, but is not resumed: it
// would only say "wait" again.
func waitingAnew(s *stage) {
	waits(s, "a")
	s.same("plan to read", s.record("a").Plan.Status, routing.StatusWaiting)
	c := s.take(at(31), "a")
	s.same("left to resume", []any{c.Plan, c.Facts, len(c.Receipts)}, []any{nil, nil, 0})
	d := decision(c.Fence)
	s.calm(s.decide(d)[0])
	s.same("new plan", s.record("a").Plan, d.Plan)
}

func waitingResumed(s *stage) {
	waits(s, "a")
	d := decision(s.take(at(31), "a").Fence)
	s.calm(s.decide(d)[0])
	c := s.take(at(40), "a")
	s.same("plan", c.Plan, d.Plan)
	s.same("receipts of the former plan", len(c.Receipts), 0)
}

func waitingFailures(s *stage) {
	s.accept(report("a"))
	s.take(at(1), "a")
	c := s.take(at(5), "a")
	s.same("failures before", c.Failures, 1)
	f := ended(c.Fence, routing.StatusWaiting)
	f.Due = at(30)
	s.calm(s.finish(f))
	s.same("failures after", s.take(at(31), "a").Failures, 0)
}
