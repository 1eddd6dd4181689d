package durable

import (
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Export writes the rows of "ledger" (one for each delivery) or "credits" (one for each
// delivered move, and one against it when that was undone) as CSV with a header, in
// order of acceptance or of time. Of people there is nothing in it but ids of records.
// The error is the writer's or the database's, or tells that there is no such list.
func (l *Ledger) Export(ctx context.Context, w io.Writer, what string) error {
	out := csv.NewWriter(w)
	var err error
	switch what {
	case "ledger":
		err = l.exportLedger(ctx, out)
	case "credits":
		err = l.exportCredits(ctx, out)
	default:
		return fmt.Errorf("durable: export: no list %q: want ledger or credits", what)
	}
	if out.Flush(); err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("durable: export: %w", err)
	}
	return nil
}

func (l *Ledger) exportLedger(ctx context.Context, out *csv.Writer) error {
	err := out.Write([]string{
		"seq", "key", "source", "status", "outcome", "reason", "occurred_at", "received_at", "decided_at", "finished_at", "due_at",
		"attempts", "note", "move", "contact_id", "lead_id", "account_id", "event_record_id", "owner_id", "account_created", "credits",
	})
	for after, n := int64(0), pageSize; err == nil && n == pageSize; {
		n = 0
		err = scanAll(ctx, l.db, func(rows *sql.Rows) error {
			var r row
			if err := rows.Scan(r.places()...); err != nil {
				return err
			}
			n++
			after = r.seq
			line, err := r.line()
			if err != nil {
				return err
			}
			return out.Write(line)
		}, "SELECT "+rowColumns()+" FROM onward_deliveries d WHERE d.seq > ? ORDER BY d.seq LIMIT ?", after, pageSize)
	}
	return err
}

// line is a row as it is exported.
func (r *row) line() ([]string, error) {
	o, err := r.result()
	return []string{
		strconv.FormatInt(r.seq, 10), r.key, r.source, string(r.status), r.what, r.reason, timeText(r.occurred), timeText(r.received),
		timeText(r.decided), timeText(r.finished), timeText(r.due), strconv.Itoa(r.attempt), r.note, r.move, o.ContactID, o.LeadID,
		o.AccountID, o.EventRecordID, o.OwnerID, strconv.FormatBool(o.AccountCreated), strconv.Itoa(o.Credits),
	}, err
}

func (l *Ledger) exportCredits(ctx context.Context, out *csv.Writer) error {
	if err := out.Write([]string{"key", "move", "at", "credits", "outcome", "record_id"}); err != nil {
		return err
	}
	at, key, entry, n := int64(0), "", 0, pageSize
	for n == pageSize {
		n = 0
		err := scanAll(ctx, l.db, func(rows *sql.Rows) error {
			var move, what, record string
			var credits int
			if err := rows.Scan(&key, &move, &at, &credits, &what, &record, &entry); err != nil {
				return err
			}
			n++
			return out.Write([]string{key, move, timeText(at), strconv.Itoa(credits), what, record})
		}, "SELECT key, move, at, credits, what, record, entry FROM onward_credit_entries WHERE (at, key, entry) > (?, ?, ?) ORDER BY at, key, entry LIMIT ?", at, key, entry, pageSize)
		if err != nil {
			return err
		}
	}
	return nil
}

// timeText is a stored time as it is exported, "" for none.
func timeText(us int64) string {
	if us == 0 {
		return ""
	}
	return moment(us).Format(time.RFC3339Nano)
}

// Credits is the number of job-change credits of the moves that were delivered between
// two times, less those that were given back between them: from <= it < until. Zero
// times are no bounds.
func (l *Ledger) Credits(ctx context.Context, from, until time.Time) (int, error) {
	query, args := "SELECT coalesce(sum(credits), 0) FROM onward_credit_entries WHERE at >= ?", []any{int64(0)}
	if !from.IsZero() {
		args[0] = ceiling(from)
	}
	if !until.IsZero() {
		query, args = query+" AND at < ?", append(args, ceiling(until))
	}
	var sum int
	if err := l.db.QueryRow(ctx, query, args...).Scan(&sum); err != nil {
		return 0, fmt.Errorf("durable: credits: %w", err)
	}
	return sum, nil
}
