package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

var errStore = errors.New("the store is away")

// frail is a store whose nth call fails, and with forgetful answers is carried out all
// the same.
type frail struct {
	contacts.Store
	left    int
	landing bool
	// spared tells that the life was over before the nth call.
	spared bool
}

// fails counts a call and reports whether it fails before it is carried out.
func (f *frail) fails() bool { f.left--; return f.left == -1 && !f.landing }

// after is the answer to a call that was carried out.
func (f *frail) after(err error) error {
	if f.left == -1 && f.landing {
		return errStore
	}
	return err
}

func (f *frail) State(ctx context.Context) (tracking.State, error) {
	if f.fails() {
		return tracking.State{}, errStore
	}
	s, err := f.Store.State(ctx)
	return s, f.after(err)
}

func (f *frail) Change(ctx context.Context, change func(tracking.State) (tracking.State, error)) error {
	if f.fails() {
		return errStore
	}
	return f.after(f.Store.Change(ctx, change))
}

func (f *frail) Begin(ctx context.Context, imp string) (string, error) {
	if f.fails() {
		return "", errStore
	}
	run, err := f.Store.Begin(ctx, imp)
	return run, f.after(err)
}

func (f *frail) Stage(ctx context.Context, run string, ms []tracking.Member) error {
	if f.fails() {
		return errStore
	}
	return f.after(f.Store.Stage(ctx, run, ms))
}

func (f *frail) Commit(ctx context.Context, run string, at time.Time, sweep bool) (tracking.Synced, error) {
	if f.fails() {
		return tracking.Synced{}, errStore
	}
	s, err := f.Store.Commit(ctx, run, at, sweep)
	return s, f.after(err)
}

func (f *frail) Members(ctx context.Context) iter.Seq2[tracking.Member, error] {
	if f.fails() {
		return func(yield func(tracking.Member, error) bool) { yield(tracking.Member{}, errStore) }
	}
	return f.Store.Members(ctx)
}

func (f *frail) Tracked(ctx context.Context, after string) iter.Seq2[tracking.Tracked, error] {
	if f.fails() {
		return func(yield func(tracking.Tracked, error) bool) { yield(tracking.Tracked{}, errStore) }
	}
	return f.Store.Tracked(ctx, after)
}

func (f *frail) Settle(ctx context.Context, changes []tracking.Settlement) (int, error) {
	if f.fails() {
		return 0, errStore
	}
	n, err := f.Store.Settle(ctx, changes)
	return n, f.after(err)
}

func (f *frail) Mark(ctx context.Context, ms []tracking.Mark) error {
	if f.fails() {
		return errStore
	}
	return f.after(f.Store.Mark(ctx, ms))
}

func (f *frail) Erase(ctx context.Context, keys []string) (int, error) {
	if f.fails() {
		return 0, errStore
	}
	n, err := f.Store.Erase(ctx, keys)
	return n, f.after(err)
}

// TestAnyCallOfTheStoreMayFail fails every call of a life in turn, before and after it
// is carried out. Whoever does the step again ends where nobody fails: nothing is
// counted twice and nobody is lost.
func TestAnyCallOfTheStoreMayFail(t *testing.T) {
	want := live(t, nil)
	failed := 0
	for _, landing := range []bool{false, true} {
		for n := 0; ; n++ {
			f := &frail{left: n, landing: landing}
			got := live(t, f)
			if f.spared {
				break // the life had fewer calls
			}
			failed++
			if got != want {
				t.Fatalf("call %d, carried out: %v: got\n%s\nwant\n%s", n, landing, got, want)
			}
		}
	}
	if failed < 60 {
		t.Errorf("%d calls failed, want many more", failed)
	}
}

// live imports, reads again, ranks anew, takes out and erases, each step until it
// succeeds, and tells what has become of it.
func live(t *testing.T, f *frail) string {
	t.Helper()
	w := newWorld(t)
	if f != nil {
		f.Store = w.store
		var err error
		w.Service, err = contacts.New(contacts.Deps{Store: f, Secret: []byte("a secret of many bytes"),
			Open: func(_ context.Context, imp tracking.Import) (contacts.Source, error) { return w.lists[imp.ID], nil },
		}, &contacts.Options{Now: func() time.Time { return w.now }})
		w.ok(err)
	}
	steps := []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := w.Import(ctx, report("won", tracking.ClosedWon), of("a", "b", "c", "a"), nil)
			return err
		},
		func(ctx context.Context) error {
			_, err := w.Import(ctx, csv("users", tracking.User), of("b", "d"), nil)
			return err
		},
		func(ctx context.Context) error { _, err := w.Resync(ctx, tracking.ClosedWon, nil); return err },
		func(ctx context.Context) error { _, err := w.Rerank(ctx, []string{tracking.User}); return err },
		func(ctx context.Context) error {
			_, err := w.Untrack(ctx, mailed("d"), contacts.Removal{All: true})
			return err
		},
		func(ctx context.Context) error { _, err := w.Erase(ctx, mailed("e")); return err },
	}
	w.lists["won"] = of("a", "b", "e")
	for i, step := range steps {
		w.days(1)
		for try := 0; ; try++ {
			err := step(t.Context())
			if err == nil {
				break
			}
			if !errors.Is(err, errStore) || try == 2 {
				t.Fatalf("step %d: %v", i, err)
			}
		}
	}
	if f != nil {
		f.spared, f.left = f.left >= 0, 1<<30
	}
	return fmt.Sprint(w.counters(), w.ledger(), w.inUse())
}
