package sponsor

import (
	"cmp"
	"slices"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// Sponsor is one person who is followed, for one or more entities. A Desk changes
// it; everybody else reads it. Times are UTC.
type Sponsor struct {
	ID string `json:"id"`
	// Version counts the saves; the store refuses to save over another one.
	Version int    `json:"version"`
	Status  Status `json:"status"`
	// Since is when Status was reached, Last by which event, By through whom ("" is
	// the Desk itself).
	Since time.Time `json:"since"`
	Last  Event     `json:"last,omitempty"`
	By    string    `json:"by,omitempty"`
	// Person is the record: who it is, and the accepted title and company. Location
	// is the accepted one.
	Person   tracking.Person `json:"person"`
	Location string          `json:"location,omitempty"`
	// Former are identifiers that Person had before.
	Former   []string `json:"former,omitempty"`
	Entities []Entity `json:"entities"`
	// Candidates are the suggested profiles, best first, while a match is found.
	Candidates []Profile `json:"candidates,omitempty"`
	// Passed are identifiers of profiles that are not to be suggested again.
	Passed []string `json:"passed,omitempty"`
	// Chosen is the key of the profile that is tracked, Seen its newest state,
	// RefreshedAt when it was last read. Misses counts the confirmations in a row that
	// it is gone.
	Chosen      string    `json:"chosen,omitempty"`
	Seen        Profile   `json:"seen,omitzero"`
	RefreshedAt time.Time `json:"refreshed_at,omitzero"`
	Misses      int       `json:"misses,omitempty"`
	// Due is when the Desk has to work on it next; zero means never.
	Due time.Time `json:"due,omitzero"`
	// Updates are the open ones and the last MaxClosed closed ones, in order of time.
	// Made counts all there ever were.
	Updates []Update `json:"updates,omitempty"`
	Made    int      `json:"made,omitempty"`
	// Rejected are values that are not to be proposed again.
	Rejected []Rejection `json:"rejected,omitempty"`
}

// MaxClosed is how many closed updates a sponsor keeps; the history keeps all.
const MaxClosed = 100

// EntityRef names what a sponsor belongs to: an account, a relationship, a project,
// or another kind that the rules allow.
type EntityRef struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Entity is one membership of a sponsor.
type Entity struct {
	EntityRef
	Name string `json:"name,omitempty"`
	// Role is the part that the person plays there, such as "Economic Buyer".
	Role string `json:"role,omitempty"`
	// OwnerID is the user who is responsible for the entity: tasks and notices go
	// there.
	OwnerID string `json:"owner_id,omitempty"`
}

// The kinds of entities that rules allow by default.
const (
	KindAccount      = "account"
	KindRelationship = "relationship"
	KindProject      = "project"
)

// Open is the badge: how many updates wait for somebody.
func (s Sponsor) Open() int {
	n := 0
	for _, u := range s.Updates {
		if u.State == UpdateOpen {
			n++
		}
	}
	return n
}

// Identity are the identifiers that nobody else may have, sorted: record, profile,
// HubSpot contact, addresses.
func (s Sponsor) Identity() []string { return strong(s.Person.Keys()) }

// Keys are all identifiers under which anything is kept here, sorted: those of the
// person, now and before, and those of profiles that were suggested, passed over or
// seen. An erasure reaches the sponsor by any of them.
func (s Sponsor) Keys() []string {
	keys := slices.Concat(s.Person.Keys(), s.Former, s.Passed, s.Seen.Person.Keys())
	for _, c := range s.Candidates {
		keys = append(keys, c.Person.Keys()...)
	}
	if s.Chosen != "" {
		keys = append(keys, s.Chosen)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// self are the identifiers of the person alone, those of the profile that is tracked
// included.
func (s Sponsor) self() []string {
	keys := slices.Concat(s.Person.Keys(), s.Former)
	if s.Chosen != "" {
		keys = append(append(keys, s.Chosen), s.Seen.Person.Keys()...)
	}
	return add(keys)
}

// entity finds a membership; -1 when there is none.
func (s Sponsor) entity(ref EntityRef) int {
	return slices.IndexFunc(s.Entities, func(e Entity) bool { return e.EntityRef == ref })
}

// update finds an update; -1 when there is none.
func (s Sponsor) update(id string) int {
	return slices.IndexFunc(s.Updates, func(u Update) bool { return u.ID == id })
}

// Clone shares nothing with s.
func (s Sponsor) Clone() Sponsor {
	s.Person = clonePerson(s.Person)
	s.Former = slices.Clone(s.Former)
	s.Entities = slices.Clone(s.Entities)
	s.Passed = slices.Clone(s.Passed)
	s.Seen = s.Seen.clone()
	s.Candidates = slices.Clone(s.Candidates)
	for i := range s.Candidates {
		s.Candidates[i] = s.Candidates[i].clone()
	}
	s.Updates = slices.Clone(s.Updates)
	for i := range s.Updates {
		s.Updates[i].Changes = slices.Clone(s.Updates[i].Changes)
	}
	s.Rejected = slices.Clone(s.Rejected)
	return s
}

func clonePerson(p tracking.Person) tracking.Person {
	p.Emails = slices.Clone(p.Emails)
	return p
}

// normal is the reference with an account's id in its long form.
func (r EntityRef) normal() EntityRef {
	if long := recordID(r.ID); r.Kind == KindAccount && long != "" {
		r.ID = long
	}
	return r
}

// compare orders entities by kind and id.
func (r EntityRef) compare(other EntityRef) int {
	return cmp.Or(cmp.Compare(r.Kind, other.Kind), cmp.Compare(r.ID, other.ID))
}
