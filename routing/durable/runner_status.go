package durable

import (
	"time"
)

// RunnerStatus is what a Runner is doing.
type RunnerStatus struct {
	Running bool `json:"running"`
	Paused  bool `json:"paused"`
	// Drained counts the deliveries finished by this process, LastDrain is when it
	// last looked for some.
	Drained   int64     `json:"drained"`
	LastDrain time.Time `json:"last_drain,omitzero"`
	// Failures counts troubles in a row with the CRM or the ledger, Trouble is the last
	// one, and Until is how long work stays away from it.
	Failures int       `json:"failures,omitempty"`
	Trouble  string    `json:"trouble,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	// Schedules is why jobs are not carried; "" when they are.
	Schedules string      `json:"schedules,omitempty"`
	Jobs      []JobStatus `json:"jobs"`
}

// JobStatus is what is known of a job, in whichever process it ran.
type JobStatus struct {
	Name string `json:"name"`
	// Began and Ended are those of the last run; zero before the first.
	Began time.Time `json:"began,omitzero"`
	Ended time.Time `json:"ended,omitzero"`
	// Failures counts failed runs in a row, Error is the last of them.
	Failures int    `json:"failures,omitempty"`
	Error    string `json:"error,omitempty"`
	// Next is when it is to be done; in the past when it is due.
	Next time.Time `json:"next"`
}

// Status tells what the runner is doing, without asking the database: what it
// tells of jobs is as old as their last look at it.
func (r *Runner) Status() RunnerStatus {
	r.mu.Lock()
	running := r.state == stateRunning
	r.mu.Unlock()
	s := RunnerStatus{
		Running: running, Paused: r.lanes.paused.Load(),
		Drained: r.lanes.drained.Load(), LastDrain: runMoment(r.lanes.lastDrain.Load()),
	}
	var trouble error
	if s.Failures, trouble, s.Until = r.lanes.gate.state(); trouble == nil {
		s.Failures, trouble, s.Until = r.lanes.passage.state()
	}
	if trouble != nil {
		s.Trouble = trouble.Error()
	}
	s.Schedules, s.Jobs = r.clock.status()
	return s
}

func (c *clock) status() (broken string, out []JobStatus) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		broken = c.broken.Error()
	}
	for _, j := range c.jobs {
		row := c.table[j.Name]
		next := j.slot(c.now(), c.zone)
		if !row.slot.Before(next) {
			next = j.next(row.slot, c.zone)
		} else if row.retry.After(next) {
			next = row.retry
		}
		out = append(out, JobStatus{Name: j.Name, Began: row.began, Ended: row.ended, Failures: row.failures, Error: row.err, Next: next})
	}
	return broken, out
}
