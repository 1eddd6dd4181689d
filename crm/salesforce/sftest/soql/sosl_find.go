package soql

import (
	"strings"
	"unicode/utf8"
)

func badSearch(format string, args ...any) error { return refuse(MalformedSearch, format, args...) }

// word is a piece of a search text, its escapes decoded and its wildcards marked.
type word struct {
	text string
	// quoted words are phrases; sign is '(' or ')' for a parenthesis.
	quoted bool
	sign   byte
}

// reservedSearch are the characters that need a backslash.
const reservedSearch = `?&|!{}[]()^~*:\"'+-`

// parseTerms reads the text of a search.
func parseTerms(text string) (terms, error) {
	n := utf8.RuneCountInString(text)
	if !utf8.ValidString(text) || n > maxFind {
		return nil, badSearch("the search text is not UTF-8, or longer than %d characters", maxFind)
	}
	words, err := cutTerms(text)
	if err != nil {
		return nil, err
	}
	f := &finder{words: words}
	out, err := f.anyOf()
	switch {
	case err != nil:
		return nil, err
	case f.at < len(words):
		return nil, badSearch("unexpected ')' in the search text")
	case f.operators && n > maxOperators:
		return nil, badSearch("operators are ignored in a search text of more than %d characters", maxOperators)
	}
	return out, nil
}

// cutTerms splits at white space, quotes and parentheses.
func cutTerms(text string) ([]word, error) {
	var out []word
	var b strings.Builder
	quoted := false
	flush := func() {
		if b.Len() > 0 || quoted {
			out = append(out, word{text: b.String(), quoted: quoted})
		}
		b.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			if i++; i == len(text) || strings.IndexByte(reservedSearch, text[i]) < 0 {
				return nil, badSearch("a backslash in the search text stands before no reserved character")
			}
			b.WriteByte(text[i])
		case c == '"':
			flush()
			quoted = !quoted
		case c == '*' || c == '?':
			b.WriteRune(map[byte]rune{'*': manyMark, '?': oneMark}[c])
		case !quoted && isSpace(c):
			flush()
		case !quoted && (c == '(' || c == ')'):
			flush()
			out = append(out, word{sign: c})
		case strings.IndexByte(reservedSearch, c) >= 0:
			return nil, badSearch("reserved character %q in the search text needs a backslash", c)
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return nil, badSearch("a quotation mark in the search text is not closed")
	}
	flush()
	return out, nil
}

// finder reads operators and operands. AND NOT binds before AND, and AND before
// OR.
type finder struct {
	words     []word
	at        int
	depth     int
	operators bool
}

// operator takes an operator if it is next.
func (f *finder) operator(name string) bool {
	if !f.isOperator(name) {
		return false
	}
	f.at++
	f.operators = true
	return true
}

func (f *finder) isOperator(name string) bool {
	if f.at >= len(f.words) {
		return false
	}
	w := f.words[f.at]
	return w.sign == 0 && !w.quoted && strings.EqualFold(w.text, name)
}

func (f *finder) anyOf() (terms, error) {
	if f.depth++; f.depth > maxDepth {
		return nil, badSearch("the search text is nested too deeply")
	}
	defer func() { f.depth-- }()
	var list either
	for {
		x, err := f.allOf()
		if err != nil {
			return nil, err
		}
		list = append(list, x)
		if !f.operator("OR") {
			break
		}
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func (f *finder) allOf() (terms, error) {
	x, err := f.operand()
	if err != nil {
		return nil, err
	}
	list, unwanted := together{x}, either(nil)
	for f.operator("AND") {
		not := f.operator("NOT")
		if x, err = f.operand(); err != nil {
			return nil, err
		}
		if not {
			unwanted = append(unwanted, x)
		} else {
			list = append(list, x)
		}
	}
	var out terms = list
	if len(list) == 1 {
		out = list[0]
	}
	if unwanted != nil {
		out = without{out, unwanted}
	}
	return out, nil
}

// operand reads a parenthesis, or words and phrases that stand side by side and
// must all be found.
func (f *finder) operand() (terms, error) {
	var list together
	letters := 0
	for f.at < len(f.words) {
		w := f.words[f.at]
		if w.sign == ')' || w.sign == 0 && (f.isOperator("AND") || f.isOperator("OR") || f.isOperator("NOT")) {
			break
		}
		f.at++
		if w.sign == '(' {
			f.operators = true
			x, err := f.anyOf()
			if err != nil {
				return nil, err
			}
			if f.at == len(f.words) || f.words[f.at].sign != ')' {
				return nil, badSearch("a parenthesis in the search text is not closed")
			}
			f.at++
			list, letters = append(list, x), letters+minOperand
			continue
		}
		p, err := newPhrase(w)
		if err != nil {
			return nil, err
		}
		for _, part := range p {
			letters += utf8.RuneCountInString(part)
		}
		if len(p) > 0 {
			list = append(list, p)
		}
	}
	if letters < minOperand {
		return nil, badSearch("search term must be longer than one character")
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func newPhrase(w word) (phrase, error) {
	p := phrase(foldWords(w.text))
	for _, part := range p {
		if strings.IndexRune(part, manyMark) == 0 || strings.IndexRune(part, oneMark) == 0 {
			return nil, badSearch("a wildcard cannot begin a search term")
		}
	}
	return p, nil
}
