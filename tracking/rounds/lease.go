package rounds

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// targetWork is the name of the work on watched accounts: searching and choosing keep
// out of each other's way.
const targetWork = "targets"

// ErrHeld: another process is at it.
var ErrHeld = errors.New("rounds: another process is at it")

// ErrCut: a provider could not go on; what follows does, from where it stopped. The reason
// is wrapped beside it.
var ErrCut = errors.New("rounds: cut short")

// hold is a piece of work that this process does.
type hold struct {
	*Rounds
	name  string
	fence int64
	// last is when it was done last.
	last time.Time
}

// take takes work that nobody is at; ErrHeld when somebody is.
func (r *Rounds) take(ctx context.Context, name string) (*hold, error) {
	h := &hold{Rounds: r, name: name}
	err := r.deps.Store.Change(ctx, name, func(w Work) (Work, error) {
		now := r.tick()
		if now.Before(w.Scan.LeaseUntil) {
			return w, ErrHeld
		}
		h.last = w.Scan.Last
		w.Scan.Relationship, w.Scan.Began, w.Scan.LeaseUntil = "", now, now.Add(r.opt.Lease)
		w.Scan.Fence++
		h.fence = w.Scan.Fence
		return w, nil
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// renew tells that the work is still under way; ErrLost when another one took over.
func (h *hold) renew(ctx context.Context) error {
	return h.step(ctx, func(s tracking.Scan) (tracking.Scan, tracking.ScanReason) {
		return s.Renew(h.fence, h.tick(), h.opt.Lease)
	})
}

// release gives the work back; done tells that it was completed.
func (h *hold) release(ctx context.Context, done bool) error {
	return h.step(context.WithoutCancel(ctx), func(s tracking.Scan) (tracking.Scan, tracking.ScanReason) { return s.Finish(h.fence, done) })
}

func (h *hold) step(ctx context.Context, step func(tracking.Scan) (tracking.Scan, tracking.ScanReason)) error {
	return h.deps.Store.Change(ctx, h.name, func(w Work) (Work, error) {
		next, why := step(w.Scan)
		if why != "" {
			return w, ErrLost
		}
		w.Scan = next
		return w, nil
	})
}
