package sftest

import (
	"context"
	"net/http"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// generated prepares a statement on an object whose rows are made by
// Options.BulkSource. Only what a generator can answer truly is taken: fields,
// all rows, in order of id.
func (s *Server) generated(q *soql.Query, rows int, record func(int) crm.Record) (*statement, *response) {
	o := crm.Object(q.Object)
	schema, err := s.CRM().Describe(context.Background(), o)
	if err != nil {
		return nil, failed(http.StatusBadRequest, soql.InvalidType, "sObject type '"+q.Object+"' is not supported.")
	}
	if q.Where != nil || q.Limit >= 0 || !ordersByID(q.OrderBy) {
		return nil, failed(http.StatusBadRequest, soql.MalformedQuery,
			"The rows of "+q.Object+" are generated: they can be selected and ordered by Id, but not filtered")
	}
	columns := make([]string, len(q.Items))
	fields := make([]crm.Field, len(q.Items))
	for i, item := range q.Items {
		f, ok := schema.Field(item.Path)
		if !ok {
			return nil, failed(http.StatusBadRequest, soql.InvalidField, "No such column '"+item.Path+"' on entity '"+q.Object+"'.")
		}
		columns[i], fields[i] = f.Name, f
	}
	run := func(*Server, bool) (*table, error) {
		return &table{columns: columns, rows: rows, cells: generatedCells(fields, record)}, nil
	}
	return &statement{object: o, run: run}, nil
}

func ordersByID(order []soql.Order) bool {
	return len(order) == 0 || len(order) == 1 && order[0].Path == "Id" && order[0].Func == "" && !order[0].Descending
}

// generatedCells gives each row a slice of its own, since several pages may be
// read at the same time.
func generatedCells(fields []crm.Field, record func(int) crm.Record) func(i int) []string {
	return func(i int) []string {
		r := record(i)
		cells := make([]string, len(fields))
		for k, f := range fields {
			cells[k] = generatedCell(f, r)
		}
		return cells
	}
}

func generatedCell(f crm.Field, r crm.Record) string {
	switch f.Name {
	case "Id":
		return r.ID
	case "IsDeleted":
		return crm.FormatBool(r.Deleted)
	case "MasterRecordId":
		return r.MasterID
	case "SystemModstamp":
		if v := string(r.Version); v != "" {
			return v
		}
	}
	return bulkText(f.Type, r.Fields[f.Name])
}

// bulkText is a value as bulk results write it.
func bulkText(t crm.Type, text string) string {
	switch {
	case t == crm.TypeDateTime:
		return crm.FormatTime(crm.ParseTime(text))
	case t == crm.TypeBoolean:
		return crm.FormatBool(crm.IsTrue(text))
	default:
		return text
	}
}
