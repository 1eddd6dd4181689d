package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// saga is what is reported of the i-th person, who moves three times: each move by
// two senders who know different things.
func saga(i int) []routing.Event {
	day := func(n int) time.Time { return start.AddDate(0, 0, n-40) }
	known := routing.Person{FirstName: firstName(i), LastName: lastName(i), LinkedInURL: page(i)}
	short := routing.Person{FullName: firstName(i) + " " + lastName(i), LinkedInURL: page(i) + "/"}
	evs := []routing.Event{
		{Source: "feed:one", OccurredAt: day(1), Person: known, From: destination(0), To: destination(5)},
		{Source: "feed:two", OccurredAt: day(2), Person: short, From: &routing.Place{Company: placeName(0)}, To: &routing.Place{Company: placeName(5), Title: "Director of Operations"}},
		{Source: "feed:one", OccurredAt: day(10), Person: known, From: destination(5), To: destination(25)},
		{Source: "feed:two", OccurredAt: day(11), Person: short, From: &routing.Place{Company: placeName(5)}, To: &routing.Place{Company: placeName(25), Domain: placeDomain(25)}},
		{Source: "feed:one", OccurredAt: day(20), Person: known, From: destination(25), To: destination(9)},
		{Source: "file:list", OccurredAt: day(21), Person: known, To: &routing.Place{Domain: placeDomain(9), Company: placeName(9), Title: "Director of Operations"}},
	}
	for n := range evs {
		evs[n].ID, evs[n].Relationship = fmt.Sprintf("s%d-%d", i, n), "User"
	}
	return evs
}

// arrivals lists all orders, repeats included, in which k events can come in at
// most six deliveries, each event at least once.
func arrivals(k int) [][]int {
	var out [][]int
	var grow func(order []int, seen int)
	grow = func(order []int, seen int) {
		if seen == 1<<k-1 {
			out = append(out, append([]int(nil), order...))
		}
		if len(order) == 6 {
			return
		}
		for i := range k {
			grow(append(order, i), seen|1<<i)
		}
	}
	grow(nil, 0)
	return out
}

// story is one person with the order in which the first k reports come.
type story struct {
	k     int
	order []int
}

func stories() []story {
	var out []story
	for k := 1; k <= 6; k++ {
		for _, order := range arrivals(k) {
			out = append(out, story{k, order})
		}
	}
	return out
}

// TestP09OrderOfArrival lets the reports of one person come in every order with
// repeats, one person for each order, and works them off together: there is one
// final state for each set of reports. When they are worked off as they come, what
// was decided before a report came cannot know of it; then the person must at least
// be where the latest report says, and nowhere else.
func TestP09OrderOfArrival(t *testing.T) {
	t.Parallel()
	all := stories()
	if len(all) < 5000 {
		t.Errorf("%d histories show too little, want 5,000", len(all))
	}
	if !full() { // a part of them, spread over all
		n := 0
		all = slices.DeleteFunc(all, func(s story) bool {
			n++
			return len(s.order) == 6 && (s.order[0]+3*s.order[3]+5*s.order[5])%12 != 0 || raced && len(s.order) > 4 && n%8 != 0
		})
	}
	t.Logf("%d histories", len(all))
	together, oneByOne := ends(t, all, false), ends(t, all, true)
	want := map[int]string{}
	for i, s := range all {
		if want[s.k] == "" {
			want[s.k] = together[i]
			t.Logf("%d reports: %s", s.k, together[i])
		}
		if together[i] != want[s.k] {
			t.Fatalf("%d reports in order %v:\n%s\nwant\n%s", s.k, s.order, together[i], want[s.k])
		}
		if standing(oneByOne[i]) != standing(want[s.k]) {
			t.Fatalf("%d reports in order %v as they come:\n%s\nwant\n%s", s.k, s.order, oneByOne[i], want[s.k])
		}
	}
}

// ends are the final states of people whose reports came in these orders.
func ends(t *testing.T, all []story, asTheyCome bool) []string {
	t.Helper()
	now := start
	clock := func() time.Time { return now }
	w := newWorld(t, 0, clock)
	home := w.db.Records(crm.ObjectAccount)[0].ID
	for i := range all {
		if _, err := w.db.Add(crm.ObjectContact, crm.Fields{
			"FirstName": firstName(i), "LastName": lastName(i), "LinkedIn_URL__c": page(i), "AccountId": home, "OwnerId": w.users[0],
		}); err != nil {
			t.Fatal(err)
		}
	}
	l := memledger.New()
	e := w.engine(t, engineParts{ledger: l, now: clock})
	drain := func() {
		if _, err := e.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 6 {
		var evs []routing.Event
		for i, s := range all {
			if round < len(s.order) {
				evs = append(evs, saga(i)[s.order[round]])
			}
		}
		if _, err := e.Accept(t.Context(), evs); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Second)
		if asTheyCome {
			drain()
		}
	}
	drain()
	return w.perPerson(t, l, len(all))
}

// perPerson is the final state of each person: what they cost, and where they are.
func (w *world) perPerson(t *testing.T, l routing.Ledger, people int) []string {
	t.Helper()
	lines := make([][]string, people)
	credits := make([]int, people)
	for _, r := range readLedger(t, l) {
		var i, n int
		if _, err := fmt.Sscanf(r.Event.ID, "s%d-%d", &i, &n); err != nil || !r.Status.Terminal() {
			t.Fatalf("%s is %s: %s", r.Key, r.Status, r.Note)
		}
		credits[i] += r.Outcome.Credits
	}
	who := map[string]int{}
	for i := range people {
		who[firstName(i)+" "+lastName(i)] = i
	}
	for _, c := range w.db.Records(crm.ObjectContact) {
		i := who[c.Fields["FirstName"]+" "+c.Fields["LastName"]]
		account, _ := w.db.Record(c.Fields["AccountId"])
		lines[i] = append(lines[i], fmt.Sprintf("at %s left=%t", account.Fields["Name"], crm.IsTrue(c.Fields["Left_Company__c"])))
	}
	out := make([]string, people)
	for i := range lines {
		slices.Sort(lines[i])
		out[i] = fmt.Sprintf("%d credits\n%s", credits[i], strings.Join(lines[i], "\n"))
	}
	return out
}

// standing are the places of which somebody has not left.
func standing(state string) string {
	var out []string
	for _, line := range strings.Split(state, "\n") {
		if strings.Contains(line, "left=false") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
