package durable

import (
	"context"
	"database/sql"
	"slices"

	"github.com/onward-crm/onward/routing"
)

// Reopen makes finished deliveries due again; see routing.Ledger. One that is being
// worked on is refused with ErrConflict; one that only waits for its due time is due at
// once.
func (l *Ledger) Reopen(ctx context.Context, o routing.Reopen) ([]error, error) {
	return each(ctx, l, "reopen", o.Keys, func() unit[string] { return reopening{order: o} })
}

type reopening struct {
	unprepared
	order routing.Reopen
}

func (reopening) key(key string) string { return key }

func (o reopening) one(b *batch, key string) error {
	r, ok := b.rows[key]
	switch {
	case !ok:
		return routing.ErrUnknownKey
	case r.held, len(o.order.If) > 0 && !slices.Contains(o.order.If, r.status):
		return routing.ErrConflict
	}
	acts, err := jsonList[routing.Act](r.acts)
	if err != nil {
		return err
	}
	act := o.order.Act
	if r.purged {
		act = act.Erased()
	}
	if r.acts, err = jsonText(append(acts, act)); err != nil {
		return err
	}
	r.requeue(0)
	r.look(0)
	r.status, r.failures, r.finished = routing.StatusAccepted, 0, 0
	if !o.order.KeepPlan {
		r.decided = 0
	}
	b.change(r)
	return nil
}

func (o reopening) flush(ctx context.Context, b *batch) error {
	err := store(ctx, b.tx, b.changed, "status", "failures", "finished_at", "decided_at", "acts", "held", "lease_until", "due_at", "wake_at",
		"queue", "dri_due", "dri_held", "dri_until")
	if err != nil {
		return err
	}
	if !o.order.KeepPlan {
		if err := drop(ctx, b.tx, "onward_plans", seqsOf(b.changed)); err != nil {
			return err
		}
	}
	return markPersons(ctx, b.tx, b.changed)
}

// Withdraw removes deliveries that nobody has begun with; see routing.Ledger.
func (l *Ledger) Withdraw(ctx context.Context, keys []string) ([]error, error) {
	return each(ctx, l, "withdraw", keys, func() unit[string] {
		return &withdrawing{keys: keys, begun: map[string]bool{}}
	})
}

// withdrawing knows which deliveries have a plan or receipts, or were reported again.
type withdrawing struct {
	keys  []string
	begun map[string]bool
}

func (*withdrawing) key(key string) string { return key }

func (w *withdrawing) prepare(ctx context.Context, b *batch) error {
	return scanAll(ctx, b.tx, func(rows *sql.Rows) error {
		var key string
		err := rows.Scan(&key)
		w.begun[key] = true
		return err
	}, "SELECT d.key FROM onward_deliveries d WHERE d.key"+anyText(b.tx.Dialect())+`AND (d.repeated OR
EXISTS (SELECT 1 FROM onward_plans p WHERE p.seq = d.seq) OR EXISTS (SELECT 1 FROM onward_receipts r WHERE r.seq = d.seq))`, listOf(w.keys))
}

func (w *withdrawing) one(b *batch, key string) error {
	r, ok := b.rows[key]
	switch {
	case !ok:
		return routing.ErrUnknownKey
	case r.held, r.status.Terminal(), r.acts != "", w.begun[key]:
		return routing.ErrConflict
	}
	delete(b.rows, key)
	b.change(r)
	return nil
}

func (*withdrawing) flush(ctx context.Context, b *batch) error {
	seqs := seqsOf(b.changed)
	for _, table := range []string{"onward_persons", "onward_payloads", "onward_deliveries"} {
		if err := drop(ctx, b.tx, table, seqs); err != nil {
			return err
		}
	}
	return nil
}
