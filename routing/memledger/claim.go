package memledger

import (
	"context"
	"slices"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Claim takes due deliveries of distinct persons, oldest first; see
// routing.Ledger.
func (l *Ledger) Claim(ctx context.Context, c routing.ClaimOrder) ([]routing.Claim, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	p := picking{ledger: l, order: c, taken: map[string]bool{}, passed: map[string]bool{}}
	if c.Keys != nil {
		p.among(c.Keys)
	} else {
		p.all()
	}
	out := make([]routing.Claim, len(p.rows))
	for i, r := range p.rows {
		out[i] = l.take(r, c.Now.Add(c.Lease))
	}
	return out, nil
}

// take begins an attempt. Whoever held the row until now has lost it, and that
// attempt counts as failed: it ended in silence.
func (l *Ledger) take(r *row, until time.Time) routing.Claim {
	if r.held {
		r.rec.Failures++
	}
	r.rec.Attempt++
	l.hold(r, until)
	return r.claim()
}

// picking is the choice of rows for one claim.
type picking struct {
	ledger *Ledger
	order  routing.ClaimOrder
	rows   []*row
	// taken and passed are the persons of the rows that were chosen and of the
	// due ones that were not: nobody younger may overtake those.
	taken, passed map[string]bool
}

// all chooses from everything that is due.
func (p *picking) all() {
	l := p.ledger
	l.wake(p.order.Now)
	var seen []*row
	for len(p.rows) < p.order.N {
		r := l.ready.first()
		if r == nil {
			break
		}
		l.ready.remove(r)
		seen = append(seen, r)
		if r.due(p.order.Now) && !p.consider(r) {
			break
		}
	}
	for _, r := range seen {
		l.ready.take(r)
	}
}

// among chooses from the given keys alone. Older deliveries that are not among
// them still come first.
func (p *picking) among(keys []string) {
	var rows []*row
	for _, k := range keys {
		if r, ok := p.ledger.byKey[k]; ok && r.due(p.order.Now) {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b *row) int {
		if older(a, b) {
			return -1
		}
		return 1
	})
	for _, r := range slices.Compact(rows) {
		if len(p.rows) >= p.order.N {
			return
		}
		if !p.consider(r) {
			return
		}
	}
}

// consider takes the next due row or passes it over, and reports whether the
// claim may go on.
func (p *picking) consider(r *row) bool {
	switch {
	case anyOf(p.taken, r):
		return false
	case anyOf(p.passed, r), p.overtakes(r), p.ledger.busy(r, p.order.Now):
		mark(p.passed, r)
	default:
		mark(p.taken, r)
		p.rows = append(p.rows, r)
	}
	return true
}

// overtakes reports whether an older delivery of one of the row's persons is
// unfinished and not among the chosen ones, also while its time has not come:
// the order of one person's moves survives outages. What waits for a day of its
// own is not in the way.
func (p *picking) overtakes(r *row) bool {
	for _, person := range r.persons {
		for _, other := range p.ledger.open[person] {
			if other != r && older(other, r) && !other.rec.Status.Terminal() {
				return true
			}
		}
	}
	return false
}

// busy reports whether somebody works on one of the row's persons.
func (l *Ledger) busy(r *row, now time.Time) bool {
	for _, person := range r.persons {
		for _, other := range l.held[person] {
			if other.leasedAt(now) {
				return true
			}
		}
	}
	return false
}

// wake moves what has become due, and what was held too long, to the ready
// rows. A row there need not be due for somebody whose clock is behind.
func (l *Ledger) wake(now time.Time) {
	for r := l.later.first(); r != nil && !r.rec.Due.After(now); r = l.later.first() {
		l.ready.take(r)
	}
	for r := l.leased.first(); r != nil && !r.leasedAt(now); r = l.leased.first() {
		l.ready.take(r)
	}
}

func anyOf(persons map[string]bool, r *row) bool {
	return slices.ContainsFunc(r.persons, func(p string) bool { return persons[p] })
}

func mark(persons map[string]bool, r *row) {
	for _, p := range r.persons {
		persons[p] = true
	}
}

// Extend prolongs leases that are still held.
func (l *Ledger) Extend(ctx context.Context, fences []routing.Fence, until time.Time) ([]error, error) {
	return each(ctx, l, fences, func(f routing.Fence) error {
		r, err := l.fenced(f)
		if err == nil && until.After(r.until) {
			l.hold(r, until)
		}
		return err
	})
}

// Release gives claims back unfinished; see routing.Ledger.
func (l *Ledger) Release(ctx context.Context, rs []routing.Release) ([]error, error) {
	return each(ctx, l, rs, func(g routing.Release) error {
		r, err := l.fenced(g.Fence)
		if err != nil {
			return err
		}
		if !g.Refund {
			r.rec.Failures++
		}
		r.rec.Note = g.Reason
		l.requeue(r, g.Due)
		return nil
	})
}

// each runs one transaction over the items of a batch, each with its own fate.
func each[T any](ctx context.Context, l *Ledger, items []T, one func(T) error) ([]error, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	errs := make([]error, len(items))
	for i, item := range items {
		errs[i] = one(item)
	}
	return errs, nil
}
