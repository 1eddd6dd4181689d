package durable

import (
	"context"
	"encoding/json"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// Bury stores tombstones and purges what is known of the person; see routing.Ledger.
// What a worker still records for a delivery that is being worked on is kept without
// values, and purged again when it is finished.
func (l *Ledger) Bury(ctx context.Context, tombstones []string) error {
	if len(tombstones) == 0 {
		return ctx.Err()
	}
	var rows [][]any
	for _, t := range distinct(tombstones) {
		rows = append(rows, []any{t})
	}
	err := l.tx(ctx, "bury", func(tx *sqldb.Tx) error {
		if err := lock(ctx, tx, lockDecide); err != nil {
			return err
		}
		s := bulk{head: "INSERT INTO onward_tombstones (tombstone) VALUES ", tail: " ON CONFLICT (tombstone) DO NOTHING"}
		if err := s.exec(ctx, tx, rows); err != nil {
			return err
		}
		theirs, err := loadRows(ctx, tx, "d.seq IN (SELECT seq FROM onward_persons WHERE person"+anyText(tx.Dialect())+")", listOf(tombstones))
		if err != nil || len(theirs) == 0 {
			return err
		}
		if err := purge(ctx, tx, theirs); err != nil {
			return err
		}
		return silence(ctx, tx, theirs)
	})
	if err == nil {
		l.wipe(ctx)
	}
	return err
}

// purge removes everything personal from rows, and all work on them but the claims that
// are held: the payload, what was decided on it, and the values of receipts. Keys, ids,
// status and reason stay, and so do the person's keyed hashes, by which later reports
// are recognised.
func purge(ctx context.Context, tx *sqldb.Tx, rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	for _, r := range rows {
		r.purged, r.source = true, ""
		r.look(0)
	}
	if err := store(ctx, tx, rows, "source", "purged", "dri_due", "dri_held", "dri_until"); err != nil {
		return err
	}
	if err := emptyPayloads(ctx, tx, seqsOf(rows)); err != nil {
		return err
	}
	return forget(ctx, tx, rows)
}

// forget removes plans and facts, and the values in receipts, outcomes and acts.
func forget(ctx context.Context, tx *sqldb.Tx, rows []*row) error {
	for _, r := range rows {
		if err := r.forget(); err != nil {
			return err
		}
	}
	if err := store(ctx, tx, rows, "outcome", "acts"); err != nil {
		return err
	}
	if err := drop(ctx, tx, "onward_plans", seqsOf(rows)); err != nil {
		return err
	}
	receipts, err := receiptsBySeq(ctx, tx, seqsOf(rows))
	if err != nil {
		return err
	}
	for _, list := range receipts {
		for i := range list {
			list[i] = purgedReceipt(list[i])
		}
	}
	return storeReceipts(ctx, tx, rows, receipts)
}

// forget removes what may tell of the person from a row's own values.
func (r *row) forget() error {
	if r.outcome != "" {
		o, err := r.result()
		if err != nil {
			return err
		}
		text, err := json.Marshal(o.Erased())
		if err != nil {
			return err
		}
		r.outcome = string(text)
	}
	acts, err := jsonList[routing.Act](r.acts)
	if err != nil || len(acts) == 0 {
		return err
	}
	for i := range acts {
		acts[i] = acts[i].Erased()
	}
	r.acts, err = jsonText(acts)
	return err
}

// emptyPayloads leaves nothing of payloads but key, hashes and times.
func emptyPayloads(ctx context.Context, tx *sqldb.Tx, seqs []int64) error {
	deliveries, err := deliveriesOf(ctx, tx, seqs)
	if err != nil {
		return err
	}
	var payloads [][]any
	for _, seq := range seqs {
		d, ok := deliveries[seq]
		if !ok {
			continue
		}
		d.Event = routing.Event{}
		body, err := pack(d)
		if err != nil {
			return err
		}
		payloads = append(payloads, []any{seq, body})
	}
	return insertPayloads().exec(ctx, tx, payloads)
}

// silence drops the notices of deliveries that were not sent yet.
func silence(ctx context.Context, tx *sqldb.Tx, rows []*row) error {
	keys := make([]string, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}
	_, err := tx.Exec(ctx, "UPDATE onward_notices SET sent = TRUE, body = '' WHERE NOT sent AND delivery"+anyText(tx.Dialect()), listOf(keys))
	return err
}
