package contacts_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// due lists the relationships that are due.
func (w *world) due() []string {
	w.Helper()
	rs, err := w.DueRelationships(w.Context())
	w.ok(err)
	var out []string
	for _, r := range rs {
		out = append(out, r.ID)
	}
	return out
}

// two makes a world with a weekly and a monthly relationship that were scanned at the start.
func two(t *testing.T) *world {
	w := newWorld(t)
	_, err := w.SetRelationships(t.Context(), []tracking.Relationship{
		{ID: "users", Name: "Users", Cycle: tracking.Weekly}, {ID: "nps", Name: "NPS", Cycle: tracking.Monthly}})
	w.ok(err)
	done, err := w.RunDue(t.Context(), scanNothing)
	w.ok(err)
	w.same("done at the start", done, []string{"users", "nps"})
	return w
}

func scanNothing(context.Context, tracking.Relationship, func() error) error { return nil }

func TestTR13WeeklyAndMonthly(t *testing.T) {
	w := two(t)
	for _, step := range []struct {
		day  int
		want []string
	}{{6, nil}, {7, []string{"users"}}, {29, []string{"users"}}, {31, []string{"users", "nps"}}} {
		w.now = start.AddDate(0, 0, step.day)
		w.same(w.now.Format(time.DateOnly), w.due(), step.want)
	}
	done, err := w.RunDue(t.Context(), scanNothing)
	w.ok(err)
	w.same("done", done, []string{"users", "nps"})
	w.same("due then", w.due(), nil)
}

func TestTR13TwoSchedulersDoNotOverlap(t *testing.T) {
	w := two(t)
	w.days(7)
	first, reason, err := w.Claim(t.Context(), "users")
	w.ok(err)
	if reason != "" {
		t.Fatalf("first claim: %s", reason)
	}
	_, reason, err = w.Claim(t.Context(), "users")
	w.ok(err)
	if reason != tracking.ScanHeld {
		t.Errorf("second claim: %q, want scan_held", reason)
	}
	w.same("due while held", w.due(), nil)
	if _, reason, err := w.Claim(t.Context(), "nps"); err != nil || reason != tracking.ScanNotDue {
		t.Errorf("claim of what is not due: %q, %v", reason, err)
	}
	if _, _, err := w.Claim(t.Context(), "gone"); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("claim of what there is not: %v", err)
	}
	// The first one dies, and its lease ends.
	w.now = w.now.Add(10 * time.Minute)
	second, reason, err := w.Claim(t.Context(), "users")
	w.ok(err)
	if reason != "" {
		t.Fatalf("after the lease: %q", reason)
	}
	if reason, err := w.Finish(t.Context(), first, true); err != nil || reason != tracking.ScanLost {
		t.Errorf("the first one comes late: %q, %v", reason, err)
	}
	if reason, err := w.Renew(t.Context(), first); err != nil || reason != tracking.ScanLost {
		t.Errorf("the first one renews late: %q, %v", reason, err)
	}
	if reason, err := w.Finish(t.Context(), second, true); err != nil || reason != "" {
		t.Errorf("the second one: %q, %v", reason, err)
	}
	w.same("due then", w.due(), nil)
}

func TestTR13SixteenSchedulersScanOnce(t *testing.T) {
	w := two(t)
	w.days(31)
	var scans atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := w.RunDue(t.Context(), func(context.Context, tracking.Relationship, func() error) error {
				scans.Add(1)
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := scans.Load(); n != 2 {
		t.Errorf("%d scans, want one of each relationship", n)
	}
}

func TestRunDueReadsListsAgainOnceAndGoesOnAfterFailures(t *testing.T) {
	w := newWorld(t)
	w.take(automatic, dealt("open_opp ann"))
	w.take(report("users", tracking.User), of("bob"))
	w.now = w.now.Add(time.Minute)
	w.lists["crm"] = dealt("closed_won ann")
	errScan := errors.New("the provider is away")
	done, err := w.RunDue(t.Context(), func(_ context.Context, r tracking.Relationship, renew func() error) error {
		w.ok(renew())
		if r.ID == tracking.PowerUser {
			return errScan
		}
		return nil
	})
	if !errors.Is(err, errScan) || !errors.Is(err, errSource) {
		t.Errorf("error %v, want that of the scan, and that of the report which cannot be opened", err)
	}
	w.same("done", done, []string{"closed_won", "open_opp", "closed_lost", "customer"})
	w.same("due again", w.due(), []string{"power_user", "user"})
	if w.reads["crm"] != 1 || w.reads["users"] != 1 {
		t.Errorf("readings %v, want one of each: the automatic import feeds three relationships that are due", w.reads)
	}
	if got := w.stamped(mailed("ann")); got != tracking.ClosedWon {
		t.Errorf("ann is stamped %q, want closed_won", got)
	}
}

func TestAScanThatLostItsClaimIsNotDone(t *testing.T) {
	w := two(t)
	w.days(7)
	done, err := w.RunDue(t.Context(), func(ctx context.Context, r tracking.Relationship, renew func() error) error {
		w.now = w.now.Add(11 * time.Minute)
		_, reason, err := w.Claim(ctx, r.ID)
		w.ok(err)
		if reason != "" {
			t.Errorf("taking over: %q", reason)
		}
		return renew()
	})
	if err == nil || !contains(err, "another process took over") || len(done) > 0 {
		t.Errorf("done %v, error %v", done, err)
	}
}

func TestRelationshipsInUseStay(t *testing.T) {
	w := newWorld(t)
	w.take(csv("users", tracking.User), of("a"))
	_, err := w.SetRelationships(t.Context(), []tracking.Relationship{{ID: "nps", Name: "NPS"}})
	if !errors.Is(err, tracking.ErrConfig) || !contains(err, "import users feeds one that is left out; deactivate it first") {
		t.Errorf("leaving out what is in use: %v", err)
	}
	_, err = w.Deactivate(t.Context(), "users")
	w.ok(err)
	roster, err := w.SetRelationships(t.Context(), []tracking.Relationship{{ID: "nps", Name: "NPS"}})
	w.ok(err)
	if roster.Credits() != 0 || w.inUse() != 0 {
		t.Errorf("%d people, %d credits", roster.Credits(), w.inUse())
	}
	if _, err := w.SetRelationships(t.Context(), []tracking.Relationship{{ID: "NPS"}}); !errors.Is(err, tracking.ErrConfig) {
		t.Errorf("a bad one: %v", err)
	}
}
