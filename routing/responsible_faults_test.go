package routing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/routing"
)

// threeMoves are a move, a departure and a lead, half an hour after.
func threeMoves(t *testing.T) *world {
	t.Helper()
	w := watched(t, strings.Join([]string{
		janeToBeta,
		`{"person": {"full_name": "Bob Coe", "crm_id": "@C2"}, "from": {"company": "Acme", "domain": "acme.com"}}`,
		`{"person": {"full_name": "Ada Roe"}, "to": {"company": "Delta", "domain": "delta.io"}}`,
	}, "\n"), "Contact.csv", driContacts+"@C2,Bob,Coe,bob@acme.com,@A1,@U3\n")
	w.run()
	w.now = at(10, 30)
	return w
}

// wantAssigned wants what threeMoves leads to, whatever happened on the way.
func (w *world) wantAssigned() {
	w.t.Helper()
	w.wantPeople("1", crm.Fields{driField: "@U1", driManager: "@U8", pastDRI: "@U2", pastDRIManager: "@U8", driOwnerManager: "@U8"})
	w.wantPeople("2", crm.Fields{pastDRI: "@U2", pastDRIManager: "@U8", driOwnerManager: "@U8"})
	w.wantHistory("1", "joins @U1;leaves @U2;")
	w.wantHistory("2", "leaves @U2;")
	for _, event := range []string{"1", "2", "3"} {
		if n := len(w.responsible(event)); n != 1 {
			w.t.Errorf("event %s has %d entries in its history", event, n)
		}
		w.wantNext(event, at(26, 0))
	}
}

// catchUp looks for responsible people until nobody is due: after leases have
// ended and pauses are over, before the night.
func (w *world) catchUp() {
	w.t.Helper()
	for range 3 {
		w.now = w.now.Add(routing.DefaultQuotaPause)
		if _, err := w.engine.AssignDRI(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// failing is a ledger whose calls for responsible people fail once: the n-th of
// all, before or after it was carried out.
type failing struct {
	routing.Ledger
	n     int
	after bool
	calls int
	fired bool
}

var errLedgerGone = errors.New("the ledger is gone")

func (f *failing) strikes() bool {
	f.calls++
	f.fired = f.fired || f.calls == f.n
	return f.calls == f.n
}

// once carries a call out, unless it is the one that is to fail before it.
func once[T any](f *failing, call func() (T, error)) (T, error) {
	var none T
	hit := f.strikes()
	if hit && !f.after {
		return none, errLedgerGone
	}
	out, err := call()
	if hit {
		return none, errLedgerGone
	}
	return out, err
}

func (f *failing) ClaimDRI(ctx context.Context, c routing.ClaimOrder) ([]routing.DRIClaim, error) {
	return once(f, func() ([]routing.DRIClaim, error) { return f.Ledger.ClaimDRI(ctx, c) })
}

func (f *failing) Assigned(ctx context.Context, us []routing.DRIUpdate) ([]error, error) {
	return once(f, func() ([]error, error) { return f.Ledger.Assigned(ctx, us) })
}

func (f *failing) Lookup(ctx context.Context, q routing.Question) (routing.Answer, error) {
	return once(f, func() (routing.Answer, error) { return f.Ledger.Lookup(ctx, q) })
}

// TestDR10LedgerFailsAtEachCall: a crash between finding out and writing, between
// writing and recording, and at every other call of the ledger leads to the same
// people, once.
func TestDR10LedgerFailsAtEachCall(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			w := threeMoves(t)
			f := &failing{Ledger: w.ledger, n: n, after: after}
			deps := w.deps()
			deps.Ledger = f
			e, err := routing.New(w.config("config.json"), deps, w.options())
			if err != nil {
				t.Fatal(err)
			}
			_, err = e.AssignDRI(t.Context())
			if !f.fired {
				if err != nil || n < 3 {
					t.Fatalf("only %d calls, %v", n-1, err)
				}
				break
			}
			if !errors.Is(err, errLedgerGone) {
				t.Fatalf("call %d: error %v", n, err)
			}
			w.catchUp()
			w.wantAssigned()
		}
	}
}

// TestDR10CRMFailsAtEachCall: any single fault of the CRM, seen by us or not.
func TestDR10CRMFailsAtEachCall(t *testing.T) {
	for _, call := range []crmtest.Call{crmtest.FindCall, crmtest.WriteCall} {
		for _, kind := range crmtest.Kinds() {
			for _, sticky := range []bool{false, true} {
				for n := 1; n <= 6; n++ {
					w := threeMoves(t)
					faulty := w.through(crmtest.Script{{Call: call, N: n, Kind: kind, Sticky: sticky}})
					_, err := w.engine.AssignDRI(t.Context())
					if err != nil && faulty.Fired() == 0 {
						t.Fatal(err)
					}
					w.through(nil)
					w.catchUp()
					if kind == crmtest.Denied && faulty.Fired() > 0 {
						continue // said of these records for good: tried again the next night, see below
					}
					w.wantAssigned()
					if t.Failed() {
						t.Fatalf("%s at %s %d, sticky %t: %v", kind, call, n, sticky, err)
					}
				}
			}
		}
	}
}

// TestDR10RefusedIsTriedTheNextNight: what the CRM refuses of single records keeps
// nobody else, and is done when it no longer refuses.
func TestDR10RefusedIsTriedTheNextNight(t *testing.T) {
	for _, call := range []crmtest.Call{crmtest.FindCall, crmtest.WriteCall} {
		w := threeMoves(t)
		w.through(crmtest.Script{{Call: call, Kind: crmtest.Denied, Sticky: true}})
		w.assign(0)
		w.wantNext("1", at(26, 0))
		w.wantHistory("1")
		w.through(nil)
		w.now = at(26, 0)
		w.assign(3)
		w.wantHistory("1", "joins @U1;leaves @U2;")
	}
}

// TestDR10OutageGivesEverythingBack: the CRM is away for hours; nothing is lost,
// and nobody has to wait for a lease to end.
func TestDR10OutageGivesEverythingBack(t *testing.T) {
	for _, kind := range []crmtest.Kind{crmtest.Unavailable, crmtest.Quota, crmtest.Auth, crmtest.LostBeforeLanding} {
		w := threeMoves(t)
		w.through(crmtest.Script{{Kind: kind, Sticky: true}})
		for range 5 {
			if _, err := w.engine.AssignDRI(t.Context()); err == nil {
				t.Fatalf("%s: no word of the trouble", kind)
			}
			w.now = w.now.Add(routing.DefaultQuotaPause)
		}
		w.through(nil)
		w.assign(3)
		w.wantAssigned()
	}
}

// TestDR10StoppedInTheMiddle: who is told to go gives everything back at once.
func TestDR10StoppedInTheMiddle(t *testing.T) {
	w := threeMoves(t)
	ctx, cancel := context.WithCancel(t.Context())
	deps := w.deps()
	deps.CRM = crm.NewClient(&cancelling{Driver: w.db, cancel: cancel}, noPauses())
	e, err := routing.New(w.config("config.json"), deps, w.options())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.AssignDRI(ctx); err == nil {
		t.Fatal("no word of it")
	}
	w.assign(3)
	w.wantAssigned()
}

// cancelling is a driver during whose first call the caller is told to go.
type cancelling struct {
	crm.Driver
	cancel context.CancelFunc
}

func (c *cancelling) Find(ctx context.Context, _ []crm.Query) ([]crm.Page, error) {
	c.cancel()
	return nil, ctx.Err()
}

// TestDeletedEventRecordEndsIt: somebody deleted one of the event records; the
// others go on.
func TestDeletedEventRecordEndsIt(t *testing.T) {
	w := threeMoves(t)
	w.do("delete " + w.record(w.keys[0]).Outcome.EventRecordID)
	w.assign(3)
	w.wantHistory("1", string(routing.ReasonEventRecordGone))
	w.wantNext("1", time.Time{})
	w.wantHistory("2", "leaves @U2;")
	w.now = at(26, 0)
	w.assign(2)
}

// TestRecordsThatMovedMeanwhile: the delivered contact was merged into another,
// its account into another, and the past contact was deleted.
func TestRecordsThatMovedMeanwhile(t *testing.T) {
	w := watched(t, janeToBeta)
	w.run()
	contact, err := w.db.Add(crm.ObjectContact, crm.Fields{"LastName": "Doe", "AccountId": id("A2"), "OwnerId": id("U4")})
	if err != nil {
		t.Fatal(err)
	}
	w.do("merge " + w.record(w.keys[0]).Outcome.ContactID + " into " + contact)
	w.do("merge " + id("A2") + " into " + id("A3"))
	w.do("merge " + id("A1") + " into " + id("A3"))
	w.do("delete " + id("C1"))
	w.now = at(10, 30)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U3", driManager: "@U8", pastDRI: "@U3", pastDRIManager: "@U8", driOwnerManager: "@U7"})
}

// TestRT35NobodyForTheErased: an erased person's event record is left alone.
func TestRT35NobodyForTheErased(t *testing.T) {
	w := threeMoves(t)
	if err := w.engine.Erase(t.Context(), w.events[0]); err != nil {
		t.Fatal(err)
	}
	w.assign(2)
	w.wantPeople("1", crm.Fields{driOwnerManager: "@U8"})
	w.wantHistory("1")
}

// TestPlanNoLongerKept: what the history tells is enough to go on.
func TestPlanNoLongerKept(t *testing.T) {
	w := threeMoves(t)
	w.assign(3)
	policy := w.engine.Policy()
	rec := w.record(w.keys[0])
	rec.Plan, rec.Facts = nil, nil
	f := routing.Facts{Now: at(26, 0), Asked: map[routing.Ask]bool{}}
	var asked []string
	for _, ask := range routing.ResponsibleNeeds(policy, rec, f) {
		asked = append(asked, string(ask.Object)+" "+w.label(ask.Value))
	}
	for _, want := range []string{"Contact " + w.label(rec.Outcome.ContactID), "Contact @C1", "Account @A2", "User @U1"} {
		if !strings.Contains(strings.Join(asked, ","), want) {
			t.Errorf("asked for %q, want %s among them", asked, want)
		}
	}
	d := routing.DecideResponsible(policy, rec, f)
	if d.State == nil || len(d.State.Assignments) != 2 || d.Next.IsZero() {
		t.Errorf("decision %+v, want both halves", d)
	}
}

// TestShadowAndDry: shadow mode writes what would be so into the event record; dry
// mode looks for nobody.
func TestShadowAndDry(t *testing.T) {
	w := watched(t, janeToBeta, "config.json", `{"mode": "shadow", "owners": {"contact": "@U3"}, "dri": {"joins": {"other": {"contact": "record.owner"}}}}`)
	w.run()
	w.demand("crm.created.Contact = 0\ncrm.created.Job_Change__c = 1")
	w.now = at(10, 30)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U3", driManager: "@U8", pastDRI: "@U2", pastDRIManager: "@U8", driOwnerManager: "@U8"})

	w = watched(t, janeToBeta, "config.json", `{"mode": "dry"}`)
	w.run()
	w.now = at(10, 30)
	w.assign(0)
}

// TestNobodyJoinsWhoWasRefused: the contact could not be created; what was left
// behind has its people all the same.
func TestNobodyJoinsWhoWasRefused(t *testing.T) {
	w := watched(t, janeToBeta)
	w.validate(crm.ObjectContact)
	w.run()
	w.demand("1.status = parked")
	w.now = at(10, 30)
	w.assign(1)
	w.wantHistory("1", "leaves @U2;")
}

// TestDR10TwoAtOnce: two engines on one ledger share the work and double nothing.
func TestDR10TwoAtOnce(t *testing.T) {
	const n = 60
	var events []string
	for i := range n {
		events = append(events, fmt.Sprintf(`{"person": {"full_name": "Ada R%s"}, "to": {"company": "Beta", "domain": "beta.io"}}`, letters(i)))
	}
	w := watched(t, strings.Join(events, "\n"))
	w.run()
	w.now, w.batch = at(10, 30), 7
	var wg sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range 2 {
		e, err := routing.New(w.config("config.json"), w.deps(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			done, err := e.AssignDRI(t.Context())
			mu.Lock()
			defer mu.Unlock()
			if total += done; err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if total != n {
		t.Errorf("%d moves were looked at, want %d", total, n)
	}
	want := crm.Fields{driField: "@U1", driManager: "@U8", driOwnerManager: "@U8"}
	for i := range n {
		w.wantPeople(fmt.Sprint(i+1), want)
		if diff := cmp.Diff([]string{"joins @U1;"}, w.responsible(fmt.Sprint(i+1))); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestDR10CallsPerThousand counts at the driver, with Salesforce's limits: 1,000
// people of 1,000 past contacts at 500 accounts, for the first time and each
// night.
func TestDR10CallsPerThousand(t *testing.T) {
	var accounts, contacts, events strings.Builder
	accounts.WriteString("Id,Name,Website,OwnerId\n")
	contacts.WriteString("Id,FirstName,LastName,Email,AccountId,OwnerId\n")
	for i := range 500 {
		fmt.Fprintf(&accounts, "@A%d,%s Works,w%d.com,@U%d\n", i, letters(i), i, 1+i%3)
	}
	for i := range 1000 {
		fmt.Fprintf(&contacts, "@C%d,Ada,%s,p%d@w%d.com,@A%d,@U3\n", i, letters(i+9), i, i%500, i%500)
		to := (i + 7) % 500
		fmt.Fprintf(&events, `{"person": {"full_name": "Ada %s", "crm_id": "@C%d"}, "to": {"company": "%s Works", "domain": "w%d.com"}}`+"\n", letters(i+9), i, letters(to), to)
	}
	w := scenario(t, "Account.csv", accounts.String(), "Contact.csv", contacts.String(), "events.jsonl", events.String())
	w.now = at(10, 0)
	w.run()
	limited := crmtest.Limited(w.db, crmtest.SalesforceLimits())
	w.driven(limited)
	for _, night := range []struct {
		at     time.Time
		most   int
		before string
	}{{at(10, 30), 15, ""}, {at(26, 0), 10, ""}, {at(50, 0), 15, "edit " + id("A7") + " OwnerId=" + id("U3")}} {
		if night.before != "" {
			w.do(night.before)
		}
		was := limited.Calls()
		w.now = night.at
		w.assign(1000)
		now := limited.Calls()
		t.Logf("%s: %d reads, %d writes", night.at.Format(time.RFC3339), now.Find-was.Find, now.Write-was.Write)
		if n := now.Total() - now.Describe - was.Total() + was.Describe; n > night.most {
			t.Errorf("%d calls for 1,000 moves, want at most %d", n, night.most)
		}
	}
	if limited.Broken() != 0 {
		t.Errorf("%d calls broke a limit", limited.Broken())
	}
}
