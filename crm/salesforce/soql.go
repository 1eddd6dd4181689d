package salesforce

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// statement is a query in SOQL.
type statement struct {
	text string
	// all asks the recycle bin too.
	all bool
	// nothing tells that no record can meet the conditions, so that nobody needs
	// to be asked.
	nothing bool
}

// statement writes a query. Names come from describe, values are written by the
// type of their field, and rows come in order of id. Words of a name, which SOQL
// does not know, become equality with the whole name.
func (d *described) statement(q crm.Query) (statement, error) {
	columns, err := d.columns(q)
	if err != nil {
		return statement{}, err
	}
	where, possible, err := d.where(q.Where)
	if err != nil {
		return statement{}, err
	}
	var b strings.Builder
	b.WriteString("SELECT " + strings.Join(columns, ", ") + " FROM " + string(d.schema.Object))
	if where != "" {
		b.WriteString(" WHERE " + where)
	}
	b.WriteString(" ORDER BY Id")
	return statement{text: b.String(), all: q.Deleted, nothing: !possible}, nil
}

// columns are the fields to read: those asked for and those that a record always
// tells, sorted so that the same query is always the same statement.
func (d *described) columns(q crm.Query) ([]string, error) {
	var unknown []string
	var out []string
	for _, name := range q.Select {
		if f, ok := d.byName[name]; !ok || isCompound(f.Type) {
			unknown = append(unknown, name)
		}
		out = append(out, name)
	}
	if len(unknown) > 0 {
		return nil, d.invalid("INVALID_FIELD", unknown...)
	}
	always := []string{"SystemModstamp"}
	if q.Deleted {
		always = append(always, "IsDeleted", "MasterRecordId")
	}
	for _, name := range always {
		if d.has(name) {
			out = append(out, name)
		}
	}
	out = slices.DeleteFunc(out, func(name string) bool { return name == "Id" })
	slices.Sort(out)
	return append([]string{"Id"}, slices.Compact(out)...), nil
}

// isCompound holds for values that are not one text.
func isCompound(t crm.Type) bool {
	return t == typeAddress || t == typeLocation || t == typeBase64 || t == typeAny
}

// where writes conditions, all of which must hold. It is false when no record can
// meet them.
func (d *described) where(conds []crm.Cond) (text string, possible bool, err error) {
	possible = true
	var all []string
	for _, c := range conds {
		text, some, err := d.condition(c)
		if err != nil {
			return "", false, err
		}
		if some {
			all = append(all, text)
		}
		possible = possible && some
	}
	return strings.Join(all, " AND "), possible, nil
}

func (d *described) condition(c crm.Cond) (text string, possible bool, err error) {
	if len(c.Values) == 0 {
		return "", false, d.invalid("MALFORMED_QUERY", nonBlank(c.Field)...)
	}
	if c.Op == crm.OpWords {
		c.Field, c.Op = "Name", crm.OpIn
	}
	f, ok := d.byName[c.Field]
	if !ok {
		return "", false, d.invalid("INVALID_FIELD", nonBlank(c.Field)...)
	}
	switch c.Op {
	case crm.OpIn:
		return d.in(f, c.Values)
	case crm.OpSince:
		if len(c.Values) == 1 {
			if text, ok := sinceLiteral(f, c.Values[0]); ok {
				return text, true, nil
			}
		}
		return "", false, d.invalid("INVALID_QUERY_FILTER_OPERATOR", c.Field)
	default:
		return "", false, d.invalid("MALFORMED_QUERY", nonBlank(c.Field)...)
	}
}

// in writes that a field has one of the values. Values that no record can have
// are left out.
func (d *described) in(f crm.Field, values []string) (text string, possible bool, err error) {
	if !d.filterable[f.Name] || f.Type == crm.TypeLongText && f.Length > 255 {
		return "", false, d.invalid("INVALID_FIELD", f.Name)
	}
	var list, alone []string
	seen := map[string]bool{}
	for _, v := range values {
		text, some, code := literal(f, v)
		switch {
		case code != "":
			return "", false, d.invalid(code, f.Name)
		case !some || seen[text]:
		case text == null || f.Type == crm.TypeBoolean || f.Type == typeMultiPicklist:
			alone = append(alone, f.Name+" = "+text)
		default:
			list = append(list, text)
		}
		seen[text] = true
	}
	switch len(list) {
	case 0:
	case 1:
		alone = append(alone, f.Name+" = "+list[0])
	default:
		alone = append(alone, f.Name+" IN ("+strings.Join(list, ", ")+")")
	}
	if len(alone) > 1 {
		return "(" + strings.Join(alone, " OR ") + ")", true, nil
	}
	return strings.Join(alone, ""), len(alone) > 0, nil
}

func (d *described) invalid(code string, fields ...string) error {
	return &crm.Error{Op: "find", Object: d.schema.Object, Class: crm.ErrInvalid, Code: code, Fields: fields}
}

func nonBlank(field string) []string {
	if field == "" {
		return nil
	}
	return []string{field}
}
