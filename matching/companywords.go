package matching

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// word is one word of a company's name.
type word struct {
	text string // folded
	alt  string // folded with ae, oe, ue for umlauts
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
func splitWords(s string) []word {
	raw := s
	if len(s) > maxRaw || !isASCII(s) {
		raw = norm.NFKC.String(bounded(s))
	}
	raw = cutStateTag(raw)
	words := cutWords(raw)
	if len(words) == 0 {
		return lastResort(raw + bounded(s))
	}
	return capWords(joinWords(sameWords(mergeInitials(splitGlued(words)))))
}

// cutWords finds and folds the words of a name.
func cutWords(raw string) []word {
	words := make([]word, 0, 8)
	if isASCII(raw) && !strings.ContainsAny(raw, "'`") {
		return cutASCII(words, raw)
	}
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

// cutASCII is the short way of cutWords for most names; the long one would say the
// same.
func cutASCII(words []word, raw string) []word {
	folded := strings.ToLower(raw)
	allCaps := strings.IndexFunc(raw, unicode.IsLower) < 0
	for i := 0; i < len(raw); {
		start := i
		for i < len(raw) && isWordByte(raw[i]) {
			i++
		}
		if i == start {
			words, i = separator(words, raw, start)
			continue
		}
		w := word{text: folded[start:i], alt: folded[start:i]}
		w.marked = w.text != raw[start:i] && isMarked(raw[start:i], allCaps)
		w.linked = start > 0 && (raw[start-1] == '.' || raw[start-1] == '/')
		w.dotBehind = i < len(raw) && (raw[i] == '.' || raw[i] == '/')
		words = append(words, w)
	}
	return words
}

// isWordByte is isWordRune for ASCII.
func isWordByte(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

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
			return []word{{text: text, alt: text}}
		}
	}
	return nil
}

func isInitial(w word) bool {
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
	merged := words[:0]
	for i := 0; i < len(words); {
		end := i + 1
		for end < len(words) && sameRun(words[end-1], words[end]) {
			end++
		}
		if end == i+1 {
			// Loners in a row join too: what one blank parts, a second reading
			// could not tell from a spaced abbreviation.
			for end < len(words) && isInitial(words[end-1]) && isInitial(words[end]) &&
				(end+1 == len(words) || !sameRun(words[end], words[end+1])) {
				end++
			}
		}
		merged = append(merged, concat(words[i:end]))
		i = end
	}
	return merged
}

// sameRun tells that x and y are letters of one abbreviation.
func sameRun(x, y word) bool {
	return isInitial(x) && isInitial(y) && (y.linked || x.dotBehind == y.dotBehind)
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

// splitGlued parts legal forms from the names they are written together with,
// as Chinese, Japanese, Korean and Thai do.
func splitGlued(words []word) []word {
	if !slices.ContainsFunc(words, func(w word) bool { return isGluing(w.text) }) {
		return words
	}
	var parted []word
	for _, w := range words {
		if isGluing(w.text) {
			parted = appendGlued(parted, w.text)
		} else {
			parted = append(parted, w)
		}
	}
	return parted
}

func isGluing(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return isCJK(r) || unicode.Is(unicode.Thai, r)
}

func appendGlued(words []word, s string) []word {
	for _, form := range legalTable().glued {
		if s == form {
			break
		}
		if rest, ok := strings.CutPrefix(s, form); ok && rest != "" && !startsWithMark(rest) {
			return appendGlued(append(words, word{text: form, alt: form}), rest)
		}
		if rest, ok := strings.CutSuffix(s, form); ok && rest != "" {
			return append(appendGlued(words, rest), word{text: form, alt: form})
		}
	}
	return append(words, word{text: s, alt: s})
}

func startsWithMark(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsMark(r)
}

// sameWords writes abbreviations out: "Intl" is "International".
func sameWords(words []word) []word {
	for i, w := range words {
		if full, ok := companyWords().same[w.text]; ok {
			words[i].text, words[i].alt = full, full
		}
	}
	return words
}

// joinWords makes "and" of its translations. One-letter ones (Spanish y, Italian
// e) count only between longer words: the E of "E Ink" is a letter.
func joinWords(words []word) []word {
	for i, w := range words {
		if !companyWords().and[w.text] || i == 0 || i == len(words)-1 {
			continue
		}
		if isInitial(w) && (isInitial(words[i-1]) || isInitial(words[i+1])) {
			continue
		}
		words[i].text, words[i].alt = "and", "and"
	}
	return words
}

// capWords bounds the name: 64 words, 512 runes.
func capWords(words []word) []word {
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
