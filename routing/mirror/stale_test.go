package mirror_test

import (
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// TestMatchIsThoughtAgainOnWhatTheCRMSaysToday changes the account between the
// loading of the mirror and the handling of a move to it. What is decided must
// rest on the account as it is.
func TestMatchIsThoughtAgainOnWhatTheCRMSaysToday(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *org, acme, other string) error
		want   func(acme, other string) string
	}{
		"unchanged": {
			func(*org, string, string) error { return nil },
			func(acme, _ string) string { return acme },
		},
		"another name, same website": {
			func(w *org, acme, _ string) error { return w.db.Edit(acme, crm.Fields{"Name": "Acme Worldwide"}) },
			func(acme, _ string) string { return acme },
		},
		"another company altogether": {
			func(w *org, acme, _ string) error {
				return w.db.Edit(acme, crm.Fields{"Name": "Zeta Holdings", "Website": "zeta.example"})
			},
			func(string, string) string { return "" },
		},
		"merged": {
			func(w *org, acme, other string) error { return w.db.Merge(acme, other) },
			func(_, other string) string { return other },
		},
		"deleted": {
			func(w *org, acme, _ string) error { return w.db.Delete(acme) },
			func(string, string) string { return "" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newOrg(t)
			acme := w.add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "Website": "acme.com", "OwnerId": w.rep})
			other := w.add(crm.ObjectAccount, crm.Fields{"Name": "Umbrella Group", "Website": "umbrella.example", "OwnerId": w.rep})
			m := w.open(w.options())
			w.must(c.change(w, acme, other))
			engine, err := routing.New(w.policy.Config(), routing.Deps{CRM: w.client, Ledger: memledger.New(), Accounts: m}, nil)
			w.must(err)
			record, err := engine.Handle(t.Context(), routing.Event{
				ID: "1", Source: "flow", Person: routing.Person{FirstName: "Ada", LastName: "Okafor", Email: "ada@old.example"},
				To: &routing.Place{Company: "Acme", Domain: "acme.com", Title: "CTO"},
			})
			w.must(err)
			if got, want := record.Plan.Account.ID, c.want(acme, other); got != want || record.Status != routing.StatusDone {
				t.Errorf("account %q, want %q; %s, %s", got, want, record.Status, record.Outcome.What)
			}
			for _, contact := range w.db.Records(crm.ObjectContact) {
				if got, want := contact.Fields["AccountId"], c.want(acme, other); got != want {
					t.Errorf("the contact is at %q, want %q", got, want)
				}
			}
		})
	}
}
