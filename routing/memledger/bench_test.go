package memledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// BenchmarkClaim claims and finishes 50 of 1,000 due deliveries at a time,
// behind more and more finished ones: the cost stays the same.
func BenchmarkClaim(b *testing.B) {
	for _, finished := range []int{0, 10_000, 100_000} {
		b.Run(fmt.Sprintf("finished=%d", finished), func(b *testing.B) {
			l := memledger.New()
			next := 0
			refill := func(n int) {
				ds := make([]routing.Delivery, n)
				for i := range ds {
					next++
					ds[i] = routing.Delivery{Key: fmt.Sprint(next), Persons: []string{fmt.Sprint(next)}, OccurredAt: at(0)}
				}
				must(l.Accept(b.Context(), ds))
			}
			work := func(n int) {
				cs := must(l.Claim(b.Context(), routing.ClaimOrder{Now: at(1), N: n, Lease: time.Minute}))
				fs := make([]routing.Finish, len(cs))
				for i, c := range cs {
					fs[i] = routing.Finish{Fence: c.Fence, Result: routing.Outcome{Status: routing.StatusDone}}
				}
				must(l.Finish(b.Context(), fs))
			}
			refill(finished)
			work(finished)
			refill(1_000)
			for b.Loop() {
				work(50)
				refill(50)
			}
		})
	}
}
