package tracking

import (
	"time"

	"github.com/onward-crm/onward/matching"
)

// PositionKind says what somebody does at a company. Empty means that nobody
// told; it counts as employee.
type PositionKind string

// The kinds of positions.
const (
	Employee   PositionKind = "employee"
	Advisor    PositionKind = "advisor"
	Board      PositionKind = "board"
	Contractor PositionKind = "contractor"
	Founder    PositionKind = "founder"
)

// isSide reports whether one can hold such a position beside a job.
func (k PositionKind) isSide() bool { return k == Advisor || k == Board }

// Position is one position of a person, as reported.
type Position struct {
	Company matching.Company `json:"company"`
	Title   string           `json:"title,omitempty"`
	Kind    PositionKind     `json:"kind,omitempty"`
	// Current tells that the person holds it now. Nothing is concluded from
	// missing dates.
	Current   bool      `json:"current,omitempty"`
	StartedOn time.Time `json:"started_on,omitzero"`
	EndedOn   time.Time `json:"ended_on,omitzero"`
}

// PastRecord is what the CRM says of the person: the record at the company where
// the CRM believes, or believed, them to be.
type PastRecord struct {
	Company   matching.Company `json:"company"`
	AccountID string           `json:"account_id,omitempty"`
	Title     string           `json:"title,omitempty"`
	// Left tells that the record is marked: the person is known to have left.
	Left      bool   `json:"left,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	LinkedIn  string `json:"linkedin,omitempty"`
}

// AccountRef is an account and the top of its hierarchy. Root is the account's
// own id when nothing is above it; empty when the hierarchy was not read.
type AccountRef struct {
	ID   string `json:"id,omitempty"`
	Root string `json:"root,omitempty"`
}

// sameHierarchy reports whether two different accounts have one top.
func (a AccountRef) sameHierarchy(b AccountRef) bool {
	top := func(r AccountRef) string {
		if r.Root != "" {
			return r.Root
		}
		return r.ID
	}
	return a.ID != "" && b.ID != "" && a.ID != b.ID && top(a) == top(b)
}

// Observation is what is known when a report comes in. Every part may be
// missing.
type Observation struct {
	// From and To are the reported old and new position; To is nil when the
	// person left without a known destination.
	From *Position `json:"from,omitempty"`
	To   *Position `json:"to,omitempty"`
	// Positions are all current positions, History the past ones.
	Positions []Position `json:"positions,omitempty"`
	History   []Position `json:"history,omitempty"`
	// Past is the person's record in the CRM at the old company. It speaks for
	// the old position wherever From is silent.
	Past *PastRecord `json:"past,omitempty"`
	// FirstName, LastName and LinkedIn are the person's, as reported.
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	LinkedIn  string `json:"linkedin,omitempty"`
	// ToAccount and FromAccount are the accounts that the companies were matched
	// to, without doubt.
	ToAccount   AccountRef `json:"to_account,omitzero"`
	FromAccount AccountRef `json:"from_account,omitzero"`
	// PriorAtDestination tells that an old, marked record of the person exists at
	// the new company.
	PriorAtDestination bool `json:"prior_at_destination,omitempty"`
	// Profile brings pins and acquisitions into the comparison of companies; the
	// zero Profile has none.
	Profile matching.Profile `json:"profile,omitzero"`
}

// old is the old position: From, completed from the past record.
func (o Observation) old() Position {
	var p Position
	if o.From != nil {
		p = *o.From
	}
	if o.Past == nil {
		return p
	}
	if p.Title == "" {
		p.Title = o.Past.Title
	}
	if !named(p.Company) {
		since := p.Company.Since
		p.Company = o.Past.company()
		if !since.IsZero() {
			p.Company.Since = since
		}
	}
	return p
}

// settled fills in accounts that the positions themselves name.
func (o Observation) settled() Observation {
	if o.FromAccount.ID == "" {
		o.FromAccount = AccountRef{ID: o.old().Company.AccountID}
	}
	if o.ToAccount.ID == "" && o.To != nil {
		o.ToAccount = AccountRef{ID: o.To.Company.AccountID}
	}
	return o
}

func (r PastRecord) company() matching.Company {
	c := r.Company
	if c.AccountID == "" {
		c.AccountID = r.AccountID
	}
	return c
}

// named reports whether anything identifies the company.
func named(c matching.Company) bool {
	return c.Name != "" || c.Domain != "" || c.AccountID != "" || c.LinkedIn != "" || c.Email != ""
}
