package memledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Finish ends the work on deliveries; see routing.Ledger. Of a person who is
// forgotten it keeps no notice either.
func (l *Ledger) Finish(ctx context.Context, fs []routing.Finish) ([]error, error) {
	return each(ctx, l, fs, l.finish)
}

func (l *Ledger) finish(f routing.Finish) error {
	r, err := l.fenced(f.Fence)
	if err != nil {
		return err
	}
	if !f.Result.Status.Terminal() {
		return fmt.Errorf("memledger: finish: status %q does not end the work", f.Result.Status)
	}
	l.unkeep(r)
	r.rec.Status, r.rec.Outcome, r.rec.FinishedAt = f.Result.Status, f.Result, f.At
	if f.Result.Status == routing.StatusWaiting {
		r.rec.Failures = 0
		l.requeue(r, f.Due)
	} else {
		r.rec.Due = time.Time{}
		l.fold(r)
	}
	if f.Forget || r.purged {
		l.purge(r)
		return nil
	}
	l.keep(r, f.Result)
	for _, n := range f.Notices {
		l.notify(n)
	}
	return nil
}

// Reopen makes finished deliveries due again; see routing.Ledger. One that is
// being worked on is refused with ErrConflict; one that only waits for its due
// time is due at once.
func (l *Ledger) Reopen(ctx context.Context, o routing.Reopen) ([]error, error) {
	return each(ctx, l, o.Keys, func(key string) error {
		r, ok := l.byKey[key]
		switch {
		case !ok:
			return routing.ErrUnknownKey
		case r.held, len(o.If) > 0 && !slices.Contains(o.If, r.rec.Status):
			return routing.ErrConflict
		}
		l.reopen(r, o)
		return nil
	})
}

func (l *Ledger) reopen(r *row, o routing.Reopen) {
	if !r.unfinished() {
		l.unfold(r)
	}
	l.requeue(r, time.Time{})
	l.unkeep(r)
	r.rec.Status, r.rec.Failures, r.rec.FinishedAt = routing.StatusAccepted, 0, time.Time{}
	if r.purged {
		o.Act = o.Act.Erased()
	}
	r.rec.Acts = append(r.rec.Acts, o.Act)
	if !o.KeepPlan {
		r.rec.Plan, r.rec.Facts = nil, nil
		r.rec.DecidedAt = time.Time{}
	}
}

// Bury stores tombstones and purges what is known of the person; see
// routing.Ledger. What a worker still records for a delivery that is being
// worked on is kept without values, and purged again when it is finished.
func (l *Ledger) Bury(ctx context.Context, tombstones []string) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	defer l.mu.Unlock()
	now := make(map[string]bool, len(tombstones))
	for _, t := range tombstones {
		l.tombstones[t], now[t] = true, true
	}
	for _, r := range l.rows {
		if anyOf(now, r) {
			l.purge(r)
			l.silence(r.rec.Key)
		}
	}
	return nil
}

// purge removes everything personal from a row, and all work on it but the
// claim that is held.
func (l *Ledger) purge(r *row) {
	l.unkeep(r)
	r.purge()
}

// silence drops the notices of a delivery that were not sent yet.
func (l *Ledger) silence(key string) {
	l.unsent = slices.DeleteFunc(l.unsent, func(n routing.Notice) bool { return n.Delivery == key })
}

// notify stores a notice once, behind all that are as old as it is.
func (l *Ledger) notify(n routing.Notice) {
	if l.noticed[n.ID] {
		return
	}
	l.noticed[n.ID] = true
	i := len(l.unsent)
	for i > 0 && l.unsent[i-1].At.After(n.At) {
		i--
	}
	l.unsent = slices.Insert(l.unsent, i, n)
}

// Notices returns at most n notices that were not sent yet, oldest first.
func (l *Ledger) Notices(ctx context.Context, n int) ([]routing.Notice, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	return slices.Clone(l.unsent[:min(max(n, 0), len(l.unsent))]), nil
}

// Sent marks notices as sent; ids that are not known are ignored.
func (l *Ledger) Sent(ctx context.Context, ids []string) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	defer l.mu.Unlock()
	sent := make(map[string]bool, len(ids))
	for _, id := range ids {
		sent[id] = true
	}
	l.unsent = slices.DeleteFunc(l.unsent, func(n routing.Notice) bool { return sent[n.ID] })
	return nil
}
