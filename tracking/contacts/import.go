package contacts

import (
	"context"
	"errors"
	"log/slog"

	"github.com/onward-crm/onward/tracking"
)

// MaxProblems is how many bad rows a report lists; the others are counted.
const MaxProblems = 1000

// ErrNoRows: rows were read, and none of them could be taken; nothing was changed.
var ErrNoRows = errors.New("contacts: no row could be taken")

// Report says what an import has read and what it changes.
type Report struct {
	Import string `json:"import"`
	// Rows were read; Accepted went in, Rejected did not. Problems tell why, in order
	// of the rows, at most MaxProblems of them.
	Rows     int                   `json:"rows"`
	Accepted int                   `json:"accepted"`
	Rejected int                   `json:"rejected"`
	Problems []tracking.RowProblem `json:"problems,omitempty"`
	// Before and After are the tracked credits in use without and with it, Counters
	// the relationships' with it.
	Before   int                `json:"credits_before"`
	After    int                `json:"credits_after"`
	Counters []tracking.Counter `json:"counters"`
	// Synced is what has become of the import's members; zero in a dry count.
	Synced tracking.Synced `json:"synced,omitzero"`
}

// Preview is the dry count: it reads the source and tells what importing would change.
// Nothing is kept. For an import that is active already, days of grace are counted as
// over. progress gets the number of rows read so far from time to time; it may be nil.
//
// Errors are tracking.ErrConfig for an import that cannot be, ErrNoRows, and those of
// the source and the store. A report with the rows so far comes with ErrNoRows.
func (s *Service) Preview(ctx context.Context, imp tracking.Import, src Source, progress func(rows int)) (Report, error) {
	state, imp, err := s.setUp(ctx, imp)
	if err != nil {
		return Report{}, err
	}
	now, err := s.merger(ctx, state, "")
	if err != nil {
		return Report{}, err
	}
	report := Report{Import: imp.ID, Before: now.Roster().Credits()}
	without := imp.ID
	if !imp.Dynamic() {
		without = "" // a file adds to what an earlier one brought
	}
	then, err := s.merger(ctx, state, without)
	if err != nil {
		return Report{}, err
	}
	for _, r := range state.Relationships {
		if imp.Feeds(r.ID) {
			if err := then.Importing(r.ID, imp.Dynamic()); err != nil {
				return Report{}, err
			}
		}
	}
	untracked, err := s.marks(ctx, tracking.MarkUntracked)
	if err != nil {
		return Report{}, err
	}
	read := &reading{imp: imp, report: &report, progress: progress}
	for m, err := range s.rows(ctx, read, state, src) {
		if err != nil {
			return report, err
		}
		if untracked.Covers(m.Keys, m.Relationship) {
			m.Keys = nil
		}
		if err := then.Add(m.Relationship, m.Keys, 1); err != nil {
			return report, err
		}
	}
	roster := then.Roster()
	report.After, report.Counters = roster.Credits(), roster.Counters()
	return report, nil
}

// Import reads the source, makes its people members of the import, activates it, and
// settles who is tracked. Doing it again with the same rows changes nothing. One that
// refreshes itself takes out who is no longer there; a file only adds. When the source
// breaks off, the members stay as they were.
//
// Errors are those of Preview, and ErrSuperseded when the same import was begun again
// meanwhile.
func (s *Service) Import(ctx context.Context, imp tracking.Import, src Source, progress func(rows int)) (Report, error) {
	state, imp, err := s.setUp(ctx, imp)
	if err != nil {
		return Report{}, err
	}
	before, err := s.running(ctx)
	if err != nil {
		return Report{}, err
	}
	started := s.tick()
	read := &reading{imp: imp, report: &Report{Import: imp.ID, Before: before}, progress: progress}
	if err := s.stage(ctx, read, state, src); err != nil {
		return *read.report, err
	}
	if err := s.changed(ctx, func(state tracking.State) (tracking.State, error) {
		imp := imp
		if old, ok := state.Import(imp.ID); ok {
			imp.ActivatedAt = old.ActivatedAt
		}
		if imp.ActivatedAt.IsZero() {
			imp.ActivatedAt = started
		}
		imp.Active, imp.SyncedAt = true, started
		return state.WithImport(imp), nil
	}); err != nil {
		return *read.report, err
	}
	if err := s.forgetAgain(ctx, read.erasures); err != nil {
		return *read.report, err
	}
	roster, err := s.settle(ctx)
	if err != nil {
		return *read.report, err
	}
	read.report.After, read.report.Counters = roster.Credits(), roster.Counters()
	s.log.LogAttrs(ctx, slog.LevelInfo, "contacts imported", slog.String("import", imp.ID), slog.Int("rows", read.report.Rows),
		slog.Int("rejected", read.report.Rejected), slog.Int("joined", read.report.Synced.Joined), slog.Int("left", read.report.Synced.Left))
	return *read.report, nil
}

// setUp checks an import against what there is.
func (s *Service) setUp(ctx context.Context, imp tracking.Import) (tracking.State, tracking.Import, error) {
	state, err := s.store.State(ctx)
	if err != nil {
		return state, imp, err
	}
	if imp, err = imp.Check(state.Relationships); err != nil {
		return state, imp, err
	}
	if old, ok := state.Import(imp.ID); ok {
		err = imp.Replaces(old)
	}
	return state, imp, err
}

// stage reads the source into the store and commits it; on any error it is forgotten.
func (s *Service) stage(ctx context.Context, read *reading, state tracking.State, src Source) error {
	run, err := s.store.Begin(ctx, read.imp.ID)
	if err != nil {
		return err
	}
	err = func() error {
		var ms []tracking.Member
		for m, err := range s.rows(ctx, read, state, src) {
			if err != nil {
				return err
			}
			if ms = append(ms, m); len(ms) == batch {
				if err := s.store.Stage(ctx, run, ms); err != nil {
					return err
				}
				ms = ms[:0]
			}
		}
		if err := s.store.Stage(ctx, run, ms); err != nil {
			return err
		}
		read.report.Synced, err = s.store.Commit(ctx, run, s.tick(), read.imp.Dynamic())
		return err
	}()
	if err != nil {
		// The context may have ended; what was read must not stay for that.
		return errors.Join(err, s.store.Discard(context.WithoutCancel(ctx), run))
	}
	return nil
}
