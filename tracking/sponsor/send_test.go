package sponsor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// withTask sets a stage on which one task is owed.
func withTask(t *testing.T) (s *stage, id string) {
	s = newStage(t, oneTask)
	id = s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	s.later(week)
	return s, id
}

func (s *stage) send() sponsor.SendReport {
	s.Helper()
	r, err := s.desk.Send(s.Context())
	s.ok(err)
	return r
}

func TestSendTriesAgain(t *testing.T) {
	s, id := withTask(t)
	s.sender.fail = func(sponsor.Effect) error { return &crm.Error{Op: "write", Object: "Task", Class: crm.ErrLocked} }
	s.same("first", s.send(), sponsor.SendReport{Later: 1})
	s.same("not at once", s.send(), sponsor.SendReport{})
	s.now = s.now.Add(time.Minute)
	s.same("a minute later", s.send(), sponsor.SendReport{Later: 1})
	s.same("why", []any{s.effects(id)[0].Attempts, s.effects(id)[0].Error}, []any{2, "crm: write Task: locked"})
	s.sender.fail = nil
	s.now = s.now.Add(2 * time.Minute)
	s.same("then", s.send(), sponsor.SendReport{Sent: 1})
	s.same("got", len(s.sender.got), 1)
	s.now = s.now.Add(week)
	s.same("never again", s.send(), sponsor.SendReport{})
}

func TestSendGivesUp(t *testing.T) {
	rows := []struct {
		name     string
		err      error
		attempts int
	}{
		{"what the CRM refuses for good, at once", &crm.Error{Op: "write", Class: crm.ErrInvalid}, 1},
		{"what nobody can classify, after ten", errors.New("no route"), 10},
		{"what stays locked, after ten", &crm.Error{Op: "write", Class: crm.ErrLocked}, 10},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, id := withTask(t)
			s.sender.fail = func(sponsor.Effect) error { return row.err }
			var sum sponsor.SendReport
			for range 30 {
				r := s.send()
				sum.Later += r.Later
				sum.GivenUp += r.GivenUp
				s.now = s.now.Add(6 * time.Hour)
			}
			s.same("attempts", sum, sponsor.SendReport{Later: row.attempts - 1, GivenUp: 1})
			got := s.effects(id)[0]
			s.same("effect", []any{got.GivenUp, got.Attempts, got.Error}, []any{true, row.attempts, row.err.Error()})
		})
	}
}

// TestAnOutageCountsNoAttempt: the CRM is away for three days, and nothing is lost.
func TestAnOutageCountsNoAttempt(t *testing.T) {
	for _, class := range []error{crm.ErrUnavailable, crm.ErrThrottled, crm.ErrQuota, crm.ErrAuth} {
		s, id := withTask(t)
		s.sender.fail = func(sponsor.Effect) error { return &crm.Error{Op: "write", Class: class} }
		for range 3 * 24 {
			s.same("away", s.send(), sponsor.SendReport{Later: 1})
			s.now = s.now.Add(time.Hour)
		}
		s.same("attempts", s.effects(id)[0].Attempts, 0)
		s.sender.fail = nil
		s.same("back", s.send(), sponsor.SendReport{Sent: 1})
	}
}

func TestASenderThatIsDownCountsNoAttempt(t *testing.T) {
	s, id := withTask(t)
	s.sender.err = errors.New("down")
	if _, err := s.desk.Send(t.Context()); !errors.Is(err, s.sender.err) {
		t.Errorf("send: %v", err)
	}
	s.same("attempts", s.effects(id)[0].Attempts, 0)
	s.sender.err = nil
	s.same("while it is held", s.send(), sponsor.SendReport{})
	s.now = s.now.Add(sponsor.DefaultLease)
	s.same("when the lease has ended", s.send(), sponsor.SendReport{Sent: 1})
}

func TestSendNeedsASender(t *testing.T) {
	desk := must(sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: sponsor.NewMemoryStore(), Provider: &provider{}}, nil))
	if _, err := desk.Send(t.Context()); err == nil {
		t.Error("sent with nothing")
	}
}

func TestTaskAsARecord(t *testing.T) {
	task := sponsor.Task{
		Entity:  sponsor.Entity{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "001xx000003DGb2AAG"}, Name: "Acme", Role: "Champion"},
		OwnerID: "005xx0000012345AAA", Type: "Call", Priority: "High", Reason: "Champion left", Playbook: "Ask who takes over",
		DueOn:   time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC),
		Person:  tracking.Person{RecordID: "003xx000004TmiQ", FirstName: "Ann", LastName: "Lee"},
		Changes: []sponsor.Change{{Attribute: sponsor.Company, Old: "Acme", New: "Globex"}, {Attribute: sponsor.Title, Old: "VP", New: "CRO"}},
		Set:     crm.Fields{"Playbook__c": "left"},
	}
	want := crm.Write{Key: "k", Verb: crm.VerbCreate, Object: "Task", Set: crm.Fields{
		"Subject": "Champion left: Ann Lee", "Status": "Not Started", "ActivityDate": "2026-12-01", "OwnerId": "005xx0000012345AAA",
		"Type": "Call", "Priority": "High", "WhoId": "003xx000004TmiQAAS", "WhatId": "001xx000003DGb2AAG", "Playbook__c": "left",
		"Description": "company: Acme → Globex\ntitle: VP → CRO\naccount: Acme (Champion)\nplaybook: Ask who takes over",
	}}
	s := &stage{T: t}
	s.same("contact", task.WriteAs("k"), want)

	task.Person.RecordID = "00Qxx000004TmiQEAS"
	want.Set = want.Set.Clone()
	want.Set["WhoId"] = "00Qxx000004TmiQEAS"
	delete(want.Set, "WhatId")
	s.same("a lead relates to nothing else", task.WriteAs("k"), want)

	task = sponsor.Task{Entity: relationship("nps-9", ""), Reason: string(make([]byte, 300)), DueOn: task.DueOn}
	got := task.WriteAs("k")
	s.same("subject", len([]rune(got.Set["Subject"])), 255)
	for _, field := range []string{"WhoId", "WhatId", "OwnerId", "Type", "Priority"} {
		if v, ok := got.Set[field]; ok {
			t.Errorf("%s is %q, want it left out", field, v)
		}
	}
}
