package crmtest

import (
	"context"
	"sync"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Call names a kind of driver call; AnyCall stands for all.
type Call string

// The calls of a driver.
const (
	AnyCall      Call = ""
	FindCall     Call = "find"
	DescribeCall Call = "describe"
	WriteCall    Call = "write"
	LandedCall   Call = "landed"
)

// Kind is what goes wrong.
type Kind string

// The kinds of faults. Those about the landing of writes are plain
// unavailability for calls that write nothing.
const (
	// Unavailable: the CRM refuses the call; nothing is written.
	Unavailable Kind = "unavailable"
	// LostBeforeLanding: the request never arrives and nobody can know that.
	LostBeforeLanding Kind = "lost_before_landing"
	// LostAfterLanding: everything is written, the answer is lost.
	LostAfterLanding Kind = "lost_after_landing"
	// HalfLanded: the first half of the batch, rounded up, is written, then the
	// connection breaks.
	HalfLanded Kind = "half_landed"
	// ShortResults: everything is written, but the last result (or page) is cut
	// off.
	ShortResults Kind = "short_results"
	// Throttled, Quota, Auth and Denied refuse the call in these classes.
	Throttled Kind = "throttled"
	Quota     Kind = "quota"
	Auth      Kind = "auth"
	Denied    Kind = "denied"
	// LockedItem refuses one item with ErrLocked and writes the others. On calls
	// that write nothing it does nothing.
	LockedItem Kind = "locked_item"
)

// Kinds lists all kinds of faults.
func Kinds() []Kind {
	return []Kind{
		Unavailable, LostBeforeLanding, LostAfterLanding, HalfLanded, ShortResults,
		Throttled, Quota, Auth, Denied, LockedItem,
	}
}

// Fault is one thing that goes wrong.
type Fault struct {
	// Call is the kind of call, N says which of these calls, 1 being the first;
	// 0 means the first too.
	Call Call
	N    int
	Kind Kind
	// Sticky faults happen at every such call from the N-th on.
	Sticky bool
	// Item is the position of the LockedItem; past the end means the last.
	Item int
	// RetryAfter is what Throttled asks for.
	RetryAfter time.Duration
}

// Script is a list of faults; the first that fits a call happens.
type Script []Fault

// FaultyDriver is a driver on which a [Script] is played. It is safe for
// concurrent use if its driver is.
type FaultyDriver struct {
	driver crm.Driver
	script Script

	mu    sync.Mutex
	calls crm.Calls
	fired int
}

// Faulty wraps a driver so that it fails by script.
func Faulty(d crm.Driver, script Script) *FaultyDriver {
	return &FaultyDriver{driver: d, script: script}
}

// Calls counts the calls that were made, failed ones included.
func (f *FaultyDriver) Calls() crm.Calls {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Fired tells how many calls met a fault.
func (f *FaultyDriver) Fired() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired
}

// Limits are those of the driver underneath.
func (f *FaultyDriver) Limits() crm.Limits { return f.driver.Limits() }

// Find answers queries, or fails.
func (f *FaultyDriver) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	fault := f.next(FindCall)
	if err := fault.refusal("find"); err != nil {
		return nil, err
	}
	pages, err := f.driver.Find(ctx, qs)
	if fault.Kind == ShortResults && err == nil && len(pages) > 0 {
		pages = pages[:len(pages)-1]
	}
	return pages, err
}

// Describe describes an object, or fails.
func (f *FaultyDriver) Describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	if err := f.next(DescribeCall).refusal("describe"); err != nil {
		return crm.Schema{}, err
	}
	return f.driver.Describe(ctx, o)
}

// Landed looks keys up, or fails.
func (f *FaultyDriver) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	if err := f.next(LandedCall).refusal("landed"); err != nil {
		return nil, err
	}
	return f.driver.Landed(ctx, o, keys)
}

// Write writes, or fails, or both.
func (f *FaultyDriver) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	fault := f.next(WriteCall)
	lost := &crm.Error{Op: "write", Class: crm.ErrUnknownOutcome, Code: "INJECTED"}
	switch fault.Kind {
	case LostBeforeLanding:
		return nil, lost
	case LostAfterLanding:
		if _, err := f.driver.Write(ctx, batch); err != nil {
			return nil, err
		}
		return nil, lost
	case HalfLanded:
		if _, err := f.driver.Write(ctx, batch[:(len(batch)+1)/2]); err != nil {
			return nil, err
		}
		return nil, lost
	case ShortResults:
		results, err := f.driver.Write(ctx, batch)
		if err == nil && len(results) > 0 {
			results = results[:len(results)-1]
		}
		return results, err
	case LockedItem:
		return f.writeAround(ctx, batch, fault.Item)
	}
	if err := fault.refusal("write"); err != nil {
		return nil, err
	}
	return f.driver.Write(ctx, batch)
}

// writeAround writes all items but one, which is locked.
func (f *FaultyDriver) writeAround(ctx context.Context, batch []crm.Write, item int) ([]crm.Result, error) {
	if len(batch) == 0 {
		return nil, nil
	}
	item = min(item, len(batch)-1)
	locked := crm.Result{Err: &crm.Error{
		Op: "write", Object: batch[item].Object, Key: batch[item].Key,
		Class: crm.ErrLocked, Code: "UNABLE_TO_LOCK_ROW",
	}}
	var others []crm.Write
	others = append(append(others, batch[:item]...), batch[item+1:]...)
	var done []crm.Result
	if len(others) > 0 {
		var err error
		if done, err = f.driver.Write(ctx, others); err != nil {
			return nil, err
		}
	}
	return append(append(append([]crm.Result{}, done[:item]...), locked), done[item:]...), nil
}

// next counts a call and gives the fault that it meets; an empty one if none.
func (f *FaultyDriver) next(c Call) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	nth := countCall(&f.calls, c)
	for _, fault := range f.script {
		n, at := nth, max(fault.N, 1)
		if fault.Call == AnyCall {
			n = f.calls.Total()
		} else if fault.Call != c {
			continue
		}
		if n == at || fault.Sticky && n > at {
			f.fired++
			return fault
		}
	}
	return Fault{}
}

// countCall adds a call to its counter and gives the new number.
func countCall(calls *crm.Calls, c Call) int {
	counter := map[Call]*int{
		FindCall: &calls.Find, DescribeCall: &calls.Describe, WriteCall: &calls.Write, LandedCall: &calls.Landed,
	}[c]
	*counter++
	return *counter
}

// refusal is the error of a call that does not reach the driver; nil when the
// fault lets it pass.
func (f Fault) refusal(op string) error {
	class := map[Kind]error{
		Unavailable: crm.ErrUnavailable, LostBeforeLanding: crm.ErrUnavailable,
		LostAfterLanding: crm.ErrUnavailable, HalfLanded: crm.ErrUnavailable,
		Throttled: crm.ErrThrottled, Quota: crm.ErrQuota, Auth: crm.ErrAuth, Denied: crm.ErrDenied,
	}[f.Kind]
	if class == nil {
		return nil
	}
	return &crm.Error{Op: op, Class: class, Code: "INJECTED", RetryAfter: f.RetryAfter}
}
