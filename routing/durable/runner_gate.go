package durable

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// firstPause is how long work rests after a first trouble; it doubles with each
	// further one up to maxPause.
	firstPause = time.Second
	maxPause   = 210 * time.Second
	// calm is how long after the last trouble it is forgotten, even when nothing was
	// there to be done since.
	calm = 10 * time.Minute
)

// gate keeps work away from a CRM or a ledger in trouble: while it is closed
// nobody gets through, and when it opens after trouble one alone goes first. Safe
// for concurrent use.
type gate struct {
	mu       sync.Mutex
	failures int
	until    time.Time
	last     time.Time
	err      error
	probing  bool
}

// enter asks to work now; wait says when to ask again if the answer is no. Whoever
// entered has to leave.
func (g *gate) enter(now time.Time) (entered bool, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.failures == 0:
		return true, 0
	case now.Before(g.until):
		return false, g.until.Sub(now)
	case g.probing:
		return false, firstPause
	}
	g.probing = true
	return true, 0
}

// leave tells how it went: done counts what was finished. Nothing done without
// trouble says nothing about whether the trouble is over.
func (g *gate) leave(now time.Time, done int, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probing = false
	if done > 0 || now.Sub(g.last) > calm {
		g.failures, g.err, g.until = 0, nil, time.Time{}
	}
	if err == nil {
		return
	}
	g.failures++
	g.last, g.err = now, err
	g.until = now.Add(pause(g.failures))
}

// state is how often work has failed in a row, why, and when it is tried again.
func (g *gate) state() (failures int, err error, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failures, g.err, g.until
}

// pause is the rest after so many failures, with up to a tenth taken off so that
// many processes do not come back together.
func pause(failures int) time.Duration {
	d := maxPause
	if shift := failures - 1; shift < 8 {
		d = min(firstPause<<shift, maxPause)
	}
	return d - rand.N(d/10)
}
