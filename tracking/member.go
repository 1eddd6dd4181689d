package tracking

import (
	"slices"
	"time"
)

// Member is somebody in a list, as the list names them. Import, Relationship and Key
// name the member.
type Member struct {
	Import       string `json:"import"`
	Relationship string `json:"relationship"`
	// Key is the strongest of Keys, which are the Person's. They are reached by their
	// Handles.
	Key    string   `json:"key"`
	Keys   []string `json:"keys"`
	Person Person   `json:"person"`
	// Rows is how often the list names them.
	Rows int `json:"rows"`
	// Joined is when they were first read, Left when they were first missing; zero
	// while they are in the list.
	Joined time.Time `json:"joined"`
	Left   time.Time `json:"left,omitzero"`
}

// NewMember is the member that a row makes, or why it makes none (see Row.Check).
func NewMember(imp string, r Row) (Member, *RowProblem) {
	keys := r.Person.Keys()
	if problem := r.check(keys); problem != nil {
		return Member{}, problem
	}
	return Member{Import: imp, Relationship: r.Relationship, Key: keys[0], Keys: keys, Person: r.Person, Rows: 1}, nil
}

// Counts reports whether the member is in the list at a time: until the relationship's
// days of grace after leaving are over.
func (m Member) Counts(graceDays int, now time.Time) bool {
	return m.Left.IsZero() || now.Before(m.Left.AddDate(0, 0, graceDays))
}

// With adds what another row of the same member says. The first row's words stay;
// addresses and keys come together.
func (m Member) With(o Member) Member {
	m.Rows += o.Rows
	m.Person = m.Person.With(o.Person)
	m.Keys = slices.Clone(m.Keys)
	for _, k := range o.Keys {
		if !slices.Contains(m.Keys, k) {
			m.Keys = append(m.Keys, k)
		}
	}
	return m
}

// With fills what is missing from another report of the same person.
func (p Person) With(o Person) Person {
	fill := func(to *string, from string) {
		if *to == "" {
			*to = from
		}
	}
	fill(&p.RecordID, o.RecordID)
	fill(&p.HubSpotID, o.HubSpotID)
	fill(&p.LinkedIn, o.LinkedIn)
	fill(&p.FirstName, o.FirstName)
	fill(&p.LastName, o.LastName)
	fill(&p.Title, o.Title)
	fill(&p.AccountID, o.AccountID)
	if p.Company.Name == "" {
		p.Company = o.Company
	}
	p.Emails = slices.Clone(p.Emails)
	for _, e := range o.Emails {
		if !slices.Contains(p.Emails, e) {
			p.Emails = append(p.Emails, e)
		}
	}
	return p
}

// Synced is what reading a list has changed, in members.
type Synced struct {
	Joined   int `json:"joined"`
	Returned int `json:"returned"`
	Stayed   int `json:"stayed"`
	Left     int `json:"left"`
}
