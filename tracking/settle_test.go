package tracking_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/tracking"
)

// book keeps what was settled, as a store does.
type book struct {
	people map[string]tracking.Tracked
	events []tracking.Credit
}

func (b *book) settle(t *testing.T, r *tracking.Roster, now time.Time) []tracking.Settlement {
	t.Helper()
	if b.people == nil {
		b.people = map[string]tracking.Tracked{}
	}
	var stored []tracking.Tracked
	for _, p := range b.people {
		stored = append(stored, p)
	}
	changes := tracking.Settle(r, stored, now)
	for _, c := range changes {
		if want := b.people[c.Tracked.ID].Revision + 1; c.Tracked.Revision != want {
			t.Errorf("%s has revision %d, want %d", c.Tracked.ID, c.Tracked.Revision, want)
		}
		b.people[c.Tracked.ID] = c.Tracked
		b.events = append(b.events, c.Credits...)
	}
	return changes
}

// running counts those who are tracked, by relationship.
func (b *book) running() map[string]int {
	out := map[string]int{}
	for _, p := range b.people {
		if p.Until.IsZero() {
			out[p.Relationship]++
		}
	}
	return out
}

// told gives events as "+1 user", "0 user from closed_won", sorted.
func told(cs []tracking.Credit) []string {
	var out []string
	for _, c := range cs {
		s := fmt.Sprintf("%+d %s", c.Amount, c.Relationship)
		if c.From != "" {
			s += " from " + c.From
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func all(cs []tracking.Credit) iter.Seq2[tracking.Credit, error] {
	return func(yield func(tracking.Credit, error) bool) {
		for _, c := range cs {
			if !yield(c, nil) {
				return
			}
		}
	}
}

func TestTR02RerankStampsAnewAndKeepsPastEvents(t *testing.T) {
	var b book
	b.settle(t, merge(t, tracking.DefaultRelationships(), tr01()...), daysAgo(2))
	past := slices.Clone(b.events)
	ranked, err := tracking.Rerank(tracking.DefaultRelationships(), []string{tracking.User})
	if err != nil {
		t.Fatal(err)
	}
	changes := b.settle(t, merge(t, ranked, tr01()...), daysAgo(1))
	if diff := cmp.Diff(map[string]int{"user": 6, "closed_won": 5}, b.running()); diff != "" {
		t.Error(diff)
	}
	if len(changes) != 3 {
		t.Errorf("%d changes, want those of 3 people", len(changes))
	}
	if diff := cmp.Diff(past, b.events[:11]); diff != "" {
		t.Errorf("past events have changed:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"+0 user from closed_won", "+0 user from closed_won", "+0 user from closed_won"}, told(b.events[11:])); diff != "" {
		t.Error(diff)
	}
}

func TestTR06OpenOpportunityIsLost(t *testing.T) {
	var b book
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.OpenOpp, mailed("a", "b")...)), daysAgo(9))
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.OpenOpp, mailed("b")...), list(tracking.ClosedLost, mailed("a")...)), daysAgo(2))
	if diff := cmp.Diff(map[string]int{"open_opp": 1, "closed_lost": 1}, b.running()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"+0 closed_lost from open_opp", "+1 open_opp", "+1 open_opp"}, told(b.events)); diff != "" {
		t.Error(diff)
	}
	if len(b.people) != 2 {
		t.Errorf("%d people, want the same 2", len(b.people))
	}
}

func TestTR11WhoLeavesCeasesToUseACredit(t *testing.T) {
	var b book
	both, one := merge(t, tracking.DefaultRelationships(), list(tracking.User, mailed("a", "b")...)), list(tracking.User, mailed("a")...)
	b.settle(t, both, daysAgo(9))
	b.settle(t, merge(t, tracking.DefaultRelationships(), one), daysAgo(2))
	if diff := cmp.Diff([]string{"+1 user", "+1 user", "-1 user"}, told(b.events)); diff != "" {
		t.Error(diff)
	}
	if len(b.people) != 2 {
		t.Fatalf("%d people known, want 2: history is kept", len(b.people))
	}
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.User, mailed("a", "b")...)), daysAgo(1))
	if diff := cmp.Diff([]string{"+1 user", "+1 user", "+1 user", "-1 user"}, told(b.events)); diff != "" || len(b.people) != 2 {
		t.Errorf("back again, %d people known: %s", len(b.people), diff)
	}
}

func TestSettleAgainChangesNothing(t *testing.T) {
	var b book
	b.settle(t, merge(t, tracking.DefaultRelationships(), tr01()...), daysAgo(9))
	if again := b.settle(t, merge(t, tracking.DefaultRelationships(), tr01()...), daysAgo(1)); len(again) > 0 {
		t.Errorf("%d changes without a change", len(again))
	}
}

func TestTwoWhoProveToBeOne(t *testing.T) {
	var b book
	a := tracking.Person{RecordID: "003000000000001AAA"}
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.User, a)), daysAgo(9))
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.User, a, mailed("a")[0])), daysAgo(8))
	linked := tracking.Person{RecordID: a.RecordID, Emails: mailed("a")[0].Emails}
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.User, a, linked)), daysAgo(7))
	var left []tracking.Tracked
	for _, p := range b.people {
		if p.Until.IsZero() {
			left = append(left, p)
		}
	}
	if len(left) != 1 || !left[0].Since.Equal(daysAgo(9)) || len(left[0].Keys) != 2 {
		t.Errorf("left are %+v, want the older one with both keys", left)
	}
	// The record is dropped from the report: the address still leads to the same credit.
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.User, mailed("a")...)), daysAgo(6))
	if diff := cmp.Diff([]string{"+1 user", "+1 user", "-1 user"}, told(b.events)); diff != "" {
		t.Error(diff)
	}
}

func TestOneWhoProvesToBeTwo(t *testing.T) {
	var b book
	a, c := tracking.Person{RecordID: "003000000000001AAA"}, tracking.Person{RecordID: "003000000000002AAA"}
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.User, a, c,
		tracking.Person{RecordID: a.RecordID, Emails: mailed("x")[0].Emails}, tracking.Person{RecordID: c.RecordID, Emails: mailed("x")[0].Emails})), daysAgo(9))
	if len(b.people) != 1 {
		t.Fatalf("%d people, want 1 through the shared address", len(b.people))
	}
	b.settle(t, merge(t, tracking.DefaultRelationships(), list(tracking.User, a, c)), daysAgo(8))
	if got := b.running()["user"]; got != 2 || len(b.people) != 2 {
		t.Errorf("%d tracked of %d known, want 2 of 2", got, len(b.people))
	}
	if diff := cmp.Diff([]string{"+1 user", "+1 user"}, told(b.events)); diff != "" {
		t.Error(diff)
	}
}

// TestLedgerAgreesWithRoster lets lists change at random: the events always sum up to
// the people tracked, in all and by relationship.
func TestLedgerAgreesWithRoster(t *testing.T) {
	for seed := range uint64(60) {
		dice := rand.New(rand.NewPCG(seed, 2))
		var b book
		for step := range 8 {
			var lists []tracking.List
			for _, r := range []string{tracking.ClosedWon, tracking.User, tracking.Customer} {
				var people []tracking.Person
				for range dice.IntN(9) {
					p := mailed(string(rune('a' + dice.IntN(8))))[0]
					if dice.IntN(3) == 0 {
						p.LinkedIn = fmt.Sprintf("/in/p%d", dice.IntN(5))
					}
					people = append(people, p)
				}
				lists = append(lists, list(r, people...))
			}
			r := merge(t, tracking.DefaultRelationships(), lists...)
			now := daysAgo(20 - step)
			b.settle(t, r, now)
			sums, err := tracking.SumCredits(all(b.events), []tracking.Period{{From: now, To: now.Add(time.Second)}})
			if err != nil {
				t.Fatal(err)
			}
			if sums[0].Closing != r.Credits() {
				t.Fatalf("seed %d, step %d: the ledger has %d credits in use, the roster %d", seed, step, sums[0].Closing, r.Credits())
			}
			for _, c := range r.Counters() {
				if got := sums[0].Relationships[c.Relationship].Closing; got != c.Tracking {
					t.Fatalf("seed %d, step %d: %s: ledger %d, counter %d", seed, step, c.Relationship, got, c.Tracking)
				}
			}
		}
	}
}

func TestLedgersSumByPeriod(t *testing.T) {
	day := func(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, time.UTC) }
	tracked := func(amount int, relationship string, at time.Time) tracking.Credit {
		return tracking.Credit{Ledger: tracking.LedgerTracked, Amount: amount, Relationship: relationship, At: at}
	}
	moved := tracked(0, "user", day(10, 20))
	moved.From = "closed_won"
	used, ok := tracking.JobChange(tracking.Spending{Delivery: "d1", Credits: 1, Stamp: tracking.Stamp{Relationship: "user"}, At: day(10, 5)})
	if !ok {
		t.Fatal("a delivery with a credit gives no event")
	}
	if c, ok := tracking.JobChange(tracking.Spending{Delivery: "d2", At: day(10, 5)}); ok {
		t.Errorf("an enrichment costs %+v, want nothing", c)
	}
	events := []tracking.Credit{
		tracked(1, "closed_won", day(9, 1)), tracked(1, "closed_won", day(9, 2)), tracked(-1, "closed_won", day(9, 30)),
		tracked(1, "user", day(10, 1)), used, tracked(1, "user", day(10, 8)), tracked(-1, "user", day(10, 9)), moved,
		tracked(1, "user", day(12, 1)),
	}
	got, err := tracking.SumCredits(all(events), tracking.Months(day(9, 15), 3))
	if err != nil {
		t.Fatal(err)
	}
	want := []tracking.CreditSum{
		{Period: tracking.Period{From: day(9, 1), To: day(10, 1)}, Opening: 0, Started: 2, Ended: 1, Closing: 1, Peak: 2,
			Relationships: map[string]tracking.RelationshipSum{"closed_won": {Closing: 1}}},
		{Period: tracking.Period{From: day(10, 1), To: day(11, 1)}, Opening: 1, Started: 2, Ended: 1, Closing: 2, Peak: 3, JobChanges: 1,
			Relationships: map[string]tracking.RelationshipSum{"user": {Closing: 2, JobChanges: 1}}},
		{Period: tracking.Period{From: day(11, 1), To: day(12, 1)}, Opening: 2, Closing: 2, Peak: 2,
			Relationships: map[string]tracking.RelationshipSum{"user": {Closing: 2}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	bad := func(yield func(tracking.Credit, error) bool) { yield(tracking.Credit{}, errBroken) }
	if _, err := tracking.SumCredits(bad, nil); !errors.Is(err, errBroken) {
		t.Errorf("broken ledger: %v", err)
	}
}
