package memledger

import (
	"context"
	"slices"

	"github.com/onward-crm/onward/routing"
)

// Decided stores plans before their first write; see routing.Ledger.
func (l *Ledger) Decided(ctx context.Context, ds []routing.Decision) ([]error, error) {
	return each(ctx, l, ds, l.decide)
}

func (l *Ledger) decide(d routing.Decision) error {
	r, err := l.fenced(d.Fence)
	if err != nil {
		return err
	}
	if !l.stands(d.Plan) || (r.purged || l.anyBuried(d.Persons)) && !d.Plan.Forget {
		return routing.ErrConflict // somebody was faster, or the person was erased meanwhile
	}
	for _, c := range d.Plan.Aliases {
		l.lead(c.Alias, c.Identity)
	}
	for _, m := range d.Plan.Rota {
		l.rota[m.Pool] = m.To
	}
	d.Facts.Asked = nil // serves the gathering alone
	r.rec.Plan, r.rec.Facts, r.rec.DecidedAt = &d.Plan, &d.Facts, d.At
	if d.Event != nil && !r.purged {
		r.rec.Event = *d.Event
	}
	if d.Persons != nil {
		l.rename(r, d.Persons)
	}
	return nil
}

// anyBuried reports whether one of the keyed hashes is that of an erased person.
func (l *Ledger) anyBuried(persons []string) bool {
	return slices.ContainsFunc(persons, func(p string) bool { return l.tombstones[p] })
}

// rename files a claimed row under other persons.
func (l *Ledger) rename(r *row, persons []string) {
	for _, p := range r.persons {
		drop(l.open, p, r)
		drop(l.held, p, r)
	}
	r.rec.Persons, r.persons = slices.Clone(persons), distinct(persons)
	for _, p := range r.persons {
		l.open[p] = append(l.open[p], r)
		l.held[p] = append(l.held[p], r)
	}
}

// stands reports whether everything that a plan takes for granted is still so.
func (l *Ledger) stands(p routing.Plan) bool {
	for _, c := range p.Aliases {
		if l.aliases[c.Alias].ID != c.Was {
			return false
		}
	}
	for _, m := range p.Rota {
		if l.rota[m.Pool] != m.From {
			return false
		}
	}
	return true
}

// lead makes an alias lead to an identity. An identity that no alias leads to
// any more is forgotten.
func (l *Ledger) lead(alias routing.Alias, to routing.Identity) {
	was, known := l.aliases[alias]
	l.aliases[alias] = to
	l.identities[to.ID]++
	if !known {
		return
	}
	if l.identities[was.ID]--; l.identities[was.ID] == 0 {
		delete(l.identities, was.ID)
		delete(l.landed, was.ID)
	}
}

// Wrote adds receipts; see routing.Ledger.
func (l *Ledger) Wrote(ctx context.Context, ws []routing.Writing) ([]error, error) {
	return each(ctx, l, ws, func(w routing.Writing) error {
		r, err := l.fenced(w.Fence)
		if err != nil {
			return err
		}
		for _, receipt := range w.Receipts {
			l.land(receipt)
			if r.purged {
				receipt = purged(receipt)
			}
			r.add(receipt)
		}
		return nil
	})
}

// land notes the CRM record of an identity that somebody may ask for.
func (l *Ledger) land(r routing.Receipt) {
	id := string(r.Key)
	if r.ID != "" && r.Class == "" && l.identities[id] > 0 {
		l.landed[id] = r.ID
	}
}
