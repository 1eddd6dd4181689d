package soql

import (
	"context"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Statement is a query whose names and types were checked against a source. It
// may be run again and again, but not by two goroutines at once.
type Statement struct {
	r     *resolver
	query *Query
	root  *entity

	// filter is the tree of what conditions and order read, out that of what is
	// selected. A row is read for the first before it is known whether it is
	// wanted for the second.
	filter, out *node
	test        test
	semis       []*semi
	// conds are the conditions that the source can check; start is the id after
	// which the rows begin.
	conds []crm.Cond
	start string
	// joins are conditions for the source whose values the semi-joins tell.
	joins []join
	order []sortKey
	shape *shape
	group *grouping
	// link is the reference to the parent, in a sub-query over children.
	link string
}

// join is a semi-join that the source can check.
type join struct {
	field string
	semi  *semi
}

// Prepare checks a query against the schemas of a source. The error is an *Error.
func Prepare(src Source, q *Query) (*Statement, error) {
	r := newResolver(src)
	root := r.named(q.Object)
	if root == nil {
		return nil, noObject(q.Object)
	}
	if q.AllRows {
		return nil, malformed("ALL ROWS not allowed in this context")
	}
	st, err := r.prepare(q, root)
	if err != nil {
		return nil, err
	}
	return st, nil
}

func noObject(name string) error {
	return refuse(InvalidType, "sObject type '%s' is not supported. If you are attempting to use a custom object, "+
		"be sure to append the '__c' after the entity name.", name)
}

func (r *resolver) prepare(q *Query, root *entity) (*Statement, error) {
	st := &Statement{r: r, query: q, root: root, filter: &node{entity: root}, out: &node{entity: root}}
	if err := st.where(); err != nil {
		return nil, err
	}
	if q.IsAggregate() {
		return st, st.aggregate()
	}
	if q.Having != nil {
		return nil, malformed("HAVING needs GROUP BY")
	}
	if q.IsCount() {
		if len(q.OrderBy) > 0 {
			return nil, malformed("COUNT() cannot be ordered")
		}
		return st, nil
	}
	if err := st.project(); err != nil {
		return nil, err
	}
	return st, st.orderBy(func(t Term) (*column, error) {
		if t.Func != "" {
			return nil, malformed("%s in ORDER BY needs GROUP BY", t.Func)
		}
		return r.column(st.filter, q.Alias, t.Path)
	})
}

func (st *Statement) where() error {
	if st.query.Where == nil {
		st.test = func(*crm.Record) bool { return true }
		return nil
	}
	if err := refuseNestedJoins(st.query.Where, ""); err != nil {
		return err
	}
	c := &compiler{now: st.r.src.Now(), column: st.filterColumn, semi: st.semi}
	var err error
	if st.test, err = c.expr(st.query.Where); err != nil {
		return err
	}
	st.push(st.query.Where)
	return nil
}

func (st *Statement) filterColumn(t Term) (*column, error) {
	return st.r.column(st.filter, st.query.Alias, t.Path)
}

// refuseNestedJoins refuses sub-queries where the platform does: below the
// operators OR and NOT.
func refuseNestedJoins(x Expr, below string) error {
	switch x := x.(type) {
	case *And:
		return eachNested(x.All, below)
	case *Or:
		return eachNested(x.Any, "OR")
	case *Not:
		return refuseNestedJoins(x.X, "NOT")
	case *Compare:
		if x.Select != nil && below != "" {
			return malformed("Semi join sub-selects are not allowed with the '%s' operator", below)
		}
	}
	return nil
}

func eachNested(list []Expr, below string) error {
	for _, x := range list {
		if err := refuseNestedJoins(x, below); err != nil {
			return err
		}
	}
	return nil
}

// maxSemis is the number of semi-joins in one statement.
const maxSemis = 2

// semi makes a sub-query of IN ready. It selects ids of another object.
func (st *Statement) semi(x *Compare) (*semi, error) {
	q := x.Select
	switch {
	case len(st.semis) == maxSemis:
		return nil, malformed("maximum %d semi join sub-selects are allowed", maxSemis)
	case len(q.OrderBy) > 0 || q.Limit >= 0 || q.Offset >= 0 || len(q.GroupBy) > 0 || q.For != "" || q.AllRows || q.With != "":
		return nil, malformed("semi join sub-selects take a WHERE clause only")
	case len(q.Items) != 1 || q.Items[0].Func != "" || q.Items[0].Children != nil || q.Items[0].Alias != "" || strings.Contains(q.Items[0].Path, "."):
		return nil, malformed("semi join sub-selects must select exactly one field")
	}
	e := st.r.named(q.Object)
	if e == nil {
		return nil, noObject(q.Object)
	}
	if e == st.root {
		return nil, malformed("The inner and outer selects should not be on the same object type")
	}
	f, ok := e.field(q.Items[0].Path)
	if !ok {
		return nil, noColumn(q.Items[0].Path, e)
	}
	if classOf(f) != classID {
		return nil, malformed("The inner select field '%s' must be an ID or a reference", f.Name)
	}
	inner, err := st.r.prepare(q, e)
	if err != nil {
		return nil, err
	}
	if len(inner.semis) > 0 {
		return nil, malformed("Nesting of semi join sub-selects is not supported")
	}
	s := &semi{statement: inner, field: f}
	st.semis = append(st.semis, s)
	return s, nil
}

// push hands conditions that every row must meet to the source.
func (st *Statement) push(x Expr) {
	switch x := x.(type) {
	case *And:
		for _, y := range x.All {
			st.push(y)
		}
	case *Or:
		if one := sameField(x); one != nil {
			st.pushCompare(one)
		}
	case *Compare:
		st.pushCompare(x)
	}
}

// sameField makes one IN of equalities of one field, such as Email = null OR Email
// IN (…); nil when the conditions are anything else.
func sameField(x *Or) *Compare {
	out := &Compare{Op: OpIn}
	for i, y := range x.Any {
		c, ok := y.(*Compare)
		if !ok || c.Select != nil || c.Op != OpEqual && c.Op != OpIn || i > 0 && c.Term != out.Term {
			return nil
		}
		if slices.ContainsFunc(c.Values, func(v Literal) bool { return v.Kind == KindCalendar }) {
			return nil
		}
		out.Term = c.Term
		out.Values = append(out.Values, c.Values...)
	}
	return out
}

func (st *Statement) pushCompare(x *Compare) {
	col, err := st.filterColumn(x.Term)
	if err != nil || col.node != st.filter {
		return
	}
	k, name := classOf(col.field), col.field.Name
	switch {
	case x.Select != nil:
		if x.Op == OpIn {
			st.joins = append(st.joins, join{name, st.semiOf(x)})
		}
	case k == classMulti || x.Values[0].Kind == KindCalendar:
	case x.Op == OpEqual || x.Op == OpIn:
		values := make([]string, len(x.Values))
		for i, v := range x.Values {
			values[i] = v.text(k)
		}
		st.conds = append(st.conds, crm.Cond{Field: name, Op: crm.OpIn, Values: values})
	case (x.Op == OpGreater || x.Op == OpGreaterOrEqual) && (k == classDate || k == classDateTime):
		st.conds = append(st.conds, crm.Cond{Field: name, Op: crm.OpSince, Values: []string{x.Values[0].text(k)}})
	case x.Op == OpGreater && name == "Id":
		st.start = max(st.start, x.Values[0].text(k))
	}
}

// semiOf finds the semi-join that was made of a sub-query.
func (st *Statement) semiOf(x *Compare) *semi {
	for _, s := range st.semis {
		if s.statement.query == x.Select {
			return s
		}
	}
	return nil
}

// find is the query to the source. Booleans are blank for nobody, so that null
// among their values is false already.
func (st *Statement) find(all bool, fields []string) crm.Query {
	q := crm.Query{Object: st.root.object, Select: fields, Deleted: all, Cursor: st.start}
	q.Where = append(q.Where, st.conds...)
	for _, j := range st.joins {
		values := make([]string, 0, len(j.semi.ids))
		for id := range j.semi.ids {
			values = append(values, id)
		}
		q.Where = append(q.Where, crm.Cond{Field: j.field, Op: crm.OpIn, Values: values})
	}
	return q
}

// led tells whether few rows are expected, because a condition names values.
func (st *Statement) led() bool {
	for _, c := range st.conds {
		if c.Op == crm.OpIn {
			return true
		}
	}
	return len(st.joins) > 0 || st.query.Limit >= 0 && st.query.Limit <= maxOffset && st.inOrder()
}

// scan gives the rows that meet all conditions and one more for the source, page
// by page, with the given fields.
func (st *Statement) scan(ctx context.Context, all bool, fields []string, more []crm.Cond, take func([]*crm.Record) (bool, error)) error {
	for _, s := range st.semis {
		if err := s.run(ctx, all); err != nil {
			return err
		}
		if len(s.ids) == 0 && st.joined(s) {
			return nil
		}
	}
	q := st.find(all, fields)
	q.Where = append(q.Where, more...)
	return pages(ctx, st.r.src, q, func(recs []crm.Record) (bool, error) {
		rows := make([]*crm.Record, len(recs))
		for i := range recs {
			rows[i] = &recs[i]
		}
		if err := st.filter.load(ctx, st.r.src, rows, all); err != nil {
			return false, err
		}
		kept := rows[:0]
		for _, row := range rows {
			if st.test(row) {
				kept = append(kept, row)
			}
		}
		return take(kept)
	})
}

func (st *Statement) joined(s *semi) bool {
	for _, j := range st.joins {
		if j.semi == s {
			return true
		}
	}
	return false
}

func merged(a, b []string) []string {
	n := &node{}
	for _, f := range append(append([]string(nil), a...), b...) {
		n.read(f)
	}
	return n.fields
}

// Object is the object of the FROM clause.
func (st *Statement) Object() crm.Object { return st.root.object }

// Query is what the statement was made of.
func (st *Statement) Query() *Query { return st.query }
