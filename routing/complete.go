package routing

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
)

// errNoCompleter: reports come that point elsewhere, and nobody can follow them.
var errNoCompleter = errors.New("routing: no completer for reports that point elsewhere")

// elsewhereError: the system that reports point at is away. It is those reports'
// trouble and nobody else's.
type elsewhereError struct{ err error }

// Error is the cause's.
func (e *elsewhereError) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *elsewhereError) Unwrap() error { return e.err }

// complete fetches what the events of jobs point at, so that everything after it
// works on whole events. Jobs for which there is nothing to decide have a plan
// afterwards, and those in trouble are stopped: all of them while the other system is
// away, which is nobody's attempt and holds up no other job. The error is the CRM's or
// the ledger's.
func (s *shift) complete(ctx context.Context, jobs []*job) error {
	var which []*job
	var evs []Event
	for _, j := range jobs {
		if j.waits() && j.claim.Delivery.Event.Pointer != nil {
			which, evs = append(which, j), append(evs, j.claim.Delivery.Event)
		}
	}
	if len(which) == 0 {
		return nil
	}
	if s.deps.Completer == nil {
		for _, j := range which {
			j.stop(hitchInvalid, errNoCompleter)
		}
		return nil
	}
	if err := s.prolong(ctx); err != nil {
		return err
	}
	found, err := s.fetch(ctx, evs)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		s.elsewhere = &elsewhereError{err}
		for _, j := range which {
			j.stop(hitchElsewhere, err)
		}
		s.opt.Logger.Warn("moves wait for the system that reported them", "deliveries", len(which), "error", words(err))
		return nil
	}
	for i, j := range which {
		if err := s.completed(ctx, j, found[i]); err != nil {
			return err
		}
	}
	return nil
}

// fetch asks the completer, unless the other system is being left alone.
func (s *shift) fetch(ctx context.Context, evs []Event) ([]Completed, error) {
	if err := s.away.knock(s.opt.Now(), s.opt); err != nil {
		return nil, err
	}
	found, err := s.deps.Completer.Complete(ctx, evs)
	if err == nil && len(found) != len(evs) {
		err = errors.New("routing: the completer did not answer for every report")
	}
	if err == nil || ctx.Err() == nil {
		s.away.learn(s.opt.Now(), err, s.pause(err))
	}
	return found, err
}

// longestAway is how many times the pause of an outage a system is left alone at most.
const longestAway = 8

// away remembers how long the system that reports point at is left alone, so that an
// hour's outage is probed a few times however many reports come. It decides nothing
// and need not last. Safe for concurrent use; the zero value is ready.
type away struct {
	mu       sync.Mutex
	failures int
	until    time.Time
	err      error
}

// knock is the last error while the system is left alone, nil when it may be asked.
// After trouble one alone asks, and the others go on waiting.
func (a *away) knock(now time.Time, o Options) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failures == 0 {
		return nil
	}
	longest := max(o.QuotaPause, longestAway*o.OutagePause)
	if left := a.until.Sub(now); left > 0 && left <= longest { // more only after a clock was set back
		return a.err
	}
	a.until = now.Add(o.OutagePause)
	return nil
}

// learn takes notice of an answer. What the system itself asks for counts, and twice
// as much each time where it asks for nothing.
func (a *away) learn(now time.Time, err error, pause time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err = err; err == nil {
		a.failures, a.until = 0, time.Time{}
		return
	}
	if a.failures++; !errors.Is(err, crm.ErrQuota) {
		pause *= time.Duration(min(longestAway, 1<<min(a.failures-1, 4)))
	}
	a.until = now.Add(pause)
}

// end is until when the system is left alone.
func (a *away) end() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.until
}

// completed takes what was found for one job. The error is the CRM's or the
// ledger's, met while a person was erased.
func (s *shift) completed(ctx context.Context, j *job, c Completed) error {
	ev := j.claim.Delivery.Event
	switch {
	case c.Err != nil:
		j.stop(hitchFailure, c.Err)
	case c.Erase:
		if err := s.prolong(ctx); err != nil || j.gone { // an erasure looks through everything
			return err
		}
		who := c.Event
		who.Pointer = nil
		if err := s.Erase(ctx, who); err != nil && !errors.Is(err, ErrEvent) {
			return err
		}
		j.ends(s.policy, Plan{What: WhatSuppressed, Reason: ReasonSuppressedPrivacy, Forget: true}, s.opt.Now().UTC())
	case c.Skip != "":
		j.ends(s.policy, Plan{What: WhatNothing, Reason: c.Skip}, s.opt.Now().UTC())
	default:
		whole := c.Event
		whole.ID, whole.Source, whole.OccurredAt, whole.Pointer = ev.ID, ev.Source, ev.OccurredAt, nil
		whole, err := Normalize(whole, j.claim.Delivery.ReceivedAt)
		if err != nil {
			j.stop(hitchInvalid, err)
			return nil
		}
		j.claim.Delivery.Event, j.whole = whole, true
		// What the person was known by before it was fetched goes on naming it.
		for _, p := range s.PersonHashes(whole) {
			if !slices.Contains(j.claim.Delivery.Persons, p) {
				j.claim.Delivery.Persons = append(slices.Clip(j.claim.Delivery.Persons), p)
			}
		}
	}
	return nil
}

// ends gives a job a plan that changes nothing.
func (j *job) ends(p *Policy, plan Plan, now time.Time) {
	plan.Key, plan.Config, plan.Mode, plan.Strategy = j.claim.Fence.Key, p.version, p.cfg.Mode, p.cfg.Strategy
	plan.Status = StatusFiltered
	plan.Trace = []Step{{Stage: StageFilter, Reason: plan.Reason}}
	j.plan, j.facts, j.stale = &plan, &Facts{Now: now}, false
}
