package routing

import (
	"maps"
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
	// Tracked is what the roster says of the mover; zero when nobody tracks them.
	Tracked tracking.Stamp `json:"tracked,omitzero"`
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

// overlay lets the decisions of one batch know of each other before anything is
// stored: companies that an earlier one creates, turns that it took (RT44, RT18).
type overlay struct {
	known map[Alias]Identity
	rota  map[string]int
	// changed are the records that the plans so far change, moves their moves.
	changed, moves map[string]bool
	// crowd are the movers so far, also those whom only the past record names.
	crowd crowd
}

func newOverlay() *overlay {
	return &overlay{known: map[Alias]Identity{}, rota: map[string]int{}, changed: map[string]bool{}, moves: map[string]bool{}, crowd: crowd{}}
}

// show adds what the batch knows to the facts of the next event. Maps that are
// changed are copied first.
func (o *overlay) show(f *Facts) {
	if len(o.known) > 0 {
		var known map[Alias]Identity
		for ask := range f.Asked {
			id, ok := o.known[Alias(ask.Value)]
			if ask.Kind != AskAlias || !ok {
				continue
			}
			if known == nil {
				known = maps.Clone(f.Known)
			}
			known[Alias(ask.Value)] = id
		}
		if known != nil {
			f.Known = known
		}
	}
	for pool := range f.Rota {
		if next, ok := o.rota[pool]; ok && next != f.Rota[pool] {
			f.Rota = maps.Clone(f.Rota)
			f.Rota[pool] = next
		}
	}
}

// touches reports whether the person's identity in the facts comes from a
// decision of this batch that is not applied yet. Such an event has to wait.
func (o *overlay) touches(f *Facts) bool {
	for ask := range f.Asked {
		if id, ok := o.known[Alias(ask.Value)]; ok && ask.Kind == AskAlias && id.Company == nil {
			return true
		}
	}
	return false
}

// meets reports whether a plan goes by a record that another plan of this batch
// changes, or is of the same move. Such an event has to wait as well: it saw the
// world as it was before.
func (o *overlay) meets(p Plan) bool {
	if o.moves[p.Move] {
		return true
	}
	if len(o.changed) == 0 {
		return false
	}
	if p.Past != nil && o.changed[p.Past.ID] || o.changed[p.Person.ID] {
		return true
	}
	for _, ref := range p.OtherPast {
		if o.changed[ref.ID] {
			return true
		}
	}
	for _, hit := range p.Person.Others {
		if o.changed[hit.ID] {
			return true
		}
	}
	return false
}

// learn remembers what a plan claims, takes and changes.
func (o *overlay) learn(p Plan) {
	o.moves[p.Move] = true
	for _, w := range p.Effects() {
		if w.ID != "" {
			o.changed[w.ID] = true
		}
	}
	for _, c := range p.Aliases {
		o.known[c.Alias] = c.Identity
	}
	for _, m := range p.Rota {
		o.rota[m.Pool] = m.To
	}
}
