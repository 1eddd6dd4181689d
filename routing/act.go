package routing

import (
	"context"
	"errors"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking/target"
)

// SequenceStarter hands sequences over to engagement tools, positionally. What was
// taken is delivered at least once, under its ID; what comes back with an error was
// not taken, and stays with the delivery as failed. Errors hold no personal data.
// Safe for concurrent use. adapter/outbox has one.
type SequenceStarter interface {
	StartSequences(ctx context.Context, ss []SequenceStart) []error
}

// classNotTaken is the class of a receipt of a sequence that was not taken.
const classNotTaken = "not_taken"

// alreadyMember is Salesforce's code for a campaign member that is there already.
const alreadyMember = "DUPLICATE_VALUE"

// act does what the handoffs ask for, on records that stand. An action that is
// refused leaves a receipt that says so, and nothing else: neither the record nor
// the delivery suffers. Only a CRM that is away lets the delivery wait, as it does
// for any other write.
func (s *shift) act(ctx context.Context, jobs []*job) error {
	if !slices.ContainsFunc(jobs, func(j *job) bool { return len(j.plan.Actions) > 0 }) {
		return nil
	}
	if err := s.prolong(ctx); err != nil {
		return err
	}
	m := s.collect(jobs, func(j *job) []crm.Write { return actionWrites(*j.plan, j.outcome) })
	if len(m.batch) > 0 {
		if err := s.actInCRM(ctx, jobs, m); err != nil {
			return err
		}
	}
	return s.startSequences(ctx, jobs)
}

// actInCRM writes tasks and campaign members.
func (s *shift) actInCRM(ctx context.Context, jobs []*job, m mailing) error {
	m, err := s.foresee(ctx, jobs, m)
	if err != nil || len(m.batch) == 0 {
		return err
	}
	results, callErr := s.deps.CRM.Apply(ctx, m.batch)
	if callErr == nil {
		callErr = ctx.Err()
	}
	var ws []Writing
	var owners []*job
	for i, j := range jobs {
		var receipts []Receipt
		for _, w := range m.wants[i] {
			r := results[m.place[w.Key]]
			if awayFor(callErr, r.Err) {
				j.stop(hitchOutage, r.Err)
				receipts = append(receipts, s.unsent(j, w, r.Err)...)
				continue
			}
			receipt := s.acted(w, r)
			receipts, j.receipts = append(receipts, receipt), withReceipt(j.receipts, receipt)
		}
		if len(receipts) > 0 {
			ws, owners = append(ws, Writing{Fence: j.claim.Fence, Receipts: receipts}), append(owners, j)
		}
	}
	if err := s.wrote(ctx, ws, owners); err != nil {
		return err
	}
	return callErr
}

// awayFor reports whether an action waits for the CRM: the call as a whole did not
// end, or everybody's allowance or login did.
func awayFor(call, item error) bool {
	return item != nil && outage(item) && (call != nil || errors.Is(item, crm.ErrQuota) || errors.Is(item, crm.ErrAuth))
}

// acted records what became of one action. Who is a member of the campaign already
// is one.
func (s *shift) acted(w crm.Write, r crm.Result) Receipt {
	if e, ok := errors.AsType[*crm.Error](r.Err); ok && w.Object == crm.ObjectCampaignMember && e.Code == alreadyMember {
		r.Err = nil
	}
	return receiptOf(w, r, s.opt.Now().UTC())
}

// startSequences hands over what was not handed over before. A receipt is stored
// afterwards: a crash in between repeats the message, under the same id.
func (s *shift) startSequences(ctx context.Context, jobs []*job) error {
	var starts []SequenceStart
	var owners []*job
	for _, j := range jobs {
		for _, a := range j.plan.Actions {
			if a.Kind != target.ActionSequence || !j.running() || j.plan.Mode != ModeLive || j.outcome.Status != StatusDone {
				continue
			}
			if r, ok := receiptFor(j.receipts, a.Key); ok && r.Class == "" {
				continue
			}
			if start, ok := sequenceOf(*j.plan, j.outcome, j.claim.Delivery.Event, a.Sequence); ok {
				starts, owners = append(starts, start), append(owners, j)
			}
		}
	}
	if len(starts) == 0 || s.deps.Sequences == nil {
		return nil
	}
	errs := s.deps.Sequences.StartSequences(ctx, starts)
	if err := ctx.Err(); err != nil {
		return err
	}
	ws := make([]Writing, len(starts))
	for i, j := range owners {
		r := Receipt{Key: crm.Key(starts[i].ID), Object: "Sequence", ID: starts[i].Sequence, At: s.opt.Now().UTC()}
		if errs[i] != nil {
			r.Class, r.Error = classNotTaken, errs[i].Error()
		}
		j.receipts = withReceipt(j.receipts, r)
		ws[i] = Writing{Fence: j.claim.Fence, Receipts: []Receipt{r}}
	}
	return s.wrote(ctx, ws, owners)
}
