package salesforce

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// hurried is a client that does not pause.
func hurried(t *testing.T, d crm.Driver) *crm.Client {
	t.Helper()
	return crm.NewClient(d, &crm.ClientOptions{MaxAttempts: 4, Sleep: noPause})
}

// lossKinds are the ways in which the answer to a write gets lost on the wire.
func lossKinds() []sftest.FaultKind {
	return []sftest.FaultKind{
		sftest.ResetBefore, sftest.ResetAfter, sftest.Truncated, sftest.Malformed, sftest.BadGzip, sftest.Empty,
	}
}

// kindsOfWrites makes writes of each kind, and what the CRM must hold before.
func kindsOfWrites() map[string]func(t *testing.T, c *memcrm.CRM) []crm.Write {
	return map[string]func(t *testing.T, c *memcrm.CRM) []crm.Write{
		"creates": func(*testing.T, *memcrm.CRM) []crm.Write {
			return severalWrites(3, func(n int) crm.Write {
				return newWrite(n, crm.VerbCreate, crm.ObjectContact, crm.Fields{"LastName": "Lee"})
			})
		},
		"creates of accounts and leads": func(*testing.T, *memcrm.CRM) []crm.Write {
			return []crm.Write{
				newWrite(1, crm.VerbCreate, crm.ObjectAccount, crm.Fields{"Name": "Acme"}),
				newWrite(2, crm.VerbCreate, crm.ObjectLead, crm.Fields{"LastName": "Lee", "Company": "Acme"}),
			}
		},
		"updates": func(t *testing.T, c *memcrm.CRM) []crm.Write {
			return severalWrites(3, func(n int) crm.Write {
				w := newWrite(n, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"Title": "CEO"})
				w.ID = added(t, c, crm.ObjectContact, crm.Fields{"LastName": "Lee", "Title": "CTO"})
				return w
			})
		},
		"upserts": func(*testing.T, *memcrm.CRM) []crm.Write {
			return severalWrites(3, func(n int) crm.Write {
				return newWrite(n, crm.VerbUpsert, crm.ObjectJobChange, crm.Fields{"Reason__c": "moved"})
			})
		},
	}
}

// TestCR04LostAnswers loses the answer to the first call of each kind of write,
// in each way: nothing is there twice, and no effect costs more than two writes
// and one look-up.
func TestCR04LostAnswers(t *testing.T) {
	for kind, writes := range kindsOfWrites() {
		for _, loss := range lossKinds() {
			t.Run(fmt.Sprintf("%s, %s", kind, loss), func(t *testing.T) {
				s, g := local(t, nil)
				batch := writes(t, s.CRM())
				before := len(s.CRM().Effects())
				count := &counting{Org: g}
				s.Inject(sftest.Fault{Kind: loss, Resource: "composite/sobjects"})
				results, err := hurried(t, count).Apply(t.Context(), batch)
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range results {
					if r.Err != nil || r.ID == "" {
						t.Errorf("write %d: %+v", i, r)
					}
				}
				if got := len(s.CRM().Effects()) - before; got != len(batch) {
					t.Errorf("%d effects, want %d", got, len(batch))
				}
				if count.writes > 2 || len(count.landed) > 0 && slices.Max(slices.Collect(maps.Values(count.landed))) > 1 {
					t.Errorf("%d writes and look-ups %v, want at most 2 and 1", count.writes, count.landed)
				}
			})
		}
	}
}
