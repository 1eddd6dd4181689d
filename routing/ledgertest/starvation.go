package ledgertest

import (
	"fmt"

	"github.com/onward-crm/onward/routing"
)

var starvation = []scenario{
	{"P11 ten thousand waiting deliveries do not hide a due one", starveWaiting},
	{"P11 a thousand deliveries of a busy person do not hide another's", starveBusy},
	{"P11 expired claims come back oldest first", starveExpired},
}

func starveWaiting(s *stage) {
	const n = 10_000
	ds := make([]routing.Delivery, n)
	for i := range ds {
		ds[i] = report(fmt.Sprintf("waiting %05d", i), fmt.Sprintf("p%d", i))
	}
	s.accept(ds...)
	held := s.claim(at(1), n)
	fs := make([]routing.Finish, len(held))
	for i, c := range held {
		fs[i] = ended(c.Fence, routing.StatusWaiting)
		fs[i].Due = at(600)
	}
	for _, err := range must[error](s, n)(s.ledger.Finish(s.Context(), fs)) {
		s.calm(err)
	}
	s.accept(dated("due", 2, 2))
	s.same("claimed", keysOf(s.claim(at(3), 1)), []string{"due"})
}

func starveBusy(s *stage) {
	ds := make([]routing.Delivery, 1_000)
	for i := range ds {
		ds[i] = report(fmt.Sprintf("busy %04d", i), "p")
	}
	s.accept(ds...)
	s.take(at(1), "busy 0000")
	s.accept(dated("due", 2, 2, "q"))
	s.same("claimed", keysOf(s.claim(at(1), 1)), []string{"due"})
}

func starveExpired(s *stage) {
	s.accept(dated("c", 3, 3), dated("a", 1, 1), dated("b", 2, 2))
	s.take(at(4), "c")
	s.take(at(4), "a")
	s.wantClaim(at(9), "a", "b", "c")
}
