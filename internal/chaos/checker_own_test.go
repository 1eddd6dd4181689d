package chaos

import (
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
)

// sound is a small history in which everything holds: one move that made an
// account and a contact, one that was filtered, and one that nobody knows about.
func sound() history {
	plan := &routing.Plan{
		Key: "feed:a", Mode: routing.ModeLive, Status: routing.StatusDone, What: routing.WhatAccountAndContact, Credits: 1,
		Writes: []crm.Write{
			{Key: "k-account", Verb: crm.VerbCreate, Object: crm.ObjectAccount},
			{Key: "k-contact", Verb: crm.VerbCreate, Object: crm.ObjectContact},
		},
		Event:   &crm.Write{Key: "k-event", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange},
		Notices: []routing.Notice{{ID: "n1"}},
	}
	done := routing.Record{Delivery: routing.Delivery{Key: "feed:a"}, Status: routing.StatusDone, Plan: plan}
	done.Outcome = routing.Outcome{
		Status: routing.StatusDone, What: plan.What, Reason: "made", Credits: 1, ContactID: "003A", AccountID: "001A", EventRecordID: "a00A",
	}
	filtered := routing.Record{Delivery: routing.Delivery{Key: "feed:b"}, Status: routing.StatusFiltered}
	filtered.Outcome = routing.Outcome{Status: routing.StatusFiltered, What: routing.WhatNothing, Reason: "stale"}
	return history{
		Attempts: []attempt{
			{"feed:a", endInfo, ""}, {"feed:a", endOK, "1"}, {"feed:a", endOK, "1"}, {"feed:b", endOK, "2"},
			{"feed:c", endInfo, ""}, {"feed:d", endFail, ""},
		},
		Records: []routing.Record{done, filtered},
		Notices: []string{"n1", "n1"},
		Effects: []memcrm.Effect{
			{Object: crm.ObjectAccount, ID: "001A", Key: "k-account", Verb: crm.VerbCreate},
			{Object: crm.ObjectContact, ID: "003A", Key: "k-contact", Verb: crm.VerbCreate},
			{Object: crm.ObjectJobChange, ID: "a00A", Key: "k-event", Verb: crm.VerbCreate},
			{Object: crm.ObjectJobChange, ID: "a00A", Key: "k-dri", Verb: crm.VerbUpdate},
		},
		CRM: []crm.Record{
			{Object: crm.ObjectAccount, ID: "001A", Fields: crm.Fields{"Name": "Acme"}},
			{Object: crm.ObjectContact, ID: "003A", Fields: crm.Fields{"AccountId": "001A"}},
			{Object: crm.ObjectJobChange, ID: "a00A"},
		},
		State: "one", Model: "one", Booked: map[string]int{"feed:a": 1},
	}
}

// TestCheckerSeesEachBadHistory spoils a sound history in one way at a time: the
// equation that it breaks is named, and no other.
func TestCheckerSeesEachBadHistory(t *testing.T) {
	if bad := check(sound()); len(bad) > 0 {
		t.Fatalf("the sound history: %v", bad)
	}
	for _, c := range []struct {
		name, equation string
		spoil          func(h *history)
	}{
		{"accepted and gone", eqLost, func(h *history) { h.Records = h.Records[:1] }},
		{"never finished", eqLost, func(h *history) { h.Records[1].Status = routing.StatusAccepted }},
		{"waits for nothing", eqLost, func(h *history) { h.Records[1].Status = routing.StatusWaiting }},
		{"ended for no reason", eqLost, func(h *history) { h.Records[1].Outcome.Reason = "" }},
		{"two records", eqOnce, func(h *history) { h.Records = append(h.Records, h.Records[1]) }},
		{"unknown answer, twice there", eqOnce, func(h *history) {
			r := h.Records[1]
			r.Key = "feed:c"
			h.Records = append(h.Records, r, r)
		}},
		{"refused and there", eqPhantom, func(h *history) {
			r := h.Records[1]
			r.Key = "feed:d"
			h.Records = append(h.Records, r)
		}},
		{"never sent", eqPhantom, func(h *history) {
			r := h.Records[1]
			r.Key = "feed:e"
			h.Records = append(h.Records, r)
		}},
		{"effect of no plan", eqPhantom, func(h *history) {
			h.Effects = append(h.Effects, memcrm.Effect{Object: crm.ObjectAccount, ID: "001B", Key: "k-other", Verb: crm.VerbCreate})
		}},
		{"update of no plan, without a key", eqPhantom, func(h *history) {
			h.Effects = append(h.Effects, memcrm.Effect{Object: crm.ObjectContact, ID: "003B", Verb: crm.VerbUpdate})
		}},
		{"somebody else's event record", eqPhantom, func(h *history) { h.Effects[3].ID = "a00B" }},
		{"made twice", eqDoubled, func(h *history) { h.Effects = append(h.Effects, h.Effects[0]) }},
		{"done and not made", eqMissing, func(h *history) { h.Effects = h.Effects[1:] }},
		{"no account", eqOrphan, func(h *history) { h.CRM = h.CRM[1:] }},
		{"names what is not there", eqOrphan, func(h *history) { h.CRM = h.CRM[:2] }},
		{"credit for nothing", eqCredits, func(h *history) { h.Records[1].Outcome.Credits = 1 }},
		{"person for nothing", eqCredits, func(h *history) { h.Records[0].Outcome.Credits = 0 }},
		{"credit not booked", eqBooked, func(h *history) { h.Booked = map[string]int{} }},
		{"credit booked twice", eqBooked, func(h *history) { h.Booked["feed:a"] = 2 }},
		{"credit booked for nobody", eqBooked, func(h *history) { h.Booked["feed:z"] = 1 }},
		{"another receipt", eqReceipt, func(h *history) { h.Attempts[2].Receipt = "3" }},
		{"nobody told", eqNotice, func(h *history) { h.Notices = nil }},
		{"somebody told of nothing", eqNotice, func(h *history) { h.Notices = append(h.Notices, "n2") }},
		{"responsible people found out twice", eqDRI, func(h *history) {
			h.Records[0].DRI = []routing.DRIState{{Written: crm.Fields{"A": "1"}}, {Written: crm.Fields{"A": "1"}}}
		}},
		{"two accounts", eqAccounts, func(h *history) {
			h.CRM = append(h.CRM, crm.Record{Object: crm.ObjectAccount, ID: "001B", Fields: crm.Fields{"Name": "Acme"}})
		}},
		{"another end", eqState, func(h *history) { h.State = "two" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := sound()
			c.spoil(&h)
			bad := check(h)
			if len(bad) == 0 {
				t.Fatal("not seen")
			}
			if !slices.ContainsFunc(bad, func(v violation) bool { return v.Equation == c.equation }) {
				t.Errorf("%v, want %s", bad, c.equation)
			}
			for _, v := range bad {
				if v.Equation != c.equation && v.Equation != eqCredits && v.Equation != eqBooked {
					t.Errorf("%s as well: %s", v.Equation, v.Text)
				}
			}
		})
	}
}
