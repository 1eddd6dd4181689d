package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/outbox"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/routing/notify/mail/mailtest"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
)

// The secrets of this play. Real ones come from the environment.
const (
	clientSecret = "the-client-secret-of-your-app"
	peopleSecret = "what tombstones are made with"
)

// clock is the time of the play. It stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
}

// onwardHere is an onward in this process, between a HubSpot, a Salesforce org and a
// mail server, all of them on loopback.
type onwardHere struct {
	*clock
	portal  *hstest.Server
	org     *sftest.Server
	mailbox *mailtest.Server

	hubspot  *hubspot.Client
	crm      *crm.Client
	contacts *contacts.Service
	ledger   routing.Ledger
	engine   *routing.Engine
	hooks    *httptest.Server
	store    *adapter.MemoryStore
	outbox   *outbox.Outbox

	// fallback is the user who is responsible when nobody else is.
	fallback string
	// ends end what was started.
	ends []func() error
}

// start wires everything. A service keeps people, ledger and the adapter's store in
// databases: those in memory forget. Close it, also after an error.
func start(ctx context.Context) (*onwardHere, error) {
	o := &onwardHere{clock: &clock{now: time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)}, ledger: memledger.New(), store: adapter.NewMemoryStore(adapter.SideLimits{})}
	for _, begin := range []func(context.Context) error{o.startHubSpot, o.startOutbox, o.startSalesforce, o.startMail, o.startTracking, o.startEngine, o.startAdapter} {
		if err := begin(ctx); err != nil {
			return o, err
		}
	}
	return o, nil
}

// atEnd remembers how something ends.
func (o *onwardHere) atEnd(end func() error) { o.ends = append(o.ends, end) }

// Close ends what was started, the last first.
func (o *onwardHere) Close() (err error) {
	for _, end := range slices.Backward(o.ends) {
		err = errors.Join(err, end())
	}
	return err
}

// startHubSpot starts the account that people are listed in, and logs in to it. Its
// client keeps to HubSpot's limits by the real clock.
func (o *onwardHere) startHubSpot(ctx context.Context) (err error) {
	o.portal = hstest.New()
	o.atEnd(func() error { o.portal.Close(); return nil })
	fillPortal(o.portal, o.Now())
	o.hubspot, err = hubspot.Open(ctx, hubspot.Options{Token: hstest.Token, BaseURL: o.portal.URL()})
	return err
}

// startSalesforce starts the org that records are created in, and logs in to it.
func (o *onwardHere) startSalesforce(ctx context.Context) (err error) {
	o.org = sftest.New(&sftest.Options{Now: o.Now})
	if o.fallback, err = fillOrg(o.org.CRM()); err != nil {
		return err
	}
	server := httptest.NewServer(o.org)
	o.atEnd(func() error { server.Close(); return nil })
	driver, err := salesforce.Open(ctx, salesforce.Options{
		Instance: server.URL, Now: o.Now,
		Login: salesforce.ClientCredentials{ID: o.org.ClientID(), Secret: o.org.ClientSecret()},
	})
	if err != nil {
		return err
	}
	o.atEnd(driver.Close)
	o.crm = crm.NewClient(driver, nil)
	return nil
}

// startMail starts the server that takes mail.
func (o *onwardHere) startMail(context.Context) (err error) {
	if o.mailbox, err = mailtest.New(mailtest.Script{}); err == nil {
		o.atEnd(func() error { o.mailbox.Close(); return nil })
	}
	return err
}

// startTracking makes the service that knows who is tracked.
func (o *onwardHere) startTracking(context.Context) (err error) {
	deps := contacts.Deps{Store: new(memstore.Store), Secret: []byte(peopleSecret)}
	o.contacts, err = contacts.New(deps, &contacts.Options{Now: o.Now})
	return err
}

// startEngine makes the engine. Reports are fetched from HubSpot, stamped with what the
// person is to us, and use credits there; who is nobody's is left alone.
func (o *onwardHere) startEngine(ctx context.Context) error {
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = o.fallback, o.fallback
	cfg.Filters.Untracked = routing.HandleFilter
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		return err
	}
	accounts, err := mirror.Load(ctx, o.crm, policy)
	if err != nil {
		return err
	}
	deps := routing.Deps{
		CRM: o.crm, Ledger: o.ledger, Accounts: accounts, Completer: adapter.NewCompleter(o.hubspot, nil),
		Relationships: o.contacts, Forgetters: []routing.Forgetter{o.contacts},
	}
	o.engine, err = routing.New(cfg, deps, &routing.Options{Now: o.Now})
	return err
}

// startAdapter serves what HubSpot calls.
func (o *onwardHere) startAdapter(context.Context) error {
	secret, err := adapter.NewSecret(clientSecret)
	if err != nil {
		return err
	}
	server, err := adapter.New(adapter.Options{
		Engine: o.engine, Ledger: o.ledger, Store: o.store, PublicURL: publicURL, Now: o.Now,
		HubSpot: &adapter.HubSpotOptions{Secrets: []adapter.SigningKey{{Value: secret}}, Portals: []int64{62515}},
	})
	if err != nil {
		return err
	}
	o.atEnd(func() error { return server.Close(context.Background()) })
	o.hooks = httptest.NewServer(server.Handler())
	o.atEnd(func() error { o.hooks.Close(); return nil })
	return nil
}
