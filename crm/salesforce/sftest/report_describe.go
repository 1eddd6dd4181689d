package sftest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// rowCount is the one aggregate of our reports.
const rowCount = "RowCount"

// report looks a report up by id, 15 or 18 characters long.
func (s *Server) report(id string) (Report, bool) {
	for _, key := range slices.Sorted(maps.Keys(s.options.Reports)) {
		rep := s.options.Reports[key]
		rep.ID, rep.Format = cmp.Or(rep.ID, key), cmp.Or(rep.Format, ReportTabular)
		if rep.ID == id || crm.SameID(rep.ID, id) {
			return rep, true
		}
	}
	return Report{}, false
}

func withReport(handle func(*Server, *request, Report) *response) handler {
	return func(s *Server, r *request) *response {
		rep, ok := s.report(r.path[2])
		if !ok {
			return failed(http.StatusNotFound, "NOT_FOUND", "The report was not found or you don't have access to it")
		}
		return handle(s, r, rep)
	}
}

func listReports(s *Server, r *request) *response {
	entries := []map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(s.options.Reports)) {
		rep, _ := s.report(key)
		entries = append(entries, map[string]string{
			"id": rep.ID, "name": rep.Name, "url": rep.url(r),
			"describeUrl": rep.url(r, "describe"), "instancesUrl": rep.url(r, "instances"),
		})
	}
	return answered(http.StatusOK, entries)
}

func (rep Report) url(r *request, below ...string) string {
	return resourceURL(r.version, append([]string{"analytics", "reports", rep.ID}, below...)...)
}

func (rep Report) attributes(r *request) map[string]any {
	return map[string]any{
		"type": "Report", "reportId": rep.ID, "reportName": rep.Name,
		"describeUrl": rep.url(r, "describe"), "instancesUrl": rep.url(r, "instances"),
	}
}

// column returns the position of a column, -1 when there is none.
func (rep Report) column(name string) int {
	return slices.IndexFunc(rep.Columns, func(c ReportColumn) bool { return c.Name == name })
}

func (c ReportColumn) label() string    { return cmp.Or(c.Label, c.Name) }
func (c ReportColumn) dataType() string { return cmp.Or(c.DataType, "string") }
func (c ReportColumn) field() string    { return cmp.Or(c.Field, c.Name) }

// reportMetadata is the definition of a report. What a run may not change is
// told in the same form as what it may.
type reportMetadata struct {
	Aggregates      []string         `json:"aggregates"`
	CrossFilters    []any            `json:"crossFilters"`
	Currency        *string          `json:"currency"`
	DetailColumns   []string         `json:"detailColumns"`
	DeveloperName   string           `json:"developerName"`
	GroupingsAcross []reportGrouping `json:"groupingsAcross"`
	GroupingsDown   []reportGrouping `json:"groupingsDown"`
	HasDetailRows   bool             `json:"hasDetailRows"`
	HasRecordCount  bool             `json:"hasRecordCount"`
	Snapshots       []string         `json:"historicalSnapshotDates"`
	ID              string           `json:"id"`
	Name            string           `json:"name"`
	BooleanFilter   *string          `json:"reportBooleanFilter"`
	Filters         []ReportFilter   `json:"reportFilters"`
	Format          ReportFormat     `json:"reportFormat"`
	Type            reportType       `json:"reportType"`
	Scope           string           `json:"scope"`
	ShowGrandTotal  bool             `json:"showGrandTotal"`
	ShowSubtotals   bool             `json:"showSubtotals"`
	SortBy          []reportSort     `json:"sortBy"`
	DateFilter      *reportDates     `json:"standardDateFilter"`
	StandardFilters []any            `json:"standardFilters"`
	RowLimit        json.RawMessage  `json:"topRows,omitempty"`
}

type reportGrouping struct {
	DateGranularity string  `json:"dateGranularity"`
	Name            string  `json:"name"`
	SortAggregate   *string `json:"sortAggregate"`
	SortOrder       string  `json:"sortOrder"`
}

type reportType struct {
	Label string `json:"label"`
	Type  string `json:"type"`
}

type reportSort struct {
	Column string `json:"sortColumn"`
	// Order is Asc or Desc.
	Order string `json:"sortOrder"`
}

type reportDates struct {
	Column    *string `json:"column"`
	Duration  string  `json:"durationValue"`
	StartDate *string `json:"startDate"`
	EndDate   *string `json:"endDate"`
}

func (rep Report) metadata() reportMetadata {
	m := reportMetadata{
		Aggregates: []string{rowCount}, CrossFilters: []any{}, DetailColumns: []string{}, DeveloperName: rep.ID,
		GroupingsAcross: groupingsOf(rep.Across), GroupingsDown: groupingsOf(rep.Down), HasDetailRows: true,
		HasRecordCount: true, Snapshots: []string{}, ID: rep.ID, Name: rep.Name,
		Filters: append([]ReportFilter{}, rep.Filters...), Format: rep.Format,
		Type: reportType{cmp.Or(rep.Type, rep.Name), cmp.Or(rep.Type, "CustomEntity")}, Scope: "organization",
		ShowGrandTotal: true, ShowSubtotals: rep.Format != ReportTabular, SortBy: []reportSort{}, StandardFilters: []any{},
	}
	for _, c := range rep.Columns {
		if !slices.Contains(rep.Down, c.Name) && !slices.Contains(rep.Across, c.Name) {
			m.DetailColumns = append(m.DetailColumns, c.Name)
		}
	}
	return m
}

func groupingsOf(names []string) []reportGrouping {
	out := []reportGrouping{}
	for _, name := range names {
		out = append(out, reportGrouping{DateGranularity: "None", Name: name, SortOrder: "Asc"})
	}
	return out
}

// extended tells labels and types of the columns that a run has.
func (rep Report) extended(m reportMetadata) map[string]any {
	details, groupings := map[string]any{}, map[string]any{}
	for _, name := range m.DetailColumns {
		c := rep.Columns[rep.column(name)]
		details[name] = map[string]any{"dataType": c.dataType(), "label": c.label()}
	}
	for _, axis := range [][]string{rep.Down, rep.Across} {
		for level, name := range axis {
			c := rep.Columns[rep.column(name)]
			groupings[name] = map[string]any{"dataType": c.dataType(), "label": c.label(), "groupingLevel": level}
		}
	}
	count := map[string]any{"acrossGroupingContext": nil, "dataType": "int", "downGroupingContext": nil, "label": "Record Count"}
	return map[string]any{
		"aggregateColumnInfo": map[string]any{rowCount: count},
		"detailColumnInfo":    details, "groupingColumnInfo": groupings,
	}
}

func describeReport(_ *Server, r *request, rep Report) *response {
	columns := map[string]any{}
	for _, c := range rep.Columns {
		columns[c.Name] = map[string]any{
			"allowedInCustomDetailFormula": false, "bucketable": false, "dataType": c.dataType(), "entityColumnName": c.field(),
			"filterValues": []any{}, "filterable": true, "isLookup": c.ID != "", "label": c.label(), "uniqueCountable": false,
		}
	}
	m := rep.metadata()
	return answered(http.StatusOK, map[string]any{
		"attributes": rep.attributes(r), "reportExtendedMetadata": rep.extended(m), "reportMetadata": m,
		"reportTypeMetadata": map[string]any{
			"categories":                []any{map[string]any{"label": m.Type.Label, "columns": columns}},
			"dataTypeFilterOperatorMap": filterOperators(),
			"supportsJoinedFormat":      false,
		},
	})
}

// wanted lays what a run asks for over the report's own definition. It refuses
// what the Reports API cannot change, and what this server does not know.
func (rep Report) wanted(body []byte) (reportMetadata, *response) {
	m := rep.metadata()
	if len(body) == 0 {
		return m, nil
	}
	var keys struct{ ReportMetadata map[string]json.RawMessage }
	var over struct{ ReportMetadata reportMetadata }
	if json.Unmarshal(body, &keys) != nil || json.Unmarshal(body, &over) != nil {
		return m, failed(http.StatusBadRequest, "JSON_PARSER_ERROR", "The request body is no JSON object with reportMetadata")
	}
	want := over.ReportMetadata
	given := func(name string) bool { _, ok := keys.ReportMetadata[name]; return ok }
	if given("reportFilters") {
		m.Filters = append([]ReportFilter{}, want.Filters...)
	}
	if given("detailColumns") {
		m.DetailColumns = append([]string{}, want.DetailColumns...)
	}
	if given("sortBy") {
		m.SortBy = append([]reportSort{}, want.SortBy...)
	}
	switch {
	case len(want.CrossFilters) > 0 || len(want.StandardFilters) > 0 || len(want.RowLimit) > 0:
		return m, badReport("Cross filters, standard filters and row limits cannot be set")
	case want.DateFilter != nil && want.DateFilter.Column != nil:
		return m, badReport("The standard date filter cannot be set")
	case want.BooleanFilter != nil && *want.BooleanFilter != "":
		return m, badReport("A filter logic is not supported by this server")
	case given("reportFormat") && want.Format != rep.Format:
		return m, badReport("The format cannot be changed")
	case given("groupingsDown") && !sameGroupings(want.GroupingsDown, rep.Down),
		given("groupingsAcross") && !sameGroupings(want.GroupingsAcross, rep.Across):
		return m, badReport("The groupings cannot be changed")
	}
	return m, rep.check(m)
}

func sameGroupings(got []reportGrouping, names []string) bool {
	return slices.EqualFunc(got, names, func(g reportGrouping, name string) bool { return g.Name == name })
}

// check refuses columns, filters and orders that the report does not have.
func (rep Report) check(m reportMetadata) *response {
	for _, name := range m.DetailColumns {
		if rep.column(name) < 0 {
			return badReport("The column " + name + " is not in the report type")
		}
	}
	if len(m.Filters) > reportFilters {
		return badReport(fmt.Sprintf("A report may have %d filters at most", reportFilters))
	}
	for _, f := range m.Filters {
		if rep.column(f.Column) < 0 {
			return badReport("The filter column " + f.Column + " is not in the report type")
		}
		if refusal := f.check(rep.Columns[rep.column(f.Column)]); refusal != nil {
			return refusal
		}
	}
	if len(m.SortBy) > 1 {
		return badReport("A report can be sorted by one column only")
	}
	for _, by := range m.SortBy {
		if rep.column(by.Column) < 0 || by.Order != "Asc" && by.Order != "Desc" {
			return badReport("The sort order of column " + by.Column + " is not valid")
		}
	}
	return nil
}

func badReport(message string) *response {
	return failed(http.StatusBadRequest, "BAD_REQUEST", message)
}
