package salesforce

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// reportSlicer reads a report whole. An answer of the platform is cut at 2,000
// rows, so a cut one is thrown away and asked for again in two halves: those
// created before a moment and those created since. The outermost halves are open
// to their side, so that together they hold every row whatever its date. What was
// created within one moment is read by an id column instead.
type reportSlicer struct {
	report  *Report
	yield   func(ReportRow) bool
	stopped bool // by the reader
	runs    int
}

// span is a stretch of creation dates in units of the column: days or seconds
// since 1970. It includes from and not to.
type span struct {
	from, to         int64
	openFrom, openTo bool
	unit             time.Duration
	column           string
}

// reportYears is how far the first span reaches back. Older rows are found too.
const reportYears = 100

// reportRunsAtMost keeps a run-away report from using up the org's hourly runs.
const reportRunsAtMost = 450

func (s *reportSlicer) all(ctx context.Context) error {
	r, err := s.run(ctx, nil, "")
	if err != nil || s.give(r) {
		return err
	}
	var limit any
	if s.report.meta.read("topRows", &limit); limit != nil {
		// In slices, a limit of rows would hold for each of them.
		return reportError(crm.ErrInvalid, "REPORT_HAS_A_ROW_LIMIT")
	}
	if sp, ok := s.span(); ok {
		return s.halves(ctx, sp, r)
	}
	return s.byID(ctx, nil)
}

// run runs the report, within the number of runs that one reading may take.
func (s *reportSlicer) run(ctx context.Context, filters []reportFilter, sortBy string) (*reportResult, error) {
	if s.runs++; s.runs > reportRunsAtMost {
		return nil, reportError(crm.ErrInvalid, "REPORT_NEEDS_TOO_MANY_RUNS")
	}
	return s.report.run(ctx, filters, sortBy)
}

// give hands on the rows of a whole answer; false when it is a cut one.
func (s *reportSlicer) give(r *reportResult) bool {
	return r.whole() && s.handOn(r.rows())
}

// handOn always returns true: what was handed on is done with, even when the
// reader has stopped.
func (s *reportSlicer) handOn(rows []ReportRow) bool {
	for _, row := range rows {
		if s.stopped = s.stopped || !s.yield(row); s.stopped {
			break
		}
	}
	return true
}

// halves reads a span whose rows do not fit into one answer, of which cut is the
// part that came.
func (s *reportSlicer) halves(ctx context.Context, sp span, cut *reportResult) error {
	if sp.to-sp.from < 2 {
		return s.byID(ctx, sp.filters())
	}
	mid := s.middle(sp, cut)
	left, right := sp, sp
	left.to, left.openTo = mid, false
	right.from, right.openFrom = mid, false
	for _, half := range []span{left, right} {
		r, err := s.run(ctx, half.filters(), "")
		if err != nil {
			return err
		}
		if !s.give(r) {
			if err := s.halves(ctx, half, r); err != nil {
				return err
			}
		}
		if s.stopped {
			return nil
		}
	}
	return nil
}

// middle is where a span is cut: at the median of the dates that have been seen,
// which finds the rows in fewer runs, or in the middle of its time.
func (s *reportSlicer) middle(sp span, cut *reportResult) int64 {
	if i := s.position(sp.column); i >= 0 {
		var dates []int64
		for _, row := range cut.rows() {
			if at := crm.ParseTime(row.Cells[i].Value); !at.IsZero() {
				dates = append(dates, at.Unix()/int64(sp.unit/time.Second))
			}
		}
		slices.Sort(dates)
		if len(dates) > 0 {
			// A moment at which very many were created comes to stand alone.
			return min(max(dates[len(dates)/2], sp.from+1), sp.to-1)
		}
	}
	return sp.from + (sp.to-sp.from)/2
}

// span is the first span of creation dates; false when the report has no such
// column that can be filtered.
func (s *reportSlicer) span() (span, bool) {
	now := s.report.org.opt.Now()
	for _, name := range slices.Sorted(maps.Keys(s.report.known)) {
		if lastPart(name) != "CREATEDDATE" || !s.report.takes(name, "greaterOrEqual", "lessThan") {
			continue
		}
		sp := span{column: name, openFrom: true, openTo: true}
		switch strings.ToLower(s.report.known[name].DataType) {
		case "datetime":
			sp.unit = time.Second
		case "date":
			sp.unit = 24 * time.Hour
		default:
			continue
		}
		seconds := int64(sp.unit / time.Second)
		sp.from, sp.to = now.AddDate(-reportYears, 0, 0).Unix()/seconds, now.Unix()/seconds+1
		return sp, true
	}
	return span{}, false
}

// filters are the conditions that hold for the rows of a span.
func (sp span) filters() []reportFilter {
	form := "2006-01-02T15:04:05Z"
	if sp.unit > time.Second {
		form = time.DateOnly
	}
	text := func(n int64) string { return time.Unix(n*int64(sp.unit/time.Second), 0).UTC().Format(form) }
	var out []reportFilter
	if !sp.openFrom {
		out = append(out, reportFilter{Column: sp.column, Operator: "greaterOrEqual", Value: text(sp.from)})
	}
	if !sp.openTo {
		out = append(out, reportFilter{Column: sp.column, Operator: "lessThan", Value: text(sp.to)})
	}
	return out
}

// byID reads rows in the order of an id column, each answer beginning with the
// last row of the one before. That row and ids that differ from it in case only,
// which the platform may count as equal, come again and are passed over.
func (s *reportSlicer) byID(ctx context.Context, filters []reportFilter) error {
	for _, column := range s.idColumns() {
		r, err := s.run(ctx, filters, column)
		if err != nil {
			return err
		}
		if rows := r.rows(); len(rows) > 0 && s.unique(rows, column) && s.sorted(rows, column) {
			return s.pages(ctx, filters, column, r)
		}
	}
	return reportError(crm.ErrInvalid, "REPORT_CANNOT_BE_SLICED")
}

// pages hands on a first answer in the order of an id column and those after it.
func (s *reportSlicer) pages(ctx context.Context, filters []reportFilter, column string, r *reportResult) error {
	given := map[string]bool{}
	for {
		rows := r.rows()
		fresh := slices.DeleteFunc(slices.Clone(rows), func(row ReportRow) bool { return given[s.id(row, column)] })
		if s.handOn(fresh); s.stopped || r.whole() {
			return nil
		}
		if len(fresh) == 0 {
			return reportError(crm.ErrUnavailable, "REPORT_DOES_NOT_GO_ON")
		}
		clear(given) // only the rows at the seam can come again
		for _, row := range rows {
			given[s.id(row, column)] = true
		}
		last := reportFilter{Column: column, Operator: "greaterOrEqual", Value: s.id(rows[len(rows)-1], column)}
		var err error
		if r, err = s.run(ctx, append(slices.Clone(filters), last), column); err != nil {
			return err
		}
		if rows := r.rows(); !s.unique(rows, column) || !s.sorted(rows, column) {
			return reportError(crm.ErrInvalid, "REPORT_CANNOT_BE_SLICED")
		}
	}
}

// idColumns are the shown columns that may hold an id and can be paged by.
func (s *reportSlicer) idColumns() []string {
	var out []string
	for _, c := range s.report.Columns {
		if strings.HasSuffix(lastPart(c.Name), "ID") && s.report.takes(c.Name, "greaterOrEqual") {
			out = append(out, c.Name)
		}
	}
	return out
}

// id is a row's value in an id column.
func (s *reportSlicer) id(row ReportRow, column string) string {
	return row.Cells[s.position(column)].Value
}

func (s *reportSlicer) position(column string) int {
	return slices.IndexFunc(s.report.Columns, func(c ReportColumn) bool { return c.Name == column })
}

// unique reports whether a column shows an id in every row, and no id twice. A
// lookup holds an id too, but is filtered by the name that it shows.
func (s *reportSlicer) unique(rows []ReportRow, column string) bool {
	seen := make(map[string]bool, len(rows))
	i := s.position(column)
	for _, row := range rows {
		id, err := crm.WidenID(row.Cells[i].Value)
		if err != nil || seen[id] || !crm.SameID(id, row.Cells[i].Label) {
			return false
		}
		seen[id] = true
	}
	return true
}

// sorted reports whether rows really came in the order that was asked for, in
// one of the two orders that text can have.
func (s *reportSlicer) sorted(rows []ReportRow, column string) bool {
	exact := func(a, b ReportRow) int { return cmp.Compare(s.id(a, column), s.id(b, column)) }
	folded := func(a, b ReportRow) int {
		return cmp.Compare(strings.ToLower(s.id(a, column)), strings.ToLower(s.id(b, column)))
	}
	return slices.IsSortedFunc(rows, exact) || slices.IsSortedFunc(rows, folded)
}

// lastPart is the end of a column's name without its object and in one spelling:
// CREATED_DATE and Lead.CreatedDate are one.
func lastPart(name string) string {
	name = name[strings.LastIndexAny(name, ".$")+1:]
	return strings.ToUpper(strings.ReplaceAll(name, "_", ""))
}
