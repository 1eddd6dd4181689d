package ledgertest

import (
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

var responsible = []scenario{
	{"DR10 due from the outcome's time on, and not before", responsibleDue},
	{"without a time they are never due", responsibleNever},
	{"soonest first, at most as many as asked for", responsibleOrder},
	{"only the given keys", responsibleKeys},
	{"DR11 what was found out is kept as history, and due again at its next time", responsibleHistory},
	{"DR11 nothing new keeps the history as it was", responsibleSame},
	{"no next time ends it", responsibleEnds},
	{"a lease holds until it ends, and then the next claim begins", responsibleLease},
	{"whoever has lost the claim records nothing", responsibleZombie},
	{"whoever has recorded already records nothing more", responsibleTwice},
	{"unknown keys do not harm their neighbours", responsibleUnknown},
	{"two at once get nothing twice", responsibleRace},
}

// watch claims at most n deliveries whose responsible people are due.
func (s *stage) watch(now time.Time, n int, keys ...string) []routing.DRIClaim {
	s.Helper()
	cs, err := s.ledger.ClaimDRI(s.Context(), routing.ClaimOrder{Now: now, N: n, Lease: lease, Keys: keys})
	s.calm(err)
	return cs
}

// wantWatch claims at most ten and compares their keys.
func (s *stage) wantWatch(now time.Time, keys ...string) []routing.DRIClaim {
	s.Helper()
	cs := s.watch(now, 10)
	s.same("claimed", watchedKeys(cs), append([]string{}, keys...))
	return cs
}

func watchedKeys(cs []routing.DRIClaim) []string {
	keys := make([]string, len(cs))
	for i, c := range cs {
		keys[i] = c.Fence.Key
	}
	return keys
}

func (s *stage) assign(us ...routing.DRIUpdate) []error {
	s.Helper()
	return must[error](s, len(us))(s.ledger.Assigned(s.Context(), us))
}

// keeps finishes a delivery whose responsible people are due at that minute.
func keeps(s *stage, key, event string, due int) routing.Finish {
	s.Helper()
	s.accept(report(key, "person of "+key))
	f := ended(s.take(at(1), key).Fence, routing.StatusDone)
	f.Result.EventRecordID, f.Result.DRIDue = event, at(due)
	s.calm(s.finish(f))
	return f
}

// found is the history's entry of a minute.
func found(minute int, user string) *routing.DRIState {
	return &routing.DRIState{
		At:          at(minute),
		Assignments: []dri.Assignment{{Scenario: dri.Joins, Class: dri.Customer, UserID: user, ManagerID: "U9", Reason: dri.ReasonFirstChoice}},
		Written:     crm.Fields{"Current_Record_DRI__c": user},
	}
}

func responsibleDue(s *stage) {
	f := keeps(s, "a", "E1", 30)
	s.same("due time", s.record("a").DRIDue, at(30))
	s.wantWatch(at(29))
	c := s.wantWatch(at(30), "a")[0]
	s.same("fence", c.Fence, routing.Fence{Key: "a", Attempt: 1})
	s.same("record", []any{c.Record.Status, c.Record.Outcome, c.Record.Delivery}, []any{routing.StatusDone, f.Result, report("a", "person of a")})
	s.same("the work itself has ended", keysOf(s.claim(at(90), 9)), []string{})
}

func responsibleNever(s *stage) {
	s.accept(report("a"), report("b"))
	s.done(at(1), "a", routing.StatusDone)
	s.same("due time", s.record("a").DRIDue.IsZero(), true)
	s.wantWatch(at(50_000))
}

func responsibleOrder(s *stage) {
	keeps(s, "late", "E1", 40)
	keeps(s, "early", "E2", 20)
	keeps(s, "middle", "E3", 30)
	s.same("none", watchedKeys(s.watch(at(60), 0)), []string{})
	s.same("two", watchedKeys(s.watch(at(60), 2)), []string{"early", "middle"})
	s.wantWatch(at(60), "late")
	s.wantWatch(at(60))
}

func responsibleKeys(s *stage) {
	keeps(s, "a", "E1", 10)
	keeps(s, "b", "E2", 10)
	s.same("by key", watchedKeys(s.watch(at(11), 9, "b", "nobody")), []string{"b"})
	s.wantWatch(at(11), "a")
}

func responsibleHistory(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(20)})[0])
	s.wantWatch(at(19))
	c = s.wantWatch(at(20), "a")[0]
	s.same("attempt", c.Fence.Attempt, 2)
	s.same("history in the claim", c.Record.DRI, []routing.DRIState{*found(10, "U1")})
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(20, "U2"), Next: at(30)})[0])
	rec := s.record("a")
	s.same("history", rec.DRI, []routing.DRIState{*found(10, "U1"), *found(20, "U2")})
	s.same("next", rec.DRIDue, at(30))
}

func responsibleSame(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(20)})[0])
	c = s.wantWatch(at(20), "a")[0]
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, Next: at(30)})[0])
	s.same("history", s.record("a").DRI, []routing.DRIState{*found(10, "U1")})
	s.wantWatch(at(30), "a")
}

func responsibleEnds(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1")})[0])
	s.same("due time", s.record("a").DRIDue.IsZero(), true)
	s.wantWatch(at(50_000))
}

func responsibleLease(s *stage) {
	keeps(s, "a", "E1", 10)
	s.wantWatch(at(10), "a")
	ends := at(10).Add(lease)
	s.wantWatch(ends.Add(-time.Second))
	c := s.wantWatch(ends.Add(time.Second), "a")[0]
	s.same("attempt", c.Fence.Attempt, 2)
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, Next: at(60)})[0])
}

func responsibleZombie(s *stage) {
	keeps(s, "a", "E1", 10)
	zombie := s.wantWatch(at(10), "a")[0]
	c := s.wantWatch(at(12), "a")[0]
	s.wants(s.assign(routing.DRIUpdate{Fence: zombie.Fence, State: found(10, "U1"), Next: at(20)})[0], routing.ErrFenced)
	s.same("history", len(s.record("a").DRI), 0)
	s.calm(s.assign(routing.DRIUpdate{Fence: c.Fence, State: found(12, "U2"), Next: at(60)})[0])
	s.wants(s.assign(routing.DRIUpdate{Fence: zombie.Fence, State: found(10, "U1")})[0], routing.ErrFenced)
	s.same("history", s.record("a").DRI, []routing.DRIState{*found(12, "U2")})
	s.same("next", s.record("a").DRIDue, at(60))
}

func responsibleTwice(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	u := routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(20)}
	s.calm(s.assign(u)[0])
	s.wants(s.assign(u)[0], routing.ErrFenced)
	s.same("history", s.record("a").DRI, []routing.DRIState{*found(10, "U1")})
}

func responsibleUnknown(s *stage) {
	keeps(s, "a", "E1", 10)
	c := s.wantWatch(at(10), "a")[0]
	errs := s.assign(routing.DRIUpdate{Fence: routing.Fence{Key: "nobody", Attempt: 1}}, routing.DRIUpdate{Fence: c.Fence, Next: at(20)})
	s.wants(errs[0], routing.ErrUnknownKey)
	s.calm(errs[1])
	s.same("next", s.record("a").DRIDue, at(20))
}

func responsibleRace(s *stage) {
	const n = 40
	for i := range n {
		key := string(rune('A' + i))
		keeps(s, key, "E"+key, 10)
	}
	t := &tally{finished: map[string]int{}}
	together(func(int) {
		for {
			cs, err := s.ledger.ClaimDRI(s.Context(), routing.ClaimOrder{Now: at(10), N: 3, Lease: lease})
			t.problem(err)
			if len(cs) == 0 {
				return
			}
			us := make([]routing.DRIUpdate, len(cs))
			for i, c := range cs {
				us[i] = routing.DRIUpdate{Fence: c.Fence, State: found(10, "U1"), Next: at(600)}
			}
			errs, err := s.ledger.Assigned(s.Context(), us)
			for _, err := range append(errs, err) {
				t.problem(err)
			}
		}
	})
	for _, err := range t.problems {
		s.Error(err)
	}
	for i := range n {
		s.same("times recorded", len(s.record(string(rune('A'+i))).DRI), 1)
	}
}
