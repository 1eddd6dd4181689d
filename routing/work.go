package routing

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// maxRethinks bounds how often one claim is decided again because the world
// moved between the decision and its writing.
const maxRethinks = 4

// errOvertaken is the failure of a move whose facts changed under every decision.
var errOvertaken = errors.New("routing: overtaken again and again")

// hitch says why a job goes no further in this piece of work.
type hitch string

const (
	// hitchTurn: it has to see first what the ones before it do.
	hitchTurn hitch = "turn"
	// hitchOutage: the CRM or the ledger is in trouble; it costs no attempt.
	hitchOutage hitch = "outage"
	// hitchElsewhere: what it points at is in a system that is away; it costs no attempt.
	hitchElsewhere hitch = "elsewhere"
	// hitchFailure: a trouble of its own; it costs an attempt.
	hitchFailure hitch = "failure"
	// hitchRefused: its facts cannot be read.
	hitchRefused hitch = "refused"
	// hitchInvalid: what it points at is no event that can be used.
	hitchInvalid hitch = "invalid"
	// hitchBroken: our own code broke over it.
	hitchBroken hitch = "broken"
)

// job is one claim on its way through the steps.
type job struct {
	claim    Claim
	plan     *Plan
	facts    *Facts
	receipts []Receipt
	outcome  Outcome
	// hitch and err tell why it stopped, if it did. It is given back or parked.
	hitch hitch
	err   error
	// stale asks for another decision on fresh facts.
	stale bool
	// whole is set when the event was completed by what it pointed at.
	whole bool
	// done is set when everything was applied and the outcome is complete.
	done bool
	// undo is set when an operator has taken the decision back.
	undo *Act
	// gone is set when the claim was lost, finished or given back.
	gone bool
}

// stop ends the work on a job. A first reason stands, except that an outage
// excuses a failure.
func (j *job) stop(h hitch, err error) {
	if j.hitch == "" || j.hitch == hitchFailure && h == hitchOutage {
		j.hitch, j.err = h, err
	}
}

// running reports whether the work on a job goes on with its plan.
func (j *job) running() bool { return !j.gone && !j.stale && j.hitch == "" }

// waits reports whether a job has neither ended nor stopped.
func (j *job) waits() bool { return !j.gone && !j.done && j.hitch == "" }

// shift is the work on one claim of many deliveries.
type shift struct {
	*Engine
	jobs []*job
	// since is when the leases were last prolonged.
	since time.Time
	// read counts the jobs whose facts could be read, unread those that were
	// tried alone in vain.
	read, unread int
	// landed counts the jobs that had a step of their writes accepted; doubt is the
	// first trouble of a single write that may be everybody's as well.
	landed int
	doubt  error
	// turned is set when jobs have to see first what earlier ones do: whatever
	// comes after them has to wait as well.
	turned bool
	// elsewhere is why jobs wait for the system that they point at; nil if none does.
	elsewhere error
}

func (e *Engine) shift(claims []Claim) *shift {
	s := &shift{Engine: e, jobs: make([]*job, len(claims)), since: e.opt.Now()}
	for i := range claims {
		j := &job{claim: claims[i], receipts: claims[i].Receipts}
		if p := claims[i].Plan; p != nil && p.Status != StatusWaiting {
			j.plan, j.facts = p, claims[i].Facts
		}
		if act := takenBack(claims[i].Acts); act != nil {
			j.taking(act)
		}
		j.hear()
		s.jobs[i] = j
	}
	return s
}

// work carries claims through gather, decide, keep, apply, record. It returns
// how many were finished. An error means trouble with the CRM or the ledger;
// the claims that it hit were given back, or fall back when their lease ends.
// What goes wrong with single claims is no error: they are tried again later,
// and parked in the end. Where nothing is wrong but that the system that reports point
// at is away, the error is an *elsewhereError: everybody else goes on.
func (e *Engine) work(ctx context.Context, claims []Claim) (n int, err error) {
	ctx, end := e.watched(ctx, claims)
	defer func() { end(err) }()
	s := e.shift(claims)
	done := 0
	var trouble error
	for _, jobs := range s.groups() {
		err := s.warn(ctx, jobs[0])
		if err == nil {
			err = s.carry(ctx, jobs)
		}
		n, errF := s.finish(ctx, jobs)
		done += n
		if trouble = errors.Join(err, errF); trouble != nil || s.turned || ctx.Err() != nil {
			break
		}
	}
	if trouble == nil {
		trouble = s.trouble()
	}
	n, err = s.leave(ctx, trouble)
	e.notifyAll(ctx)
	if err = errors.Join(trouble, err); err == nil {
		err = s.elsewhere
	}
	return done + n, err
}

// watched tells the observer, if there is one, that work begins.
func (e *Engine) watched(ctx context.Context, claims []Claim) (context.Context, func(error)) {
	if e.deps.Observer == nil {
		return ctx, func(error) {}
	}
	ds := make([]Delivery, len(claims))
	for i := range claims {
		ds[i] = claims[i].Delivery
	}
	return e.deps.Observer.Work(ctx, ds)
}

// groups cuts the jobs into those that are worked on together. All who never
// failed are one group, and come first, in order. Who failed before is in smaller
// company each time, and alone in the last attempt, so that what kills the whole
// process takes nobody else along; every other time the last come first, so that
// it does not always stand before the same ones. Who has no attempt left comes
// after everybody.
func (s *shift) groups() [][]*job {
	byFailures := map[int][]*job{}
	for _, j := range s.jobs {
		n := min(j.claim.Failures, s.opt.MaxAttempts)
		byFailures[n] = append(byFailures[n], j)
	}
	var out [][]*job
	for _, n := range slices.Sorted(maps.Keys(byFailures)) {
		groups := slices.Collect(slices.Chunk(byFailures[n], s.company(n)))
		if byFailures[n][0].claim.Failures%2 == 1 {
			slices.Reverse(groups)
		}
		out = append(out, groups...)
	}
	return out
}

// company is how many deliveries of so many failures are worked on together.
func (s *shift) company(failures int) int {
	if failures > 0 && failures >= s.opt.MaxAttempts-1 {
		return 1
	}
	return max(1, s.opt.BatchSize>>min(4*failures, 62))
}

// carry undoes what was taken back, and takes the other jobs through all steps, and again through those that the world
// overtook. Plans of earlier attempts come first: whoever is decided now has to
// see what they do.
func (s *shift) carry(ctx context.Context, jobs []*job) error {
	if err := s.undo(ctx, jobs); err != nil {
		return err
	}
	if err := s.apply(ctx, jobs); err != nil {
		return err
	}
	for range maxRethinks + 1 {
		if err := s.decide(ctx, jobs); err != nil {
			return err
		}
		if err := s.apply(ctx, jobs); err != nil {
			return err
		}
		if !again(jobs) {
			return nil
		}
	}
	for _, j := range jobs {
		if j.waits() {
			j.stop(hitchFailure, errOvertaken)
		}
	}
	return nil
}

func again(jobs []*job) bool {
	for _, j := range jobs {
		if j.waits() {
			return true
		}
	}
	return false
}

// trouble is the first trouble with the CRM that stands in single results. What
// a delivery has of its own is none, for it waits alone; nobody can tell which it
// is when not a single delivery got through.
func (s *shift) trouble() error {
	for _, j := range s.jobs {
		if !j.gone && j.hitch == hitchOutage {
			return j.err
		}
	}
	if s.landed == 0 {
		return s.doubt
	}
	return nil
}

// prolong keeps the claims in hand when more than a third of their lease is
// over, so that nobody else takes them up while a long batch is under way. It
// comes before everything that takes long or cannot be taken back. A claim that
// is lost all the same is dropped before anything is written for it.
func (s *shift) prolong(ctx context.Context) error {
	now := s.opt.Now()
	if now.Sub(s.since) <= s.opt.Lease/3 {
		return nil
	}
	var fences []Fence
	var which []*job
	for _, j := range s.jobs {
		if !j.gone {
			fences, which = append(fences, j.claim.Fence), append(which, j)
		}
	}
	if len(fences) == 0 {
		return nil
	}
	errs, err := s.deps.Ledger.Extend(ctx, fences, now.UTC().Add(s.opt.Lease))
	if err != nil {
		return err
	}
	for i, j := range which {
		j.gone = errs[i] != nil
	}
	s.since = now
	return nil
}

// notifyAll sends everything that the ledger has to tell, also what an earlier process
// left. Notices never stop the work: what could not be sent is offered again.
func (e *Engine) notifyAll(ctx context.Context) {
	for ctx.Err() == nil {
		sent, err := e.notify(ctx)
		if err != nil {
			e.opt.Logger.Warn("notices wait", "error", err)
		}
		if sent == 0 || err != nil {
			return
		}
	}
}

// notify sends a batch of what the ledger has to tell, marks what was sent, and returns
// how much that was.
func (e *Engine) notify(ctx context.Context) (int, error) {
	if e.deps.Notifier == nil {
		return 0, nil
	}
	ns, err := e.deps.Ledger.Notices(ctx, e.opt.BatchSize)
	if err != nil || len(ns) == 0 {
		return 0, err
	}
	errs, err := e.deps.Notifier.Notify(ctx, ns)
	if err != nil {
		return 0, err
	}
	var sent []string
	for i, n := range ns {
		if errs[i] == nil {
			sent = append(sent, n.ID)
		}
	}
	return len(sent), errors.Join(e.deps.Ledger.Sent(ctx, sent), errors.Join(errs...))
}
