package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// long gives n rows without holding them.
type long int

func (n long) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for i := range int(n) {
			if !yield(tracking.Row{Number: i + 1, Person: mailed(fmt.Sprint("p", i))}, nil) {
				return
			}
		}
	}
}

// sieve is a store that counts what is staged and keeps nothing of it, so that only the
// service's own memory is seen.
type sieve struct {
	contacts.Store
	staged, largest int
}

func (s *sieve) Stage(_ context.Context, _ string, ms []tracking.Member) error {
	s.staged += len(ms)
	s.largest = max(s.largest, len(ms))
	return nil
}

func TestImportOf100000RowsInBoundedMemory(t *testing.T) {
	w := newWorld(t)
	store := &sieve{Store: w.store}
	s, err := contacts.New(contacts.Deps{Store: store, Secret: []byte("a secret of many bytes")}, nil)
	w.ok(err)
	live := func() uint64 {
		runtime.GC()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before := live()
	var steps []int
	var most uint64
	got, err := s.Import(t.Context(), csv("users", tracking.User), long(100_000), func(rows int) {
		steps = append(steps, rows)
		if rows%10_000 == 0 {
			most = max(most, live())
		}
	})
	w.ok(err)
	if got.Accepted != 100_000 || store.staged != 100_000 || store.largest > 500 {
		t.Errorf("%d accepted, %d staged in batches of up to %d, want 100,000 in batches of up to 500", got.Accepted, store.staged, store.largest)
	}
	if len(steps) < 200 || steps[0] != 500 || steps[len(steps)-1] != 100_000 || !slices.IsSorted(steps) {
		t.Errorf("progress came %d times, from %d to %d", len(steps), steps[0], steps[len(steps)-1])
	}
	if grown := int64(most) - int64(before); grown > 4<<20 {
		t.Errorf("%d bytes more were alive while reading, want at most 4 MiB", grown)
	}
}

func TestProblemsAreListedUpToALimit(t *testing.T) {
	w := newWorld(t)
	src := of("a")
	for i := range contacts.MaxProblems + 7 {
		src.rows = append(src.rows, tracking.Row{Number: i + 2})
	}
	if got := w.take(csv("users", tracking.User), src); got.Rejected != contacts.MaxProblems+7 || len(got.Problems) != contacts.MaxProblems {
		t.Errorf("%d rejected, %d listed", got.Rejected, len(got.Problems))
	}
}

func TestImportsAtTheSameTimeAgreeInTheEnd(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for round := range 4 {
				names := []string{"ann", fmt.Sprint("own", i), fmt.Sprint("round", round)}
				if _, err := w.Import(t.Context(), report(fmt.Sprint("list", i), tracking.User), of(names...), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	roster, err := w.Roster(t.Context())
	w.ok(err)
	if roster.Credits() != 10 || w.inUse() != 10 {
		t.Errorf("%d people tracked, %d credits in use, want 10: ann, eight of their own, and round3", roster.Credits(), w.inUse())
	}
	w.same("counters", w.counters(), []string{"user 24/10/10"})
}

func TestDryCountOfAnActiveImport(t *testing.T) {
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), of("a", "b", "c"))
	w.take(csv("users", tracking.User), of("x"))
	dry, err := w.Preview(t.Context(), report("won", tracking.ClosedWon), of("a", "d"), nil)
	w.ok(err)
	if dry.Before != 4 || dry.After != 3 {
		t.Errorf("a report: %d credits before and %d after, want 4 and 3: it gives up b and c", dry.Before, dry.After)
	}
	dry, err = w.Preview(t.Context(), csv("users", tracking.User), of("y"), nil)
	w.ok(err)
	if dry.After != 5 {
		t.Errorf("a file: %d credits after, want 5: it only adds", dry.After)
	}
}

func TestMoreChangesThanFitIntoOneCall(t *testing.T) {
	const n = 1201
	w := newWorld(t)
	w.take(report("won", tracking.ClosedWon), long(n))
	w.take(csv("users", tracking.User), long(n))
	_, err := w.Rerank(t.Context(), []string{tracking.User})
	w.ok(err)
	sums, err := w.Credits(t.Context(), []tracking.Period{{From: w.now, To: w.now.Add(1)}})
	w.ok(err)
	if diff := cmp.Diff(map[string]tracking.RelationshipSum{"user": {Closing: n}}, sums[0].Relationships); diff != "" {
		t.Error(diff)
	}
	w.lists["won"] = long(1)
	_, err = w.Deactivate(t.Context(), "users")
	w.ok(err)
	_, err = w.Resync(t.Context(), tracking.ClosedWon, nil)
	w.ok(err)
	if w.inUse() != 1 {
		t.Errorf("%d credits in use, want 1", w.inUse())
	}
}

func TestNothingStaysOfAReadingThatBrokeOff(t *testing.T) {
	w := newWorld(t)
	var names []string
	for i := range 1200 {
		names = append(names, fmt.Sprint("p", i))
	}
	if _, err := w.Import(t.Context(), report("won", tracking.ClosedWon), source{of(names...).rows, errSource}, nil); !errors.Is(err, errSource) {
		t.Fatalf("import: %v", err)
	}
	if n, err := w.store.Erase(t.Context(), mailed("p7").Keys()); err != nil || n != 0 {
		t.Errorf("%d rows were kept, %v", n, err)
	}
}

// hooked is a store that does something before people are read for the nth time.
type hooked struct {
	contacts.Store
	left int
	do   func()
}

func (h *hooked) Tracked(ctx context.Context, after string) iter.Seq2[tracking.Tracked, error] {
	if h.left--; h.left == 0 {
		h.do()
	}
	return h.Store.Tracked(ctx, after)
}

func TestSettlingByAnOldRosterIsDoneAnew(t *testing.T) {
	w := newWorld(t)
	// Before people are read for the second time the roster is made: it lacks b.
	late := &hooked{Store: w.store, left: 2, do: func() { w.take(report("two", tracking.User), of("b")) }}
	s, err := contacts.New(contacts.Deps{Store: late, Secret: []byte("a secret of many bytes")}, nil)
	w.ok(err)
	_, err = s.Import(t.Context(), report("one", tracking.User), of("a"), nil)
	w.ok(err)
	if w.stamped(mailed("a")) != tracking.User || w.stamped(mailed("b")) != tracking.User {
		t.Errorf("a is stamped %q, b %q, want both user", w.stamped(mailed("a")), w.stamped(mailed("b")))
	}
}
