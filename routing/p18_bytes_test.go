package routing_test

import (
	"fmt"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// TestP18PlansAreTheSameBytes decides a move that writes to many records a hundred
// times: the same writes in the same order, to the byte.
func TestP18PlansAreTheSameBytes(t *testing.T) {
	const copies = 12
	contacts := "Id,FirstName,LastName,Email,AccountId\n"
	for n := 1; n <= copies; n++ {
		contacts += fmt.Sprintf("@C%d,Jane,Doe,jane@acme.com,@A1\n", n)
	}
	w := scenario(t, "config.json", `{"strategy": "contact-and-account"}`,
		"Account.csv", "Id,Name,Website\n@A1,Acme Inc,acme.com\n", "Contact.csv", contacts,
		"events.jsonl", `{"person": {"full_name": "Jane Doe", "email": "jane@acme.com"}, "from": {"company": "Acme", "domain": "acme.com"}, "to": {"company": "Beta", "domain": "beta.io", "title": "CFO", "phone": "+1 555 2"}}`)
	events, facts, err := w.engine.Gather(t.Context(), w.events)
	if err != nil {
		t.Fatal(err)
	}
	plan := routing.Evaluate(w.engine.Policy(), events[0], facts[0])
	marked := 0
	for _, write := range plan.Writes {
		if write.Object == crm.ObjectContact && write.Verb == crm.VerbUpdate {
			marked++
		}
	}
	if marked != copies {
		t.Fatalf("%d records are marked, want %d: the test shows nothing", marked, copies)
	}
	want := encode(t, plan)
	for range 100 {
		if got := encode(t, routing.Evaluate(w.engine.Policy(), events[0], facts[0])); got != want {
			t.Fatalf("decided differently:\n%s\n%s", want, got)
		}
	}
}
