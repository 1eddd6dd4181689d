package routing_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing"
)

// keyless is a world whose org has no key field on leads, over the wire.
func keyless(t *testing.T) (*world, *sftest.Server) {
	t.Helper()
	return keylessWith(t, `{"strategy": "always-lead", "names": {"keyless": ["Lead"]}}`,
		`{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "domain": "beta.io"}}`)
}

func keylessWith(t *testing.T, config, events string) (*world, *sftest.Server) {
	t.Helper()
	w := scenario(t, "config.json", config, "events.jsonl", events)
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

// patchy is an org that fails at single calls.
type patchy struct {
	*salesforce.Org
	// after may fail a write that has landed.
	after func(batch []crm.Write) error
	// blind fails every look-up of what has landed, locked every write by itself.
	blind, locked bool
}

func (p *patchy) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if p.locked {
		results := make([]crm.Result, len(batch))
		for i, w := range batch {
			results[i].Err = &crm.Error{Op: "write", Object: w.Object, Key: w.Key, Class: crm.ErrLocked, Code: "UNABLE_TO_LOCK_ROW"}
		}
		return results, nil
	}
	results, err := p.Org.Write(ctx, batch)
	if err == nil && p.after != nil {
		err = p.after(batch)
	}
	return results, err
}

var errLookUp = &crm.Error{Op: "landed", Class: crm.ErrUnavailable, Code: "AWAY"}

func (p *patchy) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	if p.blind {
		return nil, errLookUp
	}
	return p.Org.Landed(ctx, o, keys)
}

func (p *patchy) Seek(ctx context.Context, ws []crm.Write) ([][]string, error) {
	if p.blind {
		return nil, errLookUp
	}
	return p.Org.Seek(ctx, ws)
}

// patch puts a patchy org between the engine and the wire.
func (w *world) patch() *patchy {
	w.t.Helper()
	org, ok := w.driver.(*salesforce.Org)
	if !ok {
		w.t.Fatal("no org to patch")
	}
	p := &patchy{Org: org}
	w.driver = p
	w.replaced()
	return p
}

// replaced makes a new engine, as another process would.
func (w *world) replaced() {
	w.t.Helper()
	var err error
	if w.engine, err = routing.New(w.config("config.json"), w.deps(), w.options()); err != nil {
		w.t.Fatal(err)
	}
}

// nextDay lets everything that waits be due, and works on it.
func (w *world) nextDay() {
	w.t.Helper()
	w.now = w.now.Add(24 * time.Hour)
	if _, err := w.engine.Drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func lostAnswer() error { return &crm.Error{Op: "write", Class: crm.ErrUnknownOutcome, Code: "LOST"} }

func of(batch []crm.Write, o crm.Object) bool {
	return slices.ContainsFunc(batch, func(w crm.Write) bool { return w.Object == o })
}

// TestCR12ResumedAfterDoubt: two leads fit, a person deletes the one that is not
// ours and resumes the move. The other is taken, though it is older than the doubt.
func TestCR12ResumedAfterDoubt(t *testing.T) {
	w, _ := keyless(t)
	p := w.patch()
	var foreign string
	p.after = func(batch []crm.Write) error {
		if !of(batch, crm.ObjectLead) {
			return nil
		}
		other := batch[0]
		other.Key = "other"
		made, err := w.db.Write(t.Context(), []crm.Write{other})
		if err != nil {
			t.Fatal(err)
		}
		foreign = made[0].ID
		w.now = w.now.Add(time.Hour) // a long call
		return lostAnswer()
	}
	if r, err := w.engine.Handle(t.Context(), w.events[0]); err != nil || r.Status != routing.StatusParked {
		t.Fatalf("%s, %v", r.Status, err)
	}
	p.after = nil
	if err := w.db.Delete(foreign); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.Resume(t.Context(), w.keys, true, "ops"); err != nil {
		t.Fatal(err)
	}
	if r := w.record(w.keys[0]); r.Status != routing.StatusDone {
		t.Errorf("%s: %s", r.Status, r.Outcome.Error)
	}
}

// loseAccount handles the first move: the answer about its account is lost, and
// nothing can be looked up. After that all is well.
func (w *world) loseAccount(p *patchy) {
	w.t.Helper()
	p.blind, p.after = true, func(batch []crm.Write) error {
		if of(batch, crm.ObjectAccount) {
			return lostAnswer()
		}
		return nil
	}
	if r, _ := w.engine.Handle(w.t.Context(), w.events[0]); r.Status.Terminal() {
		w.t.Fatalf("%s: %s", r.Status, r.Outcome.Error)
	}
	p.blind, p.after = false, nil
}

const accountAndContact = `{"strategy": "contact-and-account", "names": {"keyless": [%s]}}`

const moverToBeta = `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "domain": "beta.io"}}`

// TestCR12ChildOfALostParent: the account's answer is lost and it cannot be looked
// up; its contact was never sent, so there is no doubt about it.
func TestCR12ChildOfALostParent(t *testing.T) {
	w, _ := keylessWith(t, fmt.Sprintf(accountAndContact, `"Contact"`), moverToBeta)
	p := w.patch()
	w.loseAccount(p)
	w.nextDay()
	r := w.record(w.keys[0])
	if n := len(w.db.Records(crm.ObjectContact)); r.Status != routing.StatusDone || n != 1 {
		t.Errorf("%s with %d contacts: %s", r.Status, n, r.Outcome.Error)
	}
}

// TestCR12LockAfterACrash: account and contact landed and the process died
// before it could store that. For the next process the account's row is locked, so that it
// does not come to the contact. The note about it survives this second failure.
func TestCR12LockAfterACrash(t *testing.T) {
	w, _ := keylessWith(t, fmt.Sprintf(accountAndContact, `"Contact"`), moverToBeta)
	p := w.patch()
	deps := w.deps()
	deps.Ledger = &forgetful{Ledger: w.ledger, n: 2} // after the note
	first, err := routing.New(w.config("config.json"), deps, w.options())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Handle(t.Context(), w.events[0]); err == nil {
		t.Fatal("the ledger stored everything")
	}
	p.locked = true
	w.nextDay()
	if r := w.record(w.keys[0]); r.Status.Terminal() {
		t.Fatalf("%s although the account is locked", r.Status)
	}
	p.locked = false
	w.nextDay()
	r := w.record(w.keys[0])
	if n := len(w.db.Records(crm.ObjectContact)); r.Status != routing.StatusDone || n != 1 {
		t.Errorf("%s with %d contacts: %s", r.Status, n, r.Outcome.Error)
	}
}

// TestCR12AnAccountOfTwoMoves: the first move's account landed unseen. The second
// move, which leads to the same company, does not create it again.
func TestCR12AnAccountOfTwoMoves(t *testing.T) {
	w, _ := keylessWith(t, fmt.Sprintf(accountAndContact, `"Account"`),
		moverToBeta+"\n"+`{"person": {"full_name": "Bob Roe"}, "to": {"company": "Beta", "domain": "beta.io"}}`)
	p := w.patch()
	w.loseAccount(p)
	second, err := w.engine.Handle(t.Context(), w.events[1])
	if n := len(w.db.Records(crm.ObjectAccount)); err != nil || second.Status != routing.StatusDone || n != 1 {
		t.Fatalf("%s with %d accounts: %s, %v", second.Status, n, second.Outcome.Error, err)
	}
	w.nextDay()
	first := w.record(w.keys[0])
	if n := len(w.db.Records(crm.ObjectAccount)); first.Status != routing.StatusDone || n != 1 {
		t.Errorf("%s with %d accounts: %s", first.Status, n, first.Outcome.Error)
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
