package notify

import (
	"context"
	"sync"
	"time"
)

// MemSent is a Sent in memory: for tests, and for programs that run once.
type MemSent struct {
	mu    sync.Mutex
	marks map[string]Mark
}

var _ Sent = (*MemSent)(nil)

// NewMemSent makes an empty one.
func NewMemSent() *MemSent { return &MemSent{marks: map[string]Mark{}} }

// Claim takes a message; see Sent.
func (s *MemSent) Claim(ctx context.Context, c Claim) (Mark, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, taken := c.Begin(s.mark(c.Key))
	if err := ctx.Err(); err != nil {
		return Mark{}, false, err
	}
	if taken {
		s.marks[c.Key] = m
	}
	return m, taken, nil
}

func (s *MemSent) mark(key string) *Mark {
	if m, ok := s.marks[key]; ok {
		return &m
	}
	return nil
}

// Settle ends an attempt; see Sent.
func (s *MemSent) Settle(ctx context.Context, e Settlement) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	m, err := e.End(s.mark(e.Key))
	if err == nil {
		s.marks[e.Key] = m
	}
	return err
}

// Last returns the latest mark of a topic before a moment; see Sent.
func (s *MemSent) Last(_ context.Context, topic string, before time.Time) (Mark, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := s.last(topic, func(m Mark) bool { return m.Until.Before(before) })
	return m, ok, nil
}

func (s *MemSent) last(topic string, fits func(Mark) bool) (last Mark, found bool) {
	for _, m := range s.marks { // any order: the latest is the latest
		if m.Topic == topic && topic != "" && fits(m) && (!found || m.Until.After(last.Until)) {
			last, found = m, true
		}
	}
	return last, found
}

// Prune removes old marks; see Sent.
func (s *MemSent) Prune(_ context.Context, before time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	latest := map[string]time.Time{}
	for _, m := range s.marks { // any order: the latest is the latest
		if m.Until.After(latest[m.Topic]) {
			latest[m.Topic] = m.Until
		}
	}
	for key, m := range s.marks {
		if m.ClaimedAt.Before(before) && (m.Topic == "" || m.Until.Before(latest[m.Topic])) {
			delete(s.marks, key)
		}
	}
	return nil
}
