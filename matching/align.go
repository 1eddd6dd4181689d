package matching

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WordPair is one word of each of two names that were taken for the same.
type WordPair struct {
	// A and B are positions in the first and the second list.
	A, B int
	// Similarity is 1 for equal words, less for a probable typing error.
	Similarity float64
}

// AlignWords pairs the folded words of two names one to one, the most similar
// and then the nearest pairs first, and returns the pairs sorted by A. Swapping
// a and b swaps the pairs and nothing else. Names have at most 64 words
// ([ParseCompany]); words beyond are not paired.
func AlignWords(a, b []string) []WordPair {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	var found []WordPair
	for i, x := range a {
		for j, y := range b {
			if s := WordSimilarity(x, y); s > 0 {
				found = append(found, WordPair{A: i, B: j, Similarity: s})
			}
		}
	}
	slices.SortFunc(found, func(x, y WordPair) int {
		return cmp.Or(cmp.Compare(y.Similarity, x.Similarity), cmp.Compare(apart(x), apart(y)), cmp.Compare(x.A+x.B, y.A+y.B), cmp.Compare(x.A, y.A))
	})
	var usedA, usedB uint64
	pairs := found[:0]
	for _, p := range found {
		if usedA&(1<<p.A) == 0 && usedB&(1<<p.B) == 0 {
			usedA |= 1 << p.A
			usedB |= 1 << p.B
			pairs = append(pairs, p)
		}
	}
	slices.SortFunc(pairs, func(x, y WordPair) int { return cmp.Compare(x.A, y.A) })
	return pairs
}

func apart(p WordPair) int { return max(p.A-p.B, p.B-p.A) }

// WordSimilarity compares two folded words: 1 if equal, 0.8 if one of at least
// four letters begins the other ("tech", "technology"), above 0.8 for a typing
// error or two in a long word, else 0. Words with digits must be equal.
func WordSimilarity(a, b string) float64 {
	if a == b {
		return 1
	}
	x, y := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if x > y {
		a, b, x, y = b, a, y, x
	}
	if x < 4 || strings.ContainsFunc(a+b, unicode.IsDigit) {
		return 0
	}
	if allowed := allowedTypos(x); y-x <= allowed {
		if d := TypoDistance(a, b); d <= allowed {
			return 1 - 0.5*float64(d)/float64(x)*typoFactor(a, b)
		}
	}
	if x < y && strings.HasPrefix(b, a) {
		return 0.8
	}
	return 0
}

// allowedTypos is how many slips a word of n runes may have.
func allowedTypos(n int) int {
	switch {
	case n < 5:
		return 0
	case n < 9:
		return 1
	}
	return 2
}

// typoFactor doubles the cost of a slip in the first letter, where people look.
func typoFactor(a, b string) float64 {
	if a[:firstRune(a)] != b[:firstRune(b)] {
		return 2
	}
	return 1
}

// pairing is which words of two names were taken for the same.
type pairing struct{ a, b side }

// side is the words of one name, with how rare each is, how far it was found in the
// other name (0 to 1), and the word there that it was paired with, -1 for none.
type side struct {
	words []string
	rare  [maxWords]float64
	found [maxWords]float64
	mate  [maxWords]int
}

func newSide(words []string) side {
	s := side{words: words[:min(len(words), maxWords)]}
	for i, w := range s.words {
		s.mate[i], s.rare[i] = -1, rarity(w)
	}
	return s
}

// pair notes that a word was found as another side's n-th.
func (s *side) pair(i, n int, worth float64) { s.mate[i], s.found[i] = n, worth }

// done tells that no word is left.
func (s *side) done() bool { return !slices.Contains(s.mate[:len(s.words)], -1) }

// Worth of words that are alike without being equal.
const (
	worthTranslated = 0.85
	worthTypo       = 0.9
	worthJoined     = 1.0
	worthBegins     = 0.7
	worthInitials   = 0.8
	worthPlace      = 0.6
)

// alignment pairs the words of two names: equal ones first, then words joined on
// one side, translations, typing errors, and words that begin alike.
func alignment(a, b []string) *pairing {
	p := &pairing{newSide(a), newSide(b)}
	p.pairWhere(1, func(x, y string) bool { return x == y })
	if p.a.done() || p.b.done() {
		return p
	}
	joined(&p.a, &p.b)
	joined(&p.b, &p.a)
	p.pairWhere(worthTypo, oneTypo)
	p.pairWhere(worthTranslated, func(x, y string) bool { return inEnglish(x) == inEnglish(y) })
	initialed(&p.a, &p.b)
	initialed(&p.b, &p.a)
	p.pairWhere(worthBegins, begins)
	return p
}

// pairWhere pairs words that are not paired yet, nearest places first.
func (p *pairing) pairWhere(worth float64, same func(x, y string) bool) {
	for i, x := range p.a.words {
		if p.a.mate[i] >= 0 {
			continue
		}
		best := -1
		for j, y := range p.b.words {
			if p.b.mate[j] < 0 && (best < 0 || max(i-j, j-i) < max(i-best, best-i)) && same(x, y) {
				best = j
			}
		}
		if best >= 0 {
			p.a.pair(i, best, worth)
			p.b.pair(best, i, worth)
		}
	}
}

// begins tells that a word of four letters or more is the beginning of another.
func begins(x, y string) bool {
	if len(x) > len(y) {
		x, y = y, x
	}
	return len(x) >= 4 && strings.HasPrefix(y, x)
}

// joined pairs a word with two or three neighbours that make it together.
func joined(a, b *side) {
	for i, x := range a.words {
		if a.mate[i] >= 0 || len(x) < 4 {
			continue
		}
		for j := range b.words {
			rest, n := x, 0
			for n < 3 && j+n < len(b.words) && b.mate[j+n] < 0 && rest != "" && strings.HasPrefix(rest, b.words[j+n]) {
				rest = rest[len(b.words[j+n]):]
				n++
			}
			if rest == "" && n >= 2 {
				a.pairRun(b, run{i, j, n}, worthJoined)
				break
			}
		}
	}
}

// initialed pairs a short word with two or more neighbours whose initials it is;
// small words give a letter or none.
func initialed(a, b *side) {
	for i, x := range a.words {
		if a.mate[i] >= 0 || len(x) < 2 || len(x) > maxAcronym {
			continue
		}
		for j := range b.words {
			if n := initialsRun(x, b, j); n >= 2 {
				a.pairRun(b, run{i, j, n}, worthInitials)
				break
			}
		}
	}
}

// initialsRun returns how many words from the j-th on have a short word as their
// initials, 0 if they have not.
func initialsRun(x string, b *side, j int) int {
	n, words := 0, 0
	for j+words < len(b.words) && b.mate[j+words] < 0 && n < len(x) {
		w := b.words[j+words]
		switch {
		case w[0] == x[n]:
			n++
		case !smallWords()[w]:
			return 0
		}
		words++
	}
	if n < len(x) {
		return 0
	}
	return words
}

// run is a word of one side that stands for n words of the other from the j-th on.
type run struct{ i, j, n int }

func (s *side) pairRun(other *side, r run, worth float64) {
	s.pair(r.i, r.j, worth)
	for k := range r.n {
		other.pair(r.j+k, r.i, worth)
	}
}

// place is where a company is: a country's code and a folded city.
type place struct{ country, city string }

// places finds words that name where the other side is: "Siemens Germany" is
// Siemens in Germany. A country that the other side is not in is a contradiction.
func (p *pairing) places(atA, atB place, v *vector) {
	p.a.places(atB, v)
	p.b.places(atA, v)
}

func (s *side) places(there place, v *vector) {
	for i, w := range s.words {
		if s.mate[i] >= 0 || len(w) < 4 {
			continue
		}
		if w == there.city || len(there.city) > 3 && strings.HasPrefix(there.city, w+" ") {
			s.found[i] = worthPlace
			v[featPlaceWord]++
			continue
		}
		code, ok := Country(w)
		switch {
		case !ok:
		case code == there.country:
			s.found[i] = worthPlace
			v[featPlaceWord]++
		case there.country != "":
			v[featPlaceConflict]++
		}
	}
}

// tell writes the pairing down as features.
func (p *pairing) tell(v *vector) {
	a, b := p.a.sums(), p.b.sums()
	v[featQueryCover], v[featQueryMissed], v[featQueryLeft], v[featQueryRarity] = a.cover(), a.missed, a.left, a.whole
	v[featAccountCover], v[featAccountMissed], v[featAccountLeft], v[featAccountRarity] = b.cover(), b.missed, b.left, b.whole
	v[featShared], v[featHeaviest] = (a.got+b.got)/2, max(a.heaviest, b.heaviest)
	if found := a.found + b.found; found > 0 {
		v[featInexact] = (a.inexact + b.inexact) / found
	}
	v[featFirst] = p.placed(0, 0)
	v[featLast] = p.placed(len(p.a.words)-1, len(p.b.words)-1)
	v[featTurned] = p.turned()
}

// sums are the rarities of one side's words: of all, of those that were found and by
// how much, of those that were only similar, of what is left; and the rarest of each.
type sums struct{ whole, got, found, inexact, left, heaviest, missed float32 }

func (s *side) sums() (t sums) {
	for i := range s.words {
		rare, at := float32(s.rare[i]), float32(s.found[i])
		t.whole += rare
		t.got += rare * at
		t.left += rare * (1 - at)
		if at == 0 {
			t.missed = max(t.missed, rare)
			continue
		}
		t.heaviest = max(t.heaviest, rare*at)
		t.found += rare
		if at < 1 {
			t.inexact += rare
		}
	}
	return t
}

// cover is the share of a name that was found.
func (t sums) cover() float32 {
	if t.whole == 0 {
		return 0
	}
	return t.got / t.whole
}

// placed tells whether two words in given places are paired with each other.
func (p *pairing) placed(i, j int) float32 {
	switch {
	case i < 0 || j < 0:
		return 0
	case p.a.mate[i] == j || p.b.mate[j] == i:
		return 1
	case p.a.mate[i] >= 0 || p.b.mate[j] >= 0:
		return 0.5
	}
	return 0
}

// turned is the share of pairs that stand in another order.
func (p *pairing) turned() float32 {
	last, pairs, back := -1, 0, 0
	for _, m := range p.a.mate[:len(p.a.words)] {
		if m < 0 {
			continue
		}
		pairs++
		if m < last {
			back++
		}
		last = max(last, m)
	}
	if pairs < 2 {
		return 0
	}
	return float32(back) / float32(pairs-1)
}
