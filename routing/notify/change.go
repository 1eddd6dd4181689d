package notify

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// ChangeOf is a record as a change of a digest; false for one that nobody is told of:
// it is not done, was not done for real (shadow, dry), repeats another, was erased, or
// nobody is responsible. Accounts have ids, and names where the report gave one.
func ChangeOf(rec routing.Record) (digest.Change, bool) {
	done := rec.Status == routing.StatusDone || rec.Status == routing.StatusFiltered
	if !done || !told(rec) {
		return digest.Change{}, false
	}
	o := rec.Outcome
	c := digest.Change{
		ID: rec.Plan.Move, Stays: stays(rec.Plan.Kind), At: rec.FinishedAt, Relationship: rec.Plan.Relationship, Did: didWords(o),
		Person:    digest.Party{ID: cmp.Or(o.ContactID, o.LeadID, o.PastID), Name: moverName(rec.Event.Person)},
		PersonIDs: idsOf(o.PastID, o.ContactID, o.LeadID, rec.Event.Person.CRMID, rec.Event.Person.HubSpotID),
		From:      party(rec.Plan.PastAccountID, rec.Event.From),
		To:        party(cmp.Or(o.AccountID, rec.Plan.AccountID), rec.Event.To),
	}
	if rec.Event.To != nil {
		c.Role = rec.Event.To.Title
	}
	c.OldRole = oldTitle(rec)
	for _, a := range responsible(rec) {
		p := digest.Part{Scenario: a.Scenario, Class: a.Class, UserID: cmp.Or(a.UserID, a.QueueID), Account: c.To}
		if a.Scenario == dri.Leaves {
			p.Account = c.From
		}
		c.Parts = append(c.Parts, p)
	}
	return c, len(c.Parts) > 0
}

// oldTitle is what the person was before the move: as reported, else as the past record
// at that place has it.
func oldTitle(rec routing.Record) string {
	from := rec.Event.From
	if from != nil && from.Title != "" {
		return from.Title
	}
	if f := rec.Facts; f != nil && f.Matched.Past != nil && (from == nil || f.Matched.AtFrom) {
		return f.Matched.Past.Title
	}
	return ""
}

// stays reports whether somebody has a new role where they were.
func stays(k tracking.Kind) bool {
	return k == tracking.Promotion || k == tracking.TitleChange || k == tracking.InternalMove
}

// ReviewOf is a record as a review that waits; false for any other. Who is responsible
// for the arrival hears of it, else for the departure, else who would own the record.
func ReviewOf(rec routing.Record) (digest.Review, bool) {
	if rec.Status != routing.StatusReview || !told(rec) {
		return digest.Review{}, false
	}
	r := digest.Review{
		ID: rec.Key, Since: rec.FinishedAt, Why: whyWords(rec.Outcome.Reason),
		Person:  digest.Party{ID: cmp.Or(rec.Outcome.ContactID, rec.Outcome.LeadID, rec.Outcome.PastID), Name: moverName(rec.Event.Person)},
		Company: party(cmp.Or(rec.Outcome.AccountID, rec.Plan.AccountID), rec.Event.To),
	}
	if rec.Event.To != nil {
		r.Role = rec.Event.To.Title
	}
	as := responsible(rec)
	slices.SortStableFunc(as, func(a, b dri.Assignment) int { return cmp.Compare(a.Scenario, b.Scenario) }) // joins before leaves
	for _, a := range append(as, rec.Plan.Owner) {
		if a.UserID != "" {
			r.UserID = a.UserID
			return r, true
		}
	}
	return r, false
}

// told reports whether people may hear of a record at all.
func told(rec routing.Record) bool {
	return rec.Plan != nil && rec.Plan.Mode == routing.ModeLive && !rec.Plan.Forget &&
		rec.Outcome.What != routing.WhatDuplicate && rec.Outcome.What != routing.WhatSuppressed
}

// responsible are the assignments as they were found out last, else as planned, without
// those that nobody has.
func responsible(rec routing.Record) []dri.Assignment {
	as := rec.Plan.DRI
	for _, s := range rec.DRI {
		if len(s.Assignments) > 0 { // the last entry may only say why nobody is looked for
			as = s.Assignments
		}
	}
	return slices.DeleteFunc(slices.Clone(as), func(a dri.Assignment) bool {
		return a.None || a.UserID == "" && a.QueueID == ""
	})
}

func party(id string, at *routing.Place) digest.Party {
	p := digest.Party{ID: id}
	if at != nil {
		p.ID, p.Name = cmp.Or(id, at.AccountID), cmp.Or(at.Company, at.Domain)
	}
	return p
}

func moverName(p routing.Person) string {
	return cmp.Or(strings.TrimSpace(p.FirstName+" "+p.LastName), p.FullName)
}

func idsOf(ids ...string) []string {
	var out []string
	for _, id := range ids {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// didWords say what was done.
func didWords(o routing.Outcome) string {
	switch {
	case o.Reason == routing.ReasonReviewAsLead:
		return "lead created, please check the account"
	case o.What == routing.WhatNothing || o.What == "":
		return ""
	}
	return words(string(o.What))
}

// whyWords say what is doubtful.
func whyWords(r routing.Reason) string {
	switch r {
	case routing.ReasonAccountReview, routing.ReasonCompanyUncertain:
		return "not sure which account this is"
	case routing.ReasonPersonReview:
		return "not sure whether a known record is this person"
	case routing.ReasonMissingCompany:
		return "no company was reported"
	case routing.ReasonMissingLastName:
		return "no last name was reported"
	}
	return words(string(r))
}

func words(reason string) string { return strings.ReplaceAll(reason, "_", " ") }

// names fill in what only the CRM knows.
type names struct {
	accounts map[string]string
	base     string
}

// party names an account as the CRM does, and links it.
func (n names) party(p digest.Party) digest.Party {
	p.Name = cmp.Or(n.accounts[p.ID], p.Name)
	return n.linked(p)
}

// linked adds the address of a record: base/ID leads to it in Classic and Lightning.
func (n names) linked(p digest.Party) digest.Party {
	if id, err := crm.WidenID(p.ID); n.base != "" && err == nil {
		p.URL = n.base + "/" + id
	}
	return p
}

func (n names) change(c digest.Change) digest.Change {
	c.Person, c.From, c.To = n.linked(c.Person), n.party(c.From), n.party(c.To)
	c.Parts = slices.Clone(c.Parts)
	for i := range c.Parts {
		c.Parts[i].Account = n.party(c.Parts[i].Account)
	}
	return c
}

func (n names) review(r digest.Review) digest.Review {
	r.Person, r.Company = n.linked(r.Person), n.party(r.Company)
	return r
}
