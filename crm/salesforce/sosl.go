package salesforce

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxSearch is the longest search text, in characters: beyond it the platform
// drops operators, and the search would find something else.
const maxSearch = 4000

// soslReserved are the characters with a meaning in a search text.
const soslReserved = `?&|!{}[]()^~*:\"'+-`

// soslTerm writes a phrase as a term of a search: all its words. ok is false when
// the search index cannot look for it, because no word has two characters; the
// index knows no shorter ones. Single letters beside longer words are left out:
// what is found is compared with the phrase anyway.
func soslTerm(phrase string) (term string, ok bool) {
	var all []string
	for word := range strings.FieldsSeq(phrase) {
		word = strings.TrimFunc(word, func(r rune) bool { return !isWordRune(r) })
		if utf8.RuneCountInString(word) < 2 {
			continue
		}
		if w := soslWord(word); !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	switch len(all) {
	case 0:
		return "", false
	case 1:
		return all[0], true
	default:
		return "(" + strings.Join(all, " AND ") + ")", true
	}
}

// soslWord writes one word: with its accents and without, since an index may keep
// either.
func soslWord(word string) string {
	if plain := fold(word); plain != strings.ToLower(word) {
		return "(" + soslAtom(word) + " OR " + soslAtom(plain) + ")"
	}
	return soslAtom(word)
}

// soslAtom escapes what is reserved. Words with marks in them (O'Brien, Jean-Luc)
// stand in quotes: the index cuts them as it cut the names. So do words that are
// operators.
func soslAtom(word string) string {
	plain := strings.IndexFunc(word, func(r rune) bool { return !isWordRune(r) }) < 0
	if plain && !isSearchOperator(word) {
		return word
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range word {
		if strings.ContainsRune(soslReserved, r) {
			b.WriteByte('\\')
		}
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}

func isSearchOperator(word string) bool {
	switch strings.ToUpper(word) {
	case "AND", "OR", "NOT", "LIKE", "IN", "FIND", "RETURNING", "WITH":
		return true
	default:
		return false
	}
}

// packSearch puts terms together into as few search texts as their length allows.
// A term that is too long alone cannot be searched for; such ones do not come
// here.
func packSearch(terms []string) [][]string {
	var out [][]string
	length := 0
	for _, t := range terms {
		n := utf8.RuneCountInString(t) + len(" OR ")
		if len(out) == 0 || length+n > maxSearch {
			out = append(out, nil)
			length = 0
		}
		out[len(out)-1] = append(out[len(out)-1], t)
		length += n
	}
	return out
}

// foldWords splits a name into words without case and accents.
func foldWords(name string) []string {
	return strings.FieldsFunc(fold(name), func(r rune) bool { return !isWordRune(r) })
}

func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// phrases are values of crm.OpWords, folded.
type phrases [][]string

func newPhrases(values []string) phrases {
	var out phrases
	for _, v := range values {
		if words := foldWords(v); len(words) > 0 {
			out = append(out, words)
		}
	}
	return out
}

// match reports whether a name has all words of one of the phrases, in any order.
func (p phrases) match(name string) bool {
	words := foldWords(name)
	return slices.ContainsFunc(p, func(phrase []string) bool {
		for _, w := range phrase {
			if !slices.Contains(words, w) {
				return false
			}
		}
		return true
	})
}
