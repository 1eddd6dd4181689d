package routing_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/golden"
	"github.com/onward-crm/onward/routing"
)

// scenario makes a world from parts given as name, text, name, text, …
func scenario(t *testing.T, parts ...string) *world {
	t.Helper()
	var a golden.Archive
	for i := 0; i < len(parts); i += 2 {
		a = a.With(parts[i], parts[i+1])
	}
	return newWorld(t, a, 0)
}

// TestRT07ConcurrentEnginesMakeOneAccount lets several engines on one ledger
// take in people who all join one new company.
func TestRT07ConcurrentEnginesMakeOneAccount(t *testing.T) {
	const engines, people = 4, 6
	w := scenario(t, "config.json", `{"strategy": "contact-and-account"}`)
	var wg sync.WaitGroup
	for n := range engines {
		e, err := routing.New(w.config("config.json"), w.deps(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range people {
				ev := routing.Event{
					ID: fmt.Sprintf("%d-%d", n, i), Source: "file:test", Person: routing.Person{FirstName: "P" + letters(n), LastName: "Q" + letters(i)},
					To: &routing.Place{Company: "Beta Systems", Domain: "beta.io"},
				}
				if _, err := e.Handle(t.Context(), ev); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	w.finishAll()
	if n := len(w.db.Records(crm.ObjectAccount)); n != 1 {
		t.Errorf("%d accounts of one company", n)
	}
	contacts := w.db.Records(crm.ObjectContact)
	if len(contacts) != engines*people {
		t.Errorf("%d contacts, want %d", len(contacts), engines*people)
	}
	for _, c := range contacts {
		if c.Fields["AccountId"] == "" {
			t.Errorf("contact %s has no account", c.ID)
		}
	}
}

// letters writes a number in letters, so that it counts as part of a name.
func letters(n int) string { return strings.Repeat(string(rune('a'+n%26)), 3+n/26) }

// finishAll works on whatever is due, waiting as long as it takes.
func (w *world) finishAll() {
	w.t.Helper()
	for range 20 {
		if _, err := w.engine.Drain(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		open := 0
		for r, err := range w.ledger.Records(w.t.Context(), routing.Filter{}) {
			if err != nil {
				w.t.Fatal(err)
			}
			if !r.Status.Terminal() {
				open++
			}
		}
		if open == 0 {
			return
		}
		w.now = w.now.Add(routing.DefaultLease)
	}
	w.t.Fatal("work does not end")
}

// TestRT44EveryOrderMakesOneAccount reports people of one new company by partial
// names of it, in every order and at several batch sizes: there is one account.
func TestRT44EveryOrderMakesOneAccount(t *testing.T) {
	places := []routing.Place{
		{Company: "Beta Systems"},
		{Company: "Beta Systems, Inc.", Domain: "beta.io"},
		{Company: "Beta Systems", Country: "US"},
		{Company: "Beta Systems", CompanyLinkedInURL: "linkedin.com/company/beta-systems"},
		{Company: "beta systems", Email: "x@beta.io"},
	}
	for _, order := range permutations(len(places)) {
		for _, batch := range []int{1, 1000} {
			w := newWorld(t, golden.Parse("-- config.json --\n{\"strategy\": \"contact-and-account\"}\n"), batch)
			for i, p := range order {
				to := places[p]
				w.events = append(w.events, routing.Event{
					ID: fmt.Sprint(i), Source: "file:test", To: &to,
					Person: routing.Person{FirstName: "Ann", LastName: "Q" + letters(p)},
				})
			}
			if err := w.handle("all"); err != nil {
				t.Fatal(err)
			}
			accounts, contacts := w.db.Records(crm.ObjectAccount), w.db.Records(crm.ObjectContact)
			if len(accounts) != 1 || len(contacts) != len(places) {
				t.Fatalf("order %v at batch size %d: %d accounts, %d contacts", order, batch, len(accounts), len(contacts))
			}
		}
	}
}

// TestRT23EveryOrderMakesOnePerson reports one move by partial names of the
// mover, of which each overlaps with what the CRM knows, in every order: one
// person is made, one event record is written, one credit is used.
func TestRT23EveryOrderMakesOnePerson(t *testing.T) {
	parts := []string{
		"Account.csv", "Id,Name,Website\n@A1,Acme Inc,acme.com\n@A2,Beta Ltd,beta.io\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId,LinkedIn_URL__c\n" +
			"@C1,Jane,Doe,jane@acme.com,@A1,https://www.linkedin.com/in/janedoe\n",
	}
	reports := []routing.Event{
		{Person: routing.Person{CRMID: id("C1")}, To: &routing.Place{Company: "Beta"}},
		{Person: routing.Person{LinkedInURL: "linkedin.com/in/janedoe", FullName: "Jane Doe"}, To: &routing.Place{Domain: "beta.io"}},
		{Person: routing.Person{Email: "jane@acme.com", FullName: "Jane Doe"}, To: &routing.Place{Company: "Beta Ltd.", Domain: "beta.io"}},
		{Person: routing.Person{FullName: "Jane Doe"}, From: &routing.Place{Company: "Acme"}, To: &routing.Place{AccountID: id("A2")}},
		{Person: routing.Person{FullName: "Doe, Jane", LinkedInURL: "linkedin.com/in/janedoe"}, To: &routing.Place{Company: "Beta", Email: "jane@beta.io"}},
	}
	for _, order := range permutations(len(reports)) {
		for _, batch := range []int{1, 1000} {
			var a golden.Archive
			for i := 0; i < len(parts); i += 2 {
				a = a.With(parts[i], parts[i+1])
			}
			w := newWorld(t, a, batch)
			for i, p := range order {
				ev := reports[p]
				ev.ID, ev.Source = fmt.Sprint(i), "file:test"
				w.events = append(w.events, ev)
				w.keys = append(w.keys, routing.DeliveryKey(ev))
			}
			if err := w.handle("all"); err != nil {
				t.Fatal(err)
			}
			if diff := w.counts(); diff != (counts{contacts: 2, events: 1, credits: 1}) {
				t.Fatalf("order %v at batch size %d: %+v\n%s", order, batch, diff, w.want())
			}
		}
	}
}

type counts struct{ contacts, leads, events, credits int }

func (w *world) counts() counts {
	c := counts{
		contacts: len(w.db.Records(crm.ObjectContact)), leads: len(w.db.Records(crm.ObjectLead)),
		events: len(w.db.Records(crm.ObjectJobChange)),
	}
	for _, key := range w.keys {
		c.credits += w.record(key).Outcome.Credits
	}
	return c
}

// permutations lists all orders of 0 to n-1.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for _, p := range permutations(n - 1) {
		for i := range n {
			q := append(append(append([]int{}, p[:i]...), n-1), p[i:]...)
			out = append(out, q)
		}
	}
	return out
}
