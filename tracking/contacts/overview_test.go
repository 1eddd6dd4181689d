package contacts_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// TestOverview: the counters of TR01 with rank, schedule and imports.
func TestOverview(t *testing.T) {
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), of("a", "b", "c", "d", "e", "f", "g", "h", "a", "b"))
	w.take(csv("users", tracking.User), of("a", "b", "c", "x", "y", "z"))
	_, err := w.RunDue(t.Context(), scanNothing)
	w.ok(err)
	w.days(2)
	_, err = w.SetRelationships(t.Context(), []tracking.Relationship{
		{ID: tracking.ClosedWon, Name: "Won"}, {ID: tracking.User, Name: "User", Cycle: tracking.Monthly, GraceDays: 3}, {ID: "nps", Name: "NPS"},
	})
	w.ok(err)
	o, err := w.Overview(t.Context())
	w.ok(err)
	if o.Credits != 11 || len(o.Imports) != 2 {
		t.Errorf("%d credits, imports %+v", o.Credits, o.Imports)
	}
	var got []string
	for _, r := range o.Relationships {
		due := "now"
		if !r.Due.IsZero() {
			due = r.Due.Format(time.DateOnly)
		}
		got = append(got, fmt.Sprintf("%d %s %d/%d/%d importing %t, last %t, due %s, grace %d", r.Rank, r.Name, r.InReport, r.Unique, r.Tracking, r.Importing,
			r.Last.Equal(start), due, r.GraceDays))
	}
	w.same("relationships", got, []string{
		"1 Won 10/8/8 importing true, last true, due 2026-11-30, grace 0",
		"2 User 6/6/3 importing false, last true, due 2026-12-23, grace 3",
		"3 NPS 0/0/0 importing false, last false, due now, grace 0",
	})
}

// TestFind: where somebody stands, by any of their keys, and which lists name them.
func TestFind(t *testing.T) {
	w := newWorld(t)
	linked := tracking.Person{LinkedIn: "/in/ann", Emails: mailed("ann").Emails}
	w.take(report("won", tracking.ClosedWon), source{rows: []tracking.Row{{Number: 1, Person: linked}}})
	w.take(csv("users", tracking.User), of("ann", "bob"))
	f, err := w.Find(t.Context(), tracking.Person{LinkedIn: "https://www.linkedin.com/in/ann"})
	w.ok(err)
	if !f.Tracked || len(f.Members) != 2 || cmp.Diff([]string{tracking.ClosedWon, tracking.User}, f.Relationships) != "" {
		t.Errorf("ann: %+v", f)
	}
	_, err = w.Untrack(t.Context(), mailed("bob"), contacts.Removal{All: true})
	w.ok(err)
	if f, err = w.Find(t.Context(), mailed("bob")); err != nil || f.Tracked || len(f.Members) != 1 {
		t.Errorf("bob, who was taken out: %+v, %v", f, err)
	}
	if _, err = w.Find(t.Context(), mailed("zoe")); !errors.Is(err, contacts.ErrNotTracked) {
		t.Errorf("zoe: %v", err)
	}
	if _, err = w.Find(t.Context(), tracking.Person{FirstName: "Ann"}); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("a first name alone: %v", err)
	}
}

// TestByName: the same first people at every limit, whatever order the store has.
func TestByName(t *testing.T) {
	w := newWorld(t)
	var rows []tracking.Row
	for i := range 40 {
		p := mailed(fmt.Sprintf("p%02d", (i*17)%40))
		p.FirstName, p.LastName = "Ann", fmt.Sprintf("lee%02d", (i*17)%40)
		if i%2 == 0 {
			p.LastName = "L" + p.LastName[1:]
		}
		rows = append(rows, tracking.Row{Number: i + 1, Person: p})
	}
	w.take(csv("users", tracking.User), source{rows: rows})
	for _, limit := range []int{0, 1, 3, 39, 40, 41} {
		first, all, err := w.ByName(t.Context(), tracking.User, limit)
		w.ok(err)
		want := 40
		if limit > 0 {
			want = min(limit, 40)
		}
		if all != 40 || len(first) != want {
			t.Errorf("limit %d: %d of %d", limit, len(first), all)
		}
		for i, c := range first {
			if c.Person.Emails[0] != fmt.Sprintf("p%02d@acme.com", i) {
				t.Errorf("limit %d: place %d is %s", limit, i, c.Person.Emails[0])
			}
		}
	}
	if _, all, err := w.ByName(t.Context(), tracking.Customer, 5); err != nil || all != 0 {
		t.Errorf("customers: %d, %v", all, err)
	}
	if _, _, err := w.ByName(t.Context(), "vip", 5); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("an unknown relationship: %v", err)
	}
}
