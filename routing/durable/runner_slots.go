package durable

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Job is something that is done again and again, once for all processes that
// share a database.
type Job struct {
	// Name is unique, in lower_snake letters. "drain", "responsible" and "retention"
	// are taken.
	Name string
	// Every is how often, at least a second; or At is when in the day, "15:04" in
	// RunnerOptions.Zone. Exactly one of them is set.
	Every time.Duration
	At    string
	// Run does it. It must bear being done twice: a process may die before it has
	// told that it is done. Its error is kept for people to see, so it must not
	// carry personal data. After an error it is tried again before its next time.
	Run func(ctx context.Context) error
	// Timeout bounds one run (DefaultJobTimeout).
	Timeout time.Duration
}

// DefaultJobTimeout bounds a Job that says nothing.
const DefaultJobTimeout = 4 * time.Minute

// retry bounds between failed runs.
const (
	firstRetry = 30 * time.Second
	maxRetry   = 30 * time.Minute
)

func (j Job) check() error {
	at := error(nil)
	if j.At != "" {
		_, at = time.Parse("15:04", j.At)
	}
	switch {
	case j.Name == "" || j.Run == nil:
		return errors.New("durable: a job needs a name and something to do")
	case (j.Every == 0) == (j.At == ""):
		return fmt.Errorf("durable: job %s: either every or at", j.Name)
	case at != nil:
		return fmt.Errorf("durable: job %s: at must look like 02:00", j.Name)
	case j.At == "" && j.Every < time.Second:
		return fmt.Errorf("durable: job %s: every must be a second or more", j.Name)
	}
	return nil
}

// slot is the latest time, not after now, at which the job was to be done. Slots
// are the same in every process, whenever it was started.
func (j Job) slot(now time.Time, zone *time.Location) time.Time {
	if j.Every > 0 {
		return now.UTC().Truncate(j.Every)
	}
	clock, _ := time.Parse("15:04", j.At)
	local := now.In(zone)
	at := time.Date(local.Year(), local.Month(), local.Day(), clock.Hour(), clock.Minute(), 0, 0, zone)
	if at.After(now) {
		at = time.Date(local.Year(), local.Month(), local.Day()-1, clock.Hour(), clock.Minute(), 0, 0, zone)
	}
	return at.UTC()
}

// next is the first time after a slot at which the job is to be done again.
func (j Job) next(slot time.Time, zone *time.Location) time.Time {
	if j.Every > 0 {
		return slot.Add(j.Every)
	}
	local := slot.In(zone)
	clock, _ := time.Parse("15:04", j.At)
	return time.Date(local.Year(), local.Month(), local.Day()+1, clock.Hour(), clock.Minute(), 0, 0, zone).UTC()
}

// retry is how long after so many failures in a row the job is tried again.
func (j Job) retry(failures int) time.Duration {
	d := maxRetry
	if failures < 7 {
		d = min(firstRetry<<max(0, failures-1), maxRetry)
	}
	if j.Every > 0 {
		d = min(d, j.Every)
	}
	return d
}

func (j Job) timeout() time.Duration {
	if j.Timeout > 0 {
		return j.Timeout
	}
	return DefaultJobTimeout
}
