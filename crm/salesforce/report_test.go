package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

const (
	reportID  = "00O000000000001EAA"
	reportNow = "2026-11-03T12:00:00Z"
)

// reportOf is a tabular report of n leads with some columns; created tells when
// each lead was made.
func reportOf(t *testing.T, n int, created func(i int) time.Time, columns ...string) *sftest.Options {
	known := map[string]sftest.ReportColumn{
		"LEAD_ID":      {Name: "LEAD_ID", Label: "Lead ID", DataType: "id"},
		"LAST_NAME":    {Name: "LAST_NAME", Label: "Last Name"},
		"CREATED_DATE": {Name: "CREATED_DATE", Label: "Created", DataType: "datetime"},
		"CREATED_DAY":  {Name: "Lead.CreatedDate", Label: "Created", DataType: "date"},
		"AMOUNT":       {Name: "AMOUNT", Label: "Amount", DataType: "currency"},
		"ACCOUNT_ID":   {Name: "ACCOUNT_ID", Label: "Account ID", DataType: "id"},
	}
	rep := sftest.Report{ID: reportID, Name: "Leads"}
	for _, name := range columns {
		rep.Columns = append(rep.Columns, known[name])
	}
	same := numbered(t, "001", 1)
	eur := "EUR"
	rep.Rows = func() [][]sftest.ReportCell {
		rows := make([][]sftest.ReportCell, n)
		for i := range rows {
			id, at := numbered(t, "00Q", i), created(i)
			cells := map[string]sftest.ReportCell{
				"LEAD_ID":      {Label: id, Value: id},
				"LAST_NAME":    {Label: fmt.Sprint("Lee ", i), Value: fmt.Sprint("Lee ", i)},
				"CREATED_DATE": {Label: at.Format(time.DateTime), Value: at.Format(time.RFC3339)},
				"CREATED_DAY":  {Label: at.Format(time.DateOnly), Value: at.Format(time.DateOnly)},
				"AMOUNT":       {Label: "EUR 16,000.01", Value: sftest.Amount{Amount: 16000.01, Currency: &eur}},
				"ACCOUNT_ID":   {Label: same, Value: same},
			}
			for _, name := range columns {
				rows[i] = append(rows[i], cells[name])
			}
		}
		return rows
	}
	return &sftest.Options{Reports: map[string]sftest.Report{reportID: rep}, Now: func() time.Time { return crm.ParseTime(reportNow) }}
}

// spread creates a lead each hour back from now, together all in one second.
func spread(i int) time.Time { return crm.ParseTime(reportNow).Add(-time.Duration(i) * time.Hour) }

func together(int) time.Time { return crm.ParseTime("2025-05-05T05:05:05Z") }

func readReport(ctx context.Context, t *testing.T, g *Org, async bool) (rows []ReportRow, err error) {
	t.Helper()
	p, err := g.Report(ctx, reportID)
	if err != nil {
		t.Fatal(err)
	}
	p.Async = async
	for row, e := range p.Rows(ctx) {
		if e != nil {
			return rows, e
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func TestReportIsDescribedAndRead(t *testing.T) {
	_, g := local(t, reportOf(t, 2, spread, "LEAD_ID", "LAST_NAME", "CREATED_DATE", "AMOUNT"))
	p, err := g.Report(t.Context(), reportID[:15])
	if err != nil {
		t.Fatal(err)
	}
	columns := []ReportColumn{
		{"LEAD_ID", "Lead ID", "id"}, {"LAST_NAME", "Last Name", "string"}, {"CREATED_DATE", "Created", "datetime"}, {"AMOUNT", "Amount", "currency"},
	}
	if diff := cmp.Diff(columns, p.Columns); diff != "" || p.Name != "Leads" || p.Format != "TABULAR" || p.ID != reportID {
		t.Errorf("%q %s %s (-want +got):\n%s", p.Name, p.Format, p.ID, diff)
	}
	rows, err := readReport(t.Context(), t, g, false)
	if err != nil {
		t.Fatal(err)
	}
	id := numbered(t, "00Q", 0)
	want := ReportRow{Key: "T!T", Cells: []ReportCell{
		{Label: id, Value: id}, {Label: "Lee 0", Value: "Lee 0"},
		{Label: "2026-11-03 12:00:00", Value: reportNow}, {Label: "EUR 16,000.01", Value: "16000.01", Currency: "EUR"},
	}}
	if diff := cmp.Diff(want, rows[0]); diff != "" || len(rows) != 2 {
		t.Errorf("%d rows, the first (-want +got):\n%s", len(rows), diff)
	}
}

// However long the report is and whatever it can be sliced by, each row comes
// once, or the reading fails.
func TestReportPastTwoThousandRows(t *testing.T) {
	// Half of them were created within one second: dates cannot part them.
	halfTogether := func(i int) time.Time {
		if i%2 == 0 {
			return together(i)
		}
		return spread(i)
	}
	for _, tt := range []struct {
		name    string
		rows    int
		created func(int) time.Time
		columns []string
		async   bool
		code    string
	}{
		{name: "2,000 rows", rows: 2000, created: spread, columns: []string{"LAST_NAME"}},
		{name: "by date and time", rows: 4100, created: spread, columns: []string{"LAST_NAME", "CREATED_DATE"}},
		{name: "by day", rows: 4100, created: spread, columns: []string{"LAST_NAME", "CREATED_DAY"}},
		{name: "by id", rows: 4100, created: spread, columns: []string{"LAST_NAME", "LEAD_ID"}},
		{name: "by id, a page ends with the last row", rows: 3999, created: spread, columns: []string{"LEAD_ID"}},
		{name: "by date, then by id", rows: 4100, created: halfTogether, columns: []string{"CREATED_DATE", "LEAD_ID"}},
		{name: "by the id that is unique", rows: 2600, created: together, columns: []string{"ACCOUNT_ID", "LEAD_ID"}},
		{name: "in the background", rows: 2600, created: spread, columns: []string{"LEAD_ID", "CREATED_DATE"}, async: true},
		{name: "created long ago", rows: 2500, created: func(i int) time.Time { return spread(i).AddDate(-60, 0, 0) }, columns: []string{"CREATED_DATE", "LEAD_ID"}},
		{name: "created before all slices", rows: 2500, created: func(i int) time.Time { return spread(i).AddDate(-160, 0, 0) }, columns: []string{"CREATED_DATE", "LEAD_ID"}},
		{name: "no way", rows: 2001, created: together, columns: []string{"LAST_NAME"}, code: "REPORT_CANNOT_BE_SLICED"},
		{name: "all created at once", rows: 2001, created: together, columns: []string{"CREATED_DATE"}, code: "REPORT_CANNOT_BE_SLICED"},
		{name: "only an id that is not unique", rows: 2001, created: together, columns: []string{"ACCOUNT_ID"}, code: "REPORT_CANNOT_BE_SLICED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, g := local(t, reportOf(t, tt.rows, tt.created, tt.columns...))
			rows, err := readReport(t.Context(), t, g, tt.async)
			if tt.code != "" {
				var e *crm.Error
				if !errors.As(err, &e) || e.Code != tt.code {
					t.Fatalf("%d rows, error %v, want %s", len(rows), err, tt.code)
				}
				return
			}
			if err != nil || len(rows) != tt.rows {
				t.Fatalf("%d rows, error %v; want %d", len(rows), err, tt.rows)
			}
			seen := map[string]bool{}
			for _, r := range rows {
				if tt.columns[0] != "ACCOUNT_ID" && tt.columns[0] != "CREATED_DATE" {
					seen[r.Cells[0].Value] = true
				} else {
					seen[r.Cells[len(r.Cells)-1].Value] = true
				}
			}
			if len(seen) != tt.rows {
				t.Errorf("%d different rows of %d", len(seen), tt.rows)
			}
		})
	}
}

func TestReportReaderMayStop(t *testing.T) {
	s, g := local(t, reportOf(t, 2600, spread, "LEAD_ID", "CREATED_DATE"))
	p, err := g.Report(t.Context(), reportID)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, err := range p.Rows(t.Context()) {
		if n++; err != nil || n == 10 {
			break
		}
	}
	if calls := s.Calls().Total; n != 10 || calls > 5 {
		t.Errorf("%d rows, %d calls", n, calls)
	}
}

func TestReportInTheBackgroundIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := reportOf(t, 20, spread, "LEAD_ID")
		o.BulkPolls = 3
		s := sftest.New(o)
		g := orgOver(t, s, s.Token(), Options{})
		start := time.Now()
		rows, err := readReport(t.Context(), t, g, true)
		if err != nil || len(rows) != 20 || time.Since(start) < 3*pollFirst {
			t.Errorf("%d rows after %v, error %v", len(rows), time.Since(start), err)
		}
	})
}

func TestReportThatIsNotThere(t *testing.T) {
	s, g := local(t, nil)
	if _, err := g.Report(t.Context(), reportID); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("an absent report: %v", err)
	}
	s.ResetCalls()
	if _, err := g.Report(t.Context(), "../limits"); !errors.Is(err, crm.ErrInvalid) || s.Calls().Total != 0 {
		t.Errorf("a malformed id: %v, %d calls", err, s.Calls().Total)
	}
}

// The groups of a summary and a matrix are told with each row.
func TestReportGroups(t *testing.T) {
	const body = `{"allData":true,"factMap":{
		"T!T":{"rows":[]},"10!T":{"rows":[{"dataCells":[{"label":"k","value":"k"}]}]},
		"2!1":{"rows":[{"dataCells":[{"label":"j","value":null}]}]},
		"0_1!0":{"rows":[{"dataCells":[{"label":"Acme","value":"001000000000001AAA"}]}]}},
		"groupingsDown":{"groupings":[{"key":"0","label":"DE","value":"DE","groupings":[{"key":"0_1","label":"Hot","value":"hot"}]}]},
		"groupingsAcross":{"groupings":[{"key":"0","label":"2026","value":2026}]}}`
	var r reportResult
	if err := (&Org{}).decode(call{repeat: true}, &reply{body: []byte(body)}, &r); err != nil {
		t.Fatal(err)
	}
	want := []ReportRow{
		{Key: "0_1!0", Groups: []ReportCell{{Label: "DE", Value: "DE"}, {Label: "Hot", Value: "hot"}, {Label: "2026", Value: "2026"}},
			Cells: []ReportCell{{Label: "Acme", Value: "001000000000001AAA"}}},
		{Key: "2!1", Cells: []ReportCell{{Label: "j"}}},
		{Key: "10!T", Cells: []ReportCell{{Label: "k", Value: "k"}}},
	}
	if diff := cmp.Diff(want, r.rows()); diff != "" || !r.whole() {
		t.Errorf("whole %v (-want +got):\n%s", r.whole(), diff)
	}
}

// Added filters must all hold, whatever the report's own logic is, and never grow
// past the platform's limit.
func TestReportFiltersAreAdded(t *testing.T) {
	more := []reportFilter{{Column: "C", Operator: "lessThan", Value: "1"}}
	m := reportMeta{"reportFilters": []byte(`[{"column":"A"},{"column":"B"}]`), "reportBooleanFilter": []byte(`"1 OR 2"`), "other": []byte(`7`)}
	got, err := m.with(more, "C")
	want := `{"reportMetadata":{"other":7,"reportBooleanFilter":"(1 OR 2) AND 3","reportFilters":[{"column":"A"},{"column":"B"},` +
		`{"column":"C","operator":"lessThan","value":"1"}],"sortBy":[{"sortColumn":"C","sortOrder":"Asc"}]}}`
	if string(got) != want || err != nil {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
	full := reportMeta{"reportBooleanFilter": []byte("null")}
	full.write("reportFilters", make([]reportFilter, reportFilters))
	if _, err := full.with(more, ""); !errors.Is(err, crm.ErrInvalid) {
		t.Errorf("21 filters: %v", err)
	}
}

// The hourly allowance comes as 403 like a missing right, and is worth waiting for.
func TestReportRunsUsedUp(t *testing.T) {
	for message, class := range map[string]error{
		"You can't run more than 500 reports synchronously every 60 minutes.": crm.ErrThrottled,
		"You don't have access to this report.":                               crm.ErrDenied,
	} {
		g := &Org{opt: Options{Now: time.Now}}
		r := &reply{status: 403, body: []byte(`[{"errorCode":"FORBIDDEN","message":"` + message + `"}]`)}
		if err := reportFailure(r, g.judge(call{repeat: true}, r)); !errors.Is(err, class) {
			t.Errorf("%q: %v, want class %v", message, err, class)
		}
	}
}

// A server that does not do as it is asked makes an error, neither lost rows nor
// an endless reading.
func TestReportOfAServerThatDoesNotObey(t *testing.T) {
	row := func(n int) string {
		id := numbered(t, "00Q", n)
		return `{"dataCells":[{"label":"` + id + `","value":"` + id + `"}]}`
	}
	for _, tt := range []struct{ name, rows, code string }{
		{"no order", row(2) + "," + row(1), "REPORT_CANNOT_BE_SLICED"},
		{"always the same page", row(1) + "," + row(2), "REPORT_DOES_NOT_GO_ON"},
		{"no rows and yet more", "", "REPORT_CANNOT_BE_SLICED"},
		{"a row that is too short", `{"dataCells":[]}`, "WRONG_NUMBER_OF_CELLS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := orgOver(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := `{"allData":false,"factMap":{"T!T":{"rows":[` + tt.rows + `]}}}`
				switch {
				case strings.HasSuffix(r.URL.Path, "/services/data"):
					answer = `[{"version":"66.0"}]`
				case strings.HasSuffix(r.URL.Path, "/describe"):
					answer = `{"reportMetadata":{"detailColumns":["LEAD_ID"]}}`
				}
				_, _ = w.Write([]byte(answer))
			}), "t", Options{})
			_, err := readReport(t.Context(), t, g, false)
			var e *crm.Error
			if !errors.As(err, &e) || e.Code != tt.code {
				t.Errorf("error %v, want %s", err, tt.code)
			}
		})
	}
}
