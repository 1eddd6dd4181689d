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
// Words and folded name are those of cutWords; room may take the words.
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

// cutWords finds and folds the words of a name. The folded name has them parted by
// one blank; it is empty if they are strings of their own.
func cutWords(room []word, raw string) (words []word, folded string) {
	if isASCII(raw) {
		return cutASCII(room, raw)
	}
	return cutRunes(room, raw), ""
}

// cutRunes cuts a name in any script.
func cutRunes(words []word, raw string) []word {
	allCaps := !strings.ContainsFunc(raw, unicode.IsLower)
	for i := 0; i < len(raw); {
		start := i
		end, next := wordEnd(raw, start)
		if end == start {
			words, i = separator(words, raw, start)
			continue
		}
		w := newWord(raw[start:end], allCaps)
		w.linked = start > 0 && (raw[start-1] == '.' || raw[start-1] == '/')
		w.dotBehind = end < len(raw) && (raw[end] == '.' || raw[end] == '/')
		if w.text != "" {
			words = append(words, w)
		}
		i = next
	}
	return words
}

// The kinds of ASCII characters in a name.
const (
	byteParting uint8 = iota
	byteSmall         // a small letter or digit
	byteCapital
	byteApostrophe
)

var byteKinds = func() (kinds [256]uint8) {
	for c := range kinds {
		switch {
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'z':
			kinds[c] = byteSmall
		case 'A' <= c && c <= 'Z':
			kinds[c] = byteCapital
		case c == '\'' || c == '`':
			kinds[c] = byteApostrophe
		}
	}
	return kinds
}()

// cutASCII is the short way of cutWords for most names; the long one would say the
// same. Its words are parts of one string.
func cutASCII(words []word, raw string) ([]word, string) {
	var room [128]byte
	b, known, allCaps := room[:0], 0, !hasSmall(raw)
	for i := 0; i < len(raw); {
		start := i
		if kind := byteKinds[raw[i]]; kind != byteSmall && kind != byteCapital {
			if words, i = separator(words, raw, i); len(words) > known {
				b = append(append(b, ' '), words[known].text...)
				words[known].end = int32(len(b))
				known++
			}
			continue
		}
		if known > 0 {
			b = append(b, ' ')
		}
		upper, lower, inner := 0, false, false
		for ; i < len(raw); i++ {
			c := raw[i]
			if kind := byteKinds[c]; kind == byteSmall {
				lower = lower || c > '9'
				b = append(b, c)
			} else if kind == byteCapital {
				upper++
				inner = inner || lower
				b = append(b, c|0x20)
			} else if kind == byteParting || i+1 == len(raw) || byteKinds[raw[i+1]] == byteParting {
				break
			}
		}
		words = append(words, word{
			end:       int32(len(b)),
			marked:    inner || !allCaps && upper > 1 && !lower,
			linked:    start > 0 && (raw[start-1] == '.' || raw[start-1] == '/'),
			dotBehind: i < len(raw) && (raw[i] == '.' || raw[i] == '/'),
		})
		known++
	}
	folded := raw
	if string(b) != raw {
		folded = string(b)
	}
	at := int32(0)
	for i := range words {
		w := &words[i]
		w.at, w.text = at, folded[at:w.end]
		w.alt, at = w.text, w.end+1
	}
	return words, folded
}

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
func separator(words []word, s string, i int) ([]word, int) {
	r, size := utf8.DecodeRuneInString(s[i:])
	next := i + size
	and := word{text: "and", alt: "and"}
	switch {
	case r == '&' && len(words) > 0:
		words = append(words, and)
	case r == '+' && len(words) > 0:
		// "Disney+" is Disney Plus, "Smith + Sons" Smith and Sons.
		if i > 0 && s[i-1] != ' ' && (next == len(s) || s[next] == ' ') {
			and = word{text: "plus", alt: "plus"}
		}
		words = append(words, and)
	}
	return words, next
}

// newWord folds one word. What folding leaves besides letters, marks and digits
// (the quotes in ŉ) is dropped.
func newWord(raw string, allCaps bool) word {
	w := word{text: lettersOnly(Fold(raw))}
	w.alt = w.text
	if strings.ContainsAny(raw, umlauts) {
		w.alt = lettersOnly(foldDigraph(raw))
	}
	if w.text != raw {
		w.marked = isMarked(raw, allCaps)
	}
	return w
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
