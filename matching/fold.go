package matching

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxName bounds the work for one name, in runes; what comes after is cut.
const maxName = 512

// Fold returns the comparison form of s: compatibility-composed, lower case by
// full case folding, letters reduced to their base letter (é to e, ł to l, ß to
// ss, æ to ae), control and format characters dropped, white space squeezed and
// trimmed. Every script stays itself: Cyrillic, Greek or CJK letters are never
// turned into Latin ones, and the vowel signs of kana, Thai or the Indic scripts
// are letters there and are kept. Bytes that are no UTF-8 are dropped.
// Fold(Fold(s)) equals Fold(s).
func Fold(s string) string { return foldWith(s, false) }

// foldDigraph is Fold with the spelling for keyboards that lack a letter: ä ae,
// ö oe, ü ue, å aa, ø oe. It equates Müller and Mueller without equating every
// "ue" of the world with "u".
func foldDigraph(s string) string { return foldWith(s, true) }

// Transliterate returns a Latin form of s in lower case. It is made letter by
// letter, reads every Han character as Chinese and knows no spelling rules, so
// equal forms make a candidate, never a proof.
func Transliterate(s string) string {
	if isASCII(s) {
		return Fold(s)
	}
	return Fold(unidecode.Unidecode(norm.NFKC.String(strings.ToValidUTF8(s, ""))))
}

func foldWith(s string, digraph bool) string {
	if isPlain(s) {
		return s
	}
	if isASCII(s) {
		return foldASCII(s)
	}
	if isPlainCJK(s) {
		return s
	}
	table := foldTable()
	if digraph {
		table = digraphTable()
	}
	var b strings.Builder
	b.Grow(len(s) + 4)
	for _, r := range s {
		if r >= tableSize {
			// Beyond the table letters combine: start again with the whole string.
			return foldUnicode(s, digraph)
		}
		b.WriteString(table[r])
	}
	return squeeze(b.String())
}

// foldASCII is the short way for most names; the table would say the same.
func foldASCII(s string) string {
	var buf [64]byte
	b := buf[:0]
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z':
			b = append(b, c+'a'-'A')
		case c == '`':
			b = append(b, '\'')
		case c == ' ' || '\t' <= c && c <= '\r':
			if len(b) > 0 && b[len(b)-1] != ' ' {
				b = append(b, ' ')
			}
		case c > ' ' && c < 0x7f:
			b = append(b, c)
		}
	}
	return strings.TrimRight(string(b), " ")
}

// foldUnicode is the definition of Fold; the table is computed from it. A few
// characters become capitals or new marks on the way, so it runs until nothing
// changes; two rounds do for all of Unicode.
func foldUnicode(s string, digraph bool) string {
	s = strings.ToValidUTF8(s, "")
	if digraph {
		s = digraphs().Replace(norm.NFKC.String(s))
	}
	for range 4 {
		next := foldOnce(s)
		if next == s {
			break
		}
		s = next
	}
	return squeeze(s)
}

func foldOnce(s string) string {
	s = norm.NFKD.String(caseFolder().String(norm.NFKC.String(s)))
	var b strings.Builder
	b.Grow(len(s))
	bare := false // the letter before loses its marks
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r):
			if !bare {
				b.WriteRune(r)
			}
			continue
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == utf8.RuneError || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r):
			continue
		default:
			writeBase(&b, r)
		}
		bare = hasBareForm(r)
	}
	return norm.NFKC.String(b.String())
}

// hasBareForm tells the scripts in which marks are accents; elsewhere they are
// letters of their own: か and が, क and कि.
func hasBareForm(r rune) bool {
	return r < 0x300 || unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew) ||
		!unicode.IsLetter(r) && !unicode.IsMark(r)
}

// writeBase writes letters whose stroke or ligature Unicode does not take apart.
func writeBase(b *strings.Builder, r rune) {
	switch r {
	case 'ł', 'ƚ':
		b.WriteByte('l')
	case 'ø':
		b.WriteByte('o')
	case 'đ', 'ð', 'ɖ':
		b.WriteByte('d')
	case 'ħ':
		b.WriteByte('h')
	case 'ŧ':
		b.WriteByte('t')
	case 'ı':
		b.WriteByte('i')
	case 'ĸ':
		b.WriteByte('k')
	case 'ŋ':
		b.WriteByte('n')
	case 'ə':
		b.WriteByte('e')
	case 'æ':
		b.WriteString("ae")
	case 'œ':
		b.WriteString("oe")
	case 'þ':
		b.WriteString("th")
	case 'ß':
		b.WriteString("ss")
	case '’', '‘', 'ʼ', 'ʻ', '`', '´', '′':
		b.WriteByte('\'')
	case '‐', '‑', '‒', '–', '—', '―', '−':
		b.WriteByte('-')
	default:
		b.WriteRune(r)
	}
}

// tableSize covers ASCII, Latin-1 and the Latin Extended-A and -B blocks, in
// which no character depends on its neighbours.
const tableSize = 0x250

var (
	foldTable    = sync.OnceValue(func() *[tableSize]string { return makeTable(false) })
	digraphTable = sync.OnceValue(func() *[tableSize]string { return makeTable(true) })
	caseFolder   = sync.OnceValue(func() *cases.Caser { c := cases.Fold(); return &c })
	digraphs     = sync.OnceValue(func() *strings.Replacer {
		return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe",
			"Ä", "ae", "Ö", "oe", "Ü", "ue", "Å", "aa", "Ø", "oe")
	})
)

// umlauts are the letters that the digraph spelling writes with two.
const umlauts = "äöüåøÄÖÜÅØ"

func makeTable(digraph bool) *[tableSize]string {
	var t [tableSize]string
	for r := range t {
		s := foldUnicode("x"+string(rune(r))+"x", digraph)
		t[r] = s[1 : len(s)-1]
	}
	return &t
}

// isPlain tells that s is its own comparison form already.
func isPlain(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c == ' ' {
			if space {
				return false
			}
			space = true
			continue
		}
		space = false
		if c < ' ' || c >= 0x7f || 'A' <= c && c <= 'Z' || c == '`' {
			return false
		}
	}
	return !space || s == ""
}

// isPlainCJK tells that s has only Han characters, kana and whole Hangul
// syllables, which have neither case nor marks to lose.
func isPlainCJK(s string) bool {
	for _, r := range s {
		switch {
		case r >= 0x4e00 && r <= 0x9fff, r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa, r == 'ー', r >= 0xac00 && r <= 0xd7a3:
		default:
			return false
		}
	}
	return s != ""
}

func isASCII(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		if eightBytes(s)&0x8080808080808080 != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendFolded appends one folded word. What folding leaves besides letters, marks
// and digits (the quotes in ŉ) is dropped.
func appendFolded(b []byte, raw string) []byte {
	table, start := foldTable(), len(b)
	for _, r := range raw {
		if r == '\'' || r == '`' {
			continue
		}
		if r >= tableSize || !isPlainWord(table[r]) {
			return append(b[:start], lettersOnly(Fold(raw))...)
		}
		b = append(b, table[r]...)
	}
	return b
}

func isPlainWord(s string) bool {
	for i := range len(s) {
		if !isWordByte(s[i]) {
			return false
		}
	}
	return true
}

// spelledOut returns the folded word with ae, oe, ue for umlauts, nothing if it has
// none.
func spelledOut(raw string) string {
	if isASCII(raw) || !strings.ContainsAny(raw, umlauts) {
		return ""
	}
	return lettersOnly(foldDigraph(raw))
}

func lettersOnly(s string) string {
	ok := true
	for _, r := range s {
		ok = ok && isWordRune(r) && !isApostrophe(r)
	}
	if !ok {
		s = strings.Map(func(r rune) rune {
			if isWordRune(r) && !isApostrophe(r) {
				return r
			}
			return -1
		}, s)
	}
	if s == "" || s[0] < utf8.RuneSelf {
		return s
	}
	return strings.TrimLeftFunc(s, unicode.IsMark)
}

// squeeze makes one blank of each run of blanks and trims both ends.
func squeeze(s string) string {
	s = strings.Trim(s, " ")
	if !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		if s[i] != ' ' || s[i-1] != ' ' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// cut returns at most n runes of s.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
