package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// row is one move as people read it: what became of it, and why.
type row struct {
	ID      string         `json:"id"`
	Person  string         `json:"person,omitempty"`
	From    string         `json:"from,omitempty"`
	To      string         `json:"to,omitempty"`
	Kind    string         `json:"kind,omitempty"`
	Status  routing.Status `json:"status"`
	What    routing.What   `json:"what"`
	Reason  routing.Reason `json:"reason"`
	Decided string         `json:"decisive_reason,omitempty"`
	// Object and RecordID name the record that was created or enriched.
	Object       crm.Object `json:"object,omitempty"`
	RecordID     string     `json:"record_id,omitempty"`
	AccountID    string     `json:"account_id,omitempty"`
	Account      string     `json:"account,omitempty"`
	NewAccount   bool       `json:"account_created,omitempty"`
	Tier         string     `json:"tier,omitempty"`
	Confidence   float64    `json:"confidence,omitempty"`
	Uncalibrated bool       `json:"uncalibrated,omitempty"`
	Owner        string     `json:"owner,omitempty"`
	OwnerID      string     `json:"owner_id,omitempty"`
	DRI          []person   `json:"dri,omitempty"`
	Credits      int        `json:"credits"`
	// Again tells that an earlier run finished the move; nothing was done now.
	Again bool `json:"again,omitempty"`
	// Error is what the CRM refused, Rule the duplicate rule that it named.
	Error string        `json:"error,omitempty"`
	Rule  string        `json:"rule,omitempty"`
	Plan  *routing.Plan `json:"plan,omitempty"`
}

// person is who is responsible in one scenario.
type person struct {
	Scenario dri.Scenario `json:"scenario"`
	UserID   string       `json:"user_id,omitempty"`
	Name     string       `json:"name"`
}

// recordRow tells what became of a delivery.
func recordRow(c lookup, r routing.Record) row {
	out := row{Status: r.Status}
	if r.Plan != nil {
		out = planRow(c, r.Event, *r.Plan)
	}
	o := r.Outcome
	out.ID, out.Status, out.Error = r.Event.ID, r.Status, o.Error
	if r.Status == routing.StatusAccepted {
		out.What, out.Reason = "", routing.Reason(r.Note)
		return out
	}
	out.What, out.Reason, out.Credits, out.NewAccount = o.What, o.Reason, o.Credits, o.AccountCreated
	out.Decided = decisive(out.Plan, o.Reason)
	out.Object, out.RecordID = recordOf(o.ContactID, o.LeadID)
	if o.AccountID != "" {
		out.AccountID, out.Account = o.AccountID, nameOf(c, o.AccountID)
	}
	switch {
	case out.RecordID == "":
		out.OwnerID, out.Owner = "", ""
	case o.OwnerID != "":
		out.OwnerID, out.Owner = o.OwnerID, nameOf(c, o.OwnerID)
	}
	for _, receipt := range r.Receipts {
		if receipt.Rule != "" {
			out.Rule = receipt.Rule
		}
	}
	return out
}

// planRow tells what a plan would come to.
func planRow(c lookup, ev routing.Event, p routing.Plan) row {
	out := row{
		ID: ev.ID, Person: nameOfMover(ev), Kind: string(p.Kind), Status: p.Status, What: p.What, Reason: p.Reason,
		Decided: decisive(&p, p.Reason), AccountID: p.AccountID, Account: nameOf(c, p.AccountID), Credits: p.Credits, Plan: &p,
	}
	if ev.From != nil {
		out.From = companyOf(*ev.From)
	}
	if ev.To != nil {
		out.To = companyOf(*ev.To)
	}
	if p.NewAccount != "" {
		out.Account, out.NewAccount = out.To, true
	}
	if p.Account.Verdict != matching.VerdictNone && p.Account.Verdict != "" {
		out.Tier, out.Confidence, out.Uncalibrated = string(p.Account.Tier), p.Account.Confidence, p.Account.Uncalibrated
	}
	for _, w := range p.Writes {
		if w.Key == p.PersonWrite && w.Key != "" {
			out.Object, out.RecordID = w.Object, w.ID
		}
	}
	out.OwnerID, out.Owner = p.Owner.UserID, assigned(c, p.Owner)
	for _, a := range p.DRI {
		if !a.None {
			out.DRI = append(out.DRI, person{a.Scenario, a.UserID, assigned(c, a)})
		}
	}
	return out
}

// decisive is the reason that says most: where the outcome's reason only says
// that something matched, the reason of the match.
func decisive(p *routing.Plan, r routing.Reason) string {
	if p == nil {
		return string(r)
	}
	switch r {
	case routing.ReasonAccountMatched, routing.ReasonAccountReview, routing.ReasonReviewAsLead:
		return string(p.Account.Decisive)
	case routing.ReasonDuplicateFound, routing.ReasonPersonReview:
		return string(p.Person.Decisive)
	}
	return string(r)
}

func recordOf(contact, lead string) (crm.Object, string) {
	switch {
	case contact != "":
		return crm.ObjectContact, contact
	case lead != "":
		return crm.ObjectLead, lead
	}
	return "", ""
}

// lookup gives the records whose names people read.
type lookup interface {
	Record(id string) (crm.Record, bool)
}

// nameOf is the name of a record for people, its id when it has none.
func nameOf(c lookup, id string) string {
	r, ok := c.Record(id)
	if !ok {
		return id
	}
	if name := r.Fields["Name"]; name != "" {
		return name
	}
	return strings.TrimSpace(r.Fields["FirstName"] + " " + r.Fields["LastName"])
}

func assigned(c lookup, a dri.Assignment) string {
	switch {
	case a.UserID != "":
		return nameOf(c, a.UserID)
	case a.Queue != "":
		return a.Queue
	case a.QueueID != "":
		return nameOf(c, a.QueueID)
	case a.LeaveToRules:
		return "CRM's rules"
	}
	return ""
}

func nameOfMover(ev routing.Event) string {
	name := strings.TrimSpace(ev.Person.FirstName + " " + ev.Person.LastName)
	if name != "" {
		return name
	}
	for _, other := range []string{ev.Person.FullName, ev.Person.Email, ev.Person.CRMID, ev.Person.LinkedInURL} {
		if other != "" {
			return other
		}
	}
	return ev.ID
}

func companyOf(p routing.Place) string {
	for _, name := range []string{p.Company, p.Domain, p.AccountID} {
		if name != "" {
			return name
		}
	}
	return ""
}

// whatWords says in one word what became of a move.
var whatWords = map[routing.What]string{
	routing.WhatContact: "created", routing.WhatAccountAndContact: "created", routing.WhatLead: "created",
	routing.WhatDeparture: "departed", routing.WhatFlow: "to the Flow", routing.WhatBlocked: "blocked",
	routing.WhatDuplicate: "same move",
}

// outcome is one word for what became of the move.
func (r row) outcome() string {
	switch {
	case r.Reason == routing.ReasonReviewAsLead:
		return "created ?"
	case r.Status == routing.StatusReview && r.What == routing.WhatHeld:
		return "review"
	case r.Status == routing.StatusWaiting:
		return "waiting"
	case r.Status == routing.StatusAccepted:
		return "not done"
	case r.What == routing.WhatNothing || r.What == "":
		return string(r.Status)
	}
	if word := whatWords[r.What]; word != "" {
		return word
	}
	return string(r.What)
}

// rowColumns are 120 columns wide at most.
var rowColumns = []show.Column{
	{Title: "PERSON", Most: 17}, {Title: "OUTCOME", Most: 11}, {Title: "RECORD", Most: 7}, {Title: "ACCOUNT", Most: 20}, {Title: "CONF", Most: 5}, {Title: "BECAUSE", Most: 20}, {Title: "OWNER", Most: 12}, {Title: "DRI", Most: 14},
}

// cells are the texts of a table row.
func (r row) cells() []string {
	account, confidence := r.Account, ""
	if r.NewAccount {
		account = "+ " + account
	}
	if r.Confidence > 0 {
		confidence = fmt.Sprintf("%.2f", r.Confidence)
		if r.Uncalibrated {
			confidence = "~" + confidence
		}
	}
	because := r.Decided
	if r.Rule != "" {
		because = "rule " + r.Rule
	}
	return []string{r.Person, r.outcome(), strings.ToLower(string(r.Object)), account, confidence, because, r.Owner, r.responsible()}
}

// responsible names who is responsible: → for the arrival, ← for the departure.
func (r row) responsible() string {
	var names []string
	for _, p := range r.DRI {
		arrow, name := "→", p.Name
		if p.Scenario == dri.Leaves {
			arrow = "←"
		}
		if len(r.DRI) > 1 {
			name, _, _ = strings.Cut(name, " ")
		}
		names = append(names, arrow+name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
