package sim

import (
	"context"
	"errors"
	"iter"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// crash stands for the death of the process: the simulator lets the engine go
// and begins anew with what the ledger and the CRM hold.
type crash struct{}

// errDown is what a ledger in trouble says.
var errDown = errors.New("sim: ledger down")

// ledgerKind is what goes wrong at a ledger call.
type ledgerKind string

const (
	ledgerRefuses     ledgerKind = "ledger refuses"
	ledgerLosesAnswer ledgerKind = "ledger commits, answer lost"
	ledgerCrashBefore ledgerKind = "crash before ledger call"
	ledgerCrashAfter  ledgerKind = "crash after ledger call"
)

func ledgerKinds() []ledgerKind {
	return []ledgerKind{ledgerRefuses, ledgerLosesAnswer, ledgerCrashBefore, ledgerCrashAfter}
}

// fate fails at the calls that its script names.
type fate struct {
	calls  int
	script func(n int) ledgerKind
}

// shakyLedger is a ledger with a fate.
type shakyLedger struct {
	routing.Ledger
	fate
}

// around makes one call, or fails, or both.
func (l *fate) around(call func() error) error {
	l.calls++
	kind := l.script(l.calls)
	switch kind {
	case ledgerRefuses:
		return errDown
	case ledgerCrashBefore:
		panic(crash{})
	}
	err := call()
	switch {
	case kind == ledgerCrashAfter:
		panic(crash{})
	case kind == ledgerLosesAnswer && err == nil:
		return errDown
	}
	return err
}

func shaky[T any](l *fate, call func() (T, error)) (T, error) {
	var out T
	err := l.around(func() (err error) {
		out, err = call()
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return out, nil
}

func (l *shakyLedger) Accept(ctx context.Context, ds []routing.Delivery) ([]routing.Accepted, error) {
	return shaky(&l.fate, func() ([]routing.Accepted, error) { return l.Ledger.Accept(ctx, ds) })
}

func (l *shakyLedger) Claim(ctx context.Context, c routing.ClaimOrder) ([]routing.Claim, error) {
	return shaky(&l.fate, func() ([]routing.Claim, error) { return l.Ledger.Claim(ctx, c) })
}

func (l *shakyLedger) Lookup(ctx context.Context, q routing.Question) (routing.Answer, error) {
	return shaky(&l.fate, func() (routing.Answer, error) { return l.Ledger.Lookup(ctx, q) })
}

func (l *shakyLedger) Decided(ctx context.Context, ds []routing.Decision) ([]error, error) {
	return shaky(&l.fate, func() ([]error, error) { return l.Ledger.Decided(ctx, ds) })
}

func (l *shakyLedger) Wrote(ctx context.Context, ws []routing.Writing) ([]error, error) {
	return shaky(&l.fate, func() ([]error, error) { return l.Ledger.Wrote(ctx, ws) })
}

func (l *shakyLedger) Finish(ctx context.Context, fs []routing.Finish) ([]error, error) {
	return shaky(&l.fate, func() ([]error, error) { return l.Ledger.Finish(ctx, fs) })
}

func (l *shakyLedger) Release(ctx context.Context, rs []routing.Release) ([]error, error) {
	return shaky(&l.fate, func() ([]error, error) { return l.Ledger.Release(ctx, rs) })
}

func (l *shakyLedger) Fetch(ctx context.Context, keys []string) (map[string]routing.Record, error) {
	return shaky(&l.fate, func() (map[string]routing.Record, error) { return l.Ledger.Fetch(ctx, keys) })
}

func (l *shakyLedger) Records(ctx context.Context, f routing.Filter) iter.Seq2[routing.Record, error] {
	return l.Ledger.Records(ctx, f)
}

// mortalDriver lets the process die around the CRM calls that its script names.
type mortalDriver struct {
	crm.Driver
	calls  int
	script func(n int) (before, after bool)
}

func (d *mortalDriver) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	after := d.enter()
	pages, err := d.Driver.Find(ctx, qs)
	d.leave(after)
	return pages, err
}

func (d *mortalDriver) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	after := d.enter()
	results, err := d.Driver.Write(ctx, batch)
	d.leave(after)
	return results, err
}

func (d *mortalDriver) Landed(ctx context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	after := d.enter()
	found, err := d.Driver.Landed(ctx, o, keys)
	d.leave(after)
	return found, err
}

func (d *mortalDriver) enter() (after bool) {
	d.calls++
	before, after := d.script(d.calls)
	if before {
		panic(crash{})
	}
	return after
}

func (d *mortalDriver) leave(after bool) {
	if after {
		panic(crash{})
	}
}
