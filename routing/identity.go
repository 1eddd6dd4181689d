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
)

// A person, a move and a new company are known by several partial names. Each
// is hashed into an alias; what an alias leads to is the ledger's business.

// hashOf joins parts with a separator that none of them holds.
func hashOf(kind string, parts ...string) string {
	buf := make([]byte, 0, 160)
	buf = append(buf, kind...)
	for _, p := range parts {
		buf = append(buf, 0x1f)
		buf = append(buf, p...)
	}
	sum := sha256.Sum256(buf)
	return hex.EncodeToString(sum[:16])
}

func aliasOf(kind string, parts ...string) Alias { return Alias(kind + ":" + hashOf(kind, parts...)) }

// moveID is the identity of a move that a delivery is the first to report.
func moveID(delivery string) string { return "m" + hashOf("move", delivery) }

// keyOf is the key of a write of a move: the same for every attempt.
func keyOf(what, move string) crm.Key { return crm.Key("onward-" + hashOf(what, move)) }

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
	if name := nameKey(ev.Person); name != "" && ev.From != nil && ev.From.Company != "" {
		ids = append(ids, "at:"+name+"@"+companyKey(ev.From.Company))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
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

// moveAliases name the move of a person to a destination.
func moveAliases(people, places []string) []Alias {
	out := make([]Alias, 0, len(people)*len(places))
	for _, p := range people {
		for _, d := range places {
			out = append(out, aliasOf("move", p, d))
		}
	}
	return out
}

// latestAliases lead to the latest move of a person that was decided.
func latestAliases(people []string) []Alias {
	out := make([]Alias, len(people))
	for i, p := range people {
		out[i] = aliasOf("latest", p)
	}
	return out
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
