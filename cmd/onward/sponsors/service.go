package sponsors

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/adapter"
	operator "github.com/onward-crm/onward/adapter/sponsors"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// How often a service works on sponsors and sends what they owe, and how long that may
// take; what is left is done the next time.
const (
	WorkEvery   = 5 * time.Minute
	SendEvery   = time.Minute
	workTimeout = time.Hour
	sendTimeout = 10 * time.Minute
)

// ServiceOptions are what a service works with.
type ServiceOptions struct {
	Settings settings.Settings
	Store    sponsor.Store
	// Client is the CRM, Engine takes moves.
	Client *crm.Client
	Engine dispatch.Acceptor
	// Providers know where people are; without any, nobody is found, and what a webhook
	// or feed reports is all there is.
	Providers []tracking.Provider
	// Listener hears what other sources report; nil for none.
	Listener *dispatch.Listener
	// Erased tells who asked to be forgotten; see sponsor.Deps.
	Erased func(ctx context.Context, people []tracking.Person) ([]bool, error)
	// News tells the owners; nil tells nobody.
	News dispatch.Teller
	// Paused tells that the work is stopped: nothing is sent then. Accepted is called when
	// moves were accepted.
	Paused   func(context.Context) (bool, error)
	Accepted func()
	Logger   *slog.Logger
	Now      func() time.Time
}

// Service is the part of a running service that follows sponsors.
type Service struct {
	desk *sponsor.Desk
	opt  ServiceOptions
}

// NewService makes one. Its errors have exit codes.
func NewService(o ServiceOptions) (*Service, error) {
	if err := o.Settings.CheckSponsors(); err != nil {
		return nil, exit.Usage(err)
	}
	sender, err := dispatch.New(dispatch.Options{
		Engine: o.Engine, CRM: sponsor.NewCRMSender(o.Client, o.Settings.Names), News: o.News, Mode: o.Settings.Mode, Accepted: o.Accepted,
	})
	if err != nil {
		return nil, exit.Usage(err)
	}
	desk, err := sponsor.NewDesk(o.Settings.SponsorRules(), sponsor.Deps{
		Store: o.Store, Provider: sponsor.NewProvider(o.Providers...), Sender: sender,
		Records: sponsor.CRMRecords{Client: o.Client, LocationField: o.Settings.Sponsors.Fields[sponsor.Location]},
		Erased:  o.Erased,
	}, &sponsor.Options{Logger: o.Logger, Now: o.Now})
	if err != nil {
		return nil, exit.Usage(err)
	}
	return &Service{desk: desk, opt: o}, nil
}

// Desk is where people work on sponsors.
func (s *Service) Desk() *sponsor.Desk { return s.desk }

// Jobs are the schedules: work on what is due, and send what is owed.
func (s *Service) Jobs() []durable.Job {
	return []durable.Job{
		{Name: "sponsors", Every: WorkEvery, Timeout: workTimeout, Run: s.Work},
		{Name: "sponsor_effects", Every: SendEvery, Timeout: sendTimeout, Run: s.Send},
	}
}

// Work takes up what other sources have reported, and then does what is due.
func (s *Service) Work(ctx context.Context) error {
	var heard error
	if s.opt.Listener != nil {
		_, heard = s.opt.Listener.HandOn(ctx, s.desk)
	}
	r, err := s.desk.Work(ctx)
	if r != (sponsor.WorkReport{}) {
		s.opt.Logger.Info("sponsors", "searched", r.Searched, "found", r.Found, "refreshed", r.Refreshed, "updates", r.Updates,
			"disabled", r.Disabled, "failed", r.Failed, "limited", r.Limited)
	}
	return errors.Join(heard, err)
}

// Send sends what is owed, unless the work is stopped.
func (s *Service) Send(ctx context.Context) error {
	if s.opt.Paused != nil {
		if paused, err := s.opt.Paused(ctx); err != nil || paused {
			return err
		}
	}
	_, err := s.desk.Send(ctx)
	return err
}

// Endpoints are those of the operator's part.
func (s *Service) Endpoints() []adapter.OperatorEndpoint {
	o := operator.Options{Desk: s.desk}
	if rules := s.opt.Settings.Sponsors.KeyAccounts; len(rules) > 0 {
		o.KeyAccounts = func(ctx context.Context) ([]sponsor.KeyAccount, error) { return KeyAccounts(ctx, s.opt.Client, rules) }
	}
	return operator.Endpoints(o)
}
