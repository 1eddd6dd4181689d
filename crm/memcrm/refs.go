package memcrm

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// checkReferences asks whether what the write points at is there, may be pointed
// at, and is alive. Objects that this CRM does not hold (record types,
// profiles) are not looked up.
func (c *CRM) checkReferences(h *change) *crm.Error {
	for _, x := range h.cells {
		f := h.field(x)
		if f.Type != crm.TypeReference || x.value == "" || h.r.get(int(x.col)) == x.value {
			continue
		}
		held := slices.ContainsFunc(f.RefersTo, func(o crm.Object) bool { return c.stores[o] != nil })
		if !held {
			continue
		}
		s, r := c.find(x.value)
		switch {
		case r == nil || !slices.Contains(f.RefersTo, s.schema.Object):
			return h.fail(crm.ErrInvalid, "INVALID_CROSS_REFERENCE_KEY", f.Name)
		case r.deleted:
			return h.gone(r, "ENTITY_IS_DELETED", f.Name)
		case r.hidden:
			return h.fail(crm.ErrNotVisible, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", f.Name)
		case int(x.col) == h.s.owner && !mayOwn(s, r, h.w.Object):
			return h.fail(crm.ErrInactiveOwner, "INACTIVE_OWNER_OR_USER", f.Name)
		}
	}
	return nil
}

// mayOwn holds for active users, and for queues where the object is one that
// queues can own: leads and custom objects.
func mayOwn(s *store, r *row, owned crm.Object) bool {
	if s.schema.Object == crm.ObjectGroup {
		queue := s.named(r, "Type") == "Queue"
		return queue && (owned == crm.ObjectLead || strings.HasSuffix(string(owned), "__c"))
	}
	return crm.IsTrue(s.named(r, "IsActive"))
}

// find looks an 18-character id up among all objects.
func (c *CRM) find(id string) (*store, *row) {
	if len(id) != 18 {
		return nil, nil
	}
	s := c.prefixes[id[:3]]
	if s == nil {
		return nil, nil
	}
	return s, s.byID[id]
}

// checkLocks spends one of the locks that stand in the way: on the record
// itself, on the parent that the write names, or on its account.
func (c *CRM) checkLocks(h *change) *crm.Error {
	if len(c.locks) == 0 {
		return nil
	}
	touched := []string{h.r.id, h.w.Parent}
	if a := h.s.account; a >= 0 {
		to, _ := h.setTo(a)
		touched = append(touched, to, h.r.get(a))
	}
	for _, id := range touched {
		wide, err := crm.WidenID(id)
		if err != nil || c.locks[wide] == 0 {
			continue
		}
		if c.locks[wide]--; c.locks[wide] == 0 {
			delete(c.locks, wide)
		}
		return h.fail(crm.ErrLocked, "UNABLE_TO_LOCK_ROW")
	}
	return nil
}

// checkUnique asks whether another live record has a unique field's value.
func (h *change) checkUnique() *crm.Error {
	for _, x := range h.cells {
		f := h.field(x)
		if !f.Unique || x.value == "" {
			continue
		}
		if other := h.s.one(int(x.col), x.value); other != nil && other != h.r {
			err := h.fail(crm.ErrInvalid, "DUPLICATE_VALUE", f.Name)
			err.Matches = []string{other.id}
			return err
		}
	}
	return nil
}
