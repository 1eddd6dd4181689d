package memledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Withdraw removes deliveries that nobody has begun with; see routing.Ledger.
func (l *Ledger) Withdraw(ctx context.Context, keys []string) ([]error, error) {
	return each(ctx, l, keys, func(key string) error {
		r, ok := l.byKey[key]
		switch {
		case !ok:
			return routing.ErrUnknownKey
		case r.begun():
			return routing.ErrConflict
		}
		l.fold(r)
		delete(l.byKey, key)
		at := l.place(r.rec.Seq)
		l.rows = slices.Delete(l.rows, at, at+1)
		return nil
	})
}

// place is where the delivery with that number stands in the order of
// acceptance, or would stand.
func (l *Ledger) place(seq int64) int {
	at, _ := slices.BinarySearchFunc(l.rows, seq, func(r *row, seq int64) int { return cmp.Compare(r.rec.Seq, seq) })
	return at
}

// begun tells whether anything was done with a delivery beyond accepting it, or
// is being done.
func (r *row) begun() bool {
	return r.held || r.repeated || r.rec.Status.Terminal() || r.rec.Plan != nil || len(r.rec.Receipts) > 0 || len(r.rec.Acts) > 0
}

// Depth tells how much work waits; see routing.Ledger. It looks at every
// delivery.
func (l *Ledger) Depth(ctx context.Context, now time.Time) (routing.Depth, error) {
	if err := l.begin(ctx); err != nil {
		return routing.Depth{}, err
	}
	defer l.mu.Unlock()
	d := routing.Depth{Statuses: map[routing.Status]int{}, Notices: len(l.unsent)}
	for _, r := range l.rows {
		d.Statuses[r.rec.Status]++
		switch {
		case r.leasedAt(now):
			d.Held++
		case r.due(now):
			if d.Due++; d.Due == 1 || r.rec.ReceivedAt.Before(d.Oldest) {
				d.Oldest = r.rec.ReceivedAt
			}
		}
	}
	for r := range l.kept {
		if r.watchable(now) {
			d.DRIDue++
		}
	}
	return d, nil
}
