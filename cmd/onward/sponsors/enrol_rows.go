package sponsors

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/internal/table"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// enrolRow is a row of a file that can be used.
type enrolRow struct {
	line      int
	enrolment sponsor.Enrolment
}

// enrolColumns are the columns of a file, as they are compared.
var enrolColumns = []string{
	"crm_id", "hubspot_id", "linkedin_url", "email", "first_name", "last_name", "full_name", "title", "company", "domain", "location",
	"account_id", "kind", "entity_id", "entity_name", "role", "owner_id",
}

// enrolments reads the rows of a file. Those that name nobody or nothing are problems;
// the error is that of a file that names nobody at all.
func enrolments(t *table.Table) ([]enrolRow, []table.Problem, error) {
	at := map[string]int{}
	for i, name := range t.Header {
		if column := columnOf(name); slices.Contains(enrolColumns, column) {
			at[column] = i
		}
	}
	if _, account := at["account_id"]; !account {
		if _, entity := at["entity_id"]; !entity {
			return nil, nil, fmt.Errorf("%s: no column says of what: want account_id, or kind and entity_id", t.Name)
		}
	}
	if !slices.ContainsFunc(enrolColumns[:7], func(c string) bool { _, ok := at[c]; return ok }) {
		return nil, nil, fmt.Errorf("%s: no column says who: want one of %s", t.Name, strings.Join(enrolColumns[:7], ", "))
	}
	var out []enrolRow
	problems := slices.Clone(t.Problems)
	for _, row := range t.Rows {
		cell := func(column string) string {
			if i, ok := at[column]; ok {
				return strings.TrimSpace(row.Cells[i])
			}
			return ""
		}
		n := enrolmentOf(cell)
		switch {
		case n.Entities[0].ID == "":
			problems = append(problems, table.Problem{File: t.Name, Line: row.Line, Column: "account_id", Want: "the id of an account, or kind and entity_id"})
		case len(n.Person.Keys()) == 0:
			problems = append(problems, table.Problem{File: t.Name, Line: row.Line, Want: "a record id, a page, an address, or name with company"})
		default:
			out = append(out, enrolRow{row.Line, n})
		}
	}
	return out, problems, nil
}

// columnOf is a column's name as it is compared: without regard to case, blanks and
// dashes.
func columnOf(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

func enrolmentOf(cell func(string) string) sponsor.Enrolment {
	n := sponsor.Enrolment{Location: cell("location")}
	p := &n.Person
	p.RecordID, p.HubSpotID, p.LinkedIn = cell("crm_id"), cell("hubspot_id"), cell("linkedin_url")
	p.FirstName, p.LastName, p.Title = cell("first_name"), cell("last_name"), cell("title")
	if p.LastName == "" {
		p.FirstName, p.LastName = matching.SplitFullName(cell("full_name"))
	}
	p.Company.Name, p.Company.Domain = cell("company"), cell("domain")
	if address := cell("email"); address != "" {
		p.Emails = []string{address}
	}
	e := sponsor.Entity{Name: cell("entity_name"), Role: cell("role"), OwnerID: cell("owner_id")}
	e.Kind, e.ID = sponsor.KindAccount, cell("account_id")
	if e.ID == "" {
		e.Kind, e.ID = cmp.Or(strings.ToLower(cell("kind")), sponsor.KindAccount), cell("entity_id")
	}
	n.Entities = []sponsor.Entity{e}
	return n
}
