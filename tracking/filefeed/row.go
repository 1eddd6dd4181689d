package filefeed

import (
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// columns are all that are read, by their plain names.
var columns = []string{
	"crm_id", "hubspot_id", "linkedin_url", "email", "first_name", "last_name", "full_name",
	"company", "domain", "company_linkedin_url", "account_id",
	"title", "kind", "country", "state", "city", "started_on", "left_on", "seen_at",
}

// kinds are the values of column kind.
var kinds = []tracking.PositionKind{tracking.Employee, tracking.Advisor, tracking.Board, tracking.Contractor, tracking.Founder}

// plain is a column's name without regard to how it is written.
func plain(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// row is one line of the file by plain column names.
type row map[string]string

// sighting is what a row says.
type sighting struct {
	person   tracking.Person
	position tracking.Position
	// gone tells that the position has ended.
	gone bool
	seen time.Time
}

// read checks a row. A problem names the column.
func (r row) read() (sighting, *Problem) {
	bad := func(column, want string) (sighting, *Problem) {
		return sighting{}, &Problem{Column: column, Message: "want " + want}
	}
	var s sighting
	var ok bool
	if s.person, ok = r.person(); !ok {
		return bad("linkedin_url", "the page of a person, such as linkedin.com/in/jane-doe")
	}
	if id := s.person.RecordID; id != "" {
		wide, err := crm.WidenID(id)
		if err != nil {
			return bad("crm_id", "the id of a contact or a lead in Salesforce, 15 or 18 characters")
		}
		s.person.RecordID = wide
	}
	if address := r["email"]; address != "" {
		if _, ok := matching.ParseEmail(address); !ok {
			return bad("email", "one e-mail address")
		}
	}
	if s.position.Company, ok = r.company(); !ok {
		return bad("domain", "a domain name, such as acme.com")
	}
	s.person.Company, s.person.Title = s.position.Company, r["title"]
	s.position.Title, s.position.Kind = r["title"], tracking.PositionKind(strings.ToLower(r["kind"]))
	if s.position.Kind != "" && !slices.Contains(kinds, s.position.Kind) {
		return bad("kind", "employee, advisor, board, contractor or founder")
	}
	for _, day := range []struct {
		column string
		into   *time.Time
	}{{"started_on", &s.position.StartedOn}, {"left_on", &s.position.EndedOn}, {"seen_at", &s.seen}} {
		if *day.into, ok = parseTime(r[day.column]); !ok {
			return bad(day.column, "a date such as 2026-11-21")
		}
	}
	s.gone = !s.position.EndedOn.IsZero()
	s.position.Current = !s.gone
	if len(s.person.Keys()) == 0 {
		return bad("", "someone: a crm_id, a linkedin_url, an email, or a name with a company")
	}
	if c := s.position.Company; c.Name == "" && c.Domain == "" && c.AccountID == "" && c.LinkedIn == "" {
		return bad("company", "a company or a domain; for somebody who left, the one that was left, with left_on")
	}
	return s, nil
}

func (r row) person() (tracking.Person, bool) {
	p := tracking.Person{
		RecordID: r["crm_id"], HubSpotID: r["hubspot_id"], LinkedIn: r["linkedin_url"], FirstName: r["first_name"], LastName: r["last_name"],
	}
	if p.FirstName == "" && p.LastName == "" {
		p.FirstName, p.LastName = matching.SplitFullName(r["full_name"])
	}
	if r["email"] != "" {
		p.Emails = []string{r["email"]}
	}
	if p.LinkedIn == "" {
		return p, true
	}
	_, ok := matching.LinkedInPerson(p.LinkedIn)
	return p, ok
}

func (r row) company() (matching.Company, bool) {
	c := matching.Company{
		Name: r["company"], LinkedIn: r["company_linkedin_url"], AccountID: r["account_id"],
		Country: r["country"], State: r["state"], City: r["city"],
	}
	if r["domain"] == "" {
		return c, true
	}
	d, ok := matching.ParseDomain(r["domain"])
	c.Domain = d.Host
	return c, ok
}

// parseTime reads a date or a time; a blank is the zero time.
func parseTime(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, true
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
