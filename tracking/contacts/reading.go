package contacts

import (
	"context"
	"fmt"
	"iter"

	"github.com/onward-crm/onward/tracking"
)

// reading is one pass over a source.
type reading struct {
	imp      tracking.Import
	report   *Report
	progress func(int)
	// erasures is how many people had been erased when it began.
	erasures int
}

// rows gives the members that the rows of a source make, and reports the others. The
// error comes once and is the last; ErrNoRows is one.
func (s *Service) rows(ctx context.Context, read *reading, state tracking.State, src Source) iter.Seq2[tracking.Member, error] {
	return func(yield func(tracking.Member, error) bool) {
		stones, err := s.store.Marks(ctx, tracking.MarkErased)
		if err != nil {
			yield(tracking.Member{}, err)
			return
		}
		read.erasures = len(stones)
		erased := tracking.NewMarks(stones)
		for row, err := range src.Rows(ctx) {
			if err != nil {
				yield(tracking.Member{}, fmt.Errorf("contacts: import %s: %w", read.imp.ID, err))
				return
			}
			m, problem := s.member(read.imp, state, row, erased)
			read.count(problem)
			if problem == nil && !yield(m, nil) {
				return
			}
		}
		if read.progress != nil {
			read.progress(read.report.Rows)
		}
		if read.report.Rows > 0 && read.report.Accepted == 0 {
			yield(tracking.Member{}, ErrNoRows)
		}
	}
}

func (r *reading) count(problem *tracking.RowProblem) {
	r.report.Rows++
	if r.progress != nil && r.report.Rows%batch == 0 {
		r.progress(r.report.Rows)
	}
	if problem == nil {
		r.report.Accepted++
		return
	}
	r.report.Rejected++
	if len(r.report.Problems) < MaxProblems {
		r.report.Problems = append(r.report.Problems, *problem)
	}
}

// member is what a row makes of its person, or why it is not taken.
func (s *Service) member(imp tracking.Import, state tracking.State, row tracking.Row, erased *tracking.Marks) (tracking.Member, *tracking.RowProblem) {
	if imp.Kind != tracking.ImportAutomatic {
		row.Relationship = imp.Relationship
	}
	m, problem := tracking.NewMember(imp.ID, row)
	if problem != nil {
		return m, problem
	}
	if _, ok := state.Relationship(row.Relationship); !ok {
		return tracking.Member{}, &tracking.RowProblem{Row: row.Number, Reason: tracking.RowUnknownRelationship,
			Text: fmt.Sprintf("%q is no relationship; add it, or change the rules of the import", row.Relationship)}
	}
	if s.isErased(erased, m.Keys) {
		return tracking.Member{}, &tracking.RowProblem{Row: row.Number, Reason: tracking.RowErased, Text: "the person was erased and is not brought back"}
	}
	return m, nil
}

// running counts the people who use a credit now.
func (s *Service) running(ctx context.Context) (int, error) {
	n := 0
	for t, err := range s.store.Tracked(ctx, "") {
		if err != nil {
			return 0, err
		}
		if t.Until.IsZero() {
			n++
		}
	}
	return n, nil
}
