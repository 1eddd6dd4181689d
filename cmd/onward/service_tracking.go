package main

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/onward-crm/onward/adapter"
	tracked "github.com/onward-crm/onward/adapter/contacts"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/sponsors"
	"github.com/onward-crm/onward/cmd/onward/targets"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/spotter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/importfile"
)

// trialSecret stands in for ONWARD_SECRET in a service for trying, whose people are
// invented.
const trialSecret = "onward serve --localorg"

// Lists may be long, and reports may be run only so often in an hour.
const (
	contactsEvery   = time.Hour
	contactsTimeout = 6 * time.Hour
	championsEvery  = time.Hour
	churnEvery      = 24 * time.Hour
)

// openTracking makes the service of tracked contacts, and lets the configuration rank the
// relationships where it does.
func (s *service) openTracking(ctx context.Context) (err error) {
	secret := string(s.settings.Secret)
	if secret == "" {
		secret = trialSecret // checkSecret has seen to it that nothing but invented people is there
	}
	s.contacts, err = track.NewService(track.ServiceOptions{
		Store: s.tracking.Contacts, Open: s.lists().Open, Secret: secret, Logger: s.log, Now: s.Now,
	})
	if err != nil {
		return err
	}
	t := s.settings.Tracking
	changed, err := track.Align(ctx, s.contacts, s.tracking.Contacts, t)
	if errors.Is(err, tracking.ErrConfig) {
		return exit.Usage(err)
	}
	if err == nil {
		err = s.contacts.SetChampionAdmin(ctx, t.Champions.Admin)
	}
	if changed {
		s.log.Info("the relationships are now those of the configuration")
	}
	return exit.Database(err)
}

// lists are where imports are read from.
func (s *service) lists() track.Sources {
	return track.Sources{
		Names: s.settings.Names, Portal: track.Portal(s.settings),
		CRM: func(context.Context) (track.Reader, error) { return s.client, nil },
		Org: func(context.Context) (*salesforce.Org, error) {
			if org := s.reach.org(); org != nil {
				return org, nil
			}
			return nil, notReached("report")
		},
		HubSpot: func(context.Context) (*hubspot.Client, error) {
			if s.hubspot == nil {
				return nil, errors.New("no HubSpot account is configured: want adapter.hubspot.token_env or adapter.hubspot.oauth")
			}
			return s.hubspot, nil
		},
	}
}

// trackingJobs look after tracked contacts: relationships that are due, and the weekly
// look at missing champions.
func (s *service) trackingJobs() []durable.Job {
	jobs := []durable.Job{{Name: "contacts", Every: contactsEvery, Timeout: contactsTimeout, Run: func(ctx context.Context) error {
		_, err := s.contacts.RunDue(ctx, s.lookAfter)
		return err
	}}}
	if s.told != nil {
		watch := track.ChurnWatch{
			Ledger: s.ledger, Rule: s.settings.Tracking.Churn, Alerts: s.told.Alerts, BaseURL: s.settings.CRM.Salesforce.Instance, Now: s.Now,
		}
		jobs = append(jobs, durable.Job{Name: "churn", Every: churnEvery, Timeout: contactsTimeout, Run: watch.Look})
	}
	switch {
	case s.settings.Tracking.Champions.Admin == "":
	case s.told == nil:
		s.log.Warn("nobody hears of missing champions: no channel is configured", "key", "tracking.champions.admin")
	default:
		watch := track.ChampionWatch{
			Contacts: s.contacts, Source: s.champions(), Alerts: s.told.Alerts, BaseURL: s.settings.CRM.Salesforce.Instance, Now: s.Now,
		}
		jobs = append(jobs, durable.Job{Name: "champions", Every: championsEvery, Timeout: contactsTimeout, Run: watch.Look})
	}
	return jobs
}

// lookAfter is what is done for the people of a relationship that is due, once its lists
// were read again: providers are asked where they are.
func (s *service) lookAfter(ctx context.Context, r tracking.Relationship, renew func() error) error {
	return s.rounds.Scan(ctx, r, renew)
}

// openRounds makes the rounds over tracked people and watched accounts.
func (s *service) openRounds(ctx context.Context) error {
	profile, err := s.settings.Matching.AsProfile()
	if err != nil {
		return exit.Usage(err)
	}
	s.rounds, err = targets.Serve(ctx, targets.ServiceOptions{
		Settings: s.settings, Store: s.tracking.Rounds, People: s.contacts, Org: s.lists().Org, Accounts: s.reach, Profile: profile, Logger: s.log, Now: s.Now,
		Relationships: func(ctx context.Context) ([]tracking.Relationship, error) {
			state, err := s.tracking.Contacts.State(ctx)
			return state.Relationships, err
		},
	}, s.ledger, func() { s.runner.Wake() })
	if _, ok := errors.AsType[*exit.Failure](err); ok {
		return err
	}
	return exit.Database(err)
}

// champions is the source of missing champions, as imports stand when it is read.
func (s *service) champions() contacts.Source {
	return sourceFunc(func(ctx context.Context, yield func(tracking.Row, error) bool) {
		imp, err := track.AutomaticImport(ctx, s.tracking.Contacts, s.settings.Tracking)
		var src contacts.Source
		if err == nil {
			src, err = s.lists().Open(ctx, imp)
		}
		if err != nil {
			yield(tracking.Row{}, err)
			return
		}
		src.Rows(ctx)(yield)
	})
}

// sourceFunc is a source that is opened when it is read.
type sourceFunc func(context.Context, func(tracking.Row, error) bool)

// Rows reads it.
func (f sourceFunc) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) { f(ctx, yield) }
}

// takeList counts or takes in a list that was set up.
func (s *service) takeList(ctx context.Context, id string, activate bool) (contacts.Report, error) {
	l := track.Lists{Contacts: s.contacts, Store: s.tracking.Contacts, Settings: s.settings.Tracking, Sources: s.lists()}
	r, err := l.Take(ctx, id, activate)
	switch {
	case errors.Is(err, track.ErrNoImport):
		err = tracked.ErrNoImport
	case errors.Is(err, importfile.ErrFile):
		err = &tracking.ConfigError{Field: "import", Text: err.Error()}
	}
	return r, err
}

// trackingEndpoints are the operator's addresses for tracked contacts.
func (s *service) trackingEndpoints() []adapter.OperatorEndpoint {
	return tracked.Endpoints(tracked.Options{
		Service: s.contacts, Champions: s.champions(), Ranked: len(s.settings.Tracking.Relationships) > 0, Now: s.Now,
		Import: s.takeList,
		Churn: func(ctx context.Context) ([]tracking.ChurnAlert, error) {
			return track.ChurnAlerts(ctx, s.ledger, s.settings.Tracking.Churn, s.Now())
		},
		Deliveries: func(ctx context.Context) ([]tracking.Delivery, error) {
			return track.Deliveries(ctx, s.ledger, s.client, s.Now())
		},
	})
}

// isSponsor tells whether one of the keys names a sponsor.
func (s *service) isSponsor(ctx context.Context, keys []string) (bool, error) {
	known, err := s.tracking.Sponsors.Known(ctx, keys)
	return len(known) > 0, err
}

// beginSponsors makes what follows sponsors.
func (s *service) beginSponsors(heard *dispatch.Listener) (err error) {
	providers, err := targets.ServiceOptions{Settings: s.settings, Store: s.tracking.Rounds, Logger: s.log, Now: s.Now}.Providers()
	if err != nil {
		return err
	}
	o := sponsors.ServiceOptions{
		Settings: s.settings, Providers: providers, Store: s.tracking.Sponsors, Client: s.client, Engine: s.engine, Listener: heard,
		Paused: s.store.Paused, Accepted: func() { s.runner.Wake() }, Logger: s.log, Now: s.Now,
		Erased: spotter.Erased(s.ledger, []byte(s.settings.Secret)),
	}
	if s.told != nil {
		o.News = s.told.News
	}
	s.sponsors, err = sponsors.NewService(o)
	return err
}
