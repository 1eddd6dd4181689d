package soql

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// maxGroups is the number of rows of an answer that groups; it has no pages.
const maxGroups = 2000

// grouping is what a statement with aggregates does to its rows. A group is a
// record whose fields are called after the terms, such as "COUNT(Id)".
type grouping struct {
	keys   []*column
	sums   []sum
	node   *node
	having test
}

// sum is one aggregate.
type sum struct {
	fn   string
	col  *column
	name string
}

// aggregate reads SELECT, HAVING and ORDER BY of a statement that groups.
func (st *Statement) aggregate() error {
	g := &grouping{node: &node{entity: &entity{object: st.root.object}}}
	st.group = g
	if q := st.query; len(q.GroupBy) == 0 && (q.Limit >= 0 || q.Offset >= 0 || len(q.OrderBy) > 0) {
		return malformed("aggregates without GROUP BY give one row: ORDER BY, LIMIT and OFFSET cannot stand beside them")
	}
	for _, path := range st.query.GroupBy {
		col, err := st.filterColumn(Term{Path: path})
		if err != nil {
			return err
		}
		switch classOf(col.field) {
		case classText, classID, classBoolean, classDate:
		default:
			return refuse(InvalidField, "field '%s' can not be grouped in a query call", col.name)
		}
		g.keys = append(g.keys, col)
	}
	if err := st.projectGroups(); err != nil {
		return err
	}
	if st.query.Having != nil {
		c := &compiler{now: st.r.src.Now(), column: st.groupColumn}
		var err error
		if g.having, err = c.expr(st.query.Having); err != nil {
			return err
		}
	}
	return st.orderBy(st.groupColumn)
}

func (st *Statement) projectGroups() error {
	st.shape = &shape{}
	unnamed := 0
	for _, it := range st.query.Items {
		if it.Children != nil || it.Func == fieldsFunc {
			return malformed("a query that groups takes fields and aggregates only")
		}
		col, err := st.groupColumn(it.Term)
		if err != nil {
			return err
		}
		name := it.Alias
		switch {
		case name != "":
		case it.Func != "":
			name = "expr" + strconv.Itoa(unnamed)
			unnamed++
		default:
			name = col.name[strings.LastIndexByte(col.name, '.')+1:]
		}
		if slices.ContainsFunc(st.shape.slots, func(x slot) bool { return strings.EqualFold(x.name, name) }) {
			return malformed("duplicate alias: %s", name)
		}
		st.shape.slots = append(st.shape.slots, slot{name: name, col: col})
	}
	return nil
}

// groupColumn finds a term among the fields of a group, adding the aggregate when
// it is new.
func (st *Statement) groupColumn(t Term) (*column, error) {
	if t.Func == countFunc && t.Path == "" {
		return nil, malformed("COUNT() has to be the only element in the SELECT clause")
	}
	col, err := st.filterColumn(Term{Path: t.Path})
	if err != nil {
		return nil, err
	}
	g, f, name := st.group, col.field, col.name
	if t.Func == "" {
		if !slices.ContainsFunc(g.keys, func(k *column) bool { return k.name == name }) {
			return nil, malformed("Field must be grouped or aggregated: %s", name)
		}
		f.Name = name
		return &column{node: g.node, field: f, name: name}, nil
	}
	if !aggregable(t.Func, classOf(f)) {
		return nil, refuse(InvalidField, "field %s does not support aggregate operator %s", name, t.Func)
	}
	s := sum{fn: t.Func, col: col, name: t.Func + "(" + name + ")"}
	if !slices.ContainsFunc(g.sums, func(x sum) bool { return x.name == s.name }) {
		g.sums = append(g.sums, s)
	}
	if t.Func != "MIN" && t.Func != "MAX" {
		f = crm.Field{Type: crm.TypeNumber}
	}
	f.Name = s.name
	return &column{node: g.node, field: f, name: s.name}, nil
}

func aggregable(fn string, k class) bool {
	switch fn {
	case "SUM", "AVG":
		return k == classNumber
	case "MIN", "MAX":
		return k != classBoolean && k != classLong && k != classMulti
	default:
		return k != classBoolean && k != classLong && k != classMulti
	}
}

// computes tells an aggregate from a field by which rows are grouped.
func (g *grouping) computes(name string) bool {
	return slices.ContainsFunc(g.sums, func(s sum) bool { return s.name == name })
}

// bucket gathers the rows of one group.
type bucket struct {
	rec    *crm.Record
	order  string
	totals []total
}

// total gathers the values of one aggregate.
type total struct {
	n        int
	number   float64
	best     string
	distinct map[string]bool
}

// groups gives the groups in order.
func (st *Statement) groups(ctx context.Context, all bool) ([]*crm.Record, error) {
	g := st.group
	buckets := map[string]*bucket{}
	if len(g.keys) == 0 {
		buckets[""] = g.bucket("", nil)
	}
	err := st.scan(ctx, all, st.filter.fields, nil, func(rows []*crm.Record) (bool, error) {
		for _, row := range rows {
			id := g.id(row)
			b := buckets[id]
			if b == nil {
				b = g.bucket(id, row)
				buckets[id] = b
			}
			for i, s := range g.sums {
				b.totals[i].add(s, s.col.value(row))
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	rows := st.query.window(st.finish(buckets))
	if len(rows) > maxGroups {
		return nil, refuse(TooManyGroups, "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch")
	}
	return rows, nil
}

// finish turns buckets into the rows that HAVING leaves, in their order.
func (st *Statement) finish(buckets map[string]*bucket) []*crm.Record {
	g := st.group
	list := make([]*bucket, 0, len(buckets))
	for _, b := range buckets {
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b *bucket) int { return strings.Compare(a.order, b.order) })
	var rows []*crm.Record
	for _, b := range list {
		for i, s := range g.sums {
			b.rec.Fields[s.name] = b.totals[i].text(s)
		}
		if g.having == nil || g.having(b.rec) {
			rows = append(rows, b.rec)
		}
	}
	st.sort(rows)
	return rows
}

// id tells groups apart.
func (g *grouping) id(row *crm.Record) string {
	var b strings.Builder
	for _, k := range g.keys {
		b.WriteString(key(k.field, k.value(row)))
		b.WriteByte(0)
	}
	return b.String()
}

func (g *grouping) bucket(id string, row *crm.Record) *bucket {
	b := &bucket{rec: &crm.Record{Fields: crm.Fields{}}, order: id, totals: make([]total, len(g.sums))}
	for _, k := range g.keys {
		v := k.value(row)
		b.rec.Fields[k.name] = v
		if k.name == "Id" {
			b.rec.ID = v
		}
	}
	return b
}

// add counts a value in; blank ones count nowhere.
func (t *total) add(s sum, v string) {
	if v == "" {
		return
	}
	t.n++
	f := s.col.field
	switch s.fn {
	case "COUNT_DISTINCT":
		if t.distinct == nil {
			t.distinct = map[string]bool{}
		}
		t.distinct[key(f, v)] = true
	case "SUM", "AVG":
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			t.number += n
		}
	case "MIN", "MAX":
		n := compare(f, key(f, v), key(f, t.best))
		if t.best == "" || n < 0 && s.fn == "MIN" || n > 0 && s.fn == "MAX" {
			t.best = v
		}
	}
}

func (t *total) text(s sum) string {
	switch {
	case s.fn == countFunc:
		return strconv.Itoa(t.n)
	case s.fn == "COUNT_DISTINCT":
		return strconv.Itoa(len(t.distinct))
	case t.n == 0:
		return ""
	case s.fn == "SUM":
		return strconv.FormatFloat(t.number, 'f', -1, 64)
	case s.fn == "AVG":
		return strconv.FormatFloat(t.number/float64(t.n), 'f', -1, 64)
	default:
		return t.best
	}
}
