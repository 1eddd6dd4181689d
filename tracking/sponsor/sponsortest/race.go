package sponsortest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking/sponsor"
)

var concurrent = []scenario{
	{"of sixteen that save over one version, one does", concurrentSave},
	{"sixteen that come again until it works lose nothing", concurrentCount},
	{"an identifier is claimed once", concurrentClaim},
	{"one effect is never in two hands", concurrentOwed},
}

const workers = 16

// together runs work in all workers and waits for them.
func together(work func(worker int)) {
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() { work(i) })
	}
	wg.Wait()
}

func concurrentSave(s *stage) {
	s.save(first(one("a")))
	read := s.load("a")
	var won, lost atomic.Int64
	together(func(i int) {
		mine := read.Clone()
		mine.Location = fmt.Sprint("place ", i)
		errs, err := s.store.Save(s.Context(), []sponsor.Saving{{Sponsor: mine, Log: []sponsor.Entry{line("a", "acme", 1, mine.Location)}}})
		switch {
		case err != nil:
			s.Error(err)
		case errs[0] == nil:
			won.Add(1)
		case errors.Is(errs[0], sponsor.ErrStale):
			lost.Add(1)
		default:
			s.Error(errs[0])
		}
	})
	s.same("won and lost", []int64{won.Load(), lost.Load()}, []int64{1, workers - 1})
	s.same("the winner's history", s.lines(sponsor.HistoryFilter{}), []string{s.load("a").Location})
}

func concurrentCount(s *stage) {
	s.save(first(one("a")))
	const each = 5
	together(func(int) {
		for done := 0; done < each; {
			got, err := s.store.Load(s.Context(), []string{"a"})
			if err != nil {
				s.Error(err)
				return
			}
			mine := got["a"]
			mine.Made++
			errs, err := s.store.Save(s.Context(), []sponsor.Saving{first(mine)})
			if err != nil {
				s.Error(err)
				return
			}
			if errs[0] == nil {
				done++
			}
		}
	})
	s.same("made", s.load("a").Made, each*workers)
}

func concurrentClaim(s *stage) {
	var won atomic.Int64
	together(func(i int) {
		mine := one(fmt.Sprintf("s%02d", i))
		mine.Person.Emails = append(mine.Person.Emails, "shared@acme.com")
		errs, err := s.store.Save(s.Context(), []sponsor.Saving{first(mine)})
		switch {
		case err != nil:
			s.Error(err)
		case errs[0] == nil:
			won.Add(1)
		case !errors.Is(errs[0], sponsor.ErrTaken):
			s.Error(errs[0])
		}
	})
	s.same("winners", won.Load(), int64(1))
	s.same("known", len(s.known("mail:shared@acme.com")), 1)
}

func concurrentOwed(s *stage) {
	const n = 200
	for _, id := range names(n) {
		s.save(sponsor.Saving{Sponsor: one(id), Effects: []sponsor.Effect{owing(id, "k-"+id, 0)}})
	}
	var mu sync.Mutex
	taken := map[crm.Key]int{}
	together(func(int) {
		for {
			got, err := s.store.Owed(s.Context(), at(10), 3, lease)
			if err != nil {
				s.Error(err)
			}
			if len(got) == 0 {
				return
			}
			mu.Lock()
			for _, f := range got {
				taken[f.Key]++
			}
			mu.Unlock()
			for _, f := range got {
				if err := s.store.Settle(s.Context(), []sponsor.Settlement{{Key: f.Key, Sent: true, At: at(10)}}); err != nil {
					s.Error(err)
				}
			}
		}
	})
	// A worker that finds everything locked goes home early; nothing may be left when
	// all have gone.
	s.same("left", s.owed(at(10), n), []string{})
	for _, id := range names(n) {
		s.same("times taken", taken[crm.Key("k-"+id)], 1)
	}
}
