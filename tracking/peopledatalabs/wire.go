package peopledatalabs

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// fields are the parts of a profile that are asked for: nothing else of the person
// leaves the API.
var fields = strings.Join([]string{
	"id", "full_name", "first_name", "last_name", "linkedin_url", "work_email",
	"job_title", "job_company_name", "job_company_website", "job_company_linkedin_url", "job_start_date", "job_last_verified",
	"location_country", "location_region", "location_locality", "experience",
}, ",")

// text is a member that may be null, or true where the key's plan does not show its
// value.
type text string

// UnmarshalJSON takes a text, and nothing from anything else.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if len(data) > 0 && data[0] == '"' {
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
	}
	*t = text(strings.TrimSpace(s))
	return nil
}

// person is a profile as the API writes it.
type person struct {
	FirstName    text `json:"first_name"`
	LastName     text `json:"last_name"`
	FullName     text `json:"full_name"`
	LinkedIn     text `json:"linkedin_url"`
	WorkEmail    text `json:"work_email"`
	Title        text `json:"job_title"`
	Company      text `json:"job_company_name"`
	Website      text `json:"job_company_website"`
	CompanyPage  text `json:"job_company_linkedin_url"`
	StartedOn    text `json:"job_start_date"`
	LastVerified text `json:"job_last_verified"`
	Country      text `json:"location_country"`
	Region       text `json:"location_region"`
	Locality     text `json:"location_locality"`
	Experience   []experience
}

type experience struct {
	Company struct {
		Name    text `json:"name"`
		Website text `json:"website"`
		Page    text `json:"linkedin_url"`
	} `json:"company"`
	Title struct {
		Name text `json:"name"`
	} `json:"title"`
	StartDate text `json:"start_date"`
	EndDate   text `json:"end_date"`
	IsPrimary bool `json:"is_primary"`
}

// enriched is the answer of /v5/person/enrich, searched of /v5/person/search.
type enriched struct {
	Status int     `json:"status"`
	Data   *person `json:"data"`
}

type searched struct {
	Status      int      `json:"status"`
	Data        []person `json:"data"`
	ScrollToken text     `json:"scroll_token"`
	Total       int      `json:"total"`
}

// refusal is the answer to anything that went wrong.
type refusal struct {
	Status int `json:"status"`
	Error  struct {
		Type json.RawMessage `json:"type"`
	} `json:"error"`
}

// kind is the type of a refusal, "" when it is no plain word: a message may repeat
// what was asked.
func (r refusal) kind() string {
	var word string
	if json.Unmarshal(r.Error.Type, &word) != nil {
		var words []string
		if json.Unmarshal(r.Error.Type, &words) != nil || len(words) == 0 {
			return ""
		}
		word = words[0]
	}
	if len(word) > 40 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return word
}

// profile is a person in our terms. The API knows one present job for certain, that
// of the job_ members; positions without an end may long be over.
func (p person) profile() tracking.Profile {
	out := tracking.Profile{
		Person: tracking.Person{FirstName: string(p.FirstName), LastName: string(p.LastName), LinkedIn: string(p.LinkedIn), Title: string(p.Title)},
		SeenAt: date(p.LastVerified),
	}
	if p.FirstName == "" && p.LastName == "" {
		out.Person.FirstName, out.Person.LastName = matching.SplitFullName(string(p.FullName))
	}
	if p.WorkEmail != "" {
		out.Person.Emails = []string{string(p.WorkEmail)}
	}
	if p.Company != "" || p.Website != "" {
		out.Person.Company = matching.Company{
			Name: string(p.Company), Domain: string(p.Website), LinkedIn: string(p.CompanyPage),
			Country: string(p.Country), State: string(p.Region), City: string(p.Locality),
		}
		main := tracking.Position{Company: out.Person.Company, Title: string(p.Title), Current: true, StartedOn: date(p.StartedOn)}
		main.Company.Email = workEmail(string(p.WorkEmail), main.Company.Domain)
		out.Current = []tracking.Position{main}
	}
	for _, e := range p.Experience {
		if e.IsPrimary || e.EndDate == "" || e.Company.Name == "" {
			continue
		}
		out.History = append(out.History, tracking.Position{
			Company: matching.Company{Name: string(e.Company.Name), Domain: string(e.Company.Website), LinkedIn: string(e.Company.Page)},
			Title:   string(e.Title.Name), StartedOn: date(e.StartDate), EndedOn: date(e.EndDate),
		})
	}
	return out
}

// workEmail is the address at the present company, "" when its domain is another: it
// may be that of the last job.
func workEmail(address, website string) string {
	e, ok := matching.ParseEmail(address)
	d, okD := matching.ParseDomain(website)
	if !ok || !okD || e.Domain().Registrable != d.Registrable {
		return ""
	}
	return e.Address
}

// date reads a day, a month or a year; the zero time for anything else.
func date(s text) time.Time {
	for _, form := range []string{time.DateOnly, "2006-01", "2006"} {
		if t, err := time.Parse(form, string(s)); err == nil {
			return t
		}
	}
	return time.Time{}
}
