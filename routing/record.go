package routing

import (
	"time"

	"github.com/onward-crm/onward/routing/undo"
)

// Status is the state of a delivery.
type Status string

const (
	// StatusAccepted: stored, not yet finished.
	StatusAccepted Status = "accepted"
	// StatusDone: everything that was decided was done.
	StatusDone Status = "done"
	// StatusFiltered: nothing is to be created, by a rule.
	StatusFiltered Status = "filtered"
	// StatusReview: a person has to decide.
	StatusReview Status = "review"
	// StatusWaiting: it will be looked at again at its due time.
	StatusWaiting Status = "waiting"
	// StatusParked: it cannot be finished without a change from outside (refused
	// by the CRM, blocked, too many attempts). Replay continues it.
	StatusParked Status = "parked"
)

// Terminal reports whether work on the delivery has ended for now.
func (s Status) Terminal() bool { return s != StatusAccepted && s != "" }

// Outcome says what became of a move.
type Outcome struct {
	Status Status `json:"status"`
	// What is the result in one word, one of the What constants.
	What   What   `json:"what"`
	Reason Reason `json:"reason"`
	// The records concerned; ids are empty when there is none.
	ContactID     string   `json:"contact_id,omitempty"`
	LeadID        string   `json:"lead_id,omitempty"`
	AccountID     string   `json:"account_id,omitempty"`
	PastID        string   `json:"past_id,omitempty"`
	EventRecordID string   `json:"event_record_id,omitempty"`
	OwnerID       string   `json:"owner_id,omitempty"`
	Matches       []string `json:"matches,omitempty"`
	// AccountCreated tells that this move created the account.
	AccountCreated bool `json:"account_created,omitempty"`
	// Credits is the number of job-change credits used: 1 for a delivered
	// change, 0 when an existing record was only enriched.
	Credits int `json:"credits"`
	// Returned is the number of credits that an undo gave back; Credits is 0 then.
	Returned int `json:"credits_returned,omitempty"`
	// Left is what an undo could not take back, for a person to see to.
	Left []undo.Left `json:"left,omitempty"`
	// First is the delivery that this one repeats.
	First string `json:"first,omitempty"`
	// DRIDue is when the directly responsible individual is to be written.
	DRIDue time.Time `json:"dri_due,omitzero"`
	// Open keeps a departure open for its destination (RT21).
	Open bool `json:"open,omitempty"`
	// Error is the class and code of what the CRM refused.
	Error string `json:"error,omitempty"`
	// Actions tells what became of what a rep was to get, in the order of the plan.
	Actions []ActionResult `json:"actions,omitempty"`
	// Flow holds what an invoked Flow gave out.
	Flow map[string]string `json:"flow,omitempty"`
}

// Erased is the outcome without what may tell of the person: what a Flow gave out, and
// the words of an error, which may be a Flow's as well.
func (o Outcome) Erased() Outcome {
	o.Flow, o.Error, o.Actions = nil, "", nil
	return o
}

// What is an outcome in one word.
type What string

// The outcomes of moves.
const (
	WhatContact           What = "contact_created"
	WhatAccountAndContact What = "account_and_contact_created"
	WhatLead              What = "lead_created"
	WhatEnriched          What = "enriched"
	WhatUpdated           What = "updated"
	WhatReactivated       What = "reactivated"
	WhatDeparture         What = "departure_recorded"
	WhatFlow              What = "handed_to_flow"
	WhatHeld              What = "held"
	WhatNothing           What = "nothing"
	WhatBlocked           What = "blocked_by_duplicate_rule"
	WhatPartial           What = "partial"
	WhatRefused           What = "refused"
	WhatDuplicate         What = "duplicate_move"
	WhatSuppressed        What = "suppressed"
	// WhatUndone: an operator has taken the decision back.
	WhatUndone What = "undone"
)

// Record is the whole story of one delivery, as the ledger keeps it.
type Record struct {
	Delivery
	// Seq is the order of acceptance, from 1.
	Seq      int64     `json:"seq"`
	Status   Status    `json:"status"`
	Attempt  int       `json:"attempt"`
	Failures int       `json:"failures,omitempty"`
	Due      time.Time `json:"due,omitzero"`
	// Note is the reason of the last release.
	Note     string    `json:"note,omitempty"`
	Plan     *Plan     `json:"plan,omitempty"`
	Facts    *Facts    `json:"facts,omitempty"`
	Receipts []Receipt `json:"receipts,omitempty"`
	Outcome  Outcome   `json:"outcome"`
	Acts     []Act     `json:"acts,omitempty"`
	// DRI is the history of responsible people, oldest first; DRIDue is when they
	// are looked at next, zero for never.
	DRI        []DRIState `json:"dri,omitempty"`
	DRIDue     time.Time  `json:"dri_due,omitzero"`
	DecidedAt  time.Time  `json:"decided_at,omitzero"`
	FinishedAt time.Time  `json:"finished_at,omitzero"`
}
