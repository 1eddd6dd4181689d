package routing

import (
	"cmp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// Match answers who and what an event is, from the facts: the past record, the
// account, the duplicates, the kind of move and its identity. Pure and total.
func Match(p *Policy, ev Event, f Facts) Matched {
	var m Matched
	f.People = withoutOwn(f)
	m.Account = matchAccount(p, ev, f)
	findPast(p, ev, f, &m)
	m.Person = matchPerson(p, ev, f, m)
	m.Kind = tracking.Classify(p.observation(ev, f, m))
	m.Relationship = relationship(p, ev, f, m)
	m.Identity = identify(p, ev, f, m)
	return m
}

// accountID is the account that the move leads to: the one that was matched,
// or, where nothing was and nothing is doubtful, the one that onward itself made
// for that company.
func (m Matched) accountID() string {
	if known := m.Identity.NewCompany; m.Account.ID == "" && m.Account.Verdict != matching.VerdictReview && known != nil {
		return known.Landed
	}
	return m.Account.ID
}

// withoutOwn leaves out what this same move created in an earlier attempt: a plan
// that is made anew must not take its own half-done work for a duplicate.
func withoutOwn(f Facts) []crm.Person {
	if len(f.Own) == 0 {
		return f.People
	}
	return slices.DeleteFunc(slices.Clone(f.People), func(p crm.Person) bool { return slices.Contains(f.Own, p.ID) })
}

// company is the place in matching's terms.
func (p Place) company() matching.Company {
	return matching.Company{
		AccountID: p.AccountID, Name: p.Company, Domain: p.Domain, Email: p.Email, LinkedIn: p.CompanyLinkedInURL,
		Country: p.Country, State: p.State, City: p.City, Phone: p.Phone, Since: p.StartedOn.Time,
	}
}

// matchAccount matches the destination, unless an operator has chosen.
func matchAccount(p *Policy, ev Event, f Facts) matching.AccountMatch {
	if ev.To == nil {
		return matching.AccountMatch{Verdict: matching.VerdictNone, Tier: matching.TierNone}
	}
	m := f.matchCandidates(p, ev)
	if f.Pick == nil || f.Pick.AccountID == "" {
		return m
	}
	m.Decisive = matching.Reason(ReasonOperatorPick)
	if f.Pick.AccountID == PickNone {
		m.Verdict, m.ID = matching.VerdictNone, ""
		return m
	}
	m.Verdict, m.ID, m.Tier, m.Confidence = matching.VerdictAuto, f.Pick.AccountID, matching.TierPinned, 1
	return m
}

// matchCandidates is the account match before any operator's word.
func (f Facts) matchCandidates(p *Policy, ev Event) matching.AccountMatch {
	if f.account != nil {
		return *f.account
	}
	m := matching.MatchAccount(p.profile, ev.To.company(), f.Candidates)
	m.Capped = m.Capped || f.Capped
	return m
}

// findPast chooses the mover's record at the old company, from those that are
// surely the mover's and not at the destination:
//
//	named by the sender and not yet marked > at the place that the report names >
//	not yet marked > marked; contact > lead; newest; lowest id
//
// A sender may go on naming the record by which it came to know the person: once
// that is marked, the record of the company in between goes first.
// Further records of the mover at the same account are its duplicates.
func findPast(p *Policy, ev Event, f Facts, m *Matched) {
	var own []*crm.Person
	for i := range f.People {
		r := &f.People[i]
		if r.Deleted || r.Converted || !isMover(p, ev, f, r) || atDestination(p, ev, f, *m, r) {
			continue
		}
		own = append(own, r)
	}
	slices.SortFunc(own, func(a, b *crm.Person) int {
		return cmp.Or(
			before(a.ID == ev.Person.CRMID && !a.Left, b.ID == ev.Person.CRMID && !b.Left),
			before(atPlace(p, f, a, ev.From), atPlace(p, f, b, ev.From)), before(!a.Left, !b.Left),
			before(a.Object == crm.ObjectContact, b.Object == crm.ObjectContact),
			b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	if ev.From != nil {
		m.PastAccountID = ev.From.AccountID
	}
	if len(own) == 0 {
		return
	}
	past := *own[0]
	m.Past = &past
	if past.AccountID != "" {
		m.PastAccountID = past.AccountID
	}
	for _, r := range own[1:] {
		if samePlace(p, f, &past, r) {
			m.OtherPast = append(m.OtherPast, crm.Ref{Object: r.Object, ID: r.ID})
		}
	}
}

// before orders true before false.
func before(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	default:
		return 1
	}
}

// isMover reports whether a record is surely the mover's: named by the sender,
// the same LinkedIn page, a shared address with a name that agrees, or the same
// name at the old company. Different LinkedIn pages speak against all but the
// sender's word.
func isMover(p *Policy, ev Event, f Facts, r *crm.Person) bool {
	if r.ID == ev.Person.CRMID {
		return true
	}
	mine, okMine := matching.LinkedInPerson(ev.Person.LinkedInURL)
	theirs, okTheirs := matching.LinkedInPerson(r.LinkedIn)
	if okMine && okTheirs {
		return mine == theirs
	}
	sameName := sameName(p, ev, r)
	for _, a := range allEmails(ev) {
		for _, b := range r.Emails {
			x, okX := matching.ParseEmail(a)
			y, okY := matching.ParseEmail(b)
			if okX && okY && x.Key(p.profile.PlusTags) == y.Key(p.profile.PlusTags) {
				return sameName || !x.Role
			}
		}
	}
	return sameName && atPlace(p, f, r, ev.From)
}

func sameName(p *Policy, ev Event, r *crm.Person) bool {
	a := matching.ParsePersonName(ev.Person.FirstName, ev.Person.LastName, ev.Person.FullName)
	b := matching.ParsePersonName(r.FirstName, r.LastName, "")
	return a.Complete() && b.Complete() && matching.SamePersonName(a, b, p.profile.Nicknames) != ""
}

// atDestination reports whether a record is already at the new company.
func atDestination(p *Policy, ev Event, f Facts, m Matched, r *crm.Person) bool {
	if ev.To == nil {
		return false
	}
	if m.Account.ID != "" && r.AccountID != "" {
		return r.AccountID == m.Account.ID
	}
	return atPlace(p, f, r, ev.To)
}

// atPlace reports whether a record is at a place: by account, else by company.
func atPlace(p *Policy, f Facts, r *crm.Person, at *Place) bool {
	if at == nil {
		return false
	}
	if at.AccountID != "" && r.AccountID != "" {
		return at.AccountID == r.AccountID
	}
	same, _ := matching.SameCompany(companyOf(f, r), at.company())
	return same == matching.SamenessSame
}

// samePlace reports whether two records are at one company.
func samePlace(p *Policy, f Facts, a, b *crm.Person) bool {
	if a.AccountID != "" && b.AccountID != "" {
		return a.AccountID == b.AccountID
	}
	same, _ := matching.SameCompany(companyOf(f, a), companyOf(f, b))
	return same == matching.SamenessSame
}

// companyOf says where a record is: a contact's account, a lead's company, and
// failing both the domain of its address.
func companyOf(f Facts, r *crm.Person) matching.Company {
	c := matching.Company{Name: r.Company, Domain: r.Website, Country: r.Country}
	if a, ok := accountByID(f.Accounts, r.AccountID); ok {
		c = matching.Company{AccountID: a.ID, Name: a.Name, Domain: a.Website, Country: a.Country, City: a.City, LinkedIn: a.LinkedIn}
	}
	if c.Domain == "" && len(r.Emails) > 0 {
		c.Email = r.Emails[0]
	}
	return c
}

// matchPerson scans leads and contacts for the mover at the new company.
func matchPerson(p *Policy, ev Event, f Facts, m Matched) matching.PersonMatch {
	if ev.To == nil {
		return matching.PersonMatch{Verdict: matching.VerdictNone}
	}
	if f.Pick != nil && f.Pick.PersonID != "" {
		return pickPerson(f)
	}
	q := matching.Person{
		FirstName: ev.Person.FirstName, LastName: ev.Person.LastName, Emails: ev.Person.Emails, NewEmail: ev.To.Email,
		LinkedIn: ev.Person.LinkedInURL, To: ev.To.company(), ToAccountID: m.Account.ID, FromAccountID: m.PastAccountID,
	}
	for _, r := range pastRefs(m) {
		q.PastIDs = append(q.PastIDs, r.ID)
	}
	records := make([]matching.PersonRecord, 0, len(f.People))
	for i := range f.People {
		if r := &f.People[i]; !r.Deleted {
			records = append(records, personRecord(f, r))
		}
	}
	return matching.MatchPerson(p.profile, q, records)
}

func pickPerson(f Facts) matching.PersonMatch {
	m := matching.PersonMatch{Verdict: matching.VerdictNone, Decisive: matching.Reason(ReasonOperatorPick)}
	if f.Pick.PersonID != PickNone {
		m.Verdict, m.ID, m.Lead = matching.VerdictAuto, f.Pick.PersonID, strings.HasPrefix(f.Pick.PersonID, "00Q")
	}
	return m
}

func personRecord(f Facts, r *crm.Person) matching.PersonRecord {
	out := matching.PersonRecord{
		ID: r.ID, Lead: r.Object == crm.ObjectLead, FirstName: r.FirstName, LastName: r.LastName, Emails: r.Emails,
		LinkedIn: r.LinkedIn, Company: r.Company, CompanyDomains: r.Website, AccountID: r.AccountID,
		Converted: r.Converted, ConvertedContactID: r.ConvertedContactID, CreatedAt: r.CreatedAt,
	}
	if a, ok := accountByID(f.Accounts, r.AccountID); ok {
		out.Company, out.CompanyDomains = a.Name, strings.TrimSpace(a.Website+" "+a.Domains)
	}
	return out
}

// observation puts the event beside what the CRM says, for classification.
func (p *Policy) observation(ev Event, f Facts, m Matched) tracking.Observation {
	o := tracking.Observation{
		From: position(ev.From), To: position(ev.To), Positions: positions(ev.Positions), History: positions(ev.History),
		FirstName: ev.Person.FirstName, LastName: ev.Person.LastName, LinkedIn: ev.Person.LinkedInURL,
		FromAccount: accountRef(f, m.PastAccountID), ToAccount: accountRef(f, m.Account.ID), Profile: p.profile,
	}
	if past := p.before(ev, f, m); past != nil {
		o.Past = &tracking.PastRecord{
			Company: companyOf(f, past), AccountID: past.AccountID, Title: past.Title, Left: past.Left,
			FirstName: past.FirstName, LastName: past.LastName, LinkedIn: past.LinkedIn,
		}
	}
	if m.Person.Verdict == matching.VerdictAuto {
		if r := personByID(f.People, m.Person.ID); r != nil {
			o.PriorAtDestination = r.Left
		}
	}
	return o
}

// before is the record that says what was before the report: the past record. It
// is the one at the new company when the report itself says that the person was
// there already, or when the same LinkedIn page now bears another last name
// (RT28, RT30).
func (p *Policy) before(ev Event, f Facts, m Matched) *crm.Person {
	if m.Past != nil || m.Person.Verdict != matching.VerdictAuto {
		return m.Past
	}
	r := personByID(f.People, m.Person.ID)
	if r == nil || r.Left || !atDestination(p, ev, f, m, r) {
		return nil
	}
	if ev.From != nil {
		if atPlace(p, f, r, ev.From) {
			return r
		}
		return nil
	}
	mine, okMine := matching.LinkedInPerson(ev.Person.LinkedInURL)
	theirs, okTheirs := matching.LinkedInPerson(r.LinkedIn)
	if okMine && okTheirs && mine == theirs && !sameName(p, ev, r) {
		return r
	}
	return nil
}

func position(p *Place) *tracking.Position {
	if p == nil {
		return nil
	}
	return &tracking.Position{
		Company: p.company(), Title: p.Title, Kind: p.Kind, Current: p.Current,
		StartedOn: p.StartedOn.Time, EndedOn: p.LeftOn.Time,
	}
}

func positions(list []Place) []tracking.Position {
	out := make([]tracking.Position, len(list))
	for i := range list {
		out[i] = *position(&list[i])
	}
	return out
}

// accountRef names an account and the top of its hierarchy, as far as known.
func accountRef(f Facts, id string) tracking.AccountRef {
	ref := tracking.AccountRef{ID: id, Root: id}
	for range maxLevels {
		a, ok := accountByID(f.Accounts, ref.Root)
		if !ok || a.ParentID == "" {
			break
		}
		ref.Root = a.ParentID
	}
	return ref
}

// relationship is the sender's word, else what the past record's deals and
// account say; the highest-ranked one wins.
func relationship(p *Policy, ev Event, f Facts, m Matched) string {
	if ev.Relationship != "" || m.Past == nil {
		return ev.Relationship
	}
	var found []string
	for i := range f.Roles {
		if f.Roles[i].ContactID != m.Past.ID {
			continue
		}
		for j := range f.Opportunities {
			if o := &f.Opportunities[j]; o.ID == f.Roles[i].OpportunityID {
				found = append(found, dealRelationship(o))
			}
		}
	}
	if a, ok := accountByID(f.Accounts, m.Past.AccountID); ok && slices.Contains(p.Classes(a), string(dri.Customer)) {
		found = append(found, "Customer Contact")
	}
	for _, ranked := range p.cfg.Relationships {
		if slices.Contains(found, ranked) {
			return ranked
		}
	}
	return ""
}

// dealRelationship is the automatic predicate that a deal fulfils: closed won is
// closed with probability 100, closed lost closed with 0.
func dealRelationship(o *crm.Opportunity) string {
	switch {
	case !o.Closed:
		return "Open Opp Contact"
	case o.Probability == 100:
		return "Closed Won Opp Contact"
	case o.Probability == 0:
		return "Closed Lost Opp Contact"
	default:
		return ""
	}
}

func pastRefs(m Matched) []crm.Ref {
	if m.Past == nil {
		return nil
	}
	return append([]crm.Ref{{Object: m.Past.Object, ID: m.Past.ID}}, m.OtherPast...)
}

func personByID(list []crm.Person, id string) *crm.Person {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}
