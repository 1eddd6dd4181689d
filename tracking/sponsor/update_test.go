package sponsor_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// oneTask raises a task for every update of every entity.
func oneTask(r *sponsor.Rules) {
	r.CallsToAction = []sponsor.ActionRule{{Name: "any", Type: "Call", Priority: "High", Reason: "Sponsor change", Playbook: "Say hello", DueDays: 3}}
}

func TestSP07GoneTwiceInARowDisables(t *testing.T) {
	gone := sponsor.Refreshed{Err: fmt.Errorf("vendor: %d: %w", http.StatusNotFound, sponsor.ErrGone)}
	limited := sponsor.Refreshed{Err: fmt.Errorf("vendor: %d: %w", http.StatusTooManyRequests, sponsor.ErrLimited)}
	broken := sponsor.Refreshed{Err: fmt.Errorf("vendor: %d: %w", http.StatusInternalServerError, sponsor.ErrBroken)}
	other := sponsor.Refreshed{Err: errors.New("unexpected end of JSON input")}
	there := sponsor.Refreshed{Profile: profile("ann")}
	stale := there
	stale.Profile.SeenAt = monday.AddDate(-1, 0, 0)
	rows := []struct {
		name    string
		answers []sponsor.Refreshed
		want    sponsor.Status
	}{
		{"once", []sponsor.Refreshed{gone}, sponsor.Tracked},
		{"twice", []sponsor.Refreshed{gone, gone}, sponsor.Disabled},
		{"once, there but seen long ago, once", []sponsor.Refreshed{gone, stale, gone}, sponsor.Tracked},
		{"once, there, once", []sponsor.Refreshed{gone, there, gone}, sponsor.Tracked},
		{"once, there, twice", []sponsor.Refreshed{gone, there, gone, gone}, sponsor.Disabled},
		{"429 many times", []sponsor.Refreshed{limited, limited, limited, limited}, sponsor.Tracked},
		{"500 many times", []sponsor.Refreshed{broken, broken, broken, broken}, sponsor.Tracked},
		{"anything else many times", []sponsor.Refreshed{other, other, other, other}, sponsor.Tracked},
		{"404, 500, 404 is not in a row", []sponsor.Refreshed{gone, broken, gone}, sponsor.Tracked},
		{"404, 429, 404 is not in a row", []sponsor.Refreshed{gone, limited, gone}, sponsor.Tracked},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, nil)
			id := s.bring("ann", sponsor.Tracked)
			for _, a := range row.answers {
				s.provider.answer("ann", a)
				s.later(week)
			}
			s.status(id, row.want)
			s.same("refreshes", s.provider.refreshes, len(row.answers))
		})
	}
}

func TestAReportedProfileIsNotGone(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", sponsor.Refreshed{Err: sponsor.ErrGone})
	s.later(week)
	p := profile("ann")
	p.Person.Emails = []string{"ann@acme.com"}
	must(s.desk.Observe(t.Context(), p))
	s.later(week)
	s.same("the count began anew", []any{s.load(id).Status, s.load(id).Misses}, []any{sponsor.Tracked, 1})
}

// The provider is slow, the lease runs out, and another process asks as well: both
// hear that the profile is gone, but it was confirmed once.
func TestAnAnswerThatComesAfterTheLeaseCountsForNothing(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", sponsor.Refreshed{Err: sponsor.ErrGone})
	s.now = s.now.Add(week)
	slow := meddling{s.provider, func() { s.later(sponsor.DefaultLease + time.Second) }}
	desk := must(sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: s.store, Provider: slow}, &sponsor.Options{Now: func() time.Time { return s.now }}))
	must(desk.Work(t.Context()))
	s.same("asked twice", s.provider.refreshes, 2)
	s.same("confirmed once", []any{s.load(id).Status, s.load(id).Misses}, []any{sponsor.Tracked, 1})
}

func TestAWholeCallThatFailsDisablesNobody(t *testing.T) {
	for _, err := range []error{sponsor.ErrGone, sponsor.ErrLimited, sponsor.ErrBroken, errors.New("reset")} {
		s := newStage(t, nil)
		id := s.bring("ann", sponsor.Tracked)
		s.provider.callErr = err
		for range 3 {
			got := s.later(week)
			s.same("work", got, sponsor.WorkReport{Failed: 1, Limited: errors.Is(err, sponsor.ErrLimited)})
		}
		s.status(id, sponsor.Tracked)
		s.same("refreshed", s.load(id).RefreshedAt, monday)
	}
}

func TestDisabledIsNotAskedForAgain(t *testing.T) {
	s := newStage(t, nil)
	s.bring("ann", sponsor.Disabled)
	s.now = s.now.Add(4 * week)
	s.same("work", s.work(), sponsor.WorkReport{})
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

func TestSP09Accept(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "", "Hamburg"))
	s.later(week)
	s.now = s.now.Add(time.Hour)
	got, conflicts, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1", By: "anna"})
	s.ok(err)
	s.same("conflicts", conflicts, []sponsor.Conflict{})
	s.same("record", []string{got.Person.Title, got.Location}, []string{"CRO", "Hamburg"})
	s.same("badge", got.Open(), 0)
	s.same("update", []any{got.Updates[0].State, got.Updates[0].By, got.Updates[0].ClosedAt}, []any{sponsor.UpdateAccepted, "anna", s.now})
	var rows []sponsor.Entry
	for e, err := range s.desk.History(t.Context(), sponsor.HistoryFilter{Sponsor: id}) {
		s.ok(err)
		if e.Act == sponsor.ActAccepted {
			rows = append(rows, e)
		}
	}
	acme := sponsor.EntityRef{Kind: "account", ID: "acme"}
	want := []sponsor.Entry{
		{Sponsor: id, Entity: acme, At: s.now, By: "anna", Act: sponsor.ActAccepted, Update: "u1", Attribute: sponsor.Title, Old: "VP Sales", New: "CRO"},
		{Sponsor: id, Entity: acme, At: s.now, By: "anna", Act: sponsor.ActAccepted, Update: "u1", Attribute: sponsor.Location, Old: "Berlin", New: "Hamburg"},
	}
	s.same("history", rows, want)

	lines := len(s.history(sponsor.HistoryFilter{Sponsor: id}))
	again, conflicts, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1", By: "ben"})
	s.ok(err)
	s.same("second accept", again, got)
	s.same("conflicts", conflicts, []sponsor.Conflict{})
	s.same("lines of history", len(s.history(sponsor.HistoryFilter{Sponsor: id})), lines)
	s.same("no update of what is accepted", s.later(week), sponsor.WorkReport{Refreshed: 1})
	if _, _, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u9"}); !errors.Is(err, sponsor.ErrUnknown) {
		t.Errorf("unknown update: %v", err)
	}
	if _, _, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: "s-nobody", Update: "u1"}); !errors.Is(err, sponsor.ErrUnknown) {
		t.Errorf("unknown sponsor: %v", err)
	}
	if _, err := s.desk.Reject(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1"}); !errors.Is(err, sponsor.ErrRefused) {
		t.Errorf("reject what is accepted: %v", err)
	}
}

func TestAcceptedValuesReachTheRecordInTheCRM(t *testing.T) {
	rows := []struct {
		name, record string
		fields       map[sponsor.Attribute]string
		want         *crm.Write
	}{
		{"a contact's title", "003xx000004TmiQAAS", nil,
			&crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: "003xx000004TmiQAAS", Set: crm.Fields{"Title": "CRO"}}},
		{"a lead's title and city", "00Qxx000004TmiQ", map[sponsor.Attribute]string{sponsor.Title: "Title", sponsor.Location: "City"},
			&crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectLead, ID: "00Qxx000004TmiQEAS", Set: crm.Fields{"Title": "CRO", "City": "Hamburg"}}},
		{"nobody in the CRM", "", nil, nil},
		{"no field", "003xx000004TmiQAAS", map[sponsor.Attribute]string{}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, func(r *sponsor.Rules) {
				if row.fields != nil {
					r.Fields = row.fields
				}
			})
			who := person("ann")
			who.RecordID = row.record
			got, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: who, Location: "Berlin", Entities: []sponsor.Entity{account("acme", "anna")}})
			s.ok(err)
			s.bring("ann", sponsor.Tracked)
			s.provider.answer("ann", changed("ann", "CRO", "", "Hamburg"))
			s.later(week)
			_, _, err = s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: got.ID, Update: "u1", By: "anna"})
			s.ok(err)
			var write *crm.Write
			for _, e := range s.effects(got.ID) {
				if e.Write != nil {
					s.same("key", e.Key, e.Write.Key)
					e.Write.Key = ""
					write = e.Write
				}
			}
			s.same("write", write, row.want)
		})
	}
}

func TestSP10AcceptAll(t *testing.T) {
	s := newStage(t, nil)
	ids := map[string]string{}
	for _, name := range []string{"ann", "ben", "cal"} {
		ids[name] = s.bring(name, sponsor.Tracked)
		s.provider.answer(name, changed(name, "CRO", "", ""))
	}
	s.records.held = map[string]sponsor.Record{"ann": {Title: "VP Sales"}, "ben": {Title: "VP, Sales"}, "cal": {Title: "VP Sales"}}
	s.same("work", s.later(week), sponsor.WorkReport{Refreshed: 3, Updates: 3})

	s.records.held["ben"] = sponsor.Record{Title: "Head of Nothing"} // somebody typed it in
	s.records.held["cal"] = sponsor.Record{Title: "CRO"}             // somebody was faster
	got, err := s.desk.AcceptAll(t.Context(), sponsor.Filter{}, "anna")
	s.ok(err)
	accepted := map[string]bool{}
	for _, ref := range got.Accepted {
		accepted[ref.Sponsor+ref.Update] = true
	}
	s.same("accepted", accepted, map[string]bool{ids["ann"] + "u1": true, ids["cal"] + "u1": true})
	s.same("conflicts", got.Conflicts, []sponsor.Conflict{{
		Sponsor: ids["ben"], Update: "u1", Attribute: sponsor.Title, Old: "VP Sales", New: "CRO", Current: "Head of Nothing",
	}})
	s.same("badges", []int{s.load(ids["ann"]).Open(), s.load(ids["ben"]).Open(), s.load(ids["cal"]).Open()}, []int{0, 1, 0})
	s.same("ben's record", s.load(ids["ben"]).Person.Title, "VP Sales")

	again, err := s.desk.AcceptAll(t.Context(), sponsor.Filter{}, "anna")
	s.ok(err)
	s.same("again", again, sponsor.Acceptance{Conflicts: got.Conflicts})
	one, conflicts, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: ids["ben"], Update: "u1", By: "anna", Overwrite: true})
	s.ok(err)
	s.same("overwritten", []any{len(conflicts), one.Person.Title, one.Open()}, []any{0, "CRO", 0})
}

func TestTheCRMMayLagBehind(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.records.held = map[string]sponsor.Record{"ann": {Company: "Acme, Inc."}}
	for i, company := range []string{"Globex", "Initech"} {
		s.provider.answer("ann", changed("ann", "", company, ""))
		s.later(week)
		got, conflicts, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: fmt.Sprint("u", i+1), By: "anna"})
		s.ok(err)
		// The contact stays at its account; it held that when the update was made.
		s.same("accepted", []any{len(conflicts), got.Person.Company.Name}, []any{0, company})
	}
	s.provider.answer("ann", changed("ann", "", "Hooli", ""))
	s.later(week)
	s.records.held["ann"] = sponsor.Record{Company: "Umbrella"}
	_, conflicts, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u3", By: "anna"})
	s.ok(err)
	s.same("conflict", conflicts, []sponsor.Conflict{{Sponsor: id, Update: "u3", Attribute: sponsor.Company, Old: "Initech", New: "Hooli", Current: "Umbrella"}})
}

func TestAcceptAsksTheCRMFirst(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	s.later(week)
	s.records.err = crm.ErrUnavailable
	if _, _, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1"}); !errors.Is(err, crm.ErrUnavailable) {
		t.Errorf("accept: %v", err)
	}
	if _, err := s.desk.AcceptAll(t.Context(), sponsor.Filter{}, "anna"); !errors.Is(err, crm.ErrUnavailable) {
		t.Errorf("accept all: %v", err)
	}
	s.same("badge", s.load(id).Open(), 1)
}

func TestWhatTheCRMHoldsAlreadyIsNoUpdate(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.records.held = map[string]sponsor.Record{"ann": {Title: "C.R.O."}}
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	s.same("work", s.later(week), sponsor.WorkReport{Refreshed: 1})
	s.same("title", s.load(id).Person.Title, "C.R.O.")
	s.same("calls to the CRM", s.records.calls, 1)
	s.same("nothing new", s.later(week), sponsor.WorkReport{Refreshed: 1})
	s.same("calls to the CRM", s.records.calls, 1)
}

func TestSP11Reject(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "Globex", ""))
	s.later(week)
	for range 2 { // the second time changes nothing
		got, err := s.desk.Reject(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1", By: "anna"})
		s.ok(err)
		s.same("rejected", []any{got.Updates[0].State, got.Open(), got.Person.Title, got.Person.Company.Name}, []any{sponsor.UpdateRejected, 0, "VP Sales", "Acme Inc"})
	}
	s.same("history", s.history(sponsor.HistoryFilter{Sponsor: id}), []string{
		`acme observed title: VP Sales → CRO by ""`,
		`acme observed company: Acme Inc → Globex by ""`,
		`acme rejected title: VP Sales → CRO by "anna"`,
		`acme rejected company: Acme Inc → Globex by "anna"`,
	})
	s.same("the same again", s.later(week), sponsor.WorkReport{Refreshed: 1})
	s.provider.answer("ann", changed("ann", "C.R.O.", "GLOBEX Corp.", ""))
	s.same("the same in other letters", s.later(week), sponsor.WorkReport{Refreshed: 1})
	s.provider.answer("ann", changed("ann", "CRO", "Initech", ""))
	s.same("another company", s.later(week), sponsor.WorkReport{Refreshed: 1, Updates: 1})
	s.same("and it alone", s.load(id).Updates[1].Changes, []sponsor.Change{
		{Attribute: sponsor.Company, Old: "Acme Inc", New: "Initech", Company: matching.Company{Name: "Initech"}},
	})
	if _, _, err := s.desk.Accept(t.Context(), sponsor.Verdict{Sponsor: id, Update: "u1"}); !errors.Is(err, sponsor.ErrRefused) {
		t.Errorf("accept what was rejected: %v", err)
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

func TestDetails(t *testing.T) {
	s := newStage(t, oneTask)
	id := s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "", ""))
	s.later(week)
	s.provider.answer("ann", changed("ann", "CRO", "", "Hamburg"))
	s.later(week)
	got, err := s.desk.Details(t.Context(), sponsor.UpdateRef{Sponsor: id, Update: "u2"})
	s.ok(err)
	s.same("update", []any{got.Update.ID, len(got.Update.Changes), len(got.History), len(got.Effects)}, []any{"u2", 1, 1, 1})
	s.same("line", got.History[0].New, "Hamburg")
	s.same("task", got.Effects[0].Task.Rule, "any")
	for _, ref := range []sponsor.UpdateRef{{Sponsor: id, Update: "u3"}, {Sponsor: "s-nobody", Update: "u1"}} {
		if _, err := s.desk.Details(t.Context(), ref); !errors.Is(err, sponsor.ErrUnknown) {
			t.Errorf("%v: %v", ref, err)
		}
	}
}

func TestClosedUpdatesAreForgottenInTheEnd(t *testing.T) {
	s := newStage(t, nil)
	id := s.bring("ann", sponsor.Tracked)
	for i := range sponsor.MaxClosed + 20 {
		s.provider.answer("ann", changed("ann", fmt.Sprint("Title ", i), "", ""))
		s.later(week)
	}
	got := s.load(id)
	s.same("kept", []any{len(got.Updates), got.Open(), got.Made}, []any{sponsor.MaxClosed + 1, 1, sponsor.MaxClosed + 20})
	s.same("the oldest is gone", got.Updates[0].ID, "u20")
}
