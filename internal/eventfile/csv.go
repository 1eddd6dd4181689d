package eventfile

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/internal/table"
	"github.com/onward-crm/onward/routing"
)

// someone and somewhere are the columns of which a file needs at least one set
// each, or none of its rows can be an event.
var (
	someone = [][]string{
		{"crm_id"}, {"linkedin_url"}, {"email"}, {"new_email"}, {"full_name"}, {"first_name", "last_name"},
	}
	somewhere = [][]string{
		{"new_company"}, {"new_domain"}, {"new_account_id"}, {"past_company"}, {"past_domain"},
		{"past_account_id"}, {"past_title"}, {"left_on"}, {"new_email"}, {"new_company_linkedin"},
	}
)

func readTable(name string, r io.Reader) (*File, error) {
	t, err := table.Read(name, r)
	if err != nil {
		return nil, err
	}
	f := &File{Name: name, BadRows: badLines(t.Problems, t.HeaderLine)}
	for _, p := range t.Problems {
		f.report(p.Line, p.Column, "want "+p.Want)
	}
	columns, err := f.columns(t)
	if err != nil {
		return nil, err
	}
	for _, row := range t.Rows {
		f.addRow(row, columns)
	}
	slices.SortStableFunc(f.Problems, func(a, b Problem) int { return a.Line - b.Line })
	return f, nil
}

// column is one column of a file: its flat name, or its own name when it is
// unknown, and how the file calls it.
type column struct{ name, header string }

// columns reads the header. Names are compared without regard to case, blanks
// and dashes, so that "New Company" is new_company.
func (f *File) columns(t *table.Table) ([]column, error) {
	known := routing.FlatNames()
	var out []column
	for i, header := range t.Header {
		if header == "" {
			header = "column " + strconv.Itoa(i+1)
		}
		c := column{name: header, header: header}
		if flat := plain(header); slices.Contains(known, flat) {
			c.name = flat
		} else {
			f.unknown(header)
		}
		if j := slices.IndexFunc(out, func(o column) bool { return o.name == c.name }); j >= 0 {
			return nil, Problem{File: t.Name, Line: t.HeaderLine, Column: header, Message: "means the same as column " + out[j].header + ", want one of the two"}
		}
		out = append(out, c)
	}
	for _, need := range [...]struct {
		what string
		sets [][]string
	}{{"who moved", someone}, {"where they moved", somewhere}} {
		if !slices.ContainsFunc(need.sets, func(set []string) bool { return hasAll(out, set) }) {
			return nil, Problem{File: t.Name, Line: t.HeaderLine, Message: "no column says " + need.what + ", want " + orList(need.sets)}
		}
	}
	return out, nil
}

func (f *File) addRow(row table.Row, columns []column) {
	values := make(map[string]string, len(columns))
	for i, c := range columns {
		values[c.name] = row.Cells[i]
	}
	e, err := routing.FlatEvent(values)
	called := func(flat string) string {
		if i := slices.IndexFunc(columns, func(c column) bool { return c.name == flat }); i >= 0 {
			return columns[i].header
		}
		return flat
	}
	if err != nil {
		f.BadRows++
		f.reportAll(row.Line, err, called)
		return
	}
	f.add(row.Line, e, func(path string) string {
		if flat := routing.FlatName(path); flat != "" {
			return called(flat)
		}
		return "" // the row as a whole lacks something
	})
}

// plain writes a header as flat names are written.
func plain(header string) string {
	words := strings.FieldsFunc(strings.ToLower(header), func(r rune) bool { return strings.ContainsRune(" -_.", r) })
	return strings.Join(words, "_")
}

func hasAll(columns []column, names []string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(columns, func(c column) bool { return c.name == name }) {
			return false
		}
	}
	return true
}

func orList(sets [][]string) string {
	texts := make([]string, len(sets))
	for i, set := range sets {
		texts[i] = strings.Join(set, " with ")
	}
	last := len(texts) - 1
	return strings.Join(texts[:last], ", ") + " or " + texts[last]
}

// badLines counts the rows below the header that have a problem.
func badLines(problems []table.Problem, header int) int {
	lines := map[int]bool{}
	for _, p := range problems {
		if p.Line > header {
			lines[p.Line] = true
		}
	}
	return len(lines)
}
