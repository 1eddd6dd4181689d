package durable

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Worker is what a Runner sets to work: a *routing.Engine.
type Worker interface {
	// Drain works on everything that is due and tells how much it finished.
	Drain(ctx context.Context) (int, error)
	// AssignDRI makes one pass over all due responsible people.
	AssignDRI(ctx context.Context) (int, error)
}

var _ Worker = (*routing.Engine)(nil)

// lanes drain a ledger side by side. They look by themselves every poll, and at
// once when they are woken: nothing else is needed for accepted work to be done.
type lanes struct {
	worker Worker
	poll   time.Duration
	// responsible is how long responsible people may go without a pass before the
	// lanes make one themselves.
	responsible time.Duration
	logger      *slog.Logger

	// Each work has a gate of its own: what hits responsible people alone must not keep
	// moves away.
	gate    gate
	passage gate
	nudge   chan struct{}
	stop    chan struct{}
	paused  atomic.Bool
	done    sync.WaitGroup
	drained atomic.Int64
	// lastDrain and lastPass are Unix microseconds; 0 is never.
	lastDrain, lastPass atomic.Int64
	passing             sync.Mutex
}

func newLanes(w Worker, poll, responsible time.Duration, logger *slog.Logger) *lanes {
	l := &lanes{
		worker: w, poll: poll, responsible: responsible, logger: logger,
		nudge: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	l.lastPass.Store(time.Now().UnixMicro())
	return l
}

// start opens n lanes; they work under ctx until halt.
func (l *lanes) start(ctx context.Context, n int) {
	for range n {
		l.done.Go(func() { l.run(ctx) })
	}
}

// halt makes lanes end with what they have in hand.
func (l *lanes) halt() { close(l.stop) }

// wake makes a resting lane look at once. It never blocks; while all are busy
// one of them looks again afterwards.
func (l *lanes) wake() {
	select {
	case l.nudge <- struct{}{}:
	default:
	}
}

func (l *lanes) run(ctx context.Context) {
	for {
		wait := l.drain(ctx)
		l.overdue(ctx)
		nudge := l.nudge
		if wait > 0 {
			nudge = nil // a new report is no reason to believe that trouble is over
		} else {
			wait = l.poll
		}
		timer := time.NewTimer(wait)
		select {
		case <-l.stop:
			timer.Stop()
			return
		case <-nudge:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// drain works on what is due unless there is trouble; then it tells how long to
// stay away.
func (l *lanes) drain(ctx context.Context) (stayAway time.Duration) {
	if l.resting() {
		return 0
	}
	wait, _ := l.through(ctx, &l.gate, "drain", func(ctx context.Context) (int, error) {
		n, err := l.worker.Drain(ctx)
		l.drained.Add(int64(n))
		l.lastDrain.Store(time.Now().UnixMicro())
		return n, err
	})
	return wait
}

// assign makes a pass over responsible people. The error is that of the pass; being
// kept away by trouble is none.
func (l *lanes) assign(ctx context.Context) error {
	// While moves meet an outage they are the ones who ask whether it is over.
	if failures, _, _ := l.gate.state(); failures > 0 || l.resting() || !l.passing.TryLock() {
		return nil
	}
	defer l.passing.Unlock()
	_, err := l.through(ctx, &l.passage, "responsible", func(ctx context.Context) (int, error) {
		n, err := l.worker.AssignDRI(ctx)
		if err == nil {
			l.lastPass.Store(time.Now().UnixMicro())
		}
		return n, err
	})
	return err
}

// overdue makes the pass that nobody else has made.
func (l *lanes) overdue(ctx context.Context) {
	if time.Since(time.UnixMicro(l.lastPass.Load())) > l.responsible {
		_ = l.assign(ctx) // the gate has logged it and keeps it
	}
}

// resting reports whether new work must not begin.
func (l *lanes) resting() bool {
	select {
	case <-l.stop:
		return true
	default:
		return l.paused.Load()
	}
}

// through does work behind a gate, and tells how long to stay away from it.
func (l *lanes) through(ctx context.Context, g *gate, what string, work func(context.Context) (int, error)) (stayAway time.Duration, err error) {
	entered, wait := g.enter(time.Now())
	if !entered {
		return wait, nil
	}
	done := 0
	defer func() {
		// Also when work panics: a gate left locked would stop everything in silence.
		g.leave(time.Now(), done, err)
	}()
	done, err = work(ctx)
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // we are being stopped; nobody is in trouble
	}
	if err != nil {
		l.logger.Warn("work waits", "work", what, "error", err)
		return pause(1), err
	}
	return 0, nil
}
