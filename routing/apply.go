package routing

import (
	"context"
	"errors"

	"github.com/onward-crm/onward/crm"
)

// apply carries out the kept plans of a batch: the writes, what only their
// results ask for, the Flow, and last the event records. Receipts are stored
// after each step, so that a crash repeats as little as possible; what is
// repeated has the same keys.
func (e *Engine) apply(ctx context.Context, jobs []*job) error {
	ready := planned(jobs)
	steps := []func(*job) []crm.Write{
		func(j *job) []crm.Write { return j.plan.Effects() },
		func(j *job) []crm.Write { return FollowUp(e.policy, *j.plan, j.receipts) },
	}
	for _, step := range steps {
		if err := e.write(ctx, ready, step); err != nil {
			return err
		}
	}
	if err := e.invoke(ctx, ready); err != nil {
		return err
	}
	for _, j := range ready {
		if j.running() {
			j.outcome = j.conclude(e.policy)
		}
	}
	if err := e.write(ctx, ready, e.eventRecord); err != nil {
		return err
	}
	for _, j := range ready {
		if j.running() {
			j.outcome = j.conclude(e.policy)
		}
	}
	return nil
}

func planned(jobs []*job) []*job {
	var out []*job
	for _, j := range jobs {
		if j.plan != nil && j.running() {
			out = append(out, j)
		}
	}
	return out
}

func (j *job) running() bool { return !j.gone && !j.stale && j.trouble == nil }

func (j *job) conclude(p *Policy) Outcome {
	o := Conclude(p, *j.plan, j.receipts)
	if j.plan.Flow != nil {
		o.takeFlow(j.receipts, j.plan.Move)
	}
	return o
}

// eventRecord is the event record of a job, completed with its outcome.
func (e *Engine) eventRecord(j *job) []crm.Write {
	if !j.plan.WritesEvent() {
		return nil
	}
	w := EventRecord(e.policy, *j.plan, j.outcome, Explanation(*j.plan, j.outcome))
	dropHidden(w.Set, *j.plan, j.receipts)
	return []crm.Write{w}
}

// write applies one step of all jobs in one batch. Writes with one key (an
// account that several movers share) are sent once.
func (e *Engine) write(ctx context.Context, jobs []*job, step func(*job) []crm.Write) error {
	var batch []crm.Write
	place := map[crm.Key]int{}
	wants := make([][]crm.Write, len(jobs))
	for i, j := range jobs {
		if !j.running() {
			continue
		}
		for _, w := range step(j) {
			if r, ok := receiptFor(j.receipts, w.Key); ok && r.Class == "" && w.Verb != crm.VerbUpsert && (w.ID == "" || w.ID == r.ID) {
				continue // done by an earlier attempt
			}
			wants[i] = append(wants[i], w)
			if _, ok := place[w.Key]; !ok {
				place[w.Key] = len(batch)
				batch = append(batch, w)
			}
		}
	}
	if len(batch) == 0 {
		return nil
	}
	results, callErr := e.deps.CRM.Apply(ctx, batch)
	var ws []Writing
	var owners []*job
	for i, j := range jobs {
		if len(wants[i]) == 0 {
			continue
		}
		receipts := j.settle(e, wants[i], results, place, callErr)
		if len(receipts) > 0 {
			ws, owners = append(ws, Writing{Fence: j.claim.Fence, Receipts: receipts}), append(owners, j)
		}
	}
	if err := e.wrote(ctx, ws, owners); err != nil {
		return err
	}
	return callErr
}

// settle sorts the results of a job: done or refused for good gives a receipt,
// overtaken asks for a new decision, anything else waits.
func (j *job) settle(e *Engine, ws []crm.Write, results []crm.Result, place map[crm.Key]int, callErr error) []Receipt {
	var out []Receipt
	for _, w := range ws {
		if place[w.Key] >= len(results) {
			j.trouble = callErr
			continue
		}
		r := results[place[w.Key]]
		switch {
		case r.Err == nil:
		case crm.Retryable(r.Err), errors.Is(r.Err, crm.ErrAuth):
			j.trouble = r.Err
			continue
		case errors.Is(r.Err, crm.ErrStale), errors.Is(r.Err, crm.ErrInactiveOwner):
			j.stale = true
			continue
		}
		receipt := receiptOf(w, r, e.opt.Now().UTC())
		if w.Verb == crm.VerbUpsert {
			receipt.Before, receipt.Changed = nil, nil // our own record: nothing of it is ever to be undone
		}
		out = append(out, receipt)
		j.receipts = withReceipt(j.receipts, receipt)
	}
	return out
}

func withReceipt(list []Receipt, r Receipt) []Receipt {
	out := make([]Receipt, 0, len(list)+1)
	for _, old := range list {
		if old.Key != r.Key {
			out = append(out, old)
		}
	}
	return append(out, r)
}

// wrote stores receipts. Without them the work would be repeated under the same
// keys, so a job whose receipts could not be stored is left to its lease.
func (e *Engine) wrote(ctx context.Context, ws []Writing, owners []*job) error {
	if len(ws) == 0 {
		return nil
	}
	errs, err := e.deps.Ledger.Wrote(ctx, ws)
	for i, j := range owners {
		if err != nil || errs[i] != nil {
			j.gone = true
		}
	}
	return err
}
