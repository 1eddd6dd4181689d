package memledger

import (
	"context"
	"iter"
	"slices"

	"github.com/onward-crm/onward/routing"
)

// pageSize is the number of deliveries that Records looks at while it holds
// the lock.
const pageSize = 256

// Records lists records in order of acceptance; see routing.Ledger. The ledger
// may be used, and changed, while the list is read.
func (l *Ledger) Records(ctx context.Context, f routing.Filter) iter.Seq2[routing.Record, error] {
	return func(yield func(routing.Record, error) bool) {
		given := 0
		for more := true; more; {
			var page []routing.Record
			var err error
			if page, more, err = l.page(ctx, &f); err != nil {
				yield(routing.Record{}, err)
				return
			}
			for _, rec := range page {
				if !yield(rec, nil) {
					return
				}
				if given++; given == f.Limit {
					return
				}
			}
		}
	}
}

// page returns the chosen ones among the next pageSize deliveries, and whether
// there are others behind them. It moves the filter's place on.
func (l *Ledger) page(ctx context.Context, f *routing.Filter) ([]routing.Record, bool, error) {
	if err := l.begin(ctx); err != nil {
		return nil, false, err
	}
	defer l.mu.Unlock()
	rows := l.following(*f)
	var page []routing.Record
	for _, r := range rows {
		if selects(*f, r.rec) {
			page = append(page, r.copy())
		}
		f.After = r.rec.Seq
	}
	return page, len(rows) == pageSize, nil
}

// following are the next pageSize rows in the order of a list.
func (l *Ledger) following(f routing.Filter) []*row {
	if !f.Newest {
		from := l.place(f.After + 1)
		return l.rows[from:min(from+pageSize, len(l.rows))]
	}
	end := len(l.rows)
	if f.After != 0 {
		end = l.place(f.After)
	}
	rows := slices.Clone(l.rows[max(0, end-pageSize):end])
	slices.Reverse(rows)
	return rows
}

func selects(f routing.Filter, r routing.Record) bool {
	return (len(f.Statuses) == 0 || slices.Contains(f.Statuses, r.Status)) &&
		(f.Outcome == "" || f.Outcome == r.Outcome.What) &&
		(f.Reason == "" || f.Reason == r.Outcome.Reason) &&
		(f.Source == "" || f.Source == r.Event.Source) &&
		(len(f.Persons) == 0 || slices.ContainsFunc(f.Persons, func(p string) bool { return slices.Contains(r.Persons, p) })) &&
		(f.From.IsZero() || !r.ReceivedAt.Before(f.From)) &&
		(f.Until.IsZero() || r.ReceivedAt.Before(f.Until))
}
