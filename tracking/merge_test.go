package tracking_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// anyNumber compares standings of different rosters.
var anyNumber = cmpopts.IgnoreFields(tracking.Standing{}, "Number")

// mailed are people known by an address alone.
func mailed(names ...string) []tracking.Person {
	var out []tracking.Person
	for _, n := range names {
		out = append(out, tracking.Person{Emails: []string{n + "@example.com"}})
	}
	return out
}

func list(relationship string, people ...tracking.Person) tracking.List {
	return tracking.List{Relationship: relationship, People: slices.Values(people)}
}

func merge(t *testing.T, ranked []tracking.Relationship, lists ...tracking.List) *tracking.Roster {
	t.Helper()
	r, err := tracking.Merge(ranked, lists)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// counts gives the counters as "relationship report/unique/tracking", empty ones left out.
func counts(r *tracking.Roster) []string {
	var out []string
	for _, c := range r.Counters() {
		if c.InReport > 0 {
			out = append(out, fmt.Sprintf("%s %d/%d/%d", c.Relationship, c.InReport, c.Unique, c.Tracking))
		}
	}
	return out
}

// tr01 are ten rows of eight people, and six rows of six, three of them in both.
func tr01() []tracking.List {
	return []tracking.List{
		list(tracking.ClosedWon, mailed("a", "b", "c", "d", "e", "f", "g", "h", "a", "b")...),
		list(tracking.User, mailed("a", "b", "c", "x", "y", "z")...),
	}
}

func TestTR01CountersInReportUniqueTracking(t *testing.T) {
	r := merge(t, tracking.DefaultRelationships(), tr01()...)
	if diff := cmp.Diff([]string{"closed_won 10/8/8", "user 6/6/3"}, counts(r)); diff != "" {
		t.Error(diff)
	}
	if r.Credits() != 11 {
		t.Errorf("credits %d, want 11", r.Credits())
	}
}

func TestTR02RerankMovesPeopleAndCostsNothing(t *testing.T) {
	ranked, err := tracking.Rerank(tracking.DefaultRelationships(), []string{tracking.User, tracking.ClosedWon})
	if err != nil {
		t.Fatal(err)
	}
	r := merge(t, ranked, tr01()...)
	if diff := cmp.Diff([]string{"user 6/6/6", "closed_won 10/8/5"}, counts(r)); diff != "" {
		t.Error(diff)
	}
	if r.Credits() != 11 {
		t.Errorf("credits %d, want 11", r.Credits())
	}
	s, ok := r.Find(mailed("a")[0].Keys())
	want := tracking.Standing{Relationship: tracking.User, Relationships: []string{tracking.User, tracking.ClosedWon}}
	if diff := cmp.Diff(want, s, anyNumber); !ok || diff != "" {
		t.Errorf("found %v, (-want +got):\n%s", ok, diff)
	}
}

func TestImportingIsTrueWhenOneListRefreshesItself(t *testing.T) {
	report := list(tracking.User, mailed("a")...)
	report.Importing = true
	r := merge(t, tracking.DefaultRelationships(), list(tracking.User, mailed("b")...), report, list(tracking.Customer, mailed("c")...))
	for _, c := range r.Counters() {
		if want := c.Relationship == tracking.User; c.Importing != want {
			t.Errorf("%s importing %v, want %v", c.Relationship, c.Importing, want)
		}
	}
}

func ann(change func(*tracking.Person)) tracking.Person {
	p := tracking.Person{FirstName: "Ann", LastName: "Lee", Company: matching.Company{Name: "Acme Inc."}}
	change(&p)
	return p
}

func TestWhoIsOnePerson(t *testing.T) {
	none := func(*tracking.Person) {}
	record := func(id string) func(*tracking.Person) { return func(p *tracking.Person) { p.RecordID = id } }
	page := func(slug string) func(*tracking.Person) { return func(p *tracking.Person) { p.LinkedIn = slug } }
	mails := func(m ...string) func(*tracking.Person) { return func(p *tracking.Person) { p.Emails = m } }
	hub := func(id string) func(*tracking.Person) { return func(p *tracking.Person) { p.HubSpotID = id } }
	contact1, contact2, lead := "003000000000001AAA", "003000000000002AAA", "00Q000000000001AAA"
	tests := []struct {
		name   string
		people []tracking.Person
		want   int
	}{
		{"one record twice", []tracking.Person{ann(record(contact1)), ann(record("003000000000001"))}, 1},
		{"two records of one name and company", []tracking.Person{ann(record(contact1)), ann(record(contact2))}, 2},
		{"a contact and a lead of one name and company", []tracking.Person{ann(record(contact1)), ann(record(lead))}, 1},
		{"two profiles", []tracking.Person{ann(page("/in/ann-lee")), ann(page("/in/ann-lee-2"))}, 2},
		{"a profile and a record", []tracking.Person{ann(page("/in/ann-lee")), ann(record(contact1))}, 1},
		{"two contacts of HubSpot", []tracking.Person{ann(hub("501")), ann(hub("502"))}, 2},
		{"contacts of two portals", []tracking.Person{ann(hub("62515-501")), ann(hub("7-501"))}, 1},
		{"two addresses at one host", []tracking.Person{ann(mails("ann@acme.com")), ann(mails("ann.lee@acme.com"))}, 2},
		{"an address at work and one at home", []tracking.Person{ann(mails("ann@acme.com")), ann(mails("ann@gmail.com"))}, 1},
		{"two records that share an address", []tracking.Person{
			{RecordID: contact1, Emails: []string{"ann@acme.com"}}, {RecordID: contact2, Emails: []string{"ANN@acme.com"}}}, 1},
		{"a chain through strong keys", []tracking.Person{
			{RecordID: contact1, Emails: []string{"ann@acme.com"}}, {LinkedIn: "/in/ann"}, {LinkedIn: "/in/ann", Emails: []string{"ann@acme.com"}}}, 1},
		{"a name alone goes with the one who bears it", []tracking.Person{ann(none), ann(record(contact1)), ann(none)}, 1},
		{"a name that two bear joins nobody", []tracking.Person{ann(record(contact1)), ann(none), ann(record(contact2)), ann(none)}, 3},
		{"two who bear it are one through a third row", []tracking.Person{
			ann(record(contact1)), ann(record(contact2)), ann(none), {RecordID: contact1, LinkedIn: "/in/a"}, {RecordID: contact2, LinkedIn: "/in/a"}}, 1},
		{"names at other companies are others", []tracking.Person{ann(none), ann(func(p *tracking.Person) { p.Company.Name = "Globex" })}, 2},
		{"a row without keys is nobody", []tracking.Person{{FirstName: "Ann"}}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			forward := merge(t, tracking.DefaultRelationships(), list(tracking.User, test.people...))
			slices.Reverse(test.people)
			back := merge(t, tracking.DefaultRelationships(), list(tracking.User, test.people...))
			if forward.Credits() != test.want || back.Credits() != test.want {
				t.Errorf("%d people, and %d in the other order, want %d", forward.Credits(), back.Credits(), test.want)
			}
			if c := forward.Counters()[2]; c.InReport != len(test.people) {
				t.Errorf("%d rows in the report, want %d", c.InReport, len(test.people))
			}
		})
	}
}

func TestFindDoesNotTakeANamesake(t *testing.T) {
	r := merge(t, tracking.DefaultRelationships(),
		list(tracking.User, ann(func(p *tracking.Person) { p.RecordID = "003000000000001AAA" })))
	other := ann(func(p *tracking.Person) { p.RecordID = "003000000000002AAA" })
	if s, ok := r.Find(other.Keys()); ok {
		t.Errorf("another record of the same name stands as %v", s)
	}
	if _, ok := r.Find(ann(func(p *tracking.Person) { p.LinkedIn = "/in/ann" }).Keys()); !ok {
		t.Error("the same name with a profile is not found, want the record's person")
	}
}

// TestOrderOfRowsChangesNothing shuffles people who share names and keys at random.
func TestOrderOfRowsChangesNothing(t *testing.T) {
	for seed := range uint64(300) {
		dice := rand.New(rand.NewPCG(seed, 1))
		var people []tracking.Person
		for range 12 {
			p := tracking.Person{FirstName: "Ann", LastName: "Lee", Company: matching.Company{Name: string(rune('A' + dice.IntN(4)))}}
			if dice.IntN(2) == 0 {
				p.RecordID = fmt.Sprintf("00300000000000%d", dice.IntN(4))
			}
			if dice.IntN(3) == 0 {
				p.Emails = []string{fmt.Sprintf("ann%d@acme.com", dice.IntN(4))}
			}
			people = append(people, p)
		}
		split := func() []string {
			a := merge(t, tracking.DefaultRelationships(), list(tracking.User, people[:6]...), list(tracking.Customer, people[6:]...))
			return append(counts(a), fmt.Sprint(a.Credits()))
		}
		want := split()
		for range 5 {
			dice.Shuffle(6, func(i, j int) { people[i], people[j] = people[j], people[i] })
			dice.Shuffle(6, func(i, j int) { people[6+i], people[6+j] = people[6+j], people[6+i] })
			if diff := cmp.Diff(want, split()); diff != "" {
				t.Fatalf("seed %d: another order, another roster:\n%s", seed, diff)
			}
		}
		a := merge(t, tracking.DefaultRelationships(), list(tracking.User, people...))
		for _, c := range a.Counters() {
			if c.Tracking > c.Unique || c.Unique > c.InReport {
				t.Fatalf("seed %d: tracking <= unique <= in report does not hold: %+v", seed, c)
			}
		}
	}
}

func TestRelationshipsThatCannotBeUsed(t *testing.T) {
	named := func(id, name string) tracking.Relationship { return tracking.Relationship{ID: id, Name: name} }
	many := make([]tracking.Relationship, 65)
	for i := range many {
		many[i] = named(fmt.Sprint("r", i), fmt.Sprint("R", i))
	}
	tests := []struct {
		name   string
		ranked []tracking.Relationship
		want   string
	}{
		{"too many", many, "tracking: relationships: there are 65, want at most 64"},
		{"id", []tracking.Relationship{named("Closed Won", "x")}, `tracking: relationships[0].id: "Closed Won": want 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit`},
		{"id twice", []tracking.Relationship{named("a", "x"), named("a", "y")}, `tracking: relationships[1].id: "a" is there twice`},
		{"no name", []tracking.Relationship{named("a", " ")}, `tracking: relationships[0].name: relationship "a" needs a name`},
		{"name twice", []tracking.Relationship{named("a", "NPS 8+"), named("b", "nps 8+")}, `tracking: relationships[1].name: "nps 8+" is there twice`},
		{"cycle", []tracking.Relationship{{ID: "a", Name: "x", Cycle: "daily"}}, `tracking: relationships[0].cycle: "daily": want weekly or monthly`},
		{"grace", []tracking.Relationship{{ID: "a", Name: "x", GraceDays: 367}}, "tracking: relationships[0].grace_days: 367: want 0 to 366"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := tracking.CheckRelationships(test.ranked)
			if !errors.Is(err, tracking.ErrConfig) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if _, err := tracking.Merge(test.ranked, nil); !errors.Is(err, tracking.ErrConfig) {
				t.Errorf("merge: %v", err)
			}
		})
	}
	if _, err := tracking.Merge(tracking.DefaultRelationships(), []tracking.List{list("nps", mailed("a")...)}); err == nil || !strings.Contains(err.Error(), `"nps" is no relationship`) {
		t.Errorf("a list of an unknown relationship: %v", err)
	}
}

func TestCustomRelationshipsAreRankedLikeTheOthers(t *testing.T) {
	ranked := append(tracking.DefaultRelationships(), tracking.Relationship{ID: "nps_8", Name: "NPS 8+", Cycle: tracking.Monthly})
	ranked, err := tracking.Rerank(ranked, []string{"nps_8"})
	if err != nil {
		t.Fatal(err)
	}
	r := merge(t, ranked, append(tr01(), list("nps_8", mailed("a", "x", "new")...))...)
	if diff := cmp.Diff([]string{"nps_8 3/3/3", "closed_won 10/8/7", "user 6/6/2"}, counts(r)); diff != "" {
		t.Error(diff)
	}
	for _, order := range [][]string{{"gone"}, {"nps_8", "user", "nps_8"}} {
		if _, err := tracking.Rerank(ranked, order); !errors.Is(err, tracking.ErrConfig) {
			t.Errorf("order %q: %v", order, err)
		}
	}
}

func TestTR11GraceDoesNotOutrankWhatIsTrueNow(t *testing.T) {
	m, err := tracking.NewMerger(tracking.DefaultRelationships())
	if err != nil {
		t.Fatal(err)
	}
	people := mailed("moved", "gone")
	for _, p := range people {
		if err := m.AddLate(tracking.OpenOpp, p.Keys()); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Add(tracking.ClosedLost, people[0].Keys(), 1); err != nil {
		t.Fatal(err)
	}
	if err := m.AddLate("nps", nil); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("unknown relationship: %v", err)
	}
	r := m.Roster()
	if diff := cmp.Diff([]string{"open_opp 1/1/1", "closed_lost 1/1/1"}, counts(r)); diff != "" {
		t.Error(diff)
	}
	if s, _ := r.Find(people[0].Keys()); s.Relationship != tracking.ClosedLost {
		t.Errorf("stands as %q, want closed_lost: the open opportunity is over", s.Relationship)
	}
}

func TestGraceOfOnePersonComesTogether(t *testing.T) {
	m, err := tracking.NewMerger(tracking.DefaultRelationships())
	if err != nil {
		t.Fatal(err)
	}
	record, mail := "crm:003000000000001AAA", "mail:a@example.com"
	for _, late := range []struct {
		relationship string
		keys         []string
	}{{tracking.Customer, []string{record}}, {tracking.OpenOpp, []string{mail}}, {tracking.User, []string{record, mail}}} {
		if err := m.AddLate(late.relationship, late.keys); err != nil {
			t.Fatal(err)
		}
	}
	r := m.Roster()
	s, _ := r.Find([]string{mail})
	want := tracking.Standing{Relationship: "user", Relationships: []string{"user", "open_opp", "customer"}}
	if diff := cmp.Diff(want, s, anyNumber); diff != "" || r.Credits() != 1 {
		t.Errorf("%d people, want 1; (-want +got):\n%s", r.Credits(), diff)
	}
}
