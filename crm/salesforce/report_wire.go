package salesforce

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// reportFilters is how many filters a run by the API may have.
const reportFilters = 20

// reportMeta is a report's reportMetadata. Members that are not used here are
// kept and sent back as they came.
type reportMeta map[string]json.RawMessage

// reportFilter is one condition of a report.
type reportFilter struct {
	Column   string `json:"column"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

// reportInfo describes a column.
type reportInfo struct {
	Label      string `json:"label"`
	DataType   string `json:"dataType"`
	Filterable *bool  `json:"filterable"`
}

// reportDescription is the answer of GET analytics/reports/ID/describe.
type reportDescription struct {
	Metadata reportMeta `json:"reportMetadata"`
	Extended struct {
		Columns   map[string]reportInfo `json:"detailColumnInfo"`
		Groupings map[string]reportInfo `json:"groupingColumnInfo"`
	} `json:"reportExtendedMetadata"`
	Type struct {
		Categories []struct {
			Columns map[string]reportInfo `json:"columns"`
		} `json:"categories"`
		Operators map[string][]struct {
			Name string `json:"name"`
		} `json:"dataTypeFilterOperatorMap"`
	} `json:"reportTypeMetadata"`
}

// report is the description in the form that is used.
func (d reportDescription) report(g *Org, id string) (*Report, error) {
	p := &Report{ID: id, org: g, meta: d.Metadata, known: map[string]reportInfo{}, operators: map[string][]string{}}
	var names []string
	var down, across []reportGrouping
	for member, into := range map[string]any{
		"name": &p.Name, "reportFormat": &p.Format, "detailColumns": &names, "groupingsDown": &down, "groupingsAcross": &across,
	} {
		if raw, ok := d.Metadata[member]; ok && json.Unmarshal(raw, into) != nil {
			return nil, reportError(crm.ErrUnavailable, "MALFORMED_ANSWER")
		}
	}
	for _, category := range d.Type.Categories {
		maps.Copy(p.known, category.Columns)
	}
	for kind, operators := range d.Type.Operators {
		for _, o := range operators {
			p.operators[kind] = append(p.operators[kind], o.Name)
		}
	}
	for _, name := range names {
		info := d.Extended.Columns[name]
		p.Columns = append(p.Columns, ReportColumn{Name: name, Label: info.Label, Type: info.DataType})
		if _, ok := p.known[name]; !ok {
			p.known[name] = info
		}
	}
	for _, g := range slices.Concat(down, across) {
		info := d.Extended.Groupings[g.Name]
		p.Groupings = append(p.Groupings, ReportColumn{Name: g.Name, Label: info.Label, Type: info.DataType})
	}
	return p, nil
}

// reportGrouping is a column that rows are grouped by.
type reportGrouping struct {
	Name string `json:"name"`
}

// with is the body of a run: the saved report with further filters, all of
// which must hold, and an order.
func (m reportMeta) with(more []reportFilter, sortBy string) ([]byte, error) {
	out := maps.Clone(m)
	if len(more) > 0 {
		var filters []json.RawMessage
		var logic string
		if !m.read("reportFilters", &filters) || !m.read("reportBooleanFilter", &logic) {
			return nil, reportError(crm.ErrUnavailable, "MALFORMED_REPORT")
		}
		if len(filters)+len(more) > reportFilters {
			return nil, reportError(crm.ErrInvalid, "REPORT_HAS_TOO_MANY_FILTERS")
		}
		if logic != "" {
			logic = "(" + logic + ")"
		}
		for _, f := range more {
			text, err := encodeJSON(f)
			if err != nil {
				return nil, reportError(crm.ErrInvalid, "UNWRITABLE_FILTER")
			}
			filters = append(filters, text)
			if logic != "" {
				logic += fmt.Sprintf(" AND %d", len(filters))
			}
		}
		out.write("reportFilters", filters)
		if logic != "" {
			out.write("reportBooleanFilter", logic)
		}
	}
	if sortBy != "" {
		out.write("sortBy", []map[string]string{{"sortColumn": sortBy, "sortOrder": "Asc"}})
	}
	return encodeJSON(map[string]any{"reportMetadata": out})
}

// read decodes a member; a missing or null one leaves the value alone.
func (m reportMeta) read(member string, into any) bool {
	raw, ok := m[member]
	return !ok || json.Unmarshal(raw, into) == nil
}

func (m reportMeta) write(member string, value any) {
	text, err := encodeJSON(value)
	if err != nil {
		panic("salesforce: lists of strings cannot be written: " + err.Error())
	}
	m[member] = text
}

// reportResult is the answer of a run.
type reportResult struct {
	Attributes struct {
		Status string `json:"status"`
	} `json:"attributes"`
	// Metadata says which columns the run shows; nil where it does not say so.
	Metadata struct {
		Columns *[]string `json:"detailColumns"`
	} `json:"reportMetadata"`
	AllData   *bool                 `json:"allData"`
	FactMap   map[string]reportFact `json:"factMap"`
	Down      reportGroups          `json:"groupingsDown"`
	Across    reportGroups          `json:"groupingsAcross"`
	Exhausted bool                  `json:"hasExceededTabularRowLimit"`
}

// reportFact is one place of the fact map.
type reportFact struct {
	Rows []struct {
		Cells []reportValue `json:"dataCells"`
	} `json:"rows"`
}

type reportGroups struct {
	Groupings []reportGroup `json:"groupings"`
}

// reportGroup is one group and the groups in it.
type reportGroup struct {
	Key       string          `json:"key"`
	Label     string          `json:"label"`
	Value     json.RawMessage `json:"value"`
	Groupings []reportGroup   `json:"groupings"`
}

// reportValue is a cell.
type reportValue struct {
	Label string          `json:"label"`
	Value json.RawMessage `json:"value"`
}

// whole reports whether the answer holds all rows. One that does not say so is
// taken as cut.
func (r *reportResult) whole() bool { return r.AllData != nil && *r.AllData && !r.Exhausted }

// rows are the rows in the order of their places.
func (r *reportResult) rows() []ReportRow {
	down, across := map[string][]ReportCell{}, map[string][]ReportCell{}
	collectGroups(r.Down.Groupings, nil, down)
	collectGroups(r.Across.Groupings, nil, across)
	var out []ReportRow
	for _, key := range slices.SortedFunc(maps.Keys(r.FactMap), comparePlaces) {
		left, right, _ := strings.Cut(key, "!")
		groups := slices.Concat(down[left], across[right])
		for _, row := range r.FactMap[key].Rows {
			cells := make([]ReportCell, len(row.Cells))
			for i, c := range row.Cells {
				cells[i] = cell(c.Label, c.Value)
			}
			out = append(out, ReportRow{Key: key, Groups: groups, Cells: cells})
		}
	}
	return out
}

// collectGroups notes for each group's key the groups around it and itself.
func collectGroups(groups []reportGroup, around []ReportCell, into map[string][]ReportCell) {
	for _, g := range groups {
		path := append(slices.Clone(around), cell(g.Label, g.Value))
		into[g.Key] = path
		collectGroups(g.Groupings, path, into)
	}
}

// cell reads a value: null, text, number, boolean, or money.
func cell(label string, raw json.RawMessage) ReportCell {
	c := ReportCell{Label: label}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if len(raw) == 0 || dec.Decode(&value) != nil {
		return c
	}
	if money, ok := value.(map[string]any); ok {
		if amount, ok := money["amount"]; ok {
			c.Value, c.Currency = plainText(amount), plainText(money["currency"])
			return c
		}
	}
	c.Value = plainText(value)
	return c
}

// comparePlaces orders keys of the fact map as the report shows them: numbers by
// size, totals last.
func comparePlaces(a, b string) int {
	split := func(r rune) bool { return r == '_' || r == '!' }
	as, bs := strings.FieldsFunc(a, split), strings.FieldsFunc(b, split)
	return cmp.Or(slices.CompareFunc(as, bs, func(a, b string) int { return cmp.Compare(place(a), place(b)) }), cmp.Compare(a, b))
}

func place(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return reportTotal
	}
	return n
}

// reportTotal stands for T, after every group.
const reportTotal = 1 << 30
