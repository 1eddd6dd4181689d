package adapter

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// room is a waiting room with a number of places. Under overload, requests wait a
// while for a place: refusing at once would cost as much as the work, and senders
// with few connections are slowed by waiting, which is what is wanted.
type room struct {
	places chan struct{}
	wait   time.Duration
	queue  atomic.Int64
}

func newRoom(places int, wait time.Duration) *room {
	return &room{places: make(chan struct{}, places), wait: wait}
}

// enter takes a place, and waits for one if need be. It reports whether there was
// one before the wait was over or ctx ended; then leave gives it back.
func (r *room) enter(ctx context.Context) bool {
	if r.try() {
		return true
	}
	r.queue.Add(1)
	defer r.queue.Add(-1)
	timer := time.NewTimer(r.wait)
	defer timer.Stop()
	select {
	case r.places <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// try takes a place if one is free now.
func (r *room) try() bool {
	select {
	case r.places <- struct{}{}:
		return true
	default:
		return false
	}
}

func (r *room) leave() { <-r.places }

// taken and waiting are for the metrics.
func (r *room) taken() int   { return len(r.places) }
func (r *room) waiting() int { return int(r.queue.Load()) }

// bodies bounds how many bytes are held of bodies that are still coming in: with
// slow senders there may be far more of them than places.
type bodies struct{ left atomic.Int64 }

func newBodies(bytes int64) *bodies {
	b := &bodies{}
	b.left.Store(bytes)
	return b
}

// errNoRoom ends the reading of a body when too much is held already.
var errNoRoom = errors.New("adapter: too many bodies at once")

// part is a body on its way in; drop gives its bytes back once nobody else counts
// on their being counted here.
func (b *bodies) part(r io.Reader) *bodyPart { return &bodyPart{from: r, of: b} }

type bodyPart struct {
	from io.Reader
	of   *bodies
	held int64
}

// Read reads as long as there is room.
func (p *bodyPart) Read(into []byte) (int, error) {
	n, err := p.from.Read(into)
	p.held += int64(n)
	if p.of.left.Add(int64(-n)) < 0 {
		return n, errNoRoom
	}
	return n, err
}

func (p *bodyPart) drop() { p.of.left.Add(p.held) }

// rates holds a token bucket for each caller. Callers come from the configuration,
// so there are few of them.
type rates struct {
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newRates(now func() time.Time) *rates {
	return &rates{now: now, buckets: map[string]bucket{}}
}

// take takes one token of a caller who gets rate a second and at most burst at
// once. Where there is none it says when there will be; 0 means that it took one.
func (r *rates) take(caller string, rate float64, burst int) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	b, known := r.buckets[caller]
	if !known {
		b = bucket{tokens: float64(burst), at: now}
	}
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens, b.at = min(float64(burst), b.tokens+passed*rate), now
	}
	wait := time.Duration(0)
	if b.tokens >= 1 {
		b.tokens--
	} else {
		wait = max(time.Millisecond, time.Duration((1-b.tokens)/rate*float64(time.Second)))
	}
	r.buckets[caller] = b
	return wait
}
