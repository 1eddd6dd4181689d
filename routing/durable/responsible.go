package durable

import (
	"context"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// ClaimDRI takes finished deliveries whose responsible people are due, soonest first;
// see routing.Ledger.
func (l *Ledger) ClaimDRI(ctx context.Context, c routing.ClaimOrder) ([]routing.DRIClaim, error) {
	if c.N <= 0 || c.Keys != nil && len(c.Keys) == 0 || l.keptBack() {
		return nil, ctx.Err()
	}
	var out []routing.DRIClaim
	err := l.tx(ctx, "claim responsible", func(tx *sqldb.Tx) error {
		out = nil
		if err := lockClaims(ctx, tx); err != nil {
			return err
		}
		seqs, err := watch(ctx, tx, c)
		if err != nil {
			return err
		}
		records, err := recordsBySeq(ctx, tx, seqs)
		if err != nil {
			return err
		}
		attempts, err := driAttempts(ctx, tx, seqs)
		for _, rec := range records {
			out = append(out, routing.DRIClaim{Fence: routing.Fence{Key: rec.Key, Attempt: attempts[rec.Key]}, Record: rec})
		}
		return err
	})
	return out, err
}

// watch holds the rows that are due, and returns their numbers, soonest first.
func watch(ctx context.Context, tx *sqldb.Tx, c routing.ClaimOrder) ([]int64, error) {
	now := micros(c.Now)
	const due = " dri_due <> 0 AND dri_due <= ? AND dri_until <= ? "
	among, args := "", []any{now, now}
	if c.Keys != nil {
		among = "AND key" + anyText(tx.Dialect())
		args = append(args, listOf(c.Keys))
	}
	seqs, err := numbers(ctx, tx, "SELECT seq FROM onward_deliveries WHERE"+due+among+" ORDER BY dri_due, seq LIMIT ?", append(args, c.N)...)
	if err != nil || len(seqs) == 0 {
		return nil, err
	}
	held, err := numbers(ctx, tx, "UPDATE onward_deliveries SET dri_attempt = dri_attempt + 1, dri_held = TRUE, dri_until = ? WHERE"+due+
		"AND seq"+anyNumber(tx.Dialect())+"RETURNING seq", micros(c.Now.Add(c.Lease)), now, now, listOf(seqs))
	return intersect(seqs, held), err
}

// driAttempts reads the attempts of claims by key.
func driAttempts(ctx context.Context, tx *sqldb.Tx, seqs []int64) (map[string]int, error) {
	rows, err := loadRows(ctx, tx, "d.seq"+anyNumber(tx.Dialect()), listOf(seqs))
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.key] = r.driAttempt
	}
	return out, err
}

// Assigned records who is responsible, and when to look again; see routing.Ledger.
func (l *Ledger) Assigned(ctx context.Context, as []routing.DRIUpdate) ([]error, error) {
	return each(ctx, l, "assigned", as, func() unit[routing.DRIUpdate] { return assigning{} })
}

type assigning struct{ unprepared }

func (assigning) key(a routing.DRIUpdate) string { return a.Fence.Key }

func (assigning) one(b *batch, a routing.DRIUpdate) error {
	r, ok := b.rows[a.Fence.Key]
	switch {
	case !ok:
		return routing.ErrUnknownKey
	case !r.driHeld || r.driAttempt != a.Fence.Attempt:
		return routing.ErrFenced
	}
	if a.State != nil {
		history, err := jsonList[routing.DRIState](r.dri)
		if err != nil {
			return err
		}
		if r.dri, err = jsonText(append(history, *a.State)); err != nil {
			return err
		}
	}
	r.look(micros(a.Next))
	b.change(r)
	return nil
}

func (assigning) flush(ctx context.Context, b *batch) error {
	return store(ctx, b.tx, b.changed, "dri", "dri_due", "dri_held", "dri_until")
}
