package soql

import (
	"context"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/onward-crm/onward/crm"
)

// Row is one row of an answer. It marshals as the platform writes it: attributes
// first, then the fields in the order in which they were selected.
type Row struct {
	st  *Statement
	rec *crm.Record
	// children are the answers to sub-queries, in the order of their slots.
	children [][]Row
}

// render reads what else the rows need, and shapes them.
func (st *Statement) render(ctx context.Context, rows []*crm.Record, all bool) ([]Row, error) {
	out := make([]Row, len(rows))
	for i, row := range rows {
		out[i] = Row{st: st, rec: row}
	}
	if st.group != nil || len(rows) == 0 {
		return out, nil
	}
	if err := st.out.load(ctx, st.r.src, rows, all); err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	for _, s := range st.shape.slots {
		if s.children == nil {
			continue
		}
		byParent, err := s.children.childRows(ctx, ids, all)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			out[i].children = append(out[i].children, byParent[id])
		}
	}
	return out, nil
}

// ID is the record's id; "" for a row that is a group.
func (r Row) ID() string {
	if r.st.group != nil {
		return ""
	}
	return r.rec.ID
}

// Texts gives the row's values in the form of package crm, in the order of
// Statement.Columns.
func (r Row) Texts() []string { return r.st.shape.texts(r.rec, nil) }

func (s *shape) texts(rec *crm.Record, out []string) []string {
	for _, x := range s.slots {
		switch {
		case x.col != nil:
			out = append(out, x.col.value(rec))
		case x.parent != nil:
			out = x.parent.texts(rec, out)
		}
	}
	return out
}

// MarshalJSON writes the row as the platform does.
func (r Row) MarshalJSON() ([]byte, error) { return r.append(make([]byte, 0, 512)), nil }

func (r Row) append(b []byte) []byte {
	if r.st.group != nil {
		b = append(b, `{"attributes":{"type":"AggregateResult"}`...)
	} else {
		b = r.st.attributes(b, r.st.root, r.rec)
	}
	b = r.st.shape.append(b, r.st, r.rec)
	next := 0
	for _, s := range r.st.shape.slots {
		if s.children == nil {
			continue
		}
		b = appendMember(b, s.name)
		b = appendChildren(b, r.children[next])
		next++
	}
	return append(b, '}')
}

func (st *Statement) attributes(b []byte, e *entity, rec *crm.Record) []byte {
	b = append(b, `{"attributes":{"type":`...)
	b = appendString(b, e.String())
	b = append(b, `,"url":`...)
	b = appendString(b, st.r.src.RecordURL(rec.Object, rec.ID))
	return append(b, '}')
}

// append writes fields and parents. A parent that is not there is null.
func (s *shape) append(b []byte, st *Statement, row *crm.Record) []byte {
	for _, x := range s.slots {
		switch {
		case x.col != nil:
			b = appendMember(b, x.name)
			b = appendValue(b, x.col.field, x.col.value(row))
		case x.parent != nil:
			b = appendMember(b, x.name)
			rec := x.node.record(row)
			if rec == nil {
				b = append(b, "null"...)
				continue
			}
			b = st.attributes(b, x.node.entity, rec)
			b = append(x.parent.append(b, st, row), '}')
		}
	}
	return b
}

func appendChildren(b []byte, rows []Row) []byte {
	if len(rows) == 0 {
		return append(b, "null"...)
	}
	b = append(b, `{"totalSize":`...)
	b = strconv.AppendInt(b, int64(len(rows)), 10)
	b = append(b, `,"done":true,"records":[`...)
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = row.append(b)
	}
	return append(b, "]}"...)
}

func appendMember(b []byte, name string) []byte {
	b = append(b, ',')
	b = appendString(b, name)
	return append(b, ':')
}

func appendValue(b []byte, f crm.Field, text string) []byte {
	switch v := JSONValue(f, text).(type) {
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, v...)
	case string:
		return appendString(b, v)
	default:
		return append(b, "null"...)
	}
}

// appendString quotes plain text by itself, since nearly all of it is plain, and
// leaves the rest to encoding/json.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // strings always marshal
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
