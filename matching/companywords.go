package matching

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is one word of a company's name.
type word struct {
	text    string // folded
	alt     string // folded with ae, oe, ue for umlauts
	at, end int32  // where text stands in the folded name, if it does
	wordTraits
	// marked tells that it was written like an abbreviation: S.p.A., SpA, or SPA
	// in a name that is not all capitals.
	marked bool
	// single letters join: dotted ones (S.A.) and spaced ones (S A).
	linked    bool // joined to the letter before by a dot or slash
	dotBehind bool
}

// maxRaw bounds the bytes of a name that are looked at.
const maxRaw = 8 * maxName

// splitWords cuts a name into folded words: letters, marks and digits make
// words, apostrophes vanish, "&", "+" and "und" become "and", initials become
// one word (G.m.b.H., J. P.), a change between CJK and other letters ends a word.
// They are parts of folded, but for those that were written anew; room may take them.
func splitWords(room []word, s string) (words []word, folded string) {
	raw := s
	ascii := isASCII(s)
	if len(s) > maxRaw || !ascii {
		raw = norm.NFKC.String(bounded(s))
	}
	raw = cutStateTag(raw)
	if words, folded = cutWords(room, raw); len(words) == 0 {
		return lastResort(raw + bounded(s)), ""
	}
	if !ascii {
		words = splitGlued(words)
	}
	return capWords(legalTable().words.know(mergeInitials(words))), folded
}

// wordRoom is how many words of a name are read without a slice of their own.
const wordRoom = 10

// cutWords finds and folds the words of a name. They are parts of folded, which has
// them parted by one blank.
func cutWords(words []word, raw string) (cut []word, folded string) {
	var room [128]byte
	b := room[:0]
	if isASCII(raw) {
		words, b = cutASCII(words, b, raw)
	} else {
		words, b = cutRunes(words, b, raw)
	}
	if folded = raw; string(b) != raw {
		folded = string(b)
	}
	at := int32(0)
	for i := range words {
		w := &words[i]
		w.at, w.text = at, folded[at:w.end]
		if at = w.end + 1; w.alt == "" {
			w.alt = w.text
		}
	}
	return words, folded
}

// cutRunes cuts a name in any script. It appends the words' text to b.
func cutRunes(words []word, b []byte, raw string) ([]word, []byte) {
	allCaps := !strings.ContainsFunc(raw, unicode.IsLower)
	for i := 0; i < len(raw); {
		start := i
		end, next := wordEnd(raw, start)
		if end == start {
			words, b, i = separator(words, b, raw, start)
			continue
		}
		written := raw[start:end]
		text := len(b)
		if len(words) > 0 {
			b = append(b, ' ')
			text++
		}
		if b = appendFolded(b, written); len(b) > text {
			words = append(words, word{
				end:       int32(len(b)),
				alt:       spelledOut(written),
				marked:    string(b[text:]) != written && isMarked(written, allCaps),
				linked:    start > 0 && (raw[start-1] == '.' || raw[start-1] == '/'),
				dotBehind: end < len(raw) && (raw[end] == '.' || raw[end] == '/'),
			})
		} else if len(words) > 0 {
			b = b[:text-1]
		}
		i = next
	}
	return words, b
}

// cutASCII is the short way of cutRunes for most names; the long one would say the
// same.
func cutASCII(words []word, b []byte, raw string) ([]word, []byte) {
	allCaps := !hasSmall(raw)
	for i := 0; i < len(raw); {
		start := i
		if !isWordByte(raw[i]) {
			words, b, i = separator(words, b, raw, i)
			continue
		}
		if len(words) > 0 {
			b = append(b, ' ')
		}
		upper, lower, inner := 0, false, false
		for ; i < len(raw); i++ {
			c := raw[i]
			small := wordBytes[c]
			if small == 0 {
				if c != '\'' && c != '`' || i+1 == len(raw) || !isWordByte(raw[i+1]) && raw[i+1] != '\'' && raw[i+1] != '`' {
					break
				}
				continue
			}
			b = append(b, small)
			if small != c {
				upper++
				inner = inner || lower
			} else if c >= 'a' {
				lower = true
			}
		}
		words = append(words, word{
			end:       int32(len(b)),
			marked:    inner || !allCaps && upper > 1 && !lower,
			linked:    start > 0 && (raw[start-1] == '.' || raw[start-1] == '/'),
			dotBehind: i < len(raw) && (raw[i] == '.' || raw[i] == '/'),
		})
	}
	return words, b
}

// isWordByte is isWordRune for ASCII.
func isWordByte(c byte) bool { return wordBytes[c] != 0 }

// wordBytes holds the ASCII letters and digits in lower case, zero for other bytes.
var wordBytes = func() (small [256]byte) {
	for c := range byte(utf8.RuneSelf) {
		switch {
		case isDigit(c), 'a' <= c && c <= 'z':
			small[c] = c
		case 'A' <= c && c <= 'Z':
			small[c] = c + 'a' - 'A'
		}
	}
	return small
}()

func hasSmall(s string) bool {
	for i := range len(s) {
		if 'a' <= s[i] && s[i] <= 'z' {
			return true
		}
	}
	return false
}

// bounded returns what is looked at of s; junk before a very long name is
// skipped, so that a name with a letter keeps one.
func bounded(s string) string {
	if len(s) <= maxRaw {
		return strings.ToValidUTF8(s, " ")
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return !isWordRune(r) || unicode.IsMark(r) })
	if len(s) > maxRaw {
		end := maxRaw
		for end > 0 && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end]
	}
	return strings.ToValidUTF8(s, " ")
}

// cutStateTag removes the state that registers put behind a name: "ACME CORP /DE/".
func cutStateTag(s string) string {
	t := strings.TrimRight(s, " ")
	if len(t) < 6 || t[len(t)-1] != '/' {
		return s
	}
	at := strings.LastIndexByte(t[:len(t)-1], '/')
	if tag := len(t) - at - 2; at < 1 || t[at-1] != ' ' || tag < 2 || tag > 4 || !strings.ContainsFunc(t[:at], unicode.IsLetter) {
		return s
	}
	return t[:at]
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

func isApostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == 'ʼ' || r == 'ʻ' || r == '`' || r == '´' || r == '״' || r == '׳'
}

// wordEnd returns the end of the word that starts at i, i itself if there is
// none, and where to go on.
func wordEnd(s string, i int) (end, next int) {
	end = i
	cjk := false
	for end < len(s) {
		if !cjk && isWordByte(s[end]) {
			end++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[end:])
		if end > i && isApostrophe(r) {
			if r2, _ := utf8.DecodeRuneInString(s[end+size:]); isWordRune(r2) || isApostrophe(r2) {
				end += size
				continue
			}
			return end, end + size
		}
		if isIgnored(r) && end > i {
			end += size
			continue
		}
		if !isWordRune(r) || isApostrophe(r) {
			break
		}
		if isCJK(r) != cjk && !unicode.IsMark(r) {
			if end > i {
				break
			}
			cjk = !cjk
		}
		end += size
	}
	return end, end
}

// isIgnored tells characters that are not seen inside a word: soft hyphen,
// zero-width joiners, directions.
func isIgnored(r rune) bool { return r >= 0xad && unicode.Is(unicode.Cf, r) }

func isCJK(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7af || r >= 0xf900 && r <= 0xfaff || r >= 0x20000
}

// separator handles the character at i that belongs to no word.
func separator(words []word, b []byte, s string, i int) ([]word, []byte, int) {
	c := s[i]
	if c != '&' && c != '+' || len(words) == 0 {
		_, size := utf8.DecodeRuneInString(s[i:])
		return words, b, i + size
	}
	text := " and"
	// "Disney+" is Disney Plus, "Smith + Sons" Smith and Sons.
	if c == '+' && s[i-1] != ' ' && (i+1 == len(s) || s[i+1] == ' ') {
		text = " plus"
	}
	b = append(b, text...)
	return append(words, word{end: int32(len(b))}), b, i + 1
}

// isMarked tells that a word has capitals behind small letters, or nothing but
// capitals in a name that has small letters elsewhere.
func isMarked(raw string, allCaps bool) bool {
	lower, upper, inner := false, 0, false
	for _, r := range raw {
		switch {
		case unicode.IsUpper(r):
			upper++
			inner = inner || lower
		case unicode.IsLower(r):
			lower = true
		}
	}
	return inner || !allCaps && upper > 1 && !lower
}

// lastResort keeps a name whose only letters are ones that folding or composing
// drops.
func lastResort(raw string) []word {
	for _, r := range raw {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			text := lettersOnly(Fold(string(r)))
			if text == "" {
				text = string(r)
			}
			return legalTable().words.know([]word{{text: text, alt: text}})
		}
	}
	return nil
}

func (w *word) isInitial() bool {
	if w.text == "" || len(w.text) > 2 {
		return false
	}
	r, size := utf8.DecodeRuneInString(w.text)
	return size == len(w.text) && unicode.IsLetter(r) && !isCJK(r)
}

// mergeInitials joins runs of single letters: "S.A.R.L.", "S. A. R. L.",
// "S A R L". Dotted and undotted letters make two words ("Vitamin C S.A.")
// unless each would stay alone.
func mergeInitials(words []word) []word {
	if !neighbours(words) {
		return words
	}
	merged := words[:0]
	for i := 0; i < len(words); {
		end := i + 1
		for end < len(words) && sameRun(&words[end-1], &words[end]) {
			end++
		}
		if end == i+1 {
			// Loners in a row join too: what one blank parts, a second reading
			// could not tell from a spaced abbreviation.
			for end < len(words) && words[end-1].isInitial() && words[end].isInitial() &&
				(end+1 == len(words) || !sameRun(&words[end], &words[end+1])) {
				end++
			}
		}
		merged = append(merged, concat(words[i:end]))
		i = end
	}
	return merged
}

// neighbours tells that two initials stand side by side.
func neighbours(words []word) bool {
	for i := 1; i < len(words); i++ {
		if words[i].isInitial() && words[i-1].isInitial() {
			return true
		}
	}
	return false
}

// sameRun tells that x and y are letters of one abbreviation.
func sameRun(x, y *word) bool {
	return x.isInitial() && y.isInitial() && (y.linked || x.dotBehind == y.dotBehind)
}

func concat(words []word) word {
	w := words[0]
	for _, next := range words[1:] {
		w.text += next.text
		w.alt += next.alt
		w.marked = true
	}
	return w
}

// capWords bounds the name: 64 words, 512 runes.
func capWords(words []word) []word {
	bytes := len(words)
	for i := range words {
		bytes += len(words[i].text)
	}
	if len(words) <= 64 && bytes <= maxName {
		return words
	}
	left := maxName
	for i := range words {
		size := utf8.RuneCountInString(words[i].text)
		if i == 64 || size > left && i > 0 {
			return words[:i]
		}
		if size > left {
			words[i].text, words[i].alt = cut(words[i].text, left), cut(words[i].alt, left)
			return words[:1]
		}
		left -= size + 1
	}
	return words
}
