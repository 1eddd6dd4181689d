package salesforcereport

import (
	"context"
	"iter"

	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Columns lists the columns of a report as a mapping may name them: labels, and API
// names where a label stands twice. They are for people who map them, and for
// tracking.GuessMapping, which proposes how. It costs one call. The error is a
// tracking.ErrConfig where the id is wrong or there is no such report, else that of
// the org.
func Columns(ctx context.Context, org *salesforce.Org, ref string) ([]string, error) {
	p, err := open(ctx, org, ref)
	if err != nil {
		return nil, err
	}
	return newHeader(p).names, nil
}

// New is the source of an import of kind tracking.ImportReport, which costs a call to
// describe the report and one for each run; see salesforce.Report.Rows for what
// happens past 2,000 rows. Rows are numbered from 1.
//
// A reading fails with a tracking.ErrConfig for an id that is none of a report, a
// report that is not there, one without columns, and a mapping that does not fit; the
// text says what to do. Failures of the org bear its class, such as crm.ErrDenied for
// a report that is not shared and crm.ErrThrottled for the hour's runs.
func New(org *salesforce.Org, imp tracking.Import) contacts.Source {
	return source{org: org, ref: imp.Ref, mapping: imp.Mapping}
}

type source struct {
	org     *salesforce.Org
	ref     string
	mapping tracking.Mapping
}

// Rows implements contacts.Source.
func (s source) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		p, err := open(ctx, s.org, s.ref)
		if err != nil {
			yield(tracking.Row{}, err)
			return
		}
		read, err := newReader(p, s.mapping)
		if err != nil {
			yield(tracking.Row{}, err)
			return
		}
		n := 0
		for row, err := range p.Rows(ctx) {
			if err != nil {
				yield(tracking.Row{}, explained(p.ID, err))
				return
			}
			n++
			if !yield(read.row(n, row), nil) {
				return
			}
		}
	}
}

// open describes the report.
func open(ctx context.Context, org *salesforce.Org, ref string) (*salesforce.Report, error) {
	id, err := tracking.ReportID(ref)
	if err != nil {
		return nil, err
	}
	p, err := org.Report(ctx, id)
	if err != nil {
		return nil, explained(id, err)
	}
	if len(p.Columns) == 0 {
		return nil, unfit("report %s shows no columns: edit it, switch its detail rows on, and add the columns to import", id)
	}
	return p, nil
}
