package chaos

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// unclear is the first name of those over whom the CRM stumbles while it is
// poisoned: not refused, and not done.
const unclear = "Hemlock"

// stumbling is a driver that takes a tenth of a second for each call, and that
// answers for some people that it is away, though it is not.
type stumbling struct {
	crm.Driver
	clock *atomic.Int64
	sick  *atomic.Bool
}

func (d stumbling) tick() { d.clock.Add(int64(100 * time.Millisecond)) }

func (d stumbling) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	d.tick()
	return d.Driver.Find(ctx, qs)
}

func (d stumbling) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	d.tick()
	return d.Driver.Landed(ctx, o, keys)
}

func (d stumbling) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	d.tick()
	out := make([]crm.Result, len(batch))
	var good []crm.Write
	var places []int
	for i, w := range batch {
		if d.sick.Load() && w.Verb == crm.VerbCreate && strings.HasPrefix(w.Set["FirstName"], unclear) {
			out[i].Err = &crm.Error{Op: "write", Object: w.Object, Key: w.Key, Class: crm.ErrUnavailable, Code: "UNKNOWN_EXCEPTION"}
			continue
		}
		good, places = append(good, w), append(places, i)
	}
	if len(good) == 0 {
		return out, nil
	}
	done, err := d.Driver.Write(ctx, good)
	for i := range done {
		out[places[i]] = done[i]
	}
	return out, err
}

// poisonRun is one day of a world, with or without poison.
type poisonRun struct {
	w      *world
	ledger *memledger.Ledger
	engine *routing.Engine
	clock  *atomic.Int64
	sick   *atomic.Bool
	box    *mailbox
	log    []attempt
}

func newPoisonRun(t *testing.T, n int, kind string) *poisonRun {
	t.Helper()
	r := &poisonRun{ledger: memledger.New(), clock: &atomic.Int64{}, sick: &atomic.Bool{}, box: &mailbox{}}
	now := func() time.Time { return start.Add(time.Duration(r.clock.Load())) }
	r.w = newWorld(t, 0, now)
	for i := range n {
		ev := lane(i, "")[0]
		ev.OccurredAt, ev.Person.LastName = start.Add(-time.Hour), "L"+spelled(i*104729%3200000, 5)
		ev.To = destination(20 + i%40)
		switch {
		case i%100 == 50 && kind == poison:
			ev.Person.LastName = poison + ev.Person.LastName
		case i%100 == 50 && kind == unclear:
			ev.Person.FirstName = unclear + ev.Person.FirstName
		}
		r.w.lanes = append(r.w.lanes, []routing.Event{ev})
	}
	r.w.poisoned.Store(kind == poison)
	r.sick.Store(kind == unclear)
	r.engine = r.w.engine(t, engineParts{
		driver: stumbling{r.w.db, r.clock, r.sick}, ledger: r.ledger, notifier: r.box, now: now, batch: 200,
		sleep: func(_ context.Context, d time.Duration) error { r.clock.Add(int64(d)); return nil },
	})
	for evs := range slices.Chunk(r.w.events(), 500) {
		if _, err := r.engine.Accept(t.Context(), evs); err != nil {
			t.Fatal(err)
		}
		for _, ev := range evs {
			r.log = append(r.log, attempt{routing.DeliveryKey(ev), endOK, ev.ID})
		}
	}
	return r
}

// work lets time go by until nothing is accepted and unfinished.
func (r *poisonRun) work(t *testing.T) {
	t.Helper()
	for range 5000 {
		if _, err := r.engine.Drain(t.Context()); err != nil && !r.sick.Load() {
			t.Fatal(err)
		}
		d, err := r.ledger.Depth(t.Context(), start.Add(time.Duration(r.clock.Load())))
		if err != nil {
			t.Fatal(err)
		}
		if d.Statuses[routing.StatusAccepted] == 0 {
			return
		}
		r.clock.Add(int64(time.Second))
	}
	t.Fatal("the work does not end")
}

// waits are the times that the healthy took, sorted.
func (r *poisonRun) waits(t *testing.T) []time.Duration {
	t.Helper()
	var out []time.Duration
	for _, rec := range readLedger(t, r.ledger) {
		if !poisonous(rec.Event) {
			out = append(out, rec.FinishedAt.Sub(rec.ReceivedAt))
		}
	}
	slices.Sort(out)
	return out
}

func poisonous(ev routing.Event) bool {
	return strings.HasPrefix(ev.Person.LastName, poison) || strings.HasPrefix(ev.Person.FirstName, unclear)
}

// TestP07PoisonDoesNotSpread puts one delivery that the CRM refuses for good among
// a hundred: the others take hardly longer than without, each poisonous one is
// parked after one attempt with a reason, and when the CRM is mended and they are
// replayed, all are done, once.
func TestP07PoisonDoesNotSpread(t *testing.T) {
	t.Parallel()
	n := scaled(1000, 10_000)
	clean, sick := newPoisonRun(t, n, ""), newPoisonRun(t, n, poison)
	clean.work(t)
	sick.work(t)
	before, after := quantile(clean.waits(t), 0.99), quantile(sick.waits(t), 0.99)
	t.Logf("p99 of the healthy: %v clean, %v among poison (%.2f)", before, after, float64(after)/float64(before))
	if float64(after) > 1.1*float64(before) {
		t.Errorf("p99 of the healthy is %v, more than 1.1 times the %v of the clean run", after, before)
	}
	sick.wantParked(t, n/100, 1, routing.ReasonRefusedByCRM)
	sick.wantMended(t)
}

// TestP07UnclearPoisonIsParkedInTheEnd is the same with deliveries that the CRM
// neither takes nor refuses: each is parked after eight failures of its own.
func TestP07UnclearPoisonIsParkedInTheEnd(t *testing.T) {
	t.Parallel()
	n := scaled(400, 10_000)
	sick := newPoisonRun(t, n, unclear)
	sick.work(t)
	waits := sick.waits(t)
	t.Logf("the healthy: p50 %v, p99 %v", quantile(waits, 0.5), quantile(waits, 0.99))
	sick.wantParked(t, n/100, routing.DefaultMaxAttempts, routing.ReasonTooManyAttempts)
	sick.wantMended(t)
}

// wantParked wants the poisonous deliveries, and no other, parked for a reason
// after so many attempts that were not taken back.
func (r *poisonRun) wantParked(t *testing.T, count, attempts int, why routing.Reason) {
	t.Helper()
	parked := 0
	for _, rec := range readLedger(t, r.ledger) {
		switch {
		case !poisonous(rec.Event):
			if rec.Status == routing.StatusParked {
				t.Errorf("%s is parked, and is not poisonous: %s", rec.Key, rec.Outcome.Reason)
			}
		case rec.Status != routing.StatusParked || rec.Outcome.Reason != why:
			t.Errorf("%s is poisonous and is %s, %s", rec.Key, rec.Status, rec.Outcome.Reason)
		case rec.Failures+1 != attempts:
			t.Errorf("%s was parked at its attempt %d, want %d", rec.Key, rec.Failures+1, attempts)
		default:
			parked++
		}
	}
	if parked != count {
		t.Errorf("%d parked, want %d", parked, count)
	}
}

// wantMended wants everything done, once, after the CRM is mended.
func (r *poisonRun) wantMended(t *testing.T) {
	t.Helper()
	r.mend(t)
	h := r.w.remains(t, r.ledger, r.log, r.box.ids)
	for _, rec := range h.Records {
		if rec.Status != routing.StatusDone {
			t.Errorf("%s is %s: %s", rec.Key, rec.Status, rec.Outcome.Reason)
		}
	}
	wantHolds(t, h)
}

// mend heals the CRM and replays what was parked.
func (r *poisonRun) mend(t *testing.T) {
	t.Helper()
	r.w.poisoned.Store(false)
	r.sick.Store(false)
	var keys []string
	for _, rec := range readLedger(t, r.ledger) {
		if rec.Status == routing.StatusParked {
			keys = append(keys, rec.Key)
		}
	}
	if err := r.engine.Resume(t.Context(), keys, true, "operator"); err != nil {
		t.Fatal(err)
	}
	r.work(t)
}
