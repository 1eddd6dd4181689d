package routing

import (
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// Facts is all that a decision may know beside the configuration and the event.
// They are stored with the plan, so that a decision can be replayed. The order
// of the lists never changes a decision.
type Facts struct {
	// Now is the time of the decision.
	Now time.Time `json:"now"`
	// People are leads and contacts that may be the mover, Accounts the accounts
	// that anything refers to, Users people and queues.
	People        []crm.Person          `json:"people,omitempty"`
	Accounts      []crm.Account         `json:"accounts,omitempty"`
	Users         []crm.User            `json:"users,omitempty"`
	Opportunities []crm.Opportunity     `json:"opportunities,omitempty"`
	Roles         []crm.OpportunityRole `json:"roles,omitempty"`
	Team          []dri.TeamMember      `json:"team,omitempty"`
	// Candidates are the accounts that the new company may be; Capped tells that
	// there were more than the cap, ListSize how many accounts there are at all.
	Candidates []matching.Account `json:"candidates,omitempty"`
	Capped     bool               `json:"capped,omitempty"`
	ListSize   int                `json:"list_size,omitempty"`
	// Known is what the ledger knows under the event's aliases, Rota where the
	// pools stand, Suppressed that the person was erased.
	Known      map[Alias]Identity `json:"known,omitempty"`
	Rota       map[string]int     `json:"rota,omitempty"`
	Suppressed bool               `json:"suppressed,omitempty"`
	// Priors are the deliveries behind the identities in Known.
	Priors []Prior `json:"priors,omitempty"`
	// Own are the ids of records that an earlier attempt on this same move created:
	// they are not somebody's duplicates.
	Own []string `json:"own,omitempty"`
	// Watched are those of Accounts that reports watch.
	Watched []target.Watched `json:"watched,omitempty"`
	// Pick is what an operator chose in a review.
	Pick *Pick `json:"pick,omitempty"`
	// Asked is what was asked already, so that Needs can tell what is missing from
	// what does not exist. It is not stored.
	Asked map[Ask]bool `json:"-"`
	// Matched is what matching made of all this: Match fills it, Decide reads it.
	Matched Matched `json:"matched"`
	// persons are the delivery's keyed hashes, by which an erased person is known
	// even when the payload is gone.
	persons []string
	// account keeps the account match of these candidates while facts are
	// gathered: it is the dearest part, and asked for in every round.
	account *matching.AccountMatch
}

// Matched is what the facts say about who and what the event is.
type Matched struct {
	// Past is the mover's record at the old company; OtherPast are duplicates of
	// it at the same account (RT45).
	Past      *crm.Person `json:"past,omitempty"`
	OtherPast []crm.Ref   `json:"other_past,omitempty"`
	// AtFrom tells that the past record is at the place that the report names.
	AtFrom bool `json:"at_from,omitempty"`
	// Site is the new company's own domain, as far as it is known.
	Site Site `json:"site,omitzero"`
	// PastAccountID is the account that the person leaves, if known.
	PastAccountID string                  `json:"past_account_id,omitempty"`
	Person        matching.PersonMatch    `json:"person"`
	Account       matching.AccountMatch   `json:"account"`
	Kind          tracking.Classification `json:"kind"`
	// Uncertain tells that the old and the new company may be one.
	Uncertain bool `json:"uncertain,omitempty"`
	// Relationship is the winning one.
	Relationship string       `json:"relationship,omitempty"`
	Identity     MoveIdentity `json:"identity"`
}

// Site is a company's domain: the host as reported, and the registrable part.
type Site struct {
	Host        string `json:"host"`
	Registrable string `json:"registrable"`
}

// MoveIdentity says which move an event is.
type MoveIdentity struct {
	// Move is the identity that the decision is made under.
	Move string `json:"move"`
	// First is the delivery that reported the same move before.
	First string `json:"first,omitempty"`
	// Continues tells that the move began as an open departure (RT21).
	Continues bool `json:"continues,omitempty"`
	// Older tells that a later move of the person was decided already.
	Older bool `json:"older,omitempty"`
	// Company is the key under which a new account is or was created, NewCompany
	// the identity of it in the ledger, if it is known there.
	Company    crm.Key   `json:"company,omitempty"`
	NewCompany *Identity `json:"new_company,omitempty"`
	// LatestTo is where that later move led.
	LatestTo *Place `json:"latest_to,omitempty"`
	// Claims are the aliases to take: first, Lasting of them, those of the move,
	// then those that lead to the person's latest move, if the plan moves the
	// person. CompanyClaims are those for the new account, if one is created.
	Claims        []AliasClaim `json:"claims,omitempty"`
	Lasting       int          `json:"lasting,omitempty"`
	CompanyClaims []AliasClaim `json:"company_claims,omitempty"`
}

// Prior is an earlier report of the same move.
type Prior struct {
	Delivery   string    `json:"delivery"`
	Move       string    `json:"move"`
	Status     Status    `json:"status"`
	Outcome    Outcome   `json:"outcome"`
	OccurredAt time.Time `json:"occurred_at"`
	From       *Place    `json:"from,omitempty"`
	To         *Place    `json:"to,omitempty"`
}

// Pick is an operator's answer to a review.
type Pick struct {
	// AccountID is the account chosen, PersonID the duplicate chosen; "none"
	// means that none of the candidates is right.
	AccountID string `json:"account_id,omitempty"`
	PersonID  string `json:"person_id,omitempty"`
	// Reject ends the review with nothing created.
	Reject bool   `json:"reject,omitempty"`
	By     string `json:"by"`
}

// PickNone is the answer "none of them" to a review.
const PickNone = "none"
