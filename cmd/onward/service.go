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
	"sync/atomic"
	"time"
	_ "time/tzdata" // nights are those of the org, also where no zones are installed

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/outbox"
	"github.com/onward-crm/onward/adapter/sqlstore"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/mirror"
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
	mirror    atomic.Pointer[mirror.Mirror]
	hubspot   *hubspot.Client
	ledger    *durable.Ledger
	store     *sqlstore.Store
	telemetry *adapter.Telemetry
	engine    *routing.Engine
	server    *adapter.Server
	outbox    *outbox.Outbox
	runner    *durable.Runner
	http      *http.Server
	metrics   *http.Server
	// dialing ends the attempts to reach the org.
	dialing context.CancelFunc
	dialed  chan struct{}
}

// configure reads the settings and lays the flags over them.
func (s *service) configure(f serveFlags) (err error) {
	if s.settings, err = settings.Load(f.config, s.environ); err != nil {
		return usage(err)
	}
	if f.listen != "" {
		s.settings.Adapter.Listen = f.listen
	}
	if f.database != "" {
		s.settings.Adapter.Database = f.database
	}
	if err := s.settings.CheckAdapter(); err != nil {
		return usage(err)
	}
	if !f.localOrg && s.settings.CRM.Driver != settings.DriverSalesforce {
		return usage(errors.New("which org? want crm.driver salesforce in the configuration, or --localorg to try it"))
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
	first, done := context.WithTimeout(ctx, 30*time.Second)
	defer done()
	err := s.connect(first, true)
	if away(err) {
		s.log.Warn("the org is away: reports are accepted and wait", "error", err)
		return s.ready()
	}
	if err != nil {
		return err
	}
	return s.ready()
}

// ready checks the policy as it stands now.
func (s *service) ready() error {
	if err := s.settings.Check(); err != nil {
		return usage(err)
	}
	return nil
}

// away reports whether the org may be there later.
func away(err error) bool { return err != nil && crm.Retryable(err) }

func (s *service) openLedger(ctx context.Context) (err error) {
	a := s.settings.Adapter
	s.ledger, err = durable.Open(ctx, a.Database, &durable.Options{NoMigrate: !a.Migrate, Logger: s.log, Now: s.now})
	if err != nil {
		return trouble(err)
	}
	key := []byte(s.settings.Secret)
	s.store, err = sqlstore.New(ctx, s.ledger.DB(), s.ledger.Dialect(), &sqlstore.Options{Key: key})
	if err != nil {
		return trouble(err)
	}
	return nil
}

func (s *service) openHubSpot(ctx context.Context) (err error) {
	name := s.settings.Adapter.HubSpot.TokenEnv
	token := string(s.settings.Held(name))
	if name == "" || token == "" && s.local != nil {
		return nil
	}
	if token == "" {
		return usage(fmt.Errorf("adapter.hubspot.token_env: %s is not set", name))
	}
	if s.hubspot, err = hubspot.Open(ctx, hubspot.Options{Token: hubspot.Token(token), Logger: s.log, Now: s.now}); err != nil {
		return usage(err)
	}
	return nil
}

// begin makes everything that works, and starts it.
func (s *service) begin(ctx context.Context, address string) (err error) {
	s.telemetry, err = adapter.NewTelemetry(&adapter.TelemetryOptions{Limits: s.limits, MirrorAge: s.mirrorAge})
	if err != nil {
		return trouble(err)
	}
	s.client = crm.NewClient(adapter.ObserveDriver(s.reach, s.telemetry), &crm.ClientOptions{Logger: s.log})
	deps := routing.Deps{CRM: s.client, Ledger: s.ledger, Accounts: s.reach, Flow: s.reach, Observer: s.telemetry}
	if s.hubspot != nil {
		deps.Completer = adapter.NewCompleter(s.hubspot, &adapter.CompleterOptions{Portal: s.portal()})
	}
	s.engine, err = routing.New(s.settings.Config, deps, &routing.Options{Logger: s.log, Now: s.now, Secret: []byte(s.settings.Secret)})
	if err != nil {
		return usage(err)
	}
	if err := s.beginSending(); err != nil {
		return err
	}
	if err := s.beginServing(address); err != nil {
		return err
	}
	if err := s.runner.Start(ctx); err != nil {
		return trouble(err)
	}
	s.keepReaching(ctx)
	return nil
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

func (s *service) mirrorAge() time.Duration {
	if m := s.mirror.Load(); m != nil {
		return s.now().Sub(m.Freshness())
	}
	return 0
}

// serviceLog writes JSON lines, as log collectors want them.
func (p *program) serviceLog() *slog.Logger {
	return slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
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
	if s.dialing != nil {
		s.dialing()
		<-s.dialed
	}
	var errs []error
	if s.metrics != nil {
		errs = append(errs, s.metrics.Close())
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
		return trouble(err)
	}
	return nil
}
