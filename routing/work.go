package routing

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// maxRethinks bounds how often one claim is decided again because the world
// moved between the decision and its writing.
const maxRethinks = 4

// job is one claim on its way through the steps.
type job struct {
	claim    Claim
	plan     *Plan
	facts    *Facts
	receipts []Receipt
	outcome  Outcome
	// trouble is a retryable error: the claim is given back.
	trouble error
	// stale asks for another decision on fresh facts.
	stale bool
	// gone is set when the claim was lost or given back.
	gone bool
}

// work carries claims through gather, decide, keep, apply, record. It returns
// how many were finished. An error means trouble with the CRM or the ledger;
// the claims that it hit were given back, or fall back when their lease ends.
func (e *Engine) work(ctx context.Context, claims []Claim) (int, error) {
	jobs := make([]*job, len(claims))
	for i := range claims {
		jobs[i] = &job{claim: claims[i], receipts: claims[i].Receipts}
		if p := claims[i].Plan; p != nil && p.Status != StatusWaiting {
			jobs[i].plan, jobs[i].facts = p, claims[i].Facts
		}
	}
	var trouble error
	for try := 0; ; try++ {
		err := e.decide(ctx, jobs, try)
		if err == nil {
			err = e.apply(ctx, jobs)
		}
		trouble = errors.Join(trouble, err)
		if err != nil || !again(jobs) {
			break
		}
		if try == maxRethinks {
			trouble = errors.Join(trouble, e.giveUp(ctx, jobs))
			break
		}
	}
	if trouble == nil {
		trouble = troubleOf(jobs)
	}
	done, err := e.finish(ctx, jobs)
	trouble = errors.Join(trouble, err, e.release(ctx, jobs, trouble))
	if err := e.notify(ctx); err != nil {
		e.opt.Logger.Warn("notices wait", "error", err)
	}
	return done, trouble
}

// troubleOf is the first trouble with the CRM that stands in single results. A
// locked row is none: its delivery waits alone.
func troubleOf(jobs []*job) error {
	for _, j := range jobs {
		if !j.gone && j.trouble != nil && !errors.Is(j.trouble, crm.ErrLocked) {
			return j.trouble
		}
	}
	return nil
}

func again(jobs []*job) bool {
	for _, j := range jobs {
		if !j.gone && (j.stale || j.plan == nil && j.trouble == nil) {
			return true
		}
	}
	return false
}

// undecided are the jobs that need a decision: new ones, and those whose plan
// was overtaken.
func undecided(jobs []*job) []*job {
	var out []*job
	for _, j := range jobs {
		if !j.gone && j.trouble == nil && (j.plan == nil || j.stale) {
			out = append(out, j)
		}
	}
	return out
}

// decide gathers facts and decides in order, up to the first event that has to
// see the effects of an earlier one, and keeps the plans.
func (e *Engine) decide(ctx context.Context, jobs []*job, try int) error {
	todo := undecided(jobs)
	if len(todo) == 0 {
		return nil
	}
	todo, err := e.cut(ctx, todo, firstNamesake(todo))
	if err != nil {
		return err
	}
	evs, facts := make([]Event, len(todo)), make([]Facts, len(todo))
	for i, j := range todo {
		evs[i] = j.claim.Delivery.Event
		facts[i].Now, facts[i].Own, facts[i].Pick = e.opt.Now().UTC(), j.own(), j.pick()
	}
	if err := e.gather(ctx, evs, facts); err != nil {
		for _, j := range todo {
			j.trouble = err
		}
		return err
	}
	known := newOverlay()
	end := len(todo)
	for i, j := range todo {
		if known.touches(&facts[i]) {
			end = i
			break
		}
		known.show(&facts[i])
		facts[i].Matched = Match(e.policy, evs[i], facts[i])
		plan := Decide(e.policy, evs[i], facts[i])
		j.plan, j.facts, j.stale = &plan, &facts[i], false
		known.learn(plan)
	}
	if _, err := e.cut(ctx, todo, end); err != nil {
		return err
	}
	return e.keep(ctx, todo[:end])
}

// pick is the operator's answer that the claim carries.
func (j *job) pick() *Pick {
	if n := len(j.claim.Acts); n > 0 {
		return j.claim.Acts[n-1].Pick
	}
	return nil
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

// cut gives the jobs from end on back, to be claimed again at once, so that they
// see what the ones before them do.
func (e *Engine) cut(ctx context.Context, jobs []*job, end int) ([]*job, error) {
	if end >= len(jobs) {
		return jobs, nil
	}
	var rs []Release
	for _, j := range jobs[end:] {
		j.gone, j.plan = true, nil
		rs = append(rs, Release{Fence: j.claim.Fence, Due: e.opt.Now().UTC(), Refund: true})
	}
	_, err := e.deps.Ledger.Release(ctx, rs)
	return jobs[:end], err
}

// firstNamesake is the first job whose person may be one that an earlier job of
// the batch creates: same name, and a company that is not certainly another.
func firstNamesake(jobs []*job) int {
	seen := map[string][]*Place{}
	for i, j := range jobs {
		ev := &j.claim.Delivery.Event
		name := nameKey(ev.Person)
		if name == "" || ev.To == nil {
			continue
		}
		for _, other := range seen[name] {
			if same, _ := matching.SameCompany(ev.To.company(), other.company()); same != matching.SamenessDifferent {
				return i
			}
		}
		seen[name] = append(seen[name], ev.To)
	}
	return len(jobs)
}

// keep stores plans before their first write. A decision that was overtaken by
// another process is made again on fresh facts; a lost claim is dropped.
func (e *Engine) keep(ctx context.Context, jobs []*job) error {
	ds := make([]Decision, len(jobs))
	for i, j := range jobs {
		ds[i] = Decision{Fence: j.claim.Fence, Plan: *j.plan, Facts: *j.facts, At: j.facts.Now}
	}
	errs, err := e.deps.Ledger.Decided(ctx, ds)
	if err != nil {
		for _, j := range jobs {
			j.gone = true // the ledger is away: the lease brings the claim back
		}
		return err
	}
	for i, j := range jobs {
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

// finish ends the work on all jobs that are concluded.
func (e *Engine) finish(ctx context.Context, jobs []*job) (int, error) {
	var fs []Finish
	var which []*job
	for _, j := range jobs {
		if j.gone || j.trouble != nil || j.plan == nil || j.stale {
			continue
		}
		f := Finish{Fence: j.claim.Fence, Result: j.outcome, Due: j.plan.Due, Forget: j.plan.Forget, At: e.opt.Now().UTC()}
		if j.plan.Mode == ModeLive && (j.outcome.Status == StatusDone || j.outcome.Status == StatusFiltered) {
			f.Notices = told(*j.plan, j.outcome)
		}
		fs, which = append(fs, f), append(which, j)
	}
	if len(fs) == 0 {
		return 0, nil
	}
	errs, err := e.deps.Ledger.Finish(ctx, fs)
	if err != nil {
		for _, j := range which {
			j.gone = true
		}
		return 0, err
	}
	done := 0
	for i, j := range which {
		j.gone = true
		if errs[i] != nil {
			continue
		}
		done++
		e.opt.Logger.Info("move decided", "delivery", j.claim.Delivery.Key, "status", j.outcome.Status, "what", j.outcome.What,
			"reason", j.outcome.Reason, "config", j.plan.Config, "attempt", j.claim.Fence.Attempt)
	}
	return done, nil
}

// told are the plan's notices, with the account that its writes made.
func told(p Plan, o Outcome) []Notice {
	out := slices.Clone(p.Notices)
	for i := range out {
		if out[i].AccountID == "" {
			out[i].AccountID = o.AccountID
		}
	}
	return out
}

// release gives back what could not be finished: an outage costs no attempt.
func (e *Engine) release(ctx context.Context, jobs []*job, cause error) error {
	var rs []Release
	now := e.opt.Now().UTC()
	for _, j := range jobs {
		if j.gone {
			continue
		}
		err := j.trouble
		if err == nil {
			err = cause
		}
		rs = append(rs, Release{Fence: j.claim.Fence, Due: now.Add(e.pause(err)), Reason: string(ReasonWaitingForCRM), Refund: true})
	}
	if len(rs) == 0 {
		return nil
	}
	_, err := e.deps.Ledger.Release(ctx, rs)
	return err
}

// pause is how long to wait after an error of the CRM.
func (e *Engine) pause(err error) time.Duration {
	if errors.Is(err, crm.ErrQuota) {
		return e.opt.QuotaPause
	}
	if x, ok := errors.AsType[*crm.Error](err); ok && x.RetryAfter > 0 {
		return min(x.RetryAfter, e.opt.QuotaPause)
	}
	return e.opt.OutagePause
}

// giveUp parks what was overtaken again and again, unless it may be tried once
// more later.
func (e *Engine) giveUp(ctx context.Context, jobs []*job) error {
	var fs []Finish
	var rs []Release
	now := e.opt.Now().UTC()
	for _, j := range jobs {
		if j.gone || !j.stale {
			continue
		}
		j.gone = true
		if j.claim.Failures+1 < e.opt.MaxAttempts {
			rs = append(rs, Release{Fence: j.claim.Fence, Due: now.Add(e.opt.OutagePause), Reason: string(ReasonStalePlan)})
			continue
		}
		fs = append(fs, Finish{Fence: j.claim.Fence, At: now,
			Result: Outcome{Status: StatusParked, What: WhatRefused, Reason: ReasonTooManyAttempts}})
	}
	var errR, errF error
	if len(rs) > 0 {
		_, errR = e.deps.Ledger.Release(ctx, rs)
	}
	if len(fs) > 0 {
		_, errF = e.deps.Ledger.Finish(ctx, fs)
	}
	return errors.Join(errR, errF)
}

// notify sends what the ledger has to tell, and marks what was sent.
func (e *Engine) notify(ctx context.Context) error {
	if e.deps.Notifier == nil {
		return nil
	}
	ns, err := e.deps.Ledger.Notices(ctx, e.opt.BatchSize)
	if err != nil || len(ns) == 0 {
		return err
	}
	errs, err := e.deps.Notifier.Notify(ctx, ns)
	if err != nil {
		return err
	}
	var sent []string
	for i, n := range ns {
		if errs[i] == nil {
			sent = append(sent, n.ID)
		}
	}
	return errors.Join(e.deps.Ledger.Sent(ctx, sent), errors.Join(errs...))
}
