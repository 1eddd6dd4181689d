package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
)

const (
	// tick is how often the clock looks for jobs whose time has come.
	tick = time.Second
	// reask is how long an enqueued job is given before it is enqueued again: River's
	// rows may have been lost.
	reask = 3 * time.Second
	// revive is how long a River that could not be started is left alone.
	revive = 30 * time.Second
)

// clock has jobs done at their times. What is undone stands in the table of runs,
// so a missed time is caught up at the next start, once. River carries the
// wake-up to one of the processes.
type clock struct {
	db      *sqldb.DB
	runs    runs
	jobs    []Job
	zone    *time.Location
	now     func() time.Time
	logger  *slog.Logger
	stop    chan struct{}
	stopped chan struct{}

	mu      sync.Mutex
	river   *carrier
	broken  error
	table   map[string]run
	asked   map[string]asked
	running map[string]bool
}

// asked is what was enqueued for a job last, and when.
type asked struct {
	what wakeUp
	at   time.Time
}

func newClock(db *sqldb.DB, jobs []Job, o *RunnerOptions) *clock {
	return &clock{
		db: db, runs: runs{db}, jobs: jobs, zone: o.Zone, now: o.Now, logger: o.Logger,
		stop: make(chan struct{}), stopped: make(chan struct{}), asked: map[string]asked{}, running: map[string]bool{},
	}
}

// start begins to keep time; trouble is no reason not to: it is tried again.
func (c *clock) start(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	within := func(work func(context.Context)) { // a database that hangs must not hang the clock
		ctx, cancel := context.WithTimeout(ctx, revive)
		defer cancel()
		work(ctx)
	}
	within(c.try)
	go func() {
		defer close(c.stopped)
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		tried := time.Now()
		for {
			select {
			case <-c.stop:
				return
			case <-ticker.C:
			}
			if c.carrier() == nil && time.Since(tried) >= revive {
				within(c.try)
				tried = time.Now()
			}
			within(c.look)
		}
	}()
}

// halt ends the keeping of time; running jobs end, or are cancelled with ctx.
func (c *clock) halt(ctx, hard context.Context) error {
	close(c.stop)
	select {
	case <-c.stopped:
	case <-hard.Done():
		return fmt.Errorf("durable: schedules did not stop: %w", hard.Err())
	}
	if river := c.carrier(); river != nil {
		return river.stop(ctx, hard)
	}
	return nil
}

func (c *clock) carrier() *carrier {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.river
}

// try makes the tables ready and starts River.
func (c *clock) try(ctx context.Context) {
	err := c.runs.migrate(ctx)
	if err == nil {
		err = c.runs.know(ctx, c.jobs, c.now(), c.zone)
	}
	var river *carrier
	if err == nil {
		river, err = carry(ctx, c.db, c.logger, c.jobs, c.do)
	}
	c.mu.Lock()
	c.river, c.broken = river, err
	c.mu.Unlock()
	if err != nil {
		c.logger.Error("schedules are broken; accepted work goes on", "error", err)
		return
	}
	c.look(ctx)
}

// look enqueues the jobs that are undone.
func (c *clock) look(ctx context.Context) {
	river := c.carrier()
	if river == nil || len(c.undone(c.snapshot())) == 0 {
		return
	}
	table, err := c.reload(ctx)
	if err == nil {
		if undone := c.undone(table); len(undone) > 0 {
			err = river.enqueue(ctx, undone)
			c.ask(undone)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && c.broken == nil {
		c.logger.Error("schedules are broken; accepted work goes on", "error", err)
	}
	c.broken = err
}

// undone are the jobs whose time has come, as the table tells, and that were not
// asked for just now.
func (c *clock) undone(table map[string]run) []wakeUp {
	now := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []wakeUp
	for _, j := range c.jobs {
		slot := j.slot(now, c.zone)
		w := wakeUp{Job: j.Name, Slot: slot.Unix()}
		if before := c.asked[j.Name]; before.what == w && time.Since(before.at) < reask {
			continue
		}
		if table[j.Name].owes(slot, now) {
			out = append(out, w)
		}
	}
	return out
}

// ask remembers what was enqueued.
func (c *clock) ask(ws []wakeUp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range ws {
		c.asked[w.Job] = asked{w, time.Now()}
	}
}

func (c *clock) snapshot() map[string]run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.table
}

func (c *clock) reload(ctx context.Context) (map[string]run, error) {
	table, err := c.runs.all(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.table = table
	}
	return table, err
}

// do runs a job for its latest slot, unless that was done meanwhile: River may hand
// out a job twice, and one that was enqueued long ago stands for all missed times.
func (c *clock) do(ctx context.Context, name string) error {
	j, err := jobNamed(c.jobs, name)
	if err != nil {
		return err
	}
	table, err := c.reload(ctx)
	if err != nil {
		return err
	}
	began := c.now()
	slot := j.slot(began, c.zone)
	if !table[name].owes(slot, began) || !c.claim(name) {
		return nil
	}
	defer c.release(name)
	err = protect(ctx, j)
	// What was done, or went wrong, is kept also when we are being stopped meanwhile.
	keep, cancel := context.WithTimeout(context.WithoutCancel(ctx), tick*5)
	defer cancel()
	if err == nil {
		err = c.runs.done(keep, name, slot, began, c.now())
	} else if ctx.Err() == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = errors.Join(err, c.failed(keep, j, table[name], began, err))
	}
	_, errR := c.reload(keep)
	return errors.Join(err, errR)
}

func (c *clock) failed(ctx context.Context, j Job, before run, began time.Time, err error) error {
	c.logger.Warn("job failed", "job", j.Name, "error", err)
	now := c.now()
	n := before.failures + 1
	return c.runs.failed(ctx, j.Name, run{began: began, ended: now, failures: n, err: err.Error(), retry: now.Add(j.retry(n))})
}

// claim keeps a job from running twice at once in this process: River may have
// given up on a run that still goes on.
func (c *clock) claim(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running[name] {
		return false
	}
	c.running[name] = true
	return true
}

func (c *clock) release(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, name)
	delete(c.asked, name)
}

// protect runs a job; a panic is an error of its own, so that it is kept.
func protect(ctx context.Context, j Job) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("durable: job %s broke: %T", j.Name, r)
		}
	}()
	return j.Run(ctx)
}
