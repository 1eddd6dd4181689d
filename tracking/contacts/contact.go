package contacts

import (
	"context"
	"iter"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

// Contact is somebody who is tracked, as all lists together name them.
type Contact struct {
	Person tracking.Person `json:"person"`
	tracking.Standing
}

// People gives everybody who is tracked under a relationship, once, in no order; ""
// means under any. Somebody in several relationships comes under the highest-ranked
// one. Memory grows with the people who are in several lists. An error comes once and
// is the last.
func (s *Service) People(ctx context.Context, relationship string) iter.Seq2[Contact, error] {
	return func(yield func(Contact, error) bool) {
		if err := s.people(ctx, relationship, func(c Contact) bool { return yield(c, nil) }); err != nil {
			yield(Contact{}, err)
		}
	}
}

func (s *Service) people(ctx context.Context, relationship string, give func(Contact) bool) error {
	state, err := s.store.State(ctx)
	if err != nil {
		return err
	}
	m, err := s.merger(ctx, state, "")
	if err != nil {
		return err
	}
	roster := m.Roster()
	if relationship != "" && !slices.ContainsFunc(roster.Counters(), func(c tracking.Counter) bool { return c.Relationship == relationship && c.Tracking > 0 }) {
		return nil // most relationships of a team may be empty, and the lists are long
	}
	// Most people are in one row: they go out at once. The others wait for their rows.
	rows := make([]int32, roster.Credits())
	for m, err := range s.store.Members(ctx) {
		if err != nil {
			return err
		}
		if standing, ok := roster.Find(m.Keys); ok {
			rows[standing.Number]++
		}
	}
	waiting := map[int]Contact{}
	for m, err := range s.store.Members(ctx) {
		if err != nil {
			return err
		}
		standing, ok := roster.Find(m.Keys)
		if !ok || relationship != "" && standing.Relationship != relationship {
			continue
		}
		c, ok := waiting[standing.Number]
		if !ok {
			c = Contact{Standing: standing}
		}
		c.Person = c.Person.With(m.Person)
		if rows[standing.Number]--; rows[standing.Number] > 0 {
			waiting[standing.Number] = c
			continue
		}
		delete(waiting, standing.Number)
		if !give(c) {
			return nil
		}
	}
	// Only rows that were gone at the second reading are still waited for.
	for _, c := range waiting {
		if !give(c) {
			return nil
		}
	}
	return nil
}
