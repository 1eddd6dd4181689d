// Dryrun compares the four strategies on the same move before anything goes
// live: the real facts are gathered once, and the plan of each strategy is
// printed. Nothing is written.
//
//	go run ./examples/dryrun
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

func main() {
	if err := compare(context.Background(), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func compare(ctx context.Context, w io.Writer) error {
	db := memcrm.New(nil)
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	if err != nil {
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
	now := func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }
	engine, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: memledger.New(), Accounts: accounts}, &routing.Options{Now: now})
	if err != nil {
		return err
	}
	events, facts, err := engine.Gather(ctx, []routing.Event{{
		ID: "1", Source: "flow",
		Person: routing.Person{FirstName: "Ada", LastName: "Okafor", Email: "ada@old.example"},
		To:     &routing.Place{Company: "Contoso", Domain: "contoso.com", Email: "ada@contoso.com", Title: "CTO"},
	}})
	if err != nil {
		return err
	}
	for _, strategy := range routing.Strategies() {
		cfg.Strategy = strategy
		policy, err := routing.NewPolicy(cfg)
		if err != nil {
			return err
		}
		plan := routing.Evaluate(policy, events[0], facts[0])
		fmt.Fprintf(w, "%-20s %s (%s), %d writes\n", strategy, plan.What, plan.Reason, len(plan.Writes))
	}
	return nil
}
