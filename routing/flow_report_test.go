package routing_test

import (
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/routing"
)

// calling is a world in which a Flow asked for the decision on Jane's move and
// writes by itself.
func calling(t *testing.T) *world {
	t.Helper()
	w := scenario(t,
		"Account.csv", "Id,Name,Website,OwnerId\n@A1,Acme Inc,acme.com,@U1\n@A2,Beta Ltd,beta.io,@U2\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId,OwnerId\n@C1,Jane,Doe,jane@acme.com,@A1,@U1\n@C5,J,D,,@A2,@U2\n",
		"config.json", `{"strategy": "flow", "flow": {"direction": "callout"}}`,
		"events.jsonl", `{"source": "flow", "id": "guid-1", "person": {"full_name": "Jane Doe", "crm_id": "@C1"}, "to": {"company": "Beta", "domain": "beta.io"}}`)
	w.run()
	return w
}

func TestAD15FlowReportsItsRecords(t *testing.T) {
	w := calling(t)
	before := w.record(w.keys[0])
	if before.Status != routing.StatusDone || before.Outcome.What != routing.WhatFlow || before.Outcome.Credits != 0 {
		t.Fatalf("before = %+v", before.Outcome)
	}
	w.now = w.now.Add(time.Minute)
	report := routing.FlowReport{ContactID: id("C5")[:15], AccountID: id("A2")}
	done, err := w.engine.FlowDone(t.Context(), w.keys[0], report, "current")
	if err != nil {
		t.Fatal(err)
	}
	o := done.Outcome
	if done.Status != routing.StatusDone || o.ContactID != id("C5") || o.AccountID != id("A2") || o.Credits != 1 || !o.DRIDue.Equal(w.now.Add(30*time.Minute)) {
		t.Errorf("outcome = %+v", o)
	}
	event, _ := w.db.Record(o.EventRecordID)
	if event.Fields["Contact__c"] != id("C5") {
		t.Errorf("event record = %v", event.Fields)
	}
	past, _ := w.db.Record(id("C1"))
	if past.Fields["Left_Company__c"] != "true" {
		t.Errorf("past record = %v", past.Fields)
	}
	calls := len(w.db.Effects())
	again, err := w.engine.FlowDone(t.Context(), w.keys[0], report, "current")
	if err != nil || len(again.Acts) != 1 || again.Attempt != done.Attempt || len(w.db.Effects()) != calls {
		t.Errorf("again: %d acts, attempt %d, %v", len(again.Acts), again.Attempt, err)
	}
	other, err := w.engine.FlowDone(t.Context(), w.keys[0], routing.FlowReport{Error: "late"}, "current")
	if err != nil || other.Outcome.ContactID != id("C5") {
		t.Errorf("a second report changed the first: %+v, %v", other.Outcome, err)
	}
}

func TestAD15ErrorIsKeptAndMended(t *testing.T) {
	w := calling(t)
	failed, err := w.engine.FlowDone(t.Context(), w.keys[0], routing.FlowReport{Error: "FIELD_CUSTOM_VALIDATION_EXCEPTION"}, "current")
	if err != nil || failed.Status != routing.StatusParked || failed.Outcome.Reason != routing.ReasonFlowFailed || failed.Outcome.Error != "FIELD_CUSTOM_VALIDATION_EXCEPTION" {
		t.Fatalf("failed = %+v, %v", failed.Outcome, err)
	}
	mended, err := w.engine.FlowDone(t.Context(), w.keys[0], routing.FlowReport{ContactID: id("C5")}, "current")
	if err != nil || mended.Status != routing.StatusDone || mended.Outcome.ContactID != id("C5") || mended.Outcome.Error != "" {
		t.Errorf("mended = %+v, %v", mended.Outcome, err)
	}
}

// TestAD15ReportDuringAnOutage: the report is kept before the CRM is asked, so that who
// repeats it, or sends another one meanwhile, is not told that it was refused for good.
func TestAD15ReportDuringAnOutage(t *testing.T) {
	w := calling(t)
	w.through(crmtest.Script{{Call: crmtest.WriteCall, N: 1, Kind: crmtest.Quota, Sticky: true}})
	failed := routing.FlowReport{Error: "UNABLE_TO_LOCK_ROW"}
	if _, err := w.engine.FlowDone(t.Context(), w.keys[0], failed, "current"); !errors.Is(err, crm.ErrQuota) {
		t.Fatalf("during the outage: %v", err)
	}
	again, err := w.engine.FlowDone(t.Context(), w.keys[0], failed, "current")
	if err != nil || again.Status != routing.StatusAccepted || len(again.Acts) != 1 {
		t.Errorf("again: %s, %d acts, %v", again.Status, len(again.Acts), err)
	}
	report := routing.FlowReport{ContactID: id("C5")}
	if _, err := w.engine.FlowDone(t.Context(), w.keys[0], report, "current"); !errors.Is(err, routing.ErrConflict) || errors.Is(err, routing.ErrStalePlan) {
		t.Errorf("another report meanwhile: %v", err)
	}
	w.through(nil)
	w.now = w.now.Add(time.Hour)
	if _, err := w.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if done, err := w.engine.FlowDone(t.Context(), w.keys[0], report, "current"); err != nil || done.Outcome.ContactID != id("C5") {
		t.Errorf("afterwards: %+v, %v", done.Outcome, err)
	}
}

func TestAD15Refused(t *testing.T) {
	w := calling(t)
	for name, c := range map[string]struct {
		key    string
		report routing.FlowReport
		want   error
	}{
		"nobody's":         {"flow/none", routing.FlowReport{}, routing.ErrUnknownKey},
		"not an id":        {w.keys[0], routing.FlowReport{LeadID: "00Q"}, routing.ErrEvent},
		"a contact's":      {w.keys[0], routing.FlowReport{LeadID: id("C5")}, routing.ErrEvent},
		"not a Flow's own": {plainMove(t, w), routing.FlowReport{ContactID: id("C5")}, routing.ErrStalePlan},
	} {
		if _, err := w.engine.FlowDone(t.Context(), c.key, c.report, "current"); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// plainMove is a delivery that no Flow was asked about: it is held by the filter.
func plainMove(t *testing.T, w *world) string {
	t.Helper()
	ev := routing.Event{
		ID: "2", Source: "file:test", Person: routing.Person{FullName: "Joe Poe"},
		To: &routing.Place{Company: "Beta", Domain: "beta.io", StartedOn: routing.DateOf(start.AddDate(-3, 0, 0))},
	}
	if _, err := w.engine.HandleBatch(t.Context(), []routing.Event{ev}); err != nil {
		t.Fatal(err)
	}
	return routing.DeliveryKey(ev)
}
