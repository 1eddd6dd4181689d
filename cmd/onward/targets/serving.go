package targets

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/adapter"
	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/spotter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
)

// What rounds may take, and how often a search that was cut short is gone on with.
const (
	continueEvery = time.Hour
	roundTimeout  = 6 * time.Hour
	// followEvery is how often a process takes up what another one has read.
	followEvery = time.Minute
)

// Serving is the part of onward serve that makes rounds.
type Serving struct {
	*rounds.Rounds
	settings settings.Settings
	store    rounds.Store
	log      *slog.Logger
	// relationships gives those that people are tracked under.
	relationships func(context.Context) ([]tracking.Relationship, error)
}

// Serve makes rounds of o whose finds go to the ledger; o.Router and o.Erased are made
// here. accepted is called when something was handed on. What was read of the reports
// before is taken up. Its errors have exit codes, but for the database's.
func Serve(ctx context.Context, o ServiceOptions, ledger routing.Ledger, accepted func()) (*Serving, error) {
	secret := []byte(o.Settings.Secret)
	o.Router = spotter.New(spotter.Inbox{Ledger: ledger, Secret: secret, Now: o.Now}, &spotter.Options{Profile: o.Profile, Now: o.Now, Accepted: accepted})
	o.Erased = spotter.Erased(ledger, secret)
	r, err := NewService(o)
	if err != nil {
		return nil, err
	}
	return &Serving{Rounds: r, settings: o.Settings, store: o.Store, log: o.Logger, relationships: o.Relationships}, r.LoadBook(ctx)
}

// Jobs are the nightly round, and going on with what providers cut short. People are
// looked after when their relationship is due: that is Scan, for another job.
func (s *Serving) Jobs() []durable.Job {
	var jobs []durable.Job
	if len(s.settings.Targets.Reports) > 0 {
		jobs = append(jobs, durable.Job{Name: "targets", At: s.settings.Targets.At, Timeout: roundTimeout, Run: s.night})
	}
	if s.settings.Providers.Any() {
		jobs = append(jobs, durable.Job{Name: "rounds", Every: continueEvery, Timeout: roundTimeout, Run: s.goOn})
	}
	return jobs
}

// night makes the nightly round. A provider that was cut short is gone on with later.
func (s *Serving) night(ctx context.Context) error {
	out, err := watched.Run(ctx, s.Rounds)
	for _, r := range out.Reports {
		if r.Trouble != "" {
			s.log.Warn("a report of watched accounts could not be read: the accounts of before stay", "report", r.ID, "error", r.Trouble)
		}
	}
	s.sayWaiting(out.Searched)
	return err
}

// goOn goes on with searches and with passes over relationships.
func (s *Serving) goOn(ctx context.Context) error {
	out, err := s.Continue(ctx)
	s.sayWaiting(out)
	if errors.Is(err, rounds.ErrCut) || errors.Is(err, rounds.ErrHeld) {
		err = nil
	}
	rels, failed := s.relationships(ctx)
	if failed != nil {
		return errors.Join(err, failed)
	}
	return errors.Join(err, s.ContinueRefresh(ctx, rels))
}

func (s *Serving) sayWaiting(out rounds.Searched) {
	for provider, why := range out.Waiting { // any order: a line each
		s.log.Warn("a search of watched accounts was cut short, and goes on later", "provider", provider, "error", why)
	}
}

// Follow takes up what other processes read of the reports, until the context ends.
func (s *Serving) Follow(ctx context.Context) {
	if len(s.settings.Targets.Reports) == 0 {
		return
	}
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.LoadBook(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("watched accounts stay as they were", "error", err)
		}
	}
}

// Endpoints are the operator's addresses for watched accounts.
func (s *Serving) Endpoints() []adapter.OperatorEndpoint {
	return watched.Endpoints(watched.Options{Rounds: s.Rounds, Store: s.store, Personas: s.settings.Personas})
}
