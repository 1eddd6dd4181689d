package durable

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// pageSize is the number of records that are read at once.
const pageSize = 128

// Fetch returns the records of those keys that exist.
func (l *Ledger) Fetch(ctx context.Context, keys []string) (map[string]routing.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, err := recordsByKey(ctx, l.db, keys)
	if err != nil {
		return nil, fmt.Errorf("durable: fetch: %w", err)
	}
	return out, nil
}

// Records lists records in order of acceptance; see routing.Ledger. The ledger may be
// used, and changed, while the list is read.
func (l *Ledger) Records(ctx context.Context, f routing.Filter) iter.Seq2[routing.Record, error] {
	return func(yield func(routing.Record, error) bool) {
		left := f.Limit
		for {
			n := pageSize
			if f.Limit > 0 {
				n = min(n, left)
			}
			page, err := l.page(ctx, f, n)
			if err != nil {
				yield(routing.Record{}, fmt.Errorf("durable: records: %w", err))
				return
			}
			for _, rec := range page {
				if !yield(rec, nil) {
					return
				}
				f.After = rec.Seq
			}
			left -= len(page)
			if len(page) < n || f.Limit > 0 && left == 0 {
				return
			}
		}
	}
}

// page reads the next records of a list.
func (l *Ledger) page(ctx context.Context, f routing.Filter, n int) ([]routing.Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conditions, args := selects(l.db.Dialect(), f)
	order := "d.seq"
	if f.Newest {
		order = "d.seq DESC"
	}
	where := ""
	if len(conditions) > 0 {
		where = " WHERE " + strings.Join(conditions, " AND ")
	}
	seqs, err := numbers(ctx, l.db, "SELECT d.seq FROM onward_deliveries d"+where+" ORDER BY "+order+" LIMIT ?", append(args, n)...)
	if err != nil {
		return nil, err
	}
	return recordsBySeq(ctx, l.db, seqs)
}

// selects are the conditions of a filter.
func selects(d sqldb.Dialect, f routing.Filter) (conditions []string, args []any) {
	add := func(condition string, arg any) {
		conditions, args = append(conditions, condition), append(args, arg)
	}
	if len(f.Statuses) > 0 {
		add("d.status"+anyText(d), listOf(f.Statuses))
	}
	if f.Outcome != "" {
		add("d.what = ?", string(f.Outcome))
	}
	if f.Reason != "" {
		add("d.reason = ?", string(f.Reason))
	}
	if f.Source != "" {
		add("d.source = ?", f.Source)
	}
	if len(f.Persons) > 0 {
		add("d.seq IN (SELECT p.seq FROM onward_persons p WHERE p.person"+anyText(d)+")", listOf(f.Persons))
	}
	if !f.From.IsZero() {
		add("d.received_at >= ?", ceiling(f.From))
	}
	if !f.Until.IsZero() {
		add("d.received_at < ?", ceiling(f.Until))
	}
	if f.After != 0 && f.Newest {
		add("d.seq < ?", f.After)
	} else if f.After != 0 {
		add("d.seq > ?", f.After)
	}
	return conditions, args
}

// ceiling is the first stored time that is not before t.
func ceiling(t time.Time) int64 {
	if us := micros(t); time.UnixMicro(us).Before(t) {
		return us + 1
	} else {
		return us
	}
}

// Depth tells how much work waits; see routing.Ledger. It counts all deliveries.
func (l *Ledger) Depth(ctx context.Context, now time.Time) (routing.Depth, error) {
	d := routing.Depth{Statuses: map[routing.Status]int{}}
	if err := l.depth(ctx, micros(now), &d); err != nil {
		return routing.Depth{}, fmt.Errorf("durable: depth: %w", err)
	}
	return d, nil
}

func (l *Ledger) depth(ctx context.Context, now int64, d *routing.Depth) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := scanAll(ctx, l.db, func(rows *sql.Rows) error {
		var status routing.Status
		var n int
		err := rows.Scan(&status, &n)
		d.Statuses[status] = n
		return err
	}, "SELECT status, count(*) FROM onward_deliveries GROUP BY status")
	if err != nil {
		return err
	}
	var oldest int64
	for _, queue := range []int{queueReady, queueLater} {
		var due, held int
		var first sql.NullInt64
		err := l.db.QueryRow(ctx, fmt.Sprintf(`SELECT count(CASE WHEN lease_until <= ? AND due_at <= ? THEN 1 END), count(CASE WHEN lease_until > ? THEN 1 END),
min(CASE WHEN lease_until <= ? AND due_at <= ? THEN received_at END) FROM onward_deliveries WHERE queue = %d`, queue), now, now, now, now, now).Scan(&due, &held, &first)
		if err != nil {
			return err
		}
		if d.Due, d.Held = d.Due+due, d.Held+held; first.Valid && (oldest == 0 || first.Int64 < oldest) {
			oldest = first.Int64
		}
	}
	d.Oldest = moment(oldest)
	err = l.db.QueryRow(ctx, "SELECT count(*) FROM onward_deliveries WHERE dri_due <> 0 AND dri_due <= ? AND dri_until <= ?", now, now).Scan(&d.DRIDue)
	if err != nil {
		return err
	}
	return l.db.QueryRow(ctx, "SELECT count(*) FROM onward_notices WHERE NOT sent").Scan(&d.Notices)
}
