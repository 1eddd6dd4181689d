package memcrm

import (
	"context"

	"github.com/onward-crm/onward/crm"
)

var _ crm.Seeker = (*CRM)(nil)

// Keyless reports whether creates of an object leave no key. See crm.Seeker.
func (c *CRM) Keyless(o crm.Object) bool {
	s := c.stores[o]
	return s != nil && s.col(c.names.KeyField(o)) < 0
}

// Seek looks for live records that the integration user created since a write was
// decided and that bear its name. See crm.Seeker. A write that gives no name fits
// nothing.
func (c *CRM) Seek(ctx context.Context, ws []crm.Write) ([][]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Landed++
	if err := ctx.Err(); err != nil {
		return nil, &crm.Error{Op: "landed", Class: crm.ErrUnavailable, Err: err}
	}
	out := make([][]string, len(ws))
	for i, w := range ws {
		s := c.stores[w.Object]
		if s == nil {
			return nil, &crm.Error{Op: "landed", Object: w.Object, Class: crm.ErrNotFound, Code: "INVALID_TYPE"}
		}
		out[i] = c.bearers(s, w)
	}
	return out, nil
}

// bearers lists the records that a write may have made, in order of id.
func (c *CRM) bearers(s *store, w crm.Write) []string {
	var conds []crm.Cond
	for _, field := range []string{"Name", "LastName", "FirstName"} {
		if v := w.Set[field]; v != "" && s.col(field) >= 0 {
			conds = append(conds, crm.Cond{Field: field, Op: crm.OpIn, Values: []string{v}})
		}
	}
	if len(conds) == 0 || s.col("CreatedById") < 0 || s.created < 0 {
		return nil
	}
	conds = append(conds, crm.Cond{Field: "CreatedById", Op: crm.OpIn, Values: []string{c.user}})
	if !w.Since.IsZero() {
		conds = append(conds, crm.Cond{Field: "CreatedDate", Op: crm.OpSince, Values: []string{crm.FormatTime(w.Since)}})
	}
	p, err := c.prepare(crm.Query{Object: w.Object, Where: conds})
	if err != nil {
		return nil
	}
	var ids []string
	for _, r := range p.page(len(s.order)).Records {
		ids = append(ids, r.ID)
	}
	return ids
}
