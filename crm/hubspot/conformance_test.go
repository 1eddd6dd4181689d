package hubspot

import (
	"errors"
	"maps"
	"strconv"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// TestCR01ReadingConformance: over the wire, under the old and the dated paths, the
// reading part of the drivers' suite. What HubSpot lacks is written down.
func TestCR01ReadingConformance(t *testing.T) {
	for _, version := range []string{"v3", "2026-03"} {
		t.Run(version, func(t *testing.T) {
			crmtest.Run(t, func(t *testing.T) crmtest.Harness { return harness(t, version) })
		})
	}
}

func harness(t *testing.T, version string) crmtest.Harness {
	s, c := local(t, func(o *Options) { o.APIVersion, o.Calls, o.Searches = version, 10_000, 1_000 })
	s.Limit(0, 0)
	s.LimitSearches(0)
	return crmtest.Harness{
		Driver: c, Names: Names(), Seed: seeder(s),
		Lacks: []crmtest.Lack{
			crmtest.LacksCreates, // Salesforce is where records are created
			crmtest.LacksWords,   // the search has no whole words of names
			crmtest.LacksIDForms, crmtest.LacksLeads, crmtest.LacksEventRecord, crmtest.LacksQueues,
			crmtest.LacksRequired, crmtest.LacksOwnerRules, crmtest.LacksLengths, crmtest.LacksEmailForm,
			crmtest.LacksReferences,
		},
		Delete: onContact(func(id int64) { s.Archive(hstest.Contacts, id) }),
		Merge: func(loser, master string) error {
			from, err1 := ParseID(loser)
			into, err2 := ParseID(master)
			s.Merge(from, into)
			return errors.Join(err1, err2)
		},
		Edit: func(id string, f crm.Fields) error {
			return onContact(func(n int64) { s.PutContact(n, propertiesOf(crm.ObjectContact, f)) })(id)
		},
		Refuse: func(o crm.Object, field, value string) {
			for name := range propertiesOf(o, crm.Fields{field: ""}) {
				s.Refuse(hstest.Kind(kindOf(o)), name, value)
			}
		},
	}
}

func onContact(do func(int64)) func(string) error {
	return func(id string) error {
		n, err := ParseID(id)
		do(n)
		return err
	}
}

// propertiesOf are fields by HubSpot's names.
func propertiesOf(o crm.Object, f crm.Fields) map[string]string {
	out := map[string]string{}
	maps.Copy(out, f)
	for _, s := range standards(o) {
		if v, ok := f[s.field]; ok {
			delete(out, s.field)
			out[s.property] = v
		}
	}
	return out
}

// seeder puts records into the server as an administrator does.
func seeder(s *hstest.Server) func(...crm.Record) ([]string, error) {
	return func(records ...crm.Record) ([]string, error) {
		var ids []string
		for _, r := range records {
			var id int64
			switch r.Object {
			case crm.ObjectUser:
				id = s.AddOwner(hstest.Owner{First: r.Fields["Name"], Email: r.Fields["Email"], Archived: !crm.IsTrue(r.Fields["IsActive"])})
			case crm.ObjectContact, crm.ObjectAccount:
				properties := propertiesOf(r.Object, r.Fields)
				company := properties[propCompany]
				delete(properties, propCompany)
				id = s.Create(hstest.Kind(kindOf(r.Object)), properties)
				if company != "" {
					n, err := strconv.ParseInt(company, 10, 64)
					if err != nil {
						return ids, err
					}
					s.Associate(id, n, time.Now())
				}
			default:
				return ids, errors.New("HubSpot has no " + string(r.Object))
			}
			ids = append(ids, formatID(id))
		}
		return ids, nil
	}
}
