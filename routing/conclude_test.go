package routing

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
)

// newcomer is the plan of a move with a new account, a contact on it and a mark.
func newcomer() Plan {
	return Plan{
		Key: "file:x/1", Move: "m1", Mode: ModeLive, Status: StatusDone, What: WhatAccountAndContact, Reason: ReasonNoAccount,
		Past: &crm.Ref{Object: crm.ObjectContact, ID: "003P"}, PersonWrite: "k-person", NewAccount: "k-account", Credits: 1,
		Writes: []crm.Write{
			{Key: "k-mark", Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: "003P", Set: crm.Fields{"Left_Company__c": "true"}},
			{Key: "k-account", Verb: crm.VerbCreate, Object: crm.ObjectAccount, Set: crm.Fields{"Name": "Beta"}},
			{Key: "k-person", Verb: crm.VerbCreate, Object: crm.ObjectContact, Link: map[string]crm.Key{"AccountId": "k-account"},
				Set: crm.Fields{"LastName": "Doe", "Title": "CFO", "Email": "jane@beta.io", "Past_Account__c": "001P", "OwnerId": "005"}},
		},
		Event: &crm.Write{Key: "k-event", Verb: crm.VerbUpsert, Object: crm.ObjectJobChange, Set: crm.Fields{"Past_Contact__c": "003P"}},
	}
}

var (
	markDone    = Receipt{Key: "k-mark", Object: crm.ObjectContact, ID: "003P"}
	accountDone = Receipt{Key: "k-account", Object: crm.ObjectAccount, ID: "001N", Created: true}
	personDone  = Receipt{Key: "k-person", Object: crm.ObjectContact, ID: "003N", Created: true}
	eventDone   = Receipt{Key: "k-event", Object: crm.ObjectJobChange, ID: "a00N"}
)

func refusal(key crm.Key, class string, matches ...string) Receipt {
	return Receipt{Key: key, Object: crm.ObjectContact, Class: class, Error: class, Matches: matches}
}

// TestConclude is the table over Conclude, row by row.
func TestConclude(t *testing.T) {
	p := policy(t, func(*Config) {})
	for _, c := range []struct {
		name     string
		receipts []Receipt
		status   Status
		what     What
		reason   Reason
		contact  string
		account  string
		credits  int
	}{
		{"nothing written yet", nil, StatusDone, WhatAccountAndContact, ReasonNoAccount, "", "", 1},
		{"all done", []Receipt{markDone, accountDone, personDone, eventDone}, StatusDone, WhatAccountAndContact, ReasonNoAccount, "003N", "001N", 1},
		{"blocked by a rule", []Receipt{markDone, accountDone, refusal("k-person", "duplicate", "003D")},
			StatusReview, WhatBlocked, ReasonDuplicateRule, "", "001N", 0},
		{"account blocked by a rule", []Receipt{markDone, refusal("k-account", "duplicate", "001D"), refusal("k-person", "parent")},
			StatusReview, WhatBlocked, ReasonDuplicateRule, "", "", 0},
		{"account refused", []Receipt{markDone, refusal("k-account", "invalid"), refusal("k-person", "parent")},
			StatusParked, WhatRefused, ReasonRefusedByCRM, "", "", 0},
		{"person refused after the account", []Receipt{markDone, accountDone, refusal("k-person", "invalid")},
			StatusParked, WhatPartial, ReasonPartial, "", "001N", 0},
		{"mark refused", []Receipt{refusal("k-mark", "invalid"), accountDone, personDone}, StatusParked, WhatPartial, ReasonPartial, "003N", "001N", 1},
		{"past record out of sight", []Receipt{refusal("k-mark", "not_visible"), accountDone, personDone},
			StatusDone, WhatAccountAndContact, ReasonNoAccount, "003N", "001N", 1},
		{"person out of sight", []Receipt{markDone, accountDone, refusal("k-person", "not_visible")},
			StatusParked, WhatPartial, ReasonPartial, "", "001N", 0},
		{"event record refused", []Receipt{markDone, accountDone, personDone, refusal("k-event", "invalid")},
			StatusParked, WhatPartial, ReasonPartial, "003N", "001N", 1},
		{"blocked, and the event record refused", []Receipt{accountDone, refusal("k-person", "duplicate", "003D"), refusal("k-event", "invalid")},
			StatusReview, WhatBlocked, ReasonDuplicateRule, "", "001N", 0},
		{"blocked, then enriched", []Receipt{markDone, accountDone, refusal("k-person", "duplicate", "003D"),
			{Key: followKey(newcomer()), Object: crm.ObjectContact, ID: "003D"}}, StatusDone, WhatEnriched, ReasonEnrichedOnBlock, "003D", "001N", 0},
		{"receipts of a plan that was discarded", []Receipt{{Key: "k-other", Object: crm.ObjectContact, Class: "invalid"}, markDone, accountDone, personDone},
			StatusDone, WhatAccountAndContact, ReasonNoAccount, "003N", "001N", 1},
	} {
		o := Conclude(p, newcomer(), c.receipts)
		if o.Status != c.status || o.What != c.what || o.Reason != c.reason || o.ContactID != c.contact || o.AccountID != c.account || o.Credits != c.credits {
			t.Errorf("%s: %s %s %s, contact %q, account %q, credits %d", c.name, o.Status, o.What, o.Reason, o.ContactID, o.AccountID, o.Credits)
		}
		if o.PastID != "003P" {
			t.Errorf("%s: the past record is %q", c.name, o.PastID)
		}
	}
}

// TestModesFilterThePlan: the plan says what would be done; the mode lets through.
func TestModesFilterThePlan(t *testing.T) {
	p := policy(t, func(*Config) {})
	for mode, want := range map[Mode]struct {
		writes  int
		event   bool
		credits int
	}{ModeLive: {3, true, 1}, ModeShadow: {0, true, 0}, ModeDry: {0, false, 0}} {
		plan := newcomer()
		plan.Mode = mode
		o := Conclude(p, plan, nil)
		if len(plan.Effects()) != want.writes || plan.WritesEvent() != want.event || o.Credits != want.credits {
			t.Errorf("%s: %d writes, event record %v, %d credits", mode, len(plan.Effects()), plan.WritesEvent(), o.Credits)
		}
	}
	if (Plan{Mode: ModeLive}).WritesEvent() {
		t.Error("a plan without an event record writes one")
	}
}

// TestFollowUp: only where it is configured, only after a block, and only a
// record of a person that the rule named.
func TestFollowUp(t *testing.T) {
	off := policy(t, func(*Config) {})
	on := policy(t, func(c *Config) { c.DuplicateRules.EnrichOnBlock = true })
	blocked := func(ids ...string) []Receipt { return []Receipt{refusal("k-person", "duplicate", ids...)} }
	for name, c := range map[string]struct {
		p        *Policy
		receipts []Receipt
		id       string
	}{
		"switched off":                 {off, blocked("003D"), ""},
		"not blocked":                  {on, []Receipt{personDone}, ""},
		"refused otherwise":            {on, []Receipt{refusal("k-person", "invalid")}, ""},
		"the rule named nobody":        {on, blocked(), ""},
		"the rule named an account":    {on, blocked("001D"), ""},
		"a contact":                    {on, blocked("001D", "003D", "00QD"), "003D"},
		"a lead":                       {on, blocked("00QD"), "00QD"},
		"another write of it was held": {on, []Receipt{refusal("k-account", "duplicate", "001D")}, ""},
	} {
		ws := FollowUp(c.p, newcomer(), c.receipts)
		if c.id == "" {
			if len(ws) != 0 {
				t.Errorf("%s: writes %v", name, ws)
			}
			continue
		}
		want := crm.Fields{"Title": "CFO", "Email": "jane@beta.io", "Past_Account__c": "001P"}
		if len(ws) != 1 || ws[0].ID != c.id || ws[0].Verb != crm.VerbUpdate || len(ws[0].Set) != 0 {
			t.Errorf("%s: writes %v", name, ws)
		} else if diff := cmp.Diff(want, ws[0].Fill); diff != "" {
			t.Errorf("%s: fills (-want +got):\n%s", name, diff)
		}
	}
}

// TestReceiptsNameTheClass: the narrow class before the wide one.
func TestReceiptsNameTheClass(t *testing.T) {
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	w := crm.Write{Key: "k", Verb: crm.VerbCreate, Object: crm.ObjectLead}
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{crm.ErrDuplicate, "duplicate"},
		{fmt.Errorf("x: %w", crm.ErrInvalid), "invalid"},
		{crm.ErrInactiveOwner, "inactive_owner"},
		{&crm.Error{Class: crm.ErrParent, Err: crm.ErrInvalid}, "parent"},
		{crm.ErrNotVisible, "not_visible"},
		{crm.ErrDenied, "denied"},
		{crm.ErrNotFound, "not_found"},
		{errors.New("odd"), "refused"},
	} {
		r := receiptOf(w, crm.Result{ID: "00Q1", Err: c.err}, at)
		if r.Class != c.want || (c.err != nil) != (r.Error != "") || r.Key != w.Key || r.At != at {
			t.Errorf("%v: %+v", c.err, r)
		}
	}
	r := receiptOf(w, crm.Result{Err: &crm.Error{Class: crm.ErrDuplicate, Rule: "Same Phone", Matches: []string{"003D"}}}, at)
	if r.Rule != "Same Phone" || len(r.Matches) != 1 {
		t.Errorf("rule %q, matches %v", r.Rule, r.Matches)
	}
}

func TestEventRecordIsCompleted(t *testing.T) {
	p := policy(t, func(*Config) {})
	plan := newcomer()
	w := EventRecord(p, plan, Outcome{Status: StatusDone, What: WhatContact, Reason: ReasonAccountMatched, ContactID: "003N", AccountID: "001N"}, "why")
	want := crm.Fields{
		"Past_Contact__c": "003P", "Status__c": "done", "Outcome__c": "contact_created", "Reason__c": "account_matched",
		"Contact__c": "003N", "New_Account__c": "001N", "Explanation__c": "why",
	}
	if diff := cmp.Diff(want, w.Set); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if len(plan.Event.Set) != 1 {
		t.Errorf("the plan was changed: %v", plan.Event.Set)
	}
	dropHidden(w.Set, plan, []Receipt{refusal("k-mark", classNotVisible)})
	if _, there := w.Set["Past_Contact__c"]; there {
		t.Error("it refers to a record that cannot be seen")
	}
}

// policy is that of the complete configuration, changed.
func policy(t *testing.T, change func(*Config)) *Policy {
	t.Helper()
	cfg := complete()
	change(&cfg)
	p, err := NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
