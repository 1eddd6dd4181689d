package routing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// TestResumedPlanIsSeenByItsNamesake: a plan that waited for the CRM is carried
// out before another report of the same person is decided.
func TestResumedPlanIsSeenByItsNamesake(t *testing.T) {
	w := scenario(t, "Account.csv", "Id,Name,Website\n@A1,Beta,beta.io\n",
		"events.jsonl", `{"person": {"full_name": "Jane Doe", "linkedin_url": "https://www.linkedin.com/in/jd"}, "to": {"domain": "beta.io"}}
{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "domain": "beta.io"}}
`)
	w.driven(down{w.db})
	if err := w.handle("1"); !errors.Is(err, crm.ErrQuota) {
		t.Fatalf("error %v", err)
	}
	w.driven(w.db)
	w.now = w.now.Add(time.Hour)
	if err := w.handle("2"); err != nil {
		t.Fatal(err)
	}
	w.demand("1.status = done\n1.what = contact_created\n2.status = done\ncrm.created.Contact = 1\ncredits = 1")
}

// TestLaterStrategySeesTheAccount: an event with a strategy of its own finds the
// account that an earlier one of the same batch makes, as it would in a later
// batch.
func TestLaterStrategySeesTheAccount(t *testing.T) {
	for _, steps := range []string{"handle all", "handle each"} {
		w := scenario(t, "config.json", `{"strategy": "contact-and-account", "strategy_override": true}`, "steps", steps,
			"events.jsonl", `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "domain": "beta.io"}}
{"strategy": "contact-or-lead", "person": {"full_name": "Bob Roe"}, "to": {"company": "Beta", "domain": "beta.io"}}
`)
		w.run()
		w.demand("1.what = account_and_contact_created\n2.what = contact_created\n2.reason = known_company\ncrm.created.Account = 1\ncrm.created.Lead = 0")
	}
}

// forgetful is a ledger that fails to store the n-th receipts.
type forgetful struct {
	routing.Ledger
	n, calls int
}

func (f *forgetful) Wrote(ctx context.Context, ws []routing.Writing) ([]error, error) {
	if f.calls++; f.calls == f.n {
		return nil, errors.New("ledger away")
	}
	return f.Ledger.Wrote(ctx, ws)
}

// TestFlowRunsOnceWhenTheLedgerFails: the run is noted before it begins. When
// nobody could note how it ended, it is parked and not repeated.
func TestFlowRunsOnceWhenTheLedgerFails(t *testing.T) {
	for name, c := range map[string]struct {
		n, runs int
		want    string
	}{
		"before the run":        {2, 1, "1.status = done\n1.credits = 1"},
		"after the run":         {3, 1, "1.status = parked\n1.reason = flow_failed\n1.classes_refused = unknown_outcome\n1.credits = 0"},
		"when all is well":      {0, 1, "1.status = done\n1.credits = 1"},
		"when the mark is lost": {1, 1, "1.status = done\n1.credits = 1"},
	} {
		f := &flowScript{outputs: map[string]string{"contactId": id("C5")}}
		w := invoking(t, f)
		w.over("invoke.json", func(deps *routing.Deps, _ *routing.Options) {
			deps.Flow, deps.Ledger = f, &forgetful{Ledger: w.ledger, n: c.n}
		})
		w.accept()
		w.drainFor(3, time.Hour)
		w.demand(c.want)
		if len(f.asked) != c.runs {
			t.Errorf("%s: the Flow ran %d times", name, len(f.asked))
		}
	}
}

// TestFlowCallRefusedIsParkedInTheEnd: a call that the CRM refuses is repeated a
// bounded number of times; nothing ran.
func TestFlowCallRefusedIsParkedInTheEnd(t *testing.T) {
	f := &flowScript{broken: &crm.Error{Op: "write", Class: crm.ErrInvalid, Code: "INVALID_API_INPUT"}}
	w := invoking(t, f)
	w.accept()
	w.drainFor(20, time.Hour)
	w.demand("1.status = parked\n1.reason = too_many_attempts\n1.error contains INVALID_API_INPUT\n1.credits = 0")
	if len(f.asked) != routing.DefaultMaxAttempts {
		t.Errorf("%d calls", len(f.asked))
	}
}

// TestFlowEnrichesForNothing: a Flow that gives out the record that was there
// before costs no credit.
func TestFlowEnrichesForNothing(t *testing.T) {
	f := &flowScript{outputs: map[string]string{"contactId": id("C9")}}
	w := scenario(t, "Account.csv", "Id,Name,Website\n@A2,Beta Ltd,beta.io\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId\n@C9,Jane,Doe,jane@beta.io,@A2\n",
		"invoke.json", `{"strategy": "flow", "flow": {"direction": "invoke", "name": "Route_Job_Change"}}`,
		"events.jsonl", `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "email": "jane@beta.io"}}`)
	w.over("invoke.json", func(deps *routing.Deps, _ *routing.Options) { deps.Flow = f })
	w.run()
	w.demand("1.status = done\n1.contact = @C9\n1.credits = 0")
}
