package routing_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

func TestSmoke(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	db := memcrm.New(&memcrm.Options{Now: func() time.Time { return now }})
	u, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Una", "IsActive": "true", "Email": "u@x.io"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := db.Add(crm.ObjectAccount, crm.Fields{"Name": "Acme Inc", "Website": "acme.com", "OwnerId": u})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := db.Add(crm.ObjectAccount, crm.Fields{"Name": "Beta Ltd", "Website": "beta.io", "OwnerId": u})
	c, err := db.Add(crm.ObjectContact, crm.Fields{"FirstName": "Jane", "LastName": "Doe", "Email": "jane@acme.com", "AccountId": a, "OwnerId": u})
	if err != nil {
		t.Fatal(err)
	}
	_ = b
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = u, u
	p, err := routing.NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	client := crm.NewClient(db, nil)
	ctx := context.Background()
	if ps, err := routing.Check(ctx, p, client, nil); err != nil || len(ps) > 0 {
		t.Fatal(ps, err)
	}
	m, err := mirror.Load(ctx, client, p)
	if err != nil {
		t.Fatal(err)
	}
	e, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: memledger.New(), Accounts: m}, &routing.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	recs, err := e.HandleBatch(ctx, []routing.Event{
		{Source: "file:x", Person: routing.Person{FirstName: "Jane", LastName: "Doe", Email: "jane@acme.com"}, From: &routing.Place{Company: "Acme"}, To: &routing.Place{Company: "Beta", Domain: "beta.io", Email: "jane@beta.io", Title: "VP"}},
		{Source: "file:x", Person: routing.Person{FirstName: "Bob", LastName: "Roe"}, To: &routing.Place{Company: "Gamma", Domain: "gamma.io"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recs {
		fmt.Println(r.Status, fmt.Sprintf("%+v", r.Outcome))
		fmt.Println(routing.Explanation(*r.Plan, r.Outcome))
		for _, x := range r.Receipts {
			fmt.Printf("%+v\n", x)
		}
	}
	_ = c
}
