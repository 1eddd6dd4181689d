// Package mirror keeps a matching.Index of the CRM's accounts, so that account
// candidates come from memory: no live query is made for a move.
//
// Load reads accounts, the e-mail domains of their contacts, their open
// opportunities and the state of their owners once, page by page. The mirror is
// a routing.AccountFinder.
package mirror

import (
	"context"
	"maps"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// Mirror is an index of accounts. It is safe for concurrent use.
type Mirror struct {
	index *matching.Index
}

var _ routing.AccountFinder = (*Mirror)(nil)

// Load reads everything that account matching looks at. The error is the CRM's,
// with its class.
func Load(ctx context.Context, c *crm.Client, p *routing.Policy) (*Mirror, error) {
	l := loader{client: c, policy: p, names: p.Config().Names}
	steps := []func(context.Context) error{l.users, l.contacts, l.opportunities, l.accounts}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return &Mirror{index: matching.NewIndex(slices.Values(l.found), nil)}, nil
}

// Candidates gives the accounts that each company may be, compared already.
func (m *Mirror) Candidates(_ context.Context, p matching.Profile, cs []matching.Company) ([]routing.Candidates, error) {
	out := make([]routing.Candidates, len(cs))
	for i, c := range cs {
		match, accounts := m.index.MatchWith(p, c)
		out[i] = routing.Candidates{Accounts: accounts, Capped: match.Capped, Match: &match}
	}
	return out, nil
}

// Len is the number of accounts.
func (m *Mirror) Len() int { return m.index.Len() }

// Upsert adds or replaces an account.
func (m *Mirror) Upsert(a matching.Account) { m.index.Upsert(a) }

// Delete removes an account.
func (m *Mirror) Delete(id string) { m.index.Delete(id) }

// loader collects the parts of an account from several objects.
type loader struct {
	client *crm.Client
	policy *routing.Policy
	names  crm.Names
	active map[string]bool
	// mail counts the domains of each account's contacts, people the contacts.
	mail   map[string]map[string]int
	people map[string]int
	deals  map[string]int
	found  []matching.Account
}

func (l *loader) users(ctx context.Context) error {
	l.active = map[string]bool{}
	q := crm.Query{Object: crm.ObjectUser, Select: []string{"IsActive"}}
	for r, err := range l.client.All(ctx, q) {
		if err != nil {
			return err
		}
		l.active[r.ID] = crm.IsTrue(r.Fields["IsActive"])
	}
	return nil
}

func (l *loader) contacts(ctx context.Context) error {
	l.mail, l.people = map[string]map[string]int{}, map[string]int{}
	q := crm.Query{Object: crm.ObjectContact, Select: []string{"AccountId", "Email"}}
	for r, err := range l.client.All(ctx, q) {
		if err != nil {
			return err
		}
		id := r.Fields["AccountId"]
		if id == "" {
			continue
		}
		l.people[id]++
		if e, ok := matching.ParseEmail(r.Fields["Email"]); ok {
			if d := e.Domain(); d.Usable() {
				if l.mail[id] == nil {
					l.mail[id] = map[string]int{}
				}
				l.mail[id][d.Registrable]++
			}
		}
	}
	return nil
}

func (l *loader) opportunities(ctx context.Context) error {
	l.deals = map[string]int{}
	q := crm.Query{Object: crm.ObjectOpportunity, Select: []string{"AccountId"},
		Where: []crm.Cond{{Field: "IsClosed", Op: crm.OpIn, Values: []string{"false"}}}}
	for r, err := range l.client.All(ctx, q) {
		if err != nil {
			return err
		}
		l.deals[r.Fields["AccountId"]]++
	}
	return nil
}

// accounts puts the parts together. Merged and deleted accounts are kept with
// their masters, so that a hit on one leads to the living one (MA39).
func (l *loader) accounts(ctx context.Context) error {
	q := crm.Query{Object: crm.ObjectAccount, Select: l.policy.AccountFields(), Deleted: true}
	for r, err := range l.client.All(ctx, q) {
		if err != nil {
			return err
		}
		l.found = append(l.found, l.account(l.names.Account(r)))
	}
	return nil
}

func (l *loader) account(a crm.Account) matching.Account {
	classes := l.policy.Classes(a)
	out := matching.Account{
		ID: a.ID, Name: a.Name, Website: a.Website, Domains: a.Domains, LinkedIn: a.LinkedIn, Country: a.Country,
		State: a.State, City: a.City, Phone: a.Phone, ParentID: a.ParentID, MasterID: a.MasterID, Deleted: a.Deleted,
		Contacts: l.people[a.ID], OpenOpportunities: l.deals[a.ID], OwnerID: a.OwnerID, ActiveOwner: l.active[a.OwnerID],
		Customer: slices.Contains(classes, "customer"), Target: slices.Contains(classes, "target"),
		LastActivity: a.LastActivity, CreatedAt: a.CreatedAt,
	}
	for _, domain := range slices.Sorted(maps.Keys(l.mail[a.ID])) {
		out.ContactDomains = append(out.ContactDomains, matching.DomainCount{Domain: domain, Count: l.mail[a.ID][domain]})
	}
	return out
}
