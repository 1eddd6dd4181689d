package soql

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	// maxOperators is the length of a search text beyond which the platform drops
	// operators, so that a search finds what nobody asked for. It is refused here:
	// it is always a mistake of the client.
	maxOperators = 4_000
	// maxFind is the length beyond which nothing is found.
	maxFind = 10_000
	// minOperand is the number of letters and digits that an operand needs.
	minOperand = 2
)

// Wildcards in folded words: many characters, and one.
const (
	manyMark = '\uE000'
	oneMark  = '\uE001'
)

// terms is what a search looks for: a tree of its operators.
type terms interface {
	// found tells whether a record, given as the words of its fields, fits.
	found(fields [][]string) bool
	// names lists names of which every record that fits has all words of one, as
	// a lead for the source; false when there is no such list.
	names() ([]string, bool)
}

// phrase is words that follow one another in one field.
type phrase []string

// together is operands that must all be found, anywhere in the record.
type together []terms

// either is operands of which one must be found.
type either []terms

// without finds one operand where the other is not.
type without struct{ wanted, unwanted terms }

func (p phrase) found(fields [][]string) bool {
	return slices.ContainsFunc(fields, func(words []string) bool {
		for i := 0; i+len(p) <= len(words); i++ {
			if p.at(words[i:]) {
				return true
			}
		}
		return false
	})
}

func (p phrase) at(words []string) bool {
	for i, w := range p {
		if !fitsWord(w, words[i]) {
			return false
		}
	}
	return true
}

func (t together) found(fields [][]string) bool {
	return !slices.ContainsFunc(t, func(x terms) bool { return !x.found(fields) })
}

func (e either) found(fields [][]string) bool {
	return slices.ContainsFunc(e, func(x terms) bool { return x.found(fields) })
}

func (w without) found(fields [][]string) bool {
	return w.wanted.found(fields) && !w.unwanted.found(fields)
}

func (p phrase) names() ([]string, bool) {
	plain := slices.DeleteFunc(slices.Clone(p), hasWildcard)
	return []string{strings.Join(plain, " ")}, len(plain) > 0
}

// maxNames bounds how far a search is multiplied out.
const maxNames = 1000

func (t together) names() ([]string, bool) {
	var out []string
	for _, x := range t {
		more, ok := x.names()
		switch {
		case !ok:
		case out == nil:
			out = more
		case len(out)*len(more) <= maxNames:
			out = product(out, more)
		case len(more) < len(out):
			out = more
		}
	}
	return out, out != nil
}

func product(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+" "+y)
		}
	}
	return out
}

func (e either) names() ([]string, bool) {
	var out []string
	for _, x := range e {
		more, ok := x.names()
		if !ok {
			return nil, false
		}
		out = append(out, more...)
	}
	return out, true
}

func (w without) names() ([]string, bool) { return w.wanted.names() }

func hasWildcard(word string) bool {
	return strings.ContainsAny(word, string([]rune{manyMark, oneMark}))
}

func fitsWord(pattern, word string) bool {
	if !hasWildcard(pattern) {
		return pattern == word
	}
	like := newPattern(strings.NewReplacer(string(manyMark), "%", string(oneMark), "_").Replace(pattern), strings.ToLower)
	return like.matches(word)
}

// foldWords splits text into words without case and accents.
func foldWords(text string) []string {
	folded := text
	if !isASCII(text) {
		folded = norm.NFKD.String(text)
	}
	folded = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, folded)
	return strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != manyMark && r != oneMark
	})
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
