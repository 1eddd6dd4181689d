package routing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// A person, a move and a new company are known by several partial names. Each
// is hashed into an alias; what an alias leads to is the ledger's business.

// hashOf joins parts with a separator that none of them holds.
func hashOf(kind string, parts ...string) string { return labelled("", kind, parts...) }

// labelled is a hash of the parts behind a readable label.
func labelled(label, kind string, parts ...string) string {
	buf := make([]byte, 0, 160)
	buf = append(buf, kind...)
	for _, p := range parts {
		buf = append(buf, 0x1f)
		buf = append(buf, p...)
	}
	sum := sha256.Sum256(buf)
	out := append(make([]byte, 0, 64), label...)
	return string(hex.AppendEncode(out, sum[:16]))
}

func aliasOf(kind string, parts ...string) Alias { return Alias(kind + ":" + hashOf(kind, parts...)) }

// moveID is the identity of a move that a delivery is the first to report.
func moveID(delivery string) string { return labelled("m", "move", delivery) }

// keyOf is the key of a write of a move: the same for every attempt.
func keyOf(what string, of ...string) crm.Key { return crm.Key(labelled("onward-", what, of...)) }

// strongIDs are the ways to name a person that another person does not share,
// sorted. past are the person's records in the CRM.
func strongIDs(ev Event, past []crm.Ref) []string {
	ids := make([]string, 0, 8)
	if ev.Person.CRMID != "" {
		ids = append(ids, "crm:"+ev.Person.CRMID)
	}
	for _, r := range past {
		ids = append(ids, "crm:"+r.ID)
	}
	if slug, ok := matching.LinkedInPerson(ev.Person.LinkedInURL); ok {
		ids = append(ids, "in:"+slug)
	}
	if ev.Person.HubSpotID != "" {
		ids = append(ids, "hs:"+ev.Person.HubSpotID)
	}
	for _, address := range allEmails(ev) {
		if e, ok := matching.ParseEmail(address); ok && !e.Role {
			ids = append(ids, "mail:"+e.Key(true))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// weakID names a person by name and old company, "" when one of them is unknown.
// Namesakes share it: what it leads to counts only where no mark contradicts.
func weakID(ev Event) string {
	if name := nameKey(ev.Person); name != "" && ev.From != nil && ev.From.Company != "" {
		return "at:" + name + "@" + companyKey(ev.From.Company)
	}
	return ""
}

// marks are hashed facts by which two people of one name are told apart: the
// LinkedIn page, the record that the sender names, the address at each company.
// A mark is "kind:value", and two people differ in one kind.
func marks(ev Event) []string {
	var out []string
	add := func(kind, value string) { out = append(out, kind+":"+hashOf("mark", value)) }
	if slug, ok := matching.LinkedInPerson(ev.Person.LinkedInURL); ok {
		add("page", slug)
	}
	if ev.Person.CRMID != "" {
		add("record", ev.Person.CRMID)
	}
	for _, address := range allEmails(ev) {
		if e, ok := matching.ParseEmail(address); ok && !e.Role && e.Domain().Usable() {
			add("mail "+hashOf("domain", e.Domain().Registrable), e.Key(true))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// contradict reports whether two lists of marks are two people's: there is a
// kind of which both have some, and none in common.
func contradict(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool {
		kind, _, _ := strings.Cut(x, ":")
		ofKind := func(y string) bool { return strings.HasPrefix(y, kind+":") }
		common := func(y string) bool { return ofKind(y) && slices.Contains(a, y) }
		return slices.ContainsFunc(b, ofKind) && !slices.ContainsFunc(b, common)
	})
}

// allEmails are all addresses of the person, the new one included.
func allEmails(ev Event) []string {
	all := slices.Clone(ev.Person.Emails)
	if ev.To != nil && ev.To.Email != "" {
		all = append(all, ev.To.Email)
	}
	return all
}

// nameKey is the folded name in one order, "" unless both parts are known.
func nameKey(p Person) string {
	n := matching.ParsePersonName(p.FirstName, p.LastName, p.FullName)
	if !n.Complete() {
		return ""
	}
	parts := []string{n.First, n.Last}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func companyKey(name string) string { return matching.ParseCompany(name).Key }

// Identifiers are all ways to name the mover, in plain text and sorted: the
// strong ones, and the name at each company. Hashed with a secret they are the
// Persons of a Delivery and the tombstones of an erased person.
func Identifiers(ev Event) []string {
	ids := strongIDs(ev, nil)
	if name := nameKey(ev.Person); name != "" {
		for _, p := range []*Place{ev.From, ev.To} {
			if p != nil && p.Company != "" {
				ids = append(ids, "at:"+name+"@"+companyKey(p.Company))
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Mover is the person of a report as tracking knows people: with all that names them,
// and by where they were.
func (ev Event) Mover() tracking.Person {
	p := tracking.Person{
		RecordID: ev.Person.CRMID, HubSpotID: ev.Person.HubSpotID, LinkedIn: ev.Person.LinkedInURL,
		FirstName: ev.Person.FirstName, LastName: ev.Person.LastName,
	}
	if p.FirstName == "" && p.LastName == "" {
		p.FirstName, p.LastName = matching.SplitFullName(ev.Person.FullName)
	}
	for _, address := range append([]string{ev.Person.Email}, allEmails(ev)...) {
		if address != "" && !slices.Contains(p.Emails, address) {
			p.Emails = append(p.Emails, address)
		}
	}
	if from := ev.From; from != nil {
		p.Title, p.AccountID, p.Company = from.Title, from.AccountID, from.company()
	}
	return p
}

// keysApart stands between keys that are one text; none holds it.
const keysApart = "\x1f"

// moverKeys are all keys by which the mover may be tracked: those of the report, of the
// records at the old company, and of the one that is at the new company already.
func moverKeys(ev Event, f Facts, m Matched) []string {
	keys := ev.Mover().Keys()
	records := pastRefs(m)
	if m.Person.Verdict == matching.VerdictAuto {
		records = append(records, crm.Ref{ID: m.Person.ID})
	}
	for _, ref := range records {
		if r := personByID(f.People, ref.ID); r != nil {
			keys = append(keys, reportOf(f, r).Mover().Keys()...)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Tombstone hashes an identifier with a secret, so that what is kept of an
// erased person tells nobody who it was.
func Tombstone(secret []byte, identifier string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(identifier))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// destinations are the ways to name where the move leads, sorted; nil for a
// departure. account is the account that was matched: reports that name the
// company differently meet there.
func destinations(to *Place, account string) []string {
	if to == nil {
		return nil
	}
	var out []string
	for _, id := range []string{to.AccountID, account} {
		if id != "" {
			out = append(out, "id:"+id)
		}
	}
	if d, ok := workDomain(to); ok {
		out = append(out, "domain:"+d.Registrable)
	}
	if to.Company != "" {
		out = append(out, "name:"+companyKey(to.Company))
	}
	if slug, ok := matching.LinkedInCompany(to.CompanyLinkedInURL); ok {
		out = append(out, "in:"+slug)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// workDomain is the domain of a place that says which company it is: its own,
// else that of the work address.
func workDomain(p *Place) (matching.Domain, bool) {
	if d, ok := matching.ParseDomain(p.Domain); ok && d.Usable() {
		return d, true
	}
	if e, ok := matching.ParseEmail(p.Email); ok && e.Domain().Usable() {
		return e.Domain(), true
	}
	return matching.Domain{}, false
}

// names are the aliases of an event: those of its move, and those that lead to
// the person's latest move. Shadow runs have names of their own, so that going
// live does not find everything decided already.
type names struct {
	moves, latest []Alias
	// weak are those that namesakes share.
	weak map[Alias]bool
}

func namesOf(p *Policy, ev Event, past []crm.Ref, account string) names {
	prefix := ""
	if p.cfg.Mode != ModeLive {
		prefix = string(p.cfg.Mode) + " "
	}
	places := destinations(ev.To, account)
	n := names{weak: map[Alias]bool{}}
	add := func(person string, weak bool) {
		for _, place := range places {
			a := aliasOf("move", prefix+person, place)
			n.moves, n.weak[a] = append(n.moves, a), weak
		}
		a := aliasOf("latest", prefix+person)
		n.latest, n.weak[a] = append(n.latest, a), weak
	}
	for _, id := range strongIDs(ev, past) {
		add(id, false)
	}
	if id := weakID(ev); id != "" {
		add(id, true)
	}
	return n
}

// without leaves out the weak names that lead to somebody whose marks
// contradict: they belong to a namesake.
func (n names) without(f Facts, mine []string) names {
	other := func(a Alias) bool {
		k, known := f.Known[a]
		return n.weak[a] && known && contradict(mine, k.Person)
	}
	n.moves = slices.DeleteFunc(slices.Clone(n.moves), other)
	n.latest = slices.DeleteFunc(slices.Clone(n.latest), other)
	return n
}

// accountAliases name a company that is not in the CRM: by domain, page, name
// with country, and name alone, strongest first.
func accountAliases(to *Place) []Alias {
	if to == nil {
		return nil
	}
	var out []Alias
	if d, ok := workDomain(to); ok {
		out = append(out, aliasOf("company", "domain", d.Registrable))
	}
	if slug, ok := matching.LinkedInCompany(to.CompanyLinkedInURL); ok {
		out = append(out, aliasOf("company", "in", slug))
	}
	if name := matching.ParseCompany(to.Company); to.Company != "" && !name.Generic {
		if to.Country != "" {
			out = append(out, aliasOf("company", "name", name.Key, to.Country))
		}
		out = append(out, aliasOf("company", "name", name.Key))
	}
	return out
}

// within reports whether two times are at most days apart.
func within(a, b time.Time, days int) bool {
	d := a.Sub(b)
	return max(d, -d) <= time.Duration(days)*24*time.Hour
}
