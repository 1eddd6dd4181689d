package dri_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

// names are the users, of whom each world reads all, some or none.
var names = []string{"U1", "U2", "U3", "U4", "U5", "U6", user5}

// finderTexts are finders of every kind that a matrix may hold.
var finderTexts = []string{
	"record.owner", "record.A__c", "account.owner", "account.A__c", "opportunity.owner(newest)", "account_team(CSM)",
	"past_record.owner", "past_account.owner", "past_opportunity.owner(largest)", "past_account_team(CSM)",
	"round_robin(p)", "manager(account.owner)", "manager(manager(record.owner))", "manager(round_robin(p))", "default", "none", user5, "manager(" + user5 + ")",
}

func anyID(t *rapid.T, label string) string {
	return rapid.SampledFrom(append([]string{"", "Q1", "UX"}, names...)).Draw(t, label)
}

func anyUsers(t *rapid.T) []crm.User {
	users := []crm.User{{ID: "Q1", Queue: true, Active: true}}
	for _, id := range names {
		users = append(users, crm.User{ID: id, Active: rapid.Bool().Draw(t, "active"), ManagerID: anyID(t, "manager"), BackupID: anyID(t, "backup")})
	}
	return users
}

func anySide(t *rapid.T) dri.Side {
	s := dri.Side{Disqualified: rapid.Bool().Draw(t, "disqualified"), DRI: anyID(t, "dri")}
	if rapid.Bool().Draw(t, "has account") {
		s.Account = account("A1", anyID(t, "owner"), crm.Fields{"A__c": anyID(t, "field")})
	}
	if rapid.Bool().Draw(t, "has record") {
		object := rapid.SampledFrom([]crm.Object{crm.ObjectLead, crm.ObjectContact}).Draw(t, "object")
		s.Record = &crm.Person{Object: object, OwnerID: anyID(t, "owner"), Fields: crm.Fields{"A__c": anyID(t, "field")}}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "opportunities") {
		s.Opportunities = append(s.Opportunities, crm.Opportunity{ID: string(rune('a' + i)), OwnerID: anyID(t, "owner"), Closed: rapid.Bool().Draw(t, "closed")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "team") {
		s.Team = append(s.Team, dri.TeamMember{UserID: anyID(t, "member"), Role: "CSM"})
	}
	s.Classes = rapid.SliceOfDistinct(rapid.SampledFrom(dri.DefaultPrecedence()), rapid.ID[dri.Class]).Draw(t, "classes")
	return s
}

func anyFacts(t *rapid.T) dri.Facts {
	pool := dri.Pool{Name: "p", Next: rapid.IntRange(-1, 5).Draw(t, "next")}
	for range rapid.IntRange(0, 3).Draw(t, "pool") {
		pool.Users = append(pool.Users, anyID(t, "member"))
	}
	return dri.Facts{New: anySide(t), Past: anySide(t), Users: anyUsers(t), Integration: anyID(t, "integration"), Rota: dri.Rota{Pools: []dri.Pool{pool}}}
}

func anyChain(t *rapid.T) dri.Chain {
	texts := rapid.SliceOfN(rapid.SampledFrom(finderTexts), 0, 4).Draw(t, "chain")
	c, err := dri.ParseChain(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func anyMatrix(t *rapid.T) dri.Matrix {
	rows := func() map[dri.Class]dri.Cell {
		m := map[dri.Class]dri.Cell{}
		for _, class := range dri.DefaultPrecedence() {
			if rapid.Bool().Draw(t, "row") {
				m[class] = dri.Cell{Contact: anyChain(t), Lead: anyChain(t)}
			}
		}
		return m
	}
	return dri.Matrix{Joins: rows(), Leaves: rows(), Default: rapid.SampledFrom(names).Draw(t, "default"), AllowQueue: rapid.Bool().Draw(t, "queues")}
}

func userOf(f dri.Facts, id string) crm.User {
	i := slices.IndexFunc(f.Users, func(u crm.User) bool { return u.ID == id })
	if i < 0 {
		return crm.User{}
	}
	return f.Users[i]
}

// checkActive holds for every assignment: nobody inactive, nobody for no reason.
func checkActive(t *rapid.T, a dri.Assignment, f dri.Facts, fallback string) {
	for _, id := range []string{a.UserID, a.ManagerID, a.RecordManagerID} {
		if u := userOf(f, id); id != "" && (!u.Active || u.Queue) {
			t.Fatalf("inactive user %s: %+v", id, a)
		}
	}
	explained := a.None || a.QueueID != "" || a.LeaveToRules || a.Reason == dri.ReasonNone
	if a.UserID == "" && !explained && userOf(f, fallback).Active {
		t.Fatalf("nobody, though the default is active: %+v", a)
	}
	if a.UserID != "" && a.UserID == a.ManagerID {
		t.Fatalf("own manager: %+v", a)
	}
	if a.QueueID != "" && a.UserID != "" {
		t.Fatalf("queue and user: %+v", a)
	}
}

func TestResolveNeverGivesAnInactiveUser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, f := anyMatrix(t), anyFacts(t)
		for _, s := range []dri.Scenario{dri.Joins, dri.Leaves} {
			a := dri.Resolve(m, s, f)
			checkActive(t, a, f, m.Default)
			if a.QueueID != "" && !m.AllowQueue {
				t.Fatalf("queue: %+v", a)
			}
			if diff := cmp.Diff(a, dri.Resolve(m, s, f)); diff != "" {
				t.Fatalf("another answer to the same question:\n%s", diff)
			}
		}
	})
}

func TestOwnerNeverGivesAnInactiveUser(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, f := anyChain(t), anyFacts(t)
		fallback := rapid.SampledFrom(names).Draw(t, "fallback")
		for _, object := range []crm.Object{crm.ObjectLead, crm.ObjectContact, crm.ObjectAccount} {
			a := dri.Owner(c, object, fallback, f)
			checkActive(t, a, f, fallback)
			if object != crm.ObjectLead && (a.QueueID != "" || a.LeaveToRules) {
				t.Fatalf("%s: %+v", object, a)
			}
		}
	})
}

func TestManagersEndOnAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		users := anyUsers(t)
		for _, u := range users {
			id, reason := dri.Managers(users, u.ID)
			if (id == "") != (reason != dri.ReasonManager && reason != dri.ReasonManagerInactive) || id == u.ID {
				t.Fatalf("%s: manager %q, reason %s", u.ID, id, reason)
			}
		}
	})
}

// What MissingUserIDs asks for is enough: reading only that gives the same
// answers as knowing everybody.
func TestReadingWhatIsMissingIsEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, all := anyMatrix(t), anyFacts(t)
		owners := anyChain(t)
		chains := append(m.Chains(), owners)
		read := all
		read.Users = nil
		for round := 0; ; round++ {
			if round > len(all.Users)+1 {
				t.Fatal("asks for ever")
			}
			var got []crm.User
			for _, id := range dri.MissingUserIDs(read, chains...) {
				if u := userOf(all, id); u.ID != "" {
					got = append(got, u)
				}
			}
			if len(got) == 0 {
				break
			}
			read.Users = append(read.Users, got...)
		}
		halves := dri.Halves{Joins: true, Leaves: true}
		if diff := cmp.Diff(dri.ResolveMove(m, halves, all), dri.ResolveMove(m, halves, read)); diff != "" {
			t.Fatalf("responsible (-all +read):\n%s", diff)
		}
		if diff := cmp.Diff(dri.Owner(owners, crm.ObjectLead, m.Default, all), dri.Owner(owners, crm.ObjectLead, m.Default, read)); diff != "" {
			t.Fatalf("owner (-all +read):\n%s", diff)
		}
	})
}
