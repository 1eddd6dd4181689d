package routing_test

import (
	"context"
	"fmt"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// A move in, the right record out, on the embedded CRM.
func Example() {
	ctx := context.Background()
	db := memcrm.New(nil)
	rep, _ := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	db.Add(crm.ObjectAccount, crm.Fields{"Name": "Contoso Ltd", "Website": "contoso.com", "OwnerId": rep})

	cfg := routing.DefaultConfig() // strategy contact-or-lead
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := crm.NewClient(db, nil)
	accounts, _ := mirror.Load(ctx, client, policy)
	engine, _ := routing.New(cfg, routing.Deps{CRM: client, Ledger: memledger.New(), Accounts: accounts}, nil)

	record, err := engine.Handle(ctx, routing.Event{
		ID: "1", Source: "flow",
		Person: routing.Person{FirstName: "Ada", LastName: "Okafor", Email: "ada@fabrikam.com"},
		To:     &routing.Place{Company: "Contoso", Email: "ada@mail.contoso.com", Title: "CTO"},
	})
	fmt.Println(record.Status, record.Outcome.What, record.Plan.Account.Tier, err)
	// Output: done contact_created registrable_domain <nil>
}

// Bad input is refused with the names of the fields, and nothing is stored.
func ExampleNormalize() {
	_, err := routing.Normalize(routing.Event{
		Source: "flow", Person: routing.Person{FirstName: "Ada", LastName: "Okafor", CRMID: "003"},
	}, start)
	fmt.Println(err)
	// Output: routing: invalid event: person.crm_id: has 3 characters, want 15 or 18; to: want a company, a domain or an account_id in to, or a from
}

// A predicate says what an account is.
func ExampleParsePredicate() {
	p, err := routing.ParsePredicate("Type in ('Customer', 'Partner')")
	fmt.Println(p.Holds(crm.Account{Fields: crm.Fields{"Type": "customer"}}), err)
	_, err = routing.ParsePredicate("Type is Customer")
	fmt.Println(err)
	// Output:
	// true <nil>
	// routing: predicate "Type is Customer": want =, != or in after the field name
}

// Deciding needs no CRM: facts are values.
func ExampleEvaluate() {
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = "005000000000001AAA", "005000000000001AAA"
	cfg.Strategy = routing.StrategyAlwaysLead
	policy, _ := routing.NewPolicy(cfg)
	ev, _ := routing.Normalize(routing.Event{
		ID: "1", Source: "flow", Person: routing.Person{FullName: "Ada Okafor"}, To: &routing.Place{Company: "Contoso"},
	}, start)
	plan := routing.Evaluate(policy, ev, routing.Facts{Now: start})
	fmt.Println(plan.What, plan.Writes[0].Object, plan.Writes[0].Set["Company"])
	// Output: lead_created Lead Contoso
}
