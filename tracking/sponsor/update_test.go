package sponsor_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// oneTask raises a task for every update of every entity.
func oneTask(r *sponsor.Rules) {
	r.CallsToAction = []sponsor.ActionRule{{Name: "any", Type: "Call", Priority: "High", Reason: "Sponsor change", Playbook: "Say hello", DueDays: 3}}
}

func TestSP08OneUpdateOfTwoAttributes(t *testing.T) {
	s := newStage(t, func(r *sponsor.Rules) {
		r.CallsToAction = []sponsor.ActionRule{
			{Name: "company", Attributes: []sponsor.Attribute{sponsor.Company}, Reason: "Left"},
			{Name: "title", Attributes: []sponsor.Attribute{sponsor.Title}, Type: "Call", Priority: "High", Reason: "New title", Playbook: "Congratulate", DueDays: 2},
			{Name: "place", Attributes: []sponsor.Attribute{sponsor.Location}, Reason: "New place"},
		}
	})
	id := s.bring("ann", sponsor.Tracked)
	s.same("badge before", s.load(id).Open(), 0)
	s.provider.answer("ann", changed("ann", "Chief Revenue Officer", "", "Hamburg"))
	for i := range 3 { // the same answer raises nothing again
		r := s.later(week)
		s.same("updates made", r.Updates, map[bool]int{true: 1}[i == 0])
	}
	got := s.load(id)
	s.same("badge", got.Open(), 1)
	s.same("updates", got.Updates, []sponsor.Update{{
		ID: "u1", At: monday.Add(week), Kind: tracking.Promotion, State: sponsor.UpdateOpen,
		Changes: []sponsor.Change{
			{Attribute: sponsor.Title, Old: "VP Sales", New: "Chief Revenue Officer"},
			{Attribute: sponsor.Location, Old: "Berlin", New: "Hamburg"},
		},
	}})
	tasks := s.tasks(id)
	if len(tasks) != 1 {
		t.Fatalf("%d tasks, want 1: %+v", len(tasks), tasks)
	}
	s.same("task", tasks[0], sponsor.Task{
		Rule: "title", Entity: account("acme", "anna"), OwnerID: "anna", Type: "Call", Priority: "High", Reason: "New title",
		Playbook: "Congratulate", DueOn: monday.Add(week).AddDate(0, 0, 2), Person: got.Person, Changes: got.Updates[0].Changes,
	})
	if r, err := s.desk.Send(t.Context()); err != nil || r.Sent != 1 {
		t.Errorf("send: %+v, %v", r, err)
	}
	if r, err := s.desk.Send(t.Context()); err != nil || r.Sent != 0 {
		t.Errorf("send again: %+v, %v", r, err)
	}
}

func TestSP12SocialPagesAreNoUpdate(t *testing.T) {
	s := newStage(t, oneTask)
	id := s.bring("ann", sponsor.Tracked)
	p := profile("ann")
	p.Social = map[string]string{"facebook": "fb.com/ann.lee", "twitter": "@annlee"}
	s.provider.answer("ann", sponsor.Refreshed{Profile: p})
	s.same("work", s.later(week), sponsor.WorkReport{Refreshed: 1})
	got := s.load(id)
	s.same("updates", got.Updates, []sponsor.Update{})
	s.same("tasks", s.tasks(id), []sponsor.Task{})
	s.same("shown", got.Seen.Social, p.Social)
}

func TestCosmeticChangesAreNoUpdates(t *testing.T) {
	rows := []struct {
		name   string
		change func(*sponsor.Profile)
	}{
		{"legal form", func(p *sponsor.Profile) { p.Person.Company = matching.Company{Name: "ACME, Incorporated"} }},
		{"the same domain under another name", func(p *sponsor.Profile) {
			p.Person.Company = matching.Company{Name: "Acme Cloud Services", Domain: "www.acme.com"}
		}},
		{"abbreviated title", func(p *sponsor.Profile) { p.Person.Title = "Vice President, Sales" }},
		{"punctuation of a place", func(p *sponsor.Profile) { p.Location = " BERLIN. " }},
		{"nothing told", func(p *sponsor.Profile) {
			p.Person.Title, p.Person.Company, p.Location = "", matching.Company{}, ""
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, oneTask)
			id := s.bring("ann", sponsor.Tracked)
			p := profile("ann")
			row.change(&p)
			s.provider.answer("ann", sponsor.Refreshed{Profile: p})
			s.same("work", s.later(week), sponsor.WorkReport{Refreshed: 1})
			s.same("record", s.load(id).Person.Company.Name, "Acme Inc")
			s.same("effects", s.effects(id), []sponsor.Effect{})
		})
	}
}

func TestAcquisitionIsNoCompanyChange(t *testing.T) {
	s := newStage(t, func(r *sponsor.Rules) {
		r.Profile = matching.Balanced()
		r.Profile.Acquisitions = []matching.Acquisition{{Name: "Acme Inc", ByName: "Globex"}}
	})
	s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "", "Globex", ""))
	s.same("work", s.later(week), sponsor.WorkReport{Refreshed: 1})
}

func TestNewerValuesOvertakeOlderOnes(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	see := func(title, company, location string) sponsor.Sponsor {
		s.provider.answer("ann", changed("ann", title, company, location))
		s.later(week)
		return s.load(id)
	}
	see("CRO", "", "Hamburg")
	got := see("CEO", "", "Hamburg")
	s.same("the title has a newer update, the place its old one", []any{got.Open(), got.Updates[0].Changes[0].Overtaken, got.Updates[0].Changes[1].Overtaken}, []any{2, true, false})
	s.same("it is compared with the record", got.Updates[1].Changes, []sponsor.Change{{Attribute: sponsor.Title, Old: "VP Sales", New: "CEO"}})

	accepted, _, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1", By: "anna"})
	s.ok(err)
	s.same("the older update brings the place alone", []string{accepted.Person.Title, accepted.Location}, []string{"VP Sales", "Hamburg"})

	got = see("VP Sales", "", "Hamburg")
	s.same("back to where it was: nothing is open", []any{got.Open(), got.Updates[1].State}, []any{0, sponsor.UpdateOvertaken})
	if _, _, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u2"}); !errors.Is(err, sponsor.ErrRefused) {
		t.Errorf("accept what was overtaken: %v", err)
	}
	s.same("history", s.history(sponsor.HistoryFilter{Sponsor: id}), []string{
		`acme observed title: VP Sales → CRO by ""`,
		`acme observed location: Berlin → Hamburg by ""`,
		`acme overtaken title: CRO → CEO by ""`,
		`acme observed title: VP Sales → CEO by ""`,
		`acme accepted location: Berlin → Hamburg by "anna"`,
		`acme overtaken title: CEO → VP Sales by ""`,
	})
}

func TestWhatWasOvertakenIsOvertakenOnce(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	for _, title := range []string{"CRO", "CEO", "CTO", "CRO"} {
		s.provider.answer("ann", changed("ann", title, "", "Hamburg"))
		s.later(week)
	}
	s.same("history", s.history(sponsor.HistoryFilter{Sponsor: id}), []string{
		`acme observed title: VP Sales → CRO by ""`,
		`acme observed location: Berlin → Hamburg by ""`,
		`acme overtaken title: CRO → CEO by ""`,
		`acme observed title: VP Sales → CEO by ""`,
		`acme overtaken title: CEO → CTO by ""`,
		`acme observed title: VP Sales → CTO by ""`,
		`acme overtaken title: CTO → CRO by ""`,
		`acme observed title: VP Sales → CRO by ""`,
	})
	s.same("open are the place and the last title", s.load(id).Open(), 2)
}

func TestNewsWaitForOneCallButNotForTheLeaseToEnd(t *testing.T) {
	for took, want := range map[time.Duration]int{time.Minute: 1, 6 * time.Minute: 2} {
		s := newStage(t, nil)
		for _, name := range []string{"ann", "ben"} {
			s.bring(name, sponsor.Tracked)
			s.now = s.now.Add(time.Second) // due one after the other
		}
		for _, name := range []string{"cal", "dan"} {
			s.bring(name, sponsor.Tracked)
		}
		for _, name := range []string{"ann", "cal"} {
			s.provider.answer(name, changed(name, "CRO", "", ""))
		}
		s.now = s.now.Add(week)
		slow := meddling{s.provider, func() { s.now = s.now.Add(took) }}
		desk := must(sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: s.store, Provider: slow, Records: s.records},
			&sponsor.Options{Now: func() time.Time { return s.now }, Batch: 2}))
		s.same("work", must(desk.Work(t.Context())), sponsor.WorkReport{Refreshed: 4, Updates: 2})
		s.same(fmt.Sprint("calls when a batch takes ", took), s.records.calls, want)
	}
}

func TestReportedProfiles(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	report := func(p sponsor.Profile) int {
		t.Helper()
		n, err := s.desk.Observe(t.Context(), p)
		s.ok(err)
		return n
	}
	newer := sponsor.Profile{Person: tracking.Person{Emails: []string{"ann@acme.com"}, Title: "CRO"}, SeenAt: monday.Add(2 * time.Hour)}
	older := sponsor.Profile{Person: tracking.Person{Emails: []string{"ann@acme.com"}, Title: "CEO"}, SeenAt: monday.Add(time.Hour)}
	s.now = monday.Add(3 * time.Hour)
	s.same("a title alone", report(newer), 1)
	s.same("again", report(newer), 0)
	s.same("an older state arrives late", report(older), 0)
	s.same("of nobody", report(sponsor.Profile{Person: tracking.Person{Emails: []string{"x@y.example"}, Title: "CEO"}}), 0)
	got := s.load(id)
	s.same("seen", []string{got.Seen.Person.Title, got.Seen.Location, got.Seen.Person.Company.Name}, []string{"CRO", "Berlin", "Acme Inc"})
	s.same("refreshed", got.RefreshedAt, monday.Add(3*time.Hour))
	_, err := s.desk.Stop(t.Context(), id, "anna")
	s.ok(err)
	newer.Person.Title, newer.SeenAt = "Chair", monday.Add(4*time.Hour)
	s.same("of somebody who is not tracked any more", report(newer), 0)
}

func TestWhatDiffersWhenTrackingBeginsIsTheFirstUpdate(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	s.provider.find("ann", changed("ann", "", "Globex", "").Profile)
	_, err := s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id})
	s.ok(err)
	s.now = s.now.Add(24 * time.Hour)
	got, err := s.desk.Track(t.Context(), sponsor.Choice{Sponsor: id}, "anna")
	s.ok(err)
	s.same("open", got.Open(), 1)
	s.same("known as", got.Person.LinkedIn, "https://www.linkedin.com/in/ann")
	// The profile was seen a day ago: it is read again five days after that.
	s.same("read", []time.Time{got.RefreshedAt, got.Due}, []time.Time{monday, monday.Add(5 * 24 * time.Hour)})
}

func TestTextsAreCleanedBeforeTheyAreKept(t *testing.T) {
	rows := map[string]string{
		"C\x00R\nO":                    "C R O",
		" Head\tof   \xffSales ":       "Head of Sales",
		"営業部長":                         "営業部長",
		strings.Repeat("é", 600):       strings.Repeat("é", 511) + "…",
		strings.Repeat("x", 512):       strings.Repeat("x", 512),
		"Größe \u0085 und\u2028 Länge": "Größe und Länge",
	}
	for title, want := range rows {
		s := newStage(t, nil)
		id := s.bring("ann", sponsor.Tracked)
		s.provider.answer("ann", changed("ann", title, "", ""))
		s.later(week)
		s.same("proposed", s.load(id).Updates[0].Changes[0].New, want)
		s.same("seen", s.load(id).Seen.Person.Title, want)
	}
}
