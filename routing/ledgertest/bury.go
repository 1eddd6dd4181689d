package ledgertest

import (
	"github.com/onward-crm/onward/routing"
)

var burying = []scenario{
	{"RT35 tombstones are answered for ever", buryAnswered},
	{"RT35 what is known of the person is removed, finished or not", buryPurges},
	{"RT35 what a worker records meanwhile does not stay either", buryMeanwhile},
	{"RT35 nothing is decided any more on an erased person", buryDecided},
	{"RT35 the words of a Flow's error do not stay", buryWords},
	{"RT35 nobody is told about an erased person", buryNotices},
}

func bury(s *stage, tombstones ...string) {
	s.Helper()
	s.calm(s.ledger.Bury(s.Context(), tombstones))
}

func buryAnswered(s *stage) {
	bury(s, "t1", "t2")
	bury(s, "t2", "t3")
	buried := s.lookup(routing.Question{Tombstones: []string{"t1", "t3", "t9"}}).Buried
	s.same("buried", []bool{buried["t1"], buried["t2"], buried["t3"], buried["t9"]}, []bool{true, false, true, false})
}

func buryPurges(s *stage) {
	parked(s, "other")
	s.accept(report("done", "mail", "linkedin"), report("open", "linkedin"))
	c := s.take(at(1), "done")
	s.calm(s.decide(decision(c.Fence))[0])
	s.calm(s.write(c.Fence, receipt("w1", "C1", "old", "new")))
	s.calm(s.finish(ended(c.Fence, routing.StatusDone)))
	other := s.record("other")
	bury(s, "linkedin")
	wantPurged(s, s.record("done"))
	wantPurged(s, s.record("open"))
	s.same("outcome", s.record("done").Outcome, ended(c.Fence, routing.StatusDone).Result)
	s.same("somebody else", s.record("other"), other)
	s.same("still to be concluded", s.wantClaim(at(2), "open")[0].Delivery.Persons, []string{"linkedin"})
}

// buryMeanwhile: the worker began before the person was erased.
func buryMeanwhile(s *stage) {
	s.accept(report("a", "p"))
	c := s.take(at(1), "a")
	s.calm(s.decide(decision(c.Fence))[0])
	bury(s, "p")
	s.calm(s.write(c.Fence, receipt("w1", "C1", "old", "new")))
	wantPurged(s, s.record("a"))
	f := ended(c.Fence, routing.StatusDone)
	f.Result.Flow = map[string]string{"firstName": "Ada"}
	f.Notices = []routing.Notice{notice("n", "a", 3)}
	s.calm(s.finish(f))
	wantPurged(s, s.record("a"))
	s.same("notices", len(s.unsent(9)), 0)
}

// buryDecided: the facts were gathered before the person was erased.
func buryDecided(s *stage) {
	s.accept(report("a", "p"))
	c := s.take(at(1), "a")
	bury(s, "p")
	s.wants(s.decide(decision(c.Fence))[0], routing.ErrConflict)
	wantPurged(s, s.record("a"))
	forget := routing.Decision{Fence: c.Fence, Plan: routing.Plan{Key: "a", Forget: true}, At: at(1)}
	s.calm(s.decide(forget)[0])
}

// buryWords: what a Flow says of its error may quote the person, also when it says it
// after the person was erased.
func buryWords(s *stage) {
	s.accept(report("a", "p"))
	failed := ended(s.take(at(1), "a").Fence, routing.StatusParked)
	failed.Result.Error = "Ada Lovelace is there already"
	s.calm(s.finish(failed))
	again := routing.Reopen{Keys: []string{"a"}, Act: routing.Act{By: "flow", What: "flow_done", Flow: &routing.FlowReport{Error: failed.Result.Error}}}
	s.calm(s.reopen(again)[0])
	bury(s, "p")
	failed.Fence = s.take(at(2), "a").Fence
	s.calm(s.finish(failed))
	s.calm(s.reopen(again)[0])
	r := s.record("a")
	s.same("outcome's error", r.Outcome.Error, "")
	for _, act := range r.Acts {
		s.same("act's error", act.Flow.Error, "erased")
	}
}

func buryNotices(s *stage) {
	s.accept(report("a", "p"), report("b", "q"))
	for _, key := range []string{"a", "b"} {
		f := ended(s.take(at(1), key).Fence, routing.StatusDone)
		f.Notices = []routing.Notice{notice("to "+key, key, 2)}
		s.calm(s.finish(f))
	}
	bury(s, "p")
	s.same("notices", s.unsent(9), []routing.Notice{notice("to b", "b", 2)})
}

// wantPurged wants no personal value in a record.
func wantPurged(s *stage, r routing.Record) {
	s.Helper()
	s.same("payload", r.Event, routing.Event{})
	s.same("plan, facts and flow", []any{r.Plan, r.Facts, len(r.Outcome.Flow)}, []any{nil, nil, 0})
	for _, w := range r.Receipts {
		s.same("values of a receipt", []int{len(w.Before), len(w.Changed), len(w.Error)}, []int{0, 0, 0})
	}
}
