package sponsor

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// heldEffect is an effect in memory, with the end of the lease on it.
type heldEffect struct {
	Effect
	held time.Time
}

// Owed takes effects whose time has come; see Store.
func (m *MemoryStore) Owed(ctx context.Context, now time.Time, n int, lease time.Duration) ([]Effect, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var due []*heldEffect
	for _, f := range m.effects {
		if f.Ended.IsZero() && !f.Due.After(now) && !f.held.After(now) {
			due = append(due, f)
		}
	}
	slices.SortFunc(due, func(a, b *heldEffect) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key)) })
	var out []Effect
	for _, f := range due[:min(len(due), max(0, n))] {
		f.held = now.Add(lease)
		out = append(out, f.clone())
	}
	return out, nil
}

// Settle records attempts; see Store.
func (m *MemoryStore) Settle(ctx context.Context, ss []Settlement) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, s := range ss {
		f := m.effects[string(s.Key)]
		if f == nil || !f.Ended.IsZero() {
			continue
		}
		f.held = time.Time{}
		f.Error = s.Error
		if s.Sent || s.GivenUp {
			f.Ended, f.GivenUp = s.At, s.GivenUp
		} else {
			f.Due = s.Due
		}
		if !s.Sent && !s.Waited {
			f.Attempts++
		}
	}
	return nil
}

// Effects lists those of one sponsor; see Store.
func (m *MemoryStore) Effects(ctx context.Context, sponsor string) ([]Effect, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var out []Effect
	for _, f := range m.effects {
		if f.Sponsor == sponsor {
			out = append(out, f.clone())
		}
	}
	slices.SortFunc(out, func(a, b Effect) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key)) })
	return out, nil
}

// clone shares nothing that a reader could change with f.
func (f Effect) clone() Effect {
	if f.Task != nil {
		t := *f.Task
		t.Changes, t.Set, t.Person = slices.Clone(t.Changes), t.Set.Clone(), clonePerson(t.Person)
		f.Task = &t
	}
	if f.Move != nil {
		m := *f.Move
		m.Person, m.Tell = clonePerson(m.Person), slices.Clone(m.Tell)
		f.Move = &m
	}
	if f.Notice != nil {
		n := *f.Notice
		n.Keys, n.Changes, n.Person = slices.Clone(n.Keys), slices.Clone(n.Changes), clonePerson(n.Person)
		f.Notice = &n
	}
	if f.Write != nil {
		w := *f.Write
		w.Set = w.Set.Clone()
		f.Write = &w
	}
	return f
}
