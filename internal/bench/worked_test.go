package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/memledger"
)

// BenchmarkWorked carries moves from their acceptance to their records: with the
// engine alone (everything in memory), and with a durable ledger against the
// Salesforce server in this process. Figures are moves a second. Run it with
// -benchtime 1x.
func BenchmarkWorked(b *testing.B) {
	inMemory := func(testing.TB) routing.Ledger { return memledger.New() }
	for _, c := range []struct {
		name   string
		ledger func(tb testing.TB) routing.Ledger
		wire   bool
	}{
		{"engine alone", inMemory, false},
		{"salesforce, memory", inMemory, true},
		{"salesforce, sqlite", sqliteLedger, true},
		{"salesforce, postgres", postgresLedger, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			const n = 3000
			for range b.N {
				b.StopTimer()
				e, evs := worked(b, c.ledger(b), c.wire, n)
				b.StartTimer()
				workOff(b, e, evs)
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "moves/s")
		})
	}
}

// worked is an engine over a warm CRM, and moves for it.
func worked(tb testing.TB, l routing.Ledger, wire bool, n int) (*routing.Engine, []routing.Event) {
	tb.Helper()
	w := newWorld(tb, 2000, 6000)
	var d crm.Driver = w.db
	if wire {
		_, d = w.org(tb)
	}
	e, err := routing.New(w.cfg, routing.Deps{CRM: crm.NewClient(d, nil), Ledger: l, Accounts: w.mirror},
		&routing.Options{BatchSize: 200, Now: func() time.Time { return start.Add(240 * time.Hour) }, Secret: []byte("a secret of the tests, 32 bytes..")})
	if err != nil {
		tb.Fatal(err)
	}
	evs := w.moves(n + 100)
	workOff(tb, e, evs[n:])
	return e, evs[:n]
}

// workOff accepts moves as senders bring them, a hundred at a time, and works them
// off in as many lanes as a Runner has.
func workOff(tb testing.TB, e *routing.Engine, evs []routing.Event) {
	tb.Helper()
	ctx := context.Background()
	for i := 0; i < len(evs); i += 100 {
		if _, err := e.Accept(ctx, evs[i:min(i+100, len(evs))]); err != nil {
			tb.Fatal(err)
		}
	}
	var lanes sync.WaitGroup
	var done atomic.Int64
	errs := make([]error, durable.DefaultWorkers)
	for i := range errs {
		lanes.Go(func() {
			n, err := e.Drain(ctx)
			done.Add(int64(n))
			errs[i] = err
		})
	}
	lanes.Wait()
	if err := errors.Join(errs...); err != nil || int(done.Load()) != len(evs) {
		tb.Fatal(fmt.Errorf("%d of %d done: %w", done.Load(), len(evs), err))
	}
}

func sqliteLedger(tb testing.TB) routing.Ledger {
	return durableLedger(tb, filepath.Join(tb.TempDir(), "onward.db"))
}

func postgresLedger(tb testing.TB) routing.Ledger { return durableLedger(tb, pgtest.DSN(tb)) }

func durableLedger(tb testing.TB, dsn string) routing.Ledger {
	tb.Helper()
	l, err := durable.Open(context.Background(), dsn, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return l
}

// TestWorkedThroughDurableLedger goes the same way with few moves, for its results
// and not for its times.
func TestWorkedThroughDurableLedger(t *testing.T) {
	if raced {
		t.Skip("it counts calls: .ci/run does so without the race detector, which takes six times as long")
	}
	e, evs := worked(t, sqliteLedger(t), true, 200)
	workOff(t, e, evs)
}
