package routing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
)

// FlowDone takes what the customer's Flow reports of its own writes for a move that
// was handed to it: the decision gets its record ids, its credit and the time of its
// responsible people, and the event record is completed (AD15). The same report
// again changes nothing, also while the work on the first one still goes on; an error, or
// ids that the CRM does not know, are
// kept, and a later report replaces them. An unknown key is ErrUnknownKey, a move that was
// not handed to a Flow, or is not decided yet, ErrStalePlan, and an id that is none
// ErrEvent. ErrConflict tells to come again: the move is being worked on just now.
func (e *Engine) FlowDone(ctx context.Context, key string, r FlowReport, by string) (Record, error) {
	r, err := r.normalized()
	if err != nil {
		return Record{}, err
	}
	record, err := e.record(ctx, key)
	if err != nil {
		return Record{}, err
	}
	if record.Plan == nil || record.Plan.Flow == nil || record.Plan.Mode != ModeLive {
		return record, fmt.Errorf("%w: it was not handed to a Flow", ErrStalePlan)
	}
	if last := flowReport(record.Acts); last != nil && (*last == r || last.Error == "" && record.Status != StatusParked) {
		return record, nil
	}
	switch record.Status {
	case StatusDone, StatusParked:
	case StatusAccepted:
		return record, fmt.Errorf("%w: it is being worked on", ErrConflict)
	default:
		return record, fmt.Errorf("%w: it is %s", ErrStalePlan, record.Status)
	}
	act := Act{By: by, What: "flow_done", Flow: &r}
	done, err := e.reopen(ctx, Reopen{Keys: []string{key}, KeepPlan: true, If: []Status{StatusDone, StatusParked}, Act: act})
	if errors.Is(err, ErrConflict) && errors.Is(err, ErrStalePlan) {
		return record, fmt.Errorf("%w: it is being worked on", ErrConflict)
	}
	return done, err
}

// normalized checks and widens the ids.
func (r FlowReport) normalized() (FlowReport, error) {
	n := normalizer{}
	r.LeadID, r.ContactID, r.AccountID = n.id("leadId", r.LeadID), n.id("contactId", r.ContactID), n.id("accountId", r.AccountID)
	for _, part := range []struct {
		field, id string
		object    crm.Object
	}{{"leadId", r.LeadID, crm.ObjectLead}, {"contactId", r.ContactID, crm.ObjectContact}} {
		if part.id != "" && personObject(part.id) != part.object {
			n.fail(part.field, "is not the id of a "+string(part.object))
		}
	}
	r.Error = n.text("error", r.Error, maxText)
	if len(n.problems) > 0 {
		return FlowReport{}, &EventError{Problems: n.problems}
	}
	return r, nil
}

// erasedWords stand for an error whose words were erased: that there was one stays.
const erasedWords = "erased"

// Erased is the act without what may tell of the person: the words of a Flow's error.
func (a Act) Erased() Act {
	if a.Flow != nil && a.Flow.Error != "" {
		r := *a.Flow
		r.Error = erasedWords
		a.Flow = &r
	}
	return a
}

// flowReport is the last one among what was done to a delivery; nil for none.
func flowReport(acts []Act) *FlowReport {
	for _, act := range slices.Backward(acts) {
		if act.Flow != nil {
			return act.Flow
		}
	}
	return nil
}

// hear takes a Flow's own report for the receipt of its run.
func (j *job) hear() {
	if j.plan == nil || j.plan.Flow == nil {
		return
	}
	for _, act := range j.claim.Acts {
		if act.Flow == nil {
			continue
		}
		r := Receipt{Key: flowKey(j.plan.Move), Object: flowObject, ID: "callout", At: act.At}
		r.Changed = crm.Fields{"leadId": act.Flow.LeadID, "contactId": act.Flow.ContactID, "accountId": act.Flow.AccountID}
		if act.Flow.Error != "" {
			r.Class, r.Error = "flow_failed", act.Flow.Error
		}
		j.receipts = withReceipt(j.receipts, r)
	}
}

// delay is the time between a record and its responsible people.
func (p *Policy) delay() time.Duration { return time.Duration(p.cfg.DRI.DelayMinutes) * time.Minute }
