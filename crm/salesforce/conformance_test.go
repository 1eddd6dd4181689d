package salesforce

import (
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestCR01Conformance: over the wire, the driver does everything that memcrm
// does; nothing is left out.
func TestCR01Conformance(t *testing.T) {
	crmtest.Run(t, func(t *testing.T) crmtest.Harness {
		s, g := local(t, nil)
		return harnessOf(s, g)
	})
}

func harnessOf(s *sftest.Server, g *Org) crmtest.Harness {
	c := s.CRM()
	return crmtest.Harness{
		Driver: g,
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
		AddDuplicateRule: func(r crmtest.DuplicateRule) { c.AddDuplicateRule(memcrm.DuplicateRule(r)) },
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
