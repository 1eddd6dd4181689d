package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/onward-crm/onward/adapter"
)

var promises = []scenario{
	{"AD05 a promise reads back whole", adapter.SideLimits{}, promiseWhole},
	{"AD05 a promise is stored once", adapter.SideLimits{}, promiseOnce},
	{"who has been due for longest comes first, at most n", adapter.SideLimits{}, owedOrder},
	{"what is not due is not taken", adapter.SideLimits{}, owedDue},
	{"a lease holds, and ends", adapter.SideLimits{}, owedLease},
	{"promises are found by delivery or by id", adapter.SideLimits{}, promisesFound},
	{"a sweep removes what ended long ago, never what is owed", adapter.SideLimits{}, promisesSwept},
}

func promiseWhole(s *stage) {
	p := adapter.Promise{
		ID: "p1", Kind: "hubspot-callback", Delivery: "hubspot:ap-1", Target: "ap-1-2",
		Made: at(0).Add(7 * time.Microsecond), Due: at(1),
	}
	s.promise(p)
	s.same("promise", s.told("p1"), p)
	p.Attempts, p.Error, p.Due = 1, "status 503", at(9)
	s.kept(adapter.Keeping{ID: "p1", Due: at(9), Error: "status 503", At: at(2)})
	s.same("promise tried", s.told("p1"), p)
	p.Ended, p.Sent = at(9), true
	s.kept(adapter.Keeping{ID: "p1", Sent: true, At: at(9)})
	s.same("promise kept", s.told("p1"), p)
}

func promiseOnce(s *stage) {
	again := message("a", 5)
	again.Target = "other"
	s.promise(message("a", 0), again)
	s.promise(again)
	s.same("promise", s.told("a"), message("a", 0))
	s.kept(adapter.Keeping{ID: "a", Sent: true, At: at(1)})
	s.promise(again)
	s.same("owed", s.owed(at(60), 9), []string{})
	s.promise()
	s.same("promised", s.about("d1"), []string{"a"})
}

func owedOrder(s *stage) {
	younger := message("b", 2)
	younger.Made = at(1)
	s.promise(message("d", 3), younger, message("a", 2), message("c", 1))
	s.same("first three", s.owed(at(5), 3), []string{"c", "a", "b"})
	s.same("the rest", s.owed(at(5), 3), []string{"d"})
	s.same("none asked for", s.owed(at(50), 0), []string{})
}

func owedDue(s *stage) {
	s.promise(message("a", 10), message("b", 11))
	s.same("owed at 9", s.owed(at(9), 9), []string{})
	s.same("owed at 10", s.owed(at(10), 9), []string{"a"})
	s.same("owed at 11", s.owed(at(11), 9), []string{"a", "b"})
}

func owedLease(s *stage) {
	s.promise(message("a", 0))
	s.same("first", s.owed(at(1), 9), []string{"a"})
	s.same("while held", s.owed(at(2).Add(-time.Second), 9), []string{})
	s.same("when the lease has ended", s.owed(at(2), 9), []string{"a"})
	s.kept(adapter.Keeping{ID: "a", Due: at(2), At: at(2), Error: "reset"})
	s.same("given back before the lease ends", s.owed(at(2), 9), []string{"a"})
}

func promisesFound(s *stage) {
	other := message("z", 0)
	other.Delivery = "d2"
	later := message("a", 0)
	later.Made = at(1)
	s.promise(later, message("b", 9), other)
	s.same("about d1", s.about("d1"), []string{"b", "a"})
	s.same("about d2", s.about("d2"), []string{"z"})
	s.same("about nothing", s.about("d3"), []string{})
	if _, err := s.store.Promises(s.Context(), "", "none"); !errors.Is(err, adapter.ErrNoPromise) {
		s.Errorf("unknown id: %v", err)
	}
	for _, arg := range []string{"", "d1"} {
		if _, err := s.store.Promises(s.Context(), arg, arg); err == nil {
			s.Errorf("neither or both arguments: no error for %q", arg)
		}
	}
}

func promisesSwept(s *stage) {
	s.promise(message("owed", 0), message("sent", 0), message("lately", 0))
	s.kept(adapter.Keeping{ID: "sent", Sent: true, At: at(1)}, adapter.Keeping{ID: "lately", Sent: true, At: at(2)})
	s.ok(s.store.Sweep(s.Context(), at(2).Add(72*time.Hour)))
	s.same("left", s.about("d1"), []string{"lately", "owed"})
	s.same("owed", s.owed(at(99), 9), []string{"owed"})
}

var keeping = []scenario{
	{"AD14 a failed attempt is tried again, and counted", adapter.SideLimits{}, keptRetry},
	{"waiting for the end of the work is no attempt", adapter.SideLimits{}, keptWaited},
	{"AD14 what was given up is owed no more", adapter.SideLimits{}, keptGivenUp},
	{"what comes late for an ended promise changes nothing", adapter.SideLimits{}, keptLate},
	{"AD14 replay by id: an ended promise is owed again", adapter.SideLimits{}, keptReplay},
	{"an unknown id refuses the whole call", adapter.SideLimits{}, keptUnknown},
}

func keptRetry(s *stage) {
	s.promise(message("a", 0))
	for i := range 3 {
		s.same("owed", s.owed(at(10*i), 9), []string{"a"})
		s.kept(adapter.Keeping{ID: "a", Due: at(10*i + 10), Error: fmt.Sprint("status ", 500+i), At: at(10 * i)})
		s.same("owed at once", s.owed(at(10*i+9), 9), []string{})
	}
	got := s.told("a")
	s.same("attempts", got.Attempts, 3)
	s.same("error", got.Error, "status 502")
	s.same("ended", got.Ended.IsZero(), true)
}

func keptWaited(s *stage) {
	s.promise(message("a", 0))
	s.same("owed", s.owed(at(1), 9), []string{"a"})
	s.kept(adapter.Keeping{ID: "a", Waited: true, Due: at(3), At: at(1)})
	s.same("owed before", s.owed(at(2), 9), []string{})
	s.same("owed then", s.owed(at(3), 9), []string{"a"})
	s.same("attempts", s.told("a").Attempts, 0)
}

func keptGivenUp(s *stage) {
	s.promise(message("a", 0))
	s.kept(adapter.Keeping{ID: "a", GivenUp: true, Error: "status 410", At: at(4)})
	s.same("owed", s.owed(at(500), 9), []string{})
	want := message("a", 0)
	want.Attempts, want.Error, want.Ended = 1, "status 410", at(4)
	s.same("promise", s.told("a"), want)
}

func keptLate(s *stage) {
	s.promise(message("a", 0))
	s.kept(adapter.Keeping{ID: "a", Sent: true, At: at(4)})
	want := s.told("a")
	s.kept(adapter.Keeping{ID: "a", Due: at(5), Error: "reset", At: at(5)})
	s.kept(adapter.Keeping{ID: "a", GivenUp: true, At: at(5)})
	s.kept(adapter.Keeping{ID: "a", Sent: true, At: at(6)})
	s.same("promise", s.told("a"), want)
	s.same("owed", s.owed(at(500), 9), []string{})
}

func keptReplay(s *stage) {
	s.promise(message("a", 0))
	s.kept(adapter.Keeping{ID: "a", Due: at(2), Error: "reset", At: at(1)})
	s.kept(adapter.Keeping{ID: "a", GivenUp: true, Error: "reset", At: at(2)})
	s.kept(adapter.Keeping{ID: "a", Waited: true, Due: at(9), At: at(9)})
	s.same("owed", s.owed(at(9), 9), []string{"a"})
	want := message("a", 9)
	want.Error = "reset"
	s.same("promise", s.told("a"), want)
	s.kept(adapter.Keeping{ID: "a", Sent: true, At: at(10)})
	s.same("sent", s.told("a").Sent, true)
}

func keptUnknown(s *stage) {
	s.promise(message("a", 0))
	err := s.store.Kept(s.Context(), []adapter.Keeping{{ID: "a", Sent: true, At: at(1)}, {ID: "none", Sent: true, At: at(1)}})
	if !errors.Is(err, adapter.ErrNoPromise) {
		s.Errorf("unknown id: %v", err)
	}
	s.same("promise", s.told("a"), message("a", 0))
	s.kept()
}

var concurrent = []scenario{
	{"one promise is never in two hands", adapter.SideLimits{}, concurrentOwed},
	{"sixteen senders of the same requests are one, within the bounds", adapter.SideLimits{Requests: 20}, concurrentRefuse},
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

func concurrentOwed(s *stage) {
	const n = 200
	var ps []adapter.Promise
	for i := range n {
		ps = append(ps, message(fmt.Sprint("m", i), i%7))
	}
	s.promise(ps...)
	var mu sync.Mutex
	taken := map[string]int{}
	together(func(int) {
		for {
			ps, err := s.store.Owed(s.Context(), at(10), 3, lease)
			if err != nil {
				s.Error(err)
			}
			if len(ps) == 0 {
				return
			}
			mu.Lock()
			for _, p := range ps {
				taken[p.ID]++
			}
			mu.Unlock()
			for _, p := range ps {
				if err := s.store.Kept(s.Context(), []adapter.Keeping{{ID: p.ID, Sent: true, At: at(10)}}); err != nil {
					s.Error(err)
				}
			}
		}
	})
	// A worker that finds everything locked goes home early; nothing may be left when
	// all have gone.
	s.same("left", s.owed(at(10), n), []string{})
	for _, p := range ps {
		s.same("times taken", taken[p.ID], 1)
	}
}

func concurrentRefuse(s *stage) {
	together(func(int) {
		for i := range 30 {
			if err := s.store.Refuse(s.Context(), request("flow", i, 10)); err != nil {
				s.Error(err)
			}
		}
	})
	if got := len(s.refused("flow")); got > 20 {
		s.Errorf("%d requests kept, at most 20 allowed", got)
	}
	for i := range 20 {
		s.refuse(request("flow", 100+i, 10))
	}
	s.same("kept", len(s.refused("flow")), 20)
}
