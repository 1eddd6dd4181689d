package routing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Predicate is a condition on one field of an account, written
//
//	Type = 'Customer'
//	Type != 'Prospect'
//	Industry in ('Bank', 'Insurance')
//	Target_Account__c = true
//	Id in ('001…', '001…')
//
// Text is compared without regard to case, ids on 18 characters. A blank or
// unread field equals nothing. The zero Predicate never holds.
type Predicate struct {
	field  string
	not    bool
	values []string
	source string
}

// ParsePredicate reads a predicate. The error says what was expected where.
func ParsePredicate(s string) (Predicate, error) {
	src := strings.TrimSpace(s)
	name, rest := cutName(src)
	if name == "" {
		return Predicate{}, fmt.Errorf("routing: predicate %q: want a field name first", src)
	}
	p := Predicate{field: name, source: src}
	rest = strings.TrimSpace(rest)
	switch {
	case strings.HasPrefix(rest, "!="):
		p.not, rest = true, rest[2:]
	case strings.HasPrefix(rest, "="):
		rest = rest[1:]
	case len(rest) > 2 && strings.EqualFold(rest[:2], "in"):
		rest = strings.TrimSpace(rest[2:])
		if !strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")") {
			return Predicate{}, fmt.Errorf("routing: predicate %q: want a list in parentheses after in", src)
		}
		return p.withList(rest[1 : len(rest)-1])
	default:
		return Predicate{}, fmt.Errorf("routing: predicate %q: want =, != or in after the field name", src)
	}
	value, tail, err := cutValue(strings.TrimSpace(rest))
	if err != nil || strings.TrimSpace(tail) != "" {
		return Predicate{}, fmt.Errorf("routing: predicate %q: want one quoted text, true, false or number", src)
	}
	p.values = []string{value}
	return p, nil
}

func (p Predicate) withList(list string) (Predicate, error) {
	for {
		value, rest, err := cutValue(strings.TrimSpace(list))
		if err != nil {
			return Predicate{}, fmt.Errorf("routing: predicate %q: want quoted texts with commas between", p.source)
		}
		p.values = append(p.values, value)
		rest = strings.TrimSpace(rest)
		if rest == "" {
			return p, nil
		}
		if rest[0] != ',' {
			return Predicate{}, fmt.Errorf("routing: predicate %q: want a comma between values", p.source)
		}
		list = rest[1:]
	}
}

// cutName takes an API field name off the front.
func cutName(s string) (name, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool {
		return !(r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	})
	if i < 0 {
		i = len(s)
	}
	return s[:i], s[i:]
}

// cutValue takes a quoted text or a bare word off the front. A quote inside a
// text is doubled.
func cutValue(s string) (value, rest string, err error) {
	if s == "" {
		return "", "", fmt.Errorf("routing: missing value")
	}
	if s[0] != '\'' {
		i := strings.IndexAny(s, " ,)")
		if i < 0 {
			i = len(s)
		}
		if i == 0 {
			return "", "", fmt.Errorf("routing: missing value")
		}
		return s[:i], s[i:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '\'':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		default:
			return b.String(), s[i+1:], nil
		}
	}
	return "", "", fmt.Errorf("routing: text not closed")
}

// Field is the API name of the field that the predicate reads.
func (p Predicate) Field() string { return p.field }

// Holds reports whether an account fulfils the predicate.
func (p Predicate) Holds(a crm.Account) bool { return p.holds(&a) }

func (p *Predicate) holds(a *crm.Account) bool {
	if p.field == "" {
		return false
	}
	got := a.Fields[p.field]
	if strings.EqualFold(p.field, "id") {
		got = a.ID
	}
	found := slices.ContainsFunc(p.values, func(v string) bool {
		return strings.EqualFold(v, got) || crm.SameID(v, got)
	})
	return found != p.not
}

// String returns the predicate as it was written.
func (p Predicate) String() string { return p.source }

// MarshalText writes the predicate as it was written.
func (p Predicate) MarshalText() ([]byte, error) { return []byte(p.source), nil }

// UnmarshalText reads what ParsePredicate reads.
func (p *Predicate) UnmarshalText(text []byte) error {
	parsed, err := ParsePredicate(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
