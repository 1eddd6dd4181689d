package crmtest

import (
	"context"
	"sync"

	"github.com/onward-crm/onward/crm"
)

// LimitedDriver enforces limits on a driver, and what a Client owes to a driver:
// keys and updated records are distinct in one batch, Fill and Link resolved,
// filters not empty. What breaks them is ErrInvalid with code LIMIT or CONTRACT
// and does not reach the driver. It counts calls, and is safe for concurrent use
// if its driver is.
type LimitedDriver struct {
	driver crm.Driver
	limits crm.Limits

	mu     sync.Mutex
	calls  crm.Calls
	broken int
}

// Limited wraps a driver so that it has, and enforces, limits. The size of pages
// stays the driver's own.
func Limited(d crm.Driver, limits crm.Limits) *LimitedDriver {
	limits.Rows = d.Limits().Rows
	return &LimitedDriver{driver: d, limits: limits}
}

// SalesforceLimits are the limits of Salesforce's REST interface: 200 records a
// collection, five queries a composite call, about 200 values a query.
func SalesforceLimits() crm.Limits {
	return crm.Limits{Queries: 5, Values: 200, Writes: 200, Keys: 200}
}

// Calls counts the calls that were made, refused ones included.
func (l *LimitedDriver) Calls() crm.Calls {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

// Broken tells how many calls broke a limit or the contract.
func (l *LimitedDriver) Broken() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Limits are those that are enforced.
func (l *LimitedDriver) Limits() crm.Limits { return l.limits }

// Find answers queries within the limits.
func (l *LimitedDriver) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	if err := l.enter(FindCall, over(len(qs), l.limits.Queries), emptyFilter(qs)); err != nil {
		return nil, err
	}
	for _, q := range qs {
		for _, c := range q.Where {
			if over(len(c.Values), l.limits.Values) {
				return nil, l.refuse(FindCall, "LIMIT")
			}
		}
	}
	return l.driver.Find(ctx, qs)
}

// Describe describes an object.
func (l *LimitedDriver) Describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	if err := l.enter(DescribeCall, false, false); err != nil {
		return crm.Schema{}, err
	}
	return l.driver.Describe(ctx, o)
}

// Write writes batches within the limits.
func (l *LimitedDriver) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if err := l.enter(WriteCall, over(len(batch), l.limits.Writes), unresolved(batch)); err != nil {
		return nil, err
	}
	return l.driver.Write(ctx, batch)
}

// Landed looks up keys within the limits.
func (l *LimitedDriver) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	if err := l.enter(LandedCall, over(len(keys), l.limits.Keys), len(keys) == 0); err != nil {
		return nil, err
	}
	return l.driver.Landed(ctx, o, keys)
}

// enter counts a call and refuses it where it must.
func (l *LimitedDriver) enter(c Call, overLimit, breach bool) error {
	l.mu.Lock()
	countCall(&l.calls, c)
	l.mu.Unlock()
	switch {
	case overLimit:
		return l.refuse(c, "LIMIT")
	case breach:
		return l.refuse(c, "CONTRACT")
	default:
		return nil
	}
}

func (l *LimitedDriver) refuse(c Call, code string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken++
	return &crm.Error{Op: string(c), Class: crm.ErrInvalid, Code: code}
}

func over(n, limit int) bool { return limit > 0 && n > limit }

func emptyFilter(qs []crm.Query) bool {
	for _, q := range qs {
		for _, c := range q.Where {
			if len(c.Values) == 0 {
				return true
			}
		}
	}
	return len(qs) == 0
}

// unresolved reports whether a batch is one that a Client may not send.
func unresolved(batch []crm.Write) bool {
	keys, records := map[crm.Key]bool{}, map[string]bool{}
	for _, w := range batch {
		if len(w.Fill) > 0 || len(w.Link) > 0 || w.Key == "" || keys[w.Key] || w.ID != "" && records[w.ID] {
			return true
		}
		keys[w.Key], records[w.ID] = true, true
	}
	return len(batch) == 0
}
