package soql

import (
	"context"

	"github.com/onward-crm/onward/crm"
)

// Result is the answer to a statement.
type Result struct {
	// Size is the number of rows of the whole answer, or what COUNT() counted.
	Size int

	st  *Statement
	all bool
	ids []string
	// rows is nil when the rows are to be read once more, by their ids.
	rows []*crm.Record
}

// Run checks and answers a query. With all, deleted records count as well.
func Run(ctx context.Context, src Source, q *Query, all bool) (*Result, error) {
	st, err := Prepare(src, q)
	if err != nil {
		return nil, err
	}
	return st.Run(ctx, all)
}

// Run answers the statement. With all, deleted records count as well. Of long
// answers that no condition on a value leads to, only the ids are kept.
func (st *Statement) Run(ctx context.Context, all bool) (*Result, error) {
	out := &Result{st: st, all: all}
	switch {
	case st.query.IsCount():
		err := st.scan(ctx, all, st.filter.fields, nil, func(rows []*crm.Record) (bool, error) {
			out.Size += len(rows)
			return true, nil
		})
		if st.query.Limit >= 0 {
			out.Size = min(out.Size, st.query.Limit)
		}
		return out, err
	case st.group != nil:
		rows, err := st.groups(ctx, all)
		out.rows, out.Size = rows, len(rows)
		return out, err
	}
	fields, led := st.filter.fields, st.led()
	if led {
		fields = merged(fields, st.out.fields)
	}
	rows, err := st.collect(ctx, all, fields)
	if err != nil {
		return nil, err
	}
	out.Size = len(rows)
	out.ids = make([]string, len(rows))
	for i, row := range rows {
		out.ids[i] = row.ID
	}
	if led {
		out.rows = rows
	}
	return out, nil
}

// collect gives the rows of the answer in their order.
func (st *Statement) collect(ctx context.Context, all bool, fields []string) ([]*crm.Record, error) {
	enough := -1
	if st.query.Limit >= 0 && st.inOrder() {
		enough = max(st.query.Offset, 0) + st.query.Limit
	}
	lean := len(st.order) == 0 && len(fields) == 0
	var rows []*crm.Record
	err := st.scan(ctx, all, fields, nil, func(page []*crm.Record) (bool, error) {
		for _, row := range page {
			if lean {
				row = &crm.Record{Object: row.Object, ID: row.ID}
			}
			rows = append(rows, row)
		}
		return enough < 0 || len(rows) < enough, nil
	})
	if err != nil {
		return nil, err
	}
	st.sort(rows)
	return st.query.window(rows), nil
}

// IDs are the records of the answer, in order; nil when it has none because it
// counts or groups.
func (r *Result) IDs() []string { return r.ids }

// Rows gives the rows from one number up to, but without, another.
func (r *Result) Rows(ctx context.Context, from, to int) ([]Row, error) {
	if r.st.group != nil || r.rows != nil {
		return r.st.render(ctx, r.rows[from:to], r.all)
	}
	return r.st.Rows(ctx, r.ids[from:to], r.all)
}

// Rows gives the rows of an earlier answer anew, as they are now, in the order of
// their ids' list. Records that are gone are left out.
func (st *Statement) Rows(ctx context.Context, ids []string, all bool) ([]Row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found := make(map[string]*crm.Record, len(ids))
	q := crm.Query{Object: st.root.object, Select: st.out.fields, Deleted: all}
	err := byID(ctx, st.r.src, q, ids, func(rec *crm.Record) { found[rec.ID] = rec })
	if err != nil {
		return nil, err
	}
	rows := make([]*crm.Record, 0, len(ids))
	for _, id := range ids {
		if row := found[id]; row != nil {
			rows = append(rows, row)
		}
	}
	return st.render(ctx, rows, all)
}

// childRows answers a sub-query for all parents at once.
func (st *Statement) childRows(ctx context.Context, parents []string, all bool) (map[string][]Row, error) {
	byParent := map[string][]*crm.Record{}
	fields := merged(merged(st.filter.fields, st.out.fields), []string{st.link})
	link := []crm.Cond{{Field: st.link, Op: crm.OpIn, Values: parents}}
	err := st.scan(ctx, all, fields, link, func(rows []*crm.Record) (bool, error) {
		for _, row := range rows {
			id := row.Fields[st.link]
			byParent[id] = append(byParent[id], row)
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string][]Row, len(byParent))
	for _, id := range parents {
		rows := byParent[id]
		st.sort(rows)
		if out[id], err = st.render(ctx, st.query.window(rows), all); err != nil {
			return nil, err
		}
	}
	return out, nil
}
