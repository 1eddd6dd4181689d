package durable

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// Finish ends the work on deliveries; see routing.Ledger. Of a person who is forgotten
// it keeps no notice either.
func (l *Ledger) Finish(ctx context.Context, fs []routing.Finish) ([]error, error) {
	last := &finishing{}
	errs, err := each(ctx, l, "finish", fs, func() unit[routing.Finish] {
		last = &finishing{keepers: map[string]*row{}, results: map[*row]routing.Outcome{}}
		return last
	})
	if err == nil && len(last.forgotten) > 0 {
		l.wipe(ctx)
	}
	return errs, err
}

// finishing gathers what ends.
type finishing struct {
	unprepared
	results   map[*row]routing.Outcome
	notices   []routing.Notice
	forgotten []*row
	// keepers are the rows that keep an event record from now on.
	keepers map[string]*row
}

func (*finishing) key(f routing.Finish) string { return f.Fence.Key }

func (d *finishing) one(b *batch, f routing.Finish) error {
	r, err := fenced(b.rows, f.Fence)
	if err != nil {
		return err
	}
	if !f.Result.Status.Terminal() {
		return fmt.Errorf("durable: finish: status %q does not end the work", f.Result.Status)
	}
	forget := f.Forget || r.purged
	if forget {
		f.Result = f.Result.Erased()
	}
	text, err := json.Marshal(f.Result)
	if err != nil {
		return fmt.Errorf("durable: finish: an outcome cannot be stored: %w", err)
	}
	r.outcome, r.finished, r.eventRecord = string(text), micros(f.At), f.Result.EventRecordID
	r.status, r.what, r.reason = f.Result.Status, string(f.Result.What), string(f.Result.Reason)
	r.look(0)
	if r.status == routing.StatusWaiting {
		r.failures = 0
		r.requeue(micros(f.Due))
	} else {
		r.held, r.lease, r.due, r.queue, r.wake = false, 0, 0, queueNone, 0
	}
	d.results[r] = f.Result
	b.change(r)
	if forget {
		r.purged = true
		d.forgotten = append(d.forgotten, r)
		return nil
	}
	d.keep(r, f.Result)
	d.notices = append(d.notices, f.Notices...)
	return nil
}

// keep sets the first due time of the responsible people. One event record is kept by
// one delivery: the last one that was finished.
func (d *finishing) keep(r *row, o routing.Outcome) {
	if o.DRIDue.IsZero() {
		return
	}
	r.look(micros(o.DRIDue))
	if o.EventRecordID == "" {
		return
	}
	if other := d.keepers[o.EventRecordID]; other != nil && other != r {
		other.look(0)
	}
	d.keepers[o.EventRecordID] = r
}

func (d *finishing) flush(ctx context.Context, b *batch) error {
	if err := d.unkeep(ctx, b.tx); err != nil {
		return err
	}
	err := store(ctx, b.tx, b.changed, "status", "what", "reason", "outcome", "finished_at", "held", "lease_until", "due_at", "wake_at",
		"queue", "failures", "event_record", "dri_due", "dri_held", "dri_until", "purged")
	if err != nil {
		return err
	}
	if err := markPersons(ctx, b.tx, b.changed); err != nil {
		return err
	}
	if err := insertNotices(ctx, b.tx, d.notices); err != nil {
		return err
	}
	if err := d.credit(ctx, b); err != nil {
		return err
	}
	return purge(ctx, b.tx, d.forgotten)
}

// unkeep takes event records from the deliveries that kept them until now.
func (d *finishing) unkeep(ctx context.Context, tx *sqldb.Tx) error {
	if len(d.keepers) == 0 {
		return nil
	}
	if err := lock(ctx, tx, lockKeep); err != nil { // two who finish at once must see each other
		return err
	}
	records := make([]string, 0, len(d.keepers))
	for record := range d.keepers {
		records = append(records, record)
	}
	slices.Sort(records)
	_, err := tx.Exec(ctx, "UPDATE onward_deliveries SET dri_due = 0, dri_held = FALSE, dri_until = 0 WHERE dri_due <> 0 AND event_record"+
		anyText(tx.Dialect()), listOf(records))
	return err
}

// credit keeps the book of what was delivered: it outlasts the deliveries. What was
// undone keeps its entry, and gets one against it.
func (d *finishing) credit(ctx context.Context, b *batch) error {
	var rows [][]any
	var none []string
	for _, r := range b.changed {
		o := d.results[r]
		if o.What == routing.WhatUndone {
			if err := giveBack(ctx, b.tx, r); err != nil {
				return err
			}
			continue
		}
		if o.Credits == 0 {
			none = append(none, r.key)
			continue
		}
		record := o.ContactID
		if record == "" {
			record = o.LeadID
		}
		rows = append(rows, []any{r.key, r.move, r.finished, o.Credits, string(o.What), record})
	}
	if len(none) > 0 {
		if _, err := b.tx.Exec(ctx, "DELETE FROM onward_credits WHERE key"+anyText(b.tx.Dialect()), listOf(none)); err != nil {
			return err
		}
	}
	s := bulk{
		head: "INSERT INTO onward_credits (key, move, at, credits, what, record) VALUES ",
		tail: " ON CONFLICT (key) DO UPDATE SET move = excluded.move, credits = excluded.credits, what = excluded.what, record = excluded.record",
	}
	return s.exec(ctx, b.tx, rows)
}

// giveBack writes the entry against that of a delivery, once: as much as was used.
func giveBack(ctx context.Context, tx *sqldb.Tx, r *row) error {
	_, err := tx.Exec(ctx, `INSERT INTO onward_credit_returns (key, move, at, credits, what, record)
SELECT key, move, CAST(? AS BIGINT), -credits, CAST(? AS TEXT), record FROM onward_credits WHERE key = ? ON CONFLICT (key) DO NOTHING`,
		r.finished, string(routing.WhatUndone), r.key)
	return err
}
