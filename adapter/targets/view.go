package targets

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

// Account is a watched account.
type Account struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Website string `json:"website,omitempty"`
	// Category is what it counts as, Reports are all that hold it.
	Category target.Category `json:"category"`
	Reports  []string        `json:"reports"`
	// Searched tells that people are looked for there, Personas which ones; none means all.
	Searched bool     `json:"searched"`
	Personas []string `json:"personas,omitempty"`
}

// AccountOf is a watched account for showing.
func AccountOf(w target.Watched) Account {
	return Account{
		ID: w.ID, Name: w.Name, Website: w.Website, Category: target.CategoryOf(w.Class(nil), w.Disqualified()), Reports: w.Reports(),
		Searched: w.Searched(), Personas: w.Personas(),
	}
}

// Report is a report whose rows are watched accounts.
type Report struct {
	ID       string          `json:"id"`
	Name     string          `json:"name,omitempty"`
	File     string          `json:"file,omitempty"`
	Category target.Category `json:"category"`
	// Accounts are those that it held when it could be read last, at ReadAt; "" for never.
	Accounts int    `json:"accounts"`
	Rows     int    `json:"rows"`
	Repeated int    `json:"repeated,omitempty"`
	ReadAt   string `json:"read_at,omitempty"`
	// Trouble is why it could not be read last; Problems are rows that cannot be used.
	Trouble  string           `json:"trouble,omitempty"`
	Problems []target.Problem `json:"problems,omitempty"`
}

// ReportOf is a reading for showing.
func ReportOf(r rounds.Reading) Report {
	l := r.Listing
	out := Report{
		ID: l.Report.ID, Name: l.Report.Name, File: l.Report.File, Category: l.Report.Category,
		Accounts: len(l.Accounts), Rows: l.Rows, Repeated: l.Repeated, Trouble: r.Trouble, Problems: l.Problems,
	}
	if !r.ReadAt.IsZero() {
		out.ReadAt = r.ReadAt.Format(time.RFC3339)
	}
	return out
}

// Left tells that something about the report is left for a person.
func (r Report) Left() bool { return r.Trouble != "" || len(r.Problems) > 0 }

// Person is somebody at a watched account.
type Person struct {
	Stage   rounds.Stage `json:"stage,omitempty"`
	Name    string       `json:"name"`
	Title   string       `json:"title,omitempty"`
	Company string       `json:"company,omitempty"`
	Account string       `json:"account"`
	Persona string       `json:"persona,omitempty"`
	Source  string       `json:"source,omitempty"`
	Found   string       `json:"found,omitempty" description:"the day on which they were found first"`
}

// PersonOf is a prospect for showing.
func PersonOf(p target.Prospect) Person {
	out := Person{
		Name: joined(p.Person.FirstName, p.Person.LastName), Title: p.Person.Title, Company: p.Person.Company.Name, Account: p.AccountID,
		Persona: p.Persona, Source: p.Source,
	}
	if out.Name == "" {
		out.Name = p.Person.LinkedIn
	}
	if !p.FoundAt.IsZero() {
		out.Found = p.FoundAt.Format(time.DateOnly)
	}
	return out
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

// Round is the result of a round.
type Round struct {
	DryRun  bool     `json:"dry_run,omitempty"`
	Reports []Report `json:"reports"`
	// Searched says what the search came to, Told who was handed on, the best first.
	Searched rounds.Searched `json:"searched"`
	Told     []Person        `json:"told"`
	// Carried are above a cap and wait for the next round; Refused are not wanted, by
	// reason; Bad make no event and were dropped.
	Carried int                     `json:"carried"`
	Refused map[tracking.Reason]int `json:"refused,omitempty"`
	Bad     int                     `json:"bad,omitempty"`
}

// Run makes one round: it reads the reports, searches, and chooses. A provider that was
// cut short does not stop the round and is no error: Searched.Waiting tells of it.
func Run(ctx context.Context, r *rounds.Rounds) (Round, error) {
	out := Round{Reports: []Report{}, Told: []Person{}}
	readings, err := r.Reread(ctx)
	if err != nil {
		return out, err
	}
	for _, reading := range readings {
		out.Reports = append(out.Reports, ReportOf(reading))
	}
	if out.Searched, err = r.Search(ctx); err != nil && !errors.Is(err, rounds.ErrCut) {
		return out, err
	}
	chosen, err := r.Choose(ctx)
	for _, p := range chosen.Told {
		out.Told = append(out.Told, PersonOf(p))
	}
	out.Carried, out.Refused, out.Bad = chosen.Carried, chosen.Refused, chosen.Bad
	return out, err
}

// Tested is what the personas say of a title.
type Tested struct {
	Title string `json:"title"`
	// Reads is the title as it is compared, Seniority and Departments what it says.
	Reads       string                   `json:"reads"`
	Seniority   tracking.Seniority       `json:"seniority,omitempty"`
	Departments []tracking.Department    `json:"departments"`
	Country     string                   `json:"country,omitempty"`
	Answers     []tracking.PersonaAnswer `json:"answers"`
	Counts      string                   `json:"counts,omitempty" description:"the first persona that takes it: the one that is delivered"`
}

// Test asks personas about a title.
func Test(personas []tracking.Persona, title, country string) Tested {
	out := Tested{
		Title: title, Country: country, Reads: tracking.NormalizeTitle(title), Seniority: tracking.SeniorityOf(title),
		Departments: append([]tracking.Department{}, tracking.DepartmentsOf(title)...), Answers: []tracking.PersonaAnswer{},
	}
	for _, p := range personas {
		a := p.Explain(title, country)
		out.Answers = append(out.Answers, a)
		if a.Match && out.Counts == "" {
			out.Counts = a.Persona
		}
	}
	return out
}
