package contacts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// Claim is a scan that this process holds.
type Claim struct {
	Relationship string
	fence        int64
}

// DueRelationships are those whose time has come and that nobody is at, the
// highest-ranked first.
func (s *Service) DueRelationships(ctx context.Context) ([]tracking.Relationship, error) {
	state, err := s.store.State(ctx)
	if err != nil {
		return nil, err
	}
	now := s.tick()
	var out []tracking.Relationship
	for _, r := range state.Relationships {
		if _, due := state.Scan(r.ID).Due(r.Cycle, now); due {
			out = append(out, r)
		}
	}
	return out, nil
}

// Claim begins the scan of a relationship. The reason tells why not, when it is not
// due or another process is at it; empty when this one has it now.
func (s *Service) Claim(ctx context.Context, relationship string) (Claim, tracking.ScanReason, error) {
	claim := Claim{Relationship: relationship}
	reason, err := s.scan(ctx, relationship, func(x tracking.Scan, r tracking.Relationship) (tracking.Scan, tracking.ScanReason) {
		next, reason := x.Claim(r.Cycle, s.tick(), s.lease)
		claim.fence = next.Fence
		return next, reason
	})
	return claim, reason, err
}

// Renew tells that a scan is still under way; ScanLost when another one took over.
func (s *Service) Renew(ctx context.Context, c Claim) (tracking.ScanReason, error) {
	return s.scan(ctx, c.Relationship, func(x tracking.Scan, _ tracking.Relationship) (tracking.Scan, tracking.ScanReason) {
		return x.Renew(c.fence, s.tick(), s.lease)
	})
}

// Finish ends a scan. One that was not done is due again at once.
func (s *Service) Finish(ctx context.Context, c Claim, done bool) (tracking.ScanReason, error) {
	return s.scan(ctx, c.Relationship, func(x tracking.Scan, _ tracking.Relationship) (tracking.Scan, tracking.ScanReason) {
		return x.Finish(c.fence, done)
	})
}

// errVerdict ends a change that is refused with a reason.
var errVerdict = errors.New("refused")

func (s *Service) scan(ctx context.Context, relationship string, step func(tracking.Scan, tracking.Relationship) (tracking.Scan, tracking.ScanReason)) (tracking.ScanReason, error) {
	var reason tracking.ScanReason
	err := s.store.Change(ctx, func(state tracking.State) (tracking.State, error) {
		r, ok := state.Relationship(relationship)
		if !ok {
			return state, &tracking.ConfigError{Field: "relationship", Text: fmt.Sprintf("%q is no relationship", relationship)}
		}
		var next tracking.Scan
		if next, reason = step(state.Scan(relationship), r); reason != "" {
			return state, errVerdict
		}
		return state.WithScan(next), nil
	})
	if errors.Is(err, errVerdict) {
		err = nil
	}
	return reason, err
}

// Resync reads again all active imports that refresh themselves and feed a
// relationship. One that fails does not stop the others; their errors come joined,
// with the reports of those that went well.
func (s *Service) Resync(ctx context.Context, relationship string, progress func(rows int)) ([]Report, error) {
	return s.resync(ctx, relationship, &dueRun{}, progress)
}

// dueRun is one run over what is due. What was read since it began is not read again: an
// automatic import feeds several relationships, and is read once for all that are due
// together. Nor are people settled again when nothing was read.
type dueRun struct {
	began   time.Time
	settled bool
}

func (s *Service) resync(ctx context.Context, relationship string, run *dueRun, progress func(rows int)) ([]Report, error) {
	state, err := s.store.State(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := state.Relationship(relationship); !ok {
		return nil, &tracking.ConfigError{Field: "relationship", Text: fmt.Sprintf("%q is no relationship", relationship)}
	}
	var reports []Report
	var failed []error
	for _, imp := range state.Imports {
		fresh := !run.began.IsZero() && !imp.SyncedAt.Before(run.began)
		if !imp.Active || !imp.Dynamic() || !imp.Feeds(relationship) || fresh {
			continue
		}
		report, err := s.reread(ctx, imp, progress)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		reports = append(reports, report)
	}
	if len(reports) == 0 && len(failed) == 0 && !run.settled {
		// Nothing is read again, but days of grace may have ended.
		_, err := s.settle(ctx)
		run.settled = err == nil
		return nil, err
	}
	return reports, errors.Join(failed...)
}

func (s *Service) reread(ctx context.Context, imp tracking.Import, progress func(rows int)) (Report, error) {
	if s.open == nil {
		return Report{}, fmt.Errorf("contacts: import %s: nothing opens a %s", imp.ID, imp.Kind)
	}
	src, err := s.open(ctx, imp)
	if err != nil {
		return Report{}, fmt.Errorf("contacts: import %s: %w", imp.ID, err)
	}
	return s.Import(ctx, imp, src, progress)
}

// ScanFunc looks after the people of a relationship. A long one calls renew from time
// to time: its error tells that the claim is lost, and that the scan should end.
type ScanFunc func(ctx context.Context, r tracking.Relationship, renew func() error) error

// RunDue does what is due: it claims one relationship after the other, reads its lists
// again, and calls scan for its people. A relationship that fails is due again at once
// and does not stop the others. It returns those that were done.
func (s *Service) RunDue(ctx context.Context, scan ScanFunc) ([]string, error) {
	due, err := s.DueRelationships(ctx)
	if err != nil {
		return nil, err
	}
	run := &dueRun{began: s.tick()}
	var done []string
	var failed []error
	for _, r := range due {
		claim, reason, err := s.Claim(ctx, r.ID)
		if err != nil {
			return done, errors.Join(append(failed, err)...)
		}
		if reason != "" {
			continue
		}
		err = s.runClaimed(ctx, claim, r, run, scan)
		// The context may have ended; others must not wait for the lease then.
		lost, finishing := s.Finish(context.WithoutCancel(ctx), claim, err == nil)
		switch {
		case err != nil || finishing != nil:
			failed = append(failed, fmt.Errorf("contacts: relationship %s: %w", r.ID, errors.Join(err, finishing)))
		case lost == "":
			done = append(done, r.ID)
		}
	}
	return done, errors.Join(failed...)
}

// errClaimLost is what a scan is told that another process has taken over.
var errClaimLost = errors.New("the claim is lost: another process took over")

func (s *Service) runClaimed(ctx context.Context, claim Claim, r tracking.Relationship, run *dueRun, scan ScanFunc) error {
	renew := func() error {
		reason, err := s.Renew(ctx, claim)
		if err == nil && reason != "" {
			err = errClaimLost
		}
		return err
	}
	// Rows read are a sign of life. An error here shows again at the next renewal.
	if _, err := s.resync(ctx, r.ID, run, func(int) { _ = renew() }); err != nil {
		return err
	}
	if err := renew(); err != nil {
		return err
	}
	return scan(ctx, r, renew)
}
