package routing_test

import (
	"context"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing"
)

// keyless is a world whose org has no key field on leads, over the wire.
func keyless(t *testing.T) (*world, *sftest.Server) {
	t.Helper()
	w := scenario(t, "config.json", `{"strategy": "always-lead", "names": {"keyless": ["Lead"]}}`,
		"events.jsonl", `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "domain": "beta.io"}}`)
	cfg := w.config("config.json")
	w.db = memcrm.New(&memcrm.Options{Names: cfg.Names, Now: w.options().Now})
	w.driver = w.db
	w.standardUsers()
	w.configure("config.json")
	return w, w.overTheWire()
}

// lost gives the fault that loses the answer to the first call that creates a
// lead.
func lost(kind sftest.FaultKind) sftest.Fault {
	return sftest.Fault{Kind: kind, Resource: "composite/sobjects", Method: "POST"}
}

func (w *world) leads() int { return len(w.db.Records(crm.ObjectLead)) }

func TestCR12LostAnswerWithoutAKey(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  sftest.FaultKind
		before func(w *world)
		status routing.Status
		leads  int
	}{
		{name: "CR12 the record is there and is taken", fault: sftest.ResetAfter, status: routing.StatusDone, leads: 1},
		{name: "CR12 nothing is there: parked, never repeated", fault: sftest.ResetBefore, status: routing.StatusParked},
		{name: "CR12 two records fit: parked, never repeated", fault: sftest.ResetAfter, status: routing.StatusParked, leads: 2,
			before: func(w *world) {
				write := crm.Write{Key: "other", Verb: crm.VerbCreate, Object: crm.ObjectLead, Set: crm.Fields{"LastName": "Doe", "FirstName": "Jane", "Company": "Beta", "Website": "elsewhere.example"}}
				if _, err := w.db.Write(w.t.Context(), []crm.Write{write}); err != nil {
					w.t.Fatal(err)
				}
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, server := keyless(t)
			fault := lost(c.fault)
			if c.before != nil {
				fault.Hook = func() { c.before(w) }
			}
			server.Inject(fault)
			r, err := w.engine.Handle(t.Context(), w.events[0])
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != c.status || w.leads() != c.leads {
				t.Fatalf("status %s with %d leads, want %s with %d: %s", r.Status, w.leads(), c.status, c.leads, r.Outcome.Error)
			}
			if c.status == routing.StatusDone && r.Outcome.LeadID != w.db.Records(crm.ObjectLead)[0].ID {
				t.Errorf("the outcome names lead %q", r.Outcome.LeadID)
			}
			if again, err := w.engine.Handle(t.Context(), w.events[0]); err != nil || again.Status != c.status || w.leads() != c.leads {
				t.Errorf("delivered again: %s with %d leads, %v", again.Status, w.leads(), err)
			}
		})
	}
}

// mortal is a driver whose process dies after its first write has landed.
type mortal struct {
	*salesforce.Org
	die func()
}

func (m mortal) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if _, err := m.Org.Write(ctx, batch); err != nil {
		return nil, err
	}
	m.die()
	return nil, &crm.Error{Op: "write", Class: crm.ErrUnknownOutcome, Code: "DIED"}
}

// TestCR12CrashAfterACreateWithoutAKey lets another process go on: it finds the
// record by the note that was made before the create was sent.
func TestCR12CrashAfterACreateWithoutAKey(t *testing.T) {
	w, _ := keyless(t)
	org := w.driver.(*salesforce.Org)
	ctx, die := context.WithCancel(t.Context())
	w.driver = mortal{org, die}
	first, err := routing.New(w.config("config.json"), w.deps(), w.options())
	if err != nil {
		t.Fatal(err)
	}
	if r, err := first.Handle(ctx, w.events[0]); err == nil && r.Status == routing.StatusDone {
		t.Fatal("a dead process finished its work")
	}
	if w.leads() != 1 {
		t.Fatalf("%d leads landed, want 1", w.leads())
	}
	w.now = w.now.Add(24 * 3600e9)
	if _, err := w.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := w.record(w.keys[0]); r.Status != routing.StatusDone || w.leads() != 1 {
		t.Errorf("status %s with %d leads, want done with 1: %s %s", r.Status, w.leads(), r.Note, r.Outcome.Error)
	}
}

// TestCR12OutageBeforeACreateWithoutAKey leaves no doubt: nothing was sent, so
// the move is done later.
func TestCR12OutageBeforeACreateWithoutAKey(t *testing.T) {
	w, server := keyless(t)
	server.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "composite/sobjects", Method: "POST", Times: sftest.Always})
	r, err := w.engine.Handle(t.Context(), w.events[0])
	if r.Status.Terminal() || w.leads() != 0 {
		t.Fatalf("status %s with %d leads, %v", r.Status, w.leads(), err)
	}
	server.ClearFaults()
	w.now = w.now.Add(24 * 3600e9)
	if _, err := w.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := w.record(w.keys[0]); r.Status != routing.StatusDone || w.leads() != 1 {
		t.Errorf("status %s with %d leads, want done with 1: %s %s", r.Status, w.leads(), r.Note, r.Outcome.Error)
	}
}
