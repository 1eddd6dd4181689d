package sftest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
)

const (
	reportID   = "00O000000000001EAA"
	reportPath = "analytics/reports/00O000000000001"
)

// reportAnswer is what a client reads of a run.
type reportAnswer struct {
	AllData       bool
	HasDetailRows bool
	FactMap       map[string]reportFact
	Attributes    map[string]any
	GroupingsDown struct{ Groupings []reportGroup }
	Metadata      reportMetadata                                     `json:"reportMetadata"`
	Extended      struct{ DetailColumnInfo map[string]ReportColumn } `json:"reportExtendedMetadata"`
}

// values gives the values of one column of the details.
func (a reportAnswer) values(key string, column int) []any {
	out := []any{}
	for _, row := range a.FactMap[key].Rows {
		out = append(out, row.Cells[column].Value)
	}
	return out
}

// accountReport is a server with three accounts and a report of them.
func accountReport(t *testing.T) *Server {
	t.Helper()
	s := Start(t, &Options{Reports: map[string]Report{reportID: {
		Name: "Accounts", Type: "AccountList",
		Columns: []ReportColumn{
			{Name: "ACCOUNT_ID", DataType: "id", Field: "Id"},
			{Name: "ACCOUNT.NAME", Label: "Account Name", Field: "Name", ID: "Id"},
			{Name: "SALES", DataType: "currency", Field: "AnnualRevenue"},
			{Name: "EMPLOYEES", DataType: "int", Field: "NumberOfEmployees"},
			{Name: "TARGET", DataType: "boolean", Field: "Target_Account__c"},
			{Name: "CREATED_DATE", DataType: "datetime", Field: "CreatedDate"},
			{Name: "OWNER", Field: "Owner.Name"},
		},
		SOQL: "SELECT Id, Name, AnnualRevenue, NumberOfEmployees, Target_Account__c, CreatedDate, Owner.Name FROM Account ORDER BY Id",
	}}})
	for i, f := range []crm.Fields{
		{"Name": "Acme, Inc.", "AnnualRevenue": "16000.01", "NumberOfEmployees": "9", "Target_Account__c": "true", "CreatedDate": "2026-11-01T00:00:00Z"},
		{"Name": "beta", "NumberOfEmployees": "10", "CreatedDate": "2026-11-02T00:00:00Z"},
		{"Name": "Gamma", "AnnualRevenue": "5", "CreatedDate": "2026-11-03T15:04:00Z"},
	} {
		if err := s.CRM().Put(crm.Record{Object: crm.ObjectAccount, ID: fmt.Sprintf("00100000000000%d", i+1), Fields: f}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestReportRunGivesCellsAsLabelAndValue(t *testing.T) {
	s := accountReport(t)
	_, text := wire(t, s, http.MethodGet, reportPath+"?includeDetails=true", "")
	var a reportAnswer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	id := a.FactMap["T!T"].Rows[0].Cells[0].Label
	want := []ReportCell{
		{id, id}, {"Acme, Inc.", id}, {"$16000.01", map[string]any{"amount": 16000.01, "currency": nil}}, {"9", 9.0}, {"true", true},
		{"11/1/2026, 12:00 AM", "2026-11-01T00:00:00Z"}, {"Onward Integration", "Onward Integration"},
	}
	if d := cmp.Diff(want, a.FactMap["T!T"].Rows[0].Cells); d != "" {
		t.Error(d)
	}
	if blank := a.FactMap["T!T"].Rows[1].Cells[2]; blank.Value != nil || blank.Label != "-" {
		t.Errorf("blank cell: %+v", blank)
	}
	if !a.AllData || !a.HasDetailRows || a.FactMap["T!T"].Aggregates[0].Value != 3.0 {
		t.Errorf("%+v", a)
	}
	if info := a.Extended.DetailColumnInfo["SALES"]; info.DataType != "currency" || info.Label != "SALES" {
		t.Errorf("column info: %+v", info)
	}
}

func TestReportWithoutDetailsGivesTotalsOnly(t *testing.T) {
	a := wireJSON[reportAnswer](t, accountReport(t), http.StatusOK, http.MethodGet, reportPath, "")
	if a.HasDetailRows || a.FactMap["T!T"].Rows != nil || a.FactMap["T!T"].Aggregates[0].Label != "3" {
		t.Errorf("%+v", a)
	}
}

func TestReportDescribe(t *testing.T) {
	a := wireJSON[reportAnswer](t, accountReport(t), http.StatusOK, http.MethodGet, reportPath+"/describe", "")
	want := []string{"ACCOUNT_ID", "ACCOUNT.NAME", "SALES", "EMPLOYEES", "TARGET", "CREATED_DATE", "OWNER"}
	if d := cmp.Diff(want, a.Metadata.DetailColumns); d != "" {
		t.Error(d)
	}
	if a.Metadata.Format != ReportTabular || a.Extended.DetailColumnInfo["ACCOUNT.NAME"].Label != "Account Name" {
		t.Errorf("%+v", a)
	}
}

func TestReportFilters(t *testing.T) {
	s := accountReport(t)
	for _, c := range []struct {
		column, operator, value string
		want                    []any
	}{
		{"ACCOUNT.NAME", "equals", "BETA", []any{"beta"}},
		{"ACCOUNT.NAME", "equals", `"Acme, Inc.",gamma`, []any{"Acme, Inc.", "Gamma"}},
		{"ACCOUNT.NAME", "notEqual", "beta", []any{"Acme, Inc.", "Gamma"}},
		{"ACCOUNT.NAME", "contains", "a", []any{"Acme, Inc.", "beta", "Gamma"}},
		{"ACCOUNT.NAME", "notContain", "m", []any{"beta"}},
		{"ACCOUNT.NAME", "startsWith", "G", []any{"Gamma"}},
		{"ACCOUNT.NAME", "greaterThan", "beta", []any{"Gamma"}},
		{"SALES", "greaterThan", "10", []any{"Acme, Inc."}},
		{"SALES", "lessThan", "10", []any{"Gamma"}},
		{"SALES", "equals", "", []any{"beta"}},
		{"SALES", "notEqual", "", []any{"Acme, Inc.", "Gamma"}},
		{"EMPLOYEES", "lessOrEqual", "9", []any{"Acme, Inc."}},
		{"EMPLOYEES", "greaterOrEqual", "9", []any{"Acme, Inc.", "beta"}},
		{"TARGET", "equals", "True", []any{"Acme, Inc."}},
		{"TARGET", "equals", "0", []any{"beta", "Gamma"}},
		{"CREATED_DATE", "greaterOrEqual", "2026-11-02T00:00:00Z", []any{"beta", "Gamma"}},
		{"CREATED_DATE", "lessThan", "2026-11-02", []any{"Acme, Inc."}},
		{"ACCOUNT_ID", "greaterThan", "001000000000001", []any{"beta", "Gamma"}},
	} {
		t.Run(c.column+" "+c.operator+" "+c.value, func(t *testing.T) {
			body, _ := json.Marshal(map[string]any{"reportMetadata": map[string]any{"reportFilters": []ReportFilter{{Column: c.column, Operator: c.operator, Value: c.value}}}})
			a := wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodPost, reportPath+"?includeDetails=true", string(body))
			got := []any{}
			for _, row := range a.FactMap["T!T"].Rows {
				got = append(got, row.Cells[1].Label)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReportRunMayChooseColumnsOrderAndFilters(t *testing.T) {
	s := accountReport(t)
	body := `{"reportMetadata":{"detailColumns":["EMPLOYEES","ACCOUNT.NAME"],"sortBy":[{"sortColumn":"ACCOUNT.NAME","sortOrder":"Desc"}],
		"reportFilters":[{"column":"SALES","operator":"notEqual","value":""},{"column":"TARGET","operator":"equals","value":"false"}]}}`
	a := wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodPost, reportPath+"?includeDetails=true", body)
	if d := cmp.Diff([]any{nil}, a.values("T!T", 0)); d != "" {
		t.Error(d)
	}
	if len(a.FactMap["T!T"].Rows[0].Cells) != 2 || a.Metadata.SortBy[0].Column != "ACCOUNT.NAME" {
		t.Errorf("%+v", a)
	}
}

func TestReportRefusals(t *testing.T) {
	s := accountReport(t)
	for name, meta := range map[string]string{
		"unknown filter column": `{"reportFilters":[{"column":"NOTHING","operator":"equals","value":"x"}]}`,
		"unknown operator":      `{"reportFilters":[{"column":"SALES","operator":"contains","value":"x"}]}`,
		"wrong value":           `{"reportFilters":[{"column":"CREATED_DATE","operator":"equals","value":"yesterday"}]}`,
		"unknown column":        `{"detailColumns":["NOTHING"]}`,
		"two orders":            `{"sortBy":[{"sortColumn":"SALES","sortOrder":"Asc"},{"sortColumn":"TARGET","sortOrder":"Asc"}]}`,
		"wrong order":           `{"sortBy":[{"sortColumn":"SALES","sortOrder":"up"}]}`,
		"filter logic":          `{"reportBooleanFilter":"1 OR 2"}`,
		"cross filter":          `{"crossFilters":[{}]}`,
		"standard filter":       `{"standardFilters":[{}]}`,
		"standard dates":        `{"standardDateFilter":{"column":"CREATED_DATE"}}`,
		"format":                `{"reportFormat":"SUMMARY"}`,
		"groupings":             `{"groupingsDown":[{"name":"OWNER"}]}`,
		"row limit":             `{"topRows":{"rowLimit":10}}`,
		"filters":               `{"reportFilters":[` + repeated(`{"column":"SALES","operator":"equals","value":"1"}`, 21) + `]}`,
	} {
		t.Run(name, func(t *testing.T) {
			wireRefused(t, s, http.StatusBadRequest, "BAD_REQUEST", http.MethodPost, reportPath, `{"reportMetadata":`+meta+`}`)
		})
	}
	wireRefused(t, s, http.StatusBadRequest, "JSON_PARSER_ERROR", http.MethodPost, reportPath, `[]`)
	wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", http.MethodGet, "analytics/reports/00O000000000009EAA", "")
	// What describe says may be sent back as it is.
	_, text := wire(t, s, http.MethodGet, reportPath+"/describe", "")
	if res, text := wire(t, s, http.MethodPost, reportPath, text); res.StatusCode != http.StatusOK {
		t.Errorf("describe sent back: %s", text)
	}
}

func repeated(part string, n int) string {
	out := part
	for range n - 1 {
		out += "," + part
	}
	return out
}

// numbered is a report of n rows with a unique column.
func numbered(n int) Report {
	return Report{Name: "Numbers", Columns: []ReportColumn{{Name: "N", DataType: "int"}}, Rows: func() [][]ReportCell {
		rows := make([][]ReportCell, n)
		for i := range rows {
			rows[i] = []ReportCell{{Label: fmt.Sprint(i), Value: i}}
		}
		return rows
	}}
}

func TestReportGivesTwoThousandRowsAtMost(t *testing.T) {
	s := Start(t, &Options{Reports: map[string]Report{reportID: numbered(2001)}})
	a := wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodGet, reportPath+"?includeDetails=true", "")
	if n := len(a.FactMap["T!T"].Rows); n != 2000 || a.AllData || a.FactMap["T!T"].Aggregates[0].Value != 2001.0 {
		t.Errorf("%d rows, allData %t, aggregates %v", n, a.AllData, a.FactMap["T!T"].Aggregates)
	}
	rest := `{"reportMetadata":{"reportFilters":[{"column":"N","operator":"greaterThan","value":"1999"}]}}`
	a = wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodPost, reportPath+"?includeDetails=true", rest)
	if d := cmp.Diff([]any{2000.0}, a.values("T!T", 0)); d != "" || !a.AllData {
		t.Error(d, a.AllData)
	}
}

func TestReportGroups(t *testing.T) {
	cell := func(v any) ReportCell { return ReportCell{fmt.Sprint(v), v} }
	rows := [][]ReportCell{
		{cell("b"), cell("x"), cell(1), cell("left")}, {cell("a"), cell("y"), cell(2), cell("right")},
		{cell("b"), cell("y"), cell(3), cell("left")}, {cell("b"), cell("x"), cell(4), cell("right")},
	}
	s := Start(t, &Options{Reports: map[string]Report{reportID: {
		Name: "Matrix", Format: ReportMatrix, Down: []string{"A", "B"}, Across: []string{"C"},
		Columns: []ReportColumn{{Name: "A"}, {Name: "B"}, {Name: "N", DataType: "int"}, {Name: "C"}},
		Rows:    func() [][]ReportCell { return rows },
	}}})
	a := wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodGet, reportPath+"?includeDetails=true", "")
	counts, details := map[string]any{}, map[string][]any{}
	for key, f := range a.FactMap {
		counts[key] = f.Aggregates[0].Value
		if len(f.Rows) > 0 {
			details[key] = a.values(key, 0)
		}
	}
	want := map[string]any{
		"T!T": 4.0, "T!0": 2.0, "T!1": 2.0, "0!T": 1.0, "0!1": 1.0, "0_0!T": 1.0, "0_0!1": 1.0, "1!T": 3.0, "1!0": 2.0, "1!1": 1.0,
		"1_0!T": 2.0, "1_0!0": 1.0, "1_0!1": 1.0, "1_1!T": 1.0, "1_1!0": 1.0,
	}
	if d := cmp.Diff(want, counts); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string][]any{"0_0!1": {2.0}, "1_0!0": {1.0}, "1_0!1": {4.0}, "1_1!0": {3.0}}, details); d != "" {
		t.Error(d)
	}
	down := a.GroupingsDown.Groupings
	if len(down) != 2 || down[1].Label != "b" || down[1].Groupings[1].Key != "1_1" || down[1].Groupings[1].Value != "y" {
		t.Errorf("groups: %+v", down)
	}
}

func TestReportInstances(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	s := Start(t, &Options{BulkPolls: 1, Now: func() time.Time { return now }, TokenLife: 48 * time.Hour, Reports: map[string]Report{
		reportID: numbered(3), "00O000000000002EAA": {Name: "Broken", SOQL: "SELECT Nothing FROM Lead"},
	}})
	started := wireJSON[map[string]any](t, s, http.StatusOK, http.MethodPost, reportPath+"/instances", "")
	if started["status"] != "New" || started["completionDate"] != nil {
		t.Fatalf("%v", started)
	}
	path := reportPath + "/instances/" + url.PathEscape(started["id"].(string))
	if a := wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodGet, path, ""); a.Attributes["status"] != "Running" || a.FactMap != nil {
		t.Fatalf("%+v", a)
	}
	a := wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodGet, path, "")
	if a.Attributes["status"] != "Success" || len(a.FactMap["T!T"].Rows) != 3 {
		t.Fatalf("%+v", a)
	}
	if list := wireJSON[[]map[string]any](t, s, http.StatusOK, http.MethodGet, reportPath+"/instances", ""); len(list) != 1 || list[0]["status"] != "Success" {
		t.Errorf("%v", list)
	}
	now = now.Add(instanceLife + time.Second)
	wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", http.MethodGet, path, "")

	const broken = "analytics/reports/00O000000000002EAA/instances"
	started = wireJSON[map[string]any](t, s, http.StatusOK, http.MethodPost, broken, "")
	path = broken + "/" + started["id"].(string)
	wire(t, s, http.MethodGet, path, "")
	if a := wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodGet, path, ""); a.Attributes["status"] != "Error" {
		t.Errorf("%+v", a)
	}
	if res, _ := wire(t, s, http.MethodDelete, path, ""); res.StatusCode != http.StatusNoContent {
		t.Errorf("delete: %d", res.StatusCode)
	}
	wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", http.MethodGet, path, "")
}

func TestReportRunsAreLimitedByTheHour(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	s := Start(t, &Options{Now: func() time.Time { return now }, Reports: map[string]Report{reportID: numbered(1)}})
	for range syncRuns {
		s.reportRuns.allow(now, &s.reportRuns.sync, syncRuns)
	}
	wireRefused(t, s, http.StatusForbidden, "FORBIDDEN", http.MethodGet, reportPath, "")
	wireJSON[map[string]any](t, s, http.StatusOK, http.MethodPost, reportPath+"/instances", "")
	now = now.Add(time.Hour)
	wireJSON[reportAnswer](t, s, http.StatusOK, http.MethodGet, reportPath, "")
}
