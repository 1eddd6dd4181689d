package matching

import (
	"slices"
)

// maxConfidence caps tiers 6 and 7 while their confidence is not calibrated.
const maxConfidence = 0.96

// features are all that the confidence of a similar name depends on. A measured
// model can take the place of [confidence] without any caller noticing.
type features struct {
	QueryCover, AccountCover float64 // share of each name's weight found in the other
	Similarity               float64 // NameSimilarity
	Letters                  int     // of the shorter name
	QueryLeft, AccountLeft   float64 // weight of the words found in one name alone
	Anchor                   bool    // a word in common, but for one typing error
	Own                      bool    // one of them says which company is meant
	Joined                   bool    // equal letters, blanks apart
	Typo                     bool    // some word is equal only but for a typing error
	Reordered                bool    // same words in another order
	Contained                bool    // a one-word name inside a longer one that says more
	Label                    bool    // the name is the label of the account's domain
	LegalConflict            bool
	Transliterated           bool
	Substring                bool

	Country               int
	State, City, Phone    bool
	SameLabel, DomainDiff bool
}

// weigh takes the facts beside the name over.
func (f *features) weigh(s support) {
	f.Country, f.State, f.City, f.Phone = s.country, s.state, s.city, s.phone
	f.SameLabel, f.DomainDiff = s.sameLabel, s.conflict
}

// related tells that the names have something in common, however little.
func (f features) related() bool {
	return f.Anchor && max(f.QueryCover, f.AccountCover) >= 0.3 || f.Substring || f.Similarity >= 0.5
}

// Least shares of the words that similar names have in common: most of one name
// and some of the other. Names with own words on both sides are two names.
const (
	leastCover = 0.25
	mostCover  = 0.60
)

// alike tells that the words in common are enough for similar names.
func (f features) alike() bool {
	least, most := min(f.QueryCover, f.AccountCover), max(f.QueryCover, f.AccountCover)
	return f.Anchor && least >= leastCover && most >= mostCover
}

// confidence estimates from 0 to maxConfidence how likely two names that are
// not equal mean one company.
func confidence(f features) float64 {
	c := f.base()
	if c == 0 {
		return 0
	}
	return min(f.supported(c), maxConfidence)
}

// base is the part that the names give.
func (f features) base() float64 {
	if !f.Joined && !f.Label && !f.alike() {
		return 0
	}
	least, most := min(f.QueryCover, f.AccountCover), max(f.QueryCover, f.AccountCover)
	c := 0.10 + 0.50*least + 0.25*most + 0.15*f.Similarity
	switch {
	case f.Joined:
		c = 0.93
	case f.Label:
		c = max(c, 0.80)
	case f.Contained:
		c = min(c, 0.60+0.08*least)
	case min(f.QueryLeft, f.AccountLeft) >= weightFrequent, !f.Own && least < 0.85:
		// Each name says something that the other does not, or they have but
		// words in common that very many names have.
		c = min(c, 0.55)
	}
	if f.Typo && f.Letters < 6 {
		c *= 0.85
	}
	if f.Reordered {
		c *= 0.9
	}
	if f.Transliterated {
		c = min(c, 0.80)
	}
	if f.LegalConflict {
		c = min(c, 0.66)
	}
	return c
}

// supported moves a confidence by the facts beside the name: each takes a share
// of the doubt away, each contradiction a share of the confidence.
func (f features) supported(c float64) float64 {
	for _, s := range []struct {
		on    bool
		share float64
	}{{f.Country > 0, 0.30}, {f.State, 0.10}, {f.City, 0.25}, {f.Phone, 0.60}, {f.SameLabel, 0.40}} {
		if s.on {
			c += (1 - c) * s.share
		}
	}
	if f.Country < 0 {
		c *= 0.92
	}
	if f.DomainDiff && !f.SameLabel {
		c *= 0.80
	}
	return c
}

// compareNames measures two names that are not equal.
func compareNames(a, b *named) features {
	if a.Generic || b.Generic || !DigitsAgree(a.CompanyName, b.CompanyName) {
		return features{}
	}
	if a.Script != b.Script && (a.latin != nil || b.latin != nil) {
		return compareLatin(a, b)
	}
	f := cover(a.Words, b.Words)
	f.joined(a.letters, b.letters, len(a.Words) != len(b.Words))
	f.LegalConflict = !LegalCompatible(a.CompanyName, b.CompanyName)
	if SameKey(a.CompanyName, b.CompanyName) {
		f.Anchor, f.Joined, f.Similarity, f.QueryCover, f.AccountCover = true, true, 1, 1, 1
		return f
	}
	f.Substring = lettersRelated(a.letters, b.letters)
	if f.alike() || f.Joined {
		f.Similarity = NameSimilarity(a.CompanyName, b.CompanyName)
		f.shape(a, b)
	}
	return f
}

// compareLatin measures names in different scripts by their transliterations.
func compareLatin(a, b *named) features {
	aw, al := a.latinForm()
	bw, bl := b.latinForm()
	f := cover(aw, bw)
	f.joined(al, bl, len(aw) != len(bw))
	f.Transliterated = true
	f.Similarity = min(f.QueryCover, f.AccountCover)
	f.LegalConflict = !LegalCompatible(a.CompanyName, b.CompanyName)
	return f
}

func (n *named) latinForm() (words []string, letters string) {
	if n.latin != nil {
		return n.latin.words, n.latin.letters
	}
	return n.Words, n.letters
}

// joined compares the names without blanks: "Net App" and "NetApp". A typing
// error is overlooked only where the blanks differ; elsewhere [cover] saw it.
func (f *features) joined(a, b string, spaced bool) {
	f.Letters = min(len(a), len(b))
	switch {
	case a == b:
		f.Joined = true
	case spaced && oneTypo(a, b):
		f.Typo, f.Anchor, f.Own = true, true, true
		f.QueryCover, f.AccountCover = max(f.QueryCover, typoWorth), max(f.AccountCover, typoWorth)
	}
}

// shape notes how the words of two names stand to each other.
func (f *features) shape(a, b *named) {
	least, most := min(f.QueryCover, f.AccountCover), max(f.QueryCover, f.AccountCover)
	if least > 0.9 && !f.Typo {
		f.Reordered = turned(a.Words, b.Words)
	}
	short, long := a, b
	if len(short.Words) > len(long.Words) {
		short, long = long, short
	}
	if len(short.Words) == 1 && len(long.Words) > 1 && most > 0.8 && !f.Joined {
		f.Contained = least < 0.7 || short.Common()
	}
}

// turned tells that two names have the same words, small ones apart, in another
// order.
func turned(a, b []string) bool {
	a, b = weighty(a), weighty(b)
	if slices.Equal(a, b) {
		return false
	}
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func weighty(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return telling(w) <= weightSmall })
}

// cover finds how much of each list of words is in the other, by weight. Words
// are the same when equal or, from five letters, but for one typing error.
func cover(a, b []string) features {
	a, b = a[:min(len(a), maxWords)], b[:min(len(b), maxWords)]
	var f features
	var usedA, usedB [maxWords]bool
	var gotA, gotB float64
	for i, x := range a {
		for j, y := range b {
			if !usedB[j] && x == y {
				usedA[i], usedB[j] = true, true
				w := telling(x)
				gotA, gotB = gotA+w, gotB+w
				f.Anchor, f.Own = true, f.Own || w >= weightShort
				break
			}
		}
	}
	for i, x := range a {
		if usedA[i] || len(x) < minTypo {
			continue
		}
		for j, y := range b {
			if usedB[j] || !oneTypo(x, y) {
				continue
			}
			usedA[i], usedB[j] = true, true
			gotA, gotB = gotA+typoWorth*telling(x), gotB+typoWorth*telling(y)
			f.Typo, f.Anchor, f.Own = true, true, f.Own || telling(y) >= weightShort
			break
		}
	}
	if f.Anchor {
		sumA, sumB := weightOf(a), weightOf(b)
		f.QueryCover, f.AccountCover = gotA/sumA, gotB/sumB
		f.QueryLeft, f.AccountLeft = sumA-gotA, sumB-gotB
	}
	return f
}

// typoWorth is what a word with a typing error counts.
const typoWorth = 0.9

// weightOf is the weight of all words that are compared.
func weightOf(words []string) float64 {
	sum := 0.0
	for _, w := range words[:min(len(words), maxWords)] {
		sum += telling(w)
	}
	return sum
}

// maxWords bounds the words of a name that are compared.
const maxWords = 16
