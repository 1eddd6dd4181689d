package ledgertest

import (
	"errors"

	"github.com/onward-crm/onward/routing"
)

var finishing = []scenario{
	{"every final status ends the work", finishFinal},
	{"outcome and time are kept, plan and receipts as well", finishKept},
	{"a status that ends nothing is refused and changes nothing", finishUnfinal},
	{"RT35 of a forgotten person only key, status and reason are kept", finishForget},
	{"P2 notices are stored with the outcome, each id once", finishNotices},
}

func finishFinal(s *stage) {
	for _, status := range []routing.Status{routing.StatusDone, routing.StatusFiltered, routing.StatusReview, routing.StatusParked} {
		s.accept(report(string(status), "p"))
		s.done(at(1), string(status), status)
		s.same("status", s.record(string(status)).Status, status)
		s.wantClaim(at(50_000))
	}
}

func finishKept(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	d, w := decision(c.Fence), receipt("w1", "C1", "old", "new")
	s.calm(s.decide(d)[0])
	s.calm(s.write(c.Fence, w))
	f := ended(c.Fence, routing.StatusDone)
	s.calm(s.finish(f))
	want := routing.Record{
		Delivery: report("a"), Seq: 1, Status: routing.StatusDone, Attempt: 1,
		Plan: &d.Plan, Facts: &d.Facts, Receipts: []routing.Receipt{w},
		Outcome: f.Result, DecidedAt: d.At, FinishedAt: f.At,
	}
	s.same("record", s.record("a"), want)
}

func finishUnfinal(s *stage) {
	s.accept(report("a"))
	c := s.take(at(1), "a")
	before := s.record("a")
	for _, status := range []routing.Status{"", routing.StatusAccepted} {
		err := s.finish(ended(c.Fence, status))
		if err == nil || errors.Is(err, routing.ErrFenced) {
			s.Fatalf("finished as %q: %v", status, err)
		}
		s.same("record", s.record("a"), before)
	}
	s.calm(s.finish(ended(c.Fence, routing.StatusDone)))
}

func finishForget(s *stage) {
	s.accept(report("a", "hash"))
	c := s.take(at(1), "a")
	s.calm(s.decide(decision(c.Fence))[0])
	s.calm(s.write(c.Fence, receipt("w1", "C1", "Ada's old title", "Ada's new title")))
	s.calm(s.finish(routing.Finish{
		Fence: c.Fence, Forget: true, At: at(3),
		Result: routing.Outcome{
			Status: routing.StatusFiltered, What: routing.WhatSuppressed, Reason: "suppressed_privacy",
			Flow: map[string]string{"firstName": "Ada"},
		},
	}))
	rec := s.record("a")
	wantPurged(s, rec)
	s.same("kept", []any{rec.Key, rec.Seq, rec.Status, rec.Outcome.What, rec.Outcome.Reason, rec.Receipts[0].Key},
		[]any{"a", 1, routing.StatusFiltered, routing.WhatSuppressed, "suppressed_privacy", "w1"})
	s.same("a repeated report", s.accept(report("a"))[0], routing.Accepted{Record: rec})
}

func finishNotices(s *stage) {
	s.accept(report("a"), report("b"))
	one, two := notice("one", "a", 1), notice("two", "b", 2)
	f := ended(s.take(at(1), "a").Fence, routing.StatusDone)
	f.Notices = []routing.Notice{one, one}
	s.calm(s.finish(f))
	f = ended(s.take(at(1), "b").Fence, routing.StatusDone)
	f.Notices = []routing.Notice{one, two}
	s.calm(s.finish(f))
	s.same("notices", s.unsent(10), []routing.Notice{one, two})
}
