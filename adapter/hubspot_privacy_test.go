package adapter

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// unaware is a provider that knows nobody.
type unaware struct{}

func (unaware) Find(context.Context, tracking.Person) ([]sponsor.Profile, error) { return nil, nil }

func (unaware) Refresh(_ context.Context, ps []tracking.Person) ([]sponsor.Refreshed, error) {
	return make([]sponsor.Refreshed, len(ps)), nil
}

// onList is a list with one person.
type onList tracking.Person

func (p onList) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		yield(tracking.Row{Number: 1, Person: tracking.Person(p)}, nil)
	}
}

// TestRT35HubSpotPrivacyDeletionReachesEverything: HubSpot names a contact by its number
// alone, and has deleted it. Our list and our sponsor know the person by the address: the
// move that was reported before leads from one to the other.
func TestRT35HubSpotPrivacyDeletionReachesEverything(t *testing.T) {
	s, completer := portal(t)
	s.PutContactAt(123, yesterday, map[string]string{"company": "NewCo"})
	s.Associate(123, 901, yesterday)
	now := yesterday.Add(time.Minute)
	clock := func() time.Time { return now }
	db := memcrm.New(&memcrm.Options{Now: clock})
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	check(t, err)
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	check(t, err)
	client, store := crm.NewClient(db, nil), new(memstore.Store)
	accounts, err := mirror.Load(t.Context(), client, policy)
	check(t, err)
	lists, err := contacts.New(contacts.Deps{Store: store, Secret: []byte("sixteen bytes or more")}, &contacts.Options{Now: clock})
	check(t, err)
	ann := tracking.Person{Emails: []string{"ann@oldco-works.com"}, FirstName: "Ann", LastName: "Lee", Company: matching.Company{Name: "OldCo"}}
	_, err = lists.Import(t.Context(), tracking.Import{ID: "users", Kind: tracking.ImportCSV, Relationship: tracking.User}, onList(ann), nil)
	check(t, err)
	sponsors := sponsor.NewMemoryStore()
	desk, err := sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: sponsors, Provider: unaware{}}, &sponsor.Options{Now: clock})
	check(t, err)
	enrolled, err := desk.Enrol(t.Context(), sponsor.Enrolment{Person: ann, Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: "account", ID: "001"}}}})
	check(t, err)

	ledger := memledger.New()
	engine, err := routing.New(cfg, routing.Deps{
		CRM: client, Ledger: ledger, Accounts: accounts, Completer: completer, Relationships: lists, Forgetters: []routing.Forgetter{lists, desk},
	}, &routing.Options{Now: clock, Secret: []byte("test")})
	check(t, err)
	moved := told(123, "company")
	first, err := engine.Handle(t.Context(), moved)
	check(t, err)
	if first.Status != routing.StatusDone || first.Plan.Relationship != "User" {
		t.Fatalf("%s %s, stamped %q", first.Status, first.Outcome.What, first.Plan.Relationship)
	}

	// Another move of hers waits for its day when HubSpot tells of the deletion.
	later := routing.Event{
		ID: "later", Source: "feed:x", OccurredAt: now, Person: routing.Person{FullName: "Ann Lee", Email: "ann@oldco-works.com"},
		To: &routing.Place{Company: "ThirdCo", StartedOn: routing.DateOf(now.AddDate(0, 0, 9))},
	}
	waiting, err := engine.Handle(t.Context(), later)
	check(t, err)
	if waiting.Status != routing.StatusWaiting {
		t.Fatalf("%s %s", waiting.Status, waiting.Outcome.Reason)
	}
	now = now.Add(time.Hour)
	deletion := routing.Event{ID: "gone", Source: "hubspot", OccurredAt: now, Person: routing.Person{HubSpotID: "123"},
		Pointer: &routing.Pointer{System: "hubspot", Tenant: "62515", Kind: kindPrivacy, ID: "123"}}
	if r, err := engine.Handle(t.Context(), deletion); err != nil || r.Outcome.Reason != routing.ReasonSuppressedPrivacy {
		t.Fatalf("the deletion: %s %v", r.Outcome.Reason, err)
	}
	now = now.AddDate(0, 0, 12)
	_, err = engine.Drain(t.Context())
	check(t, err)

	for rec, err := range ledger.Records(t.Context(), routing.Filter{}) {
		check(t, err)
		if rec.Event.Person.Email+rec.Event.Person.LastName != "" || !rec.Status.Terminal() || rec.Status == routing.StatusWaiting {
			t.Errorf("%s is %s and knows %+v", rec.Key, rec.Status, rec.Event.Person)
		}
	}
	if members, err := store.MembersOf(t.Context(), ann.Keys()); err != nil || len(members) > 0 {
		t.Errorf("on a list: %+v %v", members, err)
	}
	if known, err := sponsors.Known(t.Context(), ann.Keys()); err != nil || len(known) > 0 {
		t.Errorf("a sponsor: %+v %v", known, err)
	}
	if left, err := sponsors.Load(t.Context(), []string{enrolled.ID}); err != nil || len(left) > 0 {
		t.Errorf("a sponsor by id: %+v %v", left, err)
	}
	for c, err := range store.Credits(t.Context(), "") {
		check(t, err)
		if c.Person != "" {
			t.Errorf("a credit names the person: %+v", c)
		}
	}
	if n := len(slices.DeleteFunc(db.Records(crm.ObjectLead), func(r crm.Record) bool { return r.Fields["Company"] != "ThirdCo" })); n > 0 {
		t.Error(fmt.Sprint(n, " leads of the move that waited"))
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
