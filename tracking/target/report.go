package target

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Report is a Salesforce report, or a file, whose rows are accounts to watch.
type Report struct {
	// ID is the report's id on 18 characters (Normalize widens 15), of a file a name of
	// its own; Name what people call it.
	ID string `json:"id" yaml:"id"`
	// File is a CSV file in place of a report of Salesforce.
	File     string   `json:"file,omitempty" yaml:"file"`
	Name     string   `json:"name,omitempty" yaml:"name"`
	Category Category `json:"category" yaml:"category"`
	// SearchProspects says whether people are looked for at these accounts; not said is
	// yes, except in category disqualified. Where it is no, the report only says what
	// its accounts are.
	SearchProspects YesNo `json:"search_prospects,omitempty" yaml:"search_prospects"`
	// Personas are the names of those that count here, in the order of the
	// configuration; empty means all.
	Personas []string `json:"personas,omitempty" yaml:"personas"`
	// PerAccount is the greatest number of people delivered for one account in one
	// run; 0 leaves it to the run.
	PerAccount int     `json:"per_account,omitempty" yaml:"per_account"`
	Columns    Columns `json:"columns,omitzero" yaml:"columns"`
}

// YesNo is yes or no, or not said.
type YesNo string

// The values.
const (
	Unsaid YesNo = ""
	Yes    YesNo = "yes"
	No     YesNo = "no"
)

// UnmarshalText reads yes, no, true and false in any case.
func (c *YesNo) UnmarshalText(text []byte) error {
	switch strings.ToLower(strings.TrimSpace(string(text))) {
	case "":
		*c = Unsaid
	case "yes", "true":
		*c = Yes
	case "no", "false":
		*c = No
	default:
		return fmt.Errorf("target: %q is not yes or no", clip(string(text)))
	}
	return nil
}

// Columns name the columns that hold an account, by label or API name, in any
// case. Empty names stand for those of [DefaultColumns]; Website may be missing in
// the report.
type Columns struct {
	AccountID string `json:"account_id,omitempty" yaml:"account_id"`
	Name      string `json:"name,omitempty" yaml:"name"`
	Website   string `json:"website,omitempty" yaml:"website"`
}

// DefaultColumns are the labels that Salesforce gives the columns in English.
func DefaultColumns() Columns {
	return Columns{AccountID: "Account ID", Name: "Account Name", Website: "Website"}
}

// Searches reports whether people are looked for at the report's accounts.
func (r Report) Searches() bool {
	if r.Category == CategoryDisqualified {
		return false
	}
	return r.SearchProspects != No
}

// ErrReport is the class of reports that cannot be used.
var ErrReport = errors.New("target: invalid report")

// fileName is the form of the ID of a report that is a file.
var fileName = regexp.MustCompile(`^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// Normalize checks a report's settings and widens its id. personas are the names
// that are configured. The error names every field that is wrong; it is ErrReport.
func (r Report) Normalize(personas []string) (Report, error) {
	var problems []string
	fail := func(field, format string, args ...any) {
		problems = append(problems, field+": "+fmt.Sprintf(format, args...))
	}
	switch wide, err := crm.WidenID(r.ID); {
	case r.File != "" && !fileName.MatchString(r.ID):
		fail("id", "%q: want a name for the file, of lower-case letters, digits and dashes, beginning with a letter", clip(r.ID))
	case r.File != "":
	case strings.TrimSpace(r.ID) == "":
		fail("id", "is missing; want the id from the report's address, 15 or 18 characters that begin with 00O")
	case err != nil:
		fail("id", "%q is no Salesforce id; want 15 or 18 characters that begin with 00O", clip(r.ID))
	case !strings.HasPrefix(wide, "00O"):
		fail("id", "%q is not the id of a report; those begin with 00O", clip(r.ID))
	default:
		r.ID = wide
	}
	if !slices.Contains(Categories(), r.Category) {
		fail("category", "%q is not one of %s", clip(string(r.Category)), join(Categories()))
	}
	if r.Category == CategoryDisqualified && r.SearchProspects == Yes {
		fail("search_prospects", "nobody is looked for at disqualified accounts; want no")
	}
	for i, name := range r.Personas {
		if !slices.Contains(personas, name) {
			fail(fmt.Sprintf("personas[%d]", i), "%q is not configured; there are: %s", clip(name), strings.Join(personas, ", "))
		}
	}
	if r.PerAccount < 0 {
		fail("per_account", "want 0 (no cap of its own) or more")
	}
	if len(problems) > 0 {
		return r, fmt.Errorf("%w: %s", ErrReport, strings.Join(problems, "; "))
	}
	return r, nil
}

// places are the positions of the columns in a header; -1 where there is none.
type places struct{ id, name, website int }

// find looks the columns up in a header.
func (c Columns) find(header []string) (places, error) {
	d := DefaultColumns()
	at := func(name, fallback string) (int, string) {
		if strings.TrimSpace(name) == "" {
			name = fallback
		}
		return slices.IndexFunc(header, func(h string) bool { return sameLabel(h, name) }), name
	}
	var p places
	var id, website string
	p.id, id = at(c.AccountID, d.AccountID)
	p.name, _ = at(c.Name, d.Name)
	p.website, website = at(c.Website, d.Website)
	switch {
	case p.id < 0 && p.name < 0 && p.website < 0, p.id < 0 && c.AccountID != "":
		return p, fmt.Errorf("%w: columns.account_id: the report has no column %q; it has: %s", ErrReport, clip(id), clip(strings.Join(header, ", ")))
	case p.website < 0 && c.Website != "":
		return p, fmt.Errorf("%w: columns.website: the report has no column %q; it has: %s", ErrReport, clip(website), clip(strings.Join(header, ", ")))
	}
	return p, nil
}

// sameLabel compares labels and API names: case and spacing do not matter.
func sameLabel(a, b string) bool {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer(" ", "", "_", "").Replace(strings.TrimSpace(s)))
	}
	return plain(a) != "" && plain(a) == plain(b)
}
