package sponsor

import (
	"container/heap"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
)

// MemoryStore is a Store in memory, for tests and for trying things out: it forgets
// everything with its process. Make one with NewMemoryStore. It is safe for
// concurrent use within one process.
type MemoryStore struct {
	mu       sync.Mutex
	sponsors map[string]Sponsor
	// owner leads from an identifier that nobody shares to its sponsor, keyed from any
	// identifier to all that have it.
	owner map[string]string
	keyed map[string]map[string]bool
	due   map[Status]*dueHeap
	// log is in order of saving.
	log     []Entry
	effects map[string]*heldEffect
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store.
func NewMemoryStore() *MemoryStore {
	return &MemoryStore{
		sponsors: map[string]Sponsor{}, owner: map[string]string{}, keyed: map[string]map[string]bool{}, due: map[Status]*dueHeap{},
		effects: map[string]*heldEffect{},
	}
}

// begin takes the lock unless ctx has ended.
func (m *MemoryStore) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	return nil
}

// Save stores sponsors; see Store.
func (m *MemoryStore) Save(ctx context.Context, saves []Saving) ([]error, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	out := make([]error, len(saves))
	for i, save := range saves {
		if out[i] = m.refusal(save.Sponsor); out[i] == nil {
			m.put(save)
		}
	}
	return out, nil
}

// refusal is why a sponsor cannot be stored, or nil.
func (m *MemoryStore) refusal(s Sponsor) error {
	old, exists := m.sponsors[s.ID]
	switch {
	case !exists && s.Version > 0:
		return &Error{Op: "save", Sponsor: s.ID, Class: ErrUnknown}
	case exists && old.Version != s.Version:
		return &Error{Op: "save", Sponsor: s.ID, Class: ErrStale}
	}
	for _, k := range s.Identity() {
		if other := m.owner[k]; other != "" && other != s.ID {
			return &Error{Op: "save", Sponsor: other, Class: ErrTaken}
		}
	}
	return nil
}

func (m *MemoryStore) put(save Saving) {
	s := save.Sponsor.Clone()
	m.unindex(s.ID)
	s.Version++
	m.sponsors[s.ID] = s
	for _, k := range s.Identity() {
		m.owner[k] = s.ID
	}
	for _, k := range s.Keys() {
		if m.keyed[k] == nil {
			m.keyed[k] = map[string]bool{}
		}
		m.keyed[k][s.ID] = true
	}
	m.schedule(s)
	m.log = append(m.log, save.Log...)
	for _, f := range save.Effects {
		if key := string(f.Key); m.effects[key] == nil {
			m.effects[key] = &heldEffect{Effect: f.clone()}
		}
	}
}

// unindex forgets by which identifiers a sponsor is found.
func (m *MemoryStore) unindex(id string) {
	s, ok := m.sponsors[id]
	if !ok {
		return
	}
	for _, k := range s.Identity() {
		delete(m.owner, k)
	}
	for _, k := range s.Keys() {
		delete(m.keyed[k], id)
		if len(m.keyed[k]) == 0 {
			delete(m.keyed, k)
		}
	}
}

// Load gives sponsors by id; see Store.
func (m *MemoryStore) Load(ctx context.Context, ids []string) (map[string]Sponsor, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	out := map[string]Sponsor{}
	for _, id := range ids {
		if s, ok := m.sponsors[id]; ok {
			out[id] = s.Clone()
		}
	}
	return out, nil
}

// Known gives sponsors by identifier; see Store.
func (m *MemoryStore) Known(ctx context.Context, keys []string) ([]Sponsor, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	ids := map[string]bool{}
	for _, k := range keys {
		maps.Copy(ids, m.keyed[k])
	}
	var out []Sponsor
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		out = append(out, m.sponsors[id].Clone())
	}
	return out, nil
}

// List gives sponsors in order of ID, as they are when the iteration begins; see
// Store.
func (m *MemoryStore) List(ctx context.Context, f Filter) iter.Seq2[Sponsor, error] {
	return func(yield func(Sponsor, error) bool) {
		all, err := m.chosen(ctx, f)
		if err != nil {
			yield(Sponsor{}, err)
			return
		}
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// Count counts what List would give; see Store.
func (m *MemoryStore) Count(ctx context.Context, f Filter) (Counts, error) {
	all, err := m.chosen(ctx, f)
	if err != nil {
		return Counts{}, err
	}
	out := Counts{Sponsors: map[Status]int{}}
	for _, s := range all {
		out.Sponsors[s.Status]++
		out.Open += s.Open()
	}
	return out, nil
}

func (m *MemoryStore) chosen(ctx context.Context, f Filter) ([]Sponsor, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var out []Sponsor
	for _, id := range slices.Sorted(maps.Keys(m.sponsors)) {
		if s := m.sponsors[id]; f.Matches(s) {
			out = append(out, s.Clone())
		}
	}
	return out, nil
}

// History gives the lines in order of time; see Store.
func (m *MemoryStore) History(ctx context.Context, f HistoryFilter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := m.begin(ctx); err != nil {
			yield(Entry{}, err)
			return
		}
		lines := slices.DeleteFunc(slices.Clone(m.log), func(e Entry) bool { return !f.Matches(e) })
		m.mu.Unlock()
		slices.SortStableFunc(lines, func(a, b Entry) int { return a.At.Compare(b.At) })
		for _, e := range lines {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Erase removes sponsors with all that belongs to them; see Store.
func (m *MemoryStore) Erase(ctx context.Context, ids []string) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, id := range ids {
		m.unindex(id)
		delete(m.sponsors, id)
	}
	for _, h := range m.due {
		*h = slices.DeleteFunc(*h, func(mark dueMark) bool { return slices.Contains(ids, mark.id) })
		heap.Init(h)
	}
	m.log = slices.DeleteFunc(m.log, func(e Entry) bool { return slices.Contains(ids, e.Sponsor) })
	maps.DeleteFunc(m.effects, func(_ string, f *heldEffect) bool { return slices.Contains(ids, f.Sponsor) })
	return nil
}
