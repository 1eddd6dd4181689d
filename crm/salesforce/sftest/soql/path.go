package soql

import (
	"context"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// maxParents is the number of steps from a child to its parents.
const maxParents = 5

// column is a field of a row or of one of its parents.
type column struct {
	node  *node
	field crm.Field
	// name is the path in the schema's own spelling.
	name string
}

// node is an object on the way from a row to its parents; the root is the row.
type node struct {
	entity *entity
	up     *node
	// via is the reference field of the record below, name the relationship.
	via, name string
	// fields are to be read, besides the id.
	fields []string
	next   []*node
	// seen holds the records that were read, by id.
	seen map[string]*crm.Record
}

// column finds a field by its path and notes that it will be read.
func (r *resolver) column(root *node, alias, path string) (*column, error) {
	parts := strings.Split(path, ".")
	if len(parts) > 1 && (strings.EqualFold(parts[0], alias) || strings.EqualFold(parts[0], string(root.entity.object))) {
		if e, _ := r.parent(root.entity, parts[0]); e == nil {
			parts = parts[1:]
		}
	}
	if len(parts) > maxParents+1 {
		return nil, malformed("SOQL statements cannot query aggregate relationships more than %d levels away from the root entity object.", maxParents)
	}
	at, name := root, ""
	for _, relationship := range parts[:len(parts)-1] {
		next, err := r.step(at, relationship)
		if err != nil {
			return nil, err
		}
		at, name = next, name+next.name+"."
	}
	f, ok := at.entity.field(parts[len(parts)-1])
	if !ok {
		return nil, noColumn(parts[len(parts)-1], at.entity)
	}
	at.read(f.Name)
	return &column{node: at, field: f, name: name + f.Name}, nil
}

func noColumn(name string, e *entity) error {
	return refuse(InvalidField, "No such column '%s' on entity '%s'. If you are attempting to use a custom field, "+
		"be sure to append the '__c' after the custom field name.", name, e)
}

func (r *resolver) step(at *node, relationship string) (*node, error) {
	e, f := r.parent(at.entity, relationship)
	if e == nil {
		return nil, refuse(InvalidField, "Didn't understand relationship '%s' in field path. If you are attempting to use a custom "+
			"relationship, be sure to append the '__r' after the custom relationship name.", relationship)
	}
	for _, n := range at.next {
		if n.via == f.Name {
			return n, nil
		}
	}
	at.read(f.Name)
	n := &node{entity: e, up: at, via: f.Name, name: RelationshipName(f.Name), seen: map[string]*crm.Record{}}
	at.next = append(at.next, n)
	return n, nil
}

// read notes a field; the id comes with every record.
func (n *node) read(field string) {
	if field != "Id" && !slices.Contains(n.fields, field) {
		n.fields = append(n.fields, field)
	}
}

// record finds the record of a node for a row; nil when there is none.
func (n *node) record(row *crm.Record) *crm.Record {
	if n.up == nil {
		return row
	}
	below := n.up.record(row)
	if below == nil {
		return nil
	}
	return n.seen[below.Fields[n.via]]
}

// value reads the column for a row; "" when it is blank or there is no parent.
func (c *column) value(row *crm.Record) string {
	rec := c.node.record(row)
	switch {
	case rec == nil:
		return ""
	case c.field.Name == "Id":
		return rec.ID
	case len(c.node.entity.targets) > 0 && c.field.Name == typeField.Name:
		return targetType(rec)
	default:
		return rec.Fields[c.field.Name]
	}
}

// targetType says what is behind a reference to several objects.
func targetType(rec *crm.Record) string {
	if rec.Object == crm.ObjectGroup {
		return rec.Fields["Type"]
	}
	return string(rec.Object)
}

// load reads the parents of rows, and theirs, that were not read before.
func (n *node) load(ctx context.Context, src Source, rows []*crm.Record, all bool) error {
	for _, next := range n.next {
		if err := next.loadFor(ctx, src, rows, all); err != nil {
			return err
		}
	}
	return nil
}

func (n *node) loadFor(ctx context.Context, src Source, rows []*crm.Record, all bool) error {
	var ids []string
	for _, row := range rows {
		id := row.Fields[n.via]
		if _, known := n.seen[id]; id != "" && !known {
			n.seen[id] = nil
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var found []*crm.Record
	targets := n.entity.targets
	if len(targets) == 0 {
		targets = []*entity{n.entity}
	}
	for _, e := range targets {
		q := crm.Query{Object: e.object, Select: n.readable(e), Deleted: all}
		err := byID(ctx, src, q, ids, func(rec *crm.Record) {
			n.seen[rec.ID] = rec
			found = append(found, rec)
		})
		if err != nil {
			return err
		}
	}
	return n.load(ctx, src, found, all)
}

// readable are the fields of the node that one of its targets has.
func (n *node) readable(e *entity) []string {
	if len(n.entity.targets) == 0 {
		return n.fields
	}
	var out []string
	for _, name := range n.fields {
		if _, ok := e.field(name); ok {
			out = append(out, name)
		}
	}
	return out
}

// pages reads all pages of a query until take has enough.
func pages(ctx context.Context, src Source, q crm.Query, take func([]crm.Record) (more bool, err error)) error {
	for {
		page, err := src.Find(ctx, q)
		if err != nil {
			return err
		}
		more, err := take(page.Records)
		if err != nil || !more || page.Next == "" {
			return err
		}
		q.Cursor = page.Next
	}
}

// idsAtOnce is the number of ids in one question: a page, since a source may walk
// over all of them for each page.
const idsAtOnce = 2000

// byID reads records by their ids.
func byID(ctx context.Context, src Source, q crm.Query, ids []string, take func(*crm.Record)) error {
	for part := range slices.Chunk(ids, idsAtOnce) {
		q.Where = []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: part}}
		err := pages(ctx, src, q, func(recs []crm.Record) (bool, error) {
			for i := range recs {
				take(&recs[i])
			}
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
