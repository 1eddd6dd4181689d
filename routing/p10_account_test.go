package routing_test

import (
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// TestP10AccountKeyIsTheCompanys: whoever reports a person's move to a company that
// is not there yet, the account is created under the same key, so that of two that
// are created at the same time, by processes that know nothing of each other, one
// remains. Another company has another key.
func TestP10AccountKeyIsTheCompanys(t *testing.T) {
	key := func(id string, person routing.Person, to routing.Place) crm.Key {
		w := scenario(t, "config.json", `{"strategy": "contact-and-account"}`)
		plans, err := w.engine.Plan(t.Context(), []routing.Event{{ID: id, Source: "file:test", Person: person, To: &to}})
		if err != nil || plans[0].NewAccount == "" {
			t.Fatalf("%s creates no account: %+v, %v", id, plans, err)
		}
		return plans[0].NewAccount
	}
	ann, bob := routing.Person{FirstName: "Ann", LastName: "Lee"}, routing.Person{FirstName: "Bob", LastName: "Roe"}
	first := key("1", ann, routing.Place{Company: "Beta Systems", Domain: "beta.io"})
	for name, same := range map[string]crm.Key{
		"another report":                 key("2", ann, routing.Place{Company: "Beta Systems", Domain: "beta.io"}),
		"another person":                 key("3", bob, routing.Place{Company: "Beta Systems", Domain: "beta.io"}),
		"another spelling":               key("4", bob, routing.Place{Company: "BETA Systems, Inc.", Domain: "www.beta.io"}),
		"the domain of the work address": key("5", bob, routing.Place{Company: "Beta", Email: "bob@beta.io"}),
	} {
		if same != first {
			t.Errorf("%s: the key is %s, want %s", name, same, first)
		}
	}
	if other := key("1", ann, routing.Place{Company: "Beta Systems", Domain: "beta.example"}); other == first {
		t.Error("two companies have one key")
	}
}
