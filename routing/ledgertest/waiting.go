package ledgertest

import "github.com/onward-crm/onward/routing"

var waiting = []scenario{
	{"RT26 what waits is due again at its time", waitingDue},
	{"RT26 what waited comes back with its plan and receipts", waitingPlan},
	{"what waited starts without failures", waitingFailures},
}

// waits brings a delivery to wait until at(30), with a plan and a receipt.
func waits(s *stage, key string) (routing.Decision, routing.Finish) {
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
	return d, f
}

func waitingDue(s *stage) {
	_, f := waits(s, "a")
	rec := s.record("a")
	s.same("record", []any{rec.Status, rec.Due, rec.Outcome, rec.FinishedAt}, []any{routing.StatusWaiting, at(30), f.Result, f.At})
	s.wantClaim(at(29))
	c := s.wantClaim(at(31), "a")[0]
	s.same("attempt", c.Fence.Attempt, 2)
	s.calm(s.finish(ended(c.Fence, routing.StatusDone)))
	s.same("due time", s.record("a").Due.IsZero(), true)
	s.wantClaim(at(90))
}

// waitingPlan: the ledger tells what was decided; that it said "wait" is for
// the engine to see.
func waitingPlan(s *stage) {
	d, _ := waits(s, "a")
	c := s.take(at(31), "a")
	s.same("plan", c.Plan, d.Plan)
	s.same("facts", c.Facts, d.Facts)
	s.same("receipts", c.Receipts, []routing.Receipt{receipt("event", "E1", "", "held")})
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
