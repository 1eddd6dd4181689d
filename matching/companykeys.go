package matching

import (
	"slices"
	"strings"
	"unicode"
)

// maxKeys is the most keys a name has, Key included.
const maxKeys = 4

// altKeys returns the keys of a name besides key.
func altKeys(raw, key string, words []word) []string {
	var alt []string
	add := func(k string) {
		if k != "" && k != key && len(alt) < maxKeys-1 && !slices.Contains(alt, k) {
			alt = append(alt, k)
		}
	}
	if slices.ContainsFunc(words, func(w word) bool { return w.alt != w.text }) {
		parts := make([]string, len(words))
		for i, w := range words {
			parts[i] = w.alt
		}
		add(strings.Join(parts, " "))
	}
	if len(words) > 1 && canJoin(words) {
		add(strings.ReplaceAll(key, " ", ""))
	}
	if rest, ok := withoutBrackets(raw); ok {
		add(rest)
	}
	if short, ok := strings.CutSuffix(key, " com"); ok && short != "www" {
		add(short)
	}
	return alt
}

// canJoin tells that no two numbers would run together.
func canJoin(words []word) bool {
	for i := 1; i < len(words); i++ {
		before, after := words[i-1].text, words[i].text
		if isDigit(before[len(before)-1]) && isDigit(after[0]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// withoutBrackets returns the key without what a reader skips in brackets: the
// name's own initials, "International Business Machines (IBM)", or a country at
// the end, "Siemens (Germany)".
func withoutBrackets(raw string) (key string, ok bool) {
	at := strings.IndexByte(raw, '(')
	if at < 1 || len(raw) > maxRaw {
		return "", false
	}
	inside, behind, closed := strings.Cut(raw[at+1:], ")")
	if !closed || inside == "" {
		return "", false
	}
	words, _ := stripLegal(splitWords(raw[:at] + " " + behind))
	rest := texts(words)
	_, isCountry := Country(inside)
	if short := strings.ReplaceAll(Fold(inside), ".", ""); !isCountry || strings.ContainsFunc(behind, unicode.IsLetter) {
		if short == "" || short != initials(rest, false) && short != initials(rest, true) {
			return "", false
		}
	}
	key = strings.Join(rest, " ")
	return key, !isGeneric(key, rest)
}
