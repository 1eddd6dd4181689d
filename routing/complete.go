package routing

import (
	"context"
	"errors"
	"time"
)

// errNoCompleter: reports come that point elsewhere, and nobody can follow them.
var errNoCompleter = errors.New("routing: no completer for reports that point elsewhere")

// complete fetches what the events of jobs point at, so that everything after it
// works on whole events. Jobs for which there is nothing to decide have a plan
// afterwards, and those in trouble are stopped. The error is an outage of the other
// system: nobody's attempt.
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
	found, err := s.deps.Completer.Complete(ctx, evs)
	if err == nil && len(found) != len(which) {
		err = errors.New("routing: the completer did not answer for every report")
	}
	if err != nil {
		return err
	}
	for i, j := range which {
		if err := s.completed(ctx, j, found[i]); err != nil {
			return err
		}
	}
	return nil
}

// completed takes what was found for one job. The error is the CRM's or the
// ledger's, met while a person was erased.
func (s *shift) completed(ctx context.Context, j *job, c Completed) error {
	ev := j.claim.Delivery.Event
	switch {
	case c.Err != nil:
		j.stop(hitchFailure, c.Err)
	case c.Erase:
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
		j.claim.Delivery.Persons = s.PersonHashes(whole)
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
