package routing

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Effects are the writes that the plan's mode lets through, the event record
// apart: all in live mode, none in shadow and dry mode. Modes are filters on a
// plan; the plan itself says what would have been done.
func (p Plan) Effects() []crm.Write {
	if p.Mode != ModeLive {
		return nil
	}
	return p.Writes
}

// WritesEvent reports whether the event record is written in the plan's mode.
func (p Plan) WritesEvent() bool { return p.Event != nil && p.Mode != ModeDry }

// FollowUp are writes that only the results of the plan ask for: enriching the
// record that a duplicate rule named, where the configuration says so (RT13).
func FollowUp(p *Policy, plan Plan, receipts []Receipt) []crm.Write {
	r, ok := receiptFor(receipts, plan.PersonWrite)
	if !ok || r.Class != classDuplicate || !p.cfg.DuplicateRules.EnrichOnBlock {
		return nil
	}
	i := slices.IndexFunc(r.Matches, func(id string) bool { return personObject(id) != "" })
	if i < 0 {
		return nil
	}
	id := r.Matches[i]
	w := crm.Write{Key: followKey(plan), Verb: crm.VerbUpdate, Object: personObject(id), ID: id, Fill: crm.Fields{}}
	for _, planned := range plan.Writes {
		if planned.Key == plan.PersonWrite {
			fillFrom(&w, planned.Set, p.cfg)
		}
	}
	return []crm.Write{w}
}

func followKey(plan Plan) crm.Key { return keyOf("enrich on block", plan.Move) }

// fillFrom takes over what a record of either object can hold.
func fillFrom(w *crm.Write, set crm.Fields, cfg Config) {
	for _, field := range []string{"Title", "Phone", "Email"} {
		put(w.Fill, field, set[field])
	}
	mapping := cfg.Fields.Contact
	if w.Object == crm.ObjectLead {
		mapping = cfg.Fields.Lead
	}
	for _, field := range mapped(mapping) {
		put(w.Fill, field, set[field])
	}
}

// personObject tells from an id's prefix whether it is a person's record.
func personObject(id string) crm.Object {
	switch {
	case strings.HasPrefix(id, "003"):
		return crm.ObjectContact
	case strings.HasPrefix(id, "00Q"):
		return crm.ObjectLead
	default:
		return ""
	}
}

// Conclude says what became of a move, from its plan and the receipts of its
// writes. Pure:
//
//	the person's write            outcome
//	----------------------------  ------------------------------------------------
//	done, or none was planned     as planned
//	refused by a duplicate rule   review, blocked; or done, enriched, by FollowUp
//	refused otherwise             parked: partial if anything was created, else refused
//	a mark or other write failed  parked, partial; a past record that the integration
//	                              user may not see is only reported (CR07)
func Conclude(p *Policy, plan Plan, receipts []Receipt) Outcome {
	o := Outcome{
		Status: plan.Status, What: plan.What, Reason: plan.Reason, AccountID: plan.AccountID, First: plan.First,
		Open: plan.Open, DRIDue: plan.DRIDue, OwnerID: plan.Owner.UserID + plan.Owner.QueueID, Credits: plan.Credits,
	}
	if plan.Past != nil {
		o.PastID = plan.Past.ID
	}
	if plan.Mode != ModeLive {
		o.Credits = 0
	}
	for _, r := range receipts {
		if plan.has(r.Key) {
			o.take(plan, r)
		}
	}
	if o.What == WhatRefused && (o.AccountID != plan.AccountID || o.ContactID+o.LeadID != "") {
		o.What, o.Reason = WhatPartial, ReasonPartial
	}
	if follow, ok := receiptFor(receipts, followKey(plan)); ok && follow.Class == "" {
		o.Status, o.What, o.Reason = StatusDone, WhatEnriched, ReasonEnrichedOnBlock
		o.person(follow)
	}
	return o
}

// has reports whether a key is one of the plan's. Receipts of a plan that was
// discarded stay with the delivery, but say nothing of this one.
func (p Plan) has(key crm.Key) bool {
	if key == followKey(p) || p.Event != nil && p.Event.Key == key {
		return true
	}
	return slices.ContainsFunc(p.Writes, func(w crm.Write) bool { return w.Key == key })
}

// take adds one receipt to the outcome.
func (o *Outcome) take(plan Plan, r Receipt) {
	switch {
	case r.Class == "" && r.Key == plan.PersonWrite:
		o.person(r)
	case r.Class == "" && r.Key == plan.NewAccount:
		o.AccountID = r.ID
		o.AccountCreated = plan.What == WhatAccountAndContact
	case r.Class == "" && r.Object == crm.ObjectJobChange:
		o.EventRecordID = r.ID
	case r.Class == "" || r.Key == followKey(plan):
	case r.Class == classDuplicate:
		o.blocked(r)
	case r.Class == classNotVisible && r.Key != plan.PersonWrite:
		o.Error = r.Error
	case r.Class == classParent && o.What == WhatBlocked:
		o.Credits = 0
	default:
		o.refused(plan, r)
	}
}

func (o *Outcome) person(r Receipt) {
	if r.Object == crm.ObjectLead {
		o.LeadID = r.ID
		return
	}
	o.ContactID = r.ID
}

func (o *Outcome) blocked(r Receipt) {
	o.Status, o.What, o.Reason = StatusReview, WhatBlocked, ReasonDuplicateRule
	o.Credits, o.Matches, o.Error = 0, r.Matches, r.Error
}

func (o *Outcome) refused(plan Plan, r Receipt) {
	if o.What == WhatBlocked {
		return
	}
	o.Status, o.What, o.Reason = StatusParked, WhatRefused, ReasonRefusedByCRM
	if r.Key == plan.PersonWrite || r.Key == plan.NewAccount {
		o.Credits = 0
	}
	o.Error = r.Error
}

// EventRecord completes the event record with the outcome.
func EventRecord(p *Policy, plan Plan, o Outcome, explanation string) crm.Write {
	w := *plan.Event
	w.Set = plan.Event.Set.Clone()
	fields := p.cfg.Fields.Event
	put(w.Set, fields[ValueStatus], string(o.Status))
	put(w.Set, fields[ValueOutcome], string(o.What))
	put(w.Set, fields[ValueReason], string(o.Reason))
	put(w.Set, fields[ValueContact], o.ContactID)
	put(w.Set, fields[ValueLead], o.LeadID)
	put(w.Set, fields[ValueNewAccount], o.AccountID)
	put(w.Set, fields[ValueExplanation], clipText(explanation, maxExplanation))
	return w
}

// dropHidden takes out references to records that turned out not to be visible:
// the CRM refuses a record that refers to them (CR07).
func dropHidden(set crm.Fields, p Plan, receipts []Receipt) {
	for _, w := range p.Writes {
		if r, ok := receiptFor(receipts, w.Key); !ok || r.Class != classNotVisible || w.ID == "" {
			continue
		}
		maps.DeleteFunc(set, func(_, value string) bool { return value == w.ID })
	}
}

// The classes of receipts, in words.
const (
	classDuplicate  = "duplicate"
	classNotVisible = "not_visible"
	classParent     = "parent"
	classDoubtful   = "doubtful"
	// classSent: it may have been sent, and nobody saw what became of it.
	classSent = "unknown_outcome"
)

// classNames lists the error classes with their names, narrow ones first.
var classNames = []struct {
	class error
	name  string
}{
	{crm.ErrParent, classParent}, {crm.ErrDoubtful, classDoubtful}, {crm.ErrDuplicate, classDuplicate}, {crm.ErrNotVisible, classNotVisible},
	{crm.ErrInactiveOwner, "inactive_owner"}, {crm.ErrInvalid, "invalid"}, {crm.ErrDenied, "denied"},
	{crm.ErrStale, "stale"}, {crm.ErrNotFound, "not_found"}, {crm.ErrAuth, "not_authenticated"},
}

// receiptOf records what became of a write.
func receiptOf(w crm.Write, r crm.Result, at time.Time) Receipt {
	out := Receipt{
		Key: w.Key, Verb: w.Verb, Object: w.Object, ID: r.ID, Created: r.Created, Before: r.Before, Changed: r.Changed, At: at,
	}
	if r.Err == nil {
		return out
	}
	out.Error, out.Class = r.Err.Error(), "refused"
	for _, c := range classNames {
		if errors.Is(r.Err, c.class) {
			out.Class = c.name
			break
		}
	}
	if e, ok := errors.AsType[*crm.Error](r.Err); ok {
		out.Rule, out.Matches = e.Rule, e.Matches
	}
	return out
}

func receiptFor(list []Receipt, key crm.Key) (Receipt, bool) {
	for _, r := range list {
		if key != "" && r.Key == key {
			return r, true
		}
	}
	return Receipt{}, false
}
