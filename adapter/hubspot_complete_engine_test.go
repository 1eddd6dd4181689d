package adapter

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// TestHubSpotOutageLosesNothing: reports wait while HubSpot is away, no attempt is
// counted, and one move comes of both sides of an association.
func TestHubSpotOutageLosesNothing(t *testing.T) {
	s, completer := portal(t)
	s.PutContactAt(123, yesterday, map[string]string{"company": "NewCo"})
	s.Associate(123, 901, yesterday)
	db := memcrm.New(nil)
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	if err != nil {
		t.Fatal(err)
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	client := crm.NewClient(db, nil)
	accounts, err := mirror.Load(t.Context(), client, policy)
	if err != nil {
		t.Fatal(err)
	}
	now := yesterday.Add(time.Minute)
	ledger := memledger.New()
	engine, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: ledger, Accounts: accounts, Completer: completer},
		&routing.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	evs := []routing.Event{told(123, ""), told(123, "company"), told(999, "company")}
	for i := range evs {
		evs[i].ID = fmt.Sprint("e", i)
	}
	if _, err := engine.Accept(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	s.Inject(hstest.Fault{Path: "contacts/batch", Times: 3, Status: 503})
	for range 3 {
		_, _ = engine.Drain(t.Context()) // the first one meets the outage
		now = now.Add(time.Hour)
	}
	statuses := map[routing.Status]int{}
	for rec, err := range ledger.Records(t.Context(), routing.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		statuses[rec.Status]++
		if rec.Failures != 0 {
			t.Errorf("%s: %d failures", rec.Key, rec.Failures)
		}
	}
	if diff := cmp.Diff(map[routing.Status]int{routing.StatusDone: 2, routing.StatusFiltered: 1}, statuses); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if n := len(db.Records(crm.ObjectLead)); n != 1 {
		t.Errorf("%d leads, want 1", n)
	}
}
