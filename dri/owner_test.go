package dri_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

func onAccount(owner string, users []crm.User) dri.Facts {
	return dri.Facts{Users: users, New: dri.Side{Account: account("A1", owner, nil)}}
}

func TestRT16InactiveOwnerIsReplaced(t *testing.T) {
	backup := func(users []crm.User, id, by string) []crm.User {
		for i := range users {
			if users[i].ID == id {
				users[i].BackupID = by
			}
		}
		return users
	}
	tests := []struct {
		name  string
		users []crm.User
		user  string
		via   string
		want  dri.Reason
	}{
		{"RT16 backup", backup(people("U1"), "U1", "U2"), "U2", "backup(account.owner)", dri.ReasonOwnerInactive},
		{"RT16 backup inactive, manager", backup(people("U1", "U2"), "U1", "U2"), "M1", "manager(account.owner)", dri.ReasonOwnerInactive},
		{"RT16 no backup, manager", people("U1"), "M1", "manager(account.owner)", dri.ReasonOwnerInactive},
		{"RT16 manager inactive, theirs", people("U1", "M1"), "BOSS", "manager(account.owner)", dri.ReasonOwnerInactive},
		{"RT16 nobody above, default", people("U1", "M1", "BOSS"), "U9", "default", dri.ReasonDefault},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := dri.Owner(chain(t, "account.owner"), crm.ObjectContact, "U9", onAccount("U1", tt.users))
			check(t, got, tt.user, tt.want)
			if got.Finder != tt.via || !got.Has(dri.ReasonOwnerInactive) {
				t.Errorf("by %s, steps %v", got.Finder, got.Steps)
			}
		})
	}
	t.Run("RT16 the next finder comes before the default", func(t *testing.T) {
		f := onAccount("U1", people("U1", "M1", "BOSS"))
		f.New.Record = contact("U3")
		check(t, dri.Owner(chain(t, "account.owner", "record.owner"), crm.ObjectContact, "U9", f), "U3", dri.ReasonFallback)
	})
	t.Run("RT16 default inactive", func(t *testing.T) {
		check(t, dri.Owner(nil, crm.ObjectContact, "U9", onAccount("", people("U9", "M9", "BOSS"))), "", dri.ReasonDefaultInactive)
	})
}

func TestRT17IntegrationUserCountsAsNoOwner(t *testing.T) {
	users := append(people("U1"), crm.User{ID: "UI", Active: true})
	tests := []struct {
		name, owner, backup, fallback, want string
	}{
		{"RT17 account owner", "UI", "", "U9", "U9"},
		{"RT17 as a backup", "U1", "UI", "U9", "M1"},
		{"RT17 named outright as default", "UI", "", "UI", "UI"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := onAccount(tt.owner, slices.Clone(users))
			f.Integration = "UI"
			for i := range f.Users {
				if f.Users[i].ID == "U1" {
					f.Users[i].BackupID = tt.backup
				}
			}
			got := dri.Owner(chain(t, "account.owner"), crm.ObjectContact, tt.fallback, f)
			if got.UserID != tt.want || !got.Has(dri.ReasonIntegrationUser) {
				t.Errorf("owner %q, want %q; steps %v", got.UserID, tt.want, got.Steps)
			}
		})
	}
}

func TestRT18RoundRobinSkipsInactiveMembers(t *testing.T) {
	f := dri.Facts{Users: people("U2"), Rota: dri.Rota{Pools: []dri.Pool{{Name: "sdr", Users: []string{"U1", "U2", "U3"}}}}}
	var got []string
	for range 4 {
		a := dri.Owner(chain(t, "round_robin(sdr)"), crm.ObjectLead, "U9", f)
		dry := dri.Owner(chain(t, "round_robin(sdr)"), crm.ObjectLead, "U9", f)
		if diff := cmp.Diff(a, dry); diff != "" {
			t.Errorf("asking twice advanced something:\n%s", diff)
		}
		got = append(got, a.UserID)
		f.Rota = f.Rota.Apply(a.Rota)
	}
	if want := []string{"U1", "U3", "U1", "U3"}; !slices.Equal(got, want) {
		t.Errorf("owners %v, want %v", got, want)
	}
}

func TestRT18EmptyPoolGoesOn(t *testing.T) {
	f := onAccount("U3", people("U2"))
	f.Rota = dri.Rota{Pools: []dri.Pool{{Name: "empty"}, {Name: "all inactive", Users: []string{"U2"}}}}
	for _, pool := range []string{"empty", "all inactive"} {
		check(t, dri.Owner(chain(t, "round_robin("+pool+")"), crm.ObjectLead, "U9", f), "U9", dri.ReasonDefault)
		check(t, dri.Owner(chain(t, "round_robin("+pool+")", "account.owner"), crm.ObjectLead, "U9", f), "U3", dri.ReasonFallback)
	}
}

func TestRT18ThePointerSurvivesAChangedPool(t *testing.T) {
	everybody := func(string) bool { return true }
	for next, want := range map[int]string{0: "U1", 1: "U2", 2: "U1", 7: "U2", -1: "U2"} {
		r := dri.Rota{Pools: []dri.Pool{{Name: "p", Users: []string{"U1", "U2"}, Next: next}}}
		id, move, ok := r.Take("p", everybody)
		if !ok || id != want || move.From != next {
			t.Errorf("pointer at %d gives %s, %+v, %t; want %s", next, id, move, ok, want)
		}
	}
	r := dri.Rota{Pools: []dri.Pool{{Name: "p", Users: []string{"U1", "U2"}}}}
	moved := r.Apply([]dri.RotaMove{{Pool: "p", From: 0, To: 1}, {Pool: "gone", To: 3}})
	if moved.Pools[0].Next != 1 || r.Pools[0].Next != 0 {
		t.Errorf("moved to %d, original at %d", moved.Pools[0].Next, r.Pools[0].Next)
	}
	if _, _, ok := r.Take("gone", everybody); ok {
		t.Error("took somebody from a pool that is not there")
	}
}

func TestRT19QueuesOwnLeadsOnly(t *testing.T) {
	tests := []struct {
		name   string
		object crm.Object
		owner  string
		user   string
		queue  string
	}{
		{"RT19 contact", crm.ObjectContact, "Q1", "U9", ""},
		{"RT19 account", crm.ObjectAccount, "Q1", "U9", ""},
		{"RT19 lead", crm.ObjectLead, "Q1", "", "Q1"},
		{"RT19 queue known by its id alone", crm.ObjectContact, someQueue, "U9", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := dri.Owner(chain(t, "account.owner"), tt.object, "U9", onAccount(tt.owner, people()))
			if got.UserID != tt.user || got.QueueID != tt.queue {
				t.Errorf("owner %q, queue %q; want %q, %q", got.UserID, got.QueueID, tt.user, tt.queue)
			}
			if tt.queue == "" && !got.Has(dri.ReasonQueueNotAllowed) {
				t.Errorf("steps %v", got.Steps)
			}
		})
	}
}

func TestOwnerLeavesLeadsToTheRules(t *testing.T) {
	rules := chain(t, "assignment-rules")
	if got := dri.Owner(rules, crm.ObjectLead, "U9", dri.Facts{}); !got.LeaveToRules || got.UserID != "" || got.Reason != dri.ReasonAssignmentRules {
		t.Errorf("lead: %+v", got)
	}
	got := dri.Owner(rules, crm.ObjectContact, "U9", dri.Facts{Users: people()})
	check(t, got, "U9", dri.ReasonDefault)
	if got.LeaveToRules {
		t.Error("a contact was left to the rules")
	}
}

func TestOwnerWithoutADefault(t *testing.T) {
	check(t, dri.Owner(nil, crm.ObjectAccount, "", dri.Facts{}), "", dri.ReasonDefaultMissing)
}

func TestIdsOfFifteenCharactersAreTheSameUser(t *testing.T) {
	f := onAccount(someUser[:15], []crm.User{{ID: someUser, Active: true}})
	check(t, dri.Owner(chain(t, "account.owner"), crm.ObjectContact, "U9", f), someUser, dri.ReasonFirstChoice)
}

func TestWant(t *testing.T) {
	got := dri.Want(
		chain(t, "account.SDR__c", "manager(account.CSM__c)", "opportunity.owner(newest)", "past_record.A__c", "record.B__c", "round_robin(sdr)"),
		chain(t, "account.CSM__c", "past_account.X__c", "past_opportunity.owner(newest)", "account_team(a)", "past_account_team(a)", someUser, "queue("+someQueue+")"),
	)
	want := dri.Wants{
		Opportunities: true, PastOpportunities: true, Team: true, PastTeam: true,
		AccountFields: []string{"CSM__c", "SDR__c"}, PastAccountFields: []string{"X__c"},
		RecordFields: []string{"B__c"}, PastRecordFields: []string{"A__c"},
		Users: []string{someUser}, Queues: []string{someQueue}, Pools: []string{"sdr"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wants (-want +got):\n%s", diff)
	}
	if c := chain(t, "manager(account.owner)"); !c.Uses(dri.KindAccountOwner) || c.Uses(dri.KindRecordOwner) {
		t.Error("Uses does not look inside manager(…)")
	}
}

func TestUserIDsListsWhatTheFactsMention(t *testing.T) {
	f := dri.Facts{
		New: dri.Side{
			Record: lead("U1"), Account: account("A1", "U2", crm.Fields{"CSM__c": "U3", "Ignored__c": "UX"}),
			Opportunities: []crm.Opportunity{{OwnerID: "U4"}, {OwnerID: "UX", Closed: true}}, DRI: "U8",
		},
		Past:  dri.Side{Account: account("A2", "U2", nil), Team: []dri.TeamMember{{UserID: "U5"}}},
		Users: []crm.User{{ID: "U1", Active: true, ManagerID: "M1", BackupID: "UX"}, {ID: "U2", ManagerID: "M2", BackupID: "B2"}, {ID: "M2", Active: true, ManagerID: "M3"}, {ID: "M3", Active: true, ManagerID: "M4"}},
		Rota:  dri.Rota{Pools: []dri.Pool{{Name: "sdr", Users: []string{"U6"}}, {Name: "not wanted", Users: []string{"UX"}}}},
	}
	chains := []dri.Chain{chain(t, "account.CSM__c", "round_robin(sdr)", someUser)}
	want := []string{someUser, "B2", "M1", "M2", "M3", "U1", "U2", "U3", "U4", "U5", "U6", "U8"}
	if diff := cmp.Diff(want, dri.UserIDs(f, chains...)); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	missing := []string{someUser, "B2", "M1", "U3", "U4", "U5", "U6", "U8"}
	if diff := cmp.Diff(missing, dri.MissingUserIDs(f, chains...)); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}
