package soql

import (
	"slices"
	"strconv"
	"strings"
)

// printer writes statements in one canonical form.
type printer struct{ strings.Builder }

// String writes the statement in canonical form: keywords in capitals, one space
// between words, parentheses only where they are needed. Parsing it gives an
// equal query.
func (q *Query) String() string {
	p := &printer{}
	p.query(q)
	return p.Builder.String()
}

func (p *printer) query(q *Query) {
	p.WriteString("SELECT ")
	for i, it := range q.Items {
		p.comma(i)
		p.item(it)
	}
	p.WriteString(" FROM " + q.Object)
	p.clause(" ", q.Alias)
	if q.Where != nil {
		p.WriteString(" WHERE ")
		q.Where.write(p)
	}
	p.clause(" WITH ", q.With)
	p.clause(" GROUP BY ", strings.Join(q.GroupBy, ", "))
	if q.Having != nil {
		p.WriteString(" HAVING ")
		q.Having.write(p)
	}
	p.orders(q.OrderBy)
	p.count(" LIMIT ", q.Limit)
	p.count(" OFFSET ", q.Offset)
	p.clause(" FOR ", q.For)
	if q.AllRows {
		p.WriteString(" ALL ROWS")
	}
}

func (p *printer) comma(i int) {
	if i > 0 {
		p.WriteString(", ")
	}
}

func (p *printer) clause(keyword, text string) {
	if text != "" {
		p.WriteString(keyword + text)
	}
}

func (p *printer) count(keyword string, n int) {
	if n >= 0 {
		p.WriteString(keyword + strconv.Itoa(n))
	}
}

func (p *printer) item(it Item) {
	if it.Children != nil {
		p.WriteByte('(')
		p.query(it.Children)
		p.WriteByte(')')
		return
	}
	p.WriteString(it.Term.String())
	p.clause(" ", it.Alias)
}

// String writes the term as it stands in a statement.
func (t Term) String() string {
	if t.Func == "" {
		return t.Path
	}
	return t.Func + "(" + t.Path + ")"
}

func (p *printer) orders(list []Order) {
	for i, o := range list {
		if i == 0 {
			p.WriteString(" ORDER BY ")
		}
		p.comma(i)
		p.WriteString(o.Term.String())
		if o.Descending {
			p.WriteString(" DESC")
		}
		if o.NullsLast {
			p.WriteString(" NULLS LAST")
		}
	}
}

func (a *And) write(p *printer) { p.joined(a.All, " AND ") }
func (o *Or) write(p *printer)  { p.joined(o.Any, " OR ") }

func (n *Not) write(p *printer) {
	p.WriteString("NOT ")
	p.operand(n.X)
}

func (p *printer) joined(list []Expr, word string) {
	for i, x := range list {
		if i > 0 {
			p.WriteString(word)
		}
		p.operand(x)
	}
}

// operand puts everything but a plain comparison into parentheses.
func (p *printer) operand(x Expr) {
	if _, plain := x.(*Compare); plain {
		x.write(p)
		return
	}
	p.WriteByte('(')
	x.write(p)
	p.WriteByte(')')
}

func (c *Compare) write(p *printer) {
	p.WriteString(c.Term.String() + " " + string(c.Op) + " ")
	switch {
	case c.Select != nil:
		p.WriteByte('(')
		p.query(c.Select)
		p.WriteByte(')')
	case c.Op == OpIn || c.Op == OpNotIn || c.Op == OpIncludes || c.Op == OpExcludes:
		p.WriteByte('(')
		for i, v := range c.Values {
			p.comma(i)
			p.literal(v)
		}
		p.WriteByte(')')
	default:
		p.literal(c.Values[0])
	}
}

func (p *printer) literal(v Literal) {
	switch v.Kind {
	case KindNull:
		p.WriteString("null")
	case KindString:
		p.WriteString("'" + plainEscaper.Replace(v.Text) + "'")
	case KindPattern:
		p.WriteString("'" + patternEscaper.Replace(v.Text) + "'")
	case KindCalendar:
		p.WriteString(v.Text)
		if slices.Contains(countedWords, v.Text) {
			p.WriteString(":" + strconv.Itoa(v.N))
		}
	default:
		p.WriteString(v.Text)
	}
}

var (
	patternEscaper = strings.NewReplacer("'", `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\b", `\b`, "\f", `\f`)
	plainEscaper   = strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\b", `\b`, "\f", `\f`)
)
