package contacts

import (
	"context"
	"log/slog"

	"github.com/onward-crm/onward/tracking"
)

// settle brings the people tracked in line with the lists: who is new begins to use a
// credit, who is gone ceases to, and the highest-ranked relationship is stamped. When
// something changed meanwhile it begins anew: what an older roster has undone is then
// done again, whoever comes last.
func (s *Service) settle(ctx context.Context) (*tracking.Roster, error) {
	for {
		before, err := s.store.State(ctx)
		if err != nil {
			return nil, err
		}
		m, err := s.merger(ctx, before, "")
		if err != nil {
			return nil, err
		}
		roster := m.Roster()
		changed, err := s.apply(ctx, roster)
		if err != nil {
			return nil, err
		}
		after, err := s.store.State(ctx)
		if err != nil {
			return nil, err
		}
		if after.Changes == before.Changes {
			s.log.LogAttrs(ctx, slog.LevelInfo, "contacts settled",
				slog.Int("tracked", roster.Credits()), slog.Int("changed", changed))
			return roster, nil
		}
	}
}

// apply stores the changes in batches.
func (s *Service) apply(ctx context.Context, roster *tracking.Roster) (int, error) {
	settler := tracking.NewSettler(roster, s.tick())
	for t, err := range s.store.Tracked(ctx, "") {
		if err != nil {
			return 0, err
		}
		settler.See(t)
	}
	changed := 0
	for after, more := "", true; more; {
		changes, last, err := s.page(ctx, settler, after)
		if err != nil {
			return changed, err
		}
		n, err := s.store.Settle(ctx, changes)
		if changed += n; err != nil {
			return changed, err
		}
		after, more = last, len(changes) == batch
	}
	var changes []tracking.Settlement
	flush := func() error {
		n, err := s.store.Settle(ctx, changes)
		changed += n
		changes = changes[:0]
		return err
	}
	for c := range settler.New() {
		if changes = append(changes, c); len(changes) == batch {
			if err := flush(); err != nil {
				return changed, err
			}
		}
	}
	return changed, flush()
}

// page collects a batch of changes of stored people, beginning after an ID, and tells
// the last ID that it has looked at.
func (s *Service) page(ctx context.Context, settler *tracking.Settler, after string) ([]tracking.Settlement, string, error) {
	var changes []tracking.Settlement
	for t, err := range s.store.Tracked(ctx, after) {
		if err != nil {
			return nil, "", err
		}
		after = t.ID
		if c, ok := settler.Change(t); ok {
			if changes = append(changes, c); len(changes) == batch {
				break
			}
		}
	}
	return changes, after, nil
}

// changed notes in the state that who is tracked may have changed, so that whoever is
// settling looks again.
func (s *Service) changed(ctx context.Context, change func(tracking.State) (tracking.State, error)) error {
	return s.store.Change(ctx, func(state tracking.State) (tracking.State, error) {
		state, err := change(state)
		state.Changes++
		return state, err
	})
}
