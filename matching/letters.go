package matching

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// grams counts the pairs of neighbouring letters of a text, and where each letter
// stands, so that many others can be compared with it.
type grams struct {
	text  string
	count [letterKinds * letterKinds]uint8
	pairs int
}

// letterKinds is how many letters are told apart: those of the alphabet, digits, and
// 28 kinds of all other bytes.
const letterKinds = 64

// maxGrams bounds the bytes that are compared.
const maxGrams = 64

func letterKind(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return int(c - 'a')
	case '0' <= c && c <= '9':
		return int(c-'0') + 26
	}
	return 36 + int(c)%28
}

// read takes a text in place of the last one.
func (g *grams) read(text string) {
	*g = grams{text: text[:min(len(text), maxGrams)]}
	g.pairs = max(len(g.text)-1, 0)
	eachGram(g.text, func(k int) { g.count[k]++ })
}

func eachGram(text string, yield func(k int)) {
	if text == "" {
		return
	}
	last := letterKind(text[0])
	for i := 1; i < len(text); i++ {
		next := letterKind(text[i])
		yield(last*letterKinds + next)
		last = next
	}
}

// dice is the share of pairs of neighbouring letters that a text has in common.
func (g *grams) dice(text string) float32 {
	text = text[:min(len(text), maxGrams)]
	if g.pairs == 0 || len(text) < 2 {
		if text == g.text && text != "" {
			return 1
		}
		return 0
	}
	common := 0
	var took [maxGrams]int16
	eachGram(text, func(k int) {
		if g.count[k] > 0 {
			g.count[k]--
			took[common] = int16(k)
			common++
		}
	})
	for _, k := range took[:common] {
		g.count[k]++
	}
	return 2 * float32(common) / float32(g.pairs+len(text)-1)
}

// winkler is [JaroWinkler] of the first letters, without allocating for texts in
// plain Latin letters.
func winkler(a, b string) float64 {
	a, b = a[:min(len(a), maxGrams)], b[:min(len(b), maxGrams)]
	switch {
	case a == b:
		return 1
	case a == "" || b == "":
		return 0
	case !isASCII(a) || !isASCII(b):
		return JaroWinkler(a, b)
	}
	if len(a) > len(b) || len(a) == len(b) && a > b {
		a, b = b, a
	}
	jaro := jaroBytes(a, b)
	prefix := 0
	for prefix < min(4, len(a)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

// jaroBytes is jaroRunes for at most 64 bytes each: a bit for each place.
func jaroBytes(x, y string) float64 {
	var at [letterKinds]uint64
	for j := range len(y) {
		at[letterKind(y[j])] |= 1 << j
	}
	window := max(len(y)/2-1, 0)
	var taken uint64
	var matched [maxGrams]byte
	n := 0
	for i := range len(x) {
		free := at[letterKind(x[i])] &^ taken
		free &= ^uint64(0) << max(0, i-window)
		if end := i + window + 1; end < 64 {
			free &= 1<<end - 1
		}
		if free != 0 {
			taken |= free & -free
			matched[n] = x[i]
			n++
		}
	}
	if n == 0 {
		return 0
	}
	swapped := 0
	for k, rest := 0, taken; rest != 0; k, rest = k+1, rest&(rest-1) {
		if matched[k] != y[bits.TrailingZeros64(rest)] {
			swapped++
		}
	}
	m := float64(n)
	return (m/float64(len(x)) + m/float64(len(y)) + (m-float64(swapped)/2)/m) / 3
}

// maxParts is into how many parts a name is taken, span the words of one.
const maxParts = 4

type span struct{ from, to int }

// part finds the parts of the two names that are nearest to each other, or to the
// whole of the other: "Stepful (formerly Aja)", "VTT - Technical Research Centre". It
// returns the product of the shares found, and the rarity of what was found; 0 when
// both names are of one piece.
func (p *pairing) part() (share, rarity float32) {
	if p.a.cut == 0 && p.b.cut == 0 {
		return 0, 0
	}
	for i := range p.a.cut + 1 {
		for j := range p.b.cut + 1 {
			x, y := p.a.span(i), p.b.span(j)
			gotA, wholeA := p.a.within(x, y)
			gotB, wholeB := p.b.within(y, x)
			if wholeA < leastPart || wholeB < leastPart {
				continue
			}
			if s := gotA / wholeA * gotB / wholeB; s > share {
				share, rarity = s, gotA
			}
		}
	}
	return share, rarity
}

// leastPart is the least rarity of a part that can stand for a name.
const leastPart = 0.5

// span returns the i-th part, the whole name for the one behind the last.
func (s *side) span(i int) span {
	if i == s.cut {
		return span{0, len(s.words)}
	}
	return s.parts[i]
}

// within sums up the rarities of a part: found in a part of the other side, and all.
func (s *side) within(own, other span) (got, whole float32) {
	for i := own.from; i < own.to; i++ {
		s.english(i)
		if s.known[i].country != "" {
			continue // "(Germany)" is no name
		}
		rare := s.known[i].rare
		whole += rare
		if m := int(s.mate[i]); m >= other.from && m < other.to {
			got += rare * s.found[i]
		}
	}
	return got, whole
}

// cutParts finds the parts that a name is written in, between brackets, dashes,
// slashes and commas, as runs of its words; fewer than two are none.
func cutParts(raw string, words []string, parts *[maxParts]span) int {
	if len(words) < 2 || !hasParts(raw) {
		return 0
	}
	n, from, at := 0, 0, 0
	end := func() {
		if at > from && n < maxParts {
			parts[n] = span{from, at}
			n++
		}
		from = at
	}
	inWord := false
	for i := 0; i < len(raw) && at < len(words); i++ {
		switch c := raw[i]; {
		case partsName(raw, i):
			end()
			inWord = false
		case isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 || c == '&' || c == '\'':
			if !inWord {
				at = afterWord(c, words, at)
			}
			inWord = true
		default:
			inWord = false
		}
	}
	at = max(at, len(words))
	end()
	if n < 2 {
		return 0
	}
	for i := range n {
		if w := words[parts[i].from]; parts[i].to-parts[i].from > 1 && companyWords().marks[w] {
			parts[i].from++
		}
	}
	return n
}

// hasParts tells that a name may have more than one part.
func hasParts(raw string) bool {
	for i := range len(raw) {
		if partsName(raw, i) {
			return true
		}
	}
	return false
}

// partsName tells that a part of a name ends at a byte.
func partsName(raw string, i int) bool {
	switch raw[i] {
	case '(', ')', '[', ']', '/', '|', ';', ':', ',':
		return true
	case '-':
		return i > 0 && raw[i-1] == ' '
	case dash[0]:
		return strings.HasPrefix(raw[i:], dash) || strings.HasPrefix(raw[i:], longDash)
	}
	return false
}

const (
	dash     = "\u2013"
	longDash = "\u2014"
)

// afterWord returns the place behind the word, of those from at on, that a letter
// begins; words may have been left out or joined.
func afterWord(c byte, words []string, at int) int {
	switch {
	case c == '&':
		c = 'a'
	case 'A' <= c && c <= 'Z':
		c |= 0x20
	}
	for k := at; k < min(at+3, len(words)); k++ {
		if w := words[k]; w[0] == c || c >= 0x80 {
			return k + 1
		}
	}
	return at
}

// areInitials tells that two or more letters are the initials of words, with those of
// small words or without.
func areInitials(letters string, words []string) bool {
	if len(letters) < 2 || utf8.RuneCountInString(letters) > len(words) {
		return false
	}
	return startsWith(letters, words, false) || startsWith(letters, words, true)
}

// longestSmall bounds the bytes of small words, which are in few lists.
const longestSmall = 5

func startsWith(letters string, words []string, all bool) bool {
	for _, w := range words {
		r, size := utf8.DecodeRuneInString(w)
		if !unicode.IsLetter(r) || !all && len(w) <= longestSmall && smallWords()[w] {
			continue
		}
		if !strings.HasPrefix(letters, w[:size]) {
			return false
		}
		letters = letters[size:]
	}
	return letters == ""
}

// maxMade bounds the letters that are taken for beginnings of words.
const maxMade = 32

// made tells how far a short form is made of beginnings of the words, in order, each
// word once: "univlyon1" is made of "universite claude bernard lyon 1". It returns the
// share of the name's rarity that the short form names, 0 when letters are left over.
func (s *side) made(short string) float32 {
	if len(short) < 2 || len(short) > maxMade || !s.starts(short[0]) {
		return 0
	}
	var best [maxMade + 1]float32
	for i := range best {
		best[i] = -1
	}
	best[0] = 0
	whole := float32(0)
	for i, w := range s.words {
		rare := s.known[i].rare
		whole += rare
		for at := len(short) - 1; at >= 0; at-- {
			if best[at] < 0 {
				continue
			}
			for k := 1; k <= len(w) && at+k <= len(short) && w[k-1] == short[at+k-1]; k++ {
				worth := best[at] + worthInitial*rare
				if k >= sureBeginning || k == len(w) {
					worth = best[at] + rare
				}
				best[at+k] = max(best[at+k], worth)
			}
		}
	}
	if whole == 0 {
		return 0
	}
	return max(best[len(short)], 0) / whole
}

// A beginning of three letters stands for its word, a shorter one for a part of it.
const (
	sureBeginning = 3
	worthInitial  = 0.7
)

// starts tells that one of the words begins with a letter.
func (s *side) starts(c byte) bool {
	for _, w := range s.words {
		if w[0] == c {
			return true
		}
	}
	return false
}

// labelFeature tells how far a domain's label is made of a name: 1 for its letters,
// the share of either that the other begins with, or its initials; else by the share
// of letters in common.
func labelFeature(label, letters string, words []string, common float32) float32 {
	switch {
	case label == "" || letters == "":
		return 0
	case label == letters:
		return 1
	}
	best := float32(0)
	if len(words) > 1 && areInitials(label, words) {
		best = 0.5 + 0.1*float32(min(len(label), 4))
	}
	if len(label) < minPrefix || len(letters) < minPrefix {
		return best
	}
	if strings.HasPrefix(letters, label) || strings.HasPrefix(label, letters) || strings.HasSuffix(label, letters) {
		best = max(best, 0.6, 0.9*float32(min(len(label), len(letters)))/float32(max(len(label), len(letters))))
	}
	for _, w := range words {
		if w == label && rarity(w) > 0.5 {
			best = max(best, 0.8)
		}
	}
	return max(best, 0.8*common)
}
