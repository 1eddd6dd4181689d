package main

import "github.com/onward-crm/onward/matching"

// onward is the matcher of this module.
type onward struct {
	index   *matching.Index
	profile matching.Profile
}

func newOnward() matcher { return &onward{profile: matching.Balanced()} }

// Name is the matcher's name in the table.
func (*onward) Name() string { return "onward, profile balanced" }

// Build makes the index.
func (m *onward) Build(accounts []account) {
	m.index = matching.NewIndex(func(yield func(matching.Account) bool) {
		for _, a := range accounts {
			if !yield(matching.Account{
				ID: a.id, Name: a.name, Website: a.website, Country: a.country, City: a.city, Phone: a.phone, ParentID: a.parent,
			}) {
				return
			}
		}
	}, nil)
}

// Match gives the best ranked candidate whatever the verdict: the others answer
// every query too, and the threshold on the confidence decides for all alike.
func (m *onward) Match(q query) (string, float64) {
	c := matching.Company{Name: q.company, Country: q.country, City: q.city}
	if q.domain != "" {
		c.Email = "person@" + q.domain
	}
	found := m.index.Match(m.profile, c)
	if len(found.Ranked) == 0 {
		return "", 0
	}
	return found.Ranked[0].ID, found.Ranked[0].Confidence
}

// warm loads the tables that package matching keeps for the life of the process,
// so that no index is charged with them.
func warm() {
	m := onward{profile: matching.Balanced()}
	m.Build([]account{{id: "1", name: "Österreich Test GmbH", website: "https://example.com", country: "AT"}})
	m.Match(query{company: "Osterreich Tset", domain: "example.com", country: "AT"})
}
