package contacts

import (
	"context"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

// Rerank puts the relationships named by order first, in that order, and settles who
// is tracked under what from now on. No credit is used or given back, and past events
// stay. The error of an unknown one is a tracking.ErrConfig.
func (s *Service) Rerank(ctx context.Context, order []string) (*tracking.Roster, error) {
	return s.rank(ctx, func(ranked []tracking.Relationship) ([]tracking.Relationship, error) {
		return tracking.Rerank(ranked, order)
	})
}

// SetRelationships replaces all relationships: custom ones are added, names, cycles
// and days of grace changed. One that an active import feeds cannot be left out; the
// error is a tracking.ErrConfig.
func (s *Service) SetRelationships(ctx context.Context, ranked []tracking.Relationship) (*tracking.Roster, error) {
	return s.rank(ctx, func([]tracking.Relationship) ([]tracking.Relationship, error) { return slices.Clone(ranked), nil })
}

func (s *Service) rank(ctx context.Context, change func([]tracking.Relationship) ([]tracking.Relationship, error)) (*tracking.Roster, error) {
	err := s.changed(ctx, func(state tracking.State) (tracking.State, error) {
		ranked, err := change(state.Relationships)
		if err != nil {
			return state, err
		}
		if err := tracking.CheckRelationships(ranked); err != nil {
			return state, err
		}
		for _, i := range state.Imports {
			if !i.Active {
				continue
			}
			if _, err := i.Check(ranked); err != nil {
				return state, &tracking.ConfigError{Field: "relationships", Text: "import " + i.ID + " feeds one that is left out; deactivate it first"}
			}
		}
		state.Relationships = ranked
		return state, nil
	})
	if err != nil {
		return nil, err
	}
	return s.settle(ctx)
}

// Deactivate ends an import: its people cease to use credits, unless another one holds
// them. What it has read stays for when it is imported again. An unknown one is a
// tracking.ErrConfig.
func (s *Service) Deactivate(ctx context.Context, imp string) (*tracking.Roster, error) {
	err := s.changed(ctx, func(state tracking.State) (tracking.State, error) {
		i, ok := state.Import(imp)
		if !ok {
			return state, &tracking.ConfigError{Field: "import", Text: "there is no " + imp}
		}
		i.Active = false
		return state.WithImport(i), nil
	})
	if err != nil {
		return nil, err
	}
	return s.settle(ctx)
}

// Stamp tells under which relationship a delivery about somebody counts: the
// highest-ranked one that they are tracked under; false when they are not tracked.
func (s *Service) Stamp(ctx context.Context, p tracking.Person) (tracking.Relationship, bool, error) {
	state, err := s.store.State(ctx)
	if err != nil {
		return tracking.Relationship{}, false, err
	}
	keys := p.Keys()
	if len(keys) == 0 {
		return tracking.Relationship{}, false, nil
	}
	strong := tracking.Digests(tracking.Handles(keys))
	found, err := s.store.TrackedAs(ctx, tracking.Digests(keys))
	if err != nil {
		return tracking.Relationship{}, false, err
	}
	for _, r := range state.Relationships {
		for _, t := range found {
			// A name is enough only for somebody of whom nothing else is known.
			known := len(t.Keys) == 1 || overlap(strong, t.Keys)
			if known && t.Until.IsZero() && t.Relationship == r.ID {
				return r, true, nil
			}
		}
	}
	return tracking.Relationship{}, false, nil
}

// Spend records the job-change credits that a delivery about somebody has used, under
// the relationship that they count under now. Nothing is recorded when it used none,
// and a delivery that was recorded before changes nothing.
func (s *Service) Spend(ctx context.Context, delivery string, credits int, p tracking.Person) error {
	r, _, err := s.Stamp(ctx, p)
	if err != nil {
		return err
	}
	c, used := tracking.JobChange(delivery, credits, tracking.Standing{Relationship: r.ID}, s.tick())
	if !used {
		return nil
	}
	return s.store.Spend(ctx, []tracking.Credit{c})
}

// Credits sums both ledgers by period, positionally.
func (s *Service) Credits(ctx context.Context, periods []tracking.Period) ([]tracking.CreditSum, error) {
	return tracking.SumCredits(s.store.Credits(ctx, ""), periods)
}
