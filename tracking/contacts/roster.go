package contacts

import (
	"context"

	"github.com/onward-crm/onward/tracking"
)

// Roster tells who is tracked, with the counters of all relationships.
func (s *Service) Roster(ctx context.Context) (*tracking.Roster, error) {
	state, err := s.store.State(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.merger(ctx, state, "")
	if err != nil {
		return nil, err
	}
	return m.Roster(), nil
}

// merger takes up the members of all active imports but one. Those who were taken out
// by hand count as rows and name nobody.
func (s *Service) merger(ctx context.Context, state tracking.State, without string) (*tracking.Merger, error) {
	m, err := tracking.NewMerger(state.Relationships)
	if err != nil {
		return nil, err
	}
	untracked, err := s.marks(ctx, tracking.MarkUntracked)
	if err != nil {
		return nil, err
	}
	grace := map[string]int{}
	for _, r := range state.Relationships {
		grace[r.ID] = r.GraceDays
		for _, i := range state.Imports {
			if i.Active && i.Feeds(r.ID) {
				if err := m.Importing(r.ID, i.Dynamic()); err != nil {
					return nil, err
				}
			}
		}
	}
	active := map[string]bool{}
	for _, i := range state.Imports {
		active[i.ID] = i.Active && i.ID != without
	}
	now := s.tick()
	for member, err := range s.store.Members(ctx) {
		if err != nil {
			return nil, err
		}
		days, known := grace[member.Relationship]
		if !known || !active[member.Import] || !member.Counts(days, now) {
			continue
		}
		keys := member.Keys
		if untracked.Covers(keys, member.Relationship) {
			keys = nil
		}
		if member.Left.IsZero() {
			err = m.Add(member.Relationship, keys, member.Rows)
		} else {
			err = m.AddLate(member.Relationship, keys)
		}
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (s *Service) marks(ctx context.Context, kind tracking.MarkKind) (*tracking.Marks, error) {
	ms, err := s.store.Marks(ctx, kind)
	if err != nil {
		return nil, err
	}
	return tracking.NewMarks(ms), nil
}
