package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/outbox"
	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/notices"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/notify"
	notified "github.com/onward-crm/onward/routing/notify/sqlstore"
)

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// openOutbox makes the outbox, which the engine hands sequences to.
func (s *service) openOutbox() (err error) {
	a, book := s.settings.Adapter, &secretBook{settings: s.settings}
	o := outbox.Options{Store: s.store, Ledger: s.ledger, Now: s.Now, Logger: s.log}
	if s.hubspot != nil {
		o.HubSpot = s.hubspot
	}
	if to := env.WriteBackTo(s.settings); s.hubspot != nil && len(to.Names()) > 0 {
		o.WriteBack = &outbox.WriteBack{Contacts: s.hubspot, Properties: to, Portal: s.portal(), Names: s.userNames,
			Later: time.Duration(s.settings.DRI.DelayMinutes)*time.Minute + responsibleMargin}
	}
	for _, text := range a.EndpointNetworks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return exit.Usage(fmt.Errorf("adapter.endpoint_networks: %w", err))
		}
		o.AllowNetworks = append(o.AllowNetworks, network)
	}
	o.Endpoints, o.Sequences = book.endpoints("endpoints", a.Endpoints), book.endpoints("sequences", a.Sequences)
	if err := errors.Join(book.problems...); err != nil {
		return exit.Usage(err)
	}
	if s.outbox, err = outbox.New(o); err != nil {
		return exit.Usage(err)
	}
	return s.checkSequences()
}

// responsibleMargin is how long after their time responsible people are surely known.
const responsibleMargin = 15 * time.Minute

// userNames are the names of users in the CRM, by id.
func (s *service) userNames(ctx context.Context, ids []string) (map[string]string, error) {
	users, err := notify.CRMDirectory{Client: s.client, Names: s.settings.Names}.Users(ctx, ids)
	names := map[string]string{}
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, err
}

// checkWriteBack says at the start what keeps results from being written to HubSpot's
// contacts. They wait until it is mended, for some days; nothing else waits for them.
func (s *service) checkWriteBack(ctx context.Context) {
	if s.hubspot == nil {
		return
	}
	if err := env.CheckWriteBack(ctx, s.hubspot, s.settings); err != nil && ctx.Err() == nil {
		s.log.Warn("results cannot be written back to HubSpot yet: they wait", "error", err)
	}
}

// checkSequences asks for an address of every sequence that a handoff names.
func (s *service) checkSequences() error {
	for i, c := range s.settings.Configurations {
		name := c.Handoff.Sequence
		if name != "" && !slices.ContainsFunc(s.settings.Adapter.Sequences, func(e settings.EndpointRef) bool { return e.Name == name }) {
			return exit.Usage(fmt.Errorf("configurations[%d].handoff.sequence: %q is not among adapter.sequences", i, name))
		}
	}
	return nil
}

// beginSending makes the runner, which works and sends.
func (s *service) beginSending() (err error) {
	a := s.settings.Adapter
	s.runner, err = durable.NewRunner(s.ledger, s.engine, &durable.RunnerOptions{
		Workers: a.Workers, Zone: s.engine.Policy().Zone(), Logger: s.log, Now: s.Now,
		Retention: durable.Retention{Facts: days(a.Retention.FactsDays), Keys: days(a.Retention.DeliveriesDays), Moves: days(a.Retention.MovesDays)},
		Jobs: slices.Concat(s.digestJobs(), s.trackingJobs(), s.rounds.Jobs(), s.sponsors.Jobs(), []durable.Job{
			{Name: "mirror", Every: time.Duration(a.MirrorMinutes) * time.Minute, Run: s.refreshAccounts},
			{Name: "outbox", Every: outboxEvery, Run: func(ctx context.Context) error {
				_, err := s.outbox.Send(ctx)
				return err
			}},
			{Name: "sweep", Every: time.Hour, Run: func(ctx context.Context) error { return s.store.Sweep(ctx, s.Now()) }},
		}),
	})
	if err != nil {
		return exit.Trouble(err)
	}
	return nil
}

// beginTelling makes what tells people of moves, when a channel is configured.
func (s *service) beginTelling(ctx context.Context) error {
	zone, err := time.LoadLocation(s.settings.DRI.TimeZone)
	if err != nil {
		return exit.Usage(fmt.Errorf("dri.time_zone: %w", err))
	}
	sent, err := notified.New(ctx, s.ledger.DB(), s.ledger.Dialect(), &notified.Options{NoMigrate: !s.settings.Adapter.Migrate})
	if err != nil {
		return exit.Database(err)
	}
	var updates func(context.Context, time.Time, time.Time) ([]digest.Update, error)
	if s.settings.Mode == routing.ModeLive { // as notices of them
		updates = dispatch.Updates(s.tracking.Sponsors)
	}
	s.told, err = notices.NewService(notices.ServiceOptions{
		Environ: s.Environ, Records: s.ledger, Directory: notify.CRMDirectory{Client: s.client, Names: s.settings.Names}, Sent: sent, Updates: updates, Sponsors: s.isSponsor,
		Schedule: digest.Schedule{Zone: zone, Hour: digestHour}, BaseURL: s.settings.CRM.Salesforce.Instance, Logger: s.log, Now: s.Now,
	})
	if err != nil && !errors.Is(err, notices.ErrNoChannel) {
		return exit.Usage(err)
	}
	return nil
}

// digestTimeout bounds one run over all digests; it goes on where it was stopped.
const digestTimeout = 30 * time.Minute

func (s *service) digestJobs() []durable.Job {
	if s.told == nil {
		return nil
	}
	return []durable.Job{{Name: "digests", Every: notices.SendEvery, Run: s.told.Send, Timeout: digestTimeout}}
}

// outboxEvery is how often messages are sent; a HubSpot workflow waits for its
// callback.
const outboxEvery = 5 * time.Second

// beginServing makes the HTTP server.
func (s *service) beginServing() error {
	o, err := s.sources()
	if err != nil {
		return exit.Usage(err)
	}
	a, address := s.settings.Adapter, s.listener.Addr().String()
	o.Engine, o.Ledger, o.Store = s.engine, s.ledger, s.store
	o.Logger, o.Now, o.Telemetry, o.Wake = s.log, s.Now, s.telemetry, s.runner.Wake
	o.Promises = s.outbox.Promises
	o.Waiting = s.waitsFor
	if o.PublicURL = strings.TrimSuffix(a.PublicURL, "/"); o.PublicURL == "" {
		o.PublicURL = "http://" + address
	}
	o.Limits = adapter.Limits{InFlight: a.Limits.InFlight, Wait: time.Duration(a.Limits.WaitMillis) * time.Millisecond, Rate: float64(a.Limits.PerSecond), Burst: a.Limits.Burst}
	if s.server, err = adapter.New(o); err != nil {
		return exit.Usage(err)
	}
	s.telemetry.Watch(s.ledger)
	s.http = s.server.HTTPServer(address)
	if s.metricsListener != nil {
		s.beginMetrics()
	}
	return nil
}

// waitsFor is what the work waits for while reports are accepted; "" for nothing.
func (s *service) waitsFor() string {
	if s.reach.org() == nil {
		return "crm"
	}
	return ""
}

// sources are everybody who may send or look.
func (s *service) sources() (adapter.Options, error) {
	var o adapter.Options
	book := &secretBook{settings: s.settings}
	var err error
	if o.Flow, err = book.flow(); err != nil {
		return o, err
	}
	o.HubSpot, o.Feeds = book.hubspot(s.hubspot != nil), book.feeds()
	operators := book.operators()
	if err := errors.Join(book.problems...); err != nil {
		return o, err
	}
	if s.local != nil {
		if operators, err = s.localSources(&o, operators); err != nil {
			return o, err
		}
	}
	if o.Flow == nil && o.HubSpot == nil && len(o.Feeds) == 0 {
		return o, errors.New("nobody may send: want adapter.flow.keys, adapter.hubspot.secrets or adapter.feeds in the configuration, or --localorg to try it")
	}
	if len(operators) > 0 {
		o.Operators = &adapter.OperatorOptions{
			Operators: operators, Policies: policyOf, Pause: s.pause.set, Export: s.ledger.Export,
			Runner: s.workStatus, Endpoints: slices.Concat(s.trackingEndpoints(), s.rounds.Endpoints(), s.sponsors.Endpoints()),
		}
	}
	return o, nil
}

// policyOf reads a configuration that somebody wants to compare with.
func policyOf(yaml []byte) (*routing.Policy, error) {
	other, err := settings.Parse("configuration", yaml, nil)
	if err != nil {
		return nil, err
	}
	return routing.NewPolicy(other.Config)
}

// beginMetrics serves /metrics at an address of its own, and there alone.
func (s *service) beginMetrics() {
	everything := s.http.Handler
	s.http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metrics" {
			http.NotFound(w, r)
			return
		}
		everything.ServeHTTP(w, r)
	})
	mux := http.NewServeMux()
	mux.Handle("/metrics", s.telemetry.Handler())
	s.metrics = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.metrics.Serve(s.metricsListener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("metrics are not served any more", "error", err)
		}
	}()
}
