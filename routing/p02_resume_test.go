package routing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

// crashed is a ledger that goes away, once, when receipts are stored for the n-th
// time, as a process does that is killed between two answers: only the end of its
// lease brings the work back.
type crashed struct {
	routing.Ledger
	n, calls int
}

func (c *crashed) Wrote(ctx context.Context, ws []routing.Writing) ([]error, error) {
	if c.calls++; c.calls == c.n {
		return nil, errors.New("ledger away")
	}
	return c.Ledger.Wrote(ctx, ws)
}

// TestP02StoredPlanIsResumed: after a crash between any two steps the plan is carried
// on that was stored before the first. Thought again, what it has half done would
// look like somebody else's work, and be taken for a duplicate.
func TestP02StoredPlanIsResumed(t *testing.T) {
	for n := 1; n <= 2; n++ {
		t.Run(fmt.Sprint("crash after step ", n), func(t *testing.T) {
			w := moving(t)
			ledger := &crashed{Ledger: w.ledger, n: n}
			w.over("config.json", func(deps *routing.Deps, _ *routing.Options) { deps.Ledger = ledger })
			_ = w.handle("1") // some of its steps may tell that the ledger is away, others just end
			before := w.record(w.keys[0])
			if before.Plan == nil || before.Status != routing.StatusAccepted || ledger.calls < n {
				t.Fatalf("the crash left %s and the plan %v", before.Status, before.Plan)
			}
			w.now = w.now.Add(routing.DefaultLease + time.Second)
			w.finishAll()
			w.demand(moveDone)
			if after := w.record(w.keys[0]); !after.DecidedAt.Equal(before.DecidedAt) {
				t.Errorf("decided at %v, and again at %v", before.DecidedAt, after.DecidedAt)
			}
		})
	}
}

// unfinished is a ledger that cannot store outcomes at first.
type unfinished struct {
	routing.Ledger
	fails int
}

func (u *unfinished) Finish(ctx context.Context, fs []routing.Finish) ([]error, error) {
	if u.fails--; u.fails >= 0 {
		return nil, errors.New("ledger away")
	}
	return u.Ledger.Finish(ctx, fs)
}

// postbox takes notices, and notes which came while their move had no outcome yet.
type postbox struct {
	w     *world
	ids   []string
	early int
}

func (p *postbox) Notify(_ context.Context, ns []routing.Notice) ([]error, error) {
	for _, n := range ns {
		p.ids = append(p.ids, n.ID)
		if !p.w.record(n.Delivery).Status.Terminal() {
			p.early++
		}
	}
	return make([]error, len(ns)), nil
}

// TestP02NoticesFollowTheOutcome: nobody is told of a move before its outcome is
// stored, and each is told once, though the outcome cannot be stored at first.
func TestP02NoticesFollowTheOutcome(t *testing.T) {
	w := moving(t)
	box := &postbox{w: w}
	w.over("config.json", func(deps *routing.Deps, _ *routing.Options) {
		deps.Ledger, deps.Notifier = &unfinished{Ledger: w.ledger, fails: 2}, box
	})
	_ = w.handle("1") // the ledger is away
	if len(box.ids) != 0 {
		t.Errorf("%d notices of a move without an outcome", len(box.ids))
	}
	for range 4 {
		w.now = w.now.Add(routing.DefaultLease + time.Second)
		_, _ = w.engine.Drain(t.Context()) // the ledger is away once more, and then is not
	}
	w.demand(moveDone)
	told := slices.Compact(slices.Sorted(slices.Values(box.ids)))
	if len(told) == 0 || len(told) != len(box.ids) || box.early != 0 {
		t.Errorf("told %v, %d of them too early; want each once, after the outcome", box.ids, box.early)
	}
}
