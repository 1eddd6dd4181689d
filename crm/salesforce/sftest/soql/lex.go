package soql

import (
	"strings"
	"unicode/utf8"
)

type kind byte

const (
	tokEnd kind = iota
	tokName
	tokString
	tokNumber
	tokDate
	tokDateTime
	tokSign
)

// token is a piece of a statement. The text of a string is what stands between
// its quotes, escapes and all: LIKE reads them in its own way.
type token struct {
	kind kind
	text string
}

const (
	maxStatement = 100_000
	maxString    = 4_000
)

// lex cuts a statement into tokens. The last one is tokEnd.
func lex(s string) ([]token, error) {
	if len(s) > maxStatement && utf8.RuneCountInString(s) > maxStatement {
		return nil, malformed("SOQL statements cannot be longer than %d characters.", maxStatement)
	}
	if !utf8.ValidString(s) {
		return nil, malformed("the statement is not UTF-8")
	}
	tokens := make([]token, 0, 16+len(s)/8)
	for i := 0; i < len(s); {
		n, k, err := next(s[i:])
		if err != nil {
			return nil, err
		}
		switch k {
		case tokEnd: // white space
		case tokString:
			tokens = append(tokens, token{k, s[i+1 : i+n-1]})
		default:
			tokens = append(tokens, token{k, s[i : i+n]})
		}
		i += n
	}
	return append(tokens, token{kind: tokEnd}), nil
}

// next measures the token at the start of s; tokEnd stands for white space.
func next(s string) (int, kind, error) {
	switch c := s[0]; {
	case isSpace(c):
		return 1, tokEnd, nil
	case c == '\'':
		return quoted(s)
	case isLetter(c):
		return nameLength(s), tokName, nil
	case isDigit(c) || (c == '-' || c == '+' || c == '.') && len(s) > 1 && (isDigit(s[1]) || s[1] == '.'):
		return numeral(s)
	case strings.IndexByte("(),:", c) >= 0:
		return 1, tokSign, nil
	case strings.HasPrefix(s, "!=") || strings.HasPrefix(s, "<=") || strings.HasPrefix(s, ">=") || strings.HasPrefix(s, "<>"):
		return 2, tokSign, nil
	case c == '=' || c == '<' || c == '>':
		return 1, tokSign, nil
	default:
		r, _ := utf8.DecodeRuneInString(s)
		return 0, tokEnd, malformed("unexpected token: '%c'", r)
	}
}

func quoted(s string) (int, kind, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\'':
			return i + 1, tokString, nil
		}
	}
	return 0, tokEnd, malformed("a string is not closed")
}

// nameLength takes in dots between the parts of a path.
func nameLength(s string) int {
	i := 0
	for i < len(s) {
		if isLetter(s[i]) || isDigit(s[i]) || s[i] == '_' || s[i] == '.' && i+1 < len(s) && isLetter(s[i+1]) {
			i++
			continue
		}
		break
	}
	return i
}

// numeral measures a number, a date or a time.
func numeral(s string) (int, kind, error) {
	if n, ok := shaped(s, "dddd-dd-dd"); ok {
		if t, ok := shaped(s[n:], "Tdd:dd:dd"); ok {
			n += t
			z, err := zone(s[n:])
			return n + z, tokDateTime, err
		}
		return n, tokDate, endOfWord(s[n:])
	}
	i, digits, dots := 0, 0, 0
	if s[0] == '-' || s[0] == '+' {
		i++
	}
	for ; i < len(s) && (isDigit(s[i]) || s[i] == '.'); i++ {
		if s[i] == '.' {
			dots++
		} else {
			digits++
		}
	}
	if digits == 0 || dots > 1 {
		return 0, tokEnd, malformed("unexpected token: '%s'", s[:i])
	}
	return i, tokNumber, endOfWord(s[i:])
}

// zone measures fraction and time zone of a time.
func zone(s string) (int, error) {
	n := 0
	if len(s) > 1 && s[0] == '.' {
		for n = 1; n < len(s) && isDigit(s[n]); n++ {
		}
	}
	if n < len(s) && (s[n] == 'Z' || s[n] == 'z') {
		return n + 1, endOfWord(s[n+1:])
	}
	for _, form := range []string{"+dd:dd", "-dd:dd"} {
		if m, ok := shaped(s[n:], form); ok {
			return n + m, endOfWord(s[n+m:])
		}
	}
	return 0, malformed("a time needs its zone: Z, +hh:mm or -hh:mm")
}

// shaped compares with a form in which d stands for a digit.
func shaped(s, form string) (int, bool) {
	if len(s) < len(form) {
		return 0, false
	}
	for i := range len(form) {
		if form[i] == 'd' && isDigit(s[i]) || form[i] != 'd' && upper(s[i]) == form[i] {
			continue
		}
		return 0, false
	}
	return len(form), true
}

func endOfWord(s string) error {
	if s != "" && (isLetter(s[0]) || isDigit(s[0]) || s[0] == '_' || s[0] == '.') {
		return malformed("unexpected token: '%c' after a number", s[0])
	}
	return nil
}

func isSpace(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}
