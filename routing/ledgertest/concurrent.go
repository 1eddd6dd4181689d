package ledgertest

import (
	"fmt"
	"sync"

	"github.com/onward-crm/onward/routing"
)

var concurrent = []scenario{
	{"P10 sixteen workers finish a thousand deliveries, each once", concurrentWork},
	{"P8 sixteen senders of the same reports are one", concurrentAccept},
	{"P10 sixteen deciders advance one pool one after another", concurrentRota},
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

// tally counts what workers do, and who is being worked on.
type tally struct {
	mu       sync.Mutex
	finished map[string]int
	busy     map[string]bool
	problems []error
}

func (t *tally) start(cs []routing.Claim) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range cs {
		for _, p := range c.Delivery.Persons {
			if t.busy[p] {
				t.problems = append(t.problems, fmt.Errorf("two workers on %s", p))
			}
			t.busy[p] = true
		}
	}
}

// stop is called before the claims are finished: from then on others may begin.
func (t *tally) stop(cs []routing.Claim) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range cs {
		t.finished[c.Fence.Key]++
		for _, p := range c.Delivery.Persons {
			delete(t.busy, p)
		}
	}
}

func (t *tally) problem(err error) {
	if err != nil {
		t.mu.Lock()
		t.problems = append(t.problems, err)
		t.mu.Unlock()
	}
}

func concurrentWork(s *stage) {
	const n = 1_000
	ds := make([]routing.Delivery, n)
	for i := range ds {
		ds[i] = report(fmt.Sprint(i), fmt.Sprintf("p%d", i%400))
	}
	s.accept(ds...)
	t := &tally{finished: map[string]int{}, busy: map[string]bool{}}
	together(func(int) {
		for {
			cs, err := s.ledger.Claim(s.Context(), routing.ClaimOrder{Now: at(1), N: 7, Lease: lease})
			t.problem(err)
			if len(cs) == 0 {
				return // who holds the siblings of what is left comes back for it
			}
			t.start(cs)
			fs := make([]routing.Finish, len(cs))
			for i, c := range cs {
				fs[i] = ended(c.Fence, routing.StatusDone)
			}
			t.stop(cs)
			errs, err := s.ledger.Finish(s.Context(), fs)
			for _, err := range append(errs, err) {
				t.problem(err)
			}
		}
	})
	for _, err := range t.problems {
		s.Error(err)
	}
	for _, d := range ds {
		s.same("times finished", t.finished[d.Key], 1)
		s.same("attempts", s.record(d.Key).Attempt, 1)
	}
}

func concurrentAccept(s *stage) {
	t := &tally{finished: map[string]int{}}
	together(func(int) {
		for i := range 50 {
			as, err := s.ledger.Accept(s.Context(), []routing.Delivery{report(fmt.Sprint(i))})
			t.problem(err)
			if len(as) == 1 && as[0].New {
				t.stop([]routing.Claim{{Fence: routing.Fence{Key: as[0].Record.Key}}})
			}
		}
	})
	for _, err := range t.problems {
		s.Error(err)
	}
	for i := range 50 {
		s.same("times new", t.finished[fmt.Sprint(i)], 1)
	}
	s.same("records", len(s.records(routing.Filter{})), 50)
}

func concurrentRota(s *stage) {
	ds := make([]routing.Delivery, workers)
	for i := range ds {
		ds[i] = report(fmt.Sprint(i))
	}
	s.accept(ds...)
	cs := s.claim(at(1), workers)
	t := &tally{}
	together(func(i int) {
		for {
			a, err := s.ledger.Lookup(s.Context(), routing.Question{Pools: []string{"pool"}})
			t.problem(err)
			from := a.Rota["pool"]
			errs, err := s.ledger.Decided(s.Context(), []routing.Decision{turns(decision(cs[i].Fence), "pool", from, from+1)})
			t.problem(err)
			if err != nil || errs[0] == nil {
				return
			}
		}
	})
	for _, err := range t.problems {
		s.Error(err)
	}
	wantRota(s, "pool", workers)
}
