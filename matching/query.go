package matching

import (
	"slices"
	"strings"
)

// query is a reported company in comparable form, read under one profile.
type query struct {
	c    Company
	name named
	// proves tells that the name is one that can prove something: present and
	// not made of generic words alone.
	proves bool
	// own are the company's usable domains, mail the usable domain of the e-mail
	// address. primary is the one of the two that outranks the other.
	own, mail, primary []Domain
	// byMail tells that primary comes from the e-mail address alone, differs
	// that the address points to another domain than the company's own.
	byMail, differs bool
	// pinnable are all domains in order of rank, free mail and shared ones too:
	// an admin may pin any.
	pinnable []Domain
	linkedIn string
	country  string
	state    string
	city     string
	notes    []Reason
}

func makeQuery(p *Profile, c Company) *query {
	q := &query{
		c:        c,
		name:     makeNamed(c.Name),
		linkedIn: companyPage(c.LinkedIn, c.Domain),
		country:  countryForm(c.Country),
		state:    placeKey(c.State),
		city:     cityKey(c.City),
	}
	q.proves = q.name.Key != "" && !q.name.Generic
	if q.name.Generic {
		q.note(ReasonGenericName)
	}
	own := ParseDomains(c.Domain)
	var mail []Domain
	if e, ok := ParseEmail(c.Email); ok {
		mail = []Domain{e.Domain()}
	}
	q.own, q.mail = q.usable(p, own), q.usable(p, mail)
	q.rankDomains(own, mail)
	return q
}

// rankDomains lets the company's domain outrank the e-mail domain (MA43).
func (q *query) rankDomains(own, mail []Domain) {
	q.primary, q.pinnable = q.own, own
	if len(q.own) == 0 {
		q.primary, q.byMail = q.mail, len(q.mail) > 0
		q.pinnable = append(slices.Clip(own), mail...)
		return
	}
	if len(q.mail) > 0 && !shareDomain(q.own, q.mail) {
		q.differs = true
		q.note(ReasonEmailDiffers)
	}
}

// usable returns the domains that are evidence and notes why others are not.
func (q *query) usable(p *Profile, ds []Domain) []Domain {
	var out []Domain
	for _, d := range ds {
		switch {
		case excludedDomain(p, d):
			q.note(ReasonExcludedDomain)
		case d.Usable() || d.OwnRoot(q.name.CompanyName):
			out = append(out, d)
		case d.FreeMail:
			q.note(ReasonFreeMail)
		default:
			q.note(ReasonSharedHost)
		}
	}
	return out
}

func (q *query) note(r Reason) { q.notes = append(q.notes, r) }

// empty tells that there is nothing an account could be found by.
func (q *query) empty() bool {
	return q.name.Key == "" && len(q.primary) == 0 && q.linkedIn == "" && q.c.AccountID == ""
}

// domains returns all usable domains of the report.
func (q *query) domains() []Domain {
	if len(q.mail) == 0 {
		return q.own
	}
	return append(slices.Clip(q.own), q.mail...)
}

// excludedDomain tells that the profile takes the domain for no evidence.
func excludedDomain(p *Profile, d Domain) bool {
	return slices.ContainsFunc(p.ExcludeDomains, func(s string) bool {
		x, ok := ParseDomain(s)
		return ok && (x.Host == d.Host || x.Host == d.Registrable || strings.HasSuffix(d.Host, "."+x.Host))
	})
}

// shareDomain tells that two lists have a registrable domain in common.
func shareDomain(a, b []Domain) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Registrable == y.Registrable {
				return true
			}
		}
	}
	return false
}

// shareLabel tells that two lists have a base label in common under different
// suffixes.
func shareLabel(a []Domain, b []site) bool {
	for _, x := range a {
		label := plainLabel(x)
		for _, y := range b {
			if label != "" && label == y.label && x.Registrable != y.Registrable {
				return true
			}
		}
	}
	return false
}
