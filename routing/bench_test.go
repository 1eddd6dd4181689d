package routing_test

import (
	"fmt"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// benchCase is a move with five candidates, a past record, owners and deals: what
// an ordinary decision looks at.
func benchCase(b *testing.B) (*routing.Policy, routing.Event, routing.Facts) {
	b.Helper()
	cfg := routing.DefaultConfig()
	const user = "005000000000001AAA"
	cfg.Owners.Default, cfg.DRI.Default = user, user
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		b.Fatal(err)
	}
	ev, err := routing.Normalize(routing.Event{
		ID: "1", Source: "flow", OccurredAt: start, Relationship: "User",
		Person: routing.Person{FirstName: "Ada", LastName: "Okafor", Email: "ada@fabrikam.com", LinkedInURL: "linkedin.com/in/ada-okafor"},
		From:   &routing.Place{Company: "Fabrikam", Domain: "fabrikam.com"},
		To:     &routing.Place{Company: "Contoso", Domain: "contoso.com", Email: "ada@contoso.com", Title: "VP Sales", Country: "US"},
	}, start)
	if err != nil {
		b.Fatal(err)
	}
	f := routing.Facts{Now: start, Users: []crm.User{{ID: user, Name: "Rep", Active: true}}}
	for i, name := range []string{"Contoso Ltd", "Contoso Pharma", "Contoso Retail", "Constosa", "Fabrikam"} {
		id := fmt.Sprintf("00100000000000%dAAA", i+1)
		site := fmt.Sprintf("contoso%d.com", i)
		if i == 0 {
			site = "contoso.com"
		}
		f.Accounts = append(f.Accounts, crm.Account{ID: id, Name: name, Website: site, OwnerID: user, Fields: crm.Fields{"Type": "Prospect"}})
		f.Candidates = append(f.Candidates, matching.Account{ID: id, Name: name, Website: site, OwnerID: user, ActiveOwner: true})
	}
	f.People = []crm.Person{{
		Object: crm.ObjectContact, ID: "003000000000001AAA", FirstName: "Ada", LastName: "Okafor", Emails: []string{"ada@fabrikam.com"},
		AccountID: f.Accounts[4].ID, OwnerID: user, CreatedAt: start,
	}}
	return policy, ev, f
}

// BenchmarkDecide decides on matched facts.
func BenchmarkDecide(b *testing.B) {
	policy, ev, f := benchCase(b)
	f.Matched = routing.Match(policy, ev, f)
	if p := routing.Decide(policy, ev, f); p.What != routing.WhatContact || p.Past == nil {
		b.Fatalf("decided %s, past %v", p.What, p.Past)
	}
	b.ReportAllocs()
	for b.Loop() {
		routing.Decide(policy, ev, f)
	}
}

// BenchmarkEvaluate matches and decides.
func BenchmarkEvaluate(b *testing.B) {
	policy, ev, f := benchCase(b)
	b.ReportAllocs()
	for b.Loop() {
		routing.Evaluate(policy, ev, f)
	}
}
