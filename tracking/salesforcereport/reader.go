package salesforcereport

import (
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/tracking"
)

// header names the columns of a report: those shown, then those it is grouped by.
type header struct {
	columns []salesforce.ReportColumn
	// names are their labels, or API names where a label would stand twice.
	names []string
	// doubled lists the API names of columns by a label that several have.
	doubled map[string][]string
}

func newHeader(p *salesforce.Report) header {
	h := header{columns: slices.Concat(p.Columns, p.Groupings), doubled: map[string][]string{}}
	for _, c := range h.columns {
		h.doubled[key(c.Label)] = append(h.doubled[key(c.Label)], c.Name)
	}
	for _, c := range h.columns {
		if c.Label == "" || len(h.doubled[key(c.Label)]) > 1 {
			h.names = append(h.names, c.Name)
			continue
		}
		h.names = append(h.names, c.Label)
	}
	return h
}

// key is what makes two names of columns the same.
func key(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// named is a mapping in which API names of columns gave way to the names of the
// header. The error says of a label that several columns have by which names to tell
// them apart.
func (h header) named(m tracking.Mapping) (tracking.Mapping, error) {
	out := tracking.Mapping{}
	for _, field := range slices.Sorted(maps.Keys(m)) {
		column := key(m[field])
		out[field] = m[field]
		if at := slices.IndexFunc(h.columns, func(c salesforce.ReportColumn) bool { return key(c.Name) == column }); at >= 0 {
			out[field] = h.names[at]
			continue
		}
		if twins := h.doubled[column]; column != "" && len(twins) > 1 {
			return nil, &tracking.ConfigError{Field: "mapping", Text: `several columns are called "` + strings.TrimSpace(m[field]) +
				`"; map ` + string(field) + " to one of " + strings.Join(twins, ", ")}
		}
	}
	return out, nil
}

// reader makes rows of people out of rows of a report.
type reader struct {
	columns tracking.Columns
	// width is how many cells a row has; ids tells of which of them the id is wanted
	// rather than the name that is shown.
	width int
	ids   []bool
	// person and company are the places of cells that may link to the person's record
	// and to the account.
	person, company []int
}

func newReader(p *salesforce.Report, m tracking.Mapping) (*reader, error) {
	h := newHeader(p)
	named, err := h.named(m)
	if err != nil {
		return nil, err
	}
	columns, err := named.Bind(h.names)
	if err != nil {
		return nil, err
	}
	r := &reader{columns: columns, width: len(h.names), ids: make([]bool, len(h.names))}
	at := func(f tracking.Field) []int {
		i := slices.IndexFunc(h.names, func(name string) bool { return key(name) == key(named[f]) })
		if i < 0 {
			return nil
		}
		return []int{i}
	}
	for _, f := range []tracking.Field{tracking.FieldRecordID, tracking.FieldAccountID, tracking.FieldHubSpotID} {
		for _, i := range at(f) {
			r.ids[i] = true
		}
	}
	if named[tracking.FieldRecordID] == "" {
		r.person = slices.Concat(at(tracking.FieldFullName), at(tracking.FieldLastName), at(tracking.FieldFirstName))
	}
	if named[tracking.FieldAccountID] == "" {
		r.company = at(tracking.FieldCompany)
	}
	return r, nil
}

// row reads one row. Names that link to records bring the records' ids along, where
// no other column was mapped for them.
func (r *reader) row(n int, from salesforce.ReportRow) tracking.Row {
	cells := slices.Concat(from.Cells, from.Groups)
	if len(cells) != r.width {
		return tracking.Row{Number: n, Problem: &tracking.RowProblem{Row: n, Reason: tracking.RowUnreadable,
			Text: "the row stands outside the report's groups; import a tabular report instead"}}
	}
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = text(c, r.ids[i])
	}
	p := r.columns.Person(texts)
	for _, i := range r.person {
		if id := link(cells[i]); p.RecordID == "" && personID(id) {
			p.RecordID = id
		}
	}
	for _, i := range r.company {
		if id, err := tracking.AccountID(link(cells[i])); err == nil {
			p.AccountID = id
		}
	}
	return tracking.Row{Number: n, Person: p}
}

// text is what a cell says: its value, and the name of a record that it links to,
// unless the id is wanted. A blank cell shows a dash and has no value.
func text(c salesforce.ReportCell, id bool) string {
	if !id && link(c) != "" {
		return c.Label
	}
	return c.Value
}

// link is the id of the record whose name a cell shows, "" for a cell that links to
// none.
func link(c salesforce.ReportCell) string {
	id, err := crm.WidenID(c.Value)
	if err != nil || len(c.Value) != len(id) || strings.EqualFold(c.Value, strings.TrimSpace(c.Label)) {
		return ""
	}
	return id
}

// personID reports whether an id is that of a contact or lead.
func personID(id string) bool {
	return strings.HasPrefix(id, "003") || strings.HasPrefix(id, "00Q")
}
