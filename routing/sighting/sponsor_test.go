package sighting_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// janesMove is the desk's word that Jane went from Acme to Beta.
func janesMove() sponsor.Move {
	return sponsor.Move{
		ID: "move-1", At: day("2026-11-20"), Kind: tracking.Moved, Tell: []string{user},
		Person: tracking.Person{
			RecordID: contact, FirstName: "Jane", LastName: "Doe", HubSpotID: "701", LinkedIn: "https://de.linkedin.com/in/jane-doe/", Emails: []string{"jane@acme.com", "no address"},
			Company: matching.Company{Name: "Acme", Domain: "acme.com"}, AccountID: acme,
		},
		From: tracking.Position{Company: matching.Company{Name: "Acme", Domain: "acme.com"}, Title: "Director of Sales"},
		To:   tracking.Position{Company: matching.Company{Name: "Beta Ltd", Domain: "beta.io"}, Title: "VP Sales", StartedOn: day("2026-11-02"), Current: true},
	}
}

func TestSponsorsMoveAsEvent(t *testing.T) {
	want := routing.Event{
		ID: "move-1", Source: sighting.Source, OccurredAt: day("2026-11-20"), Custom: map[string]string{sighting.ProviderKey: "sponsors"},
		Person: routing.Person{FirstName: "Jane", LastName: "Doe", Emails: []string{"jane@acme.com"}, LinkedInURL: "https://www.linkedin.com/in/jane-doe", CRMID: contact, HubSpotID: "701"},
		From:   &routing.Place{Company: "Acme", Domain: "acme.com", AccountID: acme, Title: "Director of Sales"},
		To:     &routing.Place{Company: "Beta Ltd", Domain: "beta.io", Title: "VP Sales", StartedOn: routing.DateOf(day("2026-11-02")), Current: true},
	}
	got := sighting.Sponsor(janesMove())
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(routing.Date{})); diff != "" {
		t.Error(diff)
	}
	if _, err := routing.Normalize(got, day("2026-11-21")); err != nil {
		t.Error(err)
	}
	// What is no id, page or company of ours costs the move nothing.
	m := janesMove()
	m.Person.RecordID, m.Person.LinkedIn, m.Person.AccountID = "hubspot-7", "https://example.com/jane", "x"
	m.From.Company = matching.Company{}
	got = sighting.Sponsor(m)
	if got.Person.CRMID != "" || got.Person.LinkedInURL != "" || got.From != nil {
		t.Errorf("event %+v", got)
	}
	if _, err := routing.Normalize(got, day("2026-11-21")); err != nil {
		t.Error(err)
	}
}

// TestSP15OneDecisionWhoeverTells: the desk and a webhook tell one move; whoever comes
// first decides it, and the other one is its repetition.
func TestSP15OneDecisionWhoeverTells(t *testing.T) {
	webhook := routing.Event{
		ID: "hubspot-1", Source: "hubspot", OccurredAt: day("2026-11-20"),
		Person: routing.Person{FirstName: "Jane", LastName: "Doe", Email: "jane@acme.com", HubSpotID: "701"},
		From:   &routing.Place{Company: "Acme"}, To: &routing.Place{Company: "Beta Limited", Email: "jane@beta.io", Title: "VP Sales"},
	}
	for name, events := range map[string][]routing.Event{
		"the desk first":    {sighting.Sponsor(janesMove()), webhook},
		"the webhook first": {webhook, sighting.Sponsor(janesMove())},
	} {
		t.Run(name, func(t *testing.T) {
			db := org(t)
			cfg := routing.DefaultConfig()
			cfg.Strategy = routing.StrategyContactAndAccount
			e := engine(t, db, cfg, nil)
			var whats []routing.What
			for _, ev := range append(events, events...) { // and each again
				r, err := e.Handle(t.Context(), ev)
				if err != nil {
					t.Fatal(err)
				}
				whats = append(whats, r.Outcome.What)
			}
			want := []routing.What{routing.WhatContact, routing.WhatDuplicate, routing.WhatContact, routing.WhatDuplicate}
			if diff := cmp.Diff(want, whats); diff != "" {
				t.Error(diff)
			}
			if n := created(db, crm.ObjectContact); n != 1 {
				t.Errorf("%d contacts created, want 1", n)
			}
		})
	}
}
