package chaos

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
)

// absent is a driver of a CRM that can be away. It counts the calls that it gets
// meanwhile, and the time that calls take is a fifth of a second.
type absent struct {
	crm.Driver
	away   atomic.Bool
	probes atomic.Int64
}

func (d *absent) meet(ctx context.Context) error {
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
		return &crm.Error{Op: "call", Class: crm.ErrUnavailable, Err: ctx.Err()}
	}
	if !d.away.Load() {
		return nil
	}
	d.probes.Add(1)
	return &crm.Error{Op: "call", Class: crm.ErrUnavailable, Code: "SERVER_UNAVAILABLE"}
}

func (d *absent) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	if err := d.meet(ctx); err != nil {
		return nil, err
	}
	return d.Driver.Find(ctx, qs)
}

func (d *absent) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if err := d.meet(ctx); err != nil {
		return nil, err
	}
	return d.Driver.Write(ctx, batch)
}

func (d *absent) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	if err := d.meet(ctx); err != nil {
		return nil, err
	}
	return d.Driver.Landed(ctx, o, keys)
}

// TestP06AnHourWithoutTheCRM: reports come all the time, the CRM is away for an
// hour of virtual time. All are accepted, all have ended ten minutes after it is
// back, few calls are made meanwhile, and nothing is parked.
func TestP06AnHourWithoutTheCRM(t *testing.T) {
	rates := map[string]rhythm{"1 in ten seconds": {every: 10 * time.Second, n: 1, limit: 10 * time.Minute}}
	if raced {
		t.Skip("hours of virtual time take minutes with the race detector: .ci/run runs it without")
	}
	if full() {
		rates = map[string]rhythm{
			"1 a second": {every: time.Second, n: 1, limit: 10 * time.Minute}, "10 a second": {every: time.Second, n: 10, limit: 2 * time.Hour},
		}
	}
	for name, r := range rates {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { outage(t, r) }) })
	}
}

// rhythm is how reports come, and how long after the outage all must have ended.
type rhythm struct {
	every time.Duration
	n     int
	limit time.Duration
}

// outage is ten minutes of work, an hour without the CRM, and the time after it.
func outage(t *testing.T, rate rhythm) {
	w := newWorld(t, 0, time.Now)
	d := &absent{Driver: w.db}
	ledger, err := durable.Open(t.Context(), filepath.Join(t.TempDir(), "onward.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	box := &mailbox{}
	e := w.engine(t, engineParts{driver: d, ledger: ledger, notifier: box, now: time.Now, batch: 200})
	r, err := durable.NewRunner(ledger, e, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	var log []attempt
	n := 0
	report := func(span time.Duration) {
		for end := time.Now().Add(span); time.Now().Before(end); <-time.After(rate.every) {
			evs := make([]routing.Event, rate.n)
			for i := range evs {
				evs[i] = lane(n, "")[0]
				evs[i].ID, evs[i].OccurredAt, n = fmt.Sprint("o", n), time.Now(), n+1
				log = append(log, attempt{routing.DeliveryKey(evs[i]), endOK, evs[i].ID})
			}
			if _, err := e.Accept(t.Context(), evs); err != nil {
				t.Fatal(err)
			}
			r.Wake()
		}
	}
	report(10 * time.Minute)
	d.away.Store(true)
	report(time.Hour)
	d.away.Store(false)
	back := time.Now()
	report(5 * time.Minute)
	for left(t, ledger) > 0 && time.Since(back) < 3*time.Hour {
		<-time.After(5 * time.Second)
	}
	caughtUp := time.Since(back)
	if err := r.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%d reports over %v, caught up %v after the CRM was back, %d calls meanwhile", n, time.Since(begun), caughtUp, d.probes.Load())
	if caughtUp > rate.limit {
		t.Errorf("caught up %v after the CRM was back, want %v", caughtUp, rate.limit)
	}
	if got := d.probes.Load(); got > 120 {
		t.Errorf("%d calls during the outage, want at most 120", got)
	}
	h := w.remains(t, ledger, log, box.ids)
	for _, rec := range h.Records {
		if rec.Status == routing.StatusParked {
			t.Fatalf("%s is parked: %s", rec.Key, rec.Outcome.Reason)
		}
	}
	wantHolds(t, h)
}

// left is how many deliveries have not ended, and notices are not sent.
func left(t *testing.T, l routing.Ledger) int {
	t.Helper()
	d, err := l.Depth(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return d.Statuses[routing.StatusAccepted] + d.Notices
}
