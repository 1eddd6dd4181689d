package crm

import "time"

// Key identifies one intended effect for ever: at most 64 characters, made by
// the caller, the same for every attempt. Creates carry it into the unique
// external-id field.
type Key string

// Verb says what a write does.
type Verb string

const (
	// VerbCreate inserts a record under its key. A record that already has the
	// key is taken as the result and not touched.
	VerbCreate Verb = "create"
	// VerbUpdate changes the record named by ID.
	VerbUpdate Verb = "update"
	// VerbUpsert inserts or overwrites by key; for the event record only.
	VerbUpsert Verb = "upsert"
)

// Write is one intended change of one record.
type Write struct {
	Key    Key    `json:"key"`
	Verb   Verb   `json:"verb"`
	Object Object `json:"object"`
	// ID is the record to update.
	ID string `json:"id,omitempty"`
	// Set overwrites. Fill is written only where the record's field is blank;
	// the Client resolves it by reading the record in the call before, so that
	// drivers never see it. On a create it is the same as Set, and Set wins;
	// upserts have none.
	Set  Fields `json:"set,omitempty"`
	Fill Fields `json:"fill,omitempty"`
	// Link maps reference fields to the keys of the writes whose records' ids
	// belong there. Such a write waits for the others, and fails with
	// ErrParent when one of them failed. The Client resolves it too.
	Link map[string]Key `json:"link,omitempty"`
	// Parent groups writes that lock the same row (children of one account).
	Parent string `json:"parent,omitempty"`
	// If is the version that the record must still have; empty means any.
	If Version `json:"if,omitempty"`
	// Assign leaves the owner of a lead to the CRM's assignment rules.
	Assign bool `json:"assign,omitempty"`
	// AllowDuplicate saves past duplicate rules of the alert kind. It is sent
	// only where the configuration says so; block rules hold all the same.
	AllowDuplicate bool `json:"allow_duplicate,omitempty"`
	// Again tells that an earlier process may have sent this write already, and
	// Since when the write was decided. They matter only for creates of objects
	// without a key field (see Seeker).
	Again bool      `json:"-"`
	Since time.Time `json:"-"`
}

// Result says what became of one write.
type Result struct {
	// ID is the record's id, also when it already existed.
	ID string `json:"id,omitempty"`
	// Created tells a new record from one that was there.
	Created bool `json:"created,omitempty"`
	// Before holds the previous values of the fields that were changed, for
	// undoing. Changed holds what was really sent.
	Before  Fields `json:"before,omitempty"`
	Changed Fields `json:"changed,omitempty"`
	// Err is nil, or an *Error with its class.
	Err error `json:"-"`
}
