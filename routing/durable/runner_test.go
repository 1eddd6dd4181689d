package durable

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/onward-crm/onward/routing"
)

func TestJobRunsOnceForAllProcesses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		d := &day{}
		d.set("2026-03-02 12:00")
		begin(t, dsn, d.options(), false)
		begin(t, dsn, d.options(), false)
		d.set("2026-03-03 01:59")
		d.want(t)
		d.set("2026-03-03 02:00")
		d.want(t, "2026-03-03")
		d.set("2026-03-04 02:01")
		d.want(t, "2026-03-03", "2026-03-04")
		d.set("2026-03-05 02:01")
		d.want(t, "2026-03-03", "2026-03-04", "2026-03-05")
	})
}

func TestProcessesMayStartAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		first, err := Open(t.Context(), dsn, nil) // the ledger's own tables are not the matter here
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		ps := make([]*process, 4)
		for i := range ps {
			wg.Go(func() { ps[i] = begin(t, dsn, nil, false) })
		}
		wg.Wait()
		for _, p := range ps {
			if p == nil {
				continue // begin has told why
			}
			if got := p.Status().Schedules; got != "" {
				t.Errorf("schedules: %s", got)
			}
		}
	})
}

func TestP20StoppedRunnerLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	t.Run("", func(t *testing.T) {
		p := begin(t, filepath.Join(t.TempDir(), "ledger.db"), nil, false)
		p.accept(t, 0, 5)
		until(t, "all accepted work done", func() bool { return p.hands.finished() == 5 })
	})
}

func TestMissedNightIsCaughtUpOnce(t *testing.T) {
	t.Parallel()
	dsn := filepath.Join(t.TempDir(), "ledger.db")
	d := &day{}
	d.set("2026-03-02 12:00")
	begin(t, dsn, d.options(), false).end(t, 10*time.Second)
	d.want(t) // it was never missed before it was known
	d.set("2026-03-05 09:00")
	begin(t, dsn, d.options(), false).end(t, 10*time.Second)
	second := begin(t, dsn, d.options(), false)
	d.want(t, "2026-03-05")
	d.set("2026-03-06 01:00")
	second.clock.look(t.Context())
	d.want(t, "2026-03-05")
}

// TestClockThatStoodAheadHoldsNothingUp: a night that was done in a future that never
// came, or was to be tried again there, is no reason to do none until then.
func TestClockThatStoodAheadHoldsNothingUp(t *testing.T) {
	t.Parallel()
	d := &day{}
	d.set("2026-03-02 12:00")
	p := begin(t, filepath.Join(t.TempDir(), "ledger.db"), d.options(), false)
	d.set("2031-01-01 02:00")
	d.want(t, "2031-01-01")
	d.trouble(errors.New("away"))
	d.set("2031-01-02 02:00")
	until(t, "a failure", func() bool { return p.clock.snapshot()["nightly"].failures == 1 })
	d.set("2026-03-03 02:00")
	d.trouble(nil)
	d.want(t, "2031-01-01", "2026-03-03")
	until(t, "that it is kept", func() bool { return p.clock.snapshot()["nightly"].slot.Year() == 2026 })
	d.set("2026-03-03 01:55") // set back by little: done is done
	p.clock.look(t.Context())
	d.set("2026-03-04 02:00")
	d.want(t, "2031-01-01", "2026-03-03", "2026-03-04")
}

func TestFailedJobIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := &day{}
	d.set("2026-03-02 12:00")
	p := begin(t, filepath.Join(t.TempDir(), "ledger.db"), d.options(), false)
	d.trouble(errors.New("mirror: crm away"))
	d.set("2026-03-03 02:00")
	nightly := func() JobStatus {
		jobs := p.Status().Jobs
		return jobs[slices.IndexFunc(jobs, func(j JobStatus) bool { return j.Name == "nightly" })]
	}
	until(t, "a failure", func() bool { return nightly().Failures == 1 })
	if got := nightly(); got.Error != "mirror: crm away" || !got.Next.Equal(d.time().Add(firstRetry)) {
		t.Errorf("status %+v", got)
	}
	d.trouble(nil)
	p.clock.look(t.Context())
	if len(d.nights()) != 0 {
		t.Error("it was tried again at once")
	}
	d.set("2026-03-03 02:01")
	d.want(t, "2026-03-03")
	until(t, "a clean status", func() bool { return nightly().Failures == 0 && nightly().Error == "" })
}

func TestJobHandedOutTwiceRunsOnce(t *testing.T) {
	t.Parallel()
	d := &day{}
	d.set("2026-03-02 12:00")
	p := begin(t, filepath.Join(t.TempDir(), "ledger.db"), d.options(), false)
	d.set("2026-03-03 02:00")
	d.want(t, "2026-03-03")
	for range 3 {
		if err := p.clock.do(t.Context(), "nightly"); err != nil {
			t.Error(err)
		}
	}
	d.want(t, "2026-03-03")
	if err := p.clock.do(t.Context(), "unheard_of"); !errors.Is(err, errJobMissing) {
		t.Errorf("unknown job: %v", err)
	}
}

func TestJobThatBreaksIsKeptAsAnError(t *testing.T) {
	err := protect(t.Context(), Job{Name: "a", Run: func(context.Context) error { panic("personal data") }})
	if err == nil || strings.Contains(err.Error(), "personal") {
		t.Errorf("error %v", err)
	}
}

func TestLosingRiversRowsLosesNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		d := &day{}
		d.set("2026-03-02 12:00")
		p := begin(t, dsn, d.options(), false)
		p.accept(t, 0, 30)
		lost := func() {
			if _, err := p.ledger.DB().ExecContext(t.Context(), "DELETE FROM river_job"); err != nil {
				t.Fatal(err)
			}
		}
		lost()
		d.set("2026-03-03 02:00")
		p.clock.look(t.Context())
		lost()
		p.accept(t, 30, 60)
		until(t, "all accepted work done", func() bool { return p.hands.finished() == 60 })
		d.want(t, "2026-03-03")
	})
}

func TestBrokenRiverDoesNotStopTheWork(t *testing.T) {
	t.Parallel()
	dsn := filepath.Join(t.TempDir(), "ledger.db")
	d := &day{}
	d.set("2026-03-02 12:00")
	p := begin(t, dsn, d.options(), false)
	if _, err := p.ledger.DB().ExecContext(t.Context(), "DROP TABLE river_job"); err != nil {
		t.Fatal(err)
	}
	d.set("2026-03-03 02:00")
	p.accept(t, 0, 30)
	until(t, "all accepted work done", func() bool { return p.hands.finished() == 30 })
	until(t, "trouble to be shown", func() bool { return p.Status().Schedules != "" })
}

func TestPauseStopsClaimingButNotAccepting(t *testing.T) {
	t.Parallel()
	p := begin(t, filepath.Join(t.TempDir(), "ledger.db"), nil, false)
	p.Pause(true)
	p.accept(t, 0, 5)
	cs, err := p.ledger.Claim(t.Context(), routing.ClaimOrder{Now: time.Now(), N: 9, Lease: time.Minute})
	if err != nil || len(cs) != 0 || !p.Status().Paused {
		t.Errorf("claimed %d while paused, %v", len(cs), err)
	}
	p.Pause(false)
	until(t, "all accepted work done", func() bool { return p.hands.finished() == 5 })
}

func TestStopUnderLoadLosesNothing(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		p := begin(t, dsn, &RunnerOptions{Workers: 2}, true)
		p.accept(t, 0, 100)
		p.Wake()
		<-p.hands.begun
		<-p.hands.begun
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			p.end(t, 4*time.Second)
		}()
		until(t, "claiming to stop", func() bool {
			select {
			case p.hands.next <- struct{}{}: // one batch ends by itself, the other is given back
				return true
			default:
				return false
			}
		})
		<-stopped
		if got := p.hands.finished(); got != 10 {
			t.Errorf("%d finished, want the one batch of 10 that was in hand", got)
		}
		q := begin(t, dsn, nil, false)
		until(t, "the rest to be done", func() bool { return q.hands.finished() == 90 })
		for key, n := range q.hands.done {
			if n != 1 || p.hands.done[key] != 0 {
				t.Errorf("%s was finished more than once", key)
			}
		}
	})
}

func TestRunnerStartsAndStopsOnce(t *testing.T) {
	t.Parallel()
	p := begin(t, filepath.Join(t.TempDir(), "ledger.db"), nil, false)
	if err := p.Start(t.Context()); err == nil {
		t.Error("started twice")
	}
	p.end(t, time.Second*10)
	p.end(t, time.Second*10)
	if p.Status().Running {
		t.Error("it says that it runs")
	}
	if _, err := NewRunner(p.ledger, p.hands, &RunnerOptions{Jobs: []Job{{Name: "drain", Every: time.Hour, Run: func(context.Context) error { return nil }}}}); err == nil {
		t.Error("a job with a name that is taken")
	}
}
