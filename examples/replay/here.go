package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"path/filepath"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/sqlstore"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/mirror"
)

// feedSecret is what the vendor and onward share: 24 to 64 bytes in base64. A real one
// comes from the environment.
const feedSecret = "whsec_b253YXJkLWxvY2FsLWZlZWQta2V5LW9ubHk="

// onwardHere is an onward in this process: a CRM in memory, and a SQLite file that
// holds what was accepted and decided.
type onwardHere struct {
	*httptest.Server
	ledger  *durable.Ledger
	engine  *routing.Engine
	adapter *adapter.Server
}

// start wires everything, with the database in a folder.
func start(ctx context.Context, dir string) (o *onwardHere, err error) {
	o = &onwardHere{}
	if o.ledger, err = durable.Open(ctx, filepath.Join(dir, "onward.db"), nil); err != nil {
		return nil, err
	}
	if err := o.serve(ctx); err != nil {
		return nil, errors.Join(err, o.ledger.Close())
	}
	return o, nil
}

func (o *onwardHere) serve(ctx context.Context) (err error) {
	if err := o.makeEngine(ctx); err != nil {
		return err
	}
	secret, err := adapter.NewSecret(feedSecret)
	if err != nil {
		return err
	}
	store, err := sqlstore.New(ctx, o.ledger.DB(), o.ledger.Dialect(), nil)
	if err != nil {
		return err
	}
	o.adapter, err = adapter.New(adapter.Options{
		Engine: o.engine, Ledger: o.ledger, Store: store, PublicURL: "https://hooks.example.com",
		Feeds: []adapter.FeedOptions{{Name: "vendor", Keys: []adapter.SigningKey{{Value: secret}}}},
	})
	if err != nil {
		return err
	}
	o.Server = httptest.NewServer(o.adapter.Handler())
	return nil
}

// makeEngine makes the engine over a CRM with one account.
func (o *onwardHere) makeEngine(ctx context.Context) error {
	db := memcrm.New(nil)
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	if err != nil {
		return err
	}
	if _, err := db.Add(crm.ObjectAccount, crm.Fields{"Name": "Contoso", "Website": "contoso.com", "OwnerId": rep}); err != nil {
		return err
	}
	cfg := routing.DefaultConfig() // strategy contact-or-lead
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
	o.engine, err = routing.New(cfg, routing.Deps{CRM: client, Ledger: o.ledger, Accounts: accounts}, nil)
	return err
}

// Close stops taking requests, ends the work behind them, and closes the database.
func (o *onwardHere) Close() error {
	o.Server.Close()
	return errors.Join(o.adapter.Close(context.Background()), o.ledger.Close())
}
