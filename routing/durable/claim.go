package durable

import (
	"context"
	"database/sql"
	"slices"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// Claim takes due deliveries of distinct persons, oldest first; see routing.Ledger.
func (l *Ledger) Claim(ctx context.Context, c routing.ClaimOrder) ([]routing.Claim, error) {
	if c.N <= 0 || c.Keys != nil && len(c.Keys) == 0 || l.keptBack() {
		return nil, ctx.Err()
	}
	var out []routing.Claim
	err := l.tx(ctx, "claim", func(tx *sqldb.Tx) error {
		out = nil
		if err := lockClaims(ctx, tx); err != nil {
			return err
		}
		seqs, err := picking{tx, c, micros(c.Now)}.take(ctx)
		if err != nil {
			return err
		}
		records, err := recordsBySeq(ctx, tx, seqs)
		for _, rec := range records {
			out = append(out, claimOf(rec))
		}
		return err
	})
	return out, err
}

// lockClaims makes this claim the only one. PostgreSQL is told to go by the indexes: its
// statistics are older than the queue, and a plan for a short queue takes minutes on a
// long one.
func lockClaims(ctx context.Context, tx *sqldb.Tx) error {
	if err := lock(ctx, tx, lockClaim); err != nil || tx.Dialect() != sqldb.Postgres {
		return err
	}
	_, err := tx.Exec(ctx, `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
set_config('enable_sort', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('jit', 'off', true)`)
	return err
}

// claimOf is what a worker needs to go on.
func claimOf(rec routing.Record) routing.Claim {
	return routing.Claim{
		Fence:    routing.Fence{Key: rec.Key, Attempt: rec.Attempt},
		Delivery: rec.Delivery,
		Failures: rec.Failures,
		Plan:     rec.Plan,
		Facts:    rec.Facts,
		Receipts: rec.Receipts,
		Acts:     rec.Acts,
	}
}

// picking is the choice of rows for one claim.
type picking struct {
	tx    *sqldb.Tx
	order routing.ClaimOrder
	now   int64
}

// place is where a row stands in the order of work.
type place struct{ occurred, received, seq int64 }

func (p place) before(q place) bool {
	switch {
	case p.occurred != q.occurred:
		return p.occurred < q.occurred
	case p.received != q.received:
		return p.received < q.received
	default:
		return p.seq < q.seq
	}
}

// take holds the rows that may be worked on, and returns their numbers in order. Whoever
// held one of them until now has lost it, and that attempt counts as failed: it ended in
// silence.
func (p picking) take(ctx context.Context) ([]int64, error) {
	if err := p.wake(ctx); err != nil {
		return nil, err
	}
	heads, err := p.heads(ctx)
	if err != nil || len(heads) == 0 {
		return nil, err
	}
	if heads, err = p.cut(ctx, heads); err != nil {
		return nil, err
	}
	until := micros(p.order.Now.Add(p.order.Lease))
	seqs := make([]int64, len(heads))
	for i, h := range heads {
		seqs[i] = h.seq
	}
	// What was finished or prolonged since it was chosen is left alone.
	held, err := numbers(ctx, p.tx, `UPDATE onward_deliveries SET failures = failures + CASE WHEN held THEN 1 ELSE 0 END,
attempt = attempt + 1, held = TRUE, lease_until = ?, queue = 2, wake_at = ?
WHERE seq`+anyNumber(p.tx.Dialect())+`AND queue > 0 AND due_at <= ? AND lease_until <= ? RETURNING seq`, until, until, listOf(seqs), p.now, p.now)
	if err != nil {
		return nil, err
	}
	_, err = p.tx.Exec(ctx, "UPDATE onward_persons SET lease_until = ? WHERE seq"+anyNumber(p.tx.Dialect()), until, listOf(held))
	return intersect(seqs, held), err
}

// intersect are the numbers that are in both lists, in the order of the first.
func intersect(seqs, others []int64) []int64 {
	there := make(map[int64]bool, len(others))
	for _, seq := range others {
		there[seq] = true
	}
	return slices.DeleteFunc(seqs, func(seq int64) bool { return !there[seq] })
}

// wake puts what has become due, and what was held too long, into the order of work. A
// row there need not be due for somebody whose clock is behind.
func (p picking) wake(ctx context.Context) error {
	_, err := p.tx.Exec(ctx, "UPDATE onward_deliveries SET queue = 1 WHERE queue = 2 AND wake_at <= ?", p.now)
	return err
}

// among is a condition on a row's table, for a claim of certain keys.
func (p picking) among(table string) (condition string, args []any) {
	if p.order.Keys == nil {
		return "", nil
	}
	return " AND " + table + ".key" + anyText(p.tx.Dialect()), []any{listOf(p.order.Keys)}
}

// heads are due rows, oldest first, that nobody older stands in the way of: no
// unfinished sibling of the same person, also when its time has not come, and no sibling
// that is being worked on. What waits for a day of its own is not in the way before
// that day. The conditions are written as single values, which every database looks up
// by an index for one row after another, and does not make a join of.
func (p picking) heads(ctx context.Context) ([]place, error) {
	mine, key := p.among("d")
	its, siblingKey := p.among("w")
	query := `SELECT d.occurred_at, d.received_at, d.seq FROM onward_deliveries d
WHERE d.queue = 1 AND d.due_at <= ? AND d.lease_until <= ?` + mine + `
AND (SELECT m.seq FROM onward_persons m WHERE m.seq = d.seq AND (
  (SELECT h.seq FROM onward_persons h WHERE h.person = m.person AND h.lease_until > 0 AND h.lease_until > ? LIMIT 1) IS NOT NULL
  OR (SELECT o.seq FROM onward_persons o WHERE o.person = m.person AND o.open > 0 AND o.open = 1
    AND (o.occurred_at, o.received_at, o.seq) < (d.occurred_at, d.received_at, d.seq) LIMIT 1) IS NOT NULL
  OR (SELECT o.seq FROM onward_persons o WHERE o.person = m.person AND o.open > 0 AND o.open = 2
    AND (o.occurred_at, o.received_at, o.seq) < (d.occurred_at, d.received_at, d.seq)
    AND (SELECT w.due_at <= ?` + its + ` FROM onward_deliveries w WHERE w.seq = o.seq) LIMIT 1) IS NOT NULL
) LIMIT 1) IS NULL
ORDER BY d.occurred_at, d.received_at, d.seq LIMIT ?`
	args := []any{p.now, p.now}
	args = append(args, key...)
	args = append(args, p.now, p.now)
	args = append(args, siblingKey...)
	return places(ctx, p.tx, query, append(args, p.order.N)...)
}

// cut ends the choice at the first due row that shares a person with one before it, so
// that the order is kept.
func (p picking) cut(ctx context.Context, heads []place) ([]place, error) {
	seqs := make([]int64, len(heads))
	for i, h := range heads {
		seqs[i] = h.seq
	}
	its, key := p.among("d")
	query := `SELECT e.occurred_at, e.received_at, e.seq FROM onward_deliveries e WHERE e.seq IN (
SELECT (SELECT s.seq FROM onward_persons s
  WHERE s.person = m.person AND s.open > 0
  AND (s.occurred_at, s.received_at, s.seq) > (m.occurred_at, m.received_at, m.seq)
  AND (SELECT d.queue = 1 AND d.due_at <= ? AND d.lease_until <= ?` + its + ` FROM onward_deliveries d WHERE d.seq = s.seq)
  ORDER BY s.occurred_at, s.received_at, s.seq LIMIT 1)
FROM onward_persons m WHERE m.seq` + anyNumber(p.tx.Dialect()) + `)
ORDER BY e.occurred_at, e.received_at, e.seq LIMIT 1`
	args := append([]any{p.now, p.now}, key...)
	end, err := places(ctx, p.tx, query, append(args, listOf(seqs))...)
	if err != nil || len(end) == 0 {
		return heads, err
	}
	return slices.DeleteFunc(heads, func(h place) bool { return !h.before(end[0]) }), nil
}

func places(ctx context.Context, tx *sqldb.Tx, query string, args ...any) ([]place, error) {
	var out []place
	err := scanAll(ctx, tx, func(rows *sql.Rows) error {
		var p place
		if err := rows.Scan(&p.occurred, &p.received, &p.seq); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	}, query, args...)
	return out, err
}
