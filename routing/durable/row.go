package durable

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// The queues that a delivery may stand in.
const (
	queueNone  = 0
	queueReady = 1
	queueLater = 2
)

// What a row of a person may be.
const (
	openNone    = 0
	openWork    = 1
	openWaiting = 2
)

// row is the state of one delivery, as its table holds it.
type row struct {
	seq                int64
	key, source        string
	status             routing.Status
	what, reason       string
	occurred, received int64
	queue              int64
	wake, due          int64
	held               bool
	lease              int64
	attempt, failures  int
	note               string
	purged             bool
	move               string
	decided, finished  int64
	outcome, acts      string
	eventRecord        string
	driDue             int64
	driHeld            bool
	driUntil           int64
	driAttempt         int
	dri                string
}

// column is a place in the table and in the row.
type column struct {
	name, kind string
	at         any
}

// columns are all of them, in order.
func (r *row) columns() []column {
	const number, text, flag = "BIGINT", "TEXT", "BOOLEAN"
	return []column{
		{"seq", number, &r.seq}, {"key", text, &r.key}, {"source", text, &r.source}, {"status", text, &r.status},
		{"what", text, &r.what}, {"reason", text, &r.reason}, {"occurred_at", number, &r.occurred},
		{"received_at", number, &r.received}, {"queue", number, &r.queue}, {"wake_at", number, &r.wake},
		{"due_at", number, &r.due}, {"held", flag, &r.held}, {"lease_until", number, &r.lease},
		{"attempt", number, &r.attempt}, {"failures", number, &r.failures}, {"note", text, &r.note},
		{"purged", flag, &r.purged}, {"move", text, &r.move}, {"decided_at", number, &r.decided},
		{"finished_at", number, &r.finished}, {"outcome", text, &r.outcome}, {"acts", text, &r.acts},
		{"event_record", text, &r.eventRecord}, {"dri_due", number, &r.driDue}, {"dri_held", flag, &r.driHeld},
		{"dri_until", number, &r.driUntil}, {"dri_attempt", number, &r.driAttempt}, {"dri", text, &r.dri},
	}
}

// places are where a query's row goes.
func (r *row) places() []any {
	cs := r.columns()
	out := make([]any, len(cs))
	for i, c := range cs {
		out[i] = c.at
	}
	return out
}

// rowColumns names all columns of the table d.
func rowColumns() string {
	cs := new(row).columns()
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = "d." + c.name
	}
	return strings.Join(names, ", ")
}

// loadRows reads the rows of those keys, and locks them until the transaction ends.
func loadRows(ctx context.Context, tx *sqldb.Tx, condition string, arg string) ([]*row, error) {
	query := "SELECT " + rowColumns() + " FROM onward_deliveries d WHERE " + condition + " ORDER BY d.seq"
	if tx.Dialect() == sqldb.Postgres {
		query += " FOR UPDATE"
	}
	var out []*row
	err := scanAll(ctx, tx, func(rows *sql.Rows) error {
		r := new(row)
		if err := rows.Scan(r.places()...); err != nil {
			return err
		}
		out = append(out, r)
		return nil
	}, query, arg)
	return out, err
}

// rowsByKey reads and locks the rows of those keys.
func rowsByKey(ctx context.Context, tx *sqldb.Tx, keys []string) (map[string]*row, error) {
	rows, err := loadRows(ctx, tx, "d.key"+anyText(tx.Dialect()), listOf(keys))
	if err != nil {
		return nil, err
	}
	out := make(map[string]*row, len(rows))
	for _, r := range rows {
		out[r.key] = r
	}
	return out, nil
}

// store writes the named columns of the rows.
func store(ctx context.Context, tx *sqldb.Tx, rows []*row, names ...string) error {
	if len(rows) == 0 {
		return nil
	}
	names = append([]string{"seq"}, names...)
	s := bulk{head: "UPDATE onward_deliveries SET ", tail: ") AS v WHERE onward_deliveries.seq = v.column1"}
	for i, c := range pick(rows[0], names) {
		s.kinds = append(s.kinds, c.kind)
		switch {
		case i == 0:
			continue
		case i > 1:
			s.head += ", "
		}
		s.head += fmt.Sprintf("%s = v.column%d", c.name, i+1)
	}
	s.head += " FROM (VALUES "
	args := make([][]any, len(rows))
	for i, r := range rows {
		for _, c := range pick(r, names) {
			args[i] = append(args[i], c.at)
		}
	}
	return s.exec(ctx, tx, args)
}

// pick are the named columns of a row, in the order of the table.
func pick(r *row, names []string) []column {
	return slices.DeleteFunc(r.columns(), func(c column) bool { return !slices.Contains(names, c.name) })
}

// open is what the row's persons are marked with.
func (r *row) open() int64 {
	switch {
	case r.queue == queueNone:
		return openNone
	case r.status == routing.StatusWaiting:
		return openWaiting
	default:
		return openWork
	}
}

// fenced checks a claim.
func fenced(rows map[string]*row, f routing.Fence) (*row, error) {
	r, ok := rows[f.Key]
	switch {
	case !ok:
		return nil, routing.ErrUnknownKey
	case !r.held || r.attempt != f.Attempt:
		return nil, routing.ErrFenced
	}
	return r, nil
}

// requeue ends the claim on a row that is to be looked at again.
func (r *row) requeue(due int64) {
	r.held, r.lease, r.due, r.queue, r.wake = false, 0, due, queueLater, due
}

// look ends the claim on the responsible people, and says when to look again.
func (r *row) look(due int64) { r.driHeld, r.driUntil, r.driDue = false, 0, due }

// markPersons tells the persons of the rows what has become of them.
func markPersons(ctx context.Context, tx *sqldb.Tx, rows []*row) error {
	type mark struct{ open, lease int64 }
	groups := map[mark][]int64{}
	for _, r := range rows {
		m := mark{r.open(), r.lease}
		groups[m] = append(groups[m], r.seq)
	}
	for m, seqs := range groups {
		_, err := tx.Exec(ctx, "UPDATE onward_persons SET open = ?, lease_until = ? WHERE seq"+anyNumber(tx.Dialect()), m.open, m.lease, listOf(seqs))
		if err != nil {
			return err
		}
	}
	return nil
}

// drop removes what belongs to deliveries from a table.
func drop(ctx context.Context, tx *sqldb.Tx, table string, seqs []int64) error {
	if len(seqs) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE seq"+anyNumber(tx.Dialect()), listOf(seqs))
	return err
}

func seqsOf(rows []*row) []int64 {
	out := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = r.seq
	}
	return out
}
