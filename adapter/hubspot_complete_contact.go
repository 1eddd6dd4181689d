package adapter

import (
	"strconv"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// The properties of HubSpot that say where somebody works.
const (
	propCompany = "company"
	propLinked  = "associatedcompanyid"
	propEmail   = "email"
	propTitle   = "jobtitle"
	propName    = "name"
	propDomain  = "domain"

	propOtherEmails = "hs_additional_emails"
	propLinkedIn    = "hs_linkedin_url"
	propSFContact   = "salesforcecontactid"
	propSFLead      = "salesforceleadid"
)

// contactProperties are those that are fetched of a contact.
func contactProperties() []string {
	return []string{
		propCompany, propLinked, propEmail, propTitle, propOtherEmails, propLinkedIn, propSFContact, propSFLead,
		"firstname", "lastname", "phone", "country", "state", "city",
	}
}

// sameEdit is how far apart two changes of a contact may be that belong together: a
// person or an import seldom sets company, title and address in one stroke.
const sameEdit = 24 * time.Hour

// change is what a property is now, what it was before, and since when it is so. at is
// zero when HubSpot does not tell.
type change struct {
	now, before string
	at          time.Time
}

// with reports whether two changes belong together.
func (c change) with(other change) bool {
	d := c.at.Sub(other.at)
	return !c.at.IsZero() && !other.at.IsZero() && -sameEdit <= d && d <= sameEdit
}

// changeOf reads the last change of a property. Times without a value do not count:
// somebody emptied the field and filled it again.
func changeOf(c hubspot.Contact, property string) change {
	out := change{now: c.Properties[property]}
	for _, v := range c.History[property] {
		switch {
		case strings.EqualFold(v.Value, out.now):
			out.at = v.At
		case v.Value != "":
			out.before = v.Value
			return out
		}
	}
	return out
}

// employer is a company as HubSpot has it.
type employer struct{ name, domain string }

func (e employer) none() bool { return e == employer{} }

// is reports whether the employer is the company of that name.
func (e employer) is(name string) bool {
	if e.name == "" || name == "" {
		return false
	}
	same, _ := matching.SameCompany(matching.Company{Name: e.name}, matching.Company{Name: name})
	return same == matching.SamenessSame
}

// hasAddress reports whether an address is at the employer's domain.
func (e employer) hasAddress(email string) bool {
	d, ok := matching.ParseDomain(e.domain)
	host := workHost(email)
	return ok && host != "" && d.Registrable == host
}

// workHost is the registrable domain of an address that says who the employer is;
// "" for free mail and for what is no address.
func workHost(email string) string {
	e, ok := matching.ParseEmail(email)
	if !ok || !e.Domain().Usable() {
		return ""
	}
	return e.Domain().Registrable
}

// contactFacts are what a contact tells of where somebody works, now and before.
type contactFacts struct {
	contact                    hubspot.Contact
	company, linked, mail, job change
	// at and was are the primary company now and the one before.
	at, was employer
}

func readContact(c hubspot.Contact, primary int64, companies map[int64]hubspot.Company) contactFacts {
	f := contactFacts{
		contact: c, company: changeOf(c, propCompany), linked: changeOf(c, propLinked),
		mail: changeOf(c, propEmail), job: changeOf(c, propTitle),
	}
	f.at = employerOf(companies[primary])
	if before := wholeID(f.linked.before); before != primary {
		f.was = employerOf(companies[before])
	}
	return f
}

func employerOf(c hubspot.Company) employer {
	e := employer{name: c.Properties[propName]}
	if d, ok := matching.ParseDomain(c.Properties[propDomain]); ok {
		e.domain = d.Host
	}
	return e
}

// person is who the contact is. Addresses are the present one, unless it is at the new
// company, and all that are known from before.
func (f contactFacts) person(to *routing.Place) routing.Person {
	p := routing.Person{
		FirstName: f.contact.Properties["firstname"], LastName: f.contact.Properties["lastname"],
		HubSpotID: strconv.FormatInt(f.contact.ID, 10),
	}
	if _, ok := matching.LinkedInPerson(f.contact.Properties[propLinkedIn]); ok {
		p.LinkedInURL = f.contact.Properties[propLinkedIn]
	}
	for _, property := range []string{propSFContact, propSFLead} {
		if id, err := crm.WidenID(f.contact.Properties[property]); err == nil && p.CRMID == "" {
			p.CRMID = id
		}
	}
	known := []string{f.mail.now, f.mail.before}
	known = append(known, strings.Split(f.contact.Properties[propOtherEmails], ";")...)
	for _, email := range known {
		e, ok := matching.ParseEmail(email)
		if !ok || to != nil && e.Address == to.Email {
			continue
		}
		p.Emails = append(p.Emails, e.Address)
	}
	if len(p.Emails) > 0 {
		p.Email = p.Emails[0]
	}
	return p
}
