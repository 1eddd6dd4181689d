package hubspot

import (
	"context"
	"sync"
	"time"
)

// pace lets a number of calls through within any window of time, in the order in
// which they came. Its clock is the monotonic one: it measures, it does not date.
type pace struct {
	window time.Duration
	mu     sync.Mutex
	// slots holds when each of the last calls was let through, next the oldest.
	slots []time.Time
	next  int
}

func newPace(calls int, window time.Duration) *pace {
	return &pace{window: window, slots: make([]time.Time, calls)}
}

// turn returns when one call more keeps to the limits.
func (c *Client) turn(ctx context.Context) error {
	if t, ok := ctx.Value(tripKey{}).(*trip); ok && t.call.search {
		if err := c.searches.wait(ctx); err != nil {
			return err
		}
	}
	return c.pace.wait(ctx)
}

// wait returns when the caller may go, or with the cause why it gave up. A place
// that was taken by somebody who gave up stays taken.
func (p *pace) wait(ctx context.Context) error {
	timer := time.NewTimer(p.take(time.Now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// take books the next place and tells how long it is until then.
func (p *pace) take(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := now
	if oldest := p.slots[p.next]; !oldest.IsZero() && oldest.Add(p.window).After(now) {
		at = oldest.Add(p.window)
	}
	p.slots[p.next] = at
	p.next = (p.next + 1) % len(p.slots)
	return at.Sub(now)
}
