package sftest

import (
	"net/http"
	"sync"
	"time"
)

// ReportFormat tells lists from groups.
type ReportFormat string

// The formats of reports.
const (
	ReportTabular ReportFormat = "TABULAR"
	ReportSummary ReportFormat = "SUMMARY"
	ReportMatrix  ReportFormat = "MATRIX"
)

// ReportColumn is a detail column of a report.
type ReportColumn struct {
	// Name is the API name, such as "Account.Name" or "CONTACT_ID".
	Name string
	// Label is for people; Name when it is empty.
	Label string
	// DataType is that of the Reports API: string, picklist, email, phone, url,
	// boolean, int, double, currency, percent, date, datetime, id or reference.
	// Default string.
	DataType string
	// Field is the path of the value in the rows of Report.SOQL; default Name.
	Field string
	// ID is the path of the record's id in those rows, for a column that links to
	// a record: its cells have the name as label and the id as value.
	ID string
}

// ReportCell is a value of a report as people see it and as programs do.
type ReportCell struct {
	Label string `json:"label"`
	// Value is a string, bool or float64, an ISO date, an Amount, or nil.
	Value any `json:"value"`
}

// Amount is the value of a currency cell.
type Amount struct {
	Amount float64 `json:"amount"`
	// Currency is nil in an org with one currency.
	Currency *string `json:"currency"`
}

// ReportFilter keeps the rows whose column compares so with the value. Several
// must all hold.
type ReportFilter struct {
	Column string `json:"column"`
	// Operator is equals, notEqual, lessThan, greaterThan, lessOrEqual,
	// greaterOrEqual, contains, notContain or startsWith.
	Operator string `json:"operator"`
	// Value may list several values with commas between them; the row needs one.
	Value string `json:"value"`
	// FilterType is fieldValue or empty.
	FilterType string `json:"filterType,omitempty"`
	IsRunPage  bool   `json:"isRunPageEditable"`
}

// Report is a report of the org, served below analytics/reports.
type Report struct {
	// ID is the id, 15 or 18 characters long; the key in Options.Reports is used
	// when it is empty.
	ID   string
	Name string
	// Format is ReportTabular when it is empty.
	Format ReportFormat
	// Type is the API name of the report type, such as "ContactList".
	Type    string
	Columns []ReportColumn
	// Down and Across are the grouping columns of summary and matrix reports, by
	// name; they need to be in Columns, and are no detail columns then.
	Down, Across []string
	// Filters are the report's own. A run may replace them.
	Filters []ReportFilter
	// SOQL gives the rows. Rows is used instead when it is not nil: one cell for
	// each column.
	SOQL string
	Rows func() [][]ReportCell
}

const (
	// reportRows is how many detail rows one run gives at most.
	reportRows = 2000
	// reportFilters is how many filters one run may have.
	reportFilters = 20
	// syncRuns and asyncRuns are how many runs an hour are allowed.
	syncRuns, asyncRuns = 500, 1200
	// instanceLife is how long the result of an asynchronous run is kept.
	instanceLife = 24 * time.Hour
)

// reportRuns are the runs of one server.
type reportRuns struct {
	mu          sync.Mutex
	made        int
	sync, async []time.Time
	instances   []*instance
}

func reportRoutes() []route {
	const one = "analytics/reports/*"
	return []route{
		{http.MethodGet, "analytics/reports", listReports},
		{http.MethodGet, one, withReport(runReport)},
		{http.MethodPost, one, withReport(runReport)},
		{http.MethodGet, one + "/describe", withReport(describeReport)},
		{http.MethodGet, one + "/instances", withReport(listInstances)},
		{http.MethodPost, one + "/instances", withReport(startInstance)},
		{http.MethodGet, one + "/instances/*", withReport(getInstance)},
		{http.MethodDelete, one + "/instances/*", withReport(deleteInstance)},
	}
}
