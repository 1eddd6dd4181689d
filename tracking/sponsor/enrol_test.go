package sponsor_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// namesake is Ann Lee at Acme, with a record or without.
func namesake(record string) tracking.Person {
	return tracking.Person{RecordID: record, FirstName: "Ann", LastName: "Lee", Company: matching.Company{Name: "Acme"}}
}

const (
	recordA = "003xx000004TmiQAAS"
	recordB = "003xx000004TmiRAAS"
)

func TestEnrolKnowsWhoIsThereAlready(t *testing.T) {
	rows := []struct {
		name          string
		first, second tracking.Person
		same          bool
	}{
		{"one record in both forms of its id", tracking.Person{RecordID: "003xx000004TmiQ"}, tracking.Person{RecordID: recordA}, true},
		{"one page", tracking.Person{LinkedIn: "https://de.linkedin.com/in/Ann/"}, tracking.Person{LinkedIn: "linkedin.com/in/ann?x=1"}, true},
		{"one address", tracking.Person{Emails: []string{"ann@acme.com"}}, tracking.Person{Emails: []string{"new@x.example", "Ann+crm@acme.com"}}, true},
		{"a shared mailbox is nobody's", tracking.Person{RecordID: recordA, Emails: []string{"info@acme.com"}}, tracking.Person{RecordID: recordB, Emails: []string{"info@acme.com"}}, false},
		{"name and company, nothing against it", namesake(recordA), namesake(""), true},
		{"name and company of two records", namesake(recordA), namesake(recordB), false},
		{"another company", namesake(""), tracking.Person{FirstName: "Ann", LastName: "Lee", Company: matching.Company{Name: "Globex"}}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s := newStage(t, nil)
			var ids []string
			for _, p := range []tracking.Person{row.first, row.second} {
				got, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: p, Entities: []sponsor.Entity{account("acme", "")}})
				s.ok(err)
				ids = append(ids, got.ID)
			}
			if (ids[0] == ids[1]) != row.same {
				t.Errorf("ids %v, one person: %v", ids, row.same)
			}
		})
	}
}

func TestEnrolAddsEntitiesAndIdentifiers(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	who := person("ann")
	who.RecordID, who.LinkedIn, who.Title = recordA, "de.linkedin.com/in/Ann", "Chief Typist"
	for range 2 { // the second time changes nothing
		got, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: who, Location: "Rome", Entities: []sponsor.Entity{relationship("nps-9", "ben")}})
		s.ok(err)
		s.same("one sponsor, one save", []any{got.ID, got.Version}, []any{id, 2})
		s.same("identifiers", got.Identity(), []string{"crm:" + recordA, "in:/in/ann", "mail:ann@acme.com"})
		s.same("values stay", []string{got.Person.Title, got.Location}, []string{"VP Sales", "Berlin"})
		s.same("entities", got.Entities, []sponsor.Entity{account("acme", "anna"), relationship("nps-9", "ben")})
	}
}

func TestEnrolNamesWhatItCannotUse(t *testing.T) {
	s := newStage(t, nil)
	acme := []sponsor.Entity{account("acme", "")}
	rows := []struct {
		name, want string
		n          sponsor.Enrolment
	}{
		{"nobody", "sponsor: enrol: person: invalid: no record id, page, address, or name with company", sponsor.Enrolment{Person: tracking.Person{FirstName: "Ann"}, Entities: acme}},
		{"nowhere", "sponsor: enrol: entities: invalid: a sponsor belongs to something", sponsor.Enrolment{Person: person("ann")}},
		{"no such kind", "entity.kind: invalid: no such kind of entity: team", sponsor.Enrolment{Person: person("ann"), Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: "team", ID: "1"}}}}},
		{"no id", "entity.id: invalid: missing", sponsor.Enrolment{Person: person("ann"), Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount}}}}},
	}
	for _, row := range rows {
		_, err := s.desk.Enrol(t.Context(), row.n)
		if !errors.Is(err, sponsor.ErrInvalid) || !strings.HasSuffix(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", row.name, err, row.want)
		}
	}
	counts, err := s.store.Count(t.Context(), sponsor.Filter{})
	s.ok(err)
	s.same("nobody went in", counts.Sponsors, map[sponsor.Status]int{})
}

func TestANameOfTwoPeopleNamesNobody(t *testing.T) {
	s := newStage(t, nil)
	for _, record := range []string{recordA, recordB} {
		_, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: namesake(record), Entities: []sponsor.Entity{account("acme", "")}})
		s.ok(err)
	}
	_, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: namesake(""), Entities: []sponsor.Entity{account("acme", "")}})
	const want = "person: invalid: several people have this name there: give a record id, a page or an address"
	if !errors.Is(err, sponsor.ErrInvalid) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("enrol: %v", err)
	}
	if n, err := s.desk.Erase(t.Context(), namesake("")); !errors.Is(err, sponsor.ErrInvalid) || n != 0 {
		t.Errorf("erase: %d, %v", n, err)
	}
	third := namesake("")
	third.Emails = []string{"ann.lee@acme.com"}
	got, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: third, Entities: []sponsor.Entity{account("acme", "")}})
	s.ok(err)
	counts, err := s.store.Count(t.Context(), sponsor.Filter{})
	s.ok(err)
	s.same("three people", counts.Sponsors[sponsor.Untracked], 3)
	n, err := s.desk.Erase(t.Context(), third)
	s.ok(err)
	s.same("erased", n, 1)
	s.same("the other two are there", len(must(s.store.Load(t.Context(), []string{got.ID}))), 0)
	counts, err = s.store.Count(t.Context(), sponsor.Filter{})
	s.ok(err)
	s.same("two people", counts.Sponsors[sponsor.Untracked], 2)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTwoRecordsOfOneHuman(t *testing.T) {
	s := newStage(t, nil)
	first, second := person("ann"), tracking.Person{RecordID: recordB}
	a := must(s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: first, Entities: []sponsor.Entity{account("acme", "")}}))
	b := must(s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: second, Entities: []sponsor.Entity{account("acme", "")}}))
	// A list names both: the record goes before the address, and nobody is changed
	// into the other.
	both := person("ann")
	both.RecordID = recordB
	got, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: both, Entities: []sponsor.Entity{relationship("r", "")}})
	s.ok(err)
	s.same("the record's", got.ID, b.ID)
	s.same("as it was", [][]string{got.Identity(), s.load(a.ID).Identity()}, [][]string{{"crm:" + recordB}, {"mail:ann@acme.com"}})
}

func TestAttachAndDetach(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	acme := account("acme", "").EntityRef
	if _, err := s.desk.Detach(t.Context(), id, acme, "anna"); !errors.Is(err, sponsor.ErrRefused) {
		t.Errorf("the last one: %v", err)
	}
	project := sponsor.Entity{EntityRef: sponsor.EntityRef{Kind: sponsor.KindProject, ID: "p1"}, Role: "Sponsor", OwnerID: "ben"}
	for range 2 {
		got, err := s.desk.Attach(t.Context(), id, project, "anna")
		s.ok(err)
		s.same("attached", []any{got.Version, got.Entities[1]}, []any{2, project})
	}
	project.OwnerID = "carla"
	got, err := s.desk.Attach(t.Context(), id, project, "anna")
	s.ok(err)
	s.same("another owner", []any{got.Version, got.Entities[1].OwnerID}, []any{3, "carla"})
	for range 2 {
		got, err = s.desk.Detach(t.Context(), id, acme, "anna")
		s.ok(err)
		s.same("left", []any{got.Version, got.Entities}, []any{4, []sponsor.Entity{project}})
	}
	var lines []string
	for e, err := range s.desk.History(t.Context(), sponsor.HistoryFilter{Sponsor: id}) {
		s.ok(err)
		lines = append(lines, string(e.Act)+" "+e.Entity.ID+" "+e.Old+e.New)
	}
	s.same("history", lines, []string{"attached acme Champion", "attached p1 Sponsor", "detached acme Champion"})
}

func TestEraseReachesEverything(t *testing.T) {
	s := newStage(t, func(r *sponsor.Rules) { oneTask(r); r.Notify = true })
	who := person("ann")
	who.Emails = append(who.Emails, "ann.secret@home.example")
	enrolled, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: who, Location: "Berlin", Entities: []sponsor.Entity{account("acme", "anna")}})
	s.ok(err)
	s.bring("ann", sponsor.Tracked)
	s.provider.answer("ann", changed("ann", "CRO", "Globex", ""))
	s.later(week)
	// The same human under another record, known by the page alone.
	twin := tracking.Person{RecordID: recordB, FirstName: "A.", LastName: "Lee"}
	other, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{Person: twin, Entities: []sponsor.Entity{account("acme", "anna")}})
	s.ok(err)
	// And she was suggested for two others, once passed over.
	s.provider.find("ben", profile("ann"), profile("ben"))
	ben := s.enrol("ben")
	must(s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: ben}))
	s.provider.find("cal", profile("ann"))
	cal := s.enrol("cal")
	must(s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: cal}))
	byName := sponsor.Profile{Person: tracking.Person{FirstName: "Ann", LastName: "Lee", Company: matching.Company{Name: "Acme, Inc."}}}
	s.provider.find("eve", byName, profile("eve"))
	eve := s.enrol("eve")
	must(s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: eve}))
	s.provider.find("dan", profile("ann"))
	dan := s.enrol("dan")
	must(s.desk.Start(t.Context(), sponsor.StartOrder{Sponsor: dan}))
	must(s.desk.FindNewMatch(t.Context(), dan, "anna"))

	n, err := s.desk.Erase(t.Context(), tracking.Person{Emails: []string{"ann.secret@home.example"}})
	s.ok(err)
	s.same("erased", n, 1)
	for _, key := range append(enrolled.Keys(), "in:/in/ann") {
		s.same(key, len(must(s.store.Known(t.Context(), []string{key}))), 0)
	}
	s.same("history", s.history(sponsor.HistoryFilter{Sponsor: enrolled.ID}), []string{})
	s.same("effects", s.effects(enrolled.ID), []sponsor.Effect{})
	s.same("ben keeps the other suggestion", []any{s.load(ben).Status, len(s.load(ben).Candidates)}, []any{sponsor.MatchFound, 1})
	s.same("eve keeps the other suggestion", []any{s.load(eve).Status, len(s.load(eve).Candidates)}, []any{sponsor.MatchFound, 1})
	s.same("cal is looked for again", []any{s.load(cal).Status, len(s.load(cal).Candidates), s.load(cal).Due}, []any{sponsor.Pending, 0, s.now})
	s.same("dan has nothing to remember", []any{s.load(dan).Status, len(s.load(dan).Passed)}, []any{sponsor.Pending, 0})
	s.same("who shares nothing stays", s.load(other.ID).ID, other.ID)
	for _, id := range []string{ben, cal, dan, eve, other.ID} {
		text := must(json.Marshal(s.load(id)))
		for e, err := range s.store.History(t.Context(), sponsor.HistoryFilter{Sponsor: id}) {
			s.ok(err)
			text = append(text, must(json.Marshal(e))...)
		}
		if strings.Contains(string(text), "/in/ann") || strings.Contains(string(text), "ann.secret") {
			t.Errorf("%s still knows her: %s", id, text)
		}
	}
	if _, err := s.desk.Erase(t.Context(), tracking.Person{FirstName: "Ann"}); !errors.Is(err, sponsor.ErrInvalid) {
		t.Errorf("erase nobody: %v", err)
	}
	n, err = s.desk.Erase(t.Context(), tracking.Person{Emails: []string{"ann.secret@home.example"}})
	s.ok(err)
	s.same("erased again", n, 0)
}

func TestEraseFollowsThePersonFromOneSponsorToTheNext(t *testing.T) {
	s := newStage(t, nil)
	// Two records of one human: the second tracks a page that names the first's address.
	first := s.bring("ann", sponsor.Tracked)
	a := profile("ann")
	a.Person.Emails = []string{"ann@linked.example"}
	s.provider.answer("ann", sponsor.Refreshed{Profile: a})
	s.later(week)
	second, err := s.desk.Enrol(t.Context(), sponsor.Enrolment{
		Person: tracking.Person{RecordID: recordB, Emails: []string{"ann@linked.example"}}, Entities: []sponsor.Entity{account("globex", "")},
	})
	s.ok(err)
	if first == second.ID {
		t.Fatal("the enrolment knows what only the profile says")
	}
	n, err := s.desk.Erase(t.Context(), tracking.Person{RecordID: recordB})
	s.ok(err)
	s.same("erased", n, 2)
}

func TestAnErasedSponsorIsNotBroughtBack(t *testing.T) {
	s := newStage(t, nil)
	id := s.enrol("ann")
	// Somebody erases the person while the provider is being asked.
	desk, err := sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{
		Store: s.store, Provider: meddling{s.provider, func() { must(s.desk.Erase(t.Context(), person("ann"))) }},
	}, nil)
	s.ok(err)
	if _, err := desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id}); !errors.Is(err, sponsor.ErrUnknown) {
		t.Errorf("start: %v", err)
	}
	s.same("nobody", len(must(s.store.Load(t.Context(), []string{id}))), 0)
}

// TestErasedPeopleAreNotEnrolled, and when nobody can tell who was erased, nobody is.
func TestErasedPeopleAreNotEnrolled(t *testing.T) {
	erased, failure := true, error(nil)
	deps := sponsor.Deps{Store: sponsor.NewMemoryStore(), Provider: &provider{}, Erased: func(context.Context, []tracking.Person) ([]bool, error) { return []bool{erased}, failure }}
	desk := must(sponsor.NewDesk(sponsor.DefaultRules(), deps, nil))
	n := sponsor.Enrolment{Person: person("ann"), Entities: []sponsor.Entity{account("acme", "anna")}}
	if _, err := desk.Enrol(t.Context(), n); !errors.Is(err, sponsor.ErrErased) {
		t.Errorf("erased: %v", err)
	}
	failure = errors.New("the ledger is away")
	if _, err := desk.Enrol(t.Context(), n); !errors.Is(err, failure) {
		t.Errorf("nobody can tell: %v", err)
	}
	erased, failure = false, nil
	if _, err := desk.Enrol(t.Context(), n); err != nil {
		t.Error(err)
	}
}

// TestErasedPeopleAreNotSuggested: whose profile a provider still has is no candidate, and
// when nobody can tell who was erased, nobody is suggested yet.
func TestErasedPeopleAreNotSuggested(t *testing.T) {
	for _, failure := range []error{nil, errors.New("the ledger is away")} {
		found := &provider{}
		found.find("ann", profile("ann"), profile("anne"))
		deps := sponsor.Deps{Store: sponsor.NewMemoryStore(), Provider: found, Erased: func(_ context.Context, people []tracking.Person) ([]bool, error) {
			if len(people) == 1 { // who is enrolled
				return []bool{false}, nil
			}
			return []bool{false, true}, failure
		}}
		desk := must(sponsor.NewDesk(sponsor.DefaultRules(), deps, nil))
		id := must(desk.Enrol(t.Context(), sponsor.Enrolment{Person: person("ann"), Entities: []sponsor.Entity{account("acme", "anna")}})).ID
		_, err := desk.Start(t.Context(), sponsor.StartOrder{Sponsor: id})
		if !errors.Is(err, failure) {
			t.Errorf("%v, want %v", err, failure)
		}
		stored := must(deps.Store.Load(t.Context(), []string{id}))[id]
		switch {
		case failure != nil && (stored.Status != sponsor.Pending || len(stored.Candidates) > 0):
			t.Errorf("nobody can tell: %s, %+v", stored.Status, stored.Candidates)
		case failure == nil && (len(stored.Candidates) != 1 || stored.Candidates[0].Person.FirstName != profile("ann").Person.FirstName):
			t.Errorf("%s, %+v", stored.Status, stored.Candidates)
		}
	}
}
