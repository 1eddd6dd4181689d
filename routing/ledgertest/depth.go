package ledgertest

import (
	"fmt"
	"time"

	"github.com/onward-crm/onward/routing"
)

var depths = []scenario{
	{"an empty ledger has nothing to do", depthEmpty},
	{"what is due, what is held, and since when the oldest waits", depthDue},
	{"an expired lease is work that waits", depthExpired},
	{"every status is counted", depthStatuses},
	{"unsent notices and due responsible people", depthRest},
}

func (s *stage) depth(now time.Time) routing.Depth {
	s.Helper()
	d, err := s.ledger.Depth(s.Context(), now)
	s.calm(err)
	if d.Statuses == nil {
		d.Statuses = map[routing.Status]int{}
	}
	return d
}

func depthEmpty(s *stage) {
	s.same("depth", s.depth(at(1)), routing.Depth{Statuses: map[routing.Status]int{}})
}

func depthDue(s *stage) {
	s.accept(dated("a", 0, 4, "a"), dated("b", 9, 2, "b"), dated("c", 0, 3, "c"), dated("d", 0, 1, "d"))
	s.calm(s.release(routing.Release{Fence: s.take(at(5), "d").Fence, Due: at(20)}))
	d := s.depth(at(5))
	s.same("all but the one in back-off", []any{d.Due, d.Held, d.Oldest.Equal(at(2))}, []any{3, 0, true})
	s.take(at(5), "b")
	d = s.depth(at(5))
	s.same("one held", []any{d.Due, d.Held, d.Oldest.Equal(at(3))}, []any{2, 1, true})
	s.same("later", s.depth(at(5).Add(lease/2)).Held, 1)
	s.same("back-off over", s.depth(at(20)).Oldest.Equal(at(1)), true)
}

func depthExpired(s *stage) {
	s.accept(report("a"))
	s.take(at(1), "a")
	d := s.depth(at(1).Add(lease + time.Second))
	s.same("due and held", []int{d.Due, d.Held}, []int{1, 0})
}

func depthStatuses(s *stage) {
	ends := []routing.Status{routing.StatusDone, routing.StatusDone, routing.StatusFiltered, routing.StatusReview, routing.StatusParked}
	for i, status := range ends {
		s.accept(report(fmt.Sprint(i)))
		s.done(at(1), fmt.Sprint(i), status)
	}
	waits(s, "waiting")
	s.accept(report("new"), report("gone"))
	s.calm(s.withdraw("gone")[0])
	want := map[routing.Status]int{
		routing.StatusDone: 2, routing.StatusFiltered: 1, routing.StatusReview: 1, routing.StatusParked: 1,
		routing.StatusWaiting: 1, routing.StatusAccepted: 1,
	}
	d := s.depth(at(5))
	s.same("before its day", []any{d.Statuses, d.Due}, []any{want, 1})
	s.same("on its day", s.depth(at(31)).Due, 2)
}

func depthRest(s *stage) {
	keeps(s, "a", "E1", 10)
	keeps(s, "b", "E2", 20)
	s.accept(report("n"))
	f := ended(s.take(at(5), "n").Fence, routing.StatusDone)
	f.Notices = []routing.Notice{notice("n1", "n", 1), notice("n2", "n", 2)}
	s.calm(s.finish(f))
	s.calm(s.ledger.Sent(s.Context(), []string{"n1"}))
	d := s.depth(at(15))
	s.same("notices and responsible people", []int{d.Notices, d.DRIDue}, []int{1, 1})
	s.watch(at(15), 9)
	s.same("while they are looked for", s.depth(at(15)).DRIDue, 0)
	s.same("all", s.depth(at(25)).DRIDue, 2)
}
