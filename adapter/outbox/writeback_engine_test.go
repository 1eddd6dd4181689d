package outbox

import (
	"context"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/routing/notify"
)

// house is an engine whose results HubSpot's contacts are told, with a clock of its own.
type house struct {
	*testing.T
	portal *hstest.Server
	crm    *memcrm.CRM
	engine *routing.Engine
	outbox *Outbox
	now    time.Time
	rep    string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, portal: hstest.New(), crm: memcrm.New(nil), now: yesterday}
	t.Cleanup(h.portal.Close)
	for _, name := range hubspot.DefaultProperties().Names() {
		h.portal.Define(hstest.Contacts, hstest.Property{Name: name})
	}
	hs, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, BaseURL: h.portal.URL()})
	if err != nil {
		t.Fatal(err)
	}
	if h.rep, err = h.crm.Add(crm.ObjectUser, crm.Fields{"Name": "Rosa Rep", "IsActive": "true"}); err != nil {
		t.Fatal(err)
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = h.rep, h.rep
	if cfg.Owners.Lead, err = dri.ParseChain("default"); err != nil {
		t.Fatal(err)
	}
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	client := crm.NewClient(h.crm, nil)
	accounts, err := mirror.Load(t.Context(), client, policy)
	if err != nil {
		t.Fatal(err)
	}
	ledger, clock := memledger.New(), func() time.Time { return h.now }
	names := notify.CRMDirectory{Client: client, Names: h.crm.Names()}
	h.outbox, err = New(Options{Store: adapter.NewMemoryStore(adapter.SideLimits{}), Ledger: ledger, Now: clock,
		WriteBack: &WriteBack{Contacts: hs, Properties: hubspot.DefaultProperties(), Names: func(ctx context.Context, ids []string) (map[string]string, error) {
			users, err := names.Users(ctx, ids)
			out := map[string]string{}
			for _, u := range users {
				out[u.ID] = u.Name
			}
			return out, err
		}}})
	if err != nil {
		t.Fatal(err)
	}
	h.engine, err = routing.New(cfg, routing.Deps{CRM: client, Ledger: h.outbox.Follow(ledger), Accounts: accounts, Completer: adapter.NewCompleter(hs, nil)},
		&routing.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// report accepts what a webhook tells: a property of a contact has changed.
func (h *house) report(id string) {
	h.Helper()
	_, err := h.engine.Accept(h.Context(), []routing.Event{{
		ID: id, Source: "hubspot", OccurredAt: h.now, Person: routing.Person{HubSpotID: "123"},
		Pointer: &routing.Pointer{System: "hubspot", Tenant: "62515", Kind: "contact.propertyChange", ID: "123", Property: "company"},
	}})
	if err != nil {
		h.Fatal(err)
	}
}

// work lets some time pass, and everything that is due then be done.
func (h *house) work(after time.Duration) map[string]string {
	h.Helper()
	h.now = h.now.Add(after)
	if _, err := h.engine.Drain(h.Context()); err != nil {
		h.Fatal(err)
	}
	if _, err := h.engine.AssignDRI(h.Context()); err != nil {
		h.Fatal(err)
	}
	if _, err := h.outbox.Send(h.Context()); err != nil {
		h.Fatal(err)
	}
	return told(h.portal, 123)
}

// TestCR08AMoveAndWhatItsContactIsTold: the lead at once, who is responsible half an hour
// later; the same move told again changes nothing; the next move takes its place; and
// what an operator takes back is taken back there too.
func TestCR08AMoveAndWhatItsContactIsTold(t *testing.T) {
	h := newHouse(t)
	h.portal.PutContactAt(123, h.now.AddDate(-1, 0, 0), map[string]string{"firstname": "Ada", "lastname": "Quill", "email": "ada@old-works.example", "company": "Old Works"})
	moves := func(company string) {
		h.portal.PutContactAt(123, h.now, map[string]string{"company": company})
	}
	lead := func(n int) string {
		h.Helper()
		leads := h.crm.Records(crm.ObjectLead)
		if len(leads) != n {
			h.Fatalf("%d leads, want %d", len(leads), n)
		}
		return leads[n-1].ID
	}
	moves("Beta Labs")
	h.report("e1")
	got := h.work(time.Minute)
	if got["onward_outcome"] != "lead_created" || got["onward_salesforce_lead_id"] != lead(1) || got["onward_dri"] != "" {
		t.Errorf("at once: %v", got)
	}
	if got = h.work(31 * time.Minute); got["onward_dri"] != "Rosa Rep" {
		t.Errorf("half an hour later: %v", got)
	}
	writes := len(h.portal.CallsTo("/batch/update"))
	h.report("e2")
	if got = h.work(time.Minute); got["onward_outcome"] != "lead_created" || got["onward_salesforce_lead_id"] != lead(1) {
		t.Errorf("told again: %v", got)
	}
	h.work(2 * time.Hour)
	if n := len(h.portal.CallsTo("/batch/update")); n != writes {
		t.Errorf("%d writes for the same move", n-writes)
	}
	h.now = h.now.AddDate(0, 3, 0)
	moves("Gamma Works")
	h.report("e3")
	if got = h.work(time.Minute); got["onward_salesforce_lead_id"] != lead(2) || got["onward_dri"] != "" {
		t.Errorf("the next move: %v", got)
	}
	if got = h.work(24 * time.Hour); got["onward_salesforce_lead_id"] != lead(2) || got["onward_dri"] != "Rosa Rep" {
		t.Errorf("after a night: %v", got)
	}
	if _, err := h.engine.Undo(t.Context(), "hubspot/e3", "ann"); err != nil {
		t.Fatal(err)
	}
	if got = h.work(time.Minute); got["onward_outcome"] != "undone" || got["onward_salesforce_contact_id"] != "" {
		t.Errorf("taken back: %v", got)
	}
}
