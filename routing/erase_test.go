package routing_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/onward-crm/onward/routing"
)

// erasure is a world in which Jane's move from Acme to Beta was done.
func erasure(t *testing.T) *world {
	return scenario(t,
		"Account.csv", "Id,Name,Website\n@A1,Acme Inc,acme.com\n@A2,Beta Ltd,beta.io\n@A3,Gamma AG,gamma.de\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId,LinkedIn_URL__c\n"+
			"@C1,Jane,Doe,jane@acme.com,@A1,https://www.linkedin.com/in/janedoe\n@C2,John,Roe,john@acme.com,@A1,\n",
		"events.jsonl", `{"person": {"full_name": "Jane Doe", "linkedin_url": "linkedin.com/in/janedoe"}, "from": {"company": "Acme"}, "to": {"company": "Beta", "email": "jane@beta.io"}}`,
		"steps", "handle 1")
}

// TestRT35ErasedPersonIsForgotten erases Jane by one of her identifiers. Whatever
// reports her afterwards, by any of the others too, is suppressed.
func TestRT35ErasedPersonIsForgotten(t *testing.T) {
	requests := map[string]routing.Event{
		"by page":   {Person: routing.Person{LinkedInURL: "https://linkedin.com/in/JaneDoe/"}},
		"by e-mail": {Person: routing.Person{Email: "JANE@acme.com"}},
		"by id":     {Person: routing.Person{CRMID: id("C1")}},
	}
	later := map[string]routing.Event{
		"new e-mail, new company, same page": {
			Person: routing.Person{FullName: "Jane Doe", Email: "jd@gamma.de", LinkedInURL: "linkedin.com/in/janedoe"},
			To:     &routing.Place{Company: "Gamma", Domain: "gamma.de"},
		},
		"CRM id":     {Person: routing.Person{CRMID: id("C1")}, To: &routing.Place{Company: "Gamma"}},
		"old e-mail": {Person: routing.Person{Email: "jane@acme.com", FullName: "J. Doe"}, To: &routing.Place{Company: "Gamma"}},
		"new e-mail": {Person: routing.Person{FullName: "Jane Doe"}, To: &routing.Place{Company: "Gamma", Email: "jane@beta.io"}},
		"name and old company": {
			Person: routing.Person{FullName: "Jane Doe"}, From: &routing.Place{Company: "Acme Inc."}, To: &routing.Place{Company: "Gamma"},
		},
		"departure from the new company": {Person: routing.Person{FullName: "Doe, Jane"}, From: &routing.Place{Company: "Beta"}},
	}
	for how, request := range requests {
		w := erasure(t)
		w.run()
		if err := w.engine.Erase(t.Context(), request); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if strings.Contains(strings.ToLower(w.saved()), "jane") || strings.Contains(w.saved(), "Doe") {
			t.Errorf("%s: the ledger still knows her:\n%s", how, w.saved())
		}
		effects := len(w.db.Effects())
		for what, ev := range later {
			ev.Source = "feed:x"
			ev.Relationship = "User"
			r, err := w.engine.Handle(t.Context(), ev)
			if err != nil {
				t.Fatalf("%s, %s: %v", how, what, err)
			}
			if r.Outcome.Status != routing.StatusFiltered || r.Outcome.What != routing.WhatSuppressed || r.Outcome.Reason != routing.ReasonSuppressedPrivacy {
				t.Errorf("%s, %s: %s %s %s", how, what, r.Outcome.Status, r.Outcome.What, r.Outcome.Reason)
			}
			if text := strings.ToLower(w.saved()); strings.Contains(text, "jane") || strings.Contains(text, "jd@gamma") {
				t.Fatalf("%s, %s: a personal value was kept", how, what)
			}
		}
		if n := len(w.db.Effects()); n != effects {
			t.Errorf("%s: %d effects after the erasure", how, n-effects)
		}
	}
}

func TestRT35OthersAreNotForgotten(t *testing.T) {
	w := erasure(t)
	w.run()
	if err := w.engine.Erase(t.Context(), routing.Event{Person: routing.Person{LinkedInURL: "linkedin.com/in/janedoe"}}); err != nil {
		t.Fatal(err)
	}
	r, err := w.engine.Handle(t.Context(), routing.Event{
		Person: routing.Person{FullName: "John Roe", Email: "john@acme.com"}, To: &routing.Place{Company: "Beta", Domain: "beta.io"},
	})
	if err != nil || r.Outcome.What != routing.WhatContact {
		t.Errorf("%s %s: %v", r.Outcome.What, r.Outcome.Reason, err)
	}
	err = w.engine.Erase(t.Context(), routing.Event{Person: routing.Person{FirstName: "Jane"}})
	if !errors.Is(err, routing.ErrEvent) {
		t.Errorf("a request that names nobody: %v", err)
	}
}
