package sftest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/onward-crm/onward/crm"
)

// reportRun is one run of a report.
type reportRun struct {
	rep     Report
	meta    reportMetadata
	details bool
	rows    [][]ReportCell
	// down and across are the keys of the groups that the rows are in.
	down, across         []string
	downTree, acrossTree []reportGroup
}

func runReport(s *Server, r *request, rep Report) *response {
	m, refusal := rep.wanted(r.body)
	if refusal != nil {
		return refusal
	}
	if !s.reportRuns.allow(s.options.Now(), &s.reportRuns.sync, syncRuns) {
		return failed(http.StatusForbidden, "FORBIDDEN",
			fmt.Sprintf("You can't run more than %d reports synchronously every 60 minutes.", syncRuns))
	}
	body, err := rep.run(s, r, m)
	if err != nil {
		return failed(http.StatusInternalServerError, "UNKNOWN_EXCEPTION", err.Error())
	}
	return answered(http.StatusOK, body)
}

// allow takes note of one more run; false when the hour's allowance is used up.
func (p *reportRuns) allow(now time.Time, times *[]time.Time, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return allow(times, now, time.Hour, limit)
}

// run gives the answer to a run.
func (rep Report) run(s *Server, r *request, m reportMetadata) (map[string]any, error) {
	x := &reportRun{rep: rep, meta: m, details: crm.IsTrue(r.query.Get("includeDetails"))}
	var err error
	if x.rows, err = rep.load(r.context(), s); err != nil {
		return nil, err
	}
	x.filter()
	x.sort()
	x.group()
	body := map[string]any{
		"attributes": rep.attributes(r), "allData": !x.details || len(x.rows) <= reportRows, "factMap": x.facts(),
		"groupingsAcross": map[string]any{"groupings": x.acrossTree}, "groupingsDown": map[string]any{"groupings": x.downTree},
		"hasDetailRows": x.details, "reportExtendedMetadata": rep.extended(m), "reportMetadata": m,
	}
	if rep.Format == ReportTabular {
		body["hasExceededTabularRowLimit"] = false
	}
	return body, nil
}

// load gets all rows of the report, unfiltered.
func (rep Report) load(ctx context.Context, s *Server) ([][]ReportCell, error) {
	if rep.Rows != nil {
		return rep.Rows(), nil
	}
	t, err := s.selectText(ctx, rep.SOQL, false)
	if err != nil {
		return nil, err
	}
	names, ids := make([]int, len(rep.Columns)), make([]int, len(rep.Columns))
	for i, c := range rep.Columns {
		names[i], ids[i] = slices.Index(t.columns, c.field()), slices.Index(t.columns, c.ID)
		if names[i] < 0 || c.ID != "" && ids[i] < 0 {
			return nil, fmt.Errorf("sftest: report %s: column %s: its fields are not selected", rep.ID, c.Name)
		}
	}
	out := make([][]ReportCell, t.rows)
	for k := range out {
		texts := t.cells(k)
		out[k] = make([]ReportCell, len(rep.Columns))
		for i, c := range rep.Columns {
			out[k][i] = c.cell(texts[names[i]])
			if c.ID != "" && texts[ids[i]] != "" {
				out[k][i].Value = texts[ids[i]]
			}
		}
	}
	return out, nil
}

// cell turns a field's text into a cell, with a label in the form of an org in
// the United States. A blank cell is shown as a dash.
func (c ReportColumn) cell(text string) ReportCell {
	if text == "" {
		return ReportCell{Label: "-"}
	}
	switch c.dataType() {
	case "boolean":
		return ReportCell{text, crm.IsTrue(text)}
	case "int", "double", "percent", "currency":
		n, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil:
			return ReportCell{text, text}
		case c.DataType == "currency":
			return ReportCell{fmt.Sprintf("$%.2f", n), Amount{Amount: n}}
		case c.DataType == "percent":
			return ReportCell{text + "%", n}
		}
		return ReportCell{text, n}
	case "date":
		return ReportCell{crm.ParseTime(text).Format("1/2/2006"), text}
	case "datetime":
		t := crm.ParseTime(text).UTC()
		return ReportCell{t.Format("1/2/2006, 3:04 PM"), t.Format("2006-01-02T15:04:05Z")}
	default:
		return ReportCell{text, text}
	}
}

func (x *reportRun) filter() {
	x.rows = slices.DeleteFunc(slices.Clone(x.rows), func(row []ReportCell) bool {
		for _, f := range x.meta.Filters {
			i := x.rep.column(f.Column)
			if !f.keeps(x.rep.Columns[i], row[i]) {
				return true
			}
		}
		return false
	})
}

func (x *reportRun) sort() {
	for _, by := range x.meta.SortBy {
		i := x.rep.column(by.Column)
		slices.SortStableFunc(x.rows, func(a, b []ReportCell) int {
			order := x.rep.Columns[i].compare(a[i], b[i])
			if by.Order == "Desc" {
				return -order
			}
			return order
		})
	}
}

// compare orders cells, blank ones first.
func (c ReportColumn) compare(a, b ReportCell) int {
	x, okX := c.key(a)
	y, okY := c.key(b)
	switch {
	case okX && okY:
		return x.compare(y)
	case okX:
		return 1
	case okY:
		return -1
	default:
		return 0
	}
}

// reportGroup is a group of rows with the same value.
type reportGroup struct {
	Key       string        `json:"key"`
	Label     string        `json:"label"`
	Value     any           `json:"value"`
	Groupings []reportGroup `json:"groupings"`
}

func (x *reportRun) group() {
	all := make([]int, len(x.rows))
	for i := range all {
		all[i] = i
	}
	x.down = slices.Repeat([]string{"T"}, len(all))
	x.across = slices.Repeat([]string{"T"}, len(all))
	x.downTree = x.grow(all, x.rep.Down, "", x.down)
	x.acrossTree = x.grow(all, x.rep.Across, "", x.across)
}

// grow splits rows by the first of the columns, and the parts by the others. It
// notes the key of each row's innermost group.
func (x *reportRun) grow(rows []int, columns []string, prefix string, keys []string) []reportGroup {
	groups := []reportGroup{}
	if len(columns) == 0 {
		return groups
	}
	i := x.rep.column(columns[0])
	c := x.rep.Columns[i]
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b int) int { return c.compare(x.rows[a][i], x.rows[b][i]) })
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && c.compare(x.rows[sorted[from]][i], x.rows[sorted[to]][i]) == 0 {
			to++
		}
		key := prefix + strconv.Itoa(len(groups))
		for _, row := range sorted[from:to] {
			keys[row] = key
		}
		first := x.rows[sorted[from]][i]
		groups = append(groups, reportGroup{key, first.Label, first.Value, x.grow(sorted[from:to], columns[1:], key+"_", keys)})
		from = to
	}
	return groups
}

// reportFact is the content of one cell of the grid of groups.
type reportFact struct {
	Aggregates []ReportCell   `json:"aggregates"`
	Rows       []reportDetail `json:"rows,omitzero"`
}

type reportDetail struct {
	Cells []ReportCell `json:"dataCells"`
}

// facts counts the rows of all groups, and lists them in the innermost ones. The
// counts are of all rows, the lists are cut.
func (x *reportRun) facts() map[string]*reportFact {
	counts := map[string]int{"T!T": 0}
	out := map[string]*reportFact{}
	for i := range x.rows {
		for _, d := range prefixes(x.down[i]) {
			for _, a := range prefixes(x.across[i]) {
				counts[d+"!"+a]++
			}
		}
	}
	for key, n := range counts {
		out[key] = &reportFact{Aggregates: []ReportCell{{strconv.Itoa(n), n}}}
		if x.details {
			out[key].Rows = []reportDetail{}
		}
	}
	if !x.details {
		return out
	}
	for i, row := range x.rows[:min(len(x.rows), reportRows)] {
		f := out[x.down[i]+"!"+x.across[i]]
		f.Rows = append(f.Rows, reportDetail{x.detail(row)})
	}
	return out
}

// prefixes lists the groups around a group, from the total inwards.
func prefixes(key string) []string {
	out := []string{"T"}
	if key == "T" {
		return out
	}
	for i, c := range key {
		if c == '_' {
			out = append(out, key[:i])
		}
	}
	return append(out, key)
}

func (x *reportRun) detail(row []ReportCell) []ReportCell {
	cells := make([]ReportCell, len(x.meta.DetailColumns))
	for k, name := range x.meta.DetailColumns {
		cells[k] = row[x.rep.column(name)]
	}
	return cells
}
