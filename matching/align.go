package matching

import "strings"

// pairing is which words of two names were taken for the same.
// One is used for many pairs, one after the other.
type pairing struct{ a, b *side }

// side is the words of one name, with what is known of each, how far it was found in
// the other name (0 to 1), and the word there that it was paired with, -1 for none.
type side struct {
	words []string
	known [maxWords]lexeme
	found [maxWords]float32
	mate  [maxWords]int8
	open  int // words that are not paired
	parts [maxParts]span
	cut   int // how many parts the name is written in, 0 for one
}

// read takes a name's words; it is ready to be paired.
func (s *side) read(raw string, words []string) {
	s.words = words[:min(len(words), maxWords)]
	for i, w := range s.words {
		s.known[i] = lookUp(w)
	}
	s.cut = cutParts(raw, s.words, &s.parts)
	s.reset()
}

// reset forgets the pairs.
func (s *side) reset() {
	s.open = len(s.words)
	for i := range s.words {
		s.mate[i], s.found[i] = -1, 0
	}
}

// pair notes that a word was found as another side's n-th.
func (s *side) pair(i, n int, worth float32) {
	if s.mate[i] < 0 {
		s.open--
	}
	s.mate[i], s.found[i] = int8(n), worth
}

// english is the English word for the i-th, looked up when it is first asked for.
func (s *side) english(i int) string {
	if s.known[i].english == "" {
		s.known[i] = byStem(s.words[i])
	}
	return s.known[i].english
}

// Worth of words that are alike without being equal.
const (
	worthTranslated = 0.85
	worthTypo       = 0.9
	worthJoined     = 1.0
	worthBegins     = 0.7
	worthInitials   = 0.8
	worthPlace      = 0.6
)

// align pairs the words of two names: equal ones first, then words joined on one
// side, typing errors, translations, initials, and words that begin alike.
func (p *pairing) align() {
	p.pairWhere(1, func(i, j int) bool { return p.a.words[i] == p.b.words[j] })
	if p.done() {
		return
	}
	joined(p.a, p.b)
	joined(p.b, p.a)
	p.pairWhere(worthTypo, func(i, j int) bool { return oneTypo(p.a.words[i], p.b.words[j]) })
	p.pairWhere(worthTranslated, func(i, j int) bool { return p.a.english(i) == p.b.english(j) })
	initialed(p.a, p.b)
	initialed(p.b, p.a)
	p.pairWhere(worthBegins, func(i, j int) bool { return begins(p.a.words[i], p.b.words[j]) })
	p.a.ownInitials()
	p.b.ownInitials()
}

// ownInitials finds words that are the initials of the words before or behind them,
// which add nothing: "African Telecommunications Union (ATU)".
func (s *side) ownInitials() {
	if s.open == 0 || len(s.words) < 3 {
		return
	}
	for i, w := range s.words {
		if s.mate[i] < 0 && len(w) >= 2 && len(w) <= maxAcronym && (areInitials(w, s.words[:i]) || areInitials(w, s.words[i+1:])) {
			s.found[i] = worthInitials
		}
	}
}

// done tells that one side has no word left.
func (p *pairing) done() bool { return p.a.open == 0 || p.b.open == 0 }

// pairWhere pairs words that are not paired yet, nearest places first.
func (p *pairing) pairWhere(worth float32, same func(i, j int) bool) {
	for i := range p.a.words {
		if p.a.mate[i] >= 0 {
			continue
		}
		if p.done() {
			return
		}
		best := -1
		for j := range p.b.words {
			if p.b.mate[j] < 0 && (best < 0 || max(i-j, j-i) < max(i-best, best-i)) && same(i, j) {
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
		case b.known[j+words].kind != kindSmall:
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

func (s *side) pairRun(other *side, r run, worth float32) {
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
	if s.open == 0 {
		return
	}
	for i, w := range s.words {
		if s.mate[i] >= 0 || len(w) < 4 {
			continue
		}
		if hasWord(there.city, s.english(i)) {
			s.found[i] = worthPlace
			v[featPlaceWord]++
			continue
		}
		switch code := s.known[i].country; {
		case code == "":
		case code == there.country:
			s.found[i] = worthPlace
			v[featPlaceWord]++
		case there.country != "":
			v[featPlaceConflict]++
		}
	}
}

// elsewhere looks for words that the account's name lacks in the name of its parent and
// in its website: a laboratory may be reported with its university.
func (s *side) elsewhere(by around, v *vector) {
	if s.open == 0 {
		return
	}
	for i, w := range s.words {
		if s.found[i] > 0 || s.known[i].kind == kindSmall {
			continue
		}
		feature := featNobodySays
		switch {
		case len(w) < leastPath:
		case by.parent != nil && by.parent.says(w):
			feature = featParentSays
		case siteSays(by.account.acc.Website, w):
			feature = featSiteSays
		}
		v[feature] = max(v[feature], s.known[i].rare)
	}
}

// hasWord tells that a folded text has a word.
func hasWord(text, w string) bool {
	for text != "" {
		word, rest, _ := strings.Cut(text, " ")
		if word == w {
			return true
		}
		text = rest
	}
	return false
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
	v[featLongWord] = float32(a.longest)
	v[featQueryBody], v[featQueryTrade], v[featQueryModifier], v[featQueryOwn] = p.a.missing()
	v[featAccountBody], v[featAccountTrade], v[featAccountModifier], v[featAccountOwn] = p.b.missing()
	v[featPart], v[featPartRarity] = p.part()
}

// sums are the rarities of one side's words: of all, of those that were found and by
// how much, of those that were only similar, of what is left; and the rarest of each.
type sums struct {
	whole, got, found, inexact, left, heaviest, missed float32
	longest                                            int // letters of the longest rare word that was found as it is
}

func (s *side) sums() (t sums) {
	for i, w := range s.words {
		rare, at := s.known[i].rare, s.found[i]
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
		} else if rare > rareWord {
			t.longest = max(t.longest, len(w))
		}
	}
	return t
}

// rareWord is the rarity from which a word is one that few organisations have.
const rareWord = 0.8

// cover is the share of a name that was found.
func (t sums) cover() float32 {
	if t.whole == 0 {
		return 0
	}
	return t.got / t.whole
}

// missing counts the words that the other side lacks by what they say: of which kind
// a body is, its trade, what sets it apart from sisters; and all others but small ones.
func (s *side) missing() (body, trade, modifier, own float32) {
	for i := range s.words {
		if s.found[i] > 0 {
			continue
		}
		s.english(i)
		switch s.known[i].kind {
		case kindBody:
			body++
		case kindTrade:
			trade++
		case kindModifier:
			modifier++
		case kindOwn:
			own++
		case kindSmall:
		}
	}
	return body, trade, modifier, own
}

// placed tells whether two words in given places are paired with each other.
func (p *pairing) placed(i, j int) float32 {
	switch {
	case i < 0 || j < 0:
		return 0
	case int(p.a.mate[i]) == j || int(p.b.mate[j]) == i:
		return 1
	case p.a.mate[i] >= 0 || p.b.mate[j] >= 0:
		return 0.5
	}
	return 0
}

// turned is the share of pairs that stand in another order.
func (p *pairing) turned() float32 {
	last, pairs, back := int8(-1), 0, 0
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
