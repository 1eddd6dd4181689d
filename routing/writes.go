package routing

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/tracking"
)

// mark corrects the mover's past record and its duplicates at the past account:
// they have left. With a second position beside the first nobody has left (RT24,
// RT25). Where a later move was decided already, only a record that the report
// itself names as the old place, and to which that later move did not lead, is
// the old one.
func (d *decision) mark() {
	id := d.m.Identity
	switch {
	case d.m.Past == nil, d.m.Kind.DualRole, d.m.Kind.Kind == tracking.AdditionalRole:
		return
	case id.Older && (!atPlace(d.p, *d.f, d.m.Past, d.ev.From) || atPlace(d.p, *d.f, d.m.Past, id.LatestTo)):
		return
	}
	d.marks = true
	if !d.bookkeeps() {
		return
	}
	if !d.m.Past.Left {
		d.markRecord(*d.plan.Past)
	}
	for _, ref := range d.plan.OtherPast {
		if r := personByID(d.f.People, ref.ID); r == nil || !r.Left {
			d.markRecord(ref)
		}
	}
}

func (d *decision) markRecord(ref crm.Ref) {
	set := crm.Fields{}
	if field := d.p.cfg.Names.Left; field != "" {
		set[field] = crm.FormatBool(true)
	}
	if field := d.p.cfg.Names.LeftOn; field != "" {
		set[field] = d.leftOn()
	}
	if len(set) == 0 {
		return
	}
	d.plan.Writes = append(d.plan.Writes, crm.Write{
		Key: keyOf("mark", ref.ID, d.plan.Move), Verb: crm.VerbUpdate, Object: ref.Object, ID: ref.ID, Set: set,
	})
}

// leftOn is the last day at the old company as far as it is known.
func (d *decision) leftOn() string {
	switch {
	case d.ev.From != nil && !d.ev.From.LeftOn.IsZero():
		return d.ev.From.LeftOn.String()
	case !d.starts().IsZero() && !d.starts().After(d.f.Now):
		return crm.FormatDate(d.starts())
	default:
		return crm.FormatDate(d.ev.OccurredAt)
	}
}

// newPerson is the create that leads and contacts have in common.
func (d *decision) newPerson(o crm.Object, owner dri.Assignment) crm.Write {
	to := d.ev.To
	set := make(crm.Fields, 14)
	d.preset(set, o)
	put(set, "FirstName", d.firstName())
	put(set, "LastName", d.lastName())
	put(set, "Email", to.Email)
	put(set, "Title", to.Title)
	put(set, "Phone", to.Phone)
	country, state, city := "MailingCountry", "MailingState", "MailingCity"
	if o == crm.ObjectLead {
		country, state, city = "Country", "State", "City"
	}
	put(set, country, to.Country)
	put(set, state, to.State)
	put(set, city, to.City)
	put(set, "OwnerId", owner.UserID+owner.QueueID)
	if d.m.Past != nil && d.m.Past.OptedOut {
		set["HasOptedOutOfEmail"] = crm.FormatBool(true)
	}
	d.own(set, d.mapping(o))
	return crm.Write{
		Key: keyOf("person", d.plan.Move), Verb: crm.VerbCreate, Object: o, Set: set,
		Assign: owner.LeaveToRules && o == crm.ObjectLead, AllowDuplicate: d.p.cfg.DuplicateRules.AllowSave,
	}
}

// newAccount is the create of the new company's account.
func (d *decision) newAccount(owner string) crm.Write {
	to := d.ev.To
	set := make(crm.Fields, 12)
	d.preset(set, crm.ObjectAccount)
	name := to.Company
	if known := d.m.Identity.NewCompany; known != nil && known.Company != nil && known.Company.Name != "" {
		name = known.Company.Name
	}
	put(set, "Name", name)
	put(set, "Website", d.m.Site.Registrable)
	put(set, "BillingCountry", to.Country)
	put(set, "BillingState", to.State)
	put(set, "BillingCity", to.City)
	put(set, "OwnerId", owner)
	put(set, d.p.cfg.Fields.Account[ValueLinkedIn], to.CompanyLinkedInURL)
	return crm.Write{
		Key: d.m.Identity.Company, Verb: crm.VerbCreate, Object: crm.ObjectAccount, Set: set,
		AllowDuplicate: d.p.cfg.DuplicateRules.AllowSave,
	}
}

// enrich fills the blanks of an existing record, overwrites where the policy
// says so, and sets our own fields.
func (d *decision) enrich(target *crm.Person) {
	w := crm.Write{
		Key: keyOf("person", d.plan.Move), Verb: crm.VerbUpdate, Object: target.Object, ID: target.ID,
		Set: make(crm.Fields, 8), Fill: make(crm.Fields, 8), If: target.Version, Parent: target.AccountID,
	}
	mapping := d.mapping(target.Object)
	d.own(w.Set, mapping)
	if field := mapping[ValueLinkedIn]; field != "" {
		delete(w.Set, field)
		d.byPolicy(&w, field, d.ev.Person.LinkedInURL)
	}
	if to := d.ev.To; to != nil {
		d.byPolicy(&w, "Email", to.Email)
		d.byPolicy(&w, "Title", to.Title)
		d.byPolicy(&w, "Phone", to.Phone)
	}
	if d.binding != nil {
		for _, field := range d.binding.Set[target.Object].Names() {
			d.byPolicy(&w, field, d.binding.Set[target.Object][field])
		}
	}
	d.byPolicy(&w, "FirstName", d.ev.Person.FirstName)
	d.byPolicy(&w, "LastName", d.ev.Person.LastName)
	if target.Left {
		put(w.Set, d.p.cfg.Names.Left, crm.FormatBool(false))
		if field := d.p.cfg.Names.LeftOn; field != "" {
			w.Set[field] = ""
		}
	}
	d.plan.Writes = append(d.plan.Writes, w)
	d.plan.PersonWrite = w.Key
	d.joins = true
	d.record = *target
	if d.plan.AccountID == "" {
		d.plan.AccountID = target.AccountID
	}
}

// moveInside takes the mover's contact along to another account of the same
// hierarchy; previous values stay in the receipt.
func (d *decision) moveInside() {
	w := crm.Write{
		Key: keyOf("person", d.plan.Move), Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: d.m.Past.ID,
		Set: crm.Fields{"AccountId": d.plan.AccountID}, Fill: crm.Fields{}, If: d.m.Past.Version, Parent: d.plan.AccountID,
	}
	put(w.Set, "Title", d.ev.To.Title)
	d.byPolicy(&w, "Email", d.ev.To.Email)
	d.plan.Writes = append(d.plan.Writes, w)
	d.plan.PersonWrite = w.Key
	d.joins = true
	d.record = *d.m.Past
	d.end(StatusDone, WhatUpdated, ReasonInternalMove)
	d.step(StageStrategy, ReasonInternalMove, d.m.Past.ID)
}

// byPolicy places a value in a field of an existing record.
func (d *decision) byPolicy(w *crm.Write, field, value string) {
	if field == "" || value == "" {
		return
	}
	switch d.p.cfg.Fields.Policy[field] {
	case FieldSet:
		w.Set[field] = value
	case FieldNever:
	case FieldFill, "":
		w.Fill[field] = value
	}
}

// own places our own values: where the person came from, and how we know them.
func (d *decision) own(set crm.Fields, mapping map[string]string) {
	put(set, mapping[ValuePastAccount], d.plan.PastAccountID)
	put(set, mapping[ValueRelationship], d.plan.Relationship)
	put(set, mapping[ValuePersona], d.plan.Persona)
	put(set, mapping[ValueSignal], string(d.plan.Signal))
	put(set, mapping[ValueLinkedIn], d.ev.Person.LinkedInURL)
	if past := d.plan.Past; past != nil && past.Object == crm.ObjectContact {
		put(set, mapping[ValuePastContact], past.ID)
	} else if past != nil {
		put(set, mapping[ValuePastLead], past.ID)
	}
}

func (d *decision) mapping(o crm.Object) map[string]string {
	if o == crm.ObjectLead {
		return d.p.cfg.Fields.Lead
	}
	return d.p.cfg.Fields.Contact
}

// put sets a field to a value; no name or no value, no field.
func put(set crm.Fields, field, value string) {
	if field != "" && value != "" {
		set[field] = value
	}
}

// firstName and lastName fall back on the past record, and the last name on the
// configured placeholder.
func (d *decision) firstName() string {
	if d.ev.Person.FirstName == "" && d.ev.Person.LastName == "" && d.m.Past != nil {
		return d.m.Past.FirstName
	}
	return d.ev.Person.FirstName
}

func (d *decision) lastName() string {
	if d.ev.Person.LastName != "" {
		return d.ev.Person.LastName
	}
	if d.m.Past != nil && d.m.Past.LastName != "" {
		return d.m.Past.LastName
	}
	if d.p.cfg.Placeholders.LastName != "" && !slices.Contains(d.plan.Flags, ReasonPlaceholderLastName) {
		d.flag(ReasonPlaceholderLastName)
	}
	return d.p.cfg.Placeholders.LastName
}

// companyName is the reported name, else the matched account's.
func (d *decision) companyName() string {
	if d.ev.To.Company != "" {
		return d.ev.To.Company
	}
	if a, ok := accountByID(d.f.Accounts, d.plan.AccountID); ok {
		return a.Name
	}
	return ""
}

// sortReasons puts the flags into one order, each once.
func sortReasons(p *Plan) {
	slices.Sort(p.Flags)
	p.Flags = slices.Compact(p.Flags)
}

// driFacts are the policy's, with the account that the plan makes.
func (d *decision) driFacts(record *crm.Person) dri.Facts {
	out := d.p.driFacts(d.f, d.m, record)
	if d.account != nil {
		d.p.describe(&out.New, d.f, d.account)
	}
	return out
}

// driFacts puts the facts into dri's terms. record is the new or enriched
// record, nil where there is none yet.
func (p *Policy) driFacts(f *Facts, m *Matched, record *crm.Person) dri.Facts {
	out := dri.Facts{
		Users: f.Users, Integration: p.cfg.Owners.Integration, Rota: p.rota(f.Rota),
		New: dri.Side{Record: record}, Past: dri.Side{Record: m.Past}, Column: crm.ObjectContact,
	}
	if record != nil {
		out.Column = record.Object
	}
	p.side(&out.New, f, m.accountID())
	p.side(&out.Past, f, m.PastAccountID)
	return out
}

// side adds an account with its deals, team and classes. Without an account
// there are no deals: those of the other side would pass for its own.
func (p *Policy) side(s *dri.Side, f *Facts, id string) {
	for i := range f.Accounts {
		if a := &f.Accounts[i]; id != "" && a.ID == id {
			s.Opportunities, s.Team = f.Opportunities, f.Team
			p.describe(s, f, a)
		}
	}
}

func (p *Policy) describe(s *dri.Side, f *Facts, a *crm.Account) {
	s.Account = a
	classes := p.classesIn(f, a)
	s.Disqualified = p.disqualified(classes)
	for _, c := range classes {
		if class := dri.Class(strings.ToLower(c)); class == dri.Customer || class == dri.Target || class == dri.OpenOpportunity {
			s.Classes = append(s.Classes, class)
		}
	}
}

// rota puts the configured pools and the stored pointers together.
func (p *Policy) rota(next map[string]int) dri.Rota {
	var r dri.Rota
	for _, pool := range p.pools {
		r.Pools = append(r.Pools, dri.Pool{Name: pool, Users: p.cfg.Owners.Pools[pool], Next: next[pool]})
	}
	return r
}
