package salesforcereport

import (
	"context"
	"iter"
	"slices"

	"github.com/onward-crm/onward/crm/salesforce"
)

// Table is a report as plain rows, for whoever reads something else than people out of
// it: its columns, as Columns names them, and the texts of their cells, positionally. A
// cell that links to a record gives the record's id in a column that is among ids, and
// the name otherwise. The errors are those of New.
func Table(ctx context.Context, org *salesforce.Org, ref string, ids ...string) ([]string, iter.Seq2[[]string, error], error) {
	p, err := open(ctx, org, ref)
	if err != nil {
		return nil, nil, err
	}
	h := newHeader(p)
	wanted := make([]bool, len(h.names))
	for i, name := range h.names {
		wanted[i] = slices.ContainsFunc(ids, func(id string) bool { return key(id) == key(name) || key(id) == key(h.columns[i].Name) })
	}
	rows := func(yield func([]string, error) bool) {
		for row, err := range p.Rows(ctx) {
			if err != nil {
				yield(nil, explained(p.ID, err))
				return
			}
			cells := slices.Concat(row.Cells, row.Groups)
			texts := make([]string, len(h.names)) // a row outside the groups has fewer cells
			for i := range min(len(cells), len(texts)) {
				texts[i] = text(cells[i], wanted[i])
			}
			if !yield(texts, nil) {
				return
			}
		}
	}
	return h.names, rows, nil
}
