package soql

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

// sortKey is one entry of ORDER BY.
type sortKey struct {
	col                   *column
	descending, nullsLast bool
}

func (st *Statement) orderBy(find func(Term) (*column, error)) error {
	for _, o := range st.query.OrderBy {
		col, err := find(o.Term)
		if err != nil {
			return err
		}
		if k := classOf(col.field); k == classLong || k == classMulti {
			return refuse(InvalidField, "field '%s' can not be sorted in a query call", col.name)
		}
		st.order = append(st.order, sortKey{col, o.Descending, o.NullsLast})
	}
	return nil
}

// inOrder tells that rows come from the source in the order that is wanted.
func (st *Statement) inOrder() bool {
	if len(st.order) == 0 {
		return true
	}
	first := st.order[0]
	return first.col.node == st.filter && first.col.field.Name == "Id" && !first.descending
}

// sort orders rows; those that are equal keep their places.
func (st *Statement) sort(rows []*crm.Record) {
	if len(rows) < 2 || st.group == nil && st.inOrder() {
		return
	}
	type keyed struct {
		row  *crm.Record
		keys []string
	}
	list := make([]keyed, len(rows))
	for i, row := range rows {
		list[i] = keyed{row, st.sortKeys(row)}
	}
	slices.SortStableFunc(list, func(a, b keyed) int {
		for i, s := range st.order {
			if n := s.compare(a.keys[i], b.keys[i]); n != 0 {
				return n
			}
		}
		return 0
	})
	for i := range list {
		rows[i] = list[i].row
	}
}

// sortKeys are a row's values in the form of key, blank ones blank.
func (st *Statement) sortKeys(row *crm.Record) []string {
	out := make([]string, len(st.order))
	for i, s := range st.order {
		if v := s.col.value(row); v != "" {
			out[i] = key(s.col.field, v)
		}
	}
	return out
}

func (s sortKey) compare(a, b string) int {
	switch {
	case a == "" && b == "":
		return 0
	case a == "" || b == "":
		if (a == "") == s.nullsLast {
			return 1
		}
		return -1
	case s.descending:
		a, b = b, a
	}
	return compare(s.col.field, a, b)
}

// window cuts out what OFFSET and LIMIT leave.
func (q *Query) window(rows []*crm.Record) []*crm.Record {
	rows = rows[min(max(q.Offset, 0), len(rows)):]
	if q.Limit >= 0 {
		rows = rows[:min(q.Limit, len(rows))]
	}
	return rows
}
