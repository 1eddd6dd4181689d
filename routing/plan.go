package routing

import (
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// Plan is a decision as a value: everything that is to happen for one move,
// and why. It can be printed (that is a dry run), compared and stored. It
// holds no pointers into the facts that it was made on.
type Plan struct {
	// Key is the delivery, Move the identity of the move across deliveries.
	Key  string `json:"key"`
	Move string `json:"move"`
	// Config is the version of the configuration that decided.
	Config   string   `json:"config"`
	Mode     Mode     `json:"mode"`
	Strategy Strategy `json:"strategy"`
	// Kind classifies the move; Flags are facts worth knowing, sorted.
	Kind  tracking.Kind `json:"kind"`
	Flags []Reason      `json:"flags,omitempty"`
	// Status, What and Reason are the outcome if every write succeeds.
	Status Status `json:"status"`
	What   What   `json:"what"`
	Reason Reason `json:"reason"`
	// Due is when a waiting move is looked at again.
	Due time.Time `json:"due,omitzero"`
	// Relationship is the winning one, stamped on what is delivered.
	Relationship string `json:"relationship,omitempty"`
	// Signal is what happened in the eyes of a seller, Persona the name of the first
	// one that fits, Configuration the name of the one that decided; each may be none.
	Signal        target.Signal `json:"signal,omitempty"`
	Persona       string        `json:"persona,omitempty"`
	Configuration string        `json:"configuration,omitempty"`
	// Past is the past record; OtherPast are duplicates of it, marked as well.
	Past          *crm.Ref  `json:"past,omitempty"`
	OtherPast     []crm.Ref `json:"other_past,omitempty"`
	PastAccountID string    `json:"past_account_id,omitempty"`
	// Person and Account are what matching found, Classes what the account is.
	Person  matching.PersonMatch  `json:"person"`
	Account matching.AccountMatch `json:"account"`
	Classes []string              `json:"classes,omitempty"`
	// AccountID is the account that the move leads to, if there is one already;
	// NewAccount is the key of the one to be created.
	AccountID  string  `json:"account_id,omitempty"`
	NewAccount crm.Key `json:"new_account,omitempty"`
	// PersonWrite is the key of the write that creates or enriches the person.
	PersonWrite crm.Key `json:"person_write,omitempty"`
	// Owner is who will own the new record, DRI who is responsible as seen today.
	Owner dri.Assignment   `json:"owner,omitzero"`
	DRI   []dri.Assignment `json:"dri,omitempty"`
	// DRIDue is when the responsible people are written.
	DRIDue time.Time `json:"dri_due,omitzero"`
	// Writes are the effects, parents before children. Event is the event record,
	// written last; Conclude completes it with what became of the others.
	Writes []crm.Write `json:"writes,omitempty"`
	Event  *crm.Write  `json:"event,omitempty"`
	// Credits is the number of job-change credits that success costs.
	Credits int      `json:"credits"`
	Notices []Notice `json:"notices,omitempty"`
	// Actions are what a rep gets beside the record, in the order in which it is done.
	Actions []Action `json:"actions,omitempty"`
	// Flow is the decision in flat values for strategy flow.
	Flow *FlowDecision `json:"flow,omitempty"`
	// Aliases and Rota are claimed and advanced when the plan is stored.
	Aliases []AliasClaim   `json:"aliases,omitempty"`
	Rota    []dri.RotaMove `json:"rota,omitempty"`
	// First is the delivery that this one repeats; Forget tells the ledger to
	// keep nothing personal.
	First  string `json:"first,omitempty"`
	Forget bool   `json:"forget,omitempty"`
	// Open keeps a departure open for its destination.
	Open bool `json:"open,omitempty"`
	// Trace is the explanation, step by step.
	Trace []Step `json:"trace,omitempty"`
}

// Step is one step of a decision. Explain turns steps into sentences.
type Step struct {
	Stage Stage `json:"stage"`
	// Reason is the named reason: one of this package, of matching, dri or
	// tracking.
	Reason Reason `json:"reason"`
	// About is the id, rule or value that the reason is about; never a person's
	// name or address.
	About string `json:"about,omitempty"`
}

// Stage is a part of the decision.
type Stage string

// The stages, in the order in which they are passed.
const (
	StagePast          Stage = "past"
	StageKind          Stage = "kind"
	StageRelationship  Stage = "relationship"
	StageConfiguration Stage = "configuration"
	StageFilter        Stage = "filter"
	StageDuplicate     Stage = "duplicate"
	StageAccount       Stage = "account"
	StageStrategy      Stage = "strategy"
	StageOwner         Stage = "owner"
	StageDRI           Stage = "dri"
	StageHandoff       Stage = "handoff"
)

// FlowDecision is a decision in the flat values that a Salesforce Flow can take:
// text and booleans, "" where there is none.
type FlowDecision struct {
	RequestID     string `json:"requestId"`
	Status        string `json:"status"`
	Outcome       string `json:"outcome"`
	Reason        string `json:"reason"`
	Message       string `json:"message"`
	Kind          string `json:"kind"`
	DuplicateID   string `json:"duplicateId"`
	DuplicateType string `json:"duplicateType"`
	AccountID     string `json:"accountId"`
	AccountTier   string `json:"accountTier"`
	AccountStatus string `json:"accountStatus"`
	PastContactID string `json:"pastContactId"`
	PastLeadID    string `json:"pastLeadId"`
	PastAccountID string `json:"pastAccountId"`
	OwnerID       string `json:"ownerId"`
	Relationship  string `json:"relationship"`
	FirstName     string `json:"firstName"`
	LastName      string `json:"lastName"`
	Email         string `json:"email"`
	Title         string `json:"title"`
	Company       string `json:"company"`
	Domain        string `json:"domain"`
	Key           string `json:"key"`
}
