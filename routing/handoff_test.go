package routing_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/routing"
)

// hiring is a world in which Jane is hired at a watched account, with everything that
// a handoff can do.
func hiring(t *testing.T) *world {
	t.Helper()
	return scenario(t, "config.json", `{"configurations": [{"name": "hires", "when": {"signals": ["new_hire"]},
		"handoff": {"task": {"subject": "Say hello"}, "campaign": {"id": "`+id("K1")+`"}, "sequence": "welcome", "notice": "owner"}}]}`,
		"Account.csv", "Id,Name,Website,OwnerId\n@A1,Acme Inc,acme.com,@U1\n", "Campaign.csv", "Id,Name\n@K1,Hires\n",
		"reports.json", `[{"id": "@P1", "category": "target", "accounts": ["@A1"]}]`,
		"events.jsonl", `{"person": {"full_name": "Jane Doe"}, "to": {"company": "Acme", "email": "jane@acme.com"}}`)
}

const hired = `
1.status = done
1.what = contact_created
1.credits = 1
1.actions = task:done campaign:done sequence:done notice:done
crm.created.Contact = 1
crm.created.Task = 1
crm.created.CampaignMember = 1
crm.created.Job_Change__c = 1`

// TestAT06OutageInTheMiddleRepeatsNothing: whichever write the CRM goes away at, also
// among the actions, the delivery waits, and nothing is there twice in the end.
func TestAT06OutageInTheMiddleRepeatsNothing(t *testing.T) {
	for _, kind := range []crmtest.Kind{crmtest.Throttled, crmtest.Unavailable, crmtest.Quota, crmtest.Auth} {
		for n := 1; n <= 3; n++ {
			w := hiring(t)
			faulty := w.through(crmtest.Script{{Call: crmtest.WriteCall, N: n, Kind: kind, Sticky: true}})
			for range 3 {
				_ = w.handle("1") // the trouble is told, or the delivery waits
				w.now = w.now.Add(routing.DefaultQuotaPause)
			}
			if faulty.Fired() == 0 {
				t.Fatalf("there is no write %d", n)
			}
			w.demand("1.state = accepted")
			w.through(nil)
			w.finishAll()
			w.demand(hired)
			if len(w.sequences.taken) != 1 {
				t.Errorf("%s at write %d: %d sequences", kind, n, len(w.sequences.taken))
			}
			if t.Failed() {
				t.Fatalf("%s at write %d", kind, n)
			}
		}
	}
}

// TestAT06LostAnswersMakeNoSecondAction: tasks and members have no key to look them
// up by. One whose answer was lost is told as doubtful rather than made twice, and the
// record and the delivery are well.
func TestAT06LostAnswersMakeNoSecondAction(t *testing.T) {
	for _, kind := range []crmtest.Kind{crmtest.LostAfterLanding, crmtest.LostBeforeLanding, crmtest.HalfLanded} {
		for n := 1; n <= 3; n++ {
			w := hiring(t)
			w.through(crmtest.Script{{Call: crmtest.WriteCall, N: n, Kind: kind}})
			_ = w.handle("1")
			w.through(nil)
			w.finishAll()
			w.demand("1.status = done\n1.what = contact_created\n1.credits = 1\ncrm.created.Contact = 1\ncrm.created.Job_Change__c = 1")
			for _, o := range []crm.Object{crm.ObjectTask, crm.ObjectCampaignMember} {
				if made := len(w.db.Records(o)); made > 1 {
					t.Errorf("%s at write %d: %d records of %s", kind, n, made, o)
				}
			}
			for _, a := range w.record(w.keys[0]).Outcome.Actions {
				if a.Status == routing.ActionFailed && !strings.Contains(a.Error, "doubtful") {
					t.Errorf("%s at write %d: %+v", kind, n, a)
				}
			}
		}
	}
}

// TestAT06EveryActionIsRepeatedOnceResumed: what was refused is made up for, what was
// done is not done again.
func TestAT06EveryActionIsRepeatedOnceResumed(t *testing.T) {
	w := hiring(t)
	w.do("validate Task")
	w.do("validate CampaignMember")
	w.run()
	w.demand("1.status = done\n1.what = contact_created\n1.actions = task:failed campaign:failed sequence:done notice:done\ncrm.created.Contact = 1")
	for _, step := range []string{"mend Task", "mend CampaignMember", "resume 1", "resume 1"} {
		w.do(step)
	}
	w.demand(hired)
	if len(w.sequences.taken) != 1 || w.sequences.offered != 1 {
		t.Errorf("%d sequences, offered %d times", len(w.sequences.taken), w.sequences.offered)
	}
}

// TestAT06MemberAlready: who is in the campaign already is no failure.
func TestAT06MemberAlready(t *testing.T) {
	w := hiring(t)
	w.driver = already{w.db}
	w.configure("config.json")
	w.run()
	w.demand("1.actions has campaign:done\n1.actions has task:done")
}

// already is a CRM in which everybody is a member of every campaign.
type already struct{ crm.Driver }

func (d already) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	members := func(w crm.Write) bool { return w.Object == crm.ObjectCampaignMember }
	out, err := d.Driver.Write(ctx, slices.DeleteFunc(slices.Clone(batch), members))
	for i, w := range batch {
		if members(w) {
			out = slices.Insert(out, i, crm.Result{Err: &crm.Error{Op: "write", Object: w.Object, Class: crm.ErrInvalid, Code: "DUPLICATE_VALUE"}})
		}
	}
	return out, err
}

// TestAT06FlowReportsTheRecordLater: a Flow that writes by itself tells the record's
// id afterwards; the actions wait for it.
func TestAT06FlowReportsTheRecordLater(t *testing.T) {
	w := hiring(t)
	w.parts = w.parts.With("config.json", strings.Replace(mustPart(w, "config.json"), `"handoff"`, `"strategy": "flow", "handoff"`, 1))
	w.configure("config.json")
	w.run()
	w.demand("1.status = done\n1.what = handed_to_flow\n1.actions = task:pending campaign:pending sequence:pending notice:done\ncrm.created.Task = 0")
	if err := w.db.Put(crm.Record{Object: crm.ObjectContact, ID: id("C5"), Fields: crm.Fields{"LastName": "Doe", "AccountId": id("A1")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.FlowDone(t.Context(), w.keys[0], routing.FlowReport{ContactID: id("C5")}, "current"); err != nil {
		t.Fatal(err)
	}
	w.demand("1.actions = task:done campaign:done sequence:done notice:done\ncrm.created.Task = 1\ncrm.created.Contact = 0")
	if got := w.db.Records(crm.ObjectTask)[0].Fields["WhoId"]; got != id("C5") {
		t.Errorf("the task is on %s", got)
	}
}

func mustPart(w *world, name string) string {
	text, ok := w.parts.Get(name)
	if !ok {
		w.t.Fatalf("no part %s", name)
	}
	return text
}

func TestEngineAsksForWhomSequencesAreTold(t *testing.T) {
	w := hiring(t)
	deps := w.deps()
	deps.Sequences = nil
	_, err := routing.New(w.config("config.json"), deps, nil)
	if bad, ok := errors.AsType[*routing.ConfigError](err); !ok || !strings.Contains(bad.Error(), "welcome") {
		t.Errorf("error %v", err)
	}
}

// TestAT06LeadHasItsOwnActions: a lead's task is about the lead alone, and its member
// refers to a lead.
func TestAT06LeadHasItsOwnActions(t *testing.T) {
	w := hiring(t)
	w.parts = w.parts.With("config.json", strings.Replace(mustPart(w, "config.json"), `"handoff"`, `"strategy": "always-lead", "handoff"`, 1))
	w.configure("config.json")
	w.run()
	w.demand("1.what = lead_created\n1.actions = task:done campaign:done sequence:done notice:done")
	task, member := w.db.Records(crm.ObjectTask)[0].Fields, w.db.Records(crm.ObjectCampaignMember)[0].Fields
	lead := w.record(w.keys[0]).Outcome.LeadID
	if task["WhoId"] != lead || task["WhatId"] != "" || member["LeadId"] != lead || member["ContactId"] != "" {
		t.Errorf("task %v, member %v", task, member)
	}
}

// TestAT06DepartureHasAHandoffToo: the past record is what a rep looks at.
func TestAT06DepartureHasAHandoffToo(t *testing.T) {
	w := scenario(t, "config.json", `{"configurations": [{"name": "gone", "when": {"signals": ["departure"], "categories": ["customer"]}, "handoff": {"task": {"subject": "Who follows?"}}}]}`,
		"Account.csv", "Id,Name,Website,OwnerId,Type\n@A1,Acme Inc,acme.com,@U1,Customer\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId,OwnerId\n@C1,Jane,Doe,jane@acme.com,@A1,@U2\n",
		"events.jsonl", `{"person": {"crm_id": "@C1"}, "from": {"company": "Acme"}}`)
	w.run()
	w.demand("1.what = departure_recorded\n1.signal = departure\n1.actions = task:done")
	task := w.db.Records(crm.ObjectTask)[0].Fields
	if task["WhoId"] != id("C1") || task["WhatId"] != id("A1") || task["OwnerId"] != id("U2") {
		t.Errorf("task %v", task)
	}
	shadow := scenario(t, "config.json", strings.Replace(mustPart(w, "config.json"), "{", `{"mode": "shadow", `, 1), "Account.csv", mustPart(w, "Account.csv"),
		"Contact.csv", mustPart(w, "Contact.csv"), "events.jsonl", mustPart(w, "events.jsonl"))
	shadow.run()
	shadow.demand("1.what = departure_recorded\n1.trace has task\n1.actions =\ncrm.created.Task = 0")
}
