package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// claimOut keeps other processes away from the folder of the results: two of
// them would each overwrite what the other knows. The lock ends with the process.
func (w *world) claimOut() error {
	if w.out == "" {
		return nil
	}
	if _, err := os.Stat(w.out); errors.Is(err, fs.ErrNotExist) {
		w.madeOut = true
	}
	if err := os.MkdirAll(w.out, 0o755); err != nil {
		return exit.Trouble(err)
	}
	f, err := os.OpenFile(w.ledgerPath+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return exit.Trouble(err)
	}
	ok, err := tryLock(f)
	if err != nil || !ok {
		err = errors.Join(err, f.Close())
		if err == nil {
			err = fmt.Errorf("another onward is at work in %s; wait for it, or choose another --out", w.out)
		}
		return exit.Usage(err)
	}
	w.lock = f // closing it would give it back
	return nil
}

// release ends the claim, and lets go of the lists. A folder that was made for nothing
// goes again.
func (w *world) release(worked bool) {
	if w.roster != nil {
		_ = w.roster.Close() // what was booked is booked
		w.roster = nil
	}
	if w.lock == nil {
		return
	}
	if !worked && w.madeOut {
		_ = os.Remove(w.lock.Name())
		_ = os.Remove(w.out) // only if it is empty
	}
	_ = w.lock.Close()
	w.lock = nil
}

// keeper is a ledger that goes into its file before the first write of every
// batch, so that a killed run finds the plans of what it has written. Saving
// takes at most half of the time: in very long runs not every batch is saved,
// and what a killed run forgets of such a batch is its story, never a record,
// since the keys of its records are the same again.
type keeper struct {
	*memledger.Ledger
	path string
	// name notes beside the file whose ledger it is.
	name func() error

	mu    sync.Mutex
	ended time.Time
	took  time.Duration
}

// Decided keeps plans, and saves them.
func (k *keeper) Decided(ctx context.Context, ds []routing.Decision) ([]error, error) {
	errs, err := k.Ledger.Decided(ctx, ds)
	return errs, errors.Join(err, k.save(false))
}

// Wrote keeps receipts. Notes of what is about to be sent and cannot be looked up
// by a key are saved at once, whatever it costs: they are all that a killed run
// leaves of it.
func (k *keeper) Wrote(ctx context.Context, ws []routing.Writing) ([]error, error) {
	errs, err := k.Ledger.Wrote(ctx, ws)
	for _, w := range ws {
		if slices.ContainsFunc(w.Receipts, routing.Receipt.InDoubt) {
			return errs, errors.Join(err, k.save(true))
		}
	}
	return errs, err
}

// save saves, if that is due or must be.
func (k *keeper) save(must bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	start := time.Now()
	if !must && start.Sub(k.ended) < k.took {
		return nil
	}
	err := k.name()
	if err == nil {
		err = k.SaveFile(k.path)
	}
	k.ended = time.Now()
	k.took = k.ended.Sub(start)
	return err
}
