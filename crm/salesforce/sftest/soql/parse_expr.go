package soql

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// conditions reads a WHERE or HAVING clause. AND and OR beside one another need
// parentheses, and so does NOT beside either.
func (p *parser) conditions(having bool) (Expr, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if p.accept("NOT") {
		x, err := p.condition(having)
		if err == nil && (p.is("AND") || p.is("OR")) {
			err = malformed("unexpected token: '%s': NOT beside it needs parentheses", p.peek().text)
		}
		return &Not{x}, err
	}
	first, err := p.condition(having)
	if err != nil || !p.is("AND") && !p.is("OR") {
		return first, err
	}
	word, other := "AND", "OR"
	if p.is("OR") {
		word, other = other, word
	}
	list := []Expr{first}
	for p.accept(word) {
		x, err := p.condition(having)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	if p.is(other) {
		return nil, malformed("unexpected token: '%s': AND and OR beside one another need parentheses", p.peek().text)
	}
	if word == "OR" {
		return &Or{list}, nil
	}
	return &And{list}, nil
}

func (p *parser) condition(having bool) (Expr, error) {
	if p.sign("(") {
		x, err := p.conditions(having)
		if err != nil {
			return nil, err
		}
		return x, p.expectSign(")")
	}
	t, err := p.term(false)
	if err != nil {
		return nil, err
	}
	if t.Func != "" && !having {
		return nil, malformed("%s cannot stand in WHERE", t.Func)
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	c := &Compare{Term: t, Op: op}
	if op == OpIn || op == OpNotIn || op == OpIncludes || op == OpExcludes {
		return c, p.list(c)
	}
	v, err := p.value(op)
	c.Values = []Literal{v}
	return c, err
}

func (p *parser) operator() (Op, error) {
	switch {
	case p.accept("LIKE"):
		return OpLike, nil
	case p.accept("IN"):
		return OpIn, nil
	case p.accept("NOT", "IN"):
		return OpNotIn, nil
	case p.accept("INCLUDES"):
		return OpIncludes, nil
	case p.accept("EXCLUDES"):
		return OpExcludes, nil
	case p.sign("<>"):
		return OpUnequal, nil
	}
	for _, op := range []Op{OpEqual, OpUnequal, OpLessOrEqual, OpGreaterOrEqual, OpLess, OpGreater} {
		if p.sign(string(op)) {
			return op, nil
		}
	}
	return "", p.unexpected()
}

// list reads what follows IN and its like: values or a sub-query.
func (p *parser) list(c *Compare) error {
	if err := p.expectSign("("); err != nil {
		return err
	}
	if p.is("SELECT") && (c.Op == OpIn || c.Op == OpNotIn) {
		q, err := p.query()
		if err != nil {
			return err
		}
		c.Select = q
		return p.expectSign(")")
	}
	for {
		v, err := p.value(c.Op)
		if err != nil {
			return err
		}
		c.Values = append(c.Values, v)
		if !p.sign(",") {
			return p.expectSign(")")
		}
	}
}

func (p *parser) value(op Op) (Literal, error) {
	t := p.peek()
	if op == OpLike && t.kind != tokString {
		return Literal{}, p.unexpected()
	}
	switch t.kind {
	case tokString:
		p.at++
		return stringLiteral(t.text, op == OpLike)
	case tokNumber:
		p.at++
		return Literal{Kind: KindNumber, Text: t.text}, nil
	case tokDate:
		p.at++
		if _, err := time.Parse(time.DateOnly, t.text); err != nil {
			return Literal{}, malformed("no such day: %s", t.text)
		}
		return Literal{Kind: KindDate, Text: t.text}, nil
	case tokDateTime:
		p.at++
		text := strings.ToUpper(t.text)
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
			return Literal{}, malformed("no such time: %s", t.text)
		}
		return Literal{Kind: KindDateTime, Text: text}, nil
	case tokName:
		return p.word()
	default:
		return Literal{}, p.unexpected()
	}
}

// word reads null, a boolean or a date literal.
func (p *parser) word() (Literal, error) {
	word := strings.ToUpper(p.peek().text)
	switch {
	case word == "NULL":
		p.at++
		return Literal{Kind: KindNull}, nil
	case word == "TRUE" || word == "FALSE":
		p.at++
		return Literal{Kind: KindBool, Text: strings.ToLower(word)}, nil
	case slices.Contains(calendarWords, word):
		p.at++
		return Literal{Kind: KindCalendar, Text: word}, nil
	case slices.Contains(countedWords, word):
		p.at++
		if err := p.expectSign(":"); err != nil {
			return Literal{}, err
		}
		n, err := strconv.Atoi(p.peek().text)
		if p.peek().kind != tokNumber || err != nil || n < 0 || n > maxCounted {
			return Literal{}, p.unexpected()
		}
		p.at++
		return Literal{Kind: KindCalendar, Text: word, N: n}, nil
	default:
		return Literal{}, p.unexpected()
	}
}

// maxCounted keeps date literals within the years that have four digits.
const maxCounted = 2_000

func stringLiteral(raw string, pattern bool) (Literal, error) {
	text, err := unescape(raw, pattern)
	if err != nil {
		return Literal{}, err
	}
	if len(text) > maxString && utf8.RuneCountInString(text) > maxString {
		return Literal{}, malformed("a string in a condition cannot be longer than %d characters", maxString)
	}
	if pattern {
		return Literal{Kind: KindPattern, Text: text}, nil
	}
	return Literal{Kind: KindString, Text: text}, nil
}

// escapes are the characters that may follow a backslash, and what they mean.
var escapes = map[byte]byte{
	'n': '\n', 'N': '\n', 'r': '\r', 'R': '\r', 't': '\t', 'T': '\t', 'b': '\b', 'B': '\b', 'f': '\f', 'F': '\f',
	'"': '"', '\'': '\'', '\\': '\\',
}

// unescape decodes a string. In a pattern, backslashes before a wildcard or a
// backslash stay: they tell the plain character from the one with a meaning.
func unescape(raw string, pattern bool) (string, error) {
	if !strings.Contains(raw, `\`) {
		return raw, nil
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			b.WriteByte(raw[i])
			continue
		}
		i++
		c, ok := escapes[raw[i]]
		switch {
		case pattern && (raw[i] == '_' || raw[i] == '%' || raw[i] == '\\'):
			b.WriteByte('\\')
			b.WriteByte(raw[i])
		case ok:
			b.WriteByte(c)
		default:
			return "", malformed("Invalid string literal: illegal character sequence '\\%c'", raw[i])
		}
	}
	return b.String(), nil
}
