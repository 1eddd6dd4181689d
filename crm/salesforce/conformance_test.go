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
		h := harnessOf(s, g)
		h.Keyless = func() crmtest.Harness { return keyless(t) }
		return h
	})
}

// keyless is an org whose contacts have no field for the key, over the wire.
func keyless(t *testing.T) crmtest.Harness {
	names := crm.DefaultNames()
	names.Keyless = []crm.Object{crm.ObjectContact}
	s := sftest.Start(t, &sftest.Options{CRM: memcrm.New(&memcrm.Options{Names: names})})
	g, err := Open(t.Context(), Options{
		Instance: s.URL, Login: ClientCredentials{ID: s.ClientID(), Secret: s.ClientSecret()}, Names: names,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return harnessOf(s, g)
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
