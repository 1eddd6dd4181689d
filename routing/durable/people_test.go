package durable

import (
	"context"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/sponsor"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

// people is an engine whose ledger, lists and sponsors are in one database, with Cana at
// Acme on a list and as a sponsor.
type people struct {
	*testing.T
	now      time.Time
	ledger   *Ledger
	lists    *sqlstore.Contacts
	sponsors *sqlstore.Sponsors
	contacts *contacts.Service
	engine   *routing.Engine
	who      tracking.Person
	enrolled string
}

// none is a provider that knows nobody.
type none struct{}

func (none) Find(context.Context, tracking.Person) ([]sponsor.Profile, error) { return nil, nil }

func (none) Refresh(_ context.Context, ps []tracking.Person) ([]sponsor.Refreshed, error) {
	return make([]sponsor.Refreshed, len(ps)), nil
}

// rows is a list.
type rows []tracking.Row

func (l rows) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for _, row := range l {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func newPeople(t *testing.T, dsn string) *people {
	t.Helper()
	p := &people{T: t, now: start, who: tracking.Person{
		FirstName: "Cana", LastName: canary, Emails: []string{"cana@acme.com"}, LinkedIn: "/in/cana-zwolf", Company: matching.Company{Name: "Acme"},
	}}
	clock := func() time.Time { return p.now }
	p.ledger = openLedger(t, dsn)
	o := &sqlstore.Options{Reader: p.ledger.Reader()}
	p.lists = must1(sqlstore.NewContacts(t.Context(), p.ledger.DB(), p.ledger.Dialect(), o))(t)
	p.sponsors = must1(sqlstore.NewSponsors(t.Context(), p.ledger.DB(), p.ledger.Dialect(), o))(t)
	p.contacts = must1(contacts.New(contacts.Deps{Store: p.lists, Secret: []byte("sixteen bytes or more")}, &contacts.Options{Now: clock}))(t)
	list := rows{{Number: 1, Person: p.who}, {Number: 2, Person: tracking.Person{Emails: []string{"bo@acme.com"}}}}
	must1(p.contacts.Import(t.Context(), tracking.Import{ID: "users", Kind: tracking.ImportCSV, Relationship: tracking.User}, list, nil))(t)
	desk := must1(sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: p.sponsors, Provider: none{}}, &sponsor.Options{Now: clock}))(t)
	account := []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: "account", ID: "001"}}}
	p.enrolled = must1(desk.Enrol(t.Context(), sponsor.Enrolment{Person: p.who, Entities: account}))(t).ID

	db := memcrm.New(&memcrm.Options{Now: clock})
	cfg := routing.DefaultConfig()
	cfg.Filters.Untracked = routing.HandleFilter
	cfg.Owners.Default = must1(db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"}))(t)
	cfg.DRI.Default = cfg.Owners.Default
	client := crm.NewClient(db, nil)
	accounts := must1(mirror.Load(t.Context(), client, must1(routing.NewPolicy(cfg))(t)))(t)
	p.engine = must1(routing.New(cfg, routing.Deps{
		CRM: client, Ledger: p.ledger, Accounts: accounts, Relationships: p.contacts, Forgetters: []routing.Forgetter{p.contacts, desk},
	}, &routing.Options{Now: clock, Secret: []byte("a secret")}))(t)
	return p
}

func must1[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// moves accepts reports of the person by her address and of Bo.
func (p *people) moves(id string) {
	p.Helper()
	_, err := p.engine.Accept(p.Context(), []routing.Event{
		{ID: id, Source: "feed:x", OccurredAt: p.now, Person: routing.Person{FullName: "Cana " + canary, Email: "cana@acme.com"}, To: &routing.Place{Company: id, Domain: id + ".com"}},
		{ID: id + "-bo", Source: "feed:x", OccurredAt: p.now, Person: routing.Person{FullName: "Bo Lind", Email: "bo@acme.com"}, To: &routing.Place{Company: id, Domain: id + ".com"}},
	})
	if err != nil {
		p.Fatal(err)
	}
}

func (p *people) drain() {
	p.Helper()
	if _, err := p.engine.Drain(p.Context()); err != nil {
		p.Fatal(err)
	}
}

// TestRT35ErasureReachesEveryTable: one move is done and another queued when she is
// erased, by a page that only the list and the sponsor know. Nothing of her stays in the
// database, which holds ledger, lists and sponsors, and the other goes on.
func TestRT35ErasureReachesEveryTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "onward.db")
	for name, dsn := range map[string]func(*testing.T) string{
		"SQLite": func(*testing.T) string { return path }, "PostgreSQL": func(t *testing.T) string { return pgtest.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeople(t, dsn(t))
			p.moves("done")
			p.drain()
			p.now = p.now.Add(time.Hour)
			p.moves("queued")
			if r := recordOf(t, p.ledger, "feed:x/done"); r.Status != routing.StatusDone || r.Facts.Tracked.Relationship != tracking.User || r.Outcome.Credits != 1 {
				t.Fatalf("%s, stamped %+v, %d credits", r.Status, r.Facts.Tracked, r.Outcome.Credits)
			}
			if name == "SQLite" && bytesOf(t, path, canary) == 0 {
				t.Fatal("the name was never there")
			}
			if err := p.engine.Erase(t.Context(), routing.Event{Person: routing.Person{LinkedInURL: "https://www.linkedin.com/in/cana-zwolf"}}); err != nil {
				t.Fatal(err)
			}
			p.drain()
			if r := recordOf(t, p.ledger, "feed:x/queued"); r.Outcome.Reason != routing.ReasonSuppressedPrivacy {
				t.Errorf("the queued move: %s %s", r.Status, r.Outcome.Reason)
			}
			p.wantForgotten()
			if name == "SQLite" {
				for _, word := range []string{canary, "cana@acme.com", "cana-zwolf", tracking.Digests(p.who.Keys())[0]} {
					if n := bytesOf(t, path, word); n > 0 {
						t.Errorf("%s is there %d times", word, n)
					}
				}
			}
		})
	}
}

// wantForgotten: nothing is kept of her, and Bo is as he was.
func (p *people) wantForgotten() {
	p.Helper()
	if members := must1(p.lists.MembersOf(p.Context(), p.who.Keys()))(p.T); len(members) > 0 {
		p.Errorf("on a list: %+v", members)
	}
	if known := must1(p.lists.TrackedAs(p.Context(), tracking.Digests(p.who.Keys())))(p.T); len(known) > 0 {
		p.Errorf("tracked: %+v", known)
	}
	if left := must1(p.sponsors.Load(p.Context(), []string{p.enrolled}))(p.T); len(left) > 0 {
		p.Errorf("a sponsor: %+v", left)
	}
	used, named := 0, 0
	for c, err := range p.lists.Credits(p.Context(), "") {
		if err != nil {
			p.Fatal(err)
		}
		if c.Ledger == tracking.LedgerJobChange {
			used += c.Amount
			if c.Person != "" {
				named++
			}
		}
	}
	if used != 3 || named != 2 {
		p.Errorf("%d credits, %d of them name somebody, want 3 and Bo's 2", used, named)
	}
	if r := recordOf(p.T, p.ledger, "feed:x/queued-bo"); r.Status != routing.StatusDone || r.Plan.Relationship != "User" {
		p.Errorf("somebody else's move: %s %s", r.Status, r.Outcome.Reason)
	}
}
