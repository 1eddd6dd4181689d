package rounds

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/onward-crm/onward/tracking"
)

// Memory is a Store in memory: for one-shot runs and tests, and the reference of what a
// Store does. The zero Memory is empty and ready. Safe for concurrent use.
type Memory struct {
	mu        sync.Mutex
	seen      map[int]Seen
	seenAt    map[string]int // from a handle's digest to a number in seen
	numbered  int
	prospects map[string]Kept
	reports   map[string]Reading
	works     map[string]Work
}

var _ Store = (*Memory)(nil)

// digestsOf are the digests of the handles of keys, or what digests among them lead to.
func digestsOf(keys []string) []string { return tracking.Digests(tracking.Handles(keys)) }

// SeenOf gives where people were seen last; see Store.
func (m *Memory) SeenOf(ctx context.Context, people [][]string) ([]Seen, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Seen, len(people))
	for i, keys := range people {
		for _, d := range digestsOf(keys) {
			if at, ok := m.seenAt[d]; ok && !m.seen[at].AskedAt.Before(out[i].AskedAt) {
				out[i] = clone(m.seen[at])
			}
		}
	}
	return out, ctx.Err()
}

func clone(s Seen) Seen {
	s.Keys, s.Told = slices.Clone(s.Keys), slices.Clone(s.Told)
	return s
}

// See keeps where people were seen; see Store.
func (m *Memory) See(ctx context.Context, all []Seen) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.seenAt == nil {
		m.seen, m.seenAt = map[int]Seen{}, map[string]int{}
	}
	for _, s := range all {
		handles := digestsOf(s.Keys)
		m.forget(handles)
		m.numbered++
		m.seen[m.numbered] = clone(s)
		for _, d := range handles {
			m.seenAt[d] = m.numbered
		}
	}
	return nil
}

// forget removes whom one of the handles reaches, and counts them.
func (m *Memory) forget(handles []string) int {
	n := 0
	for _, d := range handles {
		at, ok := m.seenAt[d]
		if !ok {
			continue
		}
		n++
		for _, other := range digestsOf(m.seen[at].Keys) {
			delete(m.seenAt, other)
		}
		delete(m.seen, at)
	}
	return n
}

// Keep keeps prospects; see Store.
func (m *Memory) Keep(ctx context.Context, all []Kept) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.prospects == nil {
		m.prospects = map[string]Kept{}
	}
	for _, k := range all {
		if k.Stage == StageDropped {
			delete(m.prospects, k.ID)
			continue
		}
		m.prospects[k.ID] = k
	}
	return nil
}

// Prospects gives those of a stage; see Store.
func (m *Memory) Prospects(ctx context.Context, stage Stage, after string, limit int) ([]Kept, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.those(func(k Kept) bool { return k.Stage == stage && k.ID > after })
	return out[:min(limit, len(out))], ctx.Err()
}

// KnownAs gives those whom the keys reach; see Store.
func (m *Memory) KnownAs(ctx context.Context, keys []string) ([]Kept, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked := tracking.Digests(keys)
	return m.those(func(k Kept) bool { return meets(k, asked) }), ctx.Err()
}

func meets(k Kept, digests []string) bool {
	return slices.ContainsFunc(digestsOf(k.Keys), func(d string) bool { return slices.Contains(digests, d) })
}

func (m *Memory) those(want func(Kept) bool) []Kept {
	var out []Kept
	for _, k := range m.prospects {
		if want(k) {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b Kept) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// PutReport keeps a reading; see Store.
func (m *Memory) PutReport(ctx context.Context, r Reading) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reports == nil {
		m.reports = map[string]Reading{}
	}
	m.reports[r.Listing.Report.ID] = r
	return ctx.Err()
}

// DropReport removes a reading; see Store.
func (m *Memory) DropReport(ctx context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.reports, id)
	return ctx.Err()
}

// Reports gives all readings; see Store.
func (m *Memory) Reports(ctx context.Context) ([]Reading, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.reports), func(a, b Reading) int {
		return cmp.Compare(a.Listing.Report.ID, b.Listing.Report.ID)
	}), ctx.Err()
}

// Change stores a changed work; see Store.
func (m *Memory) Change(ctx context.Context, name string, change func(Work) (Work, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	w := m.works[name]
	w.Name = name
	w, err := change(w)
	if err != nil {
		return err
	}
	if m.works == nil {
		m.works = map[string]Work{}
	}
	w.Name = name
	m.works[name] = w
	return nil
}

// Works gives all works; see Store.
func (m *Memory) Works(ctx context.Context) ([]Work, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.works), func(a, b Work) int { return cmp.Compare(a.Name, b.Name) }), ctx.Err()
}

// Erase removes whom the keys reach; see Store.
func (m *Memory) Erase(ctx context.Context, keys []string) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	asked := tracking.Digests(keys)
	n := m.forget(asked)
	for _, k := range m.those(func(k Kept) bool { return meets(k, asked) }) {
		delete(m.prospects, k.ID)
		n++
	}
	return n, nil
}
