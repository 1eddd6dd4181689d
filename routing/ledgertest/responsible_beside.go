package ledgertest

import "github.com/onward-crm/onward/routing"

var responsibleBeside = []scenario{
	{"one event record is kept by the delivery that was finished last", besideOneRecord},
	{"deliveries without an event record do not touch each other", besideNoRecord},
	{"a reopened delivery is not looked at until it is finished again", besideReopened},
	{"a reopened delivery keeps its history", besideHistory},
	{"whoever looked while it was reopened records nothing", besideZombie},
	{"RT35 nobody is responsible for an erased person", besideBuried},
	{"RT35 whoever looked while the person was erased changes nothing", besideBuriedMeanwhile},
}

func besideOneRecord(s *stage) {
	keeps(s, "first", "E1", 10)
	c := s.wantWatch(at(10), "first")[0]
	keeps(s, "other", "E2", 10)
	keeps(s, "second", "E1", 20)
	s.same("due times", []bool{s.record("first").DRIDue.IsZero(), s.record("other").DRIDue.IsZero(), s.record("second").DRIDue.IsZero()}, []bool{true, false, false})
	s.wants(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(30)})[0], routing.ErrFenced)
	s.wantWatch(at(60), "other", "second")
}

func besideNoRecord(s *stage) {
	keeps(s, "a", "", 10)
	keeps(s, "b", "", 20)
	s.wantWatch(at(60), "a", "b")
}

func besideReopened(s *stage) {
	keeps(s, "a", "E1", 10)
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(5)})[0])
	s.same("due time", s.record("a").DRIDue.IsZero(), true)
	s.wantWatch(at(60))
	f := ended(s.take(at(60), "a").Fence, routing.StatusDone)
	f.Result.EventRecordID, f.Result.DRIDue = "E1", at(90)
	s.calm(s.finish(f))
	s.wantWatch(at(89))
	s.wantWatch(at(90), "a")
}

func besideHistory(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(20)})[0])
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(15)})[0])
	s.done(at(16), "a", routing.StatusFiltered)
	s.same("history", s.record("a").DRI, []routing.DRIState{*found(10, "U1")})
	s.wantWatch(at(60))
}

func besideZombie(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	s.calm(s.reopen(routing.Reopen{Keys: []string{"a"}, Act: pick(10)})[0])
	s.wants(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(20)})[0], routing.ErrFenced)
	s.same("history", len(s.record("a").DRI), 0)
	s.wantWatch(at(60))
}

func besideBuried(s *stage) {
	keeps(s, "a", "E1", 10)
	keeps(s, "b", "E2", 10)
	bury(s, "person of a")
	s.same("due time", s.record("a").DRIDue.IsZero(), true)
	s.wantWatch(at(60), "b")
	s.accept(report("c", "person of c"))
	c := s.take(at(60), "c")
	bury(s, "person of c")
	f := ended(c.Fence, routing.StatusDone)
	f.Result.DRIDue = at(60)
	s.calm(s.finish(f))
	s.wantWatch(at(60))
}

func besideBuriedMeanwhile(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	bury(s, "person of a")
	s.wants(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(20)})[0], routing.ErrFenced)
	s.wantWatch(at(60))
}
