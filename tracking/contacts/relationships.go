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

// Credits sums both ledgers by period, positionally.
func (s *Service) Credits(ctx context.Context, periods []tracking.Period) ([]tracking.CreditSum, error) {
	return tracking.SumCredits(s.store.Credits(ctx, ""), periods)
}
