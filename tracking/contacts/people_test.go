package contacts_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

func TestTR12UntrackWithoutRelationshipNeedsAll(t *testing.T) {
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), of("a", "b"))
	w.take(csv("users", tracking.User), of("a"))
	w.days(1)
	_, err := w.Untrack(t.Context(), mailed("a"), contacts.Removal{By: "ann"})
	if want := "tracking: all: no relationship is named; name one, or say all=true to remove the person from all"; !errors.Is(err, tracking.ErrConfig) || err.Error() != want {
		t.Errorf("neither said: %v, want %s", err, want)
	}
	if _, err := w.Untrack(t.Context(), mailed("a"), contacts.Removal{Relationship: tracking.User, All: true}); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("both said: %v", err)
	}
	w.same("nothing was removed", w.counters(), []string{"closed_won 2/2/2", "user 1/1/0"})

	from, err := w.Untrack(t.Context(), mailed("a"), contacts.Removal{All: true, By: "ann"})
	w.ok(err)
	w.same("removed from", from, []string{tracking.ClosedWon, tracking.User})
	w.same("counters", w.counters(), []string{"closed_won 2/1/1", "user 1/0/0"})
	w.same("ledger", w.ledger(), []string{"+1 closed_won", "+1 closed_won", "-1 closed_won"})
	if got := w.stamped(mailed("a")); got != "" {
		t.Errorf("stamped %q, want nothing", got)
	}
	if _, err := w.Untrack(t.Context(), mailed("nobody"), contacts.Removal{All: true}); !errors.Is(err, contacts.ErrNotTracked) {
		t.Errorf("nobody like that: %v", err)
	}
}

func TestUntrackFromOneRelationshipLeavesTheOthers(t *testing.T) {
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), of("a", "b"))
	w.take(csv("users", tracking.User), of("a"))
	from, err := w.Untrack(t.Context(), mailed("a"), contacts.Removal{Relationship: tracking.ClosedWon})
	w.ok(err)
	w.same("removed from", from, []string{tracking.ClosedWon})
	w.same("counters", w.counters(), []string{"closed_won 2/1/1", "user 1/1/1"})
	if got := w.stamped(mailed("a")); got != tracking.User {
		t.Errorf("stamped %q, want user", got)
	}
	if _, err := w.Untrack(t.Context(), mailed("b"), contacts.Removal{Relationship: tracking.User}); !errors.Is(err, contacts.ErrNotTracked) {
		t.Errorf("b is no user: %v", err)
	}
}

func TestTR12UntrackIsRememberedByListsAndTakenBack(t *testing.T) {
	w := newWorld(t)
	linked := tracking.Person{LinkedIn: "/in/a", Emails: mailed("a").Emails}
	w.take(report("won", tracking.ClosedWon), source{rows: []tracking.Row{{Number: 1, Person: linked}, {Number: 2, Person: mailed("b")}}})
	_, err := w.Untrack(t.Context(), mailed("a"), contacts.Removal{All: true})
	w.ok(err)
	w.days(7)
	// The report names the person by the profile alone now, and a new list does as well.
	profile := tracking.Person{LinkedIn: "https://www.linkedin.com/in/a"}
	w.lists["won"] = source{rows: []tracking.Row{{Number: 1, Person: profile}, {Number: 2, Person: mailed("b")}}}
	_, err = w.Resync(t.Context(), tracking.ClosedWon, nil)
	w.ok(err)
	dry, err := w.Preview(t.Context(), csv("users", tracking.User), source{rows: []tracking.Row{{Number: 1, Person: profile}}}, nil)
	w.ok(err)
	if dry.After != 1 {
		t.Errorf("the dry count takes the person in again: %+v", dry)
	}
	w.same("counters", w.counters(), []string{"closed_won 2/1/1"})
	w.ok(w.Retrack(t.Context(), profile))
	w.same("counters then", w.counters(), []string{"closed_won 2/2/2"})
	if err := w.Retrack(t.Context(), profile); !errors.Is(err, contacts.ErrNotTracked) {
		t.Errorf("nothing to take back: %v", err)
	}
}

func TestErasedPeopleAreGoneAndStayGone(t *testing.T) {
	w := newWorld(t)
	ann := tracking.Person{RecordID: "003000000000001AAA", Emails: []string{"ann@acme.com"}, FirstName: "Ann", LastName: "Lee"}
	ann.Company.Name = "Acme"
	namesake := named("Ann", "Lee", "Acme")
	namesake.RecordID = "003000000000002AAA"
	private := tracking.Person{LinkedIn: "/in/ann", Emails: []string{"ann@acme.com"}}
	rows := source{rows: []tracking.Row{{Number: 1, Person: ann}, {Number: 2, Person: namesake}}}
	w.take(report("won", tracking.ClosedWon), rows)
	w.take(csv("users", tracking.User), source{rows: []tracking.Row{{Number: 1, Person: private}}})
	w.ok(w.Dismiss(t.Context(), private, "bob", "no champion"))
	w.days(1)
	n, err := w.Erase(t.Context(), tracking.Person{LinkedIn: "https://linkedin.com/in/ann"})
	w.ok(err)
	if n != 4 { // two members, what was tracked, a mark
		t.Errorf("%d removed, want 4", n)
	}
	w.same("counters", w.counters(), []string{"closed_won 1/1/1"})
	w.same("ledger", w.ledger(), []string{"+1 closed_won", "+1 closed_won", "-1 closed_won"})
	if n := w.inUse(); n != 1 {
		t.Errorf("%d credits in use, want that of the namesake", n)
	}
	if w.stamped(ann) != "" || w.stamped(namesake) != tracking.ClosedWon {
		t.Errorf("stamped %q, and the namesake %q", w.stamped(ann), w.stamped(namesake))
	}
	marks, err := w.store.Marks(t.Context(), tracking.MarkErased)
	w.ok(err)
	for _, m := range marks {
		for _, k := range m.Keys {
			if strings.ContainsAny(k, "@:/") {
				t.Errorf("tombstone %q can be read", k)
			}
		}
	}
	back := w.take(csv("again", tracking.User), source{rows: []tracking.Row{{Number: 7, Person: mailed("ann")}, {Number: 8, Person: mailed("new")}}})
	if back.Accepted != 1 || len(back.Problems) != 1 || back.Problems[0].Row != 7 || back.Problems[0].Reason != tracking.RowErased {
		t.Errorf("a list brings the person back: %+v", back)
	}
	// The same name there is the person again, unless it bears a record of its own.
	renewed := named("Ann", "Lee", "Acme")
	renewed.Emails = []string{"ann.lee@acme.com"}
	w.lists["won"] = source{rows: []tracking.Row{{Number: 1, Person: renewed}, {Number: 2, Person: namesake}}}
	reports, err := w.Resync(t.Context(), tracking.ClosedWon, nil)
	w.ok(err)
	if len(reports[0].Problems) != 1 || reports[0].Problems[0].Row != 1 || w.stamped(namesake) != tracking.ClosedWon {
		t.Errorf("problems %v, the namesake is stamped %q", reports[0].Problems, w.stamped(namesake))
	}
	if _, err := w.Erase(t.Context(), tracking.Person{FirstName: "Ann"}); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("somebody without keys: %v", err)
	}
}

func TestErasureDuringAnImport(t *testing.T) {
	w := newWorld(t)
	w.take(csv("old", tracking.User), of("ann"))
	src := during{of("ann", "bob"), func() {
		_, err := w.Erase(t.Context(), mailed("ann"))
		w.ok(err)
	}}
	w.take(report("won", tracking.ClosedWon), src)
	w.same("counters", w.counters(), []string{"closed_won 1/1/1"})
	known, err := w.store.MembersOf(t.Context(), mailed("ann").Keys())
	w.ok(err)
	if len(known) > 0 || w.stamped(mailed("ann")) != "" {
		t.Errorf("ann is known: %+v", known)
	}
}

func TestStampGoesByStrongKeysFirst(t *testing.T) {
	w := newWorld(t)
	bare := named("Ann", "Lee", "Acme")
	other := bare
	other.RecordID = "003000000000002AAA"
	w.take(csv("users", tracking.User), source{rows: []tracking.Row{{Number: 1, Person: bare}}})
	if got := w.stamped(other); got != tracking.User {
		t.Errorf("stamped %q, want user: only a name is known there", got)
	}
	first := bare
	first.RecordID = "003000000000001AAA"
	w.take(csv("won", tracking.ClosedWon), source{rows: []tracking.Row{{Number: 1, Person: first}}})
	if got := w.stamped(other); got != "" {
		t.Errorf("stamped %q, want nothing: the name belongs to another record", got)
	}
	if got := w.stamped(tracking.Person{}); got != "" {
		t.Errorf("somebody without keys is stamped %q", got)
	}
}

func TestANamesakeOfAnErasedPersonStays(t *testing.T) {
	w := newWorld(t)
	namesake, erased := named("Ann", "Lee", "Acme"), named("Ann", "Lee", "Acme")
	namesake.RecordID, erased.RecordID = "003000000000002AAA", "003000000000001AAA"
	w.take(report("won", tracking.ClosedWon), source{rows: []tracking.Row{{Number: 1, Person: namesake}, {Number: 2, Person: named("Ann", "Lee", "Acme")}}})
	w.days(1)
	_, err := w.Erase(t.Context(), erased)
	w.ok(err)
	if w.stamped(namesake) != tracking.ClosedWon || w.inUse() != 1 {
		t.Errorf("stamped %q, %d credits in use, want closed_won and 1", w.stamped(namesake), w.inUse())
	}
	w.same("counters", w.counters(), []string{"closed_won 1/1/1"})
}

func TestPeopleComeOnceWithAllThatIsKnown(t *testing.T) {
	w := newWorld(t)
	linked := tracking.Person{LinkedIn: "/in/a", Emails: mailed("a").Emails}
	w.take(report("won", tracking.ClosedWon), source{rows: []tracking.Row{{Number: 1, Person: linked}, {Number: 2, Person: mailed("b")}}})
	more := mailed("a")
	more.FirstName, more.LastName, more.Emails = "Ann", "Lee", append(more.Emails, "ann@example.org")
	w.take(csv("users", tracking.User), source{rows: []tracking.Row{{Number: 1, Person: more}, {Number: 2, Person: mailed("c")}}})
	_, err := w.Untrack(t.Context(), mailed("b"), contacts.Removal{All: true})
	w.ok(err)
	people := func(relationship string) []string {
		t.Helper()
		var out []string
		for c, err := range w.People(t.Context(), relationship) {
			w.ok(err)
			out = append(out, strings.Join(append([]string{c.Relationship, c.Person.LastName, c.Person.LinkedIn}, c.Person.Emails...), " "))
		}
		slices.Sort(out)
		return out
	}
	ann, cid := "closed_won Lee /in/a a@acme.com ann@example.org", "user   c@acme.com"
	w.same("all", people(""), []string{ann, cid})
	w.same("users", people(tracking.User), []string{cid})
	w.same("customers", people(tracking.Customer), nil)
	for range w.People(t.Context(), "") {
		break
	}
}
