package routing

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
)

// finish ends the work on the jobs that are done. What was done is recorded also
// when the caller is about to go.
func (s *shift) finish(ctx context.Context, jobs []*job) (int, error) {
	var fs []Finish
	var which []*job
	for _, j := range jobs {
		if j.gone || !j.done {
			continue
		}
		f := Finish{Fence: j.claim.Fence, Result: j.outcome, Due: j.plan.Due, Forget: j.plan.Forget, At: s.opt.Now().UTC()}
		if j.plan.Mode == ModeLive && (j.outcome.Status == StatusDone || j.outcome.Status == StatusFiltered) {
			f.Notices = told(*j.plan, j.outcome)
		}
		fs, which = append(fs, f), append(which, j)
	}
	return s.end(ctx, fs, which)
}

// end records outcomes with what they cost, and returns how many of them were recorded.
// While credits cannot be recorded, nothing is finished.
func (s *shift) end(ctx context.Context, fs []Finish, which []*job) (int, error) {
	if len(fs) == 0 {
		return 0, nil
	}
	if err := s.spend(context.WithoutCancel(ctx), fs, which); err != nil {
		for _, j := range which {
			j.stop(hitchOutage, err)
		}
		return 0, err
	}
	errs, err := s.deps.Ledger.Finish(context.WithoutCancel(ctx), fs)
	done := 0
	for i, j := range which {
		j.gone = true // also when the ledger is away: the lease brings the claim back
		if err != nil || errs[i] != nil {
			continue
		}
		done++
		o, config := fs[i].Result, ""
		if e := s.deps.Observer; e != nil {
			e.Finished(j.claim.Delivery, o, fs[i].At.Sub(j.claim.Delivery.ReceivedAt))
		}
		if j.plan != nil {
			config = j.plan.Config
		}
		s.opt.Logger.Info("move decided", "delivery", j.claim.Delivery.Key, "status", o.Status, "what", o.What,
			"reason", o.Reason, "config", config, "attempt", j.claim.Fence.Attempt)
	}
	return done, err
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

// leave ends the work on everything that is still in hand. It is given back, or
// parked when trying again cannot help. It returns how many were parked.
//
//	why it stopped                       what becomes of it
//	-----------------------------------  ------------------------------------------
//	has to see what others do            given back, due at once
//	outage, or never come to             given back, due after the outage's pause
//	what it points at is away            given back, due when that is asked again
//	a trouble of its own                 given back, one attempt less; parked after
//	                                     the last
//	its facts cannot be read, others' can  parked
//	its facts cannot be read, nobody's can  as a trouble of its own
//	what it points at cannot be used     parked
//	our code broke over it               parked
func (s *shift) leave(ctx context.Context, cause error) (int, error) {
	errN := s.forgive(ctx)
	var fs []Finish
	var rs []Release
	var parked []*job
	for _, j := range s.jobs {
		if j.gone {
			continue
		}
		if reason := s.hopeless(j); reason != "" {
			fs, parked = append(fs, s.park(j, reason)), append(parked, j)
			continue
		}
		rs = append(rs, s.giveBack(ctx, j, cause))
	}
	done, errF := s.end(ctx, fs, parked)
	errF = errors.Join(errN, errF)
	if len(rs) == 0 {
		return done, errF
	}
	_, errR := s.deps.Ledger.Release(context.WithoutCancel(ctx), rs)
	return done, errors.Join(errF, errR)
}

// hopeless is the reason for which a job is parked, "" if it may be tried again.
func (s *shift) hopeless(j *job) Reason {
	last := j.claim.Failures+1 >= s.opt.MaxAttempts
	switch {
	case j.hitch == hitchBroken:
		return ReasonInternalError
	case j.hitch == hitchInvalid:
		return ReasonInvalidReport
	case j.hitch == hitchRefused && s.read > 0:
		return ReasonRefusedByCRM
	case last && (j.hitch == hitchRefused || j.hitch == hitchFailure):
		return ReasonTooManyAttempts
	default:
		return ""
	}
}

// park ends a job that cannot be done, with what it had done already.
func (s *shift) park(j *job, why Reason) Finish {
	args := []any{"delivery", j.claim.Delivery.Key, "reason", why, "error", words(j.err)}
	if broken, ok := errors.AsType[*brokenError](j.err); ok {
		args = append(args, "stack", string(broken.stack))
	}
	s.opt.Logger.Warn("move parked", args...)
	return Finish{Fence: j.claim.Fence, Result: j.soFar(why), Forget: j.plan != nil && j.plan.Forget, At: s.opt.Now().UTC()}
}

// soFar is the outcome of a job that ends here.
func (j *job) soFar(why Reason) Outcome {
	o := Outcome{Status: StatusParked, What: WhatRefused, Reason: why, Error: words(j.err)}
	if j.plan == nil {
		return o
	}
	o.AccountID, o.OwnerID = j.plan.AccountID, j.plan.Owner.UserID+j.plan.Owner.QueueID
	if j.plan.Past != nil {
		o.PastID = j.plan.Past.ID
	}
	for _, r := range j.receipts {
		switch {
		case r.Class != "":
		case r.Key == j.plan.PersonWrite:
			o.person(r)
			o.Credits = j.plan.Credits
		case r.Key == j.plan.NewAccount:
			o.AccountID = r.ID
		case r.Object == crm.ObjectJobChange:
			o.EventRecordID = r.ID
		}
	}
	if o.AccountID != j.plan.AccountID || o.ContactID+o.LeadID != "" {
		o.What = WhatPartial
	}
	return o
}

// words are what may be said of an error: class and code, no values.
func words(err error) string {
	if x, ok := errors.AsType[*crm.Error](err); ok {
		return x.Error()
	}
	if class := crm.ClassOf(err); class != nil {
		return class.Error()
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// giveBack gives a claim back: an outage costs no attempt.
func (s *shift) giveBack(ctx context.Context, j *job, cause error) Release {
	now := s.opt.Now().UTC()
	r := Release{Fence: j.claim.Fence, Due: now, Refund: true}
	switch j.hitch {
	case hitchTurn:
	case hitchFailure, hitchRefused:
		r.Refund, r.Reason = false, string(ReasonWaitingForCRM)
		if errors.Is(j.err, errOvertaken) {
			r.Reason = string(ReasonStalePlan)
		}
		r.Due = now.Add(s.patience(j.claim.Failures, j.err))
		s.opt.Logger.Warn("move waits", "delivery", j.claim.Delivery.Key, "failures", j.claim.Failures+1, "error", words(j.err))
	case hitchElsewhere:
		r.Reason, r.Due = string(ReasonWaitingForCRM), s.away.end()
		if earliest := now.Add(time.Second); r.Due.Before(earliest) {
			r.Due = earliest
		}
	default:
		if j.hitch == "" && cause == nil {
			break // nothing is wrong: only its turn did not come
		}
		r.Reason = string(ReasonWaitingForCRM)
		r.Due = now.Add(s.pause(errors.Join(j.err, cause)))
	}
	if ctx.Err() != nil {
		r.Due = now // it is we who go: somebody else may go on at once
	}
	return r
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

// patience is how long a delivery waits after a failure of its own: twice as
// long each time, so that the attempts outlast what passes by itself.
func (e *Engine) patience(failures int, err error) time.Duration {
	d := max(e.opt.OutagePause, e.pause(err))
	for range failures + 1 {
		if d >= e.opt.QuotaPause {
			break
		}
		d *= 2
	}
	return min(d, max(e.opt.OutagePause, e.opt.QuotaPause))
}
