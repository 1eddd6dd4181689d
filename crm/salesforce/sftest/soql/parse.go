package soql

import (
	"slices"
	"strconv"
	"strings"
)

const (
	countFunc  = "COUNT"
	fieldsFunc = "FIELDS"

	// maxDepth bounds parentheses within parentheses.
	maxDepth = 60
)

// aggregates are the functions that may stand in SELECT, HAVING and ORDER BY.
var aggregates = []string{countFunc, "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"}

// reserved words cannot be aliases: they open a clause.
var reserved = []string{
	"SELECT", "FROM", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "ALL", "USING", "UPDATE",
	"AND", "OR", "NOT", "IN", "LIKE", "INCLUDES", "EXCLUDES", "NULL", "TRUE", "FALSE", "AS", "ASC", "DESC", "NULLS", "BY",
}

// Parse reads one SOQL statement. The error is an *Error.
func Parse(statement string) (*Query, error) {
	tokens, err := lex(statement)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != tokEnd {
		return nil, p.unexpected()
	}
	return q, nil
}

// parser walks over the tokens, each function reading what it is named after.
type parser struct {
	tokens []token
	at     int
	depth  int
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *parser) unexpected() error {
	if t := p.peek(); t.kind != tokEnd {
		return malformed("unexpected token: '%s'", t.text)
	}
	return malformed("unexpected end of the statement")
}

// is tells whether the next tokens are these keywords.
func (p *parser) is(words ...string) bool {
	for i, w := range words {
		if p.at+i >= len(p.tokens) {
			return false
		}
		if t := p.tokens[p.at+i]; t.kind != tokName || !strings.EqualFold(t.text, w) {
			return false
		}
	}
	return true
}

// accept takes the keywords if they are next.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.at += len(words)
	return true
}

func (p *parser) expect(words ...string) error {
	if !p.accept(words...) {
		return p.unexpected()
	}
	return nil
}

func (p *parser) sign(s string) bool {
	if t := p.peek(); t.kind != tokSign || t.text != s {
		return false
	}
	p.at++
	return true
}

func (p *parser) expectSign(s string) error {
	if !p.sign(s) {
		return p.unexpected()
	}
	return nil
}

// name takes a name that is no keyword; dotted ones only when paths are allowed.
func (p *parser) name(path bool) (string, error) {
	t := p.peek()
	if t.kind != tokName || isReserved(t.text) || !path && strings.Contains(t.text, ".") {
		return "", p.unexpected()
	}
	p.at++
	return t.text, nil
}

func isReserved(word string) bool { return slices.Contains(reserved, strings.ToUpper(word)) }

// deeper guards against statements that nest without end.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return malformed("the statement is nested too deeply")
	}
	return nil
}

func (p *parser) query() (*Query, error) {
	q := &Query{Limit: -1, Offset: -1}
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	for _, clause := range []func(*Query) error{p.selectList, p.from, p.where, p.with, p.groupBy, p.orderBy, p.limits, p.ending} {
		if err := clause(q); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (p *parser) selectList(q *Query) error {
	if err := p.expect("SELECT"); err != nil {
		return err
	}
	for {
		it, err := p.item()
		if err != nil {
			return err
		}
		q.Items = append(q.Items, it)
		if !p.sign(",") {
			return nil
		}
	}
}

func (p *parser) item() (Item, error) {
	if p.sign("(") {
		children, err := p.query()
		if err != nil {
			return Item{}, err
		}
		return Item{Children: children}, p.expectSign(")")
	}
	if p.is("TYPEOF") {
		return Item{}, malformed("TYPEOF is not supported")
	}
	t, err := p.term(true)
	if err != nil {
		return Item{}, err
	}
	it := Item{Term: t}
	if next := p.peek(); next.kind == tokName && !isReserved(next.text) {
		it.Alias, err = p.name(false)
	}
	return it, err
}

// term reads a field or a function of one; FIELDS belongs in SELECT alone.
func (p *parser) term(inSelect bool) (Term, error) {
	name, err := p.name(true)
	if err != nil || !p.sign("(") {
		return Term{Path: name}, err
	}
	t := Term{Func: strings.ToUpper(name)}
	if !slices.Contains(aggregates, t.Func) && !(inSelect && t.Func == fieldsFunc) {
		return Term{}, malformed("unsupported function: %s", name)
	}
	switch {
	case t.Func == fieldsFunc:
		t.Path = strings.ToUpper(p.take().text)
		if !slices.Contains([]string{"ALL", "STANDARD", "CUSTOM"}, t.Path) {
			return Term{}, malformed("FIELDS takes ALL, STANDARD or CUSTOM")
		}
	case t.Func == countFunc && p.peek() == token{tokSign, ")"}:
	default:
		if t.Path, err = p.name(true); err != nil {
			return Term{}, err
		}
	}
	return t, p.expectSign(")")
}

func (p *parser) from(q *Query) error {
	err := p.expect("FROM")
	if err != nil {
		return err
	}
	if next := p.peek(); next.kind == tokName && strings.EqualFold(next.text, "Group") {
		q.Object = p.take().text // an object, though the word is reserved elsewhere
	} else if q.Object, err = p.name(false); err != nil {
		return err
	}
	if next := p.peek(); next.kind == tokName && !isReserved(next.text) {
		q.Alias, err = p.name(false)
	}
	return err
}

func (p *parser) where(q *Query) (err error) {
	if p.accept("WHERE") {
		q.Where, err = p.conditions(false)
	}
	return err
}

// with takes the modes that make no difference to a user who may see everything
// that the source gives.
func (p *parser) with(q *Query) error {
	if !p.accept("WITH") {
		return nil
	}
	for _, mode := range []string{"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"} {
		if p.accept(mode) {
			q.With = mode
			return nil
		}
	}
	return p.unexpected()
}

func (p *parser) groupBy(q *Query) error {
	if !p.accept("GROUP", "BY") {
		return nil
	}
	for {
		t, err := p.term(false)
		if err != nil {
			return err
		}
		if t.Func != "" {
			return malformed("unsupported grouping: %s", t.Func)
		}
		q.GroupBy = append(q.GroupBy, t.Path)
		if !p.sign(",") {
			break
		}
	}
	var err error
	if p.accept("HAVING") {
		q.Having, err = p.conditions(true)
	}
	return err
}

func (p *parser) orderBy(q *Query) error {
	if !p.accept("ORDER", "BY") {
		return nil
	}
	for {
		t, err := p.term(false)
		if err != nil {
			return err
		}
		o := Order{Term: t}
		if p.accept("DESC") {
			o.Descending = true
		} else {
			p.accept("ASC")
		}
		if p.accept("NULLS") {
			if o.NullsLast = p.accept("LAST"); !o.NullsLast && !p.accept("FIRST") {
				return p.unexpected()
			}
		}
		q.OrderBy = append(q.OrderBy, o)
		if !p.sign(",") {
			return nil
		}
	}
}

func (p *parser) limits(q *Query) (err error) {
	if p.accept("LIMIT") {
		if q.Limit, err = p.count(); err != nil {
			return err
		}
	}
	if p.accept("OFFSET") {
		if q.Offset, err = p.count(); err != nil {
			return err
		}
		if q.Offset > maxOffset {
			return refuse(OutsideRange, "Maximum SOQL offset allowed is %d", maxOffset)
		}
	}
	return nil
}

const maxOffset = 2000

func (p *parser) count() (int, error) {
	n, err := strconv.ParseInt(p.peek().text, 10, 32)
	if p.peek().kind != tokNumber || err != nil || n < 0 {
		return 0, p.unexpected()
	}
	p.at++
	return int(n), nil
}

func (p *parser) ending(q *Query) error {
	if p.accept("FOR") {
		switch {
		case p.accept("VIEW"):
			q.For = "VIEW"
		case p.accept("REFERENCE"):
			q.For = "REFERENCE"
		default:
			return p.unexpected()
		}
	}
	q.AllRows = p.accept("ALL", "ROWS")
	return nil
}
