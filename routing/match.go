package routing

import (
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
	m.AtFrom = m.Past != nil && atPlace(p, f, m.Past, ev.From)
	m.Site = site(ev.To)
	m.Person = matchPerson(p, ev, f, m)
	m.Kind = tracking.Classify(p.observation(ev, f, m))
	m.Uncertain = uncertain(ev, f, m)
	m.Relationship = relationship(p, ev, f, m)
	m.Identity = identify(p, ev, f, m)
	return m
}

// site is the domain of a place.
func site(to *Place) Site {
	if to == nil {
		return Site{}
	}
	d, _ := workDomain(to)
	return Site{Host: d.Host, Registrable: d.Registrable}
}

// accountID is the account that the move leads to: the one that was matched,
// or, where nothing was and nothing is doubtful, the one that onward itself made
// for that company.
func (m *Matched) accountID() string {
	if known := m.Identity.NewCompany; m.Account.ID == "" && m.Account.Verdict != matching.VerdictReview && known != nil {
		return known.Landed
	}
	return m.Account.ID
}

// withoutOwn leaves out what this same move created in an earlier attempt: a plan
// that is made anew must not take its own half-done work for a duplicate. What
// has no id is no record, and can be nobody's.
func withoutOwn(f Facts) []crm.Person {
	out := func(p crm.Person) bool { return p.ID == "" || slices.Contains(f.Own, p.ID) }
	if !slices.ContainsFunc(f.People, out) {
		return f.People
	}
	return slices.DeleteFunc(slices.Clone(f.People), out)
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
	m := f.standing(p, ev)
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
	profile := p.profile
	profile.ListSize = f.ListSize
	m := matching.MatchAccount(profile, ev.To.company(), f.Candidates)
	if f.Capped && !m.Capped {
		m.Cap()
	}
	return m
}

// standing is the account match on what the CRM says of the accounts today:
// candidates may be older than a merge, a deletion or another name. A merged
// account leads to its master; a deleted one is no candidate; one that is called
// otherwise, or has another website, is compared again as it is now.
func (f Facts) standing(p *Policy, ev Event) matching.AccountMatch {
	m := f.matchCandidates(p, ev)
	for m.ID != "" {
		if now := living(f.Accounts, m.ID); now != "" && now != m.ID {
			m.ID = now
			return m
		} else if now == "" {
			gone := m.ID
			f.Candidates = slices.DeleteFunc(slices.Clone(f.Candidates), func(a matching.Account) bool { return a.ID == gone })
			f.account = nil
			if m = f.matchCandidates(p, ev); m.ID == gone {
				m.ID, m.Verdict = "", matching.VerdictNone
			}
			continue
		}
		i := slices.IndexFunc(f.Candidates, func(a matching.Account) bool { return a.ID == m.ID })
		today, known := accountByID(f.Accounts, m.ID)
		if i < 0 || !known || !retold(&f.Candidates[i], today) {
			return m
		}
		f.Candidates = slices.Clone(f.Candidates)
		tell(&f.Candidates[i], today)
		f.account = nil
		m = f.matchCandidates(p, ev)
	}
	return m
}

// retold reports whether the CRM says something else of an account than a
// candidate does, as far as that tells companies apart.
func retold(c *matching.Account, today crm.Account) bool {
	return c.Name != today.Name || c.Website != today.Website || c.Domains != today.Domains || c.LinkedIn != today.LinkedIn
}

// tell takes over what the CRM says.
func tell(c *matching.Account, today crm.Account) {
	c.Name, c.Website, c.Domains, c.LinkedIn = today.Name, today.Website, today.Domains, today.LinkedIn
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
		// What the person has left somewhere else is a trace of an earlier move, whatever
		// address it shares with the report, and nobody who is there already.
		if r := &f.People[i]; !r.Deleted && (!r.Left || atDestination(p, ev, f, m, r)) {
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

// alikeNames is the similarity from which two company names may be one company
// under two names.
const alikeNames = 0.75

// uncertain reports whether the old and the new company may be one: nothing
// proves it, the names are alike, and they are not two accounts of the CRM.
func uncertain(ev Event, f Facts, m Matched) bool {
	if ev.To == nil || ev.To.Company == "" || !slices.Contains(m.Kind.Reasons, tracking.ReasonCompanyUncertain) {
		return false
	}
	if to := m.accountID(); to != "" && m.PastAccountID != "" && to != m.PastAccountID {
		return false
	}
	was := ""
	if ev.From != nil {
		was = ev.From.Company
	}
	if was == "" && m.Past != nil {
		was = companyOf(f, m.Past).Name
	}
	return was != "" && matching.NameSimilarity(matching.ParseCompany(was), matching.ParseCompany(ev.To.Company)) >= alikeNames
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
	if okMine && okTheirs && mine == theirs && compareNames(p, ev, r) != namesSame {
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

// relationship is the one that the mover is tracked under, whatever the sender says:
// that is what they count under. Of others the sender's word is taken, else what the
// past record's deals and account say; the highest-ranked one wins.
func relationship(p *Policy, ev Event, f Facts, m Matched) string {
	switch {
	case f.Tracked.Name != "":
		return f.Tracked.Name
	case ev.Relationship != "" || m.Past == nil:
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
	if a, ok := accountByID(f.Accounts, m.Past.AccountID); ok && slices.Contains(p.classesIn(&f, &a), string(dri.Customer)) {
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
