package routing_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// elsewhere is a Completer that answers by the pointer's id.
type elsewhere struct {
	answers map[string]routing.Completed
	down    error
	asked   int
}

func (e *elsewhere) Complete(_ context.Context, evs []routing.Event) ([]routing.Completed, error) {
	e.asked++
	if e.down != nil {
		return nil, e.down
	}
	out := make([]routing.Completed, len(evs))
	for i, ev := range evs {
		out[i] = e.answers[ev.Pointer.ID]
	}
	return out, nil
}

func pointing(id string) routing.Event {
	return routing.Event{
		ID: "e" + id, Source: "hubspot", OccurredAt: start, Person: routing.Person{HubSpotID: id},
		Pointer: &routing.Pointer{System: "hubspot", Tenant: "62515", Kind: "contact.propertyChange", ID: id, Property: "company"},
	}
}

// completing is a world with Jane at Acme and her report kept elsewhere.
func completing(t *testing.T, c routing.Completer) *world {
	t.Helper()
	w := scenario(t,
		"Account.csv", "Id,Name,Website,OwnerId\n@A1,Acme Inc,acme.com,@U1\n@A2,Beta Ltd,beta.io,@U2\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId,OwnerId\n@C1,Jane,Doe,jane@acme.com,@A1,@U1\n")
	deps := w.deps()
	deps.Completer = c
	e, err := routing.New(w.config("config.json"), deps, w.options())
	if err != nil {
		t.Fatal(err)
	}
	w.engine = e
	return w
}

func whole(id string) routing.Event {
	return routing.Event{
		Person: routing.Person{FullName: "Jane Doe", Email: "jane@acme.com", HubSpotID: id},
		From:   &routing.Place{Company: "Acme Inc"},
		To:     &routing.Place{Company: "Beta", Domain: "beta.io", Title: "VP Sales"},
	}
}

// TestCompletedInTheJob: what a report points at is fetched when it is worked on, and
// the whole report is what the ledger keeps.
func TestCompletedInTheJob(t *testing.T) {
	far := &elsewhere{answers: map[string]routing.Completed{"123": {Event: whole("123")}, "7": {Skip: routing.ReasonNoMove}}}
	w := completing(t, far)
	evs := []routing.Event{pointing("123"), pointing("7")}
	if _, err := w.engine.Accept(t.Context(), evs); err != nil || far.asked != 0 {
		t.Fatalf("accepting asked %d times, %v", far.asked, err)
	}
	if _, err := w.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := w.record("hubspot/e123")
	if got.Status != routing.StatusDone || got.Outcome.ContactID == "" || got.Event.Pointer != nil || got.Event.To.Domain != "beta.io" {
		t.Errorf("record = %s %s, event %+v", got.Status, got.Outcome.Reason, got.Event)
	}
	for _, hash := range w.engine.PersonHashes(got.Event) {
		if !slices.Contains(got.Persons, hash) {
			t.Error("the ledger does not know the person by everything that was fetched")
		}
	}
	if skipped := w.record("hubspot/e7"); skipped.Status != routing.StatusFiltered || skipped.Outcome.Reason != routing.ReasonNoMove {
		t.Errorf("skipped = %s %s", skipped.Status, skipped.Outcome.Reason)
	}
	if far.asked != 1 {
		t.Errorf("asked %d times for one batch", far.asked)
	}
}

// TestCompleterOutage: while the other system is away its reports wait, and no attempt
// is counted.
func TestCompleterOutage(t *testing.T) {
	far := &elsewhere{answers: map[string]routing.Completed{"123": {Event: whole("123")}}, down: crm.ErrUnavailable}
	w := completing(t, far)
	if _, err := w.engine.Accept(t.Context(), []routing.Event{pointing("123")}); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := w.engine.Drain(t.Context()); err != nil {
			t.Fatalf("drain = %v", err)
		}
		w.now = w.now.Add(time.Hour)
	}
	if r := w.record("hubspot/e123"); r.Status != routing.StatusAccepted || r.Failures != 0 {
		t.Fatalf("record = %s after %d failures", r.Status, r.Failures)
	}
	if err := w.engine.WorkOn(t.Context(), []string{"hubspot/e123"}); !errors.Is(err, crm.ErrUnavailable) {
		t.Errorf("who waits for it alone is told %v", err)
	}
	far.down = nil
	w.now = w.now.Add(time.Hour)
	if _, err := w.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := w.record("hubspot/e123"); r.Status != routing.StatusDone {
		t.Errorf("record = %s", r.Status)
	}
}

// TestP06CompleterOutageStopsNobodyElse: an hour without HubSpot, with a report of each
// kind every second: the whole ones are done at once, the others when it is back, and it
// is asked sparingly.
func TestP06CompleterOutageStopsNobodyElse(t *testing.T) {
	far := &elsewhere{answers: map[string]routing.Completed{}, down: crm.ErrUnavailable}
	w := completing(t, far)
	const seconds, step = 3600, 10
	for i := 0; i < seconds; i += step {
		id := strconv.Itoa(1000 + i)
		far.answers[id] = routing.Completed{Skip: routing.ReasonNoMove}
		other := routing.Event{
			ID: "w" + id, Source: "flow", OccurredAt: w.now, Person: routing.Person{FullName: "Ann No" + id},
			To: &routing.Place{Company: "Beta", Domain: "beta.io", StartedOn: routing.DateOf(start.AddDate(-3, 0, 0))},
		}
		if _, err := w.engine.Accept(t.Context(), []routing.Event{pointing(id), other}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.engine.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := w.record("flow/w" + id); !r.Status.Terminal() {
			t.Fatalf("after %d s a report that needs no HubSpot waits: %s %s", i, r.Status, r.Note)
		}
		w.now = w.now.Add(step * time.Second)
	}
	if far.asked < 10 || far.asked > 40 {
		t.Errorf("HubSpot was asked %d times in an hour", far.asked)
	}
	far.down = nil
	w.now = w.now.Add(5 * time.Minute)
	if _, err := w.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < seconds; i += step {
		if r := w.record("hubspot/e" + strconv.Itoa(1000+i)); r.Status != routing.StatusFiltered || r.Failures != 0 {
			t.Fatalf("report %d is %s after %d failures", i, r.Status, r.Failures)
		}
	}
}

// TestCompletedPersonKeepsItsFirstName: by what a person was known before it was fetched
// it is found afterwards, even when the answer does not repeat it.
func TestCompletedPersonKeepsItsFirstName(t *testing.T) {
	far := &elsewhere{answers: map[string]routing.Completed{"123": {Event: whole("")}}}
	w := completing(t, far)
	if _, err := w.engine.HandleBatch(t.Context(), []routing.Event{pointing("123")}); err != nil {
		t.Fatal(err)
	}
	got := w.record("hubspot/e123")
	for _, hash := range w.engine.PersonHashes(pointing("123")) {
		if !slices.Contains(got.Persons, hash) {
			t.Error("the person is not known by the contact's id any more")
		}
	}
}

func TestCompletedInVain(t *testing.T) {
	bad := whole("5")
	bad.Person.Email = "not an address"
	trouble := errors.New("the contact cannot be read")
	far := &elsewhere{answers: map[string]routing.Completed{"5": {Event: bad}, "6": {Err: trouble}}}
	w := completing(t, far)
	if _, err := w.engine.Accept(t.Context(), []routing.Event{pointing("5"), pointing("6")}); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if _, err := w.engine.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(time.Hour)
	}
	for key, want := range map[string]routing.Reason{"hubspot/e5": routing.ReasonInvalidReport, "hubspot/e6": routing.ReasonTooManyAttempts} {
		if r := w.record(key); r.Status != routing.StatusParked || r.Outcome.Reason != want {
			t.Errorf("%s = %s %s, want parked %s", key, r.Status, r.Outcome.Reason, want)
		}
	}
}

// TestRT35PrivacyDeletionByPointer: a deletion reported by id alone forgets whatever
// is known of that id.
func TestRT35PrivacyDeletionByPointer(t *testing.T) {
	far := &elsewhere{answers: map[string]routing.Completed{"123": {Event: whole("123")}}}
	w := completing(t, far)
	if _, err := w.engine.HandleBatch(t.Context(), []routing.Event{pointing("123")}); err != nil {
		t.Fatal(err)
	}
	far.answers["123"] = routing.Completed{Erase: true, Event: routing.Event{Person: routing.Person{HubSpotID: "123"}}}
	gone := pointing("123")
	gone.ID, gone.Pointer.Kind = "deletion", "contact.privacyDeletion"
	if _, err := w.engine.HandleBatch(t.Context(), []routing.Event{gone}); err != nil {
		t.Fatal(err)
	}
	if r := w.record("hubspot/deletion"); r.Outcome.What != routing.WhatSuppressed {
		t.Errorf("deletion = %s %s %s", r.Status, r.Outcome.What, r.Outcome.Reason)
	}
	if r := w.record("hubspot/e123"); r.Event.Person.FullName != "" || r.Plan != nil || r.Facts != nil {
		t.Error("the erased person is still in the ledger")
	}
	later := whole("")
	later.ID, later.Source = "later", "file:test"
	records, err := w.engine.HandleBatch(t.Context(), []routing.Event{later})
	if err != nil || records[0].Outcome.Reason != routing.ReasonSuppressedPrivacy {
		t.Errorf("a later report by address = %+v, %v", records[0].Outcome, err)
	}
}

func TestPointerMustLeadSomewhere(t *testing.T) {
	_, err := routing.Normalize(routing.Event{ID: "1", Pointer: &routing.Pointer{System: "hubspot"}}, start)
	var bad *routing.EventError
	if !errors.As(err, &bad) || len(bad.Problems) != 2 || bad.Problems[0].Field != "pointer.kind" || bad.Problems[1].Field != "pointer.id" {
		t.Errorf("error = %v", err)
	}
}

// TestWorkOnTheseAlone: a caller who waits does not wait for everybody's work.
func TestWorkOnTheseAlone(t *testing.T) {
	w := scenario(t, "events.jsonl", `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Beta", "email": "jane@beta.io"}}
{"person": {"full_name": "Joe Poe"}, "to": {"company": "Beta", "email": "joe@beta.io"}}`)
	if _, err := w.engine.Accept(t.Context(), w.events); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.WorkOn(t.Context(), w.keys[1:]); err != nil {
		t.Fatal(err)
	}
	if first, second := w.record(w.keys[0]), w.record(w.keys[1]); first.Attempt != 0 || !second.Status.Terminal() {
		t.Errorf("first tried %d times, second %s", first.Attempt, second.Status)
	}
}
