package routing

import (
	"context"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// AccountFinder gives the accounts that a company may be, for each company of a
// batch, positionally. Safe for concurrent use. It only has to find candidates;
// which one it is, if any, is decided by matching.MatchAccount, unless the finder
// has compared them already and says so.
type AccountFinder interface {
	Candidates(ctx context.Context, p matching.Profile, cs []matching.Company) ([]Candidates, error)
}

// Candidates are accounts that a company may be.
type Candidates struct {
	Accounts []matching.Account
	// Capped tells that there were more.
	Capped bool
	// ListSize is how many accounts the CRM has, 0 when that is not known: confidences
	// go by it (matching.Profile.ListSize).
	ListSize int
	// Match is the answer, when the finder holds the accounts ready to compare. It
	// must be what matching.MatchAccount says of Accounts.
	Match *matching.AccountMatch
}

// Notifier delivers notices, positionally. A notice that comes back with an
// error is offered again later; it may therefore arrive twice, with one ID.
type Notifier interface {
	Notify(ctx context.Context, ns []Notice) ([]error, error)
}

// FlowInvoker calls autolaunched Flows of the CRM.
type FlowInvoker interface {
	// DescribeFlow tells the inputs and outputs of a Flow by name.
	DescribeFlow(ctx context.Context, name string) (crm.FlowShape, error)
	// InvokeFlow runs a Flow once for each input, positionally.
	InvokeFlow(ctx context.Context, name string, inputs []map[string]string) ([]crm.FlowResult, error)
}

// Completer fetches what reports point at, positionally. Safe for concurrent use.
// The error is an outage of the other system (a *crm.Error or any other): every report
// that points waits and no attempt is counted, and nobody else waits for it. It is left
// alone for a while then.
type Completer interface {
	Complete(ctx context.Context, evs []Event) ([]Completed, error)
}

// Completed is what became of a report that pointed elsewhere.
type Completed struct {
	// Event is the whole report, without Pointer.
	Event Event
	// Skip ends the report as filtered for this reason: there is nothing to decide.
	Skip Reason
	// Erase forgets the person that Event names.
	Erase bool
	// Err is a trouble with this report alone.
	Err error
}

// Observer is told of the engine's work, for metrics and traces. It never decides
// anything. Safe for concurrent use.
type Observer interface {
	// Trace is the W3C traceparent of a context, "" for none. It is stored with the
	// deliveries that are accepted under it.
	Trace(ctx context.Context) string
	// Work begins the work on deliveries that were claimed together. The context is
	// used for all calls that follow; end is called when the work has ended.
	Work(ctx context.Context, ds []Delivery) (context.Context, func(error))
	// Finished tells of one delivery that came to an end. wait is the time since
	// its receipt.
	Finished(d Delivery, o Outcome, wait time.Duration)
}

// Relationships is the roster of the people who are tracked, with the ledger of
// job-change credits; *contacts.Service is one. Safe for concurrent use. An error is an
// outage: everybody waits, and no attempt is counted.
type Relationships interface {
	// Stamps tells under which relationship movers count now, positionally: the
	// highest-ranked one that they are tracked under. Each is given by the keys of
	// tracking.Person.Keys; nobody's stamp is the zero one.
	Stamps(ctx context.Context, people [][]string) ([]tracking.Stamp, error)
	// Spend records what deliveries have used and given back. It is called before the
	// deliveries are finished, and again when that failed: a delivery that was recorded
	// before changes nothing.
	Spend(ctx context.Context, spent []tracking.Spending) error
}

// Forgetter is another place that knows people, and can forget them: rosters, sponsors.
// People are given by keys, as tracking.Person.Keys and Identifiers make them. Safe for
// concurrent use.
type Forgetter interface {
	// KnownAs are the given keys, and all others of the person whom they name. A name
	// at a company leads no further where somebody else may bear it. The error is
	// tracking.ErrNamesakes when keys are a name that several people have.
	KnownAs(ctx context.Context, keys []string) ([]string, error)
	// Forget removes the person whom keys name, keeps those keys as tombstones where
	// the person could come back by itself, and may be called again.
	Forget(ctx context.Context, keys []string) error
}
