package memledger

import (
	"context"

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
	if !l.stands(d.Plan) || r.purged && !d.Plan.Forget {
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
	return nil
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
