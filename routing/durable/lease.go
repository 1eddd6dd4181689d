package durable

import (
	"context"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Extend prolongs leases that are still held.
func (l *Ledger) Extend(ctx context.Context, fences []routing.Fence, until time.Time) ([]error, error) {
	return each(ctx, l, "extend", fences, func() unit[routing.Fence] { return extending{until: micros(until)} })
}

type extending struct {
	unprepared
	until int64
}

func (extending) key(f routing.Fence) string { return f.Key }

func (e extending) one(b *batch, f routing.Fence) error {
	r, err := fenced(b.rows, f)
	if err == nil && e.until > r.lease {
		r.lease, r.wake, r.queue = e.until, e.until, queueLater
		b.change(r)
	}
	return err
}

func (extending) flush(ctx context.Context, b *batch) error {
	if err := store(ctx, b.tx, b.changed, "lease_until", "wake_at", "queue"); err != nil {
		return err
	}
	return markPersons(ctx, b.tx, b.changed)
}

// Release gives claims back unfinished; see routing.Ledger.
func (l *Ledger) Release(ctx context.Context, rs []routing.Release) ([]error, error) {
	return each(ctx, l, "release", rs, func() unit[routing.Release] { return releasing{} })
}

type releasing struct{ unprepared }

func (releasing) key(g routing.Release) string { return g.Fence.Key }

func (releasing) one(b *batch, g routing.Release) error {
	r, err := fenced(b.rows, g.Fence)
	if err != nil {
		return err
	}
	if !g.Refund {
		r.failures++
	}
	r.note = g.Reason
	r.requeue(micros(g.Due))
	b.change(r)
	return nil
}

func (releasing) flush(ctx context.Context, b *batch) error {
	if err := store(ctx, b.tx, b.changed, "held", "lease_until", "due_at", "wake_at", "queue", "failures", "note"); err != nil {
		return err
	}
	return markPersons(ctx, b.tx, b.changed)
}
