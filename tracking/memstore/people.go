package memstore

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

// Tracked gives the people as they are when it begins.
func (s *Store) Tracked(ctx context.Context, after string) iter.Seq2[tracking.Tracked, error] {
	return each(ctx, func() []tracking.Tracked {
		s.mu.Lock()
		defer s.mu.Unlock()
		var out []tracking.Tracked
		for id, t := range s.people {
			if id > after {
				out = append(out, t)
			}
		}
		slices.SortFunc(out, func(a, b tracking.Tracked) int { return cmp.Compare(a.ID, b.ID) })
		return out
	})
}

// TrackedAs gives the people whom one of the digests reaches, in order of ID.
func (s *Store) TrackedAs(ctx context.Context, digests []string) ([]tracking.Tracked, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := setOf(digests)
	var out []tracking.Tracked
	for _, t := range s.people {
		if asked.any(t.Keys) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b tracking.Tracked) int { return cmp.Compare(a.ID, b.ID) })
	return out, ctx.Err()
}

// Settle stores those changes that nobody was faster with.
func (s *Store) Settle(ctx context.Context, changes []tracking.Settlement) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n := 0
	for _, c := range changes {
		if s.people[c.Tracked.ID].Revision != c.Tracked.Revision-1 {
			continue
		}
		put(&s.people, c.Tracked.ID, c.Tracked)
		s.spend(c.Credits)
		n++
	}
	return n, nil
}

// Spend records events that are not known yet, without people who are not there.
func (s *Store) Spend(ctx context.Context, events []tracking.Credit) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, c := range events {
		if _, stored := s.people[c.Person]; !stored {
			c.Person = ""
		}
		s.spend([]tracking.Credit{c})
	}
	return nil
}

func (s *Store) spend(events []tracking.Credit) {
	for _, c := range events {
		if _, known := s.credits[c.ID]; !known {
			put(&s.credits, c.ID, c)
		}
	}
}

// Credits gives the events as they are when it begins.
func (s *Store) Credits(ctx context.Context, person string) iter.Seq2[tracking.Credit, error] {
	return each(ctx, func() []tracking.Credit {
		s.mu.Lock()
		defer s.mu.Unlock()
		var out []tracking.Credit
		for _, c := range s.credits {
			if person == "" || c.Person == person {
				out = append(out, c)
			}
		}
		slices.SortFunc(out, func(a, b tracking.Credit) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
		return out
	})
}

// Mark keeps decisions.
func (s *Store) Mark(ctx context.Context, ms []tracking.Mark) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, m := range ms {
		put(&s.marks, m.ID, m)
	}
	return nil
}

// Unmark removes decisions.
func (s *Store) Unmark(ctx context.Context, ids []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, id := range ids {
		delete(s.marks, id)
	}
	return nil
}

// Marks lists the decisions of a kind.
func (s *Store) Marks(ctx context.Context, kind tracking.MarkKind) ([]tracking.Mark, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []tracking.Mark
	for _, m := range s.marks {
		if m.Kind == kind {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b tracking.Mark) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return out, ctx.Err()
}

// Erase removes whatever the keys reach.
func (s *Store) Erase(ctx context.Context, keys []string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	asked := setOf(keys)
	reached := func(_ memberKey, m tracking.Member) bool { return asked.any(tracking.Handles(m.Keys)) }
	before := len(s.members) + len(s.people) + len(s.marks)
	maps.DeleteFunc(s.members, reached)
	for _, r := range s.open {
		before += len(r.staged)
		maps.DeleteFunc(r.staged, reached)
		before -= len(r.staged)
	}
	gone := set{}
	maps.DeleteFunc(s.people, func(id string, t tracking.Tracked) bool {
		gone[id] = asked.any(t.Keys)
		return gone[id]
	})
	maps.DeleteFunc(s.marks, func(_ string, m tracking.Mark) bool {
		return m.Kind != tracking.MarkErased && asked.any(tracking.Handles(m.Keys))
	})
	for id, c := range s.credits {
		if gone[c.Person] {
			c.Person = ""
			s.credits[id] = c
		}
	}
	return before - len(s.members) - len(s.people) - len(s.marks), nil
}
