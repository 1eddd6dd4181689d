package digest

import (
	"time"

	"github.com/onward-crm/onward/dri"
)

// Party is somebody or something that a message names.
type Party struct {
	// ID is the CRM's, "" for what has no record.
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	// URL leads to the record; "" for none.
	URL string `json:"url,omitempty"`
}

// Part is one half of a change, with who is responsible for it.
type Part struct {
	Scenario dri.Scenario `json:"scenario"`
	Class    dri.Class    `json:"class"`
	UserID   string       `json:"user_id"`
	// Account is the company that was joined or left.
	Account Party `json:"account"`
}

// Change is a finished move.
type Change struct {
	// ID is the identity of the move: several reports of one move have the same, and
	// the latest of them counts.
	ID string `json:"id"`
	// Stays tells that the person is still where they were, in a new role: a promotion,
	// a new title, another part of the same group.
	Stays bool `json:"stays,omitempty"`
	// At is when the work on it ended.
	At     time.Time `json:"at"`
	Person Party     `json:"person"`
	// PersonIDs are all ids by which the person is known: past and new record, and
	// those of other systems. Sponsor updates are compared by them.
	PersonIDs []string `json:"person_ids,omitempty"`
	// Role is the job title at the new company, OldRole the one at the old company.
	Role    string `json:"role,omitempty"`
	OldRole string `json:"old_role,omitempty"`
	// From and To are the companies; a Name of "" is unknown.
	From Party `json:"from"`
	To   Party `json:"to"`
	// Relationship is how the person dealt with us.
	Relationship string `json:"relationship,omitempty"`
	// Did says in a few words what was done ("contact created").
	Did   string `json:"did,omitempty"`
	Parts []Part `json:"parts"`
}

// Review is a move that waits for somebody's decision.
type Review struct {
	ID string `json:"id"`
	// UserID is who shall hear of it.
	UserID string `json:"user_id"`
	// Since is when it began to wait.
	Since   time.Time `json:"since"`
	Person  Party     `json:"person"`
	Role    string    `json:"role,omitempty"`
	Company Party     `json:"company"`
	// Why says in a few words what is doubtful.
	Why string `json:"why"`
}

// Update is news of a tracked sponsor.
type Update struct {
	ID     string    `json:"id"`
	UserID string    `json:"user_id"`
	At     time.Time `json:"at"`
	Person Party     `json:"person"`
	// PersonIDs are compared with those of changes: who hears that somebody moved need
	// not hear that their company has changed (SP15).
	PersonIDs []string `json:"person_ids,omitempty"`
	Account   Party    `json:"account"`
	// Attribute is what changed: "company", "title", "location" …; Old and New are its
	// values.
	Attribute string `json:"attribute"`
	Old       string `json:"old,omitempty"`
	New       string `json:"new,omitempty"`
}

// Facts is everything that messages are made of, in any order.
type Facts struct {
	Changes []Change
	Reviews []Review
	Updates []Update
}
