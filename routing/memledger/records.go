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
		for at, more := 0, true; more; at += pageSize {
			var page []routing.Record
			var err error
			if page, more, err = l.page(ctx, f, at); err != nil {
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

// page returns the chosen ones among the pageSize deliveries from a place on,
// and whether there are others behind them.
func (l *Ledger) page(ctx context.Context, f routing.Filter, at int) ([]routing.Record, bool, error) {
	if err := l.begin(ctx); err != nil {
		return nil, false, err
	}
	defer l.mu.Unlock()
	end := min(at+pageSize, len(l.rows))
	var page []routing.Record
	for _, r := range l.rows[min(at, end):end] {
		if selects(f, r.rec) {
			page = append(page, r.copy())
		}
	}
	return page, end < len(l.rows), nil
}

func selects(f routing.Filter, r routing.Record) bool {
	return (len(f.Statuses) == 0 || slices.Contains(f.Statuses, r.Status)) &&
		(f.Outcome == "" || f.Outcome == r.Outcome.What) &&
		(f.Reason == "" || f.Reason == r.Outcome.Reason)
}
