package notify

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
)

// Records lists what the ledger knows; a routing.Ledger does.
type Records interface {
	Records(ctx context.Context, f routing.Filter) iter.Seq2[routing.Record, error]
	Fetch(ctx context.Context, keys []string) (map[string]routing.Record, error)
}

// gather reads the facts between two moments from the ledger. Records are read one by
// one, and only what a digest may show of them is kept. Moves may have been received
// long before they were done, so that lookback is how far back the ledger is read.
func (d *Digests) gather(ctx context.Context, since, until time.Time) (digest.Facts, error) {
	var f digest.Facts
	filter := routing.Filter{
		Statuses: []routing.Status{routing.StatusDone, routing.StatusFiltered, routing.StatusReview},
		From:     since.Add(-d.opt.Lookback),
	}
	for rec, err := range d.opt.Records.Records(ctx, filter) {
		if err != nil {
			return f, fmt.Errorf("notify: ledger: %w", err)
		}
		if rec.FinishedAt.Before(until) && !rec.FinishedAt.Before(since) {
			if c, ok := ChangeOf(rec); ok {
				f.Changes = append(f.Changes, c)
			}
		}
		if r, ok := ReviewOf(rec); ok {
			f.Reviews = append(f.Reviews, r)
		}
	}
	if d.opt.Updates != nil {
		updates, err := d.opt.Updates(ctx, since, until)
		if err != nil {
			return f, fmt.Errorf("notify: sponsor updates: %w", err)
		}
		f.Updates = updates
	}
	return f, nil
}

// named fills in the names of accounts, asked for in one call, and addresses.
func named(ctx context.Context, dir Directory, base string, f digest.Facts) (digest.Facts, error) {
	ids := map[string]bool{}
	for _, c := range f.Changes {
		ids[c.From.ID], ids[c.To.ID] = true, true
	}
	for _, r := range f.Reviews {
		ids[r.Company.ID] = true
	}
	delete(ids, "")
	accounts, err := dir.AccountNames(ctx, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return f, fmt.Errorf("notify: accounts: %w", err)
	}
	n := names{accounts, base}
	for i, c := range f.Changes {
		f.Changes[i] = n.change(c)
	}
	for i, r := range f.Reviews {
		f.Reviews[i] = n.review(r)
	}
	return f, nil
}
