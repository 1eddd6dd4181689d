package adapter

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// MemoryStore is a Store in memory, for tests and for trying things out: it
// forgets everything with its process. Make one with NewMemoryStore. It is safe
// for concurrent use within one process.
type MemoryStore struct {
	limits SideLimits

	mu sync.Mutex
	// refused are the kept requests of each source, oldest first; known are their ids.
	refused map[string]*shelf
	known   map[string]bool

	promises map[string]*owed
	// told lists the ids of the promises about each delivery.
	told map[string][]string

	acts   []OperatorAct
	paused bool
}

// shelf is what is kept of one source.
type shelf struct {
	requests []Refused
	bytes    int64
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty store; zero limits mean the defaults.
func NewMemoryStore(limits SideLimits) *MemoryStore {
	return &MemoryStore{
		limits:   limits.WithDefaults(),
		refused:  map[string]*shelf{},
		known:    map[string]bool{},
		promises: map[string]*owed{},
		told:     map[string][]string{},
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

// Refuse keeps a request that could not be verified; see Store. One that is
// larger than all that may be kept of its source makes no room and is not kept.
func (m *MemoryStore) Refuse(ctx context.Context, r Refused) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if m.known[r.ID] || r.Request.Size() > m.limits.Bytes {
		return nil
	}
	s := m.refused[r.Source]
	if s == nil {
		s = &shelf{}
		m.refused[r.Source] = s
	}
	r = r.clone()
	at, _ := slices.BinarySearchFunc(s.requests, r, olderRefused)
	s.requests = slices.Insert(s.requests, at, r)
	s.bytes += r.Request.Size()
	m.known[r.ID] = true
	for len(s.requests) > m.limits.Requests || s.bytes > m.limits.Bytes {
		m.drop(s, 1)
	}
	return nil
}

// drop removes the n oldest requests of a shelf.
func (m *MemoryStore) drop(s *shelf, n int) {
	for _, r := range s.requests[:n] {
		s.bytes -= r.Request.Size()
		delete(m.known, r.ID)
	}
	s.requests = slices.Delete(s.requests, 0, n)
}

// Refused lists what is kept, oldest first; see Store.
func (m *MemoryStore) Refused(ctx context.Context, source string) ([]Refused, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var out []Refused
	for name, s := range m.refused {
		if source == "" || source == name {
			for _, r := range s.requests {
				out = append(out, r.clone())
			}
		}
	}
	slices.SortFunc(out, olderRefused)
	return out, nil
}

// Forget removes kept requests; see Store.
func (m *MemoryStore) Forget(ctx context.Context, ids []string) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, s := range m.refused {
		s.requests = slices.DeleteFunc(s.requests, func(r Refused) bool {
			if !slices.Contains(ids, r.ID) {
				return false
			}
			s.bytes -= r.Request.Size()
			delete(m.known, r.ID)
			return true
		})
	}
	return nil
}

// Log keeps an operator's act; see Store.
func (m *MemoryStore) Log(ctx context.Context, a OperatorAct) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.acts = append(m.acts, a)
	return nil
}

// Acts lists at most n acts, youngest first; see Store.
func (m *MemoryStore) Acts(ctx context.Context, n int) ([]OperatorAct, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	out := slices.Clone(m.acts[max(0, len(m.acts)-max(0, n)):])
	slices.Reverse(out)
	return out, nil
}

// SetPaused stops or resumes the work; see Store.
func (m *MemoryStore) SetPaused(ctx context.Context, paused bool) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	m.paused = paused
	return nil
}

// Paused reports whether the work is stopped; see Store.
func (m *MemoryStore) Paused(ctx context.Context) (bool, error) {
	if err := m.begin(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	return m.paused, nil
}

// Sweep removes what is older than SideLimits.Age; see Store.
func (m *MemoryStore) Sweep(ctx context.Context, now time.Time) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	oldest := now.Add(-m.limits.Age)
	for _, s := range m.refused {
		n := 0
		for n < len(s.requests) && s.requests[n].Request.Received.Before(oldest) {
			n++
		}
		m.drop(s, n)
	}
	m.sweepPromises(oldest)
	return nil
}

func olderRefused(a, b Refused) int {
	return cmp.Or(a.Request.Received.Compare(b.Request.Received), cmp.Compare(a.ID, b.ID))
}

// clone shares nothing with r.
func (r Refused) clone() Refused {
	r.Request.Header = r.Request.Header.Clone()
	r.Request.Body = bytes.Clone(r.Request.Body)
	return r
}
