package dri_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

func chain(t testing.TB, texts ...string) dri.Chain {
	t.Helper()
	c, err := dri.ParseChain(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func object(name string) crm.Object { return crm.Object(name) }

func day(s string) time.Time { return crm.ParseTime(s) }

// people are the users of the tests: U1–U9 report to their M, all M to BOSS.
func people(inactive ...string) []crm.User {
	users := []crm.User{{ID: "BOSS", Active: true}, {ID: "Q1", Name: "EMEA leads", Queue: true, Active: true}}
	for _, n := range []string{"1", "2", "3", "4", "5", "9"} {
		users = append(users, crm.User{ID: "U" + n, Active: true, ManagerID: "M" + n}, crm.User{ID: "M" + n, Active: true, ManagerID: "BOSS"})
	}
	for i := range users {
		for _, id := range inactive {
			if users[i].ID == id {
				users[i].Active = false
			}
		}
	}
	return users
}

func account(id, owner string, fields crm.Fields) *crm.Account {
	return &crm.Account{ID: id, OwnerID: owner, Fields: fields}
}

func contact(owner string) *crm.Person {
	return &crm.Person{Object: crm.ObjectContact, ID: "C1", OwnerID: owner}
}

func lead(owner string) *crm.Person {
	return &crm.Person{Object: crm.ObjectLead, ID: "L1", OwnerID: owner}
}

// customerJoins is the matrix of DR01–DR04.
func customerJoins(t testing.TB) dri.Matrix {
	return dri.Matrix{
		Default: "U9",
		Joins:   map[dri.Class]dri.Cell{dri.Customer: {Contact: chain(t, "account.CSM__c", "account.owner")}},
	}
}

func joinsCustomer(csm, owner string, users []crm.User) dri.Facts {
	return dri.Facts{Users: users, New: dri.Side{
		Record: contact(owner), Account: account("A1", owner, crm.Fields{"CSM__c": csm}), Classes: []dri.Class{dri.Customer},
	}}
}

func TestDR01MatrixCellNamesAUserField(t *testing.T) {
	got := dri.Resolve(customerJoins(t), dri.Joins, joinsCustomer("U5", "U1", people()))
	want := dri.Assignment{
		Scenario: dri.Joins, Class: dri.Customer, Row: dri.Customer,
		UserID: "U5", ManagerID: "M5", RecordManagerID: "M1",
		Finder: "account.CSM__c", Choice: 1, Reason: dri.ReasonFirstChoice,
		Steps: []dri.Step{{Finder: "account.CSM__c", UserID: "U5", Reason: dri.ReasonFound}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("assignment (-want +got):\n%s", diff)
	}
}

func TestDR02EmptyFieldFallsBackToTheSecond(t *testing.T) {
	got := dri.Resolve(customerJoins(t), dri.Joins, joinsCustomer("", "U1", people()))
	check(t, got, "U1", dri.ReasonFallback)
	if got.Choice != 2 || got.Steps[0].Reason != dri.ReasonEmpty {
		t.Errorf("choice %d after %s, want 2 after empty", got.Choice, got.Steps[0].Reason)
	}
}

func TestDR03InactiveUserIsPassedOver(t *testing.T) {
	got := dri.Resolve(customerJoins(t), dri.Joins, joinsCustomer("U5", "U1", people("U5")))
	check(t, got, "U1", dri.ReasonFallback)
	if want := (dri.Step{Finder: "account.CSM__c", UserID: "U5", Reason: dri.ReasonInactive}); got.Steps[0] != want {
		t.Errorf("first step %v, want %v", got.Steps[0], want)
	}
}

func TestDR04WholeChainEmptyGivesTheDefault(t *testing.T) {
	tests := []struct {
		name   string
		facts  dri.Facts
		user   string
		reason dri.Reason
	}{
		{"DR04 fields empty", joinsCustomer("", "", people()), "U9", dri.ReasonDefault},
		{"DR04 nothing known", dri.Facts{Users: people()}, "U9", dri.ReasonDefault},
		{"DR04 default user not read", joinsCustomer("", "", nil), "U9", dri.ReasonDefault},
		{"DR04 default inactive, manager stands in", joinsCustomer("", "", people("U9")), "M9", dri.ReasonDefault},
		{"DR04 default inactive, nobody above", joinsCustomer("", "", []crm.User{{ID: "U9"}}), "", dri.ReasonDefaultInactive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check(t, dri.Resolve(customerJoins(t), dri.Joins, tt.facts), tt.user, tt.reason)
		})
	}
}

func TestDR05LeadOwnedByAQueue(t *testing.T) {
	facts := dri.Facts{Users: people(), New: dri.Side{
		Record: lead("Q1"), Account: account("A1", "U2", nil), Classes: []dri.Class{dri.Target},
	}}
	matrix := func(texts ...string) dri.Matrix {
		return dri.Matrix{Default: "U9", Joins: map[dri.Class]dri.Cell{dri.Target: {Lead: chain(t, texts...)}}}
	}
	t.Run("DR05 chain goes on", func(t *testing.T) {
		got := dri.Resolve(matrix("record.owner", "account.owner"), dri.Joins, facts)
		check(t, got, "U2", dri.ReasonFallback)
		if got.Steps[0].Reason != dri.ReasonQueueNotAllowed || got.RecordManagerID != "" {
			t.Errorf("step %v, record manager %q", got.Steps[0], got.RecordManagerID)
		}
	})
	t.Run("DR05 queue has no manager", func(t *testing.T) {
		got := dri.Resolve(matrix("manager(record.owner)", "account.owner"), dri.Joins, facts)
		check(t, got, "U2", dri.ReasonFallback)
		if got.Steps[0].Reason != dri.ReasonQueueHasNoManager {
			t.Errorf("step %v", got.Steps[0])
		}
	})
	t.Run("DR05 queue allowed", func(t *testing.T) {
		m := matrix("record.owner", "account.owner")
		m.AllowQueue = true
		got := dri.Resolve(m, dri.Joins, facts)
		check(t, got, "", dri.ReasonQueue)
		if got.QueueID != "Q1" || got.Queue != "EMEA leads" || got.ManagerID != "" {
			t.Errorf("queue %q %q, manager %q", got.QueueID, got.Queue, got.ManagerID)
		}
	})
}

func TestDR06OpenOpportunityOwner(t *testing.T) {
	opportunities := []crm.Opportunity{
		{ID: "O3", AccountID: "A1", OwnerID: "U3", CloseDate: day("2027-02-01"), CreatedAt: day("2026-10-01"), Amount: 10},
		{ID: "O4", AccountID: "A1", OwnerID: "U4", CloseDate: day("2026-01-01"), CreatedAt: day("2026-11-01"), Amount: 900, Closed: true},
		{ID: "O2", AccountID: "A1", OwnerID: "U2", CloseDate: day("2026-12-01"), CreatedAt: day("2026-09-01"), Amount: 20},
		{ID: "O5", AccountID: "A1", OwnerID: "U5", CreatedAt: day("2026-08-01"), Amount: 5},
		{ID: "O1", AccountID: "A7", OwnerID: "U1", CloseDate: day("2026-11-30"), CreatedAt: day("2026-11-15"), Amount: 999},
	}
	tests := []struct{ name, order, user string }{
		{"DR06 closing soonest", "closing-soonest", "U2"},
		{"DR06 largest", "largest", "U2"},
		{"DR06 newest", "newest", "U3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := dri.Matrix{Default: "U9", Leaves: map[dri.Class]dri.Cell{
				dri.OpenOpportunity: {Contact: chain(t, "past_opportunity.owner("+tt.order+")")},
			}}
			for range opportunities { // the order of reading does not matter
				opportunities = append(opportunities[1:], opportunities[0])
				got := dri.Resolve(m, dri.Leaves, dri.Facts{Users: people(), Past: dri.Side{Account: account("A1", "U1", nil), Opportunities: opportunities}})
				check(t, got, tt.user, dri.ReasonFirstChoice)
				if got.Class != dri.OpenOpportunity {
					t.Errorf("class %s", got.Class)
				}
			}
		})
	}
}

func TestDR07PrecedenceOfClasses(t *testing.T) {
	side := dri.Side{
		Account: account("A1", "U1", nil), Classes: []dri.Class{dri.Target, dri.Customer},
		Opportunities: []crm.Opportunity{{ID: "O1", AccountID: "A1", OwnerID: "U2"}},
	}
	joins := map[dri.Class]dri.Cell{
		dri.OpenOpportunity: {Contact: chain(t, "opportunity.owner(newest)")},
		dri.Customer:        {Contact: chain(t, "account.owner")},
	}
	onlyOther := map[dri.Class]dri.Cell{dri.Other: {Contact: chain(t, user5)}}
	tests := []struct {
		name       string
		precedence []dri.Class
		joins      map[dri.Class]dri.Cell
		class, row dri.Class
		user       string
	}{
		{"DR07 default", nil, joins, dri.OpenOpportunity, dri.OpenOpportunity, "U2"},
		{"DR07 flipped", []dri.Class{dri.Customer, dri.OpenOpportunity}, joins, dri.Customer, dri.Customer, "U1"},
		{"DR07 a class left out does not count", []dri.Class{dri.Target}, joins, dri.Target, dri.Other, "U9"},
		{"DR07 class without a row gives way", nil, map[dri.Class]dri.Cell{dri.Customer: joins[dri.Customer]}, dri.OpenOpportunity, dri.Customer, "U1"},
		{"DR07 default row", nil, onlyOther, dri.OpenOpportunity, dri.Other, user5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			users := append(people(), crm.User{ID: user5, Active: true})
			m := dri.Matrix{Default: "U9", Precedence: tt.precedence, Joins: tt.joins}
			got := dri.Resolve(m, dri.Joins, dri.Facts{Users: users, New: side})
			if got.Class != tt.class || got.Row != tt.row || got.UserID != tt.user {
				t.Errorf("class %s, row %s, user %s; want %s, %s, %s", got.Class, got.Row, got.UserID, tt.class, tt.row, tt.user)
			}
			if c := dri.ClassOf(side, tt.precedence); c != tt.class {
				t.Errorf("ClassOf says %s", c)
			}
		})
	}
	if c := dri.ClassOf(dri.Side{}, nil); c != dri.Other {
		t.Errorf("an account of no class is %s", c)
	}
}

// user5 is a user who can be named in a chain.
const user5 = "0050000000000U5AAI"

func TestDR08AMoveHasTwoDRIs(t *testing.T) {
	m := dri.Matrix{
		Default: "U9",
		Joins:   map[dri.Class]dri.Cell{dri.Target: {Contact: chain(t, "account.SDR__c", "account.owner")}},
		Leaves:  map[dri.Class]dri.Cell{dri.Customer: {Contact: chain(t, "past_account.CSM__c", "past_account.owner")}},
	}
	f := dri.Facts{
		Users: people(),
		New:   dri.Side{Record: contact("U2"), Account: account("A2", "U2", nil), Classes: []dri.Class{dri.Target}},
		Past:  dri.Side{Record: contact("U1"), Account: account("A1", "U1", crm.Fields{"CSM__c": "U5"}), Classes: []dri.Class{dri.Customer}},
	}
	got := dri.ResolveMove(m, dri.Halves{Joins: true, Leaves: true}, f)
	if len(got) != 2 {
		t.Fatalf("%d assignments", len(got))
	}
	if got[0].Scenario != dri.Joins || got[0].UserID != "U2" || got[0].ManagerID != "M2" {
		t.Errorf("joins: %+v", got[0])
	}
	if got[1].Scenario != dri.Leaves || got[1].UserID != "U5" || got[1].ManagerID != "M5" || got[1].RecordManagerID != "M1" {
		t.Errorf("leaves: %+v", got[1])
	}
}

func TestDR08BothHalvesShareOnePool(t *testing.T) {
	everybody := map[dri.Class]dri.Cell{dri.Other: {Contact: chain(t, "round_robin(csm)")}}
	f := dri.Facts{Users: people(), Rota: dri.Rota{Pools: []dri.Pool{{Name: "csm", Users: []string{"U1", "U2", "U3"}, Next: 2}}}}
	got := dri.ResolveMove(dri.Matrix{Default: "U9", Joins: everybody, Leaves: everybody}, dri.Halves{Joins: true, Leaves: true}, f)
	if got[0].UserID != "U3" || got[1].UserID != "U1" {
		t.Errorf("users %s and %s, want U3 and U1", got[0].UserID, got[1].UserID)
	}
	if f.Rota.Pools[0].Next != 2 {
		t.Error("the facts were changed")
	}
}

func TestDR09LeftWithoutADestinationOnlyLeaves(t *testing.T) {
	m := dri.Matrix{Default: "U9", Leaves: map[dri.Class]dri.Cell{dri.Other: {Contact: chain(t, "past_account.owner")}}}
	got := dri.ResolveMove(m, dri.Halves{Leaves: true}, dri.Facts{Users: people(), Past: dri.Side{Account: account("A1", "U1", nil)}})
	if len(got) != 1 || got[0].Scenario != dri.Leaves || got[0].UserID != "U1" {
		t.Errorf("got %+v", got)
	}
}

func TestDR12ConvertedLeadUsesTheContactColumn(t *testing.T) {
	m := dri.Matrix{Default: "U9", Joins: map[dri.Class]dri.Cell{dri.Other: {Contact: chain(t, "account.owner"), Lead: chain(t, "record.owner")}}}
	converted := lead("U2")
	converted.Converted = true
	tests := []struct {
		name   string
		record *crm.Person
		column crm.Object
		user   string
	}{
		{"lead", lead("U2"), "", "U2"},
		{"converted", converted, "", "U1"},
		{"contact", contact("U3"), crm.ObjectLead, "U1"},
		{"lead to come", nil, crm.ObjectLead, "U9"},
		{"contact to come", nil, crm.ObjectContact, "U1"},
		{"unknown", nil, "", "U1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := dri.Facts{Users: people(), Column: tt.column, New: dri.Side{Record: tt.record, Account: account("A1", "U1", nil)}}
			if got := dri.Resolve(m, dri.Joins, f); got.UserID != tt.user {
				t.Errorf("user %s by %s, want %s", got.UserID, got.Finder, tt.user)
			}
		})
	}
}

func TestEmptyLeadColumnGoesToTheDefault(t *testing.T) {
	f := joinsCustomer("U5", "U1", people())
	f.New.Record = lead("U2")
	check(t, dri.Resolve(customerJoins(t), dri.Joins, f), "U9", dri.ReasonDefault)
}

func TestDR13ManagersWithoutLoops(t *testing.T) {
	users := []crm.User{
		{ID: "U1", Active: true, ManagerID: "U2"}, {ID: "U2", Active: true, ManagerID: "U1"},
		{ID: "U3", Active: true, ManagerID: "U4"}, {ID: "U4", ManagerID: "U3"},
		{ID: "U5", Active: true, ManagerID: "U4"},
		{ID: "U6", Active: true, ManagerID: "U6"},
		{ID: "U7", Active: true, ManagerID: "U8"}, {ID: "U8", ManagerID: "U0"}, {ID: "U0", ManagerID: "U1"},
		{ID: "UA", Active: true, ManagerID: "UB"}, {ID: "UB"},
		{ID: "UC", Active: true, ManagerID: "UX"}, {ID: "UD", Active: true},
	}
	tests := []struct {
		name, id, want string
		reason         dri.Reason
	}{
		{"DR13 cycle of active users", "U1", "U2", dri.ReasonManager},
		{"DR13 cycle through an inactive manager", "U3", "", dri.ReasonManagerLoop},
		{"DR13 inactive manager, their manager", "U5", "U3", dri.ReasonManagerInactive},
		{"DR13 own manager", "U6", "", dri.ReasonManagerLoop},
		{"DR13 two inactive managers", "U7", "U1", dri.ReasonManagerInactive},
		{"DR13 inactive and nobody above", "UA", "", dri.ReasonNoManager},
		{"DR13 manager not read", "UC", "", dri.ReasonUnknownUser},
		{"DR13 no manager", "UD", "", dri.ReasonNoManager},
		{"DR13 unknown user", "UX", "", dri.ReasonUnknownUser},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, reason := dri.Managers(users, tt.id); got != tt.want || reason != tt.reason {
				t.Errorf("manager %q (%s), want %q (%s)", got, reason, tt.want, tt.reason)
			}
		})
	}
}

func TestDR14NobodyJoinsADisqualifiedAccount(t *testing.T) {
	m := customerJoins(t)
	m.Leaves = map[dri.Class]dri.Cell{dri.Customer: {Contact: chain(t, "past_account.owner")}}
	f := joinsCustomer("U5", "U1", people())
	f.New.Disqualified = true
	f.Past = dri.Side{Account: account("A2", "U2", nil), Classes: []dri.Class{dri.Customer}, Disqualified: true}
	got := dri.ResolveMove(m, dri.Halves{Joins: true, Leaves: true}, f)
	if !got[0].None || got[0].UserID != "" || got[0].Reason != dri.ReasonDisqualified {
		t.Errorf("joins: %+v", got[0])
	}
	if got[1].None || got[1].UserID != "U2" {
		t.Errorf("leaves: %+v", got[1])
	}
}

func TestEveryFinderFindsItsUser(t *testing.T) {
	f := dri.Facts{
		Users: append(people("U4"), crm.User{ID: user5, Active: true, ManagerID: "M5"}),
		New: dri.Side{
			Record:        &crm.Person{Object: crm.ObjectContact, OwnerID: "U1", Fields: crm.Fields{"SDR__c": "U2"}},
			Account:       account("A1", "U3", crm.Fields{"CSM__c": " U5 "}),
			Opportunities: []crm.Opportunity{{ID: "O1", OwnerID: "U9"}},
			Team:          []dri.TeamMember{{AccountID: "A9", UserID: "U1", Role: "CSM"}, {AccountID: "A1", UserID: "U5", Role: "csm"}, {AccountID: "A1", UserID: "U4", Role: "CSM"}},
		},
		Past: dri.Side{
			Record:        &crm.Person{Object: crm.ObjectLead, OwnerID: "U5", Fields: crm.Fields{"SDR__c": "U3"}},
			Account:       account("A2", "U2", crm.Fields{"CSM__c": "U1"}),
			Opportunities: []crm.Opportunity{{ID: "O2", OwnerID: "U3"}},
			Team:          []dri.TeamMember{{UserID: "U2", Role: "AE"}},
		},
		Rota: dri.Rota{Pools: []dri.Pool{{Name: "sdr", Users: []string{"U4", "U2"}}}},
	}
	tests := map[string]string{
		"record.owner": "U1", "record.SDR__c": "U2", "account.owner": "U3", "account.CSM__c": "U5",
		"opportunity.owner(newest)": "U9", "account_team(CSM)": "U5",
		"past_record.owner": "U5", "past_record.SDR__c": "U3", "past_account.owner": "U2", "past_account.CSM__c": "U1",
		"past_opportunity.owner(largest)": "U3", "past_account_team(AE)": "U2",
		user5: user5, "round_robin(sdr)": "U2", "default": "BOSS", "none": "",
		"manager(account.owner)": "M3", "manager(manager(account.owner))": "BOSS", "manager(round_robin(sdr))": "M2",
		"manager(" + user5 + ")": "M5", "manager(account_team(CSM))": "M4",
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			m := dri.Matrix{Default: "BOSS", Joins: map[dri.Class]dri.Cell{dri.Other: {Contact: chain(t, text)}, dri.OpenOpportunity: {Contact: chain(t, text)}}}
			got := dri.Resolve(m, dri.Joins, f)
			if got.UserID != want || got.Choice != 1 {
				t.Errorf("user %q by choice %d, want %q by 1; steps %v", got.UserID, got.Choice, want, got.Steps)
			}
		})
	}
}

func TestFindersThatFindNobodySayWhy(t *testing.T) {
	tests := map[string]dri.Reason{
		"record.owner": dri.ReasonNoRecord, "past_account.CSM__c": dri.ReasonNoAccount,
		"opportunity.owner(newest)": dri.ReasonNoOpenOpportunity, "account_team(CSM)": dri.ReasonNoTeamMember,
		"account.owner": dri.ReasonUnknownUser, "account.CSM__c": dri.ReasonEmpty, "account.Onward__c": dri.ReasonIntegrationUser,
		"manager(account.Onward__c)": dri.ReasonIntegrationUser, "round_robin(sdr)": dri.ReasonUnknownPool, "round_robin(nobody)": dri.ReasonEmptyPool,
		"manager(round_robin(nobody))": dri.ReasonEmptyPool, "manager(account.Boss__c)": dri.ReasonNoManager, "assignment-rules": dri.ReasonNotForObject,
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			f := dri.Facts{
				Users: append(people(), crm.User{ID: "UI", Active: true}), Integration: "UI",
				New:  dri.Side{Account: account("A1", "UX", crm.Fields{"Onward__c": "UI", "Boss__c": "BOSS"})},
				Rota: dri.Rota{Pools: []dri.Pool{{Name: "nobody"}}},
			}
			m := dri.Matrix{Default: "U9", Joins: map[dri.Class]dri.Cell{dri.Other: {Contact: chain(t, text)}}}
			got := dri.Resolve(m, dri.Joins, f)
			check(t, got, "U9", dri.ReasonDefault)
			if got.Steps[0].Reason != want || got.Steps[0].Finder != text {
				t.Errorf("first step %v, want %s", got.Steps[0], want)
			}
		})
	}
}

func TestRoundRobinKeepsWhoWasResponsible(t *testing.T) {
	m := dri.Matrix{Default: "U9", Joins: map[dri.Class]dri.Cell{dri.Other: {Contact: chain(t, "round_robin(csm)")}}}
	f := dri.Facts{
		Users: people("U2"), New: dri.Side{DRI: "U1"},
		Rota: dri.Rota{Pools: []dri.Pool{{Name: "csm", Users: []string{"U1", "U2", "U3"}, Next: 1}}},
	}
	got := dri.Resolve(m, dri.Joins, f)
	check(t, got, "U1", dri.ReasonKept)
	if len(got.Rota) != 0 {
		t.Error("the turn went on")
	}
	f.New.DRI = "U2" // inactive meanwhile
	check(t, dri.Resolve(m, dri.Joins, f), "U3", dri.ReasonFirstChoice)
}

func check(t *testing.T, got dri.Assignment, user string, reason dri.Reason) {
	t.Helper()
	if got.UserID != user || got.Reason != reason {
		t.Errorf("user %q (%s), want %q (%s); steps %v", got.UserID, got.Reason, user, reason, got.Steps)
	}
}
