package soql

import (
	"context"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Scope says which fields a search looks into.
type Scope string

// The scopes of a search.
const (
	ScopeAll   Scope = "ALL"
	ScopeName  Scope = "NAME"
	ScopeEmail Scope = "EMAIL"
	ScopePhone Scope = "PHONE"
)

// MaxFound is the number of records that one search finds at most.
const MaxFound = 2000

// Search is a parsed SOSL statement.
type Search struct {
	In Scope
	// Returning says per object what is given of the records found. Without it,
	// all objects with names are searched, and ids are given.
	Returning []*Query
	// Limit is the number of records of all objects together, -1 when it is not
	// given.
	Limit int

	find terms
}

// NewSearch makes a search of its text, in which reserved characters are escaped
// as in FIND.
func NewSearch(find string) (*Search, error) {
	t, err := parseTerms(find)
	if err != nil {
		return nil, err
	}
	return &Search{In: ScopeAll, Limit: -1, find: t}, nil
}

// ParseSearch reads one SOSL statement. The error is an *Error.
func ParseSearch(statement string) (*Search, error) {
	head := strings.TrimLeft(statement, " \t\r\n")
	if len(head) < 4 || !strings.EqualFold(head[:4], "FIND") {
		return nil, badSearch("a search begins with FIND")
	}
	body := strings.TrimLeft(head[4:], " \t\r\n")
	if !strings.HasPrefix(body, "{") {
		return nil, badSearch("FIND needs its text in braces")
	}
	end := closingBrace(body)
	if end < 0 {
		return nil, badSearch("the brace of FIND is not closed")
	}
	s, err := NewSearch(body[1:end])
	if err != nil {
		return nil, err
	}
	tokens, err := lex(body[end+1:])
	if err != nil {
		return nil, asSearch(err)
	}
	p := &parser{tokens: tokens}
	if err := p.search(s); err != nil {
		return nil, asSearch(err)
	}
	return s, nil
}

// asSearch gives the errors of the query parser the code of a search.
func asSearch(err error) error {
	if e, ok := err.(*Error); ok && e.Code == MalformedQuery {
		return &Error{Code: MalformedSearch, Message: e.Message}
	}
	return err
}

func closingBrace(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '}':
			return i
		}
	}
	return -1
}

func (p *parser) search(s *Search) (err error) {
	if p.accept("IN") {
		if err := s.scope(p.take().text); err != nil {
			return err
		}
		if err := p.expect("FIELDS"); err != nil {
			return err
		}
	}
	if p.accept("RETURNING") {
		for more := true; more; more = p.sign(",") {
			q, err := p.returning()
			if err != nil {
				return err
			}
			s.Returning = append(s.Returning, q)
		}
	}
	if p.accept("LIMIT") {
		if s.Limit, err = p.count(); err != nil {
			return err
		}
	}
	if p.peek().kind != tokEnd {
		return p.unexpected()
	}
	return nil
}

func (s *Search) scope(name string) error {
	s.In = Scope(strings.ToUpper(name))
	if !slices.Contains([]Scope{ScopeAll, ScopeName, ScopeEmail, ScopePhone}, s.In) {
		return malformed("unexpected token: '%s'", name)
	}
	return nil
}

// SetScope sets the scope by its name, in any case.
func (s *Search) SetScope(name string) error { return asSearch(s.scope(name)) }

// AddReturning adds one entry of RETURNING, such as "Contact(Id, Name LIMIT 5)".
func (s *Search) AddReturning(entry string) error {
	tokens, err := lex(entry)
	if err != nil {
		return asSearch(err)
	}
	p := &parser{tokens: tokens}
	q, err := p.returning()
	if err == nil && p.peek().kind != tokEnd {
		err = p.unexpected()
	}
	s.Returning = append(s.Returning, q)
	return asSearch(err)
}

// returning reads an object with what is wanted of it; without fields, the id.
func (p *parser) returning() (*Query, error) {
	q := &Query{Limit: -1, Offset: -1}
	var err error
	if q.Object, err = p.name(false); err != nil {
		return nil, err
	}
	if !p.sign("(") {
		q.Items = []Item{{Term: Term{Path: "Id"}}}
		return q, nil
	}
	for more := true; more; more = p.sign(",") {
		it, err := p.item()
		if err != nil {
			return nil, err
		}
		if it.Func != "" || it.Children != nil || it.Alias != "" {
			return nil, malformed("RETURNING takes fields only")
		}
		q.Items = append(q.Items, it)
	}
	for _, clause := range []func(*Query) error{p.where, p.orderBy, p.limits} {
		if err := clause(q); err != nil {
			return nil, err
		}
	}
	return q, p.expectSign(")")
}

// Run answers the search: the rows of one object after those of another.
func (s *Search) Run(ctx context.Context, src Source) ([]Row, error) {
	returning := s.Returning
	if len(returning) == 0 {
		returning = everything(src)
	}
	left := MaxFound
	if s.Limit >= 0 {
		left = min(s.Limit, left)
	}
	var out []Row
	for _, q := range returning {
		st, err := Prepare(src, q)
		if err != nil {
			return nil, asSearch(err)
		}
		rows, err := s.rows(ctx, st)
		if err != nil {
			return nil, err
		}
		rows = rows[:min(left, len(rows))]
		left -= len(rows)
		shaped, err := st.render(ctx, rows, false)
		if err != nil {
			return nil, err
		}
		out = append(out, shaped...)
	}
	return out, nil
}

// everything lists the objects whose records have names.
func everything(src Source) []*Query {
	var out []*Query
	for _, o := range src.Objects() {
		if schema, ok := src.Schema(o); ok {
			if _, named := schema.Field("Name"); named {
				out = append(out, &Query{Items: []Item{{Term: Term{Path: "Id"}}}, Object: string(o), Limit: -1, Offset: -1})
			}
		}
	}
	return out
}

// rows finds the records of one object.
func (s *Search) rows(ctx context.Context, st *Statement) ([]*crm.Record, error) {
	look := s.fields(st.root)
	if len(look) == 0 {
		return nil, nil
	}
	var lead []crm.Cond
	if names, ok := s.find.names(); ok && s.In == ScopeName {
		lead = []crm.Cond{{Op: crm.OpWords, Values: names}}
	}
	fields := merged(merged(st.filter.fields, st.out.fields), look)
	var rows []*crm.Record
	words := make([][]string, len(look))
	err := st.scan(ctx, false, fields, lead, func(page []*crm.Record) (bool, error) {
		for _, row := range page {
			for i, f := range look {
				words[i] = foldWords(row.Fields[f])
			}
			if s.find.found(words) {
				rows = append(rows, row)
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	st.sort(rows)
	return st.query.window(rows), nil
}

// fields are those of an object in which the search looks.
func (s *Search) fields(e *entity) []string {
	var types []crm.Type
	switch s.In {
	case ScopeName:
		if f, ok := e.field("Name"); ok {
			return []string{f.Name}
		}
		return nil
	case ScopeEmail:
		types = []crm.Type{crm.TypeEmail}
	case ScopePhone:
		types = []crm.Type{crm.TypePhone}
	default:
		types = []crm.Type{crm.TypeText, crm.TypeLongText, crm.TypeEmail, crm.TypePhone, crm.TypeURL}
	}
	var out []string
	for _, f := range e.list {
		if slices.Contains(types, f.Type) {
			out = append(out, f.Name)
		}
	}
	return out
}
