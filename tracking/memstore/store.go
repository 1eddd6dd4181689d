package memstore

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Store is a contacts.Store in memory. The zero Store is empty and ready. Safe for
// concurrent use.
type Store struct {
	mu      sync.Mutex
	state   *tracking.State
	runs    int
	open    map[string]*run // by the import's ID
	members map[memberKey]tracking.Member
	people  map[string]tracking.Tracked
	credits map[string]tracking.Credit
	marks   map[string]tracking.Mark
}

type run struct {
	id     string
	imp    string
	staged map[memberKey]tracking.Member
}

type memberKey struct{ imp, relationship, key string }

func keyOf(m tracking.Member) memberKey { return memberKey{m.Import, m.Relationship, m.Key} }

var _ contacts.Store = (*Store)(nil)

// State is a copy of the state.
func (s *Store) State(ctx context.Context) (tracking.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current(), ctx.Err()
}

func (s *Store) current() tracking.State {
	if s.state == nil {
		return tracking.DefaultState()
	}
	return s.state.Clone()
}

// Change calls change once.
func (s *Store) Change(ctx context.Context, change func(tracking.State) (tracking.State, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	next, err := change(s.current())
	if err != nil {
		return err
	}
	next = next.Clone()
	s.state = &next
	return nil
}

// Begin discards an unfinished run of the import.
func (s *Store) Begin(ctx context.Context, imp string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.runs++
	r := &run{id: fmt.Sprint(imp, "#", s.runs), imp: imp, staged: map[memberKey]tracking.Member{}}
	put(&s.open, imp, r)
	return r.id, nil
}

// unfinished is the run of that ID, while it is its import's last one.
func (s *Store) unfinished(id string) (*run, error) {
	// any order: at most one run has the ID.
	for _, r := range s.open {
		if r.id == id {
			return r, nil
		}
	}
	return nil, contacts.ErrSuperseded
}

// Stage keeps what was read.
func (s *Store) Stage(ctx context.Context, id string, ms []tracking.Member) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := s.unfinished(id)
	if err != nil {
		return err
	}
	for _, m := range ms {
		m.Import = r.imp
		if old, ok := r.staged[keyOf(m)]; ok {
			m = old.With(m)
		}
		r.staged[keyOf(m)] = m
	}
	return nil
}

// Discard forgets a run.
func (s *Store) Discard(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, err := s.unfinished(id); err == nil {
		delete(s.open, r.imp)
	}
	return ctx.Err()
}

// Commit makes the staged members those of the import.
func (s *Store) Commit(ctx context.Context, id string, at time.Time, sweep bool) (tracking.Synced, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var done tracking.Synced
	if err := ctx.Err(); err != nil {
		return done, err
	}
	r, err := s.unfinished(id)
	if err != nil {
		return done, err
	}
	for key, m := range r.staged {
		old, known := s.members[key]
		m.Joined, m.Left = at, time.Time{}
		switch {
		case !known:
			done.Joined++
		case old.Left.IsZero():
			done.Stayed++
			m.Joined = old.Joined
		default:
			done.Returned++
			m.Joined = old.Joined
		}
		put(&s.members, key, m)
	}
	for key, m := range s.members {
		if _, staged := r.staged[key]; sweep && !staged && key.imp == r.imp && m.Left.IsZero() {
			m.Left = at
			s.members[key] = m
			done.Left++
		}
	}
	delete(s.open, r.imp)
	return done, nil
}

// Members gives the members as they are when it begins.
func (s *Store) Members(ctx context.Context) iter.Seq2[tracking.Member, error] {
	return each(ctx, func() []tracking.Member {
		s.mu.Lock()
		defer s.mu.Unlock()
		return slices.Collect(maps.Values(s.members))
	})
}

// MembersOf gives the members whom one of the keys reaches, in order of import,
// relationship and key.
func (s *Store) MembersOf(ctx context.Context, keys []string) ([]tracking.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := setOf(keys)
	var out []tracking.Member
	for _, m := range s.members {
		if asked.any(tracking.Handles(m.Keys)) {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b tracking.Member) int {
		return cmp.Or(cmp.Compare(a.Import, b.Import), cmp.Compare(a.Relationship, b.Relationship), cmp.Compare(a.Key, b.Key))
	})
	return out, ctx.Err()
}

// put sets an entry of a map that may not be made yet.
func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[k] = v
}

// each reads a list when it begins, and gives it entry by entry.
func each[T any](ctx context.Context, read func() []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range read() {
			if err := ctx.Err(); err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yield(one, nil) {
				return
			}
		}
	}
}

type set map[string]bool

func setOf(list []string) set {
	s := make(set, len(list))
	for _, one := range list {
		s[one] = true
	}
	return s
}

func (s set) any(list []string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return s[one] })
}
