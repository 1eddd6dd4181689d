package main

import (
	"context"
	"errors"
	"net/http/httptest"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// localKey is the key of the onward in this process, and of onward serve --localorg.
const localKey = "local-flow-key"

// onwardHere is an onward in this process, with a CRM in memory.
type onwardHere struct {
	*httptest.Server
	adapter *adapter.Server
	db      *memcrm.CRM
}

// start wires CRM, ledger, engine and adapter. A service takes routing/durable for the
// ledger and adapter/sqlstore for the store: those in memory forget.
func start(ctx context.Context) (*onwardHere, error) {
	db := memcrm.New(nil)
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	if err != nil {
		return nil, err
	}
	if _, err := db.Add(crm.ObjectAccount, crm.Fields{"Name": "Contoso", "Website": "contoso.com", "OwnerId": rep}); err != nil {
		return nil, err
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	cfg.StrategyOverride = true // a request may ask for strategy flow
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		return nil, err
	}
	client, ledger := crm.NewClient(db, nil), memledger.New()
	accounts, err := mirror.Load(ctx, client, policy)
	if err != nil {
		return nil, err
	}
	engine, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: ledger, Accounts: accounts}, nil)
	if err != nil {
		return nil, err
	}
	key, err := adapter.NewKey(localKey)
	if err != nil {
		return nil, err
	}
	server, err := adapter.New(adapter.Options{
		Engine: engine, Ledger: ledger, Store: adapter.NewMemoryStore(adapter.SideLimits{}), PublicURL: "https://hooks.example.com",
		Flow: &adapter.FlowOptions{Keys: []adapter.APIKey{{ID: "org", Current: key, Scopes: adapter.Scopes()}}},
	})
	if err != nil {
		return nil, err
	}
	return &onwardHere{Server: httptest.NewServer(server.Handler()), adapter: server, db: db}, nil
}

// Close stops taking requests and ends the work behind them.
func (o *onwardHere) Close() error {
	o.Server.Close()
	return o.adapter.Close(context.Background())
}

// createLead writes as the Flow would: with the decision's key, so that a run that is
// repeated finds its own lead.
func (o *onwardHere) createLead(lastName, company, key string) (string, error) {
	if key == "" {
		return "", errors.New("the decision has no key")
	}
	return o.db.Add(crm.ObjectLead, crm.Fields{"LastName": lastName, "Company": company, "Onward_Key__c": key})
}
