package bench

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
)

// org serves the world's CRM over Salesforce's wire format and logs in to it.
func (w *world) org(tb testing.TB) (*sftest.Server, *salesforce.Org) {
	tb.Helper()
	server := sftest.Start(tb, &sftest.Options{CRM: w.db, Now: func() time.Time { return start }})
	org, err := salesforce.Open(context.Background(), salesforce.Options{
		Instance: server.URL, Login: salesforce.ClientCredentials{ID: server.ClientID(), Secret: server.ClientSecret()},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = org.Close() })
	return server, org
}

// handled carries moves out and wants all of them done.
func handled(tb testing.TB, e *routing.Engine, evs []routing.Event) {
	tb.Helper()
	records, err := e.HandleBatch(context.Background(), evs)
	if err != nil {
		tb.Fatal(err)
	}
	for _, r := range records {
		if r.Status != routing.StatusDone {
			tb.Fatalf("%s is %s: %s %s", r.Key, r.Status, r.Outcome.Reason, r.Note)
		}
	}
}

// TestSalesforceCallsPerThousandMoves counts at the server. Login and describes,
// which come once in a process, are paid by a hundred moves before.
func TestSalesforceCallsPerThousandMoves(t *testing.T) {
	if raced {
		t.Skip("it counts calls: .ci/run does so without the race detector, which takes six times as long")
	}
	for _, c := range []struct {
		name string
		live bool
		most int
	}{{"mirror warm", false, 40}, {"without mirror", true, 120}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, 2000, 6000)
			server, org := w.org(t)
			client := crm.NewClient(org, nil)
			policy, err := routing.NewPolicy(w.cfg)
			if err != nil {
				t.Fatal(err)
			}
			var finder routing.AccountFinder = w.mirror
			if c.live {
				finder = mirror.NewLive(client, policy)
			}
			e := w.engineWith(t, client, finder)
			evs := w.moves(1100)
			handled(t, e, evs[1000:])
			server.ResetCalls()
			handled(t, e, evs[:1000])
			calls := server.Calls()
			t.Logf("1,000 moves: %d calls %v", calls.Total, calls.ByResource)
			if calls.Total > c.most {
				t.Errorf("%d calls, want at most %d", calls.Total, c.most)
			}
		})
	}
}

// BenchmarkSalesforceMoves carries moves over the wire into a server in the same
// process: time and memory for each move, server and all.
func BenchmarkSalesforceMoves(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("%d", n), func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				w := newWorld(b, 100_000, 300_000)
				_, org := w.org(b)
				e := w.engineWith(b, crm.NewClient(org, nil), w.mirror)
				evs := w.moves(n + 100)
				handled(b, e, evs[n:])
				before := heap()
				b.StartTimer()
				handled(b, e, evs[:n])
				b.StopTimer()
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/move")
				b.ReportMetric(float64(heap()-before)/float64(n), "heapB/move")
				runtime.KeepAlive(w)
				runtime.KeepAlive(e)
			}
		})
	}
}

// newCRM is an empty org in memory, with what the wire shows of an org itself.
func newCRM() *memcrm.CRM {
	return memcrm.New(&memcrm.Options{Now: func() time.Time { return start }, Schemas: sftest.Schemas(crm.DefaultNames())})
}
