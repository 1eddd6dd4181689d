package ledgertest

import "github.com/onward-crm/onward/routing"

var accepting = []scenario{
	{"a new delivery is stored as accepted", acceptNew},
	{"RT22 the second report is a no-op that returns the first record", acceptAgain},
	{"equal keys inside a batch are one delivery", acceptTwins},
	{"the order of acceptance is counted from 1", acceptOrder},
	{"a cancelled call stores nothing", acceptCancelled},
}

func acceptNew(s *stage) {
	d := report("a", "p1", "p2")
	got := s.accept(d)[0]
	want := routing.Record{Delivery: d, Seq: 1, Status: routing.StatusAccepted}
	s.same("answer", got, routing.Accepted{New: true, Record: want})
	s.same("record", s.record("a"), want)
}

func acceptAgain(s *stage) {
	s.accept(report("a"))
	s.done(at(1), "a", routing.StatusDone)
	first := s.record("a")
	other := report("a", "somebody else")
	other.OccurredAt = at(9)
	s.same("answer", s.accept(other)[0], routing.Accepted{New: false, Record: first})
	s.same("record", s.record("a"), first)
	s.wantClaim(at(10))
}

func acceptTwins(s *stage) {
	twin := report("a", "other")
	got := s.accept(report("a", "p"), report("b"), twin)
	s.same("news", []bool{got[0].New, got[1].New, got[2].New}, []bool{true, true, false})
	s.same("the twin's record", got[2].Record, got[0].Record)
	s.wantClaim(at(1), "a", "b")
}

func acceptOrder(s *stage) {
	s.accept(report("b"), report("a"))
	got := s.accept(report("c"), report("a"))
	s.same("order", []int64{s.record("b").Seq, s.record("a").Seq, got[0].Record.Seq, got[1].Record.Seq}, []int64{1, 2, 3, 2})
}

func acceptCancelled(s *stage) {
	if _, err := s.ledger.Accept(cancelled(s), []routing.Delivery{report("a")}); err == nil {
		s.Fatal("accepted for a caller who had given up")
	}
	s.wantClaim(at(1))
}
