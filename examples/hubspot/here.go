package main

import (
	"context"
	"net/http/httptest"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// The secrets of this play. Real ones come from the environment.
const (
	clientSecret  = "the-client-secret-of-your-app"
	operatorToken = "the-token-of-an-operator"
)

// onwardHere is an onward in this process, with a HubSpot and a CRM.
type onwardHere struct {
	*httptest.Server
	publicURL string
	portal    *hstest.Server
	engine    *routing.Engine
	adapter   *adapter.Server
}

// start wires everything. A service takes routing/durable for the ledger and
// adapter/sqlstore for the store: those in memory forget.
func start(ctx context.Context) (*onwardHere, error) {
	o := &onwardHere{publicURL: "https://hooks.example.com", portal: hstest.New()}
	ledger := memledger.New()
	if err := o.makeEngine(ctx, ledger); err != nil {
		return nil, err
	}
	secret, err := adapter.NewSecret(clientSecret)
	if err != nil {
		return nil, err
	}
	token, err := adapter.NewSecret(operatorToken)
	if err != nil {
		return nil, err
	}
	o.adapter, err = adapter.New(adapter.Options{
		Engine: o.engine, Ledger: ledger, Store: adapter.NewMemoryStore(adapter.SideLimits{}), PublicURL: o.publicURL,
		HubSpot: &adapter.HubSpotOptions{
			Secrets: []adapter.SigningKey{{Value: secret}}, Portals: []int64{62515}, Apps: []int64{54321}, Fetch: true,
		},
		Operators: &adapter.OperatorOptions{Operators: []adapter.Operator{{Name: "ann", Token: token}}},
	})
	if err != nil {
		return nil, err
	}
	o.Server = httptest.NewServer(o.adapter.Handler())
	return o, nil
}

// makeEngine makes the engine over a CRM with one account. Its completer fetches from
// HubSpot what webhooks only point at.
func (o *onwardHere) makeEngine(ctx context.Context, ledger routing.Ledger) error {
	db := memcrm.New(nil)
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	if err != nil {
		return err
	}
	if _, err := db.Add(crm.ObjectAccount, crm.Fields{"Name": "Contoso", "Website": "contoso.com", "OwnerId": rep}); err != nil {
		return err
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		return err
	}
	client := crm.NewClient(db, nil)
	accounts, err := mirror.Load(ctx, client, policy)
	if err != nil {
		return err
	}
	contacts, err := hubspot.Open(ctx, hubspot.Options{Token: hstest.Token, BaseURL: o.portal.URL()})
	if err != nil {
		return err
	}
	deps := routing.Deps{CRM: client, Ledger: ledger, Accounts: accounts, Completer: adapter.NewCompleter(contacts, nil)}
	o.engine, err = routing.New(cfg, deps, nil)
	return err
}

// Close stops taking requests and ends the work behind them.
func (o *onwardHere) Close() error {
	o.Server.Close()
	o.portal.Close()
	return o.adapter.Close(context.Background())
}
