package memledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/onward-crm/onward/routing"
)

// ClaimDRI takes finished deliveries whose responsible people are due, soonest
// first; see routing.Ledger. It looks at all that will ever be due again.
func (l *Ledger) ClaimDRI(ctx context.Context, c routing.ClaimOrder) ([]routing.DRIClaim, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	var due []*row
	for r := range l.kept {
		if r.watchable(c.Now) && (c.Keys == nil || slices.Contains(c.Keys, r.rec.Key)) {
			due = append(due, r)
		}
	}
	slices.SortFunc(due, func(a, b *row) int {
		return cmp.Or(a.rec.DRIDue.Compare(b.rec.DRIDue), cmp.Compare(a.rec.Seq, b.rec.Seq))
	})
	due = due[:min(len(due), max(c.N, 0))]
	out := make([]routing.DRIClaim, len(due))
	for i, r := range due {
		r.watches++
		r.watched, r.watchEnds = true, c.Now.Add(c.Lease)
		out[i] = routing.DRIClaim{Fence: routing.Fence{Key: r.rec.Key, Attempt: r.watches}, Record: r.copy()}
	}
	return out, nil
}

// Assigned records who is responsible, and when to look again; see
// routing.Ledger.
func (l *Ledger) Assigned(ctx context.Context, as []routing.DRIUpdate) ([]error, error) {
	return each(ctx, l, as, func(a routing.DRIUpdate) error {
		r, ok := l.byKey[a.Fence.Key]
		switch {
		case !ok:
			return routing.ErrUnknownKey
		case !r.watched || r.watches != a.Fence.Attempt:
			return routing.ErrFenced
		}
		if a.State != nil {
			r.rec.DRI = append(r.rec.DRI, *a.State)
		}
		l.look(r, a.Next)
		return nil
	})
}

// watchable tells whether the responsible people of a row are due and nobody
// looks for them.
func (r *row) watchable(now time.Time) bool {
	return !r.rec.DRIDue.After(now) && (!r.watched || !r.watchEnds.After(now))
}

// keep sets the first due time of a finished row. One event record is kept by
// one row: the last one that was finished.
func (l *Ledger) keep(r *row, o routing.Outcome) {
	if other := l.keepers[o.EventRecordID]; other != nil && other != r && !o.DRIDue.IsZero() {
		l.unkeep(other)
	}
	l.look(r, o.DRIDue)
}

// unkeep ends the looking for responsible people.
func (l *Ledger) unkeep(r *row) { l.look(r, time.Time{}) }

// look ends the DRI claim on a row, if there is one, and says when to look again;
// zero means never.
func (l *Ledger) look(r *row, due time.Time) {
	r.watched, r.rec.DRIDue = false, due
	record := r.rec.Outcome.EventRecordID
	if due.IsZero() {
		delete(l.kept, r)
		if l.keepers[record] == r {
			delete(l.keepers, record)
		}
		return
	}
	l.kept[r] = true
	if record != "" {
		l.keepers[record] = r
	}
}
