package durable

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing"
)

// onBoth runs a test on a SQLite file and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, filepath.Join(t.TempDir(), "ledger.db"))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.DSN(t))
	})
}

// hands finish whatever is due in a ledger, as an engine would.
type hands struct {
	ledger *Ledger
	batch  int
	mu     sync.Mutex
	done   map[string]int
	// slow makes each batch wait for a word on next.
	begun, next chan struct{}
}

func (h *hands) Drain(ctx context.Context) (int, error) {
	n := 0
	for ctx.Err() == nil {
		cs, err := h.ledger.Claim(ctx, routing.ClaimOrder{Now: time.Now(), N: h.batch, Lease: time.Minute})
		if err != nil || len(cs) == 0 {
			return n, err
		}
		if err := h.work(ctx, cs); err != nil {
			return n, err
		}
		n += len(cs)
	}
	return n, ctx.Err()
}

func (h *hands) work(ctx context.Context, cs []routing.Claim) error {
	if h.begun != nil {
		h.begun <- struct{}{}
		select {
		case <-h.next:
		case <-ctx.Done():
			rs := make([]routing.Release, len(cs))
			for i, c := range cs {
				rs[i] = routing.Release{Fence: c.Fence, Due: time.Now(), Refund: true}
			}
			_, err := h.ledger.Release(context.WithoutCancel(ctx), rs)
			return errors.Join(err, ctx.Err())
		}
	}
	fs := make([]routing.Finish, len(cs))
	for i, c := range cs {
		fs[i] = routing.Finish{Fence: c.Fence, Result: routing.Outcome{Status: routing.StatusDone}, At: time.Now()}
	}
	errs, err := h.ledger.Finish(ctx, fs)
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range cs {
		h.done[c.Fence.Key]++
	}
	return nil
}

func (h *hands) AssignDRI(context.Context) (int, error) { return 0, nil }

func (h *hands) finished() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.done)
}

// process is what one process of a host has.
type process struct {
	*Runner
	ledger *Ledger
	hands  *hands
}

// begin starts a process on a database, and ends it with the test.
func begin(t *testing.T, dsn string, o *RunnerOptions, slow bool) *process {
	t.Helper()
	l, err := Open(t.Context(), dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &hands{ledger: l, batch: 10, done: map[string]int{}}
	if slow {
		h.begun, h.next = make(chan struct{}, 100), make(chan struct{})
	}
	r, err := NewRunner(l, h, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := &process{r, l, h}
	t.Cleanup(func() {
		p.end(t, 30*time.Second) // River tries for a while to tell a table that is gone
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p *process) end(t *testing.T, within time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func (p *process) accept(t *testing.T, from, until int) {
	t.Helper()
	var ds []routing.Delivery
	for i := from; i < until; i++ {
		ds = append(ds, routing.Delivery{
			Key: fmt.Sprint("d", i), Persons: []string{fmt.Sprint("p", i)},
			OccurredAt: time.Now().Add(-time.Hour), ReceivedAt: time.Now().Add(-time.Minute),
		})
	}
	if _, err := p.ledger.Accept(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	p.Wake()
}

// until waits for something to become true.
func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	late := time.After(30 * time.Second)
	for !reached() {
		select {
		case <-ticker.C:
		case <-late:
			t.Fatal("never happened: ", what)
		}
	}
}

// day is a clock that is set by hand, and a job that remembers when it ran.
type day struct {
	mu   sync.Mutex
	now  time.Time
	ran  []string
	fail error
}

func (d *day) time() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *day) set(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now, _ = time.Parse("2006-01-02 15:04", text)
}

func (d *day) trouble(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

func (d *day) run(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return d.fail
	}
	d.ran = append(d.ran, d.now.Format("2006-01-02"))
	return nil
}

func (d *day) nights() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ran)
}

func (d *day) options() *RunnerOptions {
	return &RunnerOptions{Now: d.time, Jobs: []Job{{Name: "nightly", At: "02:00", Run: d.run}}}
}

func (d *day) want(t *testing.T, nights ...string) {
	t.Helper()
	until(t, fmt.Sprint("nights ", nights), func() bool { return len(d.nights()) >= len(nights) })
	if got := d.nights(); !slices.Equal(got, nights) {
		t.Errorf("nights %v, want %v", got, nights)
	}
}
