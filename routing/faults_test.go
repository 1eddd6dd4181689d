package routing_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/routing"
)

// moving is a world in which Jane can move from Acme to Beta or to a company
// that is not there yet.
func moving(t *testing.T) *world {
	t.Helper()
	return scenario(t, "config.json", `{"strategy": "contact-and-account"}`,
		"Account.csv", "Id,Name,Website\n@A1,Acme Inc,acme.com\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId\n@C1,Jane,Doe,jane@acme.com,@A1\n",
		"events.jsonl", `{"person": {"full_name": "Jane Doe", "crm_id": "@C1"}, "to": {"company": "Beta", "domain": "beta.io"}}`)
}

const moveDone = `
1.status = done
1.what = account_and_contact_created
1.credits = 1
crm.created.Account = 1
crm.created.Contact = 1
crm.created.Job_Change__c = 1
crm.@C1.Left_Company__c = true`

// through gives the world's engine a CRM that fails by script.
func (w *world) through(script crmtest.Script) *crmtest.FaultyDriver {
	w.t.Helper()
	faulty := crmtest.Faulty(w.db, script)
	deps := w.deps()
	deps.CRM = crm.NewClient(faulty, noPauses())
	e, err := routing.New(w.config("config.json"), deps, w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = e
	return faulty
}

// TestCR03OneRetryableFaultIsNotSeen: the client repeats what may be repeated.
func TestCR03OneRetryableFaultIsNotSeen(t *testing.T) {
	for _, kind := range []crmtest.Kind{crmtest.Throttled, crmtest.Unavailable, crmtest.LockedItem, crmtest.HalfLanded, crmtest.ShortResults} {
		for n := 1; n <= 3; n++ {
			w := moving(t)
			faulty := w.through(crmtest.Script{{Call: crmtest.WriteCall, N: n, Kind: kind}})
			if err := w.handle("1"); err != nil {
				t.Fatalf("%s at write %d: %v", kind, n, err)
			}
			w.demand(moveDone)
			if faulty.Fired() != 1 {
				t.Errorf("%s at write %d fired %d times", kind, n, faulty.Fired())
			}
		}
	}
}

// TestCR03OutageWaitsAndCostsNoAttempt: retries are bounded; then the delivery
// waits in the ledger, and is done when the CRM is back.
func TestCR03OutageWaitsAndCostsNoAttempt(t *testing.T) {
	for _, kind := range []crmtest.Kind{crmtest.Throttled, crmtest.Unavailable, crmtest.Quota, crmtest.Auth} {
		for _, call := range []crmtest.Call{crmtest.FindCall, crmtest.WriteCall} {
			w := moving(t)
			faulty := w.through(crmtest.Script{{Call: call, N: 2, Kind: kind, Sticky: true}})
			for i := range 3 * routing.DefaultMaxAttempts {
				// An outage that begins in the middle may look like the delivery's own
				// failure; from then on there is no doubt.
				if err := w.handle("1"); err == nil && i > 0 {
					t.Fatalf("%s at %s: no word of the trouble", kind, call)
				}
				w.now = w.now.Add(routing.DefaultQuotaPause)
			}
			if n := faulty.Calls().Total(); n > 500 {
				t.Errorf("%s: %d calls during the outage", kind, n)
			}
			w.demand("1.state = accepted\n1.note = waiting_for_crm\ncrm.created.Job_Change__c = 0")
			w.through(nil)
			w.finishAll()
			w.demand(moveDone)
		}
	}
}

// TestCR03ValidationIsNotRepeated: what the org refuses for good is sent once.
func TestCR03ValidationIsNotRepeated(t *testing.T) {
	w := moving(t)
	w.do("validate Contact")
	w.run()
	writes := w.db.Stats().Items
	w.demand("1.status = parked\n1.what = partial\n1.error contains FIELD_CUSTOM_VALIDATION_EXCEPTION")
	for range 3 {
		w.run()
		w.now = w.now.AddDate(0, 0, 1)
		w.do("drain")
	}
	if n := w.db.Stats().Items; n != writes {
		t.Errorf("%d more writes were sent", n-writes)
	}
}

// TestCR04LostAnswersMakeNoSecondRecord loses the answer of each write call in
// turn, once and for ever: records are looked up by their keys before anything
// is sent again.
func TestCR04LostAnswersMakeNoSecondRecord(t *testing.T) {
	for _, kind := range []crmtest.Kind{crmtest.LostAfterLanding, crmtest.LostBeforeLanding, crmtest.HalfLanded} {
		for _, sticky := range []bool{false, true} {
			for n := 1; n <= 3; n++ {
				w := moving(t)
				faulty := w.through(crmtest.Script{{Call: crmtest.WriteCall, N: n, Kind: kind, Sticky: sticky}})
				err := w.handle("1")
				if err != nil && !errors.Is(err, crm.ErrUnknownOutcome) && !errors.Is(err, crm.ErrUnavailable) {
					t.Fatal(err)
				}
				if kind == crmtest.LostAfterLanding && faulty.Calls().Landed == 0 {
					t.Errorf("call %d lost, and nobody asked what had landed", n)
				}
				w.through(nil)
				w.finishAll()
				w.demand(moveDone)
			}
		}
	}
}

// between is a ledger that lets something happen between decision and writing.
type between struct {
	routing.Ledger
	happens func()
}

func (b between) Decided(ctx context.Context, ds []routing.Decision) ([]error, error) {
	errs, err := b.Ledger.Decided(ctx, ds)
	b.happens()
	return errs, err
}

// meanwhile gives the world's engine a ledger after whose first decision
// something happens in the CRM.
func (w *world) meanwhile(step string) {
	w.t.Helper()
	done := false
	deps := w.deps()
	deps.Ledger = between{w.ledger, func() {
		if !done {
			done = true
			w.do(step)
		}
	}}
	e, err := routing.New(w.config("config.json"), deps, w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = e
}

// TestCR07HiddenIsNotDeleted: a past contact that goes out of sight before it is
// marked is reported as not visible; one that is deleted is not.
func TestCR07HiddenIsNotDeleted(t *testing.T) {
	w := moving(t)
	w.meanwhile("hide " + id("C1"))
	w.run()
	w.demand("1.status = done\n1.what = account_and_contact_created\n1.classes_refused = not_visible\n1.error contains not visible\n" +
		"1.past = @C1\ncrm.@C1.Left_Company__c =\ncredits = 1\n1.explanation contains not visible")

	w = moving(t)
	w.meanwhile("delete " + id("C1"))
	w.run()
	w.demand("1.status = done\n1.classes_refused =\n1.past =\n1.flags has past_not_found\ncrm.created.Contact = 1\ncredits = 1")
}

// TestRT16OwnerLeavesMeanwhile: a user who is deactivated between decision and
// writing is not sent again; the move is decided anew.
func TestRT16OwnerLeavesMeanwhile(t *testing.T) {
	w := scenario(t, "Account.csv", "Id,Name,Website,OwnerId\n@A2,Beta Ltd,beta.io,@U1\n",
		"events.jsonl", `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "domain": "beta.io"}}`)
	w.meanwhile(fmt.Sprintf("edit %s IsActive=false", id("U1")))
	w.run()
	w.demand("1.status = done\n1.contact.OwnerId = @U8\n1.owner.reason = owner_inactive\ncrm.created.Contact = 1")
}

// TestRecordChangesMeanwhile: a record that somebody changes between
// decision and writing is read again; what they wrote stays.
func TestRecordChangesMeanwhile(t *testing.T) {
	w := scenario(t, "Account.csv", "Id,Name,Website\n@A2,Beta Ltd,beta.io\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId\n@C1,Jane,Doe,jane@beta.io,@A2\n",
		"events.jsonl", `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "email": "jane@beta.io", "title": "CFO", "phone": "+1 555 2"}}`)
	w.meanwhile(fmt.Sprintf("edit %s Title=COO", id("C1")))
	w.run()
	w.demand("1.status = done\n1.what = enriched\ncrm.@C1.Title = COO\ncrm.@C1.Phone = +1 555 2")
}
