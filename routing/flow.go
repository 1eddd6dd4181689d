package routing

import (
	"context"
	"encoding/json"
	"errors"

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

// invoke runs the customer's Flow for the jobs that are handed to it. A run that
// has a receipt is not repeated. A run whose answer was lost is not repeated
// either: the Flow writes what onward cannot look up, so the move is parked for
// somebody to look.
func (e *Engine) invoke(ctx context.Context, jobs []*job) error {
	if e.policy.cfg.Flow.Direction != FlowInvoke || e.deps.Flow == nil {
		return nil
	}
	var who []*job
	var inputs []map[string]string
	for _, j := range jobs {
		if !j.running() || j.plan.Flow == nil || j.plan.Mode != ModeLive {
			continue
		}
		if _, ok := receiptFor(j.receipts, flowKey(j.plan.Move)); !ok {
			who, inputs = append(who, j), append(inputs, j.plan.Flow.Inputs())
		}
	}
	if len(who) == 0 {
		return nil
	}
	results, err := e.deps.Flow.InvokeFlow(ctx, e.policy.cfg.Flow.Name, inputs)
	if err == nil && len(results) != len(who) {
		err = crm.ErrUnknownOutcome
	}
	if err != nil && !errors.Is(err, crm.ErrUnknownOutcome) {
		for _, j := range who {
			j.trouble = err
		}
		return err
	}
	ws := make([]Writing, len(who))
	for i, j := range who {
		r := Receipt{Key: flowKey(j.plan.Move), Object: "Flow", ID: e.policy.cfg.Flow.Name, At: e.opt.Now().UTC()}
		if err != nil {
			r.Class, r.Error = "unknown_outcome", err.Error()
		} else {
			r.take(results[i])
		}
		j.receipts = withReceipt(j.receipts, r)
		ws[i] = Writing{Fence: j.claim.Fence, Receipts: []Receipt{r}}
	}
	return e.wrote(ctx, ws, who)
}

// take keeps what a Flow gave out.
func (r *Receipt) take(result FlowResult) {
	r.Changed = crm.Fields(result.Outputs).Clone()
	switch {
	case result.Err != nil:
		r.Class, r.Error = "flow_failed", result.Err.Error()
	case result.Outputs["errorMessage"] != "":
		r.Class, r.Error = "flow_failed", "the flow gave out an errorMessage"
	}
}

// takeFlow adds a Flow's outputs to the outcome: record ids by their usual
// names, and a credit for a record that was created.
func (o *Outcome) takeFlow(receipts []Receipt, move string) {
	r, ok := receiptFor(receipts, flowKey(move))
	if !ok {
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
	if o.LeadID != "" || o.ContactID != "" {
		o.Credits = 1
	}
}
