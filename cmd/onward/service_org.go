package main

import (
	"context"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm/salesforce"
)

// Between two attempts to reach the org.
const (
	firstRest   = 2 * time.Second
	longestRest = time.Minute
)

// org is the org that was reached; nil before.
func (r *reach) org() *salesforce.Org {
	if r == nil || r.at.Load() == nil {
		return nil
	}
	return r.at.Load().org
}

// connect logs in, checks the configuration against the org, and reads the accounts.
// An org for practice may lend its first user as the default; first says that the
// engine is not made yet.
func (s *service) connect(ctx context.Context, first bool) error {
	w := &world{settings: s.settings, now: s.Now}
	if err := w.dial(ctx, s.log); err != nil {
		return err
	}
	if first {
		if err := s.fillOpen(ctx, w); err != nil {
			return err
		}
	} else {
		w.attach()
	}
	if err := w.settings.Check(); err != nil {
		return exit.Usage(err)
	}
	if err := w.fit(ctx); err != nil {
		return err
	}
	s.mirror.Store(w.mirror)
	s.reach.at.Store(&reached{driver: w.org, org: w.org, accounts: w.accounts})
	return nil
}

// fillOpen fills in what the configuration leaves open, and says so: a log gets the
// id of a user and no name.
func (s *service) fillOpen(ctx context.Context, w *world) error {
	before := w.settings
	if _, err := w.fillDefaults(ctx); err != nil {
		return err
	}
	if id := w.settings.Owners.Default; id != before.Owners.Default {
		s.log.Info("not configured: taking the first active user", "key", "owners.default", "user", id)
	}
	if id := w.settings.DRI.Default; id != before.DRI.Default {
		s.log.Info("not configured: taking the first active user", "key", "dri.default", "user", id)
	}
	s.settings = w.settings
	return nil
}

// keepReaching tries again to reach an org that was away at the start, until the
// service ends.
func (s *service) keepReaching(ctx context.Context) {
	for rest := firstRest; s.reach.org() == nil; rest = min(2*rest, longestRest) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
		if err := s.connect(ctx, false); err != nil {
			s.log.Warn("the org cannot be used yet: reports wait", "error", err)
			continue
		}
		s.log.Info("the org was reached")
		s.runner.Wake()
	}
}

// refreshAccounts keeps the mirror in step with the org.
func (s *service) refreshAccounts(ctx context.Context) error {
	m := s.mirror.Load()
	if m == nil {
		return nil
	}
	if _, err := m.Refresh(ctx); err != nil {
		return err
	}
	return m.Save()
}
