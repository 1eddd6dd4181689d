package rounds

import (
	"context"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Metered is a run at a provider that costs credits: it spends at most what it was
// opened with, and tells how much that was.
type Metered interface {
	tracking.Provider
	Spent() int
}

// Meter is a provider that spends at most so many credits in a month, counted in a
// Store, by all processes together. Credits are set aside before they are spent, so
// that the limit holds whatever dies; what a process had set aside when it died counts
// as spent. Safe for concurrent use.
type Meter struct {
	// ID is the provider's name, PerMonth the greatest number of credits in a calendar
	// month in UTC. Open begins a run.
	ID       string
	PerMonth int
	Open     func(credits int) Metered
	Store    Store
	// Now is the clock.
	Now func() time.Time
}

var _ tracking.Provider = (*Meter)(nil)

// Name is the provider's.
func (m *Meter) Name() string { return m.ID }

// meterWork is the name under which the credits of a month are counted.
func (m *Meter) meterWork() string { return "credits/" + m.ID + "/" + m.Now().UTC().Format("2006-01") }

// Spent are the credits of this month so far.
func (m *Meter) Spent(ctx context.Context) (int, error) {
	works, err := m.Store.Works(ctx)
	for _, w := range works {
		if w.Name == m.meterWork() {
			return w.Count, err
		}
	}
	return 0, err
}

// Refresh looks people up, as far as credits go.
func (m *Meter) Refresh(ctx context.Context, people []tracking.Person) (out tracking.Refreshed, err error) {
	err = m.within(ctx, len(people), func(p tracking.Provider) error {
		out, err = p.Refresh(ctx, people)
		return err
	})
	return out, err
}

// Find looks for people, as far as credits go.
func (m *Meter) Find(ctx context.Context, at matching.Company, persona tracking.Persona, limit int) (out tracking.Found, err error) {
	err = m.within(ctx, limit, func(p tracking.Provider) error {
		out, err = p.Find(ctx, at, persona, limit)
		return err
	})
	return out, err
}

// within sets credits aside, and gives back those that were not spent.
func (m *Meter) within(ctx context.Context, want int, ask func(tracking.Provider) error) error {
	aside := 0
	month := m.meterWork()
	if err := m.Store.Change(ctx, month, func(w Work) (Work, error) {
		aside = max(min(want, m.PerMonth-w.Count), 0)
		w.Count += aside
		return w, nil
	}); err != nil {
		return m.trouble(err)
	}
	run := m.Open(aside)
	asked := ask(run)
	if err := m.Store.Change(context.WithoutCancel(ctx), month, func(w Work) (Work, error) {
		w.Count -= aside - run.Spent()
		return w, nil
	}); err != nil && asked == nil {
		return m.trouble(err)
	}
	return asked
}

// trouble is a failure of our own store, in a provider's words.
func (m *Meter) trouble(err error) error {
	return &tracking.ProviderError{Provider: m.ID, Op: "credits", Class: tracking.ErrBroken, Code: "credits are not counted", Err: err}
}
