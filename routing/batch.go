package routing

import (
	"context"
	"errors"

	"github.com/onward-crm/onward/crm"
)

// undecided are the jobs that need a decision: new ones, and those whose plan
// was overtaken.
func undecided(jobs []*job) []*job {
	var out []*job
	for _, j := range jobs {
		if j.waits() && (j.plan == nil || j.stale) {
			out = append(out, j)
		}
	}
	return out
}

// ended are the jobs for which there was nothing to decide once they were whole.
func ended(jobs []*job) []*job {
	var out []*job
	for _, j := range jobs {
		if j.running() && j.plan != nil && j.claim.Delivery.Event.Pointer != nil {
			out = append(out, j)
		}
	}
	return out
}

// decide gathers facts and decides in order, up to the first event that has to
// see the effects of an earlier one, and keeps the plans.
func (s *shift) decide(ctx context.Context, jobs []*job) error {
	todo := undecided(jobs)
	if err := s.complete(ctx, todo); err != nil {
		for _, j := range todo {
			j.stop(hitchOutage, err)
		}
		return err
	}
	if err := s.keep(ctx, ended(todo)); err != nil {
		return err
	}
	todo = undecided(todo)
	todo = undecided(s.cut(todo, firstNamesake(todo)))
	if len(todo) == 0 {
		return nil
	}
	if err := s.prolong(ctx); err != nil {
		return err
	}
	evs, facts := make([]Event, len(todo)), make([]Facts, len(todo))
	for i, j := range todo {
		evs[i] = j.claim.Delivery.Event
	}
	if err := s.gatherEach(ctx, todo, evs, facts); err != nil {
		for _, j := range todo {
			j.stop(hitchOutage, err)
		}
		return err
	}
	todo = s.cut(todo, s.judge(todo, evs, facts))
	if err := s.prolong(ctx); err != nil {
		return err
	}
	return s.keep(ctx, todo)
}

// judge decides in order, and returns the place of the first job that has to
// wait for an earlier one. By now also those have names whom only the CRM names.
func (s *shift) judge(jobs []*job, evs []Event, facts []Facts) int {
	known := newOverlay()
	for i, j := range jobs {
		if !j.waits() {
			continue
		}
		if known.touches(&facts[i]) {
			return i
		}
		known.show(&facts[i])
		var plan Plan
		met := false
		err := guarded(func() {
			facts[i].Matched = Match(s.policy, evs[i], facts[i])
			plan = Decide(s.policy, evs[i], facts[i])
			met = known.meets(plan) || known.crowd.admit(namesakeOf(&evs[i]).known(facts[i].Matched.Past))
		})
		if err != nil {
			j.stop(hitchBroken, err)
			continue
		}
		if met || known.foresees(plan, facts[i].Matched.Identity.NewCompany) {
			return i
		}
		j.plan, j.facts, j.stale = &plan, &facts[i], false
		known.learn(plan)
	}
	return len(jobs)
}

// foresees reports whether a plan would turn out otherwise once an account is
// there that this batch is about to create: a plan that does not make it itself
// asks whether there is one.
func (o *overlay) foresees(p Plan, c *Identity) bool {
	if c == nil || c.Landed != "" || p.NewAccount != "" {
		return false
	}
	for _, id := range o.known {
		if id.ID == c.ID {
			return true
		}
	}
	return false
}

// fresh are the facts of a job before anything was asked.
func (s *shift) fresh(j *job) Facts {
	return Facts{Now: s.opt.Now().UTC(), Own: j.own(), Pick: j.pick(), persons: j.claim.Delivery.Persons}
}

// pick is what operators have answered so far: a later answer completes or
// replaces an earlier one, a rejection ends it.
func (j *job) pick() *Pick {
	var out *Pick
	for _, act := range j.claim.Acts {
		if act.Pick == nil {
			continue
		}
		if out == nil {
			out = &Pick{}
		}
		out.By, out.Reject = act.Pick.By, act.Pick.Reject
		if act.Pick.AccountID != "" {
			out.AccountID = act.Pick.AccountID
		}
		if act.Pick.PersonID != "" {
			out.PersonID = act.Pick.PersonID
		}
	}
	return out
}

// own are the people's records that earlier attempts created.
func (j *job) own() []string {
	var ids []string
	for _, r := range j.receipts {
		if r.Verb == crm.VerbCreate && r.Class == "" && r.Object != crm.ObjectAccount {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

// cut puts the jobs from end on back, to be claimed again at once, so that they
// see what the ones before them do.
func (s *shift) cut(jobs []*job, end int) []*job {
	for _, j := range jobs[end:] {
		j.stop(hitchTurn, nil)
		s.turned = true
	}
	return jobs[:end]
}

// decision is what the ledger has to keep of a job.
func (j *job) decision() Decision {
	d := Decision{Fence: j.claim.Fence, Plan: *j.plan, Facts: *j.facts, At: j.facts.Now}
	if j.whole {
		d.Event, d.Persons = &j.claim.Delivery.Event, j.claim.Delivery.Persons
	}
	return d
}

// keep stores plans before their first write. A decision that was overtaken by
// another process is made again on fresh facts; a lost claim is dropped.
func (s *shift) keep(ctx context.Context, jobs []*job) error {
	var ds []Decision
	var which []*job
	for _, j := range jobs {
		if j.running() {
			ds = append(ds, j.decision())
			which = append(which, j)
		}
	}
	if len(ds) == 0 {
		return nil
	}
	errs, err := s.deps.Ledger.Decided(ctx, ds)
	if err != nil {
		for _, j := range which {
			if ctx.Err() != nil {
				j.stop(hitchOutage, err) // it is we who go: the claim is given back
			} else {
				j.gone = true // the ledger is away: the lease brings the claim back
			}
		}
		return err
	}
	for i, j := range which {
		switch {
		case errs[i] == nil:
		case errors.Is(errs[i], ErrConflict):
			j.plan, j.stale = nil, true
		default:
			j.gone = true
		}
	}
	return nil
}
