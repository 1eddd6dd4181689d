package durable

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var errAway = errors.New("crm away")

// heap is a ledger and an engine in one: deliveries come in, and are finished
// unless the CRM is away.
type heap struct {
	mu      sync.Mutex
	waiting int
	away    bool
	probes  int
	worked  int
	passes  int
	// takes is how long a drain takes; again is when what was given back is due.
	takes, pause time.Duration
	again        time.Time
	busy, most   int
}

func (h *heap) accept() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting++
}

func (h *heap) set(away bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.away = away
}

func (h *heap) Drain(ctx context.Context) (int, error) {
	h.mu.Lock()
	n := h.waiting
	if n == 0 || time.Now().Before(h.again) {
		h.mu.Unlock()
		return 0, nil
	}
	if h.away {
		h.probes++
		h.again = time.Now().Add(h.pause)
		h.mu.Unlock()
		return 0, errAway
	}
	h.waiting = 0
	h.busy++
	h.most = max(h.most, h.busy)
	h.mu.Unlock()
	select {
	case <-time.After(h.takes):
	case <-ctx.Done():
		h.end(0, n)
		return 0, ctx.Err()
	}
	h.end(n, 0)
	return n, nil
}

func (h *heap) end(worked, back int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.worked += worked
	h.waiting += back
	h.busy--
}

func (h *heap) AssignDRI(context.Context) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.passes++
	return 0, nil
}

func (h *heap) counts() (waiting, worked, probes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting, h.worked, h.probes
}

// opened starts two lanes over a heap, and ends them with the test.
func opened(t *testing.T, h *heap) *lanes {
	l := newLanes(h, time.Second, 3*time.Minute, slog.New(slog.DiscardHandler))
	l.start(t.Context(), 2)
	t.Cleanup(func() {
		l.halt()
		l.done.Wait()
	})
	return l
}

func TestLanesWakeAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{}
		l := opened(t, h)
		synctest.Wait()
		h.accept()
		l.wake()
		begun := time.Now()
		synctest.Wait()
		if _, worked, _ := h.counts(); worked != 1 || time.Since(begun) > 0 {
			t.Errorf("%d worked after %v", worked, time.Since(begun))
		}
	})
}

func TestLanesFindWorkWithoutBeingWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{}
		opened(t, h)
		synctest.Wait()
		h.accept()
		<-time.After(time.Second)
		synctest.Wait()
		if _, worked, _ := h.counts(); worked != 1 {
			t.Errorf("%d worked", worked)
		}
	})
}

func TestP06AnHourOfOutageIsProbedSparingly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{away: true, pause: 30 * time.Second}
		l := opened(t, h)
		for range 3600 {
			h.accept()
			l.wake()
			<-time.After(time.Second)
		}
		waiting, worked, probes := h.counts()
		if waiting != 3600 || worked != 0 || probes > 40 || probes < 15 {
			t.Errorf("after an hour: %d wait, %d worked, %d probes", waiting, worked, probes)
		}
		if n, err, _ := l.gate.state(); n == 0 || !errors.Is(err, errAway) {
			t.Errorf("trouble of %d failures: %v", n, err)
		}
		h.set(false)
		<-time.After(2 * maxPause)
		if waiting, worked, _ := h.counts(); waiting != 0 || worked != 3600 {
			t.Errorf("two minutes after: %d wait, %d worked", waiting, worked)
		}
		if n, err, _ := l.gate.state(); n != 0 || err != nil {
			t.Errorf("trouble is remembered: %d failures, %v", n, err)
		}
	})
}

func TestLanesWorkSideBySideButProbeAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{takes: 10 * time.Second}
		l := opened(t, h)
		synctest.Wait()
		for range 2 {
			h.accept()
			l.wake()
			synctest.Wait()
		}
		if h.most != 2 {
			t.Errorf("%d at once, want 2", h.most)
		}
		<-time.After(time.Minute)
		h.set(true)
		h.accept()
		l.wake()
		synctest.Wait()
		h.set(false)
		h.most = 0
		for range 20 {
			h.accept()
			l.wake()
			<-time.After(500 * time.Millisecond)
		}
		if h.most != 1 {
			t.Errorf("%d probes at once, want 1", h.most)
		}
	})
}

func TestLanesPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{}
		l := opened(t, h)
		l.paused.Store(true)
		h.accept()
		l.wake()
		<-time.After(time.Hour)
		if _, worked, _ := h.counts(); worked != 0 || h.passes != 0 {
			t.Errorf("while paused: %d worked, %d passes", worked, h.passes)
		}
		l.paused.Store(false)
		l.wake()
		synctest.Wait()
		if _, worked, _ := h.counts(); worked != 1 {
			t.Errorf("%d worked after the pause", worked)
		}
	})
}

func TestLanesMakeThePassThatNobodyMakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{}
		l := opened(t, h)
		<-time.After(time.Hour)
		if h.passes < 15 || h.passes > 20 {
			t.Errorf("%d passes in an hour, want one every three minutes", h.passes)
		}
		before := h.passes
		for range 60 {
			if err := l.assign(t.Context()); err != nil {
				t.Error(err)
			}
			<-time.After(time.Minute)
		}
		if h.passes != before+60 {
			t.Errorf("%d passes beside the 60 of somebody else", h.passes-before-60)
		}
	})
}

// strangers is a heap whose responsible people cannot be found out.
type strangers struct{ heap }

func (*strangers) AssignDRI(context.Context) (int, error) { return 0, errAway }

// TestTroubleWithResponsiblePeopleHoldsUpNoMove: only they wait.
func TestTroubleWithResponsiblePeopleHoldsUpNoMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &strangers{}
		l := newLanes(h, time.Second, time.Second, slog.New(slog.DiscardHandler))
		l.start(t.Context(), 1)
		for range 60 {
			<-time.After(time.Minute)
			h.accept()
			l.wake()
			synctest.Wait()
			if waiting, _, _ := h.counts(); waiting != 0 {
				t.Error("a move waits")
			}
		}
		if n, err, _ := l.passage.state(); n == 0 || n > 40 || !errors.Is(err, errAway) {
			t.Errorf("%d failed passes in an hour, the last %v", n, err)
		}
		l.halt()
		l.done.Wait()
	})
}

func TestLanesEndWithWhatTheyHaveInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &heap{takes: 5 * time.Second}
		l := newLanes(h, time.Second, time.Hour, slog.New(slog.DiscardHandler))
		h.accept()
		l.start(t.Context(), 1)
		synctest.Wait()
		h.accept()
		l.wake()
		l.halt()
		l.done.Wait()
		if waiting, worked, _ := h.counts(); waiting != 1 || worked != 1 {
			t.Errorf("%d wait, %d worked; want 1 and 1", waiting, worked)
		}
	})
}

func TestPauseGrowsToItsGreatest(t *testing.T) {
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 6: 32 * time.Second, 7: 64 * time.Second, 8: 128 * time.Second, 9: maxPause, 500: maxPause} {
		for range 50 {
			if got := pause(failures); got > want || got < want*9/10 {
				t.Fatalf("pause after %d failures: %v, want about %v", failures, got, want)
			}
		}
	}
}
