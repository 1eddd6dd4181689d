package routing_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

// The fields of the event record that this is about.
const (
	driField        = "Current_Record_DRI__c"
	driManager      = "Current_Record_DRI_Manager__c"
	pastDRI         = "Past_Record_DRI__c"
	pastDRIManager  = "Past_Record_DRI_Manager__c"
	driOwnerManager = "Record_Owner_Manager__c"
	driQueue        = "DRI_Queue__c"
)

// The standard users report to U8; U4 reports to U7. The past account is U2's.
const (
	driUsers    = "Id,Name,IsActive,ManagerId\n@U4,User 4,true,@U7\n@U7,User 7,true,\n"
	driAccounts = "Id,Name,Website,OwnerId\n@A1,Acme Inc,acme.com,@U2\n@A2,Beta Ltd,beta.io,@U1\n@A3,Gamma Ltd,gamma.io,@U3\n"
	driContacts = "Id,FirstName,LastName,Email,AccountId,OwnerId\n@C1,Jane,Doe,jane@acme.com,@A1,@U3\n"
	newAtBeta   = `{"person": {"full_name": "Ada Roe"}, "to": {"company": "Beta", "domain": "beta.io"}}`
	janeToBeta  = `{"person": {"full_name": "Jane Doe", "crm_id": "@C1"}, "to": {"company": "Beta", "domain": "beta.io"}}`
	janeLeft    = `{"person": {"full_name": "Jane Doe", "crm_id": "@C1"}, "from": {"company": "Acme", "domain": "acme.com"}}`
)

// watched is a world at ten o'clock, with some of the parts above.
func watched(t *testing.T, events string, more ...string) *world {
	t.Helper()
	w := scenario(t, append([]string{
		"User.csv", driUsers, "Account.csv", driAccounts, "Contact.csv", driContacts, "events.jsonl", events,
	}, more...)...)
	w.now = at(10, 0)
	return w
}

// at is a time of the day on which the tests begin.
func at(hour, minute int) time.Time {
	return time.Date(2026, 11, 23, hour, minute, 0, 0, time.UTC)
}

// assign looks for responsible people and wants so many moves to be looked at.
func (w *world) assign(want int) {
	w.t.Helper()
	n, err := w.engine.AssignDRI(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if n != want {
		w.t.Fatalf("at %s %d moves were looked at, want %d", w.now.Format(time.RFC3339), n, want)
	}
}

// wantPeople compares fields of an event's event record, named and with labels.
func (w *world) wantPeople(event string, want crm.Fields) {
	w.t.Helper()
	id := w.record(w.key(event)).Outcome.EventRecordID
	r, ok := w.db.Record(id)
	if !ok {
		w.t.Fatalf("event %s has no event record", event)
	}
	got := crm.Fields{}
	for _, field := range []string{driField, driManager, pastDRI, pastDRIManager, driOwnerManager, driQueue} {
		if r.Fields[field] != "" {
			got[field] = w.label(r.Fields[field])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("event %s at %s (-want +got):\n%s", event, w.now.Format(time.RFC3339), diff)
	}
}

// responsible are the users of a history, joins and leaves in one text each.
func (w *world) responsible(event string) []string {
	w.t.Helper()
	out := []string{}
	for _, s := range w.record(w.key(event)).DRI {
		text := string(s.Reason)
		for _, a := range s.Assignments {
			text += string(a.Scenario) + " " + w.label(a.UserID) + a.Queue + ";"
		}
		out = append(out, text)
	}
	return out
}

func (w *world) wantHistory(event string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), w.responsible(event)); diff != "" {
		w.t.Errorf("history of event %s (-want +got):\n%s", event, diff)
	}
}

func (w *world) wantNext(event string, want time.Time) {
	w.t.Helper()
	if got := w.record(w.key(event)).DRIDue; !got.Equal(want) {
		w.t.Errorf("event %s is looked at again at %s, want %s", event, got, want)
	}
}

func TestDR10WrittenAfterHalfAnHourAndAgainAtNight(t *testing.T) {
	w := watched(t, newAtBeta)
	w.run()
	blank := crm.Fields{driOwnerManager: "@U8"} // known with the record, and of no DRI
	w.wantPeople("1", blank)
	w.now = at(10, 29)
	w.assign(0)
	w.wantPeople("1", blank)
	w.now = at(10, 30)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U1", driManager: "@U8", driOwnerManager: "@U8"})
	w.wantNext("1", at(26, 0))
	w.assign(0)
	w.do("edit " + id("A2") + " OwnerId=" + id("U4"))
	w.now = at(25, 59)
	w.assign(0)
	w.now = at(26, 0)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U4", driManager: "@U7", driOwnerManager: "@U8"})
	w.wantNext("1", at(50, 0))
}

// TestDR10RecordThatCameLate: the CRM was away when the move was decided; the
// half hour runs from the record.
func TestDR10RecordThatCameLate(t *testing.T) {
	w := watched(t, newAtBeta)
	w.now = at(10, 0)
	w.validate(crm.ObjectContact)
	w.run()
	w.demand("1.status = parked")
	w.mended[crm.ObjectContact] = true
	w.now = at(11, 0)
	w.do("resume 1")
	w.do("drain")
	w.demand("1.status = done")
	w.assign(1) // due since half past ten, and put off
	w.wantHistory("1")
	w.now = at(11, 29)
	w.assign(0)
	w.now = at(11, 30)
	w.assign(1)
	w.wantHistory("1", "joins @U1;")
}

func TestDR11NightlyRunFollowsTheOwner(t *testing.T) {
	w := watched(t, newAtBeta)
	w.run()
	told, err := w.ledger.Notices(t.Context(), 9)
	if err != nil || len(told) != 1 {
		t.Fatalf("%d notices, want that of the move: %v", len(told), err)
	}
	w.now = at(10, 30)
	w.assign(1)
	w.now = at(12, 0)
	w.do("edit " + id("A2") + " OwnerId=" + id("U4"))
	w.now = at(26, 0)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U4", driManager: "@U7", driOwnerManager: "@U8"})
	w.wantHistory("1", "joins @U1;", "joins @U4;")
	first, second := w.record(w.keys[0]).DRI[0], w.record(w.keys[0]).DRI[1]
	if !first.At.Equal(at(10, 30)) || !second.At.Equal(at(26, 0)) || first.Written[driField] != id("U1") || second.Written[driField] != id("U4") {
		t.Errorf("history %+v", w.record(w.keys[0]).DRI)
	}
	if told, _ := w.ledger.Notices(t.Context(), 9); len(told) != 1 {
		t.Errorf("%d notices, want none for the recomputation", len(told))
	}
}

// TestDR11NothingChanged: a night without news writes nothing and adds nothing to
// the history.
func TestDR11NothingChanged(t *testing.T) {
	w := watched(t, newAtBeta+"\n"+janeToBeta)
	w.run()
	w.now = at(10, 30)
	w.assign(2)
	writes := w.db.Stats().Items
	for night := range 3 {
		w.now = at(26+24*night, 0)
		w.assign(2)
	}
	if n := w.db.Stats().Items - writes; n != 0 {
		t.Errorf("%d records were written though nothing had changed", n)
	}
	w.wantHistory("1", "joins @U1;")
	w.wantHistory("2", "joins @U1;leaves @U2;")
}

// TestDR11OnlyWhatChangedIsWritten: what somebody else put into another field
// stays.
func TestDR11OnlyWhatChangedIsWritten(t *testing.T) {
	w := watched(t, janeToBeta)
	w.run()
	w.now = at(10, 30)
	w.assign(1)
	w.do("edit " + w.record(w.keys[0]).Outcome.EventRecordID + " " + pastDRI + "=" + id("U3"))
	w.do("edit " + id("A2") + " OwnerId=" + id("U4"))
	w.now = at(26, 0)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U4", driManager: "@U7", pastDRI: "@U3", pastDRIManager: "@U8", driOwnerManager: "@U8"})
}

func TestDR12ConvertedLeadIsAContact(t *testing.T) {
	w := watched(t, `{"person": {"full_name": "Ada Roe"}, "to": {"company": "Delta", "domain": "delta.io"}}`,
		"setup", "lead-rule @U3\n",
		"config.json", `{"owners": {"lead": "@U2"}, "dri": {"joins": {"other": {"lead": "record.owner", "contact": ["account.owner"]}}}}`)
	w.run()
	w.demand("1.what = lead_created")
	w.now = at(10, 30)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U2", driManager: "@U8", driOwnerManager: "@U8"})
	account, err := w.db.Add(crm.ObjectAccount, crm.Fields{"Name": "Delta", "OwnerId": id("U4")})
	if err != nil {
		t.Fatal(err)
	}
	contact, err := w.db.Add(crm.ObjectContact, crm.Fields{"LastName": "Roe", "AccountId": account, "OwnerId": id("U1")})
	if err != nil {
		t.Fatal(err)
	}
	w.do("convert " + w.record(w.keys[0]).Outcome.LeadID + " " + contact + " " + account)
	w.now = at(26, 0)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U4", driManager: "@U7", driOwnerManager: "@U8"})
	w.wantHistory("1", "joins @U2;", "joins @U4;")
}

func TestDR18LeaveWithoutDestination(t *testing.T) {
	w := watched(t, janeLeft)
	w.run()
	w.demand("1.what = departure_recorded")
	w.now = at(10, 29)
	w.assign(0)
	w.now = at(10, 30)
	w.assign(1)
	w.wantPeople("1", crm.Fields{pastDRI: "@U2", pastDRIManager: "@U8", driOwnerManager: "@U8"})
	w.wantHistory("1", "leaves @U2;")
}

func TestDR18ExistingRecordEnriched(t *testing.T) {
	w := watched(t, `{"person": {"full_name": "Jane Doe", "email": "jane@acme.com"}, "to": {"company": "Acme", "domain": "acme.com", "title": "CFO"}}`)
	w.run()
	w.demand("1.what = enriched\ncrm.created.Contact = 0")
	w.now = at(10, 30)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U2", driManager: "@U8", driOwnerManager: "@U8"})
}

// TestDR18HowLong: 180 days from the event record; an open departure has no end.
func TestDR18HowLong(t *testing.T) {
	for _, tt := range []struct {
		name, event string
		open        bool
	}{{"DR18 closed", newAtBeta, false}, {"DR18 open departure", janeLeft, true}} {
		t.Run(tt.name, func(t *testing.T) {
			w := watched(t, tt.event)
			w.run()
			w.now = at(10, 30)
			w.assign(1)
			w.now = at(10, 0).AddDate(0, 0, 179)
			w.assign(1)
			w.wantNext("1", at(2, 0).AddDate(0, 0, 180))
			w.now = at(2, 0).AddDate(0, 0, 180)
			w.assign(1)
			if due := w.record(w.keys[0]).DRIDue; due.IsZero() == tt.open {
				t.Errorf("after 180 days due at %s", due)
			}
			w.now = w.now.AddDate(1, 0, 0)
			if tt.open {
				w.assign(1)
			} else {
				w.assign(0)
			}
		})
	}
}

// TestDR18DestinationAfterTheDeparture: the event record of the departure becomes
// that of the move, and is kept once.
func TestDR18DestinationAfterTheDeparture(t *testing.T) {
	w := watched(t, janeLeft+"\n"+janeToBeta, "steps", "handle 1\n")
	w.run()
	w.now = at(10, 30)
	w.assign(1)
	w.now = at(12, 0)
	if err := w.handle("2"); err != nil {
		t.Fatal(err)
	}
	if a, b := w.record(w.keys[0]).Outcome.EventRecordID, w.record(w.keys[1]).Outcome.EventRecordID; a != b {
		t.Fatalf("two event records, %s and %s", a, b)
	}
	w.wantNext("1", time.Time{})
	w.now = at(12, 30)
	w.assign(1)
	w.wantPeople("2", crm.Fields{driField: "@U1", driManager: "@U8", pastDRI: "@U2", pastDRIManager: "@U8", driOwnerManager: "@U8"})
	w.now = at(26, 0)
	w.assign(1)
}

// TestDR05QueueInTime: a queue has neither user nor manager; its name is in the
// event record.
func TestDR05QueueInTime(t *testing.T) {
	const group = "Id,Name,Type\n@G1,Inbound,Queue\n"
	lead := `{"person": {"full_name": "Ada Roe"}, "to": {"company": "Delta", "domain": "delta.io"}}`
	for _, tt := range []struct {
		name, config string
		want         crm.Fields
		history      string
	}{
		{"DR05 allowed", `{"owners": {"lead": "queue(@G1)"}, "dri": {"allow_queue": true}}`, crm.Fields{driQueue: "Inbound"}, "joins Inbound;"},
		{"DR05 not allowed, the chain goes on", `{"owners": {"lead": "queue(@G1)"}, "dri": {"joins": {"other": {"lead": ["record.owner", "@U4"]}}}}`,
			crm.Fields{driField: "@U4", driManager: "@U7"}, "joins @U4;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := watched(t, lead, "Group.csv", group, "config.json", tt.config)
			w.run()
			w.demand("1.what = lead_created")
			w.now = at(10, 30)
			w.assign(1)
			w.wantPeople("1", tt.want)
			w.wantHistory("1", tt.history)
		})
	}
}

// TestDR05QueueGivesWay: a lead that somebody takes out of the queue.
func TestDR05QueueGivesWay(t *testing.T) {
	w := watched(t, `{"person": {"full_name": "Ada Roe"}, "to": {"company": "Delta", "domain": "delta.io"}}`,
		"Group.csv", "Id,Name,Type\n@G1,Inbound,Queue\n", "config.json", `{"owners": {"lead": "queue(@G1)"}, "dri": {"allow_queue": true}}`)
	w.run()
	w.now = at(10, 30)
	w.assign(1)
	w.do("edit " + w.record(w.keys[0]).Outcome.LeadID + " OwnerId=" + id("U4"))
	w.now = at(26, 0)
	w.assign(1)
	w.wantPeople("1", crm.Fields{driField: "@U4", driManager: "@U7", driOwnerManager: "@U7"})
	w.wantHistory("1", "joins Inbound;", "joins @U4;")
}

func TestRoundRobinKeepsYesterdaysUser(t *testing.T) {
	w := watched(t, newAtBeta, "config.json",
		`{"owners": {"pools": {"p": ["@U1", "@U2", "@U4"]}}, "dri": {"joins": {"other": {"contact": "round_robin(p)"}}}}`)
	w.run()
	w.now = at(10, 30)
	w.assign(1)
	w.wantHistory("1", "joins @U1;")
	w.now = at(26, 0)
	w.assign(1)
	w.wantHistory("1", "joins @U1;")
	w.do("edit " + id("U1") + " IsActive=false")
	w.now = at(50, 0)
	w.assign(1)
	w.wantHistory("1", "joins @U1;", "joins @U2;")
	if a, err := w.ledger.Lookup(t.Context(), routing.Question{Pools: []string{"p"}}); err != nil || a.Rota["p"] != 1 {
		t.Errorf("the pool, which the decision moved to 1, went on to %d by night: %v", a.Rota["p"], err)
	}
}

// TestMissedNightsAreCaughtUpOnce: nothing ran for five days.
func TestMissedNightsAreCaughtUpOnce(t *testing.T) {
	w := watched(t, newAtBeta)
	w.run()
	w.now = at(10, 30)
	w.assign(1)
	w.do("edit " + id("A2") + " OwnerId=" + id("U4"))
	w.now = at(15, 0).AddDate(0, 0, 5)
	w.assign(1)
	w.assign(0)
	w.wantHistory("1", "joins @U1;", "joins @U4;")
	w.wantNext("1", at(2, 0).AddDate(0, 0, 6))
}

// TestNightsOfTheClock: two o'clock where the org is, also on the days on which
// clocks are changed; one night a day. Where two o'clock is missing it is one;
// where it comes twice it is the second.
func TestNightsOfTheClock(t *testing.T) {
	for _, tt := range []struct {
		name, zone, nightly string
		from                time.Time
		want                []string
	}{
		{"west of Greenwich", "America/New_York", "02:00", time.Date(2026, 1, 10, 6, 59, 0, 0, time.UTC), []string{"2026-01-10T07:00:00Z", "2026-01-11T07:00:00Z"}},
		{"half an hour off", "Asia/Kolkata", "02:30", time.Date(2026, 1, 10, 6, 0, 0, 0, time.UTC), []string{"2026-01-10T21:00:00Z", "2026-01-11T21:00:00Z"}},
		{"a night without two o'clock", "America/New_York", "02:00", time.Date(2026, 3, 7, 6, 0, 0, 0, time.UTC),
			[]string{"2026-03-07T07:00:00Z", "2026-03-08T06:00:00Z", "2026-03-09T06:00:00Z"}},
		{"a night with two o'clock twice", "Europe/Berlin", "02:00", time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC),
			[]string{"2026-10-25T01:00:00Z", "2026-10-26T01:00:00Z", "2026-10-27T01:00:00Z"}},
		{"a day that was left out", "Pacific/Apia", "02:00", time.Date(2011, 12, 29, 11, 0, 0, 0, time.UTC),
			[]string{"2011-12-29T12:00:00Z", "2011-12-30T12:00:00Z", "2011-12-31T12:00:00Z"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := scenario(t).config("config.json")
			cfg.DRI.TimeZone, cfg.DRI.Nightly = tt.zone, tt.nightly
			p, err := routing.NewPolicy(cfg)
			if err != nil {
				t.Fatal(err)
			}
			now, got := tt.from, []string{}
			rec := routing.Record{FinishedAt: tt.from, DRI: []routing.DRIState{{Assignments: []dri.Assignment{{Scenario: dri.Joins}}}}}
			for range tt.want {
				now = routing.DecideResponsible(p, rec, routing.Facts{Now: now}).Next
				got = append(got, now.Format(time.RFC3339))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("nights (-want +got):\n%s", diff)
			}
		})
	}
}
