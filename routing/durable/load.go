package durable

import (
	"context"
	"database/sql"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// dialected is a querier that knows what it talks to.
type dialected interface {
	querier
	Dialect() sqldb.Dialect
}

// recordsByKey reads the records of those keys that exist.
func recordsByKey(ctx context.Context, q dialected, keys []string) (map[string]routing.Record, error) {
	out := make(map[string]routing.Record, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	list, err := loadRecords(ctx, q, "WHERE d.key"+anyText(q.Dialect()), listOf(keys))
	for _, r := range list {
		out[r.Key] = r
	}
	return out, err
}

// recordsBySeq reads the records of those numbers, in their order.
func recordsBySeq(ctx context.Context, q dialected, seqs []int64) ([]routing.Record, error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	list, err := loadRecords(ctx, q, "WHERE d.seq"+anyNumber(q.Dialect()), listOf(seqs))
	if err != nil {
		return nil, err
	}
	bySeq := make(map[int64]routing.Record, len(list))
	for _, r := range list {
		bySeq[r.Seq] = r
	}
	out := make([]routing.Record, 0, len(seqs))
	for _, seq := range seqs {
		if r, ok := bySeq[seq]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// loadRecords reads whole records; rest is what follows the tables.
func loadRecords(ctx context.Context, q querier, rest string, args ...any) ([]routing.Record, error) {
	query := "SELECT " + rowColumns() + `, p.body, w.plan, w.facts, r.body
FROM onward_deliveries d
JOIN onward_payloads p ON p.seq = d.seq
LEFT JOIN onward_plans w ON w.seq = d.seq
LEFT JOIN onward_receipts r ON r.seq = d.seq ` + rest
	var out []routing.Record
	err := scanAll(ctx, q, func(rows *sql.Rows) error {
		var s stored
		if err := rows.Scan(append(s.row.places(), &s.payload, &s.plan, &s.facts, &s.receipts)...); err != nil {
			return err
		}
		rec, err := s.record()
		out = append(out, rec)
		return err
	}, query, args...)
	return out, err
}

// stored is a record as the tables hold it.
type stored struct {
	row                            row
	payload, plan, facts, receipts []byte
}

func (s *stored) record() (rec routing.Record, err error) {
	r := &s.row
	if err := unpack(s.payload, &rec.Delivery); err != nil {
		return rec, err
	}
	rec.Key, rec.Seq, rec.Status = r.key, r.seq, r.status
	rec.Attempt, rec.Failures, rec.Note = r.attempt, r.failures, r.note
	rec.Due, rec.DRIDue = moment(r.due), moment(r.driDue)
	rec.DecidedAt, rec.FinishedAt = moment(r.decided), moment(r.finished)
	if rec.Plan, err = unpacked[routing.Plan](s.plan); err != nil {
		return rec, err
	}
	if rec.Facts, err = unpacked[routing.Facts](s.facts); err != nil {
		return rec, err
	}
	if rec.Receipts, err = receiptsOf(s.receipts); err != nil {
		return rec, err
	}
	if rec.Outcome, err = r.result(); err != nil {
		return rec, err
	}
	if rec.Acts, err = jsonList[routing.Act](r.acts); err != nil {
		return rec, err
	}
	rec.DRI, err = jsonList[routing.DRIState](r.dri)
	return rec, err
}

func receiptsOf(text []byte) ([]routing.Receipt, error) {
	if len(text) == 0 {
		return nil, nil
	}
	var list []routing.Receipt
	return list, unpack(text, &list)
}

// result is the row's outcome.
func (r *row) result() (o routing.Outcome, err error) {
	if r.outcome != "" {
		err = unpack([]byte(r.outcome), &o)
	}
	return o, err
}
