package rounds

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/target"
)

// Reread reads all reports. One that cannot be read stays as it was when it could, with
// its trouble, and does not stop the others. Reports that are not configured any more
// are forgotten. The readings come in the order of the configuration.
func (r *Rounds) Reread(ctx context.Context) ([]Reading, error) {
	before, err := r.deps.Store.Reports(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Reading, 0, len(r.plan.Reports))
	for _, report := range r.plan.Reports {
		now := r.tick()
		listing, err := r.read(ctx, report)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		reading := Reading{Listing: listing, ReadAt: now, TriedAt: now}
		if err != nil {
			reading = earlier(before, report)
			reading.TriedAt, reading.Trouble = now, err.Error()
		}
		if err := r.deps.Store.PutReport(ctx, reading); err != nil {
			return nil, err
		}
		out = append(out, reading)
	}
	for _, old := range before {
		if !r.configured(old.Listing.Report.ID) {
			if err := r.deps.Store.DropReport(ctx, old.Listing.Report.ID); err != nil {
				return nil, err
			}
		}
	}
	return out, r.LoadBook(ctx)
}

// Check reads all reports and keeps nothing. Readings with Trouble could not be read.
func (r *Rounds) Check(ctx context.Context) ([]Reading, error) {
	out := make([]Reading, len(r.plan.Reports))
	for i, report := range r.plan.Reports {
		listing, err := r.read(ctx, report)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out[i] = Reading{Listing: listing, ReadAt: r.tick(), TriedAt: r.tick()}
		out[i].Listing.Report = report
		if err != nil {
			out[i].Trouble = err.Error()
		}
	}
	return out, nil
}

// read reads one report and finds the accounts of its rows.
func (r *Rounds) read(ctx context.Context, report target.Report) (target.Listing, error) {
	if r.deps.Open == nil {
		return target.Listing{}, errors.New("nothing opens reports")
	}
	sheet, err := r.deps.Open(ctx, report)
	if err != nil {
		return target.Listing{}, err
	}
	l, err := report.Read(sheet.Header, sheet.Rows)
	if err != nil {
		return target.Listing{}, err
	}
	l.Problems = append(sheet.Problems, l.Problems...)
	if l.Rows > 0 && len(l.Accounts) == 0 {
		return target.Listing{}, fmt.Errorf("none of %d rows can be used; the first: %s", l.Rows, l.Problems[0])
	}
	return l, r.resolve(ctx, &l)
}

// resolve finds the accounts of rows that name none, in one question.
func (r *Rounds) resolve(ctx context.Context, l *target.Listing) error {
	var cs []matching.Company
	for _, a := range l.Accounts {
		if a.ID == "" {
			cs = append(cs, matching.Company{Name: a.Name, Domain: a.Website})
		}
	}
	var found []matching.AccountMatch
	if len(cs) > 0 {
		if r.deps.Match == nil {
			return errors.New("rows name no account id, and there are no accounts to compare them with")
		}
		var err error
		if found, err = r.deps.Match(ctx, cs); err != nil {
			return fmt.Errorf("accounts of rows without an id were not found: %w", err)
		}
	}
	next := 0
	l.Resolve(func(matching.Company) matching.AccountMatch {
		next++
		return found[next-1]
	})
	return nil
}

func earlier(before []Reading, report target.Report) Reading {
	for _, old := range before {
		if old.Listing.Report.ID == report.ID {
			return old
		}
	}
	return Reading{Listing: target.Listing{Report: report}}
}

func (r *Rounds) configured(id string) bool {
	return slices.ContainsFunc(r.plan.Reports, func(report target.Report) bool { return report.ID == id })
}

// LoadBook takes up what the store holds of the reports, as they are configured now.
// Another process may have read them.
func (r *Rounds) LoadBook(ctx context.Context) error {
	readings, err := r.deps.Store.Reports(ctx)
	if err != nil {
		return err
	}
	var listings []target.Listing
	for _, report := range r.plan.Reports {
		l := earlier(readings, report).Listing
		l.Report = report
		listings = append(listings, l)
	}
	r.book.Store(target.Merge(listings...))
	return nil
}

// Readings are what the store holds of the reports that are configured, in their order.
func (r *Rounds) Readings(ctx context.Context) ([]Reading, error) {
	readings, err := r.deps.Store.Reports(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Reading, len(r.plan.Reports))
	for i, report := range r.plan.Reports {
		out[i] = earlier(readings, report)
		out[i].Listing.Report = report
	}
	return out, nil
}
