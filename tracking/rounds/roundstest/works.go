package roundstest

import (
	"errors"
	"sync"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

func reading(id string, accounts ...string) rounds.Reading {
	r := rounds.Reading{Listing: target.Listing{Report: target.Report{ID: id, Category: target.CategoryTarget}, Rows: len(accounts)}, ReadAt: at(1), TriedAt: at(2), Trouble: "lost a column"}
	for i, a := range accounts {
		r.Listing.Accounts = append(r.Listing.Accounts, target.Account{ID: a, Name: "Acme", Row: i + 1})
	}
	return r
}

var reports = []scenario{
	{"readings take each other's place", func(s *stage) {
		s.ok(s.store.PutReport(s.Context(), reading("b", acme)))
		s.ok(s.store.PutReport(s.Context(), reading("a", acme)))
		s.ok(s.store.PutReport(s.Context(), reading("b", acme, beta)))
		got, err := s.store.Reports(s.Context())
		s.ok(err)
		s.same("reports", got, []rounds.Reading{reading("a", acme), reading("b", acme, beta)})
	}},
	{"a report that is dropped", func(s *stage) {
		s.ok(s.store.PutReport(s.Context(), reading("a", acme)))
		s.ok(s.store.DropReport(s.Context(), "a"))
		s.ok(s.store.DropReport(s.Context(), "a"))
		got, err := s.store.Reports(s.Context())
		s.ok(err)
		s.same("reports", got, []rounds.Reading(nil))
	}},
}

var errNo = errors.New("no")

func (s *stage) work(name string) rounds.Work {
	s.Helper()
	all, err := s.store.Works(s.Context())
	s.ok(err)
	for _, w := range all {
		if w.Name == name {
			return w
		}
	}
	return rounds.Work{}
}

var works = []scenario{
	{"the first change finds only the name", func(s *stage) {
		s.ok(s.store.Change(s.Context(), "a", func(w rounds.Work) (rounds.Work, error) {
			s.same("before", w, rounds.Work{Name: "a"})
			return rounds.Work{
				Scan: tracking.Scan{Relationship: "a", Last: at(0), Began: at(1), LeaseUntil: at(2), Fence: 3}, Began: at(1), After: "x", Count: 7, Rest: at(4),
			}, nil
		}))
		s.same("after", s.work("a"), rounds.Work{
			Name: "a", Scan: tracking.Scan{Relationship: "a", Last: at(0), Began: at(1), LeaseUntil: at(2), Fence: 3}, Began: at(1), After: "x", Count: 7, Rest: at(4),
		})
	}},
	{"a change that is refused changes nothing", func(s *stage) {
		for range 2 {
			err := s.store.Change(s.Context(), "a", func(w rounds.Work) (rounds.Work, error) { w.Count++; return w, errNo })
			if !errors.Is(err, errNo) {
				s.Errorf("%v", err)
			}
			s.same("count", s.work("a").Count, 0)
			s.ok(s.store.Change(s.Context(), "a", func(w rounds.Work) (rounds.Work, error) { return w, nil }))
		}
	}},
	{"side by side nothing is lost", func(s *stage) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if err := s.store.Change(s.Context(), "n", func(w rounds.Work) (rounds.Work, error) { w.Count++; return w, nil }); err != nil {
						s.Error(err)
					}
				}
			})
		}
		wg.Wait()
		s.same("count", s.work("n").Count, 40)
	}},
}

var erasures = []scenario{
	{"by any key", func(s *stage) {
		s.see(rounds.Seen{Keys: []string{"crm:003A", "mail:lee@acme.com"}, AskedAt: at(1)}, rounds.Seen{Keys: []string{"in:kim"}, AskedAt: at(1)})
		s.keep(rounds.KeptOf(hire(acme, "lee"), rounds.StageTold, at(1)), rounds.KeptOf(hire(beta, "lee"), rounds.StageCarried, at(1)),
			rounds.KeptOf(hire(acme, "kim"), rounds.StageFound, at(1)))
		n, err := s.store.Erase(s.Context(), []string{"mail:lee@acme.com"})
		s.ok(err)
		s.same("removed", n, 3)
		s.same("seen", []bool{s.seenOf([]string{"crm:003A"})[0].AskedAt.IsZero(), s.seenOf([]string{"in:kim"})[0].AskedAt.IsZero()}, []bool{true, false})
		s.same("carried", s.names(rounds.StageCarried), []string(nil))
		s.same("known", s.knownAs("in:/in/lee"), []string(nil))
		s.same("others", s.names(rounds.StageFound), []string{"kim"})
	}},
	{"again removes nothing", func(s *stage) {
		s.see(rounds.Seen{Keys: []string{"in:kim"}, AskedAt: at(1)})
		for _, want := range []int{1, 0} {
			n, err := s.store.Erase(s.Context(), []string{"in:kim"})
			s.ok(err)
			s.same("removed", n, want)
		}
	}},
}
