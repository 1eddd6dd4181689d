package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// reach is an org that may not have been reached yet. Until it is, every call fails
// as in an outage: reports are accepted and wait, which is why onward serve can
// start while Salesforce is away. It stands for the driver, the account finder and
// the Flows.
type reach struct{ at atomic.Pointer[reached] }

// reached is an org with the accounts that moves are compared with.
type reached struct {
	driver   crm.Driver
	org      *salesforce.Org
	accounts routing.AccountFinder
}

var (
	_ crm.Driver            = (*reach)(nil)
	_ crm.Seeker            = (*reach)(nil)
	_ routing.AccountFinder = (*reach)(nil)
	_ routing.FlowInvoker   = (*reach)(nil)
)

func notReached(op string) error {
	return &crm.Error{Op: op, Class: crm.ErrUnavailable, Code: "NOT_REACHED_YET", Err: errors.New("the org was not reached since the start")}
}

// Limits are the org's; before it is reached nothing is sent, so that any will do.
func (r *reach) Limits() crm.Limits {
	if at := r.at.Load(); at != nil {
		return at.driver.Limits()
	}
	return crm.Limits{Queries: 1, Values: 1, Writes: 1, Keys: 1}
}

// Find asks the org.
func (r *reach) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	if at := r.at.Load(); at != nil {
		return at.driver.Find(ctx, qs)
	}
	return nil, notReached("find")
}

// Describe asks the org.
func (r *reach) Describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	if at := r.at.Load(); at != nil {
		return at.driver.Describe(ctx, o)
	}
	return crm.Schema{}, notReached("describe")
}

// Write writes to the org.
func (r *reach) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if at := r.at.Load(); at != nil {
		return at.driver.Write(ctx, batch)
	}
	return nil, notReached("write")
}

// Landed asks the org.
func (r *reach) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	if at := r.at.Load(); at != nil {
		return at.driver.Landed(ctx, o, keys)
	}
	return nil, notReached("landed")
}

// Keyless tells of the org's objects; see crm.Seeker.
func (r *reach) Keyless(o crm.Object) bool {
	at := r.at.Load()
	return at != nil && at.org.Keyless(o)
}

// Seek asks the org.
func (r *reach) Seek(ctx context.Context, ws []crm.Write) ([][]string, error) {
	if at := r.at.Load(); at != nil {
		return at.org.Seek(ctx, ws)
	}
	return nil, notReached("landed")
}

// Candidates asks the mirror.
func (r *reach) Candidates(ctx context.Context, p matching.Profile, cs []matching.Company) ([]routing.Candidates, error) {
	if at := r.at.Load(); at != nil {
		return at.accounts.Candidates(ctx, p, cs)
	}
	return nil, notReached("find")
}

// DescribeFlow asks the org.
func (r *reach) DescribeFlow(ctx context.Context, name string) (crm.FlowShape, error) {
	if at := r.at.Load(); at != nil {
		return at.org.DescribeFlow(ctx, name)
	}
	return crm.FlowShape{}, notReached("describe")
}

// InvokeFlow runs a Flow of the org.
func (r *reach) InvokeFlow(ctx context.Context, name string, inputs []map[string]string) ([]crm.FlowResult, error) {
	if at := r.at.Load(); at != nil {
		return at.org.InvokeFlow(ctx, name, inputs)
	}
	return nil, notReached("write")
}
