package tracking

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// Person is somebody who is, or may be, followed, as a list, a report or a provider
// names them. Every part may be missing; a person without any [Person.Keys] cannot
// be told from others.
type Person struct {
	// RecordID is the contact or lead in Salesforce, HubSpotID the contact there.
	RecordID  string   `json:"record_id,omitempty"`
	HubSpotID string   `json:"hubspot_id,omitempty"`
	LinkedIn  string   `json:"linkedin,omitempty"`
	Emails    []string `json:"emails,omitempty"`
	FirstName string   `json:"first_name,omitempty"`
	LastName  string   `json:"last_name,omitempty"`
	Title     string   `json:"title,omitempty"`
	// Company is where the person is now, or was when last seen; AccountID is its
	// account, when that is known.
	Company   matching.Company `json:"company,omitzero"`
	AccountID string           `json:"account_id,omitempty"`
}

// Keys are the ways to name the person, normalised, the strongest first: the CRM
// record, the LinkedIn profile, the HubSpot contact, each address that is a person's
// own, and name with company. Equal keys mean one person, though namesakes at one
// company share the last. They are the identifiers that a move is known by, so that
// an erasure reaches both. What does not parse names nobody.
func (p Person) Keys() []string {
	var keys []string
	if p.RecordID != "" {
		keys = append(keys, "crm:"+recordKey(p.RecordID))
	}
	if slug, ok := matching.LinkedInPerson(p.LinkedIn); ok {
		keys = append(keys, "in:"+slug)
	}
	if p.HubSpotID != "" {
		keys = append(keys, "hs:"+p.HubSpotID)
	}
	for _, address := range p.Emails {
		if e, ok := matching.ParseEmail(address); ok && !e.Role {
			keys = append(keys, "mail:"+e.Key(true))
		}
	}
	if key := p.weakKey(); key != "" {
		keys = append(keys, key)
	}
	return keys
}

// recordKey is a Salesforce id in its long form; what is none stays as it is.
func recordKey(id string) string {
	if long, err := crm.WidenID(id); err == nil {
		return long
	}
	return id
}

// weakKey names a person by name and company, "" when one of them is unknown.
func (p Person) weakKey() string {
	name := matching.ParsePersonName(p.FirstName, p.LastName, "")
	company := matching.ParseCompany(p.Company.Name).Key
	if !name.Complete() || company == "" {
		return ""
	}
	parts := []string{name.First, name.Last}
	slices.Sort(parts)
	return "at:" + strings.Join(parts, " ") + "@" + company
}
