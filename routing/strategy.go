package routing

import (
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
)

// deliver handles a move that passed the filters: somebody already there is
// enriched whatever the strategy, a doubtful duplicate is held whatever the
// strategy, everybody else is created by the strategy:
//
//	strategy             account found            not sure           none
//	-------------------  -----------------------  -----------------  -------------------
//	flow                 the Flow decides         the Flow decides   the Flow decides
//	always-lead          lead, account looked up  lead, lookup blank lead
//	contact-and-account  contact on it            held               account, then contact
//	contact-or-lead      contact on it            lead (or held)     lead
func (d *decision) deliver() {
	m := d.m.Person
	for range m.Others {
		d.flag(ReasonOtherDuplicates)
		break
	}
	if len(m.Namesakes) > 0 {
		d.flag(ReasonNamesakes)
	}
	switch {
	case m.Verdict == matching.VerdictReview:
		d.review(StageDuplicate, ReasonPersonReview)
	case d.plan.Strategy == StrategyFlow:
		d.handToFlow()
	case m.Verdict == matching.VerdictAuto:
		d.enrichExisting()
	case d.lastName() == "":
		d.review(StageStrategy, ReasonMissingLastName)
	default:
		d.create()
	}
}

// enrichExisting touches up the record of a person who is already there. A
// record that was marked when the person left is theirs again (RT20).
func (d *decision) enrichExisting() {
	target := personByID(d.f.People, d.m.Person.ID)
	if target == nil { // the contact of a converted lead that could not be read
		target = &crm.Person{Object: crm.ObjectContact, ID: d.m.Person.ID}
	}
	d.step(StageDuplicate, Reason(d.m.Person.Decisive), target.ID)
	d.enrich(target)
	if target.Left {
		d.end(StatusDone, WhatReactivated, ReasonBoomerang)
		return
	}
	d.end(StatusDone, WhatEnriched, ReasonDuplicateFound)
}

// create makes the new record that the strategy asks for.
func (d *decision) create() {
	review := d.m.Account.Verdict == matching.VerdictReview
	found := d.plan.AccountID != ""
	why := ReasonAccountMatched
	if known := d.m.accountID(); !found && known != "" {
		d.plan.AccountID, found, why, d.ownCompany = known, true, ReasonKnownCompany, true
		d.step(StageAccount, ReasonKnownCompany, known)
	}
	hold := d.p.cfg.OnReview[d.plan.Strategy] == ReviewHold
	switch {
	case review && (hold || d.plan.Strategy == StrategyContactAndAccount):
		d.review(StageAccount, ReasonAccountReview)
	case d.plan.Strategy == StrategyAlwaysLead:
		d.createLead(ReasonAlwaysLead)
	case found:
		d.createContact(why)
	case d.plan.Strategy == StrategyContactAndAccount:
		d.createAccountAndContact()
	case review:
		d.createLead(ReasonReviewAsLead)
	default:
		d.createLead(ReasonNoAccount)
	}
}

// createLead makes a lead. A company that is only known by its domain is called
// by its domain, and said to be a placeholder (RT31).
func (d *decision) createLead(r Reason) {
	company := d.companyName()
	if company == "" {
		if domain := d.m.Site; domain.Registrable != "" {
			company = domain.Registrable
			d.flag(ReasonPlaceholderCompany)
		}
	}
	if company == "" {
		d.review(StageStrategy, ReasonMissingCompany)
		return
	}
	owner := d.ownerOf(crm.ObjectLead, d.driFacts(nil))
	if !d.owned(owner) {
		return
	}
	w := d.newPerson(crm.ObjectLead, owner)
	w.Set["Company"] = company
	put(w.Set, "Website", d.m.Site.Host)
	if field := d.p.cfg.Fields.Lead[ValueMatchedAccount]; field != "" && d.plan.AccountID != "" {
		w.Set[field] = d.plan.AccountID
	}
	d.deliverNew(w, WhatLead, r)
}

// createContact makes a contact on an account that exists.
func (d *decision) createContact(r Reason) {
	owner := d.ownerOf(crm.ObjectContact, d.driFacts(nil))
	if !d.owned(owner) {
		return
	}
	w := d.newPerson(crm.ObjectContact, owner)
	w.Set["AccountId"] = d.plan.AccountID
	w.Parent = d.plan.AccountID
	d.deliverNew(w, WhatContact, r)
}

// createAccountAndContact makes the account and a contact on it. The account
// has the key of its company, so that everybody who moves there comes to the
// same one, whoever is written first (RT07).
func (d *decision) createAccountAndContact() {
	if d.ev.To.Company == "" || d.m.Identity.Company == "" {
		d.review(StageStrategy, ReasonMissingCompany)
		return
	}
	accountOwner := d.accountOwner()
	if !d.owned(accountOwner) {
		return
	}
	account := d.newAccount(accountOwner.UserID)
	d.account = &crm.Account{Name: account.Set["Name"], OwnerID: accountOwner.UserID, Type: account.Set["Type"], Fields: account.Set}
	facts := d.driFacts(nil)
	facts.Rota = facts.Rota.Apply(accountOwner.Rota)
	owner := d.ownerOf(crm.ObjectContact, facts)
	if !d.owned(owner) {
		return
	}
	d.plan.Owner.Rota = append(accountOwner.Rota, owner.Rota...)
	d.plan.NewAccount, d.ownCompany = account.Key, true
	d.plan.Writes = append(d.plan.Writes, account)
	contact := d.newPerson(crm.ObjectContact, owner)
	contact.Link = map[string]crm.Key{"AccountId": account.Key}
	contact.Parent = string(account.Key)
	if d.m.Identity.NewCompany != nil {
		d.step(StageAccount, ReasonKnownCompany, string(account.Key))
		d.deliverNew(contact, WhatContact, ReasonKnownCompany)
		return
	}
	d.deliverNew(contact, WhatAccountAndContact, ReasonNoAccount)
}

// accountOwner is who owns the new company's account: who was chosen when an
// earlier move planned it, so that nobody's turn is taken twice for one account.
func (d *decision) accountOwner() dri.Assignment {
	if known := d.m.Identity.NewCompany; known != nil && known.Company.OwnerID != "" {
		return dri.Assignment{UserID: known.Company.OwnerID, Reason: dri.ReasonKept}
	}
	return dri.Owner(d.p.cfg.Owners.Account, crm.ObjectAccount, d.p.cfg.Owners.Default, d.driFacts(nil))
}

// owned keeps the owner, and holds the move when there is none to be had: an
// inactive owner is never sent to the CRM (RT16).
func (d *decision) owned(a dri.Assignment) bool {
	d.plan.Owner = a
	d.step(StageOwner, Reason(a.Reason), a.UserID+a.QueueID)
	if a.UserID == "" && a.QueueID == "" && !a.LeaveToRules {
		d.review(StageOwner, ReasonNoOwner)
		return false
	}
	return true
}

// deliverNew ends with a new person.
func (d *decision) deliverNew(w crm.Write, what What, r Reason) {
	d.plan.Writes = append(d.plan.Writes, w)
	d.plan.PersonWrite = w.Key
	d.plan.Credits = 1
	d.joins = true
	d.record = crm.Person{Object: w.Object, OwnerID: w.Set["OwnerId"], Fields: w.Set}
	d.end(StatusDone, what, r)
	d.step(StageStrategy, r, string(w.Object))
}

// handToFlow puts the decision into flat values for the customer's Flow, which
// decides and writes by itself.
func (d *decision) handToFlow() {
	owner := d.ownerOf(crm.ObjectContact, d.driFacts(nil))
	d.plan.Owner = owner
	reason := ReasonFlowCallout
	if d.p.cfg.Flow.Direction == FlowInvoke {
		reason = ReasonFlowInvoke
	}
	d.joins = true
	d.end(StatusDone, WhatFlow, reason)
	d.step(StageStrategy, reason, d.p.cfg.Flow.Name)
	d.plan.Flow = d.flowDecision(owner)
}

func (d *decision) flowDecision(owner dri.Assignment) *FlowDecision {
	to := d.ev.To
	out := &FlowDecision{
		RequestID: d.ev.ID, Status: string(d.plan.Status), Outcome: string(d.plan.What), Reason: string(d.plan.Reason),
		Kind: string(d.plan.Kind), DuplicateID: d.m.Person.ID, AccountID: d.plan.AccountID,
		AccountTier: string(d.m.Account.Tier), AccountStatus: string(d.m.Account.Verdict),
		PastAccountID: d.plan.PastAccountID, OwnerID: owner.UserID, Relationship: d.plan.Relationship,
		FirstName: d.firstName(), LastName: d.lastName(), Email: to.Email, Title: to.Title, Company: d.companyName(),
		Domain: to.Domain, Key: string(keyOf("person", d.plan.Move)),
	}
	if out.DuplicateID != "" {
		out.DuplicateType = string(crm.ObjectContact)
		if d.m.Person.Lead {
			out.DuplicateType = string(crm.ObjectLead)
		}
	}
	if past := d.plan.Past; past != nil && past.Object == crm.ObjectLead {
		out.PastLeadID = past.ID
	} else if past != nil {
		out.PastContactID = past.ID
	}
	return out
}
