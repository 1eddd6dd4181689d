package target

import (
	"fmt"
	"iter"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// Account is one row of a report. ID is empty while no account of the CRM is
// known for it.
type Account struct {
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Website string `json:"website,omitempty"`
	// Row is the number of the row, from 1, without the header.
	Row int `json:"row,omitempty"`
}

// Problem is a row that cannot be used. The others can.
type Problem struct {
	Row     int    `json:"row"`
	Column  string `json:"column,omitempty"`
	Message string `json:"message"`
}

// String says the problem in a line.
func (p Problem) String() string {
	if p.Column == "" {
		return fmt.Sprintf("row %d: %s", p.Row, p.Message)
	}
	return fmt.Sprintf("row %d: %s: %s", p.Row, p.Column, p.Message)
}

// Listing is what one report held when it was read.
type Listing struct {
	Report   Report    `json:"report"`
	Accounts []Account `json:"accounts"`
	Problems []Problem `json:"problems,omitempty"`
	// Rows is the number of rows read, Repeated those of an account that stood there
	// before.
	Rows     int `json:"rows"`
	Repeated int `json:"repeated,omitempty"`
}

// Read takes the rows of a report, once each. A row with an account id is that
// account, whatever else it says (AT01); one without keeps its name and website, to
// be matched (see Resolve). Rows that hold neither, or an id that is none, become
// problems. The error is ErrReport when a column is missing, and otherwise that of
// rows; what was read before it stands in the listing.
func (r Report) Read(header []string, rows iter.Seq2[[]string, error]) (Listing, error) {
	l := Listing{Report: r}
	at, err := r.Columns.find(header)
	if err != nil {
		return l, err
	}
	seen := map[string]bool{}
	for cells, err := range rows {
		if err != nil {
			return l, err
		}
		l.Rows++
		l.take(at, cells, seen)
	}
	return l, nil
}

// take reads one row.
func (l *Listing) take(at places, cells []string, seen map[string]bool) {
	cell := func(i int) string {
		if i < 0 || i >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	a := Account{ID: cell(at.id), Name: cell(at.name), Website: cell(at.website), Row: l.Rows}
	if a.ID == "" && a.Name == "" && a.Website == "" {
		l.fail(a.Row, "", "is blank; want an account id, a name or a website")
		return
	}
	if a.ID != "" {
		wide, err := crm.WidenID(a.ID)
		switch {
		case err != nil:
			l.fail(a.Row, "account_id", "is no Salesforce id")
			return
		case !strings.HasPrefix(wide, "001"):
			l.fail(a.Row, "account_id", "is not the id of an account; those begin with 001")
			return
		}
		a.ID = wide
	}
	if seen[a.key()] {
		l.Repeated++
		return
	}
	seen[a.key()] = true
	l.Accounts = append(l.Accounts, a)
}

func (a Account) key() string {
	if a.ID != "" {
		return a.ID
	}
	return "\x00" + strings.ToLower(a.Name) + "\x00" + strings.ToLower(a.Website)
}

func (l *Listing) fail(row int, column, message string) {
	l.Problems = append(l.Problems, Problem{Row: row, Column: column, Message: message})
}

// Resolve finds the accounts of rows that name none, by match, which is asked for
// those alone. What is not matched for certain becomes a problem. The listing is
// changed in place.
func (l *Listing) Resolve(match func(matching.Company) matching.AccountMatch) {
	kept := make([]Account, 0, len(l.Accounts))
	seen := map[string]bool{}
	for _, a := range l.Accounts {
		if a.ID == "" {
			m := match(matching.Company{Name: a.Name, Domain: a.Website})
			if m.Verdict != matching.VerdictAuto || m.ID == "" {
				l.fail(a.Row, "account_id", fmt.Sprintf("is blank, and no account is surely the one (%s); put its id there", m.Verdict))
				continue
			}
			a.ID = m.ID
		}
		if seen[a.ID] {
			l.Repeated++
			continue
		}
		seen[a.ID] = true
		kept = append(kept, a)
	}
	l.Accounts = kept
}
