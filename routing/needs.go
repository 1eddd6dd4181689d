package routing

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
)

// maxLevels bounds how far account hierarchies are followed upwards.
const maxLevels = 5

// Needs says what a decision on the event still wants to know beyond the facts.
// Ask for it, add the answers to the facts, and ask again, until nothing is
// wanted: owners, opportunities and managers depend on the match. The order of
// the asks is fixed by their content.
func Needs(p *Policy, ev Event, f Facts) []Ask { return needs(p, ev, f, true) }

// needs is Needs; without a roster nobody is asked who is tracked.
func needs(p *Policy, ev Event, f Facts, roster bool) []Ask {
	a := &asker{asked: f.Asked, seen: make(map[Ask]bool, 16)}
	needPeople(a, p.cfg, ev)
	if ev.To != nil && (p.needsAccount || p.strategy(ev) != StrategyAlwaysLead) {
		a.add(Ask{Kind: AskCandidates})
	}
	for _, pool := range p.pools {
		a.add(Ask{Kind: AskPool, Value: pool})
	}
	m := Match(p, ev, f)
	needLedger(a, p, ev, f, m)
	if roster {
		a.add(Ask{Kind: AskRoster, Value: strings.Join(moverKeys(ev, f, m), keysApart)})
	}
	needRelated(a, p.want, ev, f, m)
	needUsers(a, p, f, m)
	return a.out
}

// needPeople asks for leads and contacts that may be the mover, by indexed
// fields and by name.
func needPeople(a *asker, cfg Config, ev Event) {
	if id := ev.Person.CRMID; id != "" {
		for _, o := range objectsOf(id) {
			a.in(o, "Id", id)
		}
	}
	emails := allEmails(ev)
	pages := linkedInSpellings(ev.Person.LinkedInURL)
	names := namePhrases(ev.Person)
	for _, o := range []crm.Object{crm.ObjectContact, crm.ObjectLead} {
		a.in(o, "Email", emails...)
		for _, field := range cfg.Names.OtherEmails {
			a.in(o, field, emails...)
		}
		a.in(o, cfg.Names.PersonLinkedIn, pages...)
		a.words(o, names...)
	}
}

// objectsOf tells from an id's prefix which person objects it may belong to.
func objectsOf(id string) []crm.Object {
	switch {
	case strings.HasPrefix(id, "003"):
		return []crm.Object{crm.ObjectContact}
	case strings.HasPrefix(id, "00Q"):
		return []crm.Object{crm.ObjectLead}
	default:
		return []crm.Object{crm.ObjectContact, crm.ObjectLead}
	}
}

// linkedInSpellings are the ways in which people type a page into a CRM.
func linkedInSpellings(url string) []string {
	slug, ok := matching.LinkedInPerson(url)
	if !ok {
		return nil
	}
	return []string{
		"https://www.linkedin.com" + slug, "https://www.linkedin.com" + slug + "/",
		"http://www.linkedin.com" + slug, "https://linkedin.com" + slug, "www.linkedin.com" + slug,
		"linkedin.com" + slug,
	}
}

// namePhrases are the spellings under which the name is searched: the first
// name with its nicknames, each with the last name.
func namePhrases(p Person) []string {
	n := matching.ParsePersonName(p.FirstName, p.LastName, p.FullName)
	if !n.Complete() {
		return nil
	}
	var out []string
	for _, first := range matching.NicknameVariants(n.First) {
		out = append(out, first+" "+n.Last)
	}
	if len(out) == 0 {
		out = []string{n.First + " " + n.Last}
	}
	return out
}

// needLedger asks what is known of the move and of the new company.
func needLedger(a *asker, p *Policy, ev Event, f Facts, m Matched) {
	n := namesOf(p, ev, pastRefs(m), m.Account.ID)
	for _, list := range [][]Alias{n.moves, n.latest, accountAliases(ev.To)} {
		for _, alias := range list {
			a.add(Ask{Kind: AskAlias, Value: string(alias)})
		}
	}
	own := DeliveryKey(ev)
	for _, alias := range sortedAliases(f.Known) {
		if id := f.Known[alias]; id.Company == nil && id.Delivery != own {
			a.add(Ask{Kind: AskPrior, Value: id.Delivery})
		}
	}
}

// needRelated asks for the records that those at hand refer to.
func needRelated(a *asker, want dri.Wants, ev Event, f Facts, m Matched) {
	for i := range f.People {
		p := &f.People[i]
		a.in(crm.ObjectAccount, "Id", p.AccountID)
		a.in(crm.ObjectContact, "Id", p.ConvertedContactID)
		if p.MasterID != "" {
			a.in(p.Object, "Id", p.MasterID)
		}
	}
	a.in(crm.ObjectAccount, "Id", m.PastAccountID, m.accountID())
	if f.Pick != nil && f.Pick.AccountID != PickNone {
		a.in(crm.ObjectAccount, "Id", f.Pick.AccountID)
	}
	for _, p := range []*Place{ev.From, ev.To} {
		if p != nil {
			a.in(crm.ObjectAccount, "Id", p.AccountID)
		}
	}
	for _, id := range []string{m.PastAccountID, m.accountID()} {
		for range maxLevels {
			acct, ok := accountByID(f.Accounts, id)
			if !ok {
				break
			}
			id = acct.ParentID
			if acct.MasterID != "" {
				id = acct.MasterID
			}
			a.in(crm.ObjectAccount, "Id", id)
		}
	}
	needDeals(a, ev, f, m)
	if want.Team {
		a.in(crm.ObjectTeamMember, "AccountId", m.accountID())
	}
	if want.PastTeam {
		a.in(crm.ObjectTeamMember, "AccountId", m.PastAccountID)
	}
}

// needDeals asks for opportunities: of the accounts for their class and DRI, of
// the past record for its relationship.
func needDeals(a *asker, ev Event, f Facts, m Matched) {
	a.in(crm.ObjectOpportunity, "AccountId", m.accountID(), m.PastAccountID)
	if f.Tracked.Name != "" || ev.Relationship != "" || m.Past == nil || m.Past.Object != crm.ObjectContact {
		return
	}
	a.in(crm.ObjectOpportunityRole, "ContactId", m.Past.ID)
	for i := range f.Roles {
		if f.Roles[i].ContactID == m.Past.ID {
			a.in(crm.ObjectOpportunity, "Id", f.Roles[i].OpportunityID)
		}
	}
}

// needUsers asks for the users and queues that owner and DRI rules may come to.
func needUsers(a *asker, p *Policy, f Facts, m Matched) {
	for _, id := range dri.MissingUserIDs(p.driFacts(&f, &m, nil), p.chains...) {
		o := crm.ObjectUser
		if strings.HasPrefix(id, "00G") {
			o = crm.ObjectGroup
		}
		a.in(o, "Id", id)
	}
	if !p.cfg.handsOff() {
		return
	}
	for _, r := range []*crm.Person{m.Past, personByID(f.People, m.Person.ID)} {
		if r != nil && strings.HasPrefix(r.OwnerID, "005") {
			a.in(crm.ObjectUser, "Id", r.OwnerID) // a task may be theirs
		}
	}
}

func sortedAliases(m map[Alias]Identity) []Alias {
	out := make([]Alias, 0, len(m))
	for a := range m {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

func accountByID(list []crm.Account, id string) (crm.Account, bool) {
	if id != "" {
		for i := range list {
			if list[i].ID == id {
				return list[i], true
			}
		}
	}
	return crm.Account{}, false
}

// AskKind says whom an Ask goes to.
type AskKind string

const (
	// AskRecords asks the CRM for records.
	AskRecords AskKind = "records"
	// AskCandidates asks the account finder for candidates of the new company.
	AskCandidates AskKind = "candidates"
	// AskAlias asks the ledger what an alias leads to.
	AskAlias AskKind = "alias"
	// AskPool asks the ledger where a pool stands.
	AskPool AskKind = "pool"
	// AskPrior asks the ledger what became of a delivery.
	AskPrior AskKind = "prior"
	// AskRoster asks under which relationship the person of these keys is tracked.
	AskRoster AskKind = "roster"
)

// Ask is one thing that a decision still wants to know: one value of one field
// of one object, so that the asks of a whole batch can be put together into
// few queries. Asks can be compared with ==.
type Ask struct {
	Kind   AskKind
	Object crm.Object
	Field  string
	Op     crm.Op
	Value  string
}

// asker collects what has not been asked yet.
type asker struct {
	asked map[Ask]bool
	out   []Ask
	seen  map[Ask]bool
}

func (a *asker) add(ask Ask) {
	if ask.Value == "" && ask.Kind != AskCandidates || a.asked[ask] || a.seen[ask] {
		return
	}
	a.seen[ask] = true
	a.out = append(a.out, ask)
}

func (a *asker) in(o crm.Object, field string, values ...string) {
	if field == "" {
		return
	}
	for _, v := range values {
		a.add(Ask{Kind: AskRecords, Object: o, Field: field, Op: crm.OpIn, Value: v})
	}
}

func (a *asker) words(o crm.Object, phrases ...string) {
	for _, p := range phrases {
		a.add(Ask{Kind: AskRecords, Object: o, Op: crm.OpWords, Value: p})
	}
}

// Probes are the queries that gathering facts makes, each once with one made-up
// value: a CRM can be asked how it would answer them before any move comes.
func (p *Policy) Probes() []crm.Query {
	e := &Engine{policy: p}
	var out []crm.Query
	add := func(o crm.Object, field string, op crm.Op, value string) {
		if field == "" && op == crm.OpIn {
			return
		}
		q := e.query(Ask{Kind: AskRecords, Object: o, Field: field, Op: op, Value: value})
		q.Where[0].Values = []string{value}
		out = append(out, q)
	}
	n := p.cfg.Names
	for _, o := range []crm.Object{crm.ObjectContact, crm.ObjectLead} {
		for _, field := range append([]string{"Email"}, n.OtherEmails...) {
			add(o, field, crm.OpIn, "probe@onward.example")
		}
		add(o, n.PersonLinkedIn, crm.OpIn, "https://www.linkedin.com/in/onward-probe")
		add(o, "", crm.OpWords, "Onward Probe")
	}
	add(crm.ObjectAccount, "Id", crm.OpIn, "001000000000001AAA")
	add(crm.ObjectContact, "Id", crm.OpIn, "003000000000001AAA")
	add(crm.ObjectUser, "Id", crm.OpIn, "005000000000001AAA")
	add(crm.ObjectOpportunity, "AccountId", crm.OpIn, "001000000000001AAA")
	add(crm.ObjectOpportunityRole, "ContactId", crm.OpIn, "003000000000001AAA")
	if p.want.Team || p.want.PastTeam {
		add(crm.ObjectTeamMember, "AccountId", crm.OpIn, "001000000000001AAA")
	}
	return out
}
