package durable

import (
	"context"
	"database/sql"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
)

// Retention says how long things are kept after the work on them has ended; zero keeps
// for ever. What is unfinished, waiting, in review or parked is kept whole, and so is
// what responsible people are looked for.
type Retention struct {
	// Payloads is the time that reports are kept: what somebody has sent about a person.
	Payloads time.Duration
	// Facts is the time that plans, facts and the values of receipts are kept.
	Facts time.Duration
	// Keys is the time that deliveries are kept: as long as a repeated report is to be
	// recognised by its key.
	Keys time.Duration
	// Moves is the time that moves and companies are recognised by their aliases. The
	// book of credits, which holds ids alone, is never pruned.
	Moves time.Duration
}

// Pruned counts what was removed.
type Pruned struct {
	Payloads   int
	Facts      int
	Deliveries int
	Aliases    int
}

// pruneBatch is how many deliveries are pruned in one transaction, so that work goes on
// meanwhile.
const pruneBatch = 500

// Prune removes what was kept long enough, in many small transactions: an error leaves
// what was removed before it. What responsible people are still looked for is kept
// until that ends.
func (l *Ledger) Prune(ctx context.Context, r Retention) (Pruned, error) {
	var out Pruned
	now := l.now()
	for _, step := range []struct {
		keep  time.Duration
		count *int
		run   func(context.Context, *sqldb.Tx, int64) (int, error)
	}{
		{r.Keys, &out.Deliveries, pruneDeliveries},
		{r.Facts, &out.Facts, pruneFacts},
		{r.Payloads, &out.Payloads, prunePayloads},
		{r.Moves, &out.Aliases, pruneAliases},
	} {
		if step.keep <= 0 {
			continue
		}
		for {
			n := 0
			err := l.tx(ctx, "prune", func(tx *sqldb.Tx) (err error) {
				n, err = step.run(ctx, tx, micros(now.Add(-step.keep)))
				return err
			})
			if err != nil {
				return out, err
			}
			if *step.count += n; n < pruneBatch {
				break
			}
		}
	}
	l.wipe(ctx)
	return out, nil
}

// over is the condition of deliveries d that nothing is expected of any more.
const over = " d.queue = 0 AND d.status IN ('done', 'filtered') AND d.dri_due = 0 AND d.finished_at < ? "

func pruneDeliveries(ctx context.Context, tx *sqldb.Tx, before int64) (int, error) {
	seqs, err := numbers(ctx, tx, "SELECT d.seq FROM onward_deliveries d WHERE"+over+"ORDER BY d.finished_at LIMIT ?", before, pruneBatch)
	if err != nil || len(seqs) == 0 {
		return 0, err
	}
	_, err = tx.Exec(ctx, "DELETE FROM onward_notices WHERE delivery IN (SELECT key FROM onward_deliveries WHERE seq"+anyNumber(tx.Dialect())+")", listOf(seqs))
	if err != nil {
		return 0, err
	}
	for _, table := range []string{"onward_persons", "onward_payloads", "onward_plans", "onward_receipts", "onward_deliveries"} {
		if err := drop(ctx, tx, table, seqs); err != nil {
			return 0, err
		}
	}
	return len(seqs), nil
}

// pruneFacts removes plans and facts, and the values in receipts, outcomes and acts.
func pruneFacts(ctx context.Context, tx *sqldb.Tx, before int64) (int, error) {
	seqs, err := numbers(ctx, tx, "SELECT d.seq FROM onward_deliveries d JOIN onward_plans p ON p.seq = d.seq WHERE"+over+"LIMIT ?", before, pruneBatch)
	if err != nil || len(seqs) == 0 {
		return 0, err
	}
	rows, err := loadRows(ctx, tx, "d.seq"+anyNumber(tx.Dialect()), listOf(seqs))
	if err != nil {
		return 0, err
	}
	return len(seqs), forget(ctx, tx, rows)
}

func prunePayloads(ctx context.Context, tx *sqldb.Tx, before int64) (int, error) {
	seqs, err := numbers(ctx, tx, "SELECT d.seq FROM onward_deliveries d JOIN onward_payloads p ON p.seq = d.seq WHERE NOT p.emptied AND"+over+"LIMIT ?", before, pruneBatch)
	if err != nil || len(seqs) == 0 {
		return 0, err
	}
	if err := emptyPayloads(ctx, tx, seqs); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "UPDATE onward_payloads SET emptied = TRUE WHERE seq"+anyNumber(tx.Dialect()), listOf(seqs))
	return len(seqs), err
}

// pruneAliases forgets who old moves and companies were. A delivery that is not over
// keeps its own, and so does one that responsible people are looked for: a departure
// that still waits for its destination is continued by them.
func pruneAliases(ctx context.Context, tx *sqldb.Tx, before int64) (int, error) {
	n, err := affected(tx.Exec(ctx, `DELETE FROM onward_aliases WHERE alias IN (SELECT a.alias FROM onward_aliases a
WHERE a.at < ? AND NOT EXISTS (SELECT 1 FROM onward_deliveries d WHERE d.key = a.delivery AND (d.status NOT IN ('done', 'filtered') OR d.dri_due <> 0)) LIMIT ?)`, before, pruneBatch))
	if err != nil || n == 0 {
		return n, err
	}
	_, err = tx.Exec(ctx, "DELETE FROM onward_landed WHERE NOT EXISTS (SELECT 1 FROM onward_aliases a WHERE a.identity = onward_landed.identity)")
	return n, err
}

func affected(r sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}
