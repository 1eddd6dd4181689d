package digest_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
)

// week48 is the window of the digest of Monday, 23 November 2026, in Berlin.
func week48(t testing.TB) digest.Window {
	t.Helper()
	return digest.Schedule{Zone: berlin(t), Hour: 7}.Window(digest.Week{Year: 2026, Number: 48}, time.Time{})
}

// TestDR15WeeklyDigest: Monday 2026-11-23, organisation in Berlin: the changes since
// the last digest whose responsible user is this one; sections without rows are hidden.
func TestDR15WeeklyDigest(t *testing.T) {
	joins, leaves := dri.Joins, dri.Leaves
	book := digest.NewBook(digest.Facts{Changes: []digest.Change{
		move(t, "Ana", "2026-11-17T10:00:00Z", part(joins, dri.Customer, una, "New")),
		move(t, "Bob", "2026-11-18T10:00:00Z", part(leaves, dri.OpenOpportunity, una, "Old")),
		move(t, "Cid", "2026-11-19T10:00:00Z", part(joins, dri.Customer, una, "New")),
		move(t, "Dan", "2026-11-19T10:00:00Z", part(joins, dri.Target, uwe, "New")),
		move(t, "Eve", "2026-11-19T10:00:00Z", part(leaves, "partner", una, "Old")),
		// The edges of the week are Berlin's midnights, an hour before those of UTC.
		move(t, "First", "2026-11-15T23:00:00Z", part(joins, dri.Target, una, "New")),
		move(t, "Before", "2026-11-15T22:59:59Z", part(joins, dri.Target, una, "New")),
		move(t, "Last", "2026-11-22T22:59:59Z", part(joins, dri.Target, una, "New")),
		move(t, "After", "2026-11-22T23:00:00Z", part(joins, dri.Target, una, "New")),
	}})
	if got := book.Users(); !slices.Equal(got, []string{una.ID, uwe.ID}) {
		t.Errorf("users %v", got)
	}
	m := book.Weekly(una, week48(t))
	want := []string{
		"Left an account with an open opportunity: Person Bob",
		"Joined a customer: Person Cid Person Ana", // youngest first
		"Joined a target account: Person Last Person First",
		"Left another account: Person Eve",
	}
	if d := cmp.Diff(want, outline(m)); d != "" {
		t.Errorf("sections (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]digest.Count{{N: 4, Label: "joined"}, {N: 2, Label: "left"}}, m.Counts); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	if m.Subject != "4 joined, 2 left · 16 – 22 Nov 2026" || m.Week.String() != "2026-W48" || m.Kind != digest.KindDigest {
		t.Errorf("%s: %q, week %s", m.Kind, m.Subject, m.Week)
	}
}

// TestDR15EmptyDigests: who has nothing to hear has an empty digest, which nobody is
// sent; zero figures and sections do not show.
func TestDR15EmptyDigests(t *testing.T) {
	book := digest.NewBook(digest.Facts{Changes: []digest.Change{
		move(t, "Ana", "2026-11-01T10:00:00Z", part(dri.Joins, dri.Customer, una, "New")),
	}})
	for _, user := range []digest.Party{una, uwe} {
		if m := book.Weekly(user, week48(t)); !m.Empty() || len(m.Counts) != 0 || len(m.Sections) != 0 {
			t.Errorf("%s: %+v, want nothing", user.Name, m)
		}
	}
	if m := digest.Summary(mia, week48(t), []digest.Message{book.Weekly(una, week48(t))}); !m.Empty() {
		t.Errorf("summary of empty digests: %+v", m)
	}
}

// TestDR15SinceTheLastDigest: a longer window tells of what an earlier digest did not.
func TestDR15SinceTheLastDigest(t *testing.T) {
	book := digest.NewBook(digest.Facts{Changes: []digest.Change{
		move(t, "Ana", "2026-11-10T10:00:00Z", part(dri.Joins, dri.Customer, una, "New")),
		move(t, "Bob", "2026-11-18T10:00:00Z", part(dri.Joins, dri.Customer, una, "New")),
	}})
	w := digest.Schedule{Zone: berlin(t)}.Window(digest.Week{Year: 2026, Number: 48}, at(t, "2026-11-08T23:00:00Z"))
	if d := cmp.Diff([]string{"Joined a customer: Person Bob Person Ana"}, outline(book.Weekly(una, w))); d != "" {
		t.Errorf("two weeks (-want +got):\n%s", d)
	}
}

// TestDR08OneLineWithBothParts: one user is responsible for both halves.
func TestDR08OneLineWithBothParts(t *testing.T) {
	both := move(t, "Ana", "2026-11-18T10:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"), part(dri.Joins, dri.Target, una, "New"))
	two := move(t, "Bob", "2026-11-18T11:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"), part(dri.Joins, dri.Target, uwe, "New"))
	book := digest.NewBook(digest.Facts{Changes: []digest.Change{both, two}})
	m := book.Weekly(una, week48(t))
	if d := cmp.Diff([]string{"Left a customer: Person Bob Person Ana"}, outline(m)); d != "" {
		t.Fatalf("Una's sections (-want +got):\n%s", d)
	}
	want := [][]digest.Event{
		{{Verb: "left", About: company("Old"), Class: "customer"}, {Verb: "went to", About: company("New")}},
		{{Verb: "left", About: company("Old"), Class: "customer"}, {Verb: "joined", About: company("New"), Class: "target account"}},
	}
	for i, r := range m.Sections[0].Rows {
		if d := cmp.Diff(want[i], r.Events); d != "" {
			t.Errorf("row %d (-want +got):\n%s", i, d)
		}
	}
	if d := cmp.Diff([]string{"Joined a target account: Person Bob"}, outline(book.Weekly(uwe, week48(t)))); d != "" {
		t.Errorf("Uwe's sections (-want +got):\n%s", d)
	}
}

// TestDR08TheTitleFitsTheHalf: who is told that somebody left reads the title that they
// had there, and what they are now beside it; who is told that they joined, the new one.
func TestDR08TheTitleFitsTheHalf(t *testing.T) {
	two := move(t, "Bob", "2026-11-18T11:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"), part(dri.Joins, dri.Target, uwe, "New"))
	for _, known := range []string{"Director", ""} {
		two.OldRole = known
		book := digest.NewBook(digest.Facts{Changes: []digest.Change{two}})
		left, joined := book.Weekly(una, week48(t)).Sections[0].Rows[0], book.Weekly(uwe, week48(t)).Sections[0].Rows[0]
		if left.Role != known || !slices.Equal(left.Notes, []string{"now CTO"}) {
			t.Errorf("left: %q, notes %q, want %q and now CTO", left.Role, left.Notes, known)
		}
		if joined.Role != "CTO" || len(joined.Notes) > 0 {
			t.Errorf("joined: %q, notes %q, want CTO", joined.Role, joined.Notes)
		}
		told, _ := digest.Notice([]digest.Rule{{Say: "{person}, {role}"}}, two, una)
		if want := strings.TrimSpace("Person Bob, " + known); strings.TrimSpace(told.Subject) != want {
			t.Errorf("notice %q, want %q", told.Subject, want)
		}
	}
	two.OldRole = "CTO" // the same title there and here is said once
	if r := digest.NewBook(digest.Facts{Changes: []digest.Change{two}}).Weekly(una, week48(t)).Sections[0].Rows[0]; r.Role != "CTO" || len(r.Notes) > 0 {
		t.Errorf("the same title: %q %q", r.Role, r.Notes)
	}
}

// TestLatestReportCounts: a departure that found its destination is one row.
func TestLatestReportCounts(t *testing.T) {
	left := move(t, "Ana", "2026-11-17T10:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"))
	left.To = digest.Party{}
	whole := move(t, "Ana", "2026-11-19T10:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"))
	m := digest.NewBook(digest.Facts{Changes: []digest.Change{whole, left}}).Weekly(una, week48(t))
	if len(m.Sections) != 1 || m.Sections[0].Total != 1 || m.Sections[0].Rows[0].Events[1].Verb != "went to" {
		t.Errorf("sections %+v, want one row with the destination", m.Sections)
	}
	m = digest.NewBook(digest.Facts{Changes: []digest.Change{left}}).Weekly(una, week48(t))
	if got := m.Sections[0].Rows[0].Notes; !slices.Contains(got, "destination unknown") {
		t.Errorf("notes %q of a departure without destination", got)
	}
}

func TestReviewsWait(t *testing.T) {
	review := func(id, since string, user digest.Party) digest.Review {
		return digest.Review{ID: id, UserID: user.ID, Since: at(t, since), Person: digest.Party{Name: "Person " + id}, Company: company("New"), Why: "not sure"}
	}
	book := digest.NewBook(digest.Facts{Reviews: []digest.Review{
		review("old", "2026-09-01T00:00:00Z", una), review("new", "2026-11-22T12:00:00Z", una),
		review("tooNew", "2026-11-23T12:00:00Z", una), review("other", "2026-11-01T00:00:00Z", uwe), review("nobody", "2026-11-01T00:00:00Z", digest.Party{}),
	}})
	m := book.Weekly(una, week48(t))
	if d := cmp.Diff([]string{"Waiting for your decision: Person new Person old"}, outline(m)); d != "" {
		t.Errorf("sections (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"not sure", "waits for 82 days"}, m.Sections[0].Rows[1].Notes); d != "" {
		t.Errorf("notes (-want +got):\n%s", d)
	}
	if m.Subject != "2 to decide · 16 – 22 Nov 2026" {
		t.Errorf("subject %q", m.Subject)
	}
}

// TestSP15NoDoubleNews: a sponsor's change of company is a move as well; who hears of
// the move is not told twice, and everybody else still is.
func TestSP15NoDoubleNews(t *testing.T) {
	update := func(attribute string, user digest.Party, person string) digest.Update {
		return digest.Update{
			ID: attribute + user.ID, UserID: user.ID, At: at(t, "2026-11-19T10:00:00Z"), Person: digest.Party{Name: attribute},
			PersonIDs: []string{"t1", person}, Account: company("Old"), Attribute: attribute, Old: "a", New: "b",
		}
	}
	book := digest.NewBook(digest.Facts{
		Changes: []digest.Change{move(t, "Ana", "2026-11-18T10:00:00Z", part(dri.Leaves, dri.Customer, una, "Old"))},
		Updates: []digest.Update{update("company", una, "003Ana"), update("title", una, "003Ana"), update("company", uwe, "003Ana"), update("location", uwe, "003Zoe")},
	})
	if d := cmp.Diff([]string{"Left a customer: Person Ana", "Updates of tracked sponsors: title"}, outline(book.Weekly(una, week48(t)))); d != "" {
		t.Errorf("Una (-want +got):\n%s", d)
	}
	m := book.Weekly(uwe, week48(t))
	if d := cmp.Diff([]string{"Updates of tracked sponsors: company location"}, outline(m)); d != "" {
		t.Errorf("Uwe (-want +got):\n%s", d)
	}
	want := []digest.Event{{Verb: "company", About: digest.Party{Name: "b"}, Was: "a"}, {Verb: "sponsor at", About: company("Old")}}
	if d := cmp.Diff(want, m.Sections[0].Rows[0].Events); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if m.Subject != "2 sponsor updates · 16 – 22 Nov 2026" {
		t.Errorf("subject %q", m.Subject)
	}
}

func TestNewRolesStandApart(t *testing.T) {
	c := move(t, "Ana", "2026-11-18T10:00:00Z", part(dri.Joins, dri.Customer, una, "New"))
	c.Stays, c.From = true, company("New")
	m := digest.NewBook(digest.Facts{Changes: []digest.Change{c}}).Weekly(una, week48(t))
	if d := cmp.Diff([]string{"New roles at your accounts: Person Ana"}, outline(m)); d != "" {
		t.Errorf("sections (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]digest.Event{{Verb: "new role at", About: company("New"), Class: "customer"}}, m.Sections[0].Rows[0].Events); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if m.Subject != "1 new role · 16 – 22 Nov 2026" {
		t.Errorf("subject %q", m.Subject)
	}
}

// TestOrderOfFactsDoesNotMatter: shuffled facts give the same digests.
func TestOrderOfFactsDoesNotMatter(t *testing.T) {
	var f digest.Facts
	for _, name := range strings.Fields("a b c d e f g h i j k l") {
		f.Changes = append(f.Changes, move(t, name, "2026-11-18T10:00:00Z",
			part(dri.Joins, dri.Customer, una, "New"), part(dri.Leaves, dri.Target, uwe, "Old")))
		f.Reviews = append(f.Reviews, digest.Review{ID: name, UserID: una.ID, Since: at(t, "2026-11-18T10:00:00Z"), Person: digest.Party{Name: name}})
		f.Updates = append(f.Updates, digest.Update{ID: name, UserID: uwe.ID, At: at(t, "2026-11-18T10:00:00Z"), Person: digest.Party{Name: "same"}, New: name})
	}
	tell := func(f digest.Facts) []digest.Message {
		b := digest.NewBook(f)
		return []digest.Message{b.Weekly(una, week48(t)), b.Weekly(uwe, week48(t))}
	}
	want := tell(f)
	dice := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		g := digest.Facts{Changes: slices.Clone(f.Changes), Reviews: slices.Clone(f.Reviews), Updates: slices.Clone(f.Updates)}
		dice.Shuffle(len(g.Changes), func(i, j int) { g.Changes[i], g.Changes[j] = g.Changes[j], g.Changes[i] })
		dice.Shuffle(len(g.Reviews), func(i, j int) { g.Reviews[i], g.Reviews[j] = g.Reviews[j], g.Reviews[i] })
		dice.Shuffle(len(g.Updates), func(i, j int) { g.Updates[i], g.Updates[j] = g.Updates[j], g.Updates[i] })
		if d := cmp.Diff(want, tell(g), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); d != "" {
			t.Fatalf("another order tells another story:\n%s", d)
		}
	}
}
