package sponsor_test

import (
	"testing"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

func TestSP14OnePersonOfTwoEntities(t *testing.T) {
	s := newStage(t, func(r *sponsor.Rules) {
		r.CallsToAction = []sponsor.ActionRule{
			{Name: "for accounts", Entities: []string{sponsor.KindAccount}, Reason: "Tell the account team"},
			{Name: "for executives", Roles: []string{"Executive"}, Reason: "Tell the executive's friend", Owner: "carla"},
		}
		r.Notify = true
	})
	id := s.enrol("ann", account("acme", "anna"), relationship("nps-9", "anna"))
	s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	s.same("one update", s.later(week).Updates, 1)
	s.same("badge", s.load(id).Open(), 1)
	s.same("two lines", s.history(sponsor.HistoryFilter{Sponsor: id}), []string{
		`acme observed title: VP Sales → CRO by ""`,
		`nps-9 observed title: VP Sales → CRO by ""`,
	})
	s.same("one for the account", s.history(sponsor.HistoryFilter{Entity: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "acme"}}), []string{
		`acme observed title: VP Sales → CRO by ""`,
	})
	s.same("one for the relationship", s.history(sponsor.HistoryFilter{Entity: sponsor.EntityRef{Kind: sponsor.KindRelationship, ID: "nps-9"}}), []string{
		`nps-9 observed title: VP Sales → CRO by ""`,
	})
	got := map[string]string{}
	for _, task := range s.tasks(id) {
		got[task.Entity.ID] = task.Rule + " to " + task.OwnerID
	}
	s.same("a task each", got, map[string]string{"acme": "for accounts to anna", "nps-9": "for executives to carla"})
	notices := 0
	for _, e := range s.effects(id) {
		if e.Notice != nil {
			notices++
		}
	}
	s.same("one notice to the owner of both", notices, 1)
}

func TestSP15ACompanyChangeIsAMoveToo(t *testing.T) {
	s := newStage(t, func(r *sponsor.Rules) { oneTask(r); r.Notify = true })
	who := person("ann")
	who.RecordID, who.Emails = "003xx000004TmiQAAS", append(who.Emails, "ann.lee@gmail.com")
	first, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: who, Location: "Berlin", Entities: []sponsor.Entity{account("acme", "anna"), relationship("nps-9", "ben")}})
	s.ok(err)
	s.bring("ann", sponsor.Tracked)
	a := changed("ann", "CRO", "Globex", "")
	a.Profile.Person.Company = matching.Company{Name: "Globex", Domain: "globex.com", Since: monday.AddDate(0, -1, 0)}
	a.Profile.Person.Emails = []string{"ann@globex.com"}
	s.provider.answer("ann", a)
	s.later(week)
	s.later(week) // seen again: nothing new

	got := s.load(first.ID)
	s.same("one sponsor update", []any{len(got.Updates), got.Updates[0].Kind, len(got.Updates[0].Changes)}, []any{1, tracking.Moved, 2})
	var moves []sponsor.Move
	var notices []sponsor.Notice
	for _, e := range s.effects(first.ID) {
		if e.Move != nil {
			moves = append(moves, *e.Move)
		}
		if e.Notice != nil {
			notices = append(notices, *e.Notice)
		}
	}
	if len(moves) != 1 || len(notices) != 2 {
		t.Fatalf("%d moves and %d notices, want 1 and 2", len(moves), len(notices))
	}
	m := moves[0]
	s.same("who", m.Person.Keys(), []string{
		"crm:003xx000004TmiQAAS", "in:/in/ann", "mail:ann@acme.com", "mail:annlee@gmail.com", "mail:ann@globex.com", "at:ann lee@acme",
	})
	s.same("from and to", []string{m.From.Company.Name, m.From.Title, m.To.Company.Name, m.To.Title}, []string{"Acme Inc", "VP Sales", "Globex", "CRO"})
	s.same("since", m.To.StartedOn, monday.AddDate(0, -1, 0))
	s.same("at", m.At, monday.Add(week))
	s.same("told", m.Tell, []string{"anna", "ben"})

	// The other world hears of the same move from somebody who knows the person by one
	// address and the company by its domain, and would tell anna and carla.
	told := map[string]int{}
	known := map[string]bool{}
	tell := func(user string, keys []string) {
		for _, k := range keys {
			if known[k] {
				return
			}
		}
		for _, k := range keys {
			known[k] = true
		}
		told[user]++
	}
	elsewhere := tracking.Person{Emails: []string{"Ann.Lee+x@googlemail.com"}, FirstName: "Ann", LastName: "Lee"}
	for _, user := range []string{"anna", "carla"} {
		tell(user, sponsor.NoticeKeys(user, elsewhere, matching.Company{Name: "Globex International", Domain: "https://www.globex.com/about"}))
	}
	for _, n := range notices {
		s.same("the notice names the move", n.Move, m.ID)
		tell(n.UserID, n.Keys)
	}
	s.same("each user once", told, map[string]int{"anna": 1, "ben": 1, "carla": 1})
}

func TestMovesHaveTheSameIdentityEveryTime(t *testing.T) {
	var ids []string
	for range 2 {
		s := newStage(t, nil)
		id := s.bring("ann", sponsor.Tracked)
		s.provider.answer("ann", changed("ann", "", "Globex", ""))
		s.later(week)
		e := s.effects(id)
		if len(e) != 1 || e[0].Move == nil || string(e[0].Key) != "onward-"+e[0].Move.ID || len(e[0].Key) > 64 {
			t.Fatalf("effects: %+v", e)
		}
		ids = append(ids, e[0].Move.ID)
	}
	if ids[0] != ids[1] {
		t.Errorf("two identities of one move: %v", ids)
	}
}
