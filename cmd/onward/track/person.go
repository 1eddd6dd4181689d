package track

import (
	"errors"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// wantPerson is how commands describe PERSON.
const wantPerson = `an e-mail address, a LinkedIn page, the id of a lead or contact, or "First Last, Company"`

// Person reads who is meant: an e-mail address, a LinkedIn page, the id of a lead or
// contact, or a name with the company behind a comma.
func Person(text string) (tracking.Person, error) {
	text = strings.TrimSpace(text)
	var p tracking.Person
	_, notID := crm.WidenID(text)
	switch {
	case strings.Contains(strings.ToLower(text), "linkedin.com/"):
		p.LinkedIn = text
	case strings.Contains(text, "@"):
		p.Emails = []string{text}
	case notID == nil:
		p.RecordID = text
	default:
		name, company, _ := strings.Cut(text, ",")
		p.FirstName, p.LastName = matching.SplitFullName(name)
		p.Company.Name = strings.TrimSpace(company)
	}
	if len(p.Keys()) == 0 {
		return p, errors.New("PERSON: want " + wantPerson)
	}
	return p, nil
}

// nameOf names a person for people to read: by name, else by what else is known.
func nameOf(p tracking.Person) string {
	if name := strings.TrimSpace(p.FirstName + " " + p.LastName); name != "" {
		return name
	}
	switch {
	case len(p.Emails) > 0:
		return p.Emails[0]
	case p.LinkedIn != "":
		return p.LinkedIn
	}
	return p.RecordID + p.HubSpotID
}

// companyOf is where a person is, as far as anything tells.
func companyOf(p tracking.Person) string {
	switch {
	case p.Company.Name != "":
		return p.Company.Name
	case p.AccountID != "":
		return p.AccountID
	}
	return p.Company.Domain
}
