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
