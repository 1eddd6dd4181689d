package memcrm_test

import (
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
)

// TestConformance runs the drivers' suite; nothing is lacking.
func TestConformance(t *testing.T) {
	crmtest.Run(t, func(t *testing.T) crmtest.Harness {
		h := harnessOf(memcrm.New(&memcrm.Options{PageRows: 3}))
		h.Keyless = func() crmtest.Harness {
			names := crm.DefaultNames()
			names.Keyless = []crm.Object{crm.ObjectContact}
			return harnessOf(memcrm.New(&memcrm.Options{Names: names}))
		}
		return h
	})
}

func harnessOf(c *memcrm.CRM) crmtest.Harness {
	return crmtest.Harness{
		Driver: c,
		Names:  c.Names(),
		Seed: func(records ...crm.Record) ([]string, error) {
			err := c.Put(records...)
			ids := make([]string, len(records))
			for i, r := range records {
				ids[i] = r.ID
			}
			return ids, err
		},
		Delete: c.Delete, Merge: c.Merge, Convert: c.Convert, Hide: c.Hide, Edit: c.Edit, Lock: c.Lock,
		AddDuplicateRule: func(r crmtest.DuplicateRule) {
			c.AddDuplicateRule(memcrm.DuplicateRule(r))
		},
		Refuse: func(o crm.Object, field, value string) {
			c.AddValidation(memcrm.Validation{Name: "refuse", Object: o, Check: func(_, after crm.Fields) []string {
				if after[field] == value {
					return []string{field}
				}
				return nil
			}})
		},
	}
}
