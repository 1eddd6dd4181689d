package sftest

import (
	"context"
	"net/http"
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// selectChunk is how many rows are read from an answer at a time.
const selectChunk = 2000

// bulkStatement checks the statement of a query job. Not nil is the refusal.
func (s *Server) bulkStatement(text string) (*statement, *response) {
	q, err := soql.Parse(text)
	if err != nil {
		return nil, refusedStatement(err)
	}
	if what := notInBulk(q); what != "" {
		return nil, failed(http.StatusBadRequest, "API_ERROR", "FeatureNotEnabled : "+what+" not supported in Bulk Query")
	}
	if s.options.BulkSource != nil {
		if rows, record := s.options.BulkSource(crm.Object(q.Object)); record != nil {
			return s.generated(q, rows, record)
		}
	}
	st, err := soql.Prepare(s.source(), q)
	if err != nil {
		return nil, refusedStatement(err)
	}
	// What is prepared reads dates such as TODAY; the job reads them anew.
	run := func(s *Server, all bool) (*table, error) { return s.selectText(context.Background(), text, all) }
	return &statement{object: st.Object(), run: run}, nil
}

// notInBulk names what the Bulk API documents not to take; "" when there is none
// of it.
func notInBulk(q *soql.Query) string {
	switch {
	case q.IsCount() || q.IsAggregate() || len(q.GroupBy) > 0:
		return "Aggregate Functions and GROUP BY are"
	case q.Offset >= 0:
		return "OFFSET is"
	case slices.ContainsFunc(q.Items, func(it soql.Item) bool { return it.Children != nil }):
		return "Parent-to-child relationships are"
	default:
		return ""
	}
}

// selectText answers a query with a table of text, as it is now.
func (s *Server) selectText(ctx context.Context, text string, all bool) (*table, error) {
	q, err := soql.Parse(text)
	if err != nil {
		return nil, err
	}
	st, err := soql.Prepare(s.source(), q)
	if err != nil {
		return nil, err
	}
	answer, err := st.Run(ctx, all)
	if err != nil {
		return nil, err
	}
	columns := st.Columns()
	out := &table{columns: make([]string, len(columns)), rows: answer.Size}
	for i, c := range columns {
		out.columns[i] = c.Name
	}
	rows := make([][]string, 0, answer.Size)
	for from := 0; from < answer.Size; from += selectChunk {
		part, err := answer.Rows(ctx, from, min(answer.Size, from+selectChunk))
		if err != nil {
			return nil, err
		}
		for _, row := range part {
			cells := row.Texts()
			for i, c := range columns {
				cells[i] = bulkText(c.Field.Type, cells[i])
			}
			rows = append(rows, cells)
		}
	}
	// A record that was deleted between the two reads is left out.
	out.rows = len(rows)
	out.cells = func(i int) []string { return rows[i] }
	return out, nil
}
