package salesforce

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Report is a report of the org, ready to be run. Its values are read-only apart
// from Async. Safe for concurrent use while Async is not changed.
type Report struct {
	ID   string
	Name string
	// Format is TABULAR, SUMMARY or MATRIX.
	Format  string
	Columns []ReportColumn
	// Groupings are the columns that rows are grouped by, outermost first, those down
	// before those across; none in a tabular report.
	Groupings []ReportColumn
	// Async runs the report in the background of the org and looks for the result:
	// 1,200 runs an hour instead of 500, at the price of some more calls.
	Async bool

	org  *Org
	meta reportMeta
	// known are the columns that a filter may name, by API name.
	known map[string]reportInfo
	// operators are those that a type of column takes, by the type; empty when
	// the org did not tell.
	operators map[string][]string
}

// ReportColumn is a column of a report's rows.
type ReportColumn struct {
	// Name is the API name, Label what the report shows, Type the platform's name
	// of the data type, such as "string", "datetime" or "currency".
	Name, Label, Type string
}

// ReportRow is one row of a report's details.
type ReportRow struct {
	// Key is the row's place in the report: "T!T" in a tabular one, "0_1!T" in
	// the second group of the first group of a summary.
	Key string
	// Groups are the values of the groups around it, positionally those of
	// Report.Groupings; empty in a tabular report.
	Groups []ReportCell
	// Cells are positionally those of Report.Columns.
	Cells []ReportCell
}

// ReportCell is one value of a row.
type ReportCell struct {
	// Label is the value as the report shows it.
	Label string
	// Value is the value as text; of a lookup, the id on 18 characters; of money,
	// the amount. Blank when there is none.
	Value string
	// Currency is the ISO code of money in an org with several currencies.
	Currency string
}

// Report reads what a report is made of. It costs one call. The error is
// crm.ErrNotFound when there is no such report, crm.ErrInvalid when the id
// cannot be one. Safe for concurrent use.
func (g *Org) Report(ctx context.Context, id string) (*Report, error) {
	wide, err := crm.WidenID(id)
	if err != nil {
		return nil, reportError(crm.ErrInvalid, "MALFORMED_ID")
	}
	k := call{
		op: "report", name: "analytics/reports/describe", object: "Report", repeat: true,
		method: http.MethodGet, path: "analytics/reports/" + url.PathEscape(wide) + "/describe",
	}
	r, err := g.do(ctx, k)
	if err != nil {
		return nil, reportFailure(r, err)
	}
	var d reportDescription
	if err := g.decode(k, r, &d); err != nil {
		return nil, err
	}
	return d.report(g, wide)
}

// Rows runs the report and gives its detail rows. An answer holds at most 2,000
// of them: a tabular report with more is run again in slices, by the date of
// creation or by an id column, until each slice is whole, so that no row is lost
// or comes twice. Where the report has no column to slice by, or slices of the
// finest kind are still too long, the error is crm.ErrInvalid with a code that
// says which; it comes once and is the last. Rows of one slice come in the
// report's own order. A run that takes longer than the platform allows is
// crm.ErrUnavailable; a report whose columns were changed since it was described is
// crm.ErrStale. Each iteration runs the report anew.
func (p *Report) Rows(ctx context.Context) iter.Seq2[ReportRow, error] {
	return func(yield func(ReportRow, error) bool) {
		s := &reportSlicer{report: p, yield: func(r ReportRow) bool { return yield(r, nil) }}
		if err := s.all(ctx); err != nil && !s.stopped {
			yield(ReportRow{}, err)
		}
	}
}

// run runs the report with more filters. No filter and no order means: as it is
// saved.
func (p *Report) run(ctx context.Context, filters []reportFilter, sortBy string) (*reportResult, error) {
	if p.Async {
		return p.runLater(ctx, filters, sortBy)
	}
	k := call{
		op: "report", name: "analytics/reports", object: "Report", repeat: true,
		method: http.MethodGet, path: "analytics/reports/" + url.PathEscape(p.ID),
		query: url.Values{"includeDetails": {"true"}},
	}
	if len(filters) > 0 || sortBy != "" {
		k.method = http.MethodPost
		var err error
		if k.body, err = p.meta.with(filters, sortBy); err != nil {
			return nil, err
		}
	}
	r, err := p.org.do(ctx, k)
	if err != nil {
		return nil, reportFailure(r, err)
	}
	return p.result(k, r)
}

// runLater runs the report in the background and waits for it as long as ctx
// lives.
func (p *Report) runLater(ctx context.Context, filters []reportFilter, sortBy string) (*reportResult, error) {
	k := call{
		op: "report", name: "analytics/reports/instances", object: "Report", repeat: true,
		method: http.MethodPost, path: "analytics/reports/" + url.PathEscape(p.ID) + "/instances",
		query: url.Values{"includeDetails": {"true"}},
	}
	var err error
	if k.body, err = p.meta.with(filters, sortBy); err != nil {
		return nil, err
	}
	r, err := p.org.do(ctx, k)
	if err != nil {
		return nil, reportFailure(r, err)
	}
	var made struct {
		ID string `json:"id"`
	}
	if err := p.org.decode(k, r, &made); err != nil {
		return nil, err
	}
	if made.ID == "" {
		return nil, reportError(crm.ErrUnavailable, "INSTANCE_WITHOUT_ID")
	}
	k.method, k.body, k.query = http.MethodGet, nil, nil
	k.path += "/" + url.PathEscape(made.ID)
	for wait := pollFirst; ; wait = min(2*wait, pollLongest) {
		r, err := p.org.do(ctx, k)
		if err != nil {
			return nil, reportFailure(r, err)
		}
		out, err := p.result(k, r)
		if err != nil {
			return nil, err
		}
		switch out.Attributes.Status {
		case "New", "Running":
		case "Error":
			return nil, reportError(crm.ErrInvalid, "REPORT_RUN_FAILED")
		default:
			return out, nil
		}
		if err := pause(ctx, wait); err != nil {
			return nil, &crm.Error{Op: "report", Object: "Report", Class: crm.ErrUnavailable, Code: "WAITING_ENDED", Err: err}
		}
	}
}

// result reads an answer; numbers stay as they were written.
func (p *Report) result(k call, r *reply) (*reportResult, error) {
	var out reportResult
	if err := p.org.decode(k, r, &out); err != nil {
		return nil, err
	}
	if shown := out.Metadata.Columns; shown != nil && !slices.EqualFunc(p.Columns, *shown, func(c ReportColumn, name string) bool { return c.Name == name }) {
		return nil, reportError(crm.ErrStale, "REPORT_WAS_CHANGED")
	}
	for _, fact := range out.FactMap {
		for _, row := range fact.Rows {
			if len(row.Cells) != len(p.Columns) {
				return nil, reportError(crm.ErrUnavailable, "WRONG_NUMBER_OF_CELLS")
			}
		}
	}
	return &out, nil
}

// takes reports whether a column can be filtered with all of the operators.
func (p *Report) takes(name string, operators ...string) bool {
	info, ok := p.known[name]
	if !ok || info.Filterable != nil && !*info.Filterable {
		return false
	}
	known := p.operators[info.DataType]
	missing := func(o string) bool { return !slices.Contains(known, o) }
	return len(known) == 0 || !slices.ContainsFunc(operators, missing)
}

// reportFailure gives a failed call its class. The hourly allowance of runs is
// told as 403, like a missing permission, and only the message differs.
func reportFailure(r *reply, err error) error {
	if r == nil || r.status != http.StatusForbidden {
		return err
	}
	for _, item := range wireErrors(r.body) {
		m := strings.ToLower(item.Message)
		if strings.Contains(m, "hour") || strings.Contains(m, "60 minutes") || strings.Contains(m, "at a time") {
			return reportError(crm.ErrThrottled, "REPORT_RUNS_USED_UP")
		}
	}
	return err
}

func reportError(class error, code string) *crm.Error {
	return &crm.Error{Op: "report", Object: "Report", Class: class, Code: code}
}
