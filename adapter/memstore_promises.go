package adapter

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// owed is a promise in memory, with the end of the lease on it.
type owed struct {
	Promise
	held time.Time
}

// Promise stores messages to be sent; see Store.
func (m *MemoryStore) Promise(ctx context.Context, ps []Promise) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, p := range ps {
		if m.promises[p.ID] == nil {
			m.promises[p.ID] = &owed{Promise: p}
			m.told[p.Delivery] = append(m.told[p.Delivery], p.ID)
		}
	}
	return nil
}

// Owed takes promises whose time has come; see Store. Oldest is who has been due
// for longest.
func (m *MemoryStore) Owed(ctx context.Context, now time.Time, n int, lease time.Duration) ([]Promise, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var due []*owed
	for _, p := range m.promises {
		if p.Ended.IsZero() && !p.Due.After(now) && !p.held.After(now) {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, func(a, b *owed) int {
		return cmp.Or(a.Due.Compare(b.Due), a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
	})
	var out []Promise
	for _, p := range due[:min(len(due), max(0, n))] {
		p.held = now.Add(lease)
		out = append(out, p.Promise)
	}
	return out, nil
}

// Kept records attempts; see Store. An unknown ID is ErrNoPromise, and nothing of
// the call is recorded. What comes late, for a promise that has ended, changes
// nothing; only Waited alone opens such a promise again, with all its attempts:
// this is how a message is sent once more on demand.
func (m *MemoryStore) Kept(ctx context.Context, ks []Keeping) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, k := range ks {
		if m.promises[k.ID] == nil {
			return ErrNoPromise
		}
	}
	for _, k := range ks {
		p := m.promises[k.ID]
		next, changed := k.Apply(p.Promise)
		if changed {
			*p = owed{Promise: next}
		}
	}
	return nil
}

// Apply is what a promise becomes by an attempt to keep it, and whether that is
// anything new: the one rule of all stores.
func (k Keeping) Apply(p Promise) (Promise, bool) {
	ends, again := k.Sent || k.GivenUp, !p.Ended.IsZero()
	switch {
	case again && (ends || !k.Waited):
		return p, false
	case again:
		p.Ended, p.Sent, p.Attempts, p.Due = time.Time{}, false, 0, k.Due
	case ends:
		p.Ended, p.Sent = k.At, k.Sent
	default:
		p.Due = k.Due
	}
	if !k.Waited && !k.Sent {
		p.Attempts++
		p.Error = k.Error
	}
	return p, true
}

// Promises tells what was promised about a delivery, in order of promising, or
// under an ID; see Store. An unknown ID is ErrNoPromise.
func (m *MemoryStore) Promises(ctx context.Context, delivery, id string) ([]Promise, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if (delivery == "") == (id == "") {
		return nil, errPromisesOf
	}
	if id != "" {
		if p := m.promises[id]; p != nil {
			return []Promise{p.Promise}, nil
		}
		return nil, ErrNoPromise
	}
	var out []Promise
	for _, id := range m.told[delivery] {
		out = append(out, m.promises[id].Promise)
	}
	slices.SortStableFunc(out, func(a, b Promise) int {
		return cmp.Or(a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// errPromisesOf is a programmer's error: a delivery or an id, never both or none.
var errPromisesOf = errors.New("adapter: promises of a delivery or by id, one of the two")

// sweepPromises removes promises that ended before a time.
func (m *MemoryStore) sweepPromises(oldest time.Time) {
	for id, p := range m.promises {
		if p.Ended.IsZero() || !p.Ended.Before(oldest) {
			continue
		}
		delete(m.promises, id)
		rest := slices.DeleteFunc(m.told[p.Delivery], func(other string) bool { return other == id })
		if len(rest) == 0 {
			delete(m.told, p.Delivery)
		} else {
			m.told[p.Delivery] = rest
		}
	}
}
