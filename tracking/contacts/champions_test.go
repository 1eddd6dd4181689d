package contacts_test

import (
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// missing lists the missing champions as "name: opportunity, role, account".
func (w *world) missing(src contacts.Source) []string {
	w.Helper()
	cs, err := w.Missing(w.Context(), src)
	w.ok(err)
	var out []string
	for _, c := range cs {
		d := c.Deals[0]
		out = append(out, c.Person.Emails[0]+": "+d.OpportunityID+" "+d.Name+", "+d.Role+", "+d.Account)
	}
	return out
}

func TestTR14DismissalIsRemembered(t *testing.T) {
	w := newWorld(t)
	crm := dealt("closed_won ann", "closed_won bob", "closed_won cid", "closed_won dee")
	w.take(csv("users", tracking.User), of("ann"))
	w.same("4 contacts, 1 tracked", w.missing(crm), []string{
		"bob@acme.com: 006A Renewal, Evaluator, Acme", "cid@acme.com: 006A Renewal, Evaluator, Acme", "dee@acme.com: 006A Renewal, Evaluator, Acme"})
	w.ok(w.Dismiss(t.Context(), mailed("cid"), "ann", "retired"))
	w.days(70)
	two := []string{"bob@acme.com: 006A Renewal, Evaluator, Acme", "dee@acme.com: 006A Renewal, Evaluator, Acme"}
	w.same("one dismissed", w.missing(crm), two)
	w.take(csv("more", tracking.User), of("dee"))
	w.same("one imported", w.missing(crm), two[:1])
	_, err := w.Erase(t.Context(), mailed("bob"))
	w.ok(err)
	w.same("one erased", w.missing(crm), nil)
	if err := w.Dismiss(t.Context(), tracking.Person{}, "ann", ""); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("dismissing nobody: %v", err)
	}
}

func TestWhoWasTakenOutByHandIsNotMissing(t *testing.T) {
	w := newWorld(t)
	crm := dealt("closed_won ann", "closed_won bob")
	w.take(automatic, crm)
	_, err := w.Untrack(t.Context(), mailed("ann"), contacts.Removal{All: true})
	w.ok(err)
	w.same("missing", w.missing(crm), nil)
	w.ok(w.Retrack(t.Context(), mailed("ann")))
	_, err = w.Untrack(t.Context(), mailed("ann"), contacts.Removal{Relationship: tracking.ClosedWon})
	w.ok(err)
	w.same("missing after a removal from one", w.missing(crm), []string{"ann@acme.com: 006A Renewal, Evaluator, Acme"})
}

// notice takes the weekly look, and tells how many champions the admin is told of: -1
// for no notice.
func (w *world) notice(src contacts.Source, told bool) int {
	w.Helper()
	n, due, err := w.ChampionNotice(w.Context(), src)
	w.ok(err)
	if !due {
		return -1
	}
	if n.To != "admin@acme.com" {
		w.Errorf("notice to %q", n.To)
	}
	if told {
		w.ok(w.Told(w.Context(), n))
	}
	return len(n.Missing)
}

func TestTR14AdminIsToldWeeklyWhenTheNumberRises(t *testing.T) {
	w := newWorld(t)
	one, three := dealt("closed_won ann"), dealt("closed_won ann", "closed_won bob", "closed_won cid")
	if got := w.notice(one, true); got != -1 {
		t.Errorf("without an admin: %d", got)
	}
	w.ok(w.SetChampionAdmin(t.Context(), "admin@acme.com"))
	steps := []struct {
		name string
		days int
		src  source
		told bool
		want int
	}{
		{"the first look", 0, one, true, 1},
		{"within the week", 6, three, true, -1},
		{"risen after a week, sending fails", 1, three, false, 3},
		{"again, since nobody was told", 0, three, true, 3},
		{"at once again", 0, three, true, -1},
		{"no rise", 7, three, true, -1},
		{"fallen", 7, one, true, -1},
		{"risen from there", 7, three, true, 3},
	}
	for _, s := range steps {
		w.days(s.days)
		if got := w.notice(s.src, s.told); got != s.want {
			t.Errorf("%s: %d, want %d", s.name, got, s.want)
		}
	}
	w.days(7)
	if _, _, err := w.ChampionNotice(t.Context(), source{err: errSource}); !errors.Is(err, errSource) {
		t.Errorf("a source that breaks off: %v", err)
	}
}

func TestAnOldNoticeComesTooLate(t *testing.T) {
	w := newWorld(t)
	w.ok(w.SetChampionAdmin(t.Context(), "admin@acme.com"))
	old, due, err := w.ChampionNotice(t.Context(), dealt("closed_won ann"))
	w.ok(err)
	w.days(1)
	late, _, err := w.ChampionNotice(t.Context(), dealt("closed_won ann", "closed_won bob"))
	w.ok(err)
	if !due || len(late.Missing) != 2 {
		t.Fatalf("due %v, %d missing a day later, want a notice that stays due", due, len(late.Missing))
	}
	w.ok(w.Told(t.Context(), late))
	w.ok(w.Told(t.Context(), old))
	state, err := w.store.State(t.Context())
	w.ok(err)
	if state.Champions.Missing != 2 || !state.Champions.Looked.Equal(w.now) {
		t.Errorf("noted %+v, want the later look", state.Champions)
	}
}

func TestTR15Scorecard(t *testing.T) {
	w := newWorld(t)
	crm := dealt("closed_won ann", "closed_won bob", "closed_won cid", "closed_won dee", "open_opp eve")
	w.take(csv("users", tracking.User), of("ann", "eve"))
	var deliveries []tracking.Delivery
	for i := range 10 {
		d := tracking.Delivery{At: w.now.Add(-time.Hour), OwnerID: "U1", Touched: i < 4}
		if i >= 7 {
			d.OwnerID = "U2"
		}
		deliveries = append(deliveries, d)
	}
	got, err := w.Scorecard(t.Context(), crm, deliveries)
	w.ok(err)
	want := tracking.Scorecard{
		Won: tracking.Coverage{Contacts: 4, Tracked: 1}, WonShare: 0.25,
		Deliveries: 10, TopOwner: "U1", TopShare: 0.7, Concentrated: true, Sent: 10, Touched: 4, Engagement: 0.4,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := w.Scorecard(t.Context(), source{err: errSource}, nil); !errors.Is(err, errSource) {
		t.Errorf("a source that breaks off: %v", err)
	}
}

func TestServiceNeedsItsParts(t *testing.T) {
	for _, d := range []contacts.Deps{{Secret: []byte("a secret of many bytes")}, {Store: newWorld(t).store, Secret: []byte("short")}, {Store: newWorld(t).store}} {
		if _, err := contacts.New(d, nil); !errors.Is(err, tracking.ErrConfig) {
			t.Errorf("New(%+v): %v", d, err)
		}
	}
}
