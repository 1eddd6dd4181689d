package contacts_test

import (
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// TestTR02ManyAreStampedAtOnce: each by their highest-ranked relationship, in the order
// in which they were asked about.
func TestTR02ManyAreStampedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.take(csv("users", tracking.User), of("a", "b"))
	w.take(csv("won", tracking.ClosedWon), of("b"))
	two := append(mailed("a").Keys(), mailed("b").Keys()...)
	got, err := w.Stamps(t.Context(), [][]string{mailed("nobody").Keys(), mailed("b").Keys(), nil, mailed("a").Keys(), two})
	w.ok(err)
	var names []string
	for _, s := range got {
		names = append(names, s.Relationship+"/"+s.Name)
	}
	w.same("stamps", names, []string{"/", "closed_won/Closed Won Opp Contact", "/", "user/User", "closed_won/Closed Won Opp Contact"})
	if got[1].Person == "" || got[1].Person == got[3].Person || got[4].Person != got[1].Person {
		t.Errorf("people %q, %q and %q", got[1].Person, got[3].Person, got[4].Person)
	}
	if got, err := w.Stamps(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("nobody asked about: %v %v", got, err)
	}
}

// jobChanges gives the events of job changes as "delivery +1 user", in order of time.
func (w *world) jobChanges() []tracking.Credit {
	w.Helper()
	var out []tracking.Credit
	for c, err := range w.store.Credits(w.Context(), "") {
		w.ok(err)
		if c.Ledger == tracking.LedgerJobChange {
			out = append(out, c)
		}
	}
	return out
}

func TestAJobChangeNamesThePersonUntilTheErasure(t *testing.T) {
	w := newWorld(t)
	w.take(csv("users", tracking.User), of("a"))
	stamps, err := w.Stamps(t.Context(), [][]string{mailed("a").Keys()})
	w.ok(err)
	spending := tracking.Spending{Delivery: "hubspot:1", Credits: 1, Stamp: stamps[0], At: start.Add(time.Hour)}
	w.ok(w.Spend(t.Context(), []tracking.Spending{spending}))
	want := tracking.Credit{
		ID: "job_change:hubspot:1", Ledger: tracking.LedgerJobChange, At: start.Add(time.Hour), Amount: 1,
		Relationship: tracking.User, Person: stamps[0].Person, Delivery: "hubspot:1",
	}
	if got := w.jobChanges(); !slices.Equal(got, []tracking.Credit{want}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	_, err = w.Erase(t.Context(), mailed("a"))
	w.ok(err)
	// A delivery that was decided before the erasure ends after it.
	spending.Delivery = "hubspot:2"
	w.ok(w.Spend(t.Context(), []tracking.Spending{spending}))
	for _, c := range w.jobChanges() {
		if c.Person != "" || c.Relationship != tracking.User {
			t.Errorf("after the erasure: %+v", c)
		}
	}
}

// TestAnUndoGivesTheCreditBackOnce, in the month in which it was undone, under the
// relationship that it was used under; a delivery that used none gives none back.
func TestAnUndoGivesTheCreditBackOnce(t *testing.T) {
	w := newWorld(t)
	w.take(csv("won", tracking.ClosedWon), of("a"))
	w.spend("d1", 1, mailed("a"))
	undone := start.AddDate(0, 1, 0)
	back := []tracking.Spending{{Delivery: "d1", Returned: 1, At: undone}, {Delivery: "never", Returned: 1, At: undone}}
	for range 2 {
		w.ok(w.Spend(t.Context(), back))
	}
	sums, err := w.Credits(t.Context(), tracking.Months(start, 2))
	w.ok(err)
	if sums[0].JobChanges != 1 || sums[1].JobChanges != -1 || sums[1].Relationships[tracking.ClosedWon].JobChanges != -1 {
		t.Errorf("got %+v, want 1 in the first month and -1 in the second", sums)
	}
	w.spend("d1", 1, mailed("a"))
	if n := len(w.jobChanges()); n != 2 {
		t.Errorf("%d events, want the credit and its return", n)
	}
}

// TestRT35ForgettingAgainKeepsEveryTombstone: the second time the lists do not tell any
// more what else the person is known by.
func TestRT35ForgettingAgainKeepsEveryTombstone(t *testing.T) {
	w := newWorld(t)
	both := mailed("a")
	both.LinkedIn = "/in/a"
	w.take(csv("users", tracking.User), source{rows: []tracking.Row{{Number: 1, Person: both}}})
	keys := mailed("a").Keys()
	known, err := w.KnownAs(t.Context(), keys)
	w.ok(err)
	w.same("known as", known, []string{"mail:a@acme.com", "in:/in/a"})
	w.same("asked", keys, mailed("a").Keys())
	for range 2 {
		w.ok(w.Forget(t.Context(), keys))
	}
	back := w.take(csv("again", tracking.User), source{rows: []tracking.Row{
		{Number: 1, Person: tracking.Person{LinkedIn: "/in/a"}}, {Number: 2, Person: mailed("a")}, {Number: 3, Person: mailed("b")},
	}})
	if back.Accepted != 1 || back.Rejected != 2 {
		t.Errorf("a list brings the person back: %+v", back)
	}
	w.ok(w.Forget(t.Context(), nil))
}
