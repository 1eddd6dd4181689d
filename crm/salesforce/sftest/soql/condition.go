package soql

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// test tells whether a row meets a condition.
type test func(row *crm.Record) bool

// compiler turns conditions into tests.
type compiler struct {
	// column finds the field of a term.
	column func(Term) (*column, error)
	// semi makes ready a sub-query of IN; nil where none may stand.
	semi func(*Compare) (*semi, error)
	now  time.Time
}

// semi is a sub-query of IN. It is run before the rows are tested.
type semi struct {
	statement *Statement
	// field is the one that it selects.
	field crm.Field
	ids   map[string]bool
}

func (c *compiler) expr(x Expr) (test, error) {
	switch x := x.(type) {
	case *And:
		list, err := c.list(x.All)
		return func(row *crm.Record) bool {
			return !slices.ContainsFunc(list, func(t test) bool { return !t(row) })
		}, err
	case *Or:
		list, err := c.list(x.Any)
		return func(row *crm.Record) bool {
			return slices.ContainsFunc(list, func(t test) bool { return t(row) })
		}, err
	case *Not:
		t, err := c.expr(x.X)
		return func(row *crm.Record) bool { return !t(row) }, err
	default:
		return c.compare(x.(*Compare))
	}
}

func (c *compiler) list(xs []Expr) ([]test, error) {
	out := make([]test, len(xs))
	for i, x := range xs {
		var err error
		if out[i], err = c.expr(x); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *compiler) compare(x *Compare) (test, error) {
	col, err := c.column(x.Term)
	if err != nil {
		return nil, err
	}
	k := classOf(col.field)
	if k == classLong {
		return nil, refuse(InvalidField, "field '%s' can not be filtered in a query call", col.name)
	}
	if !allowed(k, x.Op) {
		return nil, refuse(InvalidField, "invalid operator on %s field", strings.ToLower(string(k)))
	}
	if x.Select != nil {
		return c.compareSelect(x, col)
	}
	for _, v := range x.Values {
		if err := fits(col, k, x.Op, v); err != nil {
			return nil, err
		}
	}
	switch x.Op {
	case OpLike:
		p := newPattern(x.Values[0].Text, func(v string) string { return key(col.field, v) })
		return func(row *crm.Record) bool {
			v := col.value(row)
			return v != "" && p.matches(v)
		}, nil
	case OpEqual, OpIn, OpUnequal, OpNotIn:
		if x.Values[0].Kind != KindCalendar {
			return equality(col, x), nil
		}
	case OpIncludes, OpExcludes:
		return membership(col, x), nil
	}
	return c.inequality(col, k, x), nil
}

// allowed tells which operators a class of fields takes.
func allowed(k class, op Op) bool {
	switch op {
	case OpIncludes, OpExcludes:
		return k == classMulti
	case OpLike:
		return k == classText
	case OpLess, OpLessOrEqual, OpGreater, OpGreaterOrEqual:
		return k != classBoolean && k != classMulti
	case OpIn, OpNotIn:
		return k != classMulti
	default:
		return true
	}
}

// fits refuses values that are not of the field's type.
func fits(col *column, k class, op Op, v Literal) error {
	ok := false
	switch v.Kind {
	case KindNull:
		if op == OpEqual || op == OpUnequal || op == OpIn || op == OpNotIn {
			return nil
		}
		return malformed("null cannot be compared by %s", op)
	case KindCalendar:
		ok = (k == classDate || k == classDateTime) && op != OpIn && op != OpNotIn
	case KindPattern:
		ok = true
	case KindString:
		ok = k == classText || k == classID || k == classMulti
	default:
		ok = string(v.Kind) == string(k) || v.Kind == KindNumber && k == classNumber
	}
	if !ok {
		return wrongType(col, k)
	}
	if k == classID && v.Text != "" {
		if _, err := crm.WidenID(v.Text); err != nil {
			return refuse(InvalidFilter, "invalid ID field: %s", v.Text)
		}
	}
	return nil
}

func wrongType(col *column, k class) error {
	quotes := "should not be enclosed in quotes"
	if k == classText || k == classMulti || k == classID {
		quotes = "should be enclosed in quotes"
	}
	return refuse(InvalidField, "value of filter criterion for field '%s' must be of type %s and %s", col.field.Name, k, quotes)
}

// text gives a literal in the form of package crm.
func (v Literal) text(k class) string {
	switch {
	case v.Kind == KindNull:
		return ""
	case v.Kind == KindDateTime:
		return crm.FormatTime(crm.ParseTime(v.Text))
	case k == classID && v.Text != "":
		wide, err := crm.WidenID(v.Text)
		if err != nil {
			return v.Text // fits has refused it already
		}
		return wide
	default:
		return v.Text
	}
}

// equality compares with a set of values, blank among them when null is.
func equality(col *column, x *Compare) test {
	k, want := classOf(col.field), x.Op == OpEqual || x.Op == OpIn
	set := make(map[string]bool, len(x.Values))
	for _, v := range x.Values {
		set[key(col.field, v.text(k))] = true
	}
	return func(row *crm.Record) bool { return set[key(col.field, col.value(row))] == want }
}

// inequality compares with one value, or with the span of a date literal.
func (c *compiler) inequality(col *column, k class, x *Compare) test {
	v := x.Values[0]
	start := key(col.field, v.text(k))
	// end is the first value after what is compared with; without one, start alone
	// is.
	end := ""
	if v.Kind == KindCalendar {
		s := calendar(v, c.now)
		start, end = bound(k, s.start), bound(k, s.end)
	}
	f := col.field
	before := func(a string) bool { return compare(f, a, start) < 0 }
	after := func(a string) bool {
		if end != "" {
			return compare(f, a, end) >= 0
		}
		return compare(f, a, start) > 0
	}
	return func(row *crm.Record) bool {
		a := col.value(row)
		if a == "" {
			return x.Op == OpUnequal
		}
		a = key(f, a)
		switch x.Op {
		case OpLess:
			return before(a)
		case OpLessOrEqual:
			return !after(a)
		case OpGreater:
			return after(a)
		case OpGreaterOrEqual:
			return !before(a)
		case OpUnequal:
			return before(a) || after(a)
		default:
			return !before(a) && !after(a)
		}
	}
}

// membership looks for sets of values among those of a field, both separated by
// semicolons.
func membership(col *column, x *Compare) test {
	var sets [][]string
	for _, v := range x.Values {
		sets = append(sets, strings.Split(strings.ToLower(v.Text), ";"))
	}
	return func(row *crm.Record) bool {
		has := strings.Split(strings.ToLower(col.value(row)), ";")
		included := slices.ContainsFunc(sets, func(set []string) bool {
			return !slices.ContainsFunc(set, func(v string) bool { return !slices.Contains(has, v) })
		})
		return included == (x.Op == OpIncludes)
	}
}

func (c *compiler) compareSelect(x *Compare, col *column) (test, error) {
	if c.semi == nil {
		return nil, malformed("a sub-query cannot stand here")
	}
	if classOf(col.field) != classID {
		return nil, refuse(InvalidField, "The left operand of a semi join must be an ID or reference field: %s", col.name)
	}
	s, err := c.semi(x)
	if err != nil {
		return nil, err
	}
	if !meet(leadsTo(col.node.entity.object, col.field), leadsTo(s.statement.root.object, s.field)) {
		return nil, malformed("The selected field '%s' in the subquery and the left operand field '%s' in the where expression "+
			"in the outer query should point to the same object type", s.field.Name, col.name)
	}
	want := x.Op == OpIn
	return func(row *crm.Record) bool { return s.ids[col.value(row)] == want }, nil
}

// leadsTo lists the objects whose ids a field holds; none when nothing is known
// of them.
func leadsTo(o crm.Object, f crm.Field) []crm.Object {
	if f.Type == crm.TypeID {
		return []crm.Object{o}
	}
	return References(o, f)
}

// meet reports whether two lists of objects have one in common, or one of them
// is not known.
func meet(a, b []crm.Object) bool {
	return len(a) == 0 || len(b) == 0 || a[0] == "" || b[0] == "" ||
		slices.ContainsFunc(a, func(o crm.Object) bool { return slices.Contains(b, o) })
}

// run fills in what the sub-query selects. Blank references select nothing.
func (s *semi) run(ctx context.Context, all bool) error {
	s.ids = map[string]bool{}
	fields := merged(s.statement.filter.fields, []string{s.field.Name})
	return s.statement.scan(ctx, all, fields, nil, func(rows []*crm.Record) (bool, error) {
		for _, row := range rows {
			id := row.ID
			if s.field.Name != "Id" {
				id = row.Fields[s.field.Name]
			}
			if id != "" {
				s.ids[id] = true
			}
		}
		return true, nil
	})
}
