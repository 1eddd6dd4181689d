package routing

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
)

// The errors of a Ledger. Any other error means that the ledger itself is in
// trouble and that the call changed nothing.
var (
	// ErrFenced: the caller has lost its claim; whatever it wanted to record was
	// not recorded and must not be repeated.
	ErrFenced = errors.New("routing: claim lost")
	// ErrConflict: an alias or a rota pointer is no longer what the decision was
	// made on. Look up again and decide again.
	ErrConflict = errors.New("routing: decision overtaken")
	// ErrUnknownKey: no delivery has that key.
	ErrUnknownKey = errors.New("routing: unknown delivery")
)

// Ledger is the durable store of deliveries, plans, receipts and records. It is
// the queue as well: due deliveries are claimed from it. It is safe for
// concurrent use, also by several processes where the implementation says so.
//
// Every method is one transaction. Batches answer positionally: len(result) ==
// len(argument), each item with its own fate, all that succeeded together.
// The suite in routing/ledgertest is the definition of a ledger.
type Ledger interface {
	// Accept stores deliveries whose Key is new and tells of the others what
	// became of them. Equal keys inside the batch are one delivery.
	Accept(ctx context.Context, ds []Delivery) ([]Accepted, error)

	// Claim takes at most n due deliveries, oldest first by (OccurredAt,
	// ReceivedAt, order of acceptance), and holds each for the lease with one
	// attempt more. Deliveries that share an entry of Persons with one that is
	// held by another claim are passed over; at one that shares an entry with a
	// delivery of this same claim the claim ends, so that order is kept. A
	// delivery whose older sibling of the same person is unfinished is not
	// claimed before it, also while the sibling is in back-off; one that is
	// StatusWaiting for its day is not in the way. Expired leases are due again.
	Claim(ctx context.Context, c ClaimOrder) ([]Claim, error)

	// Extend prolongs leases that are still held.
	Extend(ctx context.Context, fences []Fence, until time.Time) ([]error, error)

	// Lookup answers, for a whole batch, who is already known.
	Lookup(ctx context.Context, q Question) (Answer, error)

	// Decided stores plans with their facts, claims aliases and advances rota
	// pointers: each decision wholly or not at all. A plan that is there already
	// is replaced. A plan on somebody who was buried meanwhile is refused, unless
	// it forgets them. An item's error is
	// ErrConflict when an alias does not have the id given as Was, or a pool is
	// not at From; ErrFenced when the claim is lost.
	Decided(ctx context.Context, ds []Decision) ([]error, error)

	// Wrote adds receipts; a receipt with a key that is there already replaces
	// it, but keeps the first Before.
	Wrote(ctx context.Context, ws []Writing) ([]error, error)

	// Finish ends the work on deliveries: outcome, credits, notices, and the due
	// time when the status is StatusWaiting.
	Finish(ctx context.Context, fs []Finish) ([]error, error)

	// Release gives claims back unfinished, to be due again at Due. Outages and
	// lost races do not count as attempts (Refund).
	Release(ctx context.Context, rs []Release) ([]error, error)

	// Reopen makes finished deliveries due again at once. The stored plan is kept
	// when KeepPlan is set, so that work continues where it stopped, and dropped
	// otherwise, so that it is decided anew. Receipts are kept in both cases:
	// what was done was done. A delivery that is held is ErrConflict.
	Reopen(ctx context.Context, r Reopen) ([]error, error)

	// Withdraw removes deliveries as if they had never been accepted, for a sender
	// who is told to come again: only those that nobody holds, and on which nothing
	// was decided or written yet, and that were reported only once: somebody else may
	// have been told of a repetition. Any other is ErrConflict and stays.
	Withdraw(ctx context.Context, keys []string) ([]error, error)

	// ClaimDRI takes at most n deliveries whose responsible people are due
	// (Record.DRIDue), soonest first, and holds each for the lease under a fence of
	// its own. Expired leases are due again. Buried ones are never due.
	ClaimDRI(ctx context.Context, c ClaimOrder) ([]DRIClaim, error)

	// Assigned records what was found out about responsible people, and when to look
	// again. Finish sets the first due time (Outcome.DRIDue), and ends that of every
	// other delivery with the same event record: one record is kept by one delivery.
	Assigned(ctx context.Context, as []DRIUpdate) ([]error, error)

	// Depth tells how much work waits.
	Depth(ctx context.Context, now time.Time) (Depth, error)

	// Fetch returns the records of those keys that exist.
	Fetch(ctx context.Context, keys []string) (map[string]Record, error)

	// Records lists records in order of acceptance. The error is yielded once,
	// last.
	Records(ctx context.Context, f Filter) iter.Seq2[Record, error]

	// Bury stores tombstones (keyed hashes) of an erased person, and removes the
	// payload, facts and plan values of the deliveries that carry one of them.
	Bury(ctx context.Context, tombstones []string) error

	// Notices returns at most n notices that were not sent yet, oldest first;
	// Sent marks them.
	Notices(ctx context.Context, n int) ([]Notice, error)
	Sent(ctx context.Context, ids []string) error
}

// Delivery is one accepted report.
type Delivery struct {
	// Key is unique: source and the sender's key.
	Key   string `json:"key"`
	Event Event  `json:"event"`
	// Persons are keyed hashes of everything that identifies the mover. No two
	// deliveries of one person are worked on at the same time. They are compared
	// with tombstones too.
	Persons    []string  `json:"persons,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
	ReceivedAt time.Time `json:"received_at"`
	// Trace is the W3C traceparent of the request that brought it, "" for none.
	Trace string `json:"trace,omitempty"`
}

// Accepted tells what Accept did with a delivery.
type Accepted struct {
	// New tells a first delivery from a repeated one.
	New bool
	// Record is the state of the delivery, for a repeated one the stored answer.
	Record Record
}

// ClaimOrder says how much to claim.
type ClaimOrder struct {
	Now   time.Time
	N     int
	Lease time.Duration
	// Keys restricts the claim to these deliveries; nil means any.
	Keys []string
}

// Fence names a claim: the delivery and the attempt it was claimed for. A
// ledger refuses whoever comes with an older attempt or an expired lease that
// somebody else has taken.
type Fence struct {
	Key     string `json:"key"`
	Attempt int    `json:"attempt"`
}

// Claim is a delivery to be worked on, with what an earlier attempt left.
type Claim struct {
	Fence    Fence
	Delivery Delivery
	// Failures counts earlier attempts that were not refunded.
	Failures int
	// Plan, Facts and Receipts are set when an earlier attempt decided.
	Plan     *Plan
	Facts    *Facts
	Receipts []Receipt
	// Acts are what operators did, oldest first.
	Acts []Act
}

// Alias is a keyed hash of one way to name a move, a person or a new company.
type Alias string

// Identity is what an alias leads to.
type Identity struct {
	// ID is the move's id, or the key of the account to be created.
	ID string `json:"id"`
	// Delivery is the key of the delivery that claimed it first.
	Delivery string `json:"delivery"`
	// At is when the move that claimed it occurred.
	At time.Time `json:"at"`
	// Person holds hashed marks of the mover, by which namesakes are told apart;
	// empty for companies.
	Person []string `json:"person,omitempty"`
	// Company describes a new account; nil for moves.
	Company *NewCompany `json:"company,omitempty"`
	// Landed is the CRM id of the record whose key is ID, once there is one.
	Landed string `json:"landed,omitempty"`
}

// NewCompany is what is known of an account that onward itself creates.
type NewCompany struct {
	Name    string `json:"name"`
	Domain  string `json:"domain,omitempty"`
	Country string `json:"country,omitempty"`
	// OwnerID is who was chosen to own it.
	OwnerID string `json:"owner_id,omitempty"`
}

// Question asks a ledger who is known.
type Question struct {
	Aliases    []Alias
	Tombstones []string
	Pools      []string
}

// Answer is the ledger's. Missing entries are unknown, not buried, at 0.
type Answer struct {
	Known  map[Alias]Identity
	Buried map[string]bool
	Rota   map[string]int
}

// Decision is a plan to be stored before its first write, with the facts that
// it was made on. Plan.Aliases are claimed and Plan.Rota is advanced in the
// same transaction.
type Decision struct {
	Fence Fence
	Plan  Plan
	Facts Facts
	At    time.Time
	// Event and Persons replace the delivery's, when what it pointed at has been
	// fetched (Event.Pointer); nil leaves them.
	Event   *Event
	Persons []string
}

// AliasClaim makes an alias lead to an identity. Was is the id that the
// decision saw, "" for none: compare and swap.
type AliasClaim struct {
	Alias    Alias    `json:"alias"`
	Was      string   `json:"was,omitempty"`
	Identity Identity `json:"identity"`
}

// Receipt says that one write of a plan was done, or why not.
type Receipt struct {
	Key     crm.Key    `json:"key"`
	Verb    crm.Verb   `json:"verb"`
	Object  crm.Object `json:"object"`
	ID      string     `json:"id,omitempty"`
	Created bool       `json:"created,omitempty"`
	// Before and Changed make the write reversible.
	Before  crm.Fields `json:"before,omitempty"`
	Changed crm.Fields `json:"changed,omitempty"`
	// Error, Class, Rule and Matches are set when the write was refused.
	Error   string    `json:"error,omitempty"`
	Class   string    `json:"class,omitempty"`
	Rule    string    `json:"rule,omitempty"`
	Matches []string  `json:"matches,omitempty"`
	At      time.Time `json:"at"`
}

// InDoubt reports that the write, or the Flow's run, may have been carried out and
// nobody has seen what became of it. It cannot be looked up by a key.
func (r Receipt) InDoubt() bool { return r.Class == classSent }

// Writing are receipts to be stored for one claim.
type Writing struct {
	Fence    Fence
	Receipts []Receipt
}

// Finish ends the work on a claim.
type Finish struct {
	Fence  Fence
	Result Outcome
	// Due is when to look again; only for StatusWaiting.
	Due     time.Time
	Notices []Notice
	// Forget removes the payload: nothing personal is kept (erased people).
	Forget bool
	At     time.Time
}

// Release gives a claim back.
type Release struct {
	Fence Fence
	Due   time.Time
	// Reason is kept with the record for people to see.
	Reason string
	// Refund takes the attempt back: it was not the delivery's fault.
	Refund bool
}

// Reopen makes deliveries due again.
type Reopen struct {
	Keys     []string
	KeepPlan bool
	// If lists the statuses that a delivery may have; any other is ErrConflict.
	// Empty means any.
	If []Status
	// Act is kept in the record's history.
	Act Act
}

// Act is something that an operator did.
type Act struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	What string    `json:"what"`
	// Credits is what an undo gives back.
	Credits int `json:"credits,omitempty"`
	// Pick is what was chosen in a review.
	Pick *Pick `json:"pick,omitempty"`
	// Flow is what the customer's Flow reported of its own writes.
	Flow *FlowReport `json:"flow,omitempty"`
}

// Filter selects records; the zero Filter selects all.
type Filter struct {
	Statuses []Status
	Outcome  What
	Reason   Reason
	// Source is the sender of the event, exactly.
	Source string
	// Persons selects deliveries that carry any of these keyed hashes.
	Persons []string
	// From and Until bound the time of receipt: From <= it < Until.
	From, Until time.Time
	// Newest lists in the opposite order, youngest first.
	Newest bool
	// After continues a list: only records that come after the one with this Seq in
	// the order of the list. 0 begins.
	After int64
	// Limit is the greatest number of records; 0 means all.
	Limit int
}

// DRIClaim is a finished delivery whose responsible people are to be found out,
// for the first time or again.
type DRIClaim struct {
	// Fence names the claim; its attempt counts these claims alone.
	Fence  Fence
	Record Record
}

// DRIUpdate ends a DRIClaim.
type DRIUpdate struct {
	Fence Fence
	// State is appended to Record.DRI; nil when nothing has changed.
	State *DRIState
	// Next is when to look again; zero means never.
	Next time.Time
}

// DRIState is who is responsible for a move from a time on.
type DRIState struct {
	At time.Time `json:"at"`
	// Assignments are those of the halves of the move, with their reasons.
	Assignments []dri.Assignment `json:"assignments"`
	// Written are the fields of the event record that have a value, by API name, as
	// they stand from then on.
	Written crm.Fields `json:"written,omitempty"`
	// Reason is set on a last entry that says why nobody is looked for any more:
	// ReasonEventRecordGone. Nothing was written then.
	Reason Reason `json:"reason,omitempty"`
}

// Depth is how much work waits in a ledger.
type Depth struct {
	// Statuses counts all deliveries by status.
	Statuses map[Status]int `json:"statuses"`
	// Due counts unfinished deliveries that could be claimed now, Held those that
	// are claimed. Oldest is the time of receipt of the oldest one that is due.
	Due    int       `json:"due"`
	Held   int       `json:"held"`
	Oldest time.Time `json:"oldest,omitzero"`
	// DRIDue counts deliveries whose responsible people are due.
	DRIDue int `json:"dri_due"`
	// Notices counts those that were not sent yet.
	Notices int `json:"notices"`
}

// Notice is a message to one user, sent at least once.
type Notice struct {
	// ID is unique: a notice is stored once.
	ID       string `json:"id"`
	Delivery string `json:"delivery"`
	UserID   string `json:"user_id,omitempty"`
	Queue    string `json:"queue,omitempty"`
	// Scenarios are the halves of the move that the user is responsible for.
	Scenarios []dri.Scenario `json:"scenarios"`
	AccountID string         `json:"account_id,omitempty"`
	// Configuration is set when a configuration asked for the notice.
	Configuration string    `json:"configuration,omitempty"`
	Reason        Reason    `json:"reason"`
	At            time.Time `json:"at"`
}
