package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/outbox"
	"github.com/onward-crm/onward/adapter/sqlstore"
	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/notices"
	"github.com/onward-crm/onward/cmd/onward/sponsors"
	"github.com/onward-crm/onward/cmd/onward/targets"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// service is everything that onward serve runs.
type service struct {
	*program
	log      *slog.Logger
	settings settings.Settings
	// local is the org of --localorg; nil for a real one.
	local *localService

	reach  *reach
	client *crm.Client
	// mirror is there once the org was reached, and accounts are mirrored.
	mirror   atomic.Pointer[mirror.Mirror]
	hubspot  *hubspot.Client
	ledger   *durable.Ledger
	store    *sqlstore.Store
	tracking env.Stores
	contacts *contacts.Service
	// rounds looks after tracked people and watched accounts, sponsors after sponsors.
	rounds    *targets.Serving
	sponsors  *sponsors.Service
	telemetry *adapter.Telemetry
	engine    *routing.Engine
	server    *adapter.Server
	outbox    *outbox.Outbox
	// told tells people of moves; nil when no channel is configured.
	told    *notices.Service
	runner  *durable.Runner
	pause   *pauseSwitch
	http    *http.Server
	metrics *http.Server
	// listener and metricsListener are the addresses; the second may be nil.
	listener, metricsListener net.Listener
	// halt ends what runs beside the server, beside waits for it.
	halt   context.CancelFunc
	beside sync.WaitGroup
}

// configure reads the settings and lays the flags over them.
func (s *service) configure(f serveFlags) (err error) {
	if s.settings, err = settings.Load(f.config, s.Environ); err != nil {
		return exit.Usage(err)
	}
	if f.listen != "" {
		s.settings.Adapter.Listen = f.listen
	}
	if f.database != "" {
		s.settings.Adapter.Database = f.database
	}
	if err := s.settings.CheckAdapter(); err != nil {
		return exit.Usage(err)
	}
	if f.localOrg {
		if !loopback(s.settings.Adapter.Listen) {
			return exit.Usage(fmt.Errorf("--localorg listens on this machine alone, not at %s: its keys are known to everybody", s.settings.Adapter.Listen))
		}
	} else if s.settings.CRM.Driver != settings.DriverSalesforce {
		return exit.Usage(errors.New("which org? want crm.driver salesforce in the configuration (ONWARD_CRM_DRIVER), or --localorg to try it"))
	}
	if s.settings.Adapter.PublicURL == "" && !loopback(s.settings.Adapter.Listen) {
		return exit.Usage(errors.New("adapter.public_url (ONWARD_PUBLIC_URL): want the address by which senders reach it, such as https://hooks.example.com"))
	}
	return s.checkSecret(f.localOrg)
}

// leastSecret is the length of the shortest ONWARD_SECRET, in bytes.
const leastSecret = 16

// checkSecret demands the key of the ledger's hashes: without it whoever has the
// database can find out who was erased. A ledger for trying may do without.
func (s *service) checkSecret(trying bool) error {
	switch n := len(s.settings.Secret); {
	case n == 0 && !trying:
		return exit.Usage(errors.New("ONWARD_SECRET is not set: want the key of the ledger's hashes, the same for the ledger's whole life (openssl rand -hex 32)"))
	case n > 0 && n < leastSecret:
		return exit.Usage(fmt.Errorf("ONWARD_SECRET has fewer than %d bytes (openssl rand -hex 32)", leastSecret))
	}
	return nil
}

// open opens the database, and reaches for the org for the first time. An org that is
// away is no error: it is tried again. One that refuses is.
func (s *service) open(ctx context.Context) error {
	s.reach = &reach{}
	if err := s.openLedger(ctx); err != nil {
		return err
	}
	if err := s.openHubSpot(ctx); err != nil {
		return err
	}
	first, done := context.WithTimeout(ctx, firstPatience)
	defer done()
	err := s.connect(first, true)
	if err == nil {
		return nil
	}
	if ctx.Err() != nil || !crm.Retryable(err) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.log.Warn("the org is away: reports are accepted and wait", "error", err)
	if err := s.settings.Check(); err != nil {
		return exit.Usage(err)
	}
	return nil
}

// firstPatience is how long the start waits for the org.
const firstPatience = 30 * time.Second

func (s *service) openLedger(ctx context.Context) (err error) {
	a := s.settings.Adapter
	s.ledger, err = durable.Open(ctx, a.Database, &durable.Options{NoMigrate: !a.Migrate, Logger: s.log, Now: s.Now})
	if err == nil {
		o := &sqlstore.Options{Key: []byte(s.settings.Secret), NoMigrate: !a.Migrate}
		s.store, err = sqlstore.New(ctx, s.ledger.DB(), s.ledger.Dialect(), o)
	}
	if err != nil {
		return exit.Database(err)
	}
	s.tracking, err = env.OpenStores(ctx, s.ledger, a.Migrate)
	return err
}

// openHubSpot makes the client of the HubSpot account. A service for trying may do
// without the token that the configuration names.
func (s *service) openHubSpot(ctx context.Context) (err error) {
	h := s.settings.Adapter.HubSpot
	if s.local != nil && !h.OAuth.Given() && s.settings.Held(h.TokenEnv) == "" {
		return nil
	}
	s.hubspot, err = env.OpenHubSpot(ctx, s.settings, &env.Dialing{Now: s.Now, Logger: s.log})
	return err
}

// begin makes everything that works, and starts it.
func (s *service) begin(ctx context.Context) (err error) {
	s.telemetry, err = adapter.NewTelemetry(&adapter.TelemetryOptions{Limits: s.limits, MirrorAge: s.mirrorAge, Outbox: s.owed, Now: s.Now})
	if err != nil {
		return exit.Trouble(err)
	}
	s.client = crm.NewClient(adapter.ObserveDriver(s.reach, s.telemetry), &crm.ClientOptions{Logger: s.log})
	if err := s.openOutbox(); err != nil {
		return err
	}
	if err := s.openTracking(ctx); err != nil {
		return err
	}
	if err := s.openRounds(ctx); err != nil {
		return err
	}
	if err := s.beginTelling(ctx); err != nil {
		return err
	}
	if err := s.beginEngine(); err != nil {
		return err
	}
	if err := s.beginSending(); err != nil {
		return err
	}
	s.pause = &pauseSwitch{paused: s.store.Paused, apply: s.runner.Pause}
	if err := s.pause.follow(ctx); err != nil {
		return exit.Database(err)
	}
	if err := s.beginServing(); err != nil {
		return err
	}
	if err := s.runner.Start(ctx); err != nil {
		return exit.Trouble(err)
	}
	beside, halt := context.WithCancel(context.WithoutCancel(ctx))
	s.halt = halt
	s.beside.Go(func() { s.checkWriteBack(beside) })
	s.beside.Go(func() { s.keepReaching(beside) })
	s.beside.Go(func() { s.keepPaused(beside) })
	s.beside.Go(func() { s.rounds.Follow(beside) })
	return nil
}

// beginEngine makes the engine of all that was opened, and what hears it.
func (s *service) beginEngine() (err error) {
	heard := dispatch.NewListener(s.telemetry)
	deps := routing.Deps{
		CRM: s.client, Ledger: s.ledger, Accounts: s.reach, Flow: s.reach, Observer: heard,
		Sequences: s.outbox, Targets: s.rounds, Relationships: s.contacts,
	}
	// Without a token nothing is fetched, but an erasure needs no look at the contact.
	deps.Completer = adapter.NewCompleter(nil, nil)
	if s.hubspot != nil {
		deps.Completer = adapter.NewCompleter(s.hubspot, &adapter.CompleterOptions{Portal: s.portal()})
		if s.settings.Mode == routing.ModeLive {
			deps.Ledger = s.outbox.Follow(s.ledger)
		}
	}
	if s.told != nil {
		deps.Notifier = s.told.Notifier
	}
	if deps.Forgetters, err = track.Forgetters(s.contacts, s.tracking.Sponsors, &sponsor.Options{Logger: s.log, Now: s.Now}); err != nil {
		return err
	}
	deps.Forgetters = append(deps.Forgetters, s.rounds)
	s.engine, err = routing.New(s.settings.Config, deps, &routing.Options{Logger: s.log, Now: s.Now, Secret: []byte(s.settings.Secret)})
	if err != nil {
		return exit.Usage(err)
	}
	return s.beginSponsors(heard)
}

// portal is the HubSpot account that the token reads: the first that is configured.
func (s *service) portal() string {
	if ids := s.settings.Adapter.HubSpot.Portals; len(ids) > 0 {
		return strconv.Itoa(ids[0])
	}
	return ""
}

// limits are the org's API calls of the day: used, and allowed.
func (s *service) limits() (used, most int) {
	if at := s.reach.at.Load(); at != nil {
		u := at.org.Usage()
		return u.Used, u.Max
	}
	return 0, 0
}

// owed are the messages that were promised and not sent yet; a store that does not
// answer is told of elsewhere.
func (s *service) owed() (n int, oldest time.Time) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	n, oldest, _ = s.store.Backlog(ctx)
	return n, oldest
}

func (s *service) mirrorAge() time.Duration {
	if m := s.mirror.Load(); m != nil {
		return s.Now().Sub(m.Freshness())
	}
	return 0
}

// serviceLog writes JSON lines, as log collectors want them.
func (p *program) serviceLog() *slog.Logger {
	return slog.New(slog.NewJSONHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// loopback reports whether an address is reached from this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// close lets go of everything, the latest first.
func (s *service) close() error {
	if s.halt != nil {
		s.halt()
		s.beside.Wait()
	}
	var errs []error
	if s.metrics != nil { // before its listener, which it would miss
		errs = append(errs, s.metrics.Close())
	}
	for _, l := range []net.Listener{s.listener, s.metricsListener} {
		if l != nil {
			_ = l.Close() // the servers have closed theirs already
		}
	}
	if m := s.mirror.Load(); m != nil {
		errs = append(errs, m.Save())
	}
	if at := s.reach.org(); at != nil {
		errs = append(errs, at.Close())
	}
	if s.ledger != nil {
		errs = append(errs, s.ledger.Close())
	}
	if s.local != nil {
		errs = append(errs, s.local.server.Close())
		if s.local.dir != "" {
			errs = append(errs, os.RemoveAll(s.local.dir))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return exit.Trouble(err)
	}
	return nil
}
