package routing

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/onward-crm/onward/crm"
)

// flowKey is the key under which a Flow's run is remembered.
func flowKey(move string) crm.Key { return keyOf("flow", move) }

// Inputs are the decision's values by the names of the Flow's variables.
func (d FlowDecision) Inputs() map[string]string {
	text, err := json.Marshal(d)
	if err != nil {
		panic("routing: a decision in flat values cannot be written: " + err.Error())
	}
	var out map[string]string
	if err := json.Unmarshal(text, &out); err != nil {
		panic("routing: a decision in flat values is not flat: " + err.Error())
	}
	return out
}

// FlowReport is what a customer's Flow tells of its own writes (direction
// callout): ids are 18 characters long, "" for none.
type FlowReport struct {
	LeadID    string `json:"lead_id,omitempty"`
	ContactID string `json:"contact_id,omitempty"`
	AccountID string `json:"account_id,omitempty"`
	// Error is what went wrong in the Flow.
	Error string `json:"error,omitempty"`
}

// flowObject stands for the object in receipts of runs.
const flowObject crm.Object = "Flow"

// flowUnknown is what is known of a run whose end nobody saw.
const flowUnknown = "the Flow was called, and whether it ran is not known"

// runs are the jobs whose Flow is called now, with its inputs.
type runs struct {
	jobs   []*job
	inputs []map[string]string
}

// invoke runs the customer's Flow for the jobs that are handed to it. A run is
// noted as of unknown outcome before the call and as what it became after it. A
// run that has a receipt is never repeated, also not one whose answer was lost:
// the Flow writes what onward cannot look up, so the move is parked for somebody
// to look.
func (s *shift) invoke(ctx context.Context, jobs []*job) error {
	if s.policy.cfg.Flow.Direction != FlowInvoke || s.deps.Flow == nil {
		return nil
	}
	if err := s.prolong(ctx); err != nil {
		return err
	}
	r := flowRuns(jobs)
	if err := ctx.Err(); err != nil {
		return err // nothing is begun that could not be seen to its end
	}
	if err := s.note(ctx, r.jobs, func(int, *Receipt) {}); err != nil {
		return err
	}
	if r = r.held(); len(r.jobs) == 0 {
		return nil
	}
	results, err := s.deps.Flow.InvokeFlow(ctx, s.policy.cfg.Flow.Name, r.inputs)
	switch {
	case err == nil && len(results) == len(r.jobs):
		return s.noteAll(ctx, r.jobs, results)
	case err == nil, crm.ClassOf(err) == nil, errors.Is(err, crm.ErrUnknownOutcome):
		return nil // the notes say all that is known
	}
	return s.notRun(ctx, r.jobs, err)
}

// flowRuns are the jobs whose Flow has not been called yet.
func flowRuns(jobs []*job) runs {
	var r runs
	for _, j := range jobs {
		if !j.running() || j.plan.Flow == nil || j.plan.Mode != ModeLive {
			continue
		}
		if old, ok := receiptFor(j.receipts, flowKey(j.plan.Move)); ok && !old.notRun() {
			continue
		}
		var inputs map[string]string
		if err := guarded(func() { inputs = j.plan.Flow.Inputs() }); err != nil {
			j.stop(hitchBroken, err)
			continue
		}
		r.jobs, r.inputs = append(r.jobs, j), append(r.inputs, inputs)
	}
	return r
}

// held are the runs whose claims are still ours.
func (r runs) held() runs {
	var out runs
	for i, j := range r.jobs {
		if j.running() {
			out.jobs, out.inputs = append(out.jobs, j), append(out.inputs, r.inputs[i])
		}
	}
	return out
}

// note stores a receipt for each run: of unknown outcome, unless become says
// what became of it.
func (s *shift) note(ctx context.Context, jobs []*job, become func(i int, r *Receipt)) error {
	ws := make([]Writing, len(jobs))
	for i, j := range jobs {
		r := Receipt{
			Key: flowKey(j.plan.Move), Object: flowObject, ID: s.policy.cfg.Flow.Name, At: s.opt.Now().UTC(),
			Class: classSent, Error: flowUnknown,
		}
		become(i, &r)
		j.receipts = withReceipt(j.receipts, r)
		ws[i] = Writing{Fence: j.claim.Fence, Receipts: []Receipt{r}}
	}
	return s.wrote(ctx, ws, jobs)
}

// noteAll stores what became of each run. A call for many runs may be several on
// the wire: of those that were sent, one may have been lost, and then the notes of
// its runs say all that is known. Runs that did not begin are put back; they are
// told by an error that is an outage's, which that of a run never is.
func (s *shift) noteAll(ctx context.Context, jobs []*job, results []crm.FlowResult) error {
	return s.note(ctx, jobs, func(i int, r *Receipt) {
		switch err := results[i].Err; {
		case errors.Is(err, crm.ErrUnknownOutcome):
		case err != nil && outage(err):
			jobs[i].stop(hitchOutage, err)
			r.takeBack()
		default:
			r.take(results[i])
		}
	})
}

// takeBack makes the note one of a run that did not begin.
func (r *Receipt) takeBack() { r.ID, r.Class, r.Error = "", "", "" }

// notRun takes the notes back after a call that failed before anything ran. The
// error is the call's when it is an outage; a call that is refused is a failure
// of the jobs in it.
func (s *shift) notRun(ctx context.Context, jobs []*job, err error) error {
	for _, j := range jobs {
		if outage(err) {
			j.stop(hitchOutage, err)
		} else {
			j.stop(hitchFailure, err)
		}
	}
	errLedger := s.note(ctx, jobs, func(_ int, r *Receipt) { r.takeBack() })
	if !outage(err) {
		return errLedger
	}
	return errors.Join(err, errLedger)
}

// notRun reports whether a Flow's receipt says that it did not run after all.
func (r Receipt) notRun() bool { return r.Class == "" && r.ID == "" }

// take keeps what a Flow gave out.
func (r *Receipt) take(result crm.FlowResult) {
	r.Changed, r.Class, r.Error = crm.Fields(result.Outputs).Clone(), "", ""
	switch {
	case result.Err != nil:
		r.Class, r.Error = "flow_failed", result.Err.Error()
	case result.Outputs["errorMessage"] != "":
		r.Class, r.Error = "flow_failed", "the flow gave out an errorMessage"
	}
}

// takeFlow adds a Flow's outputs to the outcome: record ids by their usual
// names, and a credit for a record that was created. Somebody who was there
// before was only enriched, and costs none.
func (o *Outcome) takeFlow(plan Plan, receipts []Receipt, delay time.Duration) {
	r, ok := receiptFor(receipts, flowKey(plan.Move))
	if !ok || r.notRun() {
		return
	}
	o.Flow = r.Changed
	if r.Class != "" {
		o.Status, o.What, o.Reason, o.Error = StatusParked, WhatRefused, ReasonFlowFailed, r.Error
		return
	}
	o.LeadID, o.ContactID = r.Changed["leadId"], r.Changed["contactId"]
	if id := r.Changed["accountId"]; id != "" {
		o.AccountID = id
	}
	for _, id := range []string{o.LeadID, o.ContactID} {
		if id != "" && id != plan.Person.ID {
			o.Credits = 1
			o.DRIDue = r.At.Add(delay) // the record is as old as the run
		}
	}
}
