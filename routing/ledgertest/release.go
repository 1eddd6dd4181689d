package ledgertest

import "github.com/onward-crm/onward/routing"

var releasing = []scenario{
	{"a released claim is due at its time, with the reason", releaseDue},
	{"a failed attempt counts", releaseCounts},
	{"P6 a refunded attempt does not count", releaseRefund},
	{"P11 a refund never brings back a lost claim", releaseRefundFence},
	{"a plan and its receipts outlast a release", releasePlan},
}

func releaseDue(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	s.calm(s.release(routing.Release{Fence: c.Fence, Due: at(10), Reason: "crm_unavailable"}))
	rec := s.record("a")
	s.same("record", []any{rec.Status, rec.Due, rec.Note}, []any{routing.StatusAccepted, at(10), "crm_unavailable"})
	s.wantClaim(at(9))
	s.wantClaim(at(11), "a")
}

func releaseCounts(s *stage) {
	s.accept(report("a"))
	for failed := range 3 {
		c := s.take(at(1), "a")
		s.same("failures and attempt", []int{c.Failures, c.Fence.Attempt}, []int{failed, failed + 1})
		s.calm(s.release(routing.Release{Fence: c.Fence}))
	}
	s.same("record", s.record("a").Failures, 3)
}

func releaseRefund(s *stage) {
	s.accept(report("a"))
	for range 30 {
		c := s.take(at(1), "a")
		s.same("failures", c.Failures, 0)
		s.calm(s.release(routing.Release{Fence: c.Fence, Refund: true}))
	}
	s.same("record", s.record("a").Failures, 0)
}

// releaseRefundFence: were the attempt's number given back, the next claim
// would have the number of the one that was lost.
func releaseRefundFence(s *stage) {
	s.accept(report("a"))
	lost := s.take(at(1), "a")
	s.calm(s.release(routing.Release{Fence: lost.Fence, Refund: true}))
	held := s.take(at(1), "a")
	s.wants(s.finish(ended(lost.Fence, routing.StatusParked)), routing.ErrFenced)
	s.calm(s.finish(ended(held.Fence, routing.StatusDone)))
}

func releasePlan(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	d, w := decision(c.Fence), receipt("w1", "C1", "old", "new")
	s.calm(s.decide(d)[0])
	s.calm(s.write(c.Fence, w))
	s.calm(s.release(routing.Release{Fence: c.Fence}))
	next := s.take(at(1), "a")
	s.same("plan", next.Plan, d.Plan)
	s.same("receipts", next.Receipts, []routing.Receipt{w})
}
