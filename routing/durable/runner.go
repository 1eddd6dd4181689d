package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// The defaults of RunnerOptions.
const (
	DefaultWorkers     = 2
	DefaultPoll        = time.Second
	DefaultResponsible = time.Minute
	DefaultRetentionAt = "03:30"
	// wakeEvery is how often River wakes some process, in case that all of them
	// sleep; the lanes look by themselves as well.
	wakeEvery = 30 * time.Second
)

// RunnerOptions tune a Runner; nil and zero fields mean the defaults.
type RunnerOptions struct {
	// Workers is how many lanes drain the ledger side by side (DefaultWorkers).
	Workers int
	// Poll is how often an idle lane looks for due work without being woken
	// (DefaultPoll).
	Poll time.Duration
	// Responsible is how often due responsible people are looked for
	// (DefaultResponsible). When each is due stands in the ledger.
	Responsible time.Duration
	// Zone is where the times of day of Jobs are meant (UTC).
	Zone *time.Location
	// Jobs are done beside, each once for all processes.
	Jobs []Job
	// Retention says what is pruned each night at RetentionAt (DefaultRetentionAt).
	Retention   Retention
	RetentionAt string
	// Logger gets trouble and little else. Default: nothing is logged.
	Logger *slog.Logger
	// Now is the clock that jobs go by. Default: time.Now.
	Now func() time.Time
}

func (o *RunnerOptions) fill() {
	if o.Workers <= 0 {
		o.Workers = DefaultWorkers
	}
	if o.Poll <= 0 {
		o.Poll = DefaultPoll
	}
	if o.Responsible < time.Second {
		o.Responsible = DefaultResponsible
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.RetentionAt == "" {
		o.RetentionAt = DefaultRetentionAt
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Runner sets a Worker to work on a Ledger, and keeps the schedules. Its lanes
// look at the ledger by themselves, so accepted work is done whatever becomes of
// River; River carries what is scheduled to one of the processes that share the
// database. Make one with NewRunner. It is safe for concurrent use.
type Runner struct {
	ledger *Ledger
	opt    RunnerOptions
	lanes  *lanes
	clock  *clock
	// kill ends what does not end by itself.
	kill context.CancelFunc

	mu    sync.Mutex
	state runnerState
}

// runnerState is where a Runner is in its life.
type runnerState string

const (
	stateNew     runnerState = "new"
	stateRunning runnerState = "running"
	stateStopped runnerState = "stopped"
)

// errRunnerState: a Runner is started once and stopped once.
var errRunnerState = errors.New("durable: runner was started before")

// NewRunner makes a runner; nothing happens before Start. The error names an
// option that cannot be.
func NewRunner(l *Ledger, w Worker, o *RunnerOptions) (*Runner, error) {
	if l == nil || w == nil {
		return nil, errors.New("durable: runner needs a ledger and a worker")
	}
	r := &Runner{ledger: l, state: stateNew}
	if o != nil {
		r.opt = *o
	}
	r.opt.fill()
	r.lanes = newLanes(w, r.opt.Poll, 3*r.opt.Responsible, r.opt.Logger)
	jobs := append(r.own(), r.opt.Jobs...)
	for i, j := range jobs {
		if err := j.check(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(jobs[:i], func(other Job) bool { return other.Name == j.Name }) {
			return nil, fmt.Errorf("durable: two jobs %s", j.Name)
		}
	}
	r.clock = newClock(l.db, jobs, &r.opt)
	return r, nil
}

// own are the jobs that every runner has.
func (r *Runner) own() []Job {
	return []Job{
		{Name: "drain", Every: wakeEvery, Run: func(context.Context) error {
			r.lanes.wake()
			return nil
		}},
		{Name: "responsible", Every: r.opt.Responsible, Run: r.lanes.assign},
		{Name: "retention", At: r.opt.RetentionAt, Run: func(ctx context.Context) error {
			_, err := r.ledger.Prune(ctx, r.opt.Retention)
			return err
		}},
	}
}

// Start begins to work, and returns. ctx bounds the start alone; only Stop ends
// the work. Schedules that cannot be started are logged, shown by Status and tried
// again: accepted work does not wait for them.
func (r *Runner) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state != stateNew {
		return errRunnerState
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.state = stateRunning
	work, kill := context.WithCancel(context.WithoutCancel(ctx))
	r.kill = kill
	r.lanes.start(work, r.opt.Workers)
	r.clock.start(ctx)
	return nil
}

// Stop ends the work: nothing new is claimed, what is in hand is finished. Shortly
// before ctx ends the rest is cancelled, which gives it back to the ledger. An
// error means that something did not end in time; its lease will. A second call
// does nothing.
func (r *Runner) Stop(ctx context.Context) error {
	r.mu.Lock()
	was := r.state
	r.state = stateStopped
	r.mu.Unlock()
	if was != stateRunning {
		return nil
	}
	defer r.kill()
	r.ledger.stopClaims(true)
	defer r.ledger.stopClaims(false)
	soft, cancel := softly(ctx)
	defer cancel()
	r.lanes.halt()
	ended := make(chan error, 2)
	go func() {
		r.lanes.done.Wait()
		ended <- nil
	}()
	go func() { ended <- r.clock.halt(soft, ctx) }()
	var trouble error
	late := soft.Done()
	for left := 2; left > 0; {
		select {
		case err := <-ended:
			trouble = errors.Join(trouble, err)
			left--
		case <-late:
			r.kill()
			late = nil
		case <-ctx.Done():
			return errors.Join(trouble, fmt.Errorf("durable: work did not stop in time: %w", ctx.Err()))
		}
	}
	return trouble
}

// softly is the part of a context in which running work may still end by itself:
// three quarters of the time that is left.
func softly(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(end)*3/4)
}

// Wake makes the runner look for due work at once. It never blocks, and does not
// shorten the rest that trouble has made necessary.
func (r *Runner) Wake() { r.lanes.wake() }

// Pause stops or resumes the claiming of work through this process' ledger;
// accepting goes on, and what is in hand is finished.
func (r *Runner) Pause(paused bool) {
	r.ledger.pauseClaims(paused)
	r.lanes.paused.Store(paused)
	if !paused {
		r.lanes.wake()
	}
}
