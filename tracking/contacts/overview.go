package contacts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// Overview is what a team has set up, and how far it is.
type Overview struct {
	// Credits are the tracked credits in use.
	Credits int `json:"credits"`
	// Relationships are ranked, the highest first.
	Relationships []RelationshipView `json:"relationships"`
	Imports       []tracking.Import  `json:"imports"`
	// Champions says who hears of missing champions.
	Champions tracking.Watch `json:"champions,omitzero"`
}

// RelationshipView is a relationship with its counters and its schedule.
type RelationshipView struct {
	tracking.Relationship
	// Rank is its place, from 1.
	Rank int `json:"rank"`
	// The counters; see tracking.Counter.
	InReport  int  `json:"in_report"`
	Unique    int  `json:"unique"`
	Tracking  int  `json:"tracking"`
	Importing bool `json:"importing"`
	// Last is when its people were last looked after, Due when it is time again; zero
	// before the first time, which is due at once.
	Last time.Time `json:"last,omitzero"`
	Due  time.Time `json:"due,omitzero"`
}

// Overview tells of relationships and imports, with the counters of who is tracked now.
func (s *Service) Overview(ctx context.Context) (Overview, error) {
	state, err := s.store.State(ctx)
	if err != nil {
		return Overview{}, err
	}
	m, err := s.merger(ctx, state, "")
	if err != nil {
		return Overview{}, err
	}
	roster := m.Roster()
	out := Overview{Credits: roster.Credits(), Imports: slices.Clone(state.Imports), Champions: state.Champions}
	for i, c := range roster.Counters() {
		r := state.Relationships[i]
		last := state.Scan(r.ID).Last
		out.Relationships = append(out.Relationships, RelationshipView{
			Relationship: r, Rank: i + 1, InReport: c.InReport, Unique: c.Unique, Tracking: c.Tracking, Importing: c.Importing,
			Last: last, Due: r.Cycle.NextDue(last),
		})
	}
	return out, nil
}

// Follow is where somebody stands, and which lists name them.
type Follow struct {
	// Tracked tells that they use a credit now, as Standing says.
	Tracked bool `json:"tracked"`
	tracking.Standing
	// Members are their places in lists, those that they have left included.
	Members []tracking.Member `json:"members"`
}

// Find tells where somebody stands. The error of somebody without keys is a
// tracking.ErrConfig, that of somebody whom no list names ErrNotTracked.
func (s *Service) Find(ctx context.Context, p tracking.Person) (Follow, error) {
	if len(p.Keys()) == 0 {
		return Follow{}, &tracking.ConfigError{Field: "person", Text: "needs a record, profile or e-mail address, or name and company"}
	}
	keys, members, err := s.known(ctx, p.Keys())
	if err != nil {
		return Follow{}, err
	}
	if len(members) == 0 {
		return Follow{}, ErrNotTracked
	}
	roster, err := s.Roster(ctx)
	if err != nil {
		return Follow{}, err
	}
	out := Follow{Members: members}
	out.Standing, out.Tracked = roster.Find(keys)
	return out, nil
}

// ByName are the first people who are tracked under a relationship ("" for any), by last
// name, and how many there are in all; a limit of 0 gives everybody. What is held in
// memory goes by the limit, besides what People holds.
func (s *Service) ByName(ctx context.Context, relationship string, limit int) (first []Contact, all int, err error) {
	if relationship != "" {
		state, err := s.store.State(ctx)
		if err != nil {
			return nil, 0, err
		}
		if _, ok := state.Relationship(relationship); !ok {
			return nil, 0, &tracking.ConfigError{Field: "relationship", Text: fmt.Sprintf("%q is no relationship", relationship)}
		}
	}
	for c, err := range s.People(ctx, relationship) {
		if err != nil {
			return nil, 0, err
		}
		all++
		first = append(first, c)
		if limit > 0 && len(first) >= 2*limit {
			first = cutByName(first, limit)
		}
	}
	return cutByName(first, limit), all, nil
}

// cutByName are the first n people by name; all of them for 0.
func cutByName(cs []Contact, n int) []Contact {
	fold := strings.ToLower
	slices.SortFunc(cs, func(a, b Contact) int {
		p, q := a.Person, b.Person
		return cmp.Or(strings.Compare(fold(p.LastName), fold(q.LastName)), strings.Compare(fold(p.FirstName), fold(q.FirstName)),
			strings.Compare(p.Keys()[0], q.Keys()[0]))
	})
	if n > 0 && len(cs) > n {
		clear(cs[n:])
		return cs[:n]
	}
	return cs
}
