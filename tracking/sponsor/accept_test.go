package sponsor_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/sponsor"
)

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
		held         string
		want         *crm.Write
	}{
		{"a contact's title", "003xx000004TmiQAAS", nil, "VP Sales",
			&crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: "003xx000004TmiQAAS", Set: crm.Fields{"Title": "CRO"}}},
		{"a lead's title and city", "00Qxx000004TmiQ", map[sponsor.Attribute]string{sponsor.Title: "Title", sponsor.Location: "City"}, "",
			&crm.Write{Verb: crm.VerbUpdate, Object: crm.ObjectLead, ID: "00Qxx000004TmiQEAS", Set: crm.Fields{"Title": "CRO", "City": "Hamburg"}}},
		{"nobody in the CRM", "", nil, "", nil},
		{"no field", "003xx000004TmiQAAS", map[sponsor.Attribute]string{}, "VP Sales", nil},
		{"somebody typed it in meanwhile", "003xx000004TmiQAAS", nil, "CRO", nil},
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
			s.records.held = map[string]sponsor.Record{"ann": {Title: row.held}}
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
