package soql

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// shape is the form of a row: what stands in it, in the order of the SELECT list.
type shape struct {
	slots []slot
}

// slot is one member of a row: a field, a parent or the children of a sub-query.
type slot struct {
	name     string
	col      *column
	node     *node
	parent   *shape
	children *Statement
}

// maxFieldsLimit is the LIMIT that FIELDS(ALL) and FIELDS(CUSTOM) need.
const maxFieldsLimit = 200

// project reads the SELECT list of a query that does not group.
func (st *Statement) project() error {
	st.shape = &shape{}
	for _, it := range st.query.Items {
		var err error
		switch {
		case it.Children != nil:
			err = st.projectChildren(it.Children)
		case it.Func == fieldsFunc:
			err = st.projectFields(it)
		case it.Func != "":
			err = malformed("%s has to be the only element in the SELECT clause", it.Term)
		case it.Alias != "":
			err = malformed("only aggregate expressions use field aliasing")
		default:
			err = st.projectPath(it.Path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (st *Statement) projectPath(path string) error {
	col, err := st.r.column(st.out, st.query.Alias, path)
	if err != nil {
		return err
	}
	if !st.shape.add(col, col.node) {
		return refuse(InvalidField, "duplicate field selected: %s", col.name)
	}
	return nil
}

// add puts a column into its place below the parents that lead to it; false when
// it is there already.
func (s *shape) add(col *column, at *node) bool {
	home := s.home(at)
	if slices.ContainsFunc(home.slots, func(x slot) bool { return x.col != nil && x.name == col.field.Name }) {
		return false
	}
	home.slots = append(home.slots, slot{name: col.field.Name, col: col})
	return true
}

func (s *shape) home(at *node) *shape {
	if at.up == nil {
		return s
	}
	home := s.home(at.up)
	for _, x := range home.slots {
		if x.node == at {
			return x.parent
		}
	}
	parent := &shape{}
	home.slots = append(home.slots, slot{name: at.name, node: at, parent: parent})
	return parent
}

func (st *Statement) projectFields(it Item) error {
	if it.Path != "STANDARD" && (st.query.Limit < 0 || st.query.Limit > maxFieldsLimit) {
		return malformed("The SOQL FIELDS function must have a LIMIT of at most %d", maxFieldsLimit)
	}
	for _, f := range st.root.list {
		custom := strings.HasSuffix(f.Name, "__c")
		if it.Path == "CUSTOM" && !custom || it.Path == "STANDARD" && custom {
			continue
		}
		if err := st.projectPath(f.Name); err != nil {
			return err
		}
	}
	return nil
}

func (st *Statement) projectChildren(q *Query) error {
	if st.link != "" {
		return malformed("a sub-query cannot hold another")
	}
	child, link := st.r.children(st.root, q.Object)
	if child == nil {
		return refuse(InvalidType, "Didn't understand relationship '%s' in FROM part of query call. If you are attempting to use a "+
			"custom relationship, be sure to append the '__r' after the custom relationship name.", q.Object)
	}
	if q.IsAggregate() || q.IsCount() || q.For != "" || q.AllRows || q.With != "" {
		return malformed("a sub-query over children takes fields, WHERE, ORDER BY and LIMIT only")
	}
	if slices.ContainsFunc(q.Items, func(it Item) bool { return it.Children != nil }) {
		return malformed("a sub-query cannot hold another")
	}
	if q.Offset >= 0 && st.query.Limit != 1 {
		return malformed("OFFSET in a sub-query needs LIMIT 1 in the query around it")
	}
	sub, err := st.r.prepare(q, child)
	if err != nil {
		return err
	}
	if len(sub.semis) > 0 {
		return malformed("a sub-query over children cannot hold a semi join")
	}
	sub.link = link
	name := childNames[string(child.object)+"."+link]
	if slices.ContainsFunc(st.shape.slots, func(x slot) bool { return x.name == name }) {
		return malformed("duplicate sub-query: %s", name)
	}
	st.shape.slots = append(st.shape.slots, slot{name: name, children: sub})
	return nil
}

// Column is a column of an answer as a table.
type Column struct {
	// Name is the field's path, or the name of an aggregate.
	Name  string
	Field crm.Field
	// Aggregate tells that the value was computed from several records.
	Aggregate bool
}

// Columns lists the columns of the answer in order; parents' fields stand under
// their paths, and sub-queries are left out.
func (st *Statement) Columns() []Column {
	if st.shape == nil {
		return nil
	}
	return st.shape.columns(st.group, "")
}

func (s *shape) columns(g *grouping, prefix string) []Column {
	var out []Column
	for _, x := range s.slots {
		switch {
		case x.col != nil:
			out = append(out, Column{Name: prefix + x.name, Field: x.col.field, Aggregate: g != nil && g.computes(x.col.name)})
		case x.parent != nil:
			out = append(out, x.parent.columns(g, prefix+x.name+".")...)
		}
	}
	return out
}

// SubQuery is a sub-query over children, with the columns of its rows.
type SubQuery struct {
	Name    string
	Columns []Column
}

// SubQueries lists the statement's sub-queries over children.
func (st *Statement) SubQueries() []SubQuery {
	if st.shape == nil {
		return nil
	}
	var out []SubQuery
	for _, x := range st.shape.slots {
		if x.children != nil {
			out = append(out, SubQuery{Name: x.name, Columns: x.children.Columns()})
		}
	}
	return out
}
