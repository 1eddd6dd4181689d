package routing

import (
	"context"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
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
