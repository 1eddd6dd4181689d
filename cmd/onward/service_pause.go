package main

import (
	"context"
	"sync"
	"time"

	"github.com/onward-crm/onward/routing/durable"
)

// pauseEvery is how often the switch is looked at.
const pauseEvery = 2 * time.Second

// pauseSwitch keeps the runner in step with the switch in the store, which outlives
// the process: a pause survives a restart, and holds for every process on the
// database, whichever of them was told.
type pauseSwitch struct {
	paused func(context.Context) (bool, error)
	apply  func(paused bool)

	mu sync.Mutex
	on bool
}

// follow reads the switch.
func (p *pauseSwitch) follow(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	on, err := p.paused(ctx)
	if err == nil && on != p.on {
		p.on = on
		p.apply(on)
	}
	return err
}

// set is told of an operator's act, after the store.
func (p *pauseSwitch) set(paused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.on = paused
	p.apply(paused)
}

// keepPaused follows the switch until the service ends. What cannot be read is read
// the next time: the ledger is then away as well, and nothing is claimed.
func (s *service) keepPaused(ctx context.Context) {
	ticker := time.NewTicker(pauseEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = s.pause.follow(ctx)
		}
	}
}

// workStatus is what operators are told of the work.
type workStatus struct {
	durable.RunnerStatus
	// Org tells whether the org was reached since the start.
	Org bool `json:"org_reached"`
}

func (s *service) workStatus() any {
	return workStatus{RunnerStatus: s.runner.Status(), Org: s.reach.org() != nil}
}
