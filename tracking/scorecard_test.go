package tracking_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/tracking"
)

func sent(n int, owner string, days int, touched bool) []tracking.Delivery {
	return slices.Repeat([]tracking.Delivery{{At: daysAgo(days), OwnerID: owner, Touched: touched}}, n)
}

func TestTR15ScorecardFlagsConcentratedRouting(t *testing.T) {
	deliveries := slices.Concat(
		sent(7, "U1", 10, true), sent(2, "U2", 20, false), sent(1, "U3", 89, false),
		sent(50, "U2", 95, true), // before both windows: 2026-08-23 is three months ago
		sent(9, "U2", -1, true))  // not yet
	got := tracking.NewScorecard(tracking.Coverage{Contacts: 8, Tracked: 6}, deliveries, monday)
	want := tracking.Scorecard{
		Won: tracking.Coverage{Contacts: 8, Tracked: 6}, WonShare: 0.75,
		Deliveries: 10, TopOwner: "U1", TopShare: 0.7, Concentrated: true,
		Sent: 10, Touched: 7, Engagement: 0.7,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTR15HalfIsNotConcentrated(t *testing.T) {
	tests := []struct {
		name       string
		deliveries []tracking.Delivery
		top        string
		flag       bool
		engagement float64
	}{
		{"half", slices.Concat(sent(5, "U2", 1, false), sent(5, "U1", 1, true)), "U1", false, 0.5},
		{"more than half", slices.Concat(sent(5, "U2", 1, false), sent(6, "U1", 1, false)), "U1", true, 0},
		{"nobody's count in the whole", slices.Concat(sent(6, "", 1, false), sent(4, "U1", 1, false)), "U1", false, 0},
		{"91 days are three months and more than 90 days", slices.Concat(sent(9, "U1", 91, true), sent(1, "U2", 3, false), sent(1, "U3", 3, false)), "U2", false, 9.0 / 11},
		{"nothing", nil, "", false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := tracking.NewScorecard(tracking.Coverage{}, test.deliveries, monday)
			if got.TopOwner != test.top || got.Concentrated != test.flag || got.Engagement != test.engagement {
				t.Errorf("got %+v, want %s, flag %v, engagement %v", got, test.top, test.flag, test.engagement)
			}
		})
	}
}

// rows gives rows of an automatic import.
func rows(rs ...tracking.Row) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for _, r := range rs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func role(relationship, name, opportunity string) tracking.Row {
	return tracking.Row{
		Relationship: relationship, Person: tracking.Person{FirstName: "Ann", LastName: name, Emails: []string{name + "@example.com"}},
		Deal: &tracking.Deal{OpportunityID: opportunity, Name: "Renewal " + opportunity, Role: "Evaluator", AccountID: "001A", Account: "Acme"},
	}
}

var errBroken = errors.New("503")

func broken(yield func(tracking.Row, error) bool) { yield(tracking.Row{}, errBroken) }

func TestWonCoverageCountsPeopleOnce(t *testing.T) {
	r := merge(t, tracking.DefaultRelationships(), list(tracking.User, mailed("a", "c")...))
	got, err := tracking.WonCoverage(rows(
		role("closed_won", "a", "006A"), role("closed_won", "a", "006B"), role("closed_won", "b", "006A"),
		role("open_opp", "c", "006C"), tracking.Row{Relationship: "closed_won"}), r)
	if want := (tracking.Coverage{Contacts: 2, Tracked: 1}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := tracking.WonCoverage(broken, r); !errors.Is(err, errBroken) {
		t.Errorf("broken rows: %v", err)
	}
}

func TestTR14MissingChampions(t *testing.T) {
	won := rows(role("closed_won", "dee", "006A"), role("closed_won", "ann", "006A"), role("closed_won", "bob", "006A"), role("closed_won", "cid", "006B"))
	r := merge(t, tracking.DefaultRelationships(), list(tracking.ClosedWon, mailed("ann")...))
	lines := func(marks ...tracking.Mark) []string {
		t.Helper()
		missing, err := tracking.MissingChampions(won, r, tracking.NewMarks(marks))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range missing {
			for _, d := range c.Deals {
				out = append(out, fmt.Sprintf("%s %s %s, %s, %s (%s)", c.Person.LastName, d.OpportunityID, d.Name, d.Role, d.Account, d.Relationship))
			}
		}
		return out
	}
	want := []string{
		"bob 006A Renewal 006A, Evaluator, Acme (closed_won)",
		"cid 006B Renewal 006B, Evaluator, Acme (closed_won)",
		"dee 006A Renewal 006A, Evaluator, Acme (closed_won)",
	}
	if diff := cmp.Diff(want, lines()); diff != "" {
		t.Errorf("4 contacts of which 1 is tracked:\n%s", diff)
	}
	dismissed := tracking.NewMark(tracking.MarkDismissed, mailed("cid")[0].Keys(), "")
	if diff := cmp.Diff(append(want[:1:1], want[2]), lines(dismissed)); diff != "" {
		t.Errorf("one dismissed:\n%s", diff)
	}
	if _, err := tracking.MissingChampions(broken, r); !errors.Is(err, errBroken) {
		t.Errorf("broken rows: %v", err)
	}
}

func TestMissingChampionWithTwoRolesIsOne(t *testing.T) {
	r := merge(t, tracking.DefaultRelationships())
	missing, err := tracking.MissingChampions(rows(role("open_opp", "bob", "006B"), role("closed_won", "bob", "006A"), tracking.Row{}), r)
	if err != nil || len(missing) != 1 || len(missing[0].Deals) != 2 || missing[0].Deals[0].OpportunityID != "006A" {
		t.Errorf("got %+v, %v, want bob with 006A and 006B", missing, err)
	}
}

func TestTR14WeeklyNoticeWhenTheNumberRises(t *testing.T) {
	steps := []struct {
		day, missing int
		tell         bool
		note         int
	}{
		{30, 3, true, 3},  // the first look
		{29, 5, false, 3}, // within the week
		{23, 5, true, 5},
		{16, 5, false, 5}, // no rise
		{9, 2, false, 2},  // fell, and is noted
		{2, 3, true, 3},   // rose from 2
	}
	w := tracking.Watch{Admin: "ann@acme.com"}
	for _, s := range steps {
		next, tell := w.Look(s.missing, daysAgo(s.day))
		if tell != s.tell || next.Missing != s.note {
			t.Errorf("%d days ago, %d missing: tell %v, noted %d, want %v and %d", s.day, s.missing, tell, next.Missing, s.tell, s.note)
		}
		w = next
	}
	if next, tell := (tracking.Watch{}).Look(9, monday); tell || next != (tracking.Watch{}) {
		t.Errorf("without an admin: tell %v, %+v", tell, next)
	}
	if _, tell := (tracking.Watch{Admin: "ann"}).Look(0, monday); tell {
		t.Error("none missing, and yet told")
	}
}

func TestChurnAlerts(t *testing.T) {
	left := func(person, account string, days int) tracking.Departure {
		return tracking.Departure{Person: person, AccountID: account, At: daysAgo(days)}
	}
	departures := []tracking.Departure{
		left("p3", "A", 5), left("p1", "A", 80), left("p2", "A", 40), left("p2", "A", 3),
		left("p1", "B", 10), left("p2", "B", 10), left("p3", "B", 90), // the third one just out of the window
		left("p1", "C", 1), left("p1", "C", 2), left("p1", "C", 3), // one person
		left("p1", "D", 1), left("p2", "D", 1), left("p3", "D", -1), // the third one not yet
		left("p1", "", 1), left("p2", "", 1), left("p3", "", 1),
	}
	want := []tracking.ChurnAlert{{AccountID: "A", People: []string{"p1", "p2", "p3"}, First: daysAgo(80), Last: daysAgo(5), Key: "churn:A:p3"}}
	got := tracking.ChurnAlerts(departures, tracking.ChurnRule{}, monday)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	slices.Reverse(departures)
	if diff := cmp.Diff(want, tracking.ChurnAlerts(departures, tracking.DefaultChurnRule(), monday)); diff != "" {
		t.Errorf("another order: %s", diff)
	}
	two := tracking.ChurnAlerts(departures, tracking.ChurnRule{People: 2, Days: 30}, monday)
	if diff := cmp.Diff([]string{"A", "B", "D"}, []string{two[0].AccountID, two[1].AccountID, two[2].AccountID}); len(two) != 3 || diff != "" {
		t.Errorf("two within 30 days: %+v", two)
	}
}
