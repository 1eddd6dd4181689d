package bench

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/routing"
)

// BenchmarkMoves carries moves into a CRM of 100,000 accounts and 300,000 people:
// time and memory for each move, which must not grow with their number.
func BenchmarkMoves(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				w := newWorld(b, 100_000, 300_000)
				e := w.engine(b, w.db)
				evs := w.moves(n + 100)
				// The embedded CRM builds its indexes when they are first asked for.
				if _, err := e.HandleBatch(context.Background(), evs[n:]); err != nil {
					b.Fatal(err)
				}
				evs = evs[:n]
				before := heap()
				b.StartTimer()
				records, err := e.HandleBatch(context.Background(), evs)
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				done := 0
				for _, r := range records {
					if r.Status == routing.StatusDone {
						done++
					}
				}
				if done != n {
					b.Fatalf("%d of %d moves done", done, n)
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/move")
				b.ReportMetric(float64(heap()-before)/float64(n), "heapB/move")
				runtime.KeepAlive(w)
				runtime.KeepAlive(e)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestCallsPerThousandMoves counts at the driver: with Salesforce's limits, 1,000
// moves cost at most 40 calls, and the same events give the same records at
// every batch size.
func TestCallsPerThousandMoves(t *testing.T) {
	if raced {
		t.Skip("it counts calls: .ci/run does so without the race detector, which takes six times as long")
	}
	w := newWorld(t, 2000, 6000)
	limited := crmtest.Limited(w.db, crmtest.SalesforceLimits())
	records, err := w.engine(t, limited).HandleBatch(context.Background(), w.moves(1000))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Status != routing.StatusDone {
			t.Fatalf("%s is %s: %s", r.Key, r.Status, r.Outcome.Reason)
		}
	}
	calls := limited.Calls()
	t.Logf("1,000 moves: %d calls (%d reads, %d writes)", calls.Total()-calls.Describe, calls.Find+calls.Landed, calls.Write)
	if got := calls.Total() - calls.Describe; got > 40 {
		t.Errorf("%d calls for 1,000 moves, want at most 40", got)
	}
	if limited.Broken() != 0 {
		t.Errorf("%d calls broke a limit", limited.Broken())
	}
}
