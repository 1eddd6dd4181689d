package routing

import (
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/tracking/target"
)

// Action is one thing that is done for a rep once the person's record stands.
// Whatever becomes of it, the record stays (AT06).
type Action struct {
	Kind target.ActionKind `json:"kind"`
	// Key is the same for every attempt.
	Key crm.Key `json:"key"`
	// To is the user whom a task or a notice is for.
	To string `json:"to,omitempty"`
	// Sequence is the endpoint that is told.
	Sequence string `json:"sequence,omitempty"`
	// Set are the fields of the task or campaign member, the person's record apart.
	Set crm.Fields `json:"set,omitempty"`
	// Suppressed says why it is not done; empty when it is.
	Suppressed Reason `json:"suppressed,omitempty"`
}

// ActionStatus is what became of an action.
type ActionStatus string

// The statuses of actions.
const (
	// ActionDone: the task or member stands, the endpoint has taken the message, or the
	// notice is in the ledger to be sent.
	ActionDone ActionStatus = "done"
	// ActionFailed: it was refused. Resume with the stored plan tries it again.
	ActionFailed ActionStatus = "failed"
	// ActionSuppressed: not done, for the reason in the plan (RT34).
	ActionSuppressed ActionStatus = "suppressed"
	// ActionPending: there is no record of the person yet.
	ActionPending ActionStatus = "pending"
)

// ActionResult tells of one action in an Outcome.
type ActionResult struct {
	Kind   target.ActionKind `json:"kind"`
	Status ActionStatus      `json:"status"`
	// ID is the task or member, To the user or endpoint.
	ID string `json:"id,omitempty"`
	To string `json:"to,omitempty"`
	// Error is the class and code of what was refused, or the reason why it is
	// suppressed.
	Error string `json:"error,omitempty"`
}

// delivers reports whether an outcome leaves a person's record for a rep to act on.
func (w What) delivers() bool {
	switch w {
	case WhatContact, WhatAccountAndContact, WhatLead, WhatEnriched, WhatUpdated, WhatReactivated, WhatDeparture, WhatFlow:
		return true
	case WhatHeld, WhatNothing, WhatBlocked, WhatPartial, WhatRefused, WhatDuplicate, WhatSuppressed, WhatUndone:
	}
	return false
}

// handOff plans the actions of the configuration.
func (d *decision) handOff() {
	if d.binding == nil || d.plan.Status != StatusDone || !d.plan.What.delivers() {
		return
	}
	h := d.binding.Handoff
	for _, kind := range h.Kinds() {
		a := Action{Kind: kind, Key: keyOf("handoff "+string(kind), d.plan.Move)}
		switch kind {
		case target.ActionTask:
			a.To = d.recipient(h.Task.To)
			a.Set = taskFields(h.Task, a.To, d.f.Now)
		case target.ActionCampaign:
			a.Set = crm.Fields{"CampaignId": wideID(h.Campaign.ID)}
			put(a.Set, "Status", h.Campaign.Status)
		case target.ActionSequence:
			a.Sequence = h.Sequence
			if d.optedOut() {
				a.Suppressed = ReasonOptedOut
			}
		case target.ActionNotice:
			a.To = d.recipient(h.Notice)
			d.notice(a)
		}
		d.plan.Actions = append(d.plan.Actions, a)
		d.step(StageHandoff, Reason(kind), a.To+a.Sequence)
	}
}

// taskFields are those of the task that do not depend on the person's record.
func taskFields(t target.Task, owner string, now time.Time) crm.Fields {
	set := crm.Fields{"Subject": t.Subject, "ActivityDate": crm.FormatDate(now.AddDate(0, 0, t.DueDays))}
	put(set, "Priority", t.Priority)
	put(set, "Status", t.Status)
	put(set, "OwnerId", owner)
	return set
}

func wideID(id string) string {
	if wide, err := crm.WidenID(id); err == nil {
		return wide
	}
	return id
}

// optedOut reports whether the person does not want to be written to, by the
// record that was left or by the one that the plan leads to.
func (d *decision) optedOut() bool {
	return d.record.OptedOut || slices.Contains(d.plan.Flags, ReasonOptedOut)
}

// recipient is the user whom something is for: as asked, else the other of owner
// and DRI, else the default user. A queue can have neither task nor notice.
func (d *decision) recipient(r target.Recipient) string {
	owner := d.plan.Owner.UserID
	if owner == "" {
		owner = d.recordOwner()
	}
	responsible := ""
	for _, a := range d.plan.DRI {
		if responsible == "" && !a.None {
			responsible = a.UserID
		}
	}
	switch r {
	case target.ToDRI:
		return firstOf(firstOf(responsible, owner), d.p.cfg.Owners.Default)
	case target.ToOwner, "":
		return firstOf(firstOf(owner, responsible), d.p.cfg.Owners.Default)
	default:
		return wideID(string(r))
	}
}

// recordOwner is who owns the record that the plan leads to, or that was left; ""
// for a queue, the integration user, and who is not active.
func (d *decision) recordOwner() string {
	id := d.record.OwnerID
	if d.ev.To == nil && d.m.Past != nil {
		id = d.m.Past.OwnerID
	}
	if !strings.HasPrefix(id, "005") || crm.SameID(id, d.p.cfg.Owners.Integration) {
		return ""
	}
	if i := slices.IndexFunc(d.f.Users, func(u crm.User) bool { return crm.SameID(u.ID, id) }); i >= 0 && !d.f.Users[i].Active {
		return ""
	}
	return id
}

// notice adds a notice of the configuration's own. Who is told of the move anyway
// is told once, with the configuration's name.
func (d *decision) notice(a Action) {
	for i := range d.plan.Notices {
		if n := &d.plan.Notices[i]; n.UserID == a.To && a.To != "" {
			n.Configuration = d.plan.Configuration
			return
		}
	}
	scenario := dri.Joins
	account := d.plan.AccountID
	if d.ev.To == nil {
		scenario, account = dri.Leaves, d.plan.PastAccountID
	}
	d.plan.Notices = append(d.plan.Notices, Notice{
		ID: labelled("n", "notice", d.plan.Move, "handoff"), Delivery: d.plan.Key, UserID: a.To, Configuration: d.plan.Configuration,
		Scenarios: []dri.Scenario{scenario}, AccountID: account, Reason: d.plan.Reason, At: d.f.Now,
	})
}

// takeActions tells what became of the plan's actions. An action without a receipt
// waits for a record of the person, which a Flow may still report.
func (o *Outcome) takeActions(plan Plan, receipts []Receipt) {
	o.Actions = nil
	if plan.Mode != ModeLive || o.Status != StatusDone {
		return
	}
	for _, a := range plan.Actions {
		r := ActionResult{Kind: a.Kind, Status: ActionPending, To: firstOf(a.To, a.Sequence)}
		receipt, ok := receiptFor(receipts, a.Key)
		switch {
		case a.Suppressed != "":
			r.Status, r.Error = ActionSuppressed, string(a.Suppressed)
		case a.Kind == target.ActionNotice:
			r.Status = ActionDone
		case ok && receipt.Class == "":
			r.Status, r.ID = ActionDone, receipt.ID
		case ok:
			r.Status, r.Error = ActionFailed, firstOf(receipt.Error, receipt.Class)
		}
		o.Actions = append(o.Actions, r)
	}
}

// actionWrites are the tasks and campaign members of a plan, on the record that its
// writes came to.
func actionWrites(plan Plan, o Outcome) []crm.Write {
	person, account := firstOf(o.ContactID, o.LeadID), o.AccountID
	if plan.What == WhatDeparture {
		person, account = o.PastID, plan.PastAccountID
	}
	object := personObject(person)
	if plan.Mode != ModeLive || o.Status != StatusDone || object == "" {
		return nil
	}
	var out []crm.Write
	for _, a := range plan.Actions {
		w := crm.Write{Key: a.Key, Verb: crm.VerbCreate, Set: a.Set.Clone()}
		switch a.Kind {
		case target.ActionTask:
			w.Object = crm.ObjectTask
			w.Set["WhoId"] = person
			if object == crm.ObjectContact { // a task on a lead is about nothing else
				put(w.Set, "WhatId", account)
			}
		case target.ActionCampaign:
			w.Object = crm.ObjectCampaignMember
			w.Set[string(object)+"Id"] = person
		case target.ActionSequence, target.ActionNotice:
			continue
		}
		out = append(out, w)
	}
	return out
}

// SequenceStart asks an engagement tool to begin a sequence for a person.
type SequenceStart struct {
	// ID is the same for every attempt at this one.
	ID string `json:"id"`
	// Sequence is the endpoint's name.
	Sequence      string `json:"sequence"`
	Delivery      string `json:"delivery"`
	Configuration string `json:"configuration"`
	Signal        string `json:"signal,omitempty"`
	Persona       string `json:"persona,omitempty"`
	ContactID     string `json:"contact_id,omitempty"`
	LeadID        string `json:"lead_id,omitempty"`
	AccountID     string `json:"account_id,omitempty"`
	OwnerID       string `json:"owner_id,omitempty"`
	// What an engagement tool needs of the person; blank where it is not known.
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Email     string `json:"email,omitempty"`
	Title     string `json:"title,omitempty"`
	Company   string `json:"company,omitempty"`
}

// SequenceOf is the message of a finished delivery to an endpoint; false when its
// plan has none for it, when it is suppressed, or when there is no record of the
// person.
func SequenceOf(r Record, sequence string) (SequenceStart, bool) {
	if r.Plan == nil || r.Plan.Mode != ModeLive {
		return SequenceStart{}, false
	}
	return sequenceOf(*r.Plan, r.Outcome, r.Event, sequence)
}

func sequenceOf(plan Plan, o Outcome, ev Event, sequence string) (SequenceStart, bool) {
	i := slices.IndexFunc(plan.Actions, func(a Action) bool {
		return a.Kind == target.ActionSequence && a.Sequence == sequence && a.Suppressed == ""
	})
	if i < 0 || o.ContactID+o.LeadID == "" {
		return SequenceStart{}, false
	}
	s := SequenceStart{
		ID: string(plan.Actions[i].Key), Sequence: sequence, Delivery: plan.Key, Configuration: plan.Configuration,
		Signal: string(plan.Signal), Persona: plan.Persona,
		ContactID: o.ContactID, LeadID: o.LeadID, AccountID: o.AccountID, OwnerID: o.OwnerID,
		FirstName: ev.Person.FirstName, LastName: ev.Person.LastName,
	}
	if to := ev.To; to != nil {
		s.Email, s.Title, s.Company = to.Email, to.Title, to.Company
	}
	return s, true
}
