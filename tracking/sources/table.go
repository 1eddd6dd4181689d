package sources

import (
	"context"
	"iter"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Table is a source with columns: a Salesforce report, whose header are its columns'
// labels; a HubSpot list, whose header are the properties that are read.
type Table struct {
	// Header names the columns. Cells gives the rows, each with a cell for every
	// column, from the beginning; an error comes once, with no cells, and is the last.
	Header []string
	Cells  func(ctx context.Context) iter.Seq2[[]string, error]
	// Mapping says which column holds what.
	Mapping tracking.Mapping
}

// Source binds the mapping. The error is that of Mapping.Bind: a report that lost a
// column is refused before anything is read, and the column is named.
func (t Table) Source() (contacts.Source, error) {
	columns, err := t.Mapping.Bind(t.Header)
	if err != nil {
		return nil, err
	}
	return tableRows{t.Cells, columns}, nil
}

type tableRows struct {
	cells   func(ctx context.Context) iter.Seq2[[]string, error]
	columns tracking.Columns
}

// Rows numbers rows from 1.
func (t tableRows) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		n := 0
		for cells, err := range t.cells(ctx) {
			if err != nil {
				yield(tracking.Row{}, err)
				return
			}
			n++
			if !yield(tracking.Row{Number: n, Person: t.columns.Person(cells)}, nil) {
				return
			}
		}
	}
}
