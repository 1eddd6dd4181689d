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
	var n named
	n.read(s)
	return n.CompanyName
}

// read fills everything in but the transliteration.
func (n *named) read(s string) {
	var wordBuf [wordRoom]word
	var formBuf [4]*legalForm
	words, folded := splitWords(wordBuf[:0], s)
	words, forms := stripLegal(words, formBuf[:0])
	n.Raw = s
	n.Key = wordsKey(words, folded)
	var every string
	n.letters, n.Initials, every = shortForms(n.Key, words)
	n.Legal, n.LegalFamily = legalFacts(forms)
	n.Generic = isGeneric(n.Key, words)
	n.readLetters()

	// The words and all further forms are parts of one slice.
	var altBuf [maxKeys - 1]string
	var shortBuf [2]string
	alt := altKeys(altBuf[:0], n, words)
	short := longEnough(appendAcronyms(shortBuf[:0], n.Initials, every))
	all := make([]string, len(words), len(words)+len(alt)+len(short))
	for i := range words {
		all[i] = words[i].text
	}
	n.Words = slices.Clip(all)
	if len(alt) > 0 {
		all = append(all, alt...)
		n.alt = slices.Clip(all[len(words):])
	}
	if len(short) > 0 {
		n.acronyms = append(all, short...)[len(all):]
	}
}

// longEnough drops acronyms that are too short to be compared.
func longEnough(acronyms []string) []string {
	return slices.DeleteFunc(acronyms, func(a string) bool {
		return len(a) < minAcronym || utf8.RuneCountInString(a) < minAcronym
	})
}

// wordsKey joins words by blanks; most stand so in the folded name.
func wordsKey(words []word, folded string) string {
	if len(words) == 0 {
		return ""
	}
	if len(words) == 1 {
		return words[0].text
	}
	together := folded != ""
	for i := 0; together && i < len(words); i++ {
		w := &words[i]
		together = folded[w.at:w.end] == w.text && (i == 0 || w.at == words[i-1].end+1)
	}
	if together {
		return folded[words[0].at:words[len(words)-1].end]
	}
	var buf [96]byte
	return string(appendText(buf[:0], words))
}

// shortForms returns the words without blanks, the initials of the significant words
// and those of all, parts of one string.
func shortForms(key string, words []word) (letters, significant, every string) {
	if len(words) < 2 {
		return key, "", ""
	}
	var buf [128]byte
	b, small := buf[:0], false
	for i := range words {
		b = append(b, words[i].text...)
		small = small || words[i].small
	}
	first := len(b)
	b = appendInitials(b, words, false)
	second := len(b)
	if small {
		b = appendInitials(b, words, true)
	}
	s := string(b)
	if every = s[second:]; !small {
		every = s[first:second]
	}
	return s[:first], s[first:second], every
}

// readLetters fills in what the letters and digits of the key tell.
func (n *named) readLetters() {
	digits, letters := false, false
	for i := range len(n.Key) {
		switch c := n.Key[i]; {
		case c >= utf8.RuneSelf:
			n.Digits, n.Script = digitGroups(n.Key), mainScript(n.Key)
			n.Latin = n.Script == ScriptLatin
			return
		case isDigit(c):
			digits = true
		case c != ' ':
			letters = true
		}
	}
	if digits {
		n.Digits = digitGroups(n.Key)
	}
	if letters {
		n.Script, n.Latin = ScriptLatin, true
	}
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
	words := make([]word, len(n.Words))
	for i, w := range n.Words {
		words[i].text = w
	}
	return appendAcronyms(nil, n.Initials, initials(words, true))
}

func appendAcronyms(to []string, significant, every string) []string {
	switch {
	case every == "":
		return to
	case significant == "" || every == significant:
		return append(to, every)
	case every < significant:
		return append(to, every, significant)
	}
	return append(to, significant, every)
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

// initials returns the first letters of the significant words, or of all, if there
// are two or more.
func initials(words []word, all bool) string {
	var buf [64]byte
	return string(appendInitials(buf[:0], words, all))
}

func appendInitials(b []byte, words []word, all bool) []byte {
	start, count := len(b), 0
	for i := range words {
		if !all && words[i].small {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(words[i].text); unicode.IsLetter(r) {
			b = utf8.AppendRune(b, r)
			count++
		}
	}
	if count < 2 {
		return b[:start]
	}
	return b
}

func isGeneric(key string, words []word) bool {
	if len(words) > 0 && words[0].noName && noNames()[key] {
		return true
	}
	for i := range words {
		if !words[i].generic {
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

// altKeys returns the keys of a name besides its key.
func altKeys(alt []string, n *named, words []word) []string {
	add := func(k string) {
		if k != "" && k != n.Key && len(alt) < maxKeys-1 && !slices.Contains(alt, k) {
			alt = append(alt, k)
		}
	}
	respelled := false
	for i := range words {
		respelled = respelled || words[i].alt != words[i].text
	}
	if respelled {
		parts := make([]string, len(words))
		for i, w := range words {
			parts[i] = w.alt
		}
		add(strings.Join(parts, " "))
	}
	if len(words) > 1 && canJoin(words) {
		add(n.letters)
	}
	if rest, ok := withoutBrackets(n.Raw); ok {
		add(rest)
	}
	if short, ok := strings.CutSuffix(n.Key, " com"); ok && short != "www" {
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
	words, folded := splitWords(nil, raw[:at]+" "+behind)
	rest, _ := stripLegal(words, nil)
	_, isCountry := Country(inside)
	if short := strings.ReplaceAll(Fold(inside), ".", ""); !isCountry || strings.ContainsFunc(behind, unicode.IsLetter) {
		if short == "" || short != initials(rest, false) && short != initials(rest, true) {
			return "", false
		}
	}
	key = wordsKey(rest, folded)
	return key, !isGeneric(key, rest)
}
