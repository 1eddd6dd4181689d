package matching

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CompanyName is a company's name taken apart by [ParseCompany]. It is a value:
// its slices may be shared and must not be changed.
type CompanyName struct {
	// Raw is the name as given.
	Raw string
	// Key is the folded name without its legal form, words joined by one blank.
	// It is empty only if Raw holds neither letter nor digit.
	Key string
	// Words are the words of Key in order.
	Words []string
	// Legal holds the ids of the legal forms found ("inc", "gmbh"), sorted.
	Legal []string
	// LegalFamily holds the countries, as ISO codes, in which all of these forms
	// are in use, sorted; empty means that the forms say nothing of a country.
	LegalFamily []string
	// Digits are the groups of digits in order ("3" of "3M", "21" of "Forever 21").
	Digits []string
	// Initials are the first letters of the significant words; empty when the
	// name has fewer than two of them.
	Initials string
	// Script is the script of most letters, and Latin tells that it is Latin.
	Script Script
	Latin  bool
	// Generic tells that the name consists of words that name no company ("The
	// Company Group Holdings LLC") or says that there is none ("self-employed").
	// It proves nothing.
	Generic bool

	alt []string // further keys
}

// Script names a writing system; the zero value means that there is no letter.
type Script string

// The writing systems that are told apart.
const (
	ScriptLatin    Script = "latin"
	ScriptHan      Script = "han" // Chinese and Japanese, kana included
	ScriptHangul   Script = "hangul"
	ScriptCyrillic Script = "cyrillic"
	ScriptGreek    Script = "greek"
	ScriptArabic   Script = "arabic"
	ScriptHebrew   Script = "hebrew"
	ScriptThai     Script = "thai"
	ScriptOther    Script = "other"
)

// ParseCompany takes a company's name apart. Any bytes give a value; names
// longer than 512 characters are cut. Parsing a Key gives the same Key.
func ParseCompany(s string) CompanyName {
	n := CompanyName{Raw: s}
	words, forms := stripLegal(splitWords(s))
	n.Words = make([]string, len(words))
	for i, w := range words {
		n.Words[i] = w.text
	}
	n.Key = strings.Join(n.Words, " ")
	n.alt = altKeys(s, n.Key, words)
	n.Legal, n.LegalFamily = legalFacts(forms)
	n.Digits = digitGroups(n.Key)
	n.Initials = initials(n.Words, false)
	n.Script = mainScript(n.Key)
	n.Latin = n.Script == ScriptLatin
	n.Generic = isGeneric(n.Key, n.Words)
	return n
}

// Keys returns the comparable forms of the name: Key first, then the spelling
// with ae, oe, ue for umlauts, the name written as one word, the name without its
// own initials or a country in brackets ("Siemens (Germany)"), and that of a
// ".com" company without it; at most four.
func (n CompanyName) Keys() []string {
	return append([]string{n.Key}, n.alt...)
}

// SameKey tells that a and b share a key: they are the same name apart from
// legal form, case, accents and punctuation. Two names without any letter or
// digit share nothing.
func SameKey(a, b CompanyName) bool {
	if a.Key == "" || b.Key == "" {
		return false
	}
	if a.Key == b.Key {
		return true
	}
	if slices.Contains(b.alt, a.Key) || slices.Contains(a.alt, b.Key) {
		return true
	}
	return slices.ContainsFunc(a.alt, func(k string) bool { return slices.Contains(b.alt, k) })
}

// Acronyms returns the short forms that initials give, sorted: of the
// significant words ("bc" for "Bank of China") and of all words ("boc").
func (n CompanyName) Acronyms() []string {
	all := n.Initials
	if all == "" || slices.ContainsFunc(n.Words, func(w string) bool { return smallWords()[w] }) {
		all = initials(n.Words, true)
	}
	switch {
	case n.Initials == "" || all == n.Initials:
		if all == "" {
			return nil
		}
		return []string{all}
	case all < n.Initials:
		return []string{all, n.Initials}
	}
	return []string{n.Initials, all}
}

// Common tells that the whole name is one short word that very many companies
// bear ("Apex"): equal names are then no proof (MA44).
func (n CompanyName) Common() bool {
	return len(n.Words) == 1 && commonNames()[n.Key]
}

// DigitsAgree tells that both names hold the same groups of digits in the same
// order: "Forever 21" is not "Forever 24" (MA25).
func DigitsAgree(a, b CompanyName) bool { return slices.Equal(a.Digits, b.Digits) }

func digitGroups(key string) []string {
	if !strings.ContainsFunc(key, unicode.IsDigit) {
		return nil
	}
	return strings.FieldsFunc(key, func(r rune) bool { return !unicode.IsDigit(r) })
}

func initials(words []string, all bool) string {
	var buf [64]byte
	b, count := buf[:0], 0
	for _, w := range words {
		if !all && smallWords()[w] {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLetter(r) {
			b = utf8.AppendRune(b, r)
			count++
		}
	}
	if count < 2 {
		return ""
	}
	return string(b)
}

func isGeneric(key string, words []string) bool {
	if noNames()[key] {
		return true
	}
	for _, w := range words {
		if !genericWords()[w] {
			return false
		}
	}
	return len(words) > 0
}

func mainScript(s string) Script {
	var latin, best int
	var others map[Script]int
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z':
			latin++
		case r < 0x80 || !unicode.IsLetter(r):
		case unicode.Is(unicode.Latin, r):
			latin++
		default:
			if others == nil {
				others = make(map[Script]int)
			}
			others[scriptOf(r)]++
		}
	}
	var main Script
	if latin > 0 {
		main, best = ScriptLatin, latin
	}
	for _, k := range []Script{ScriptHan, ScriptHangul, ScriptCyrillic, ScriptGreek, ScriptArabic, ScriptHebrew, ScriptThai, ScriptOther} {
		if others[k] > best {
			main, best = k, others[k]
		}
	}
	return main
}

func scriptOf(r rune) Script {
	switch {
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー':
		return ScriptHan
	case unicode.Is(unicode.Hangul, r):
		return ScriptHangul
	case unicode.Is(unicode.Cyrillic, r):
		return ScriptCyrillic
	case unicode.Is(unicode.Greek, r):
		return ScriptGreek
	case unicode.Is(unicode.Arabic, r):
		return ScriptArabic
	case unicode.Is(unicode.Hebrew, r):
		return ScriptHebrew
	case unicode.Is(unicode.Thai, r):
		return ScriptThai
	}
	return ScriptOther
}

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
