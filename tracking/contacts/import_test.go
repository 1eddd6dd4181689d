package contacts_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

func TestTR01TwoListsCounted(t *testing.T) {
	w := newWorld(t)
	won := of("a", "b", "c", "d", "e", "f", "g", "h", "a", "b")
	dry, err := w.Preview(t.Context(), report("won", tracking.ClosedWon), won, nil)
	w.ok(err)
	if dry.Before != 0 || dry.After != 8 || dry.Rows != 10 || dry.Accepted != 10 || dry.Rejected != 0 {
		t.Errorf("dry count %+v, want 10 rows, 0 credits before and 8 after", dry)
	}
	w.same("dry count", counts(dry.Counters), []string{"closed_won 10/8/8"})
	w.same("after the dry count", w.counters(), nil)
	w.same("ledger after the dry count", w.ledger(), nil)

	w.take(report("won", tracking.ClosedWon), won)
	got := w.take(csv("users", tracking.User), of("a", "b", "c", "x", "y", "z"))
	if got.Before != 8 || got.After != 11 || got.Synced != (tracking.Synced{Joined: 6}) {
		t.Errorf("second import %+v, want 8 credits before and 11 after", got)
	}
	w.same("counters", w.counters(), []string{"closed_won 10/8/8", "user 6/6/3"})
	for _, c := range got.Counters {
		if want := c.Relationship == tracking.ClosedWon; c.Importing != want {
			t.Errorf("%s importing %v, want %v", c.Relationship, c.Importing, want)
		}
	}
	if n := w.inUse(); n != 11 {
		t.Errorf("the ledger has %d credits in use, want 11", n)
	}
}

func TestTR02RerankStampsNewDeliveries(t *testing.T) {
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), of("a", "b", "c", "d", "e", "f", "g", "h", "a", "b"))
	w.take(csv("users", tracking.User), of("a", "b", "c", "x", "y", "z"))
	w.spend("d1", 1, mailed("a"))
	w.days(1)
	roster, err := w.Rerank(t.Context(), []string{tracking.User})
	w.ok(err)
	w.same("counters", counts(roster.Counters()), []string{"user 6/6/6", "closed_won 10/8/5"})
	if n := w.inUse(); n != 11 || roster.Credits() != 11 {
		t.Errorf("%d credits in the ledger, %d in the roster, want 11", n, roster.Credits())
	}
	w.spend("d2", 1, mailed("a"))
	w.spend("d1", 1, mailed("a")) // the sender repeats
	w.spend("d3", 0, mailed("b")) // an enrichment
	var deliveries []string
	for c, err := range w.store.Credits(t.Context(), "") {
		w.ok(err)
		if c.Ledger == tracking.LedgerJobChange {
			deliveries = append(deliveries, c.Delivery+" "+c.Relationship)
		}
	}
	w.same("deliveries", deliveries, []string{"d1 closed_won", "d2 user"})
	if _, err := w.Rerank(t.Context(), []string{"gone"}); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("unknown relationship: %v", err)
	}
}

func TestTR06OpportunityIsLostAtTheNextRefresh(t *testing.T) {
	for _, grace := range []int{0, 30} {
		w := newWorld(t)
		ranked := tracking.DefaultRelationships()
		for i := range ranked {
			ranked[i].GraceDays = grace
		}
		_, err := w.SetRelationships(t.Context(), ranked)
		w.ok(err)
		w.take(automatic, dealt("open_opp ann"))
		w.days(7)
		w.lists["crm"] = dealt("closed_lost ann")
		_, err = w.Resync(t.Context(), tracking.OpenOpp, nil)
		w.ok(err)
		if got := w.stamped(mailed("ann")); got != tracking.ClosedLost {
			t.Errorf("%d days of grace: stamped %q, want closed_lost", grace, got)
		}
		w.same("ledger", w.ledger(), []string{"+1 open_opp", "+0 closed_lost from open_opp"})
	}
}

func TestTR08BadRowsAreReportedAndGoodOnesGoIn(t *testing.T) {
	w := newWorld(t)
	src := source{rows: []tracking.Row{
		{Number: 2, Person: named("Ann", "Lee", "Acme")},
		{Number: 3, Person: named("Bob", "Kim", "")},
		{Number: 4, Problem: &tracking.RowProblem{Row: 4, Reason: tracking.RowUnreadable, Text: "want 4 cells, as in the header, not 3"}},
		{Number: 5, Person: mailed("cid")},
	}}
	for _, act := range []func(context.Context, tracking.Import, contacts.Source, func(int)) (contacts.Report, error){w.Preview, w.Import} {
		got, err := act(t.Context(), csv("users", tracking.User), src, nil)
		w.ok(err)
		want := []tracking.RowProblem{
			{Row: 3, Reason: tracking.RowNoIdentity, Text: "needs an e-mail address, or first name, last name and company"},
			{Row: 4, Reason: tracking.RowUnreadable, Text: "want 4 cells, as in the header, not 3"},
		}
		if diff := cmp.Diff(want, got.Problems); diff != "" || got.Accepted != 2 || got.Rejected != 2 || got.Rows != 4 {
			t.Errorf("%d rows, %d accepted, %d rejected: %s", got.Rows, got.Accepted, got.Rejected, diff)
		}
	}
	w.same("counters", w.counters(), []string{"user 2/2/2"})
}

func TestImportRefusals(t *testing.T) {
	w := newWorld(t)
	w.take(csv("users", tracking.User), of("a", "b"))
	w.take(report("won", tracking.ClosedWon), of("a", "c"))
	before := w.counters()
	tests := []struct {
		name string
		imp  tracking.Import
		src  source
		is   error
		says string
	}{
		{"TR10 a report of the wrong kind", tracking.Import{ID: "r", Kind: tracking.ImportReport, Relationship: tracking.User, Ref: "0015g00000AbCdEAAV"}, of("a"),
			tracking.ErrConfig, `tracking: report: "0015g00000AbCdEAAV" is the id of an account`},
		{"the kind stays", report("users", tracking.User), of("a"), tracking.ErrConfig, `import "users" is a csv; give the salesforce_report an id of its own`},
		{"a file's relationship stays", csv("users", tracking.Customer), of("a"), tracking.ErrConfig, `the people of import "users" are user`},
		{"the source breaks off", report("won", tracking.ClosedWon), source{of("a", "d").rows, errSource}, errSource, "contacts: import won: 429 too many requests"},
		{"no row can be taken", report("won", tracking.ClosedWon), source{rows: []tracking.Row{{Number: 1}, {Number: 2}}}, contacts.ErrNoRows, "no row could be taken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, act := range []func(context.Context, tracking.Import, contacts.Source, func(int)) (contacts.Report, error){w.Preview, w.Import} {
				if _, err := act(t.Context(), test.imp, test.src, nil); !errors.Is(err, test.is) || !contains(err, test.says) {
					t.Errorf("got %v, want %q", err, test.says)
				}
			}
			w.same("counters", w.counters(), before)
		})
	}
	if r, err := w.Import(t.Context(), automatic, dealt("closed_won a", "pilot b"), nil); err != nil || r.Rejected != 1 || r.Problems[0].Reason != tracking.RowUnknownRelationship {
		t.Errorf("a row of an unknown relationship: %+v, %v", r, err)
	}
}

func contains(err error, text string) bool { return err != nil && strings.Contains(err.Error(), text) }

func TestImportingAgainChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), of("a", "b", "a"))
	before := w.ledger()
	w.days(1)
	if again := w.take(report("won", tracking.ClosedWon), of("a", "b", "a")); again.Synced != (tracking.Synced{Stayed: 2}) || again.After != 2 {
		t.Errorf("again: %+v", again)
	}
	w.same("ledger", w.ledger(), before)
	w.same("counters", w.counters(), []string{"closed_won 3/2/2"})
	state, err := w.store.State(t.Context())
	w.ok(err)
	imp, _ := state.Import("won")
	if !imp.Active || !imp.ActivatedAt.Equal(start) || !imp.SyncedAt.Equal(w.now) || imp.Ref != "00O5g000005ABcdEAG" {
		t.Errorf("the import is %+v, want it active since the start and synced now, with 18 characters", imp)
	}
	if _, err := w.Deactivate(t.Context(), "won"); err != nil || w.inUse() != 0 {
		t.Errorf("deactivated: %v, %d credits in use", err, w.inUse())
	}
	if _, err := w.Deactivate(t.Context(), "none"); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("an import that there is not: %v", err)
	}
}

func TestTR11WhoLeavesTheReportCeasesToUseACredit(t *testing.T) {
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), of("a", "b"))
	w.days(7)
	w.lists["won"] = of("a")
	reports, err := w.Resync(t.Context(), tracking.ClosedWon, nil)
	w.ok(err)
	if len(reports) != 1 || reports[0].Synced != (tracking.Synced{Stayed: 1, Left: 1}) || reports[0].Before != 2 || reports[0].After != 1 {
		t.Errorf("reports %+v, want one of whom one left", reports)
	}
	if w.stamped(mailed("b")) != "" || w.inUse() != 1 {
		t.Errorf("b is stamped %q, %d credits in use", w.stamped(mailed("b")), w.inUse())
	}
	w.same("ledger", w.ledger(), []string{"+1 closed_won", "+1 closed_won", "-1 closed_won"})
	known, err := w.store.MembersOf(t.Context(), mailed("b").Keys())
	w.ok(err)
	if len(known) != 1 || !known[0].Joined.Equal(start) || !known[0].Left.Equal(w.now) {
		t.Errorf("history of b: %+v, want joined at the start and left now", known)
	}
}

func TestTR11GraceIsConfigurable(t *testing.T) {
	w := newWorld(t)
	ranked := tracking.DefaultRelationships()
	ranked[0].GraceDays = 14
	_, err := w.SetRelationships(t.Context(), ranked)
	w.ok(err)
	w.take(report("won", tracking.ClosedWon), of("a", "b"))
	w.lists["won"] = of("a")
	for _, step := range []struct{ day, want int }{{1, 2}, {14, 2}, {15, 1}, {16, 1}} {
		w.now = start.AddDate(0, 0, step.day)
		_, err := w.Resync(t.Context(), tracking.ClosedWon, nil)
		w.ok(err)
		if got := w.inUse(); got != step.want {
			t.Errorf("day %d: %d credits in use, want %d", step.day, got, step.want)
		}
	}
	w.lists["won"] = of("a", "b")
	_, err = w.Resync(t.Context(), tracking.ClosedWon, nil)
	w.ok(err)
	w.same("ledger", w.ledger(), []string{"+1 closed_won", "+1 closed_won", "-1 closed_won", "+1 closed_won"})
}

func TestResyncOfOneSourceDoesNotStopTheOthers(t *testing.T) {
	w := newWorld(t)
	w.take(report("broken", tracking.User), of("a"))
	w.take(report("good", tracking.User), of("b"))
	w.take(csv("file", tracking.User), of("c"))
	w.lists["good"] = of("b", "d")
	reports, err := w.Resync(t.Context(), tracking.User, nil)
	if !errors.Is(err, errSource) || !contains(err, "contacts: import broken: ") {
		t.Errorf("error %v, want that of the broken import", err)
	}
	if len(reports) != 1 || reports[0].Import != "good" || w.reads["file"] != 0 {
		t.Errorf("reports %+v, %d readings of the file, want good alone", reports, w.reads["file"])
	}
	w.same("counters", w.counters(), []string{"user 4/4/4"})
	if _, err := w.Resync(t.Context(), "gone", nil); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("unknown relationship: %v", err)
	}
}
