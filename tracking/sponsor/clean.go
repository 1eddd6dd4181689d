package sponsor

import (
	"strings"
	"unicode"

	"github.com/onward-crm/onward/tracking"
)

// clean is a text as it is kept: valid UTF-8 in one line of at most maxText
// characters, without control characters, which databases and the CRM refuse or show
// as rubbish. Cleaning twice is the same as cleaning once.
func clean(s string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return clip(strings.Join(strings.Fields(plain), " "), maxText)
}

// maxText is how many characters of a text are kept.
const maxText = 512

// cleanPerson cleans every text of a person. What names the person is cleaned too: a
// key is made of what is kept.
func cleanPerson(p tracking.Person) tracking.Person {
	p = clonePerson(p)
	c := &p.Company
	for _, text := range []*string{
		&p.RecordID, &p.HubSpotID, &p.LinkedIn, &p.FirstName, &p.LastName, &p.Title, &p.AccountID,
		&c.AccountID, &c.Name, &c.Domain, &c.Email, &c.LinkedIn, &c.Country, &c.State, &c.City, &c.Phone,
	} {
		*text = clean(*text)
	}
	for i := range p.Emails {
		p.Emails[i] = clean(p.Emails[i])
	}
	return p
}

// clean cleans every text of a profile.
func (p Profile) clean() Profile {
	p = p.clone()
	p.Person, p.Location = cleanPerson(p.Person), clean(p.Location)
	for network, page := range p.Social {
		p.Social[network] = clean(page)
	}
	return p
}
