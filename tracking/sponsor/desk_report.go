package sponsor

import (
	"context"
	"iter"
)

// List gives sponsors in order of ID, as reports show them: without those in
// progress.
func (d *Desk) List(ctx context.Context, f Filter) iter.Seq2[Sponsor, error] {
	f.Entity = EntityRef{Kind: f.Kind, ID: f.Entity}.normal().ID
	return func(yield func(Sponsor, error) bool) {
		for s, err := range d.deps.Store.List(ctx, f) {
			if err == nil && !s.Status.Reported() {
				continue
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// Breaches lists the promises that are broken now, those that are over for longest
// first. Sponsors in progress are among them.
func (d *Desk) Breaches(ctx context.Context) ([]Breach, error) {
	var out []Breach
	now := d.now()
	for s, err := range d.deps.Store.List(ctx, Filter{}) {
		if err != nil {
			return nil, err
		}
		out = append(out, Overdue(s, d.rules.Clocks, now)...)
	}
	sortBreaches(out)
	return out, nil
}

// Gaps lists the accounts without a tracked sponsor, in the order given.
func (d *Desk) Gaps(ctx context.Context, accounts []KeyAccount) ([]Gap, error) {
	var sponsors []Sponsor
	for s, err := range d.List(ctx, Filter{Kind: KindAccount}) {
		if err != nil {
			return nil, err
		}
		sponsors = append(sponsors, Sponsor{ID: s.ID, Status: s.Status, Entities: s.Entities})
	}
	return Gaps(accounts, sponsors), nil
}

// Totals counts sponsors by entity, role and status, and their changes.
func (d *Desk) Totals(ctx context.Context) (Totals, error) {
	t := NewTally(d.now())
	for s, err := range d.List(ctx, Filter{}) {
		if err != nil {
			return Totals{}, err
		}
		t.Add(s)
	}
	return t.Totals(), nil
}
