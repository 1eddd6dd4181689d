package routing

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// maxUnread is how many deliveries are tried alone while no facts can be read at
// all: then it is not theirs, but a permission that is missing or a part that is
// out of order, and everybody waits.
const maxUnread = 8

// brokenError says that code of ours broke. It holds no value, for the value may
// hold whatever was worked on.
type brokenError struct {
	kind  string
	stack []byte
}

// Error names the type of what was raised.
func (e *brokenError) Error() string { return "routing: internal error: " + e.kind }

// guarded runs code of ours over one delivery's values, so that an oddity in
// them stops that delivery alone. It is for pure code and the account finder: a
// panic under a call to the CRM or the ledger leaves nobody knowing what was
// done, and has to end the process.
func guarded(f func()) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = &brokenError{kind: fmt.Sprintf("%T", x), stack: debug.Stack()}
		}
	}()
	f()
	return nil
}

// finderError is an error of the account finder that has no class.
type finderError struct{ err error }

// Error does not repeat the cause, which may hold values.
func (e *finderError) Error() string { return "routing: no candidates from the account finder" }

// Unwrap gives the cause.
func (e *finderError) Unwrap() error { return e.err }

// candidates asks the account finder.
func (e *Engine) candidates(ctx context.Context, cs []matching.Company) (found []Candidates, err error) {
	broken := guarded(func() { found, err = e.deps.Accounts.Candidates(ctx, e.policy.profile, cs) })
	switch {
	case broken != nil:
		return nil, broken
	case err == nil && len(found) != len(cs):
		return nil, &finderError{fmt.Errorf("%d answers to %d questions", len(found), len(cs))}
	case err == nil, ctx.Err() != nil, crm.ClassOf(err) != nil:
		return found, err
	default:
		return nil, &finderError{err}
	}
}

// outage reports whether an error of the CRM says nothing about what was asked:
// later, the same thing may well succeed.
func outage(err error) bool { return crm.Retryable(err) || errors.Is(err, crm.ErrAuth) }

// separable reports whether an error in gathering may be one delivery's. Errors
// of the ledger have no class, and are never.
func separable(err error) bool {
	if _, ok := errors.AsType[*brokenError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*finderError](err); ok {
		return true
	}
	return crm.ClassOf(err) != nil && !outage(err)
}

// gatherEach gathers facts. What is refused for all together is asked again for
// either half, until those are alone whose asks are refused; they are stopped.
// That changes no decision, for what the batch knows of itself is added later.
// The error is one that hits everybody.
func (s *shift) gatherEach(ctx context.Context, jobs []*job, evs []Event, facts []Facts) error {
	for i, j := range jobs {
		facts[i] = s.fresh(j)
	}
	err := s.gather(ctx, evs, facts)
	switch {
	case err == nil:
		s.read += len(jobs)
		return nil
	case !separable(err):
		return err
	case len(jobs) == 1:
		return s.unreadable(jobs[0], err)
	}
	half := len(jobs) / 2
	if err := s.gatherEach(ctx, jobs[:half], evs[:half], facts[:half]); err != nil {
		return err
	}
	return s.gatherEach(ctx, jobs[half:], evs[half:], facts[half:])
}

// unreadable stops a job whose facts cannot be read. After too many of them
// without one that can, the error is everybody's.
func (s *shift) unreadable(j *job, err error) error {
	if _, ok := errors.AsType[*brokenError](err); ok {
		j.stop(hitchBroken, err)
	} else {
		j.stop(hitchRefused, err)
	}
	if s.unread++; s.read == 0 && s.unread >= maxUnread {
		return err
	}
	return nil
}

// errSilent is the failure of a move whose attempts ended without a word, as
// they do when the process dies of them.
var errSilent = errors.New("routing: the attempts end in silence")

// spent reports whether a delivery has used up its attempts without a word: the
// process died, or its leases ended. That may be its own doing, or that of
// whatever else let processes die.
func (s *shift) spent(j *job) bool { return j.claim.Failures >= s.opt.MaxAttempts }

// lastKey is the key under which it is noted that a delivery has its last tries.
func lastKey(delivery string) crm.Key { return keyOf("last tries", delivery) }

// lastSince names, in that note, the failures that the delivery had by then.
const lastSince = "failures"

// warn notes that a spent delivery has its last tries, alone, while others show
// that the world is well. One that ends as many of those in silence, and is still
// without a decision, has made an end of the process by itself: it is parked.
// Once there is a plan it never is: its records may be there already, and
// somebody has to see them.
func (s *shift) warn(ctx context.Context, j *job) error {
	if !s.spent(j) || j.plan != nil || s.read == 0 {
		return nil
	}
	since, ok := j.warned()
	switch {
	case !ok:
		return s.noteLast(ctx, []*job{j}, crm.Fields{lastSince: strconv.Itoa(j.claim.Failures)})
	case j.claim.Failures-since >= s.opt.MaxAttempts:
		j.stop(hitchFailure, errSilent)
	}
	return nil
}

// warned is how many failures the delivery had when its last tries began.
func (j *job) warned() (since int, ok bool) {
	r, _ := receiptFor(j.receipts, lastKey(j.claim.Delivery.Key))
	since, err := strconv.Atoi(r.Changed[lastSince])
	return since, err == nil
}

// noteLast writes the note, or takes it back.
func (s *shift) noteLast(ctx context.Context, jobs []*job, f crm.Fields) error {
	ws := make([]Writing, len(jobs))
	for i, j := range jobs {
		r := Receipt{Key: lastKey(j.claim.Delivery.Key), Changed: f, At: s.opt.Now().UTC()}
		j.receipts = withReceipt(j.receipts, r)
		ws[i] = Writing{Fence: j.claim.Fence, Receipts: []Receipt{r}}
	}
	return s.wrote(ctx, ws, jobs)
}

// forgive takes back the notes of those that are given back alive.
func (s *shift) forgive(ctx context.Context) error {
	var alive []*job
	for _, j := range s.jobs {
		if _, ok := j.warned(); ok && !j.gone && j.hitch != hitchFailure {
			alive = append(alive, j)
		}
	}
	return s.noteLast(ctx, alive, nil)
}
