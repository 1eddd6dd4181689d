package matching

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// JaroWinkler returns the similarity of a and b from 0 (nothing in common) to 1,
// by runes, favouring a common beginning of up to four. It is symmetric, 1 if
// the strings are equal, and costs the product of their lengths at worst.
func JaroWinkler(a, b string) float64 {
	if a == b {
		return 1
	}
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) || len(x) == len(y) && a > b {
		x, y = y, x // the greedy search below is symmetric only in a fixed order
	}
	jaro := jaroRunes(x, y)
	prefix := 0
	for prefix < min(4, len(x)) && x[prefix] == y[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}

func jaroRunes(x, y []rune) float64 {
	if len(x) == 0 {
		return 0
	}
	window := max(len(y)/2-1, 0)
	taken := make([]bool, len(y))
	matched := make([]rune, 0, len(x))
	for i, r := range x {
		for j := max(0, i-window); j < min(len(y), i+window+1); j++ {
			if !taken[j] && y[j] == r {
				taken[j] = true
				matched = append(matched, r)
				break
			}
		}
	}
	if len(matched) == 0 {
		return 0
	}
	swapped, k := 0, 0
	for j, r := range y {
		if taken[j] {
			if matched[k] != r {
				swapped++
			}
			k++
		}
	}
	m := float64(len(matched))
	return (m/float64(len(x)) + m/float64(len(y)) + (m-float64(swapped)/2)/m) / 3
}

// Levenshtein returns the least number of runes to insert, delete or replace to
// turn a into b. It costs the product of the lengths, less what both begin and
// end with.
func Levenshtein(a, b string) int { return distance(a, b, false) }

// TypoDistance is [Levenshtein] with the swap of two neighbours as one step, as
// fingers do it: "Microsfot" is one away from "Microsoft". No part is changed
// twice (optimal string alignment).
func TypoDistance(a, b string) int { return distance(a, b, true) }

func distance(a, b string, swaps bool) int {
	if a == b {
		return 0
	}
	x, y := trimCommon([]rune(a), []rune(b))
	if len(x) == 0 || len(y) == 0 {
		return len(x) + len(y)
	}
	size := len(y) + 1
	rows := make([]int, 3*size)
	before, last, row := rows[:size], rows[size:2*size], rows[2*size:]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if swaps && i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

func trimCommon(x, y []rune) ([]rune, []rune) {
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return x, y
}

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

// NameSimilarity compares two company names word by word, from 0 to 1. It is
// symmetric and 1 for names that share a key. Small and general words weigh
// little, other words alike; a probable typing error counts nearly as much as
// the word, another order of the words costs something ("University of
// Washington" and "Washington University", MA24), other digits cost half. It
// knows nothing of how rare a word is: weigh [AlignWords] to go by that.
func NameSimilarity(a, b CompanyName) float64 {
	if a.Key == "" || b.Key == "" {
		return 0
	}
	if SameKey(a, b) {
		return 1
	}
	if b.Key < a.Key {
		a, b = b, a
	}
	score := alignedShare(a.Words, b.Words)
	if joined := joinedSimilarity(a, b); joined > score {
		score = joined
	}
	if !DigitsAgree(a, b) {
		score /= 2
	}
	return min(score, 0.99)
}

// joinedSimilarity compares the names without blanks: "Face Book", "Facebok".
func joinedSimilarity(a, b CompanyName) float64 {
	x, y := strings.ReplaceAll(a.Key, " ", ""), strings.ReplaceAll(b.Key, " ", "")
	if x == y {
		return 0.98
	}
	if len(a.Words) == len(b.Words) || !strings.HasPrefix(y, x[:firstRune(x)]) {
		return 0
	}
	return 0.95 * WordSimilarity(x, y)
}

func firstRune(s string) int {
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// alignedShare is the weight of the paired words over that of all words, less a
// tenth for words out of order.
func alignedShare(a, b []string) float64 {
	pairs := AlignWords(a, b)
	if len(pairs) == 0 {
		return 0
	}
	total, paired := 0.0, 0.0
	for _, w := range a {
		total += wordWeight(w)
	}
	for _, w := range b {
		total += wordWeight(w)
	}
	for _, p := range pairs {
		paired += p.Similarity * (wordWeight(a[p.A]) + wordWeight(b[p.B]))
	}
	share := paired / total
	if !slices.IsSortedFunc(pairs, func(x, y WordPair) int { return x.B - y.B }) {
		share *= 0.9
	}
	return share
}

func wordWeight(w string) float64 {
	switch {
	case smallWords()[w]:
		return 0.15
	case genericWords()[w]:
		return 0.4
	}
	return 1
}

// One typing error is overlooked in words of minTypo to maxTypo letters. Longer
// ones are mostly whole names run together.
const (
	minTypo = 5
	maxTypo = 24
)

// typable tells the words in which a typing error is overlooked. Digits never
// are one, and a sign of a script without letters never is.
func typable(w string) bool {
	if len(w) < minTypo || len(w) > 4*maxTypo {
		return false
	}
	for i := range len(w) {
		if isDigit(w[i]) {
			return false
		}
	}
	n := utf8.RuneCountInString(w)
	return n >= minTypo && n <= maxTypo
}

// sureTypo is the length from which the first letter may be the wrong one:
// "Volley" is not "Holley".
const sureTypo = 8

// oneTypo tells that two different words lie one typing error differing: a letter
// too many, too few, a wrong one, or two neighbours swapped.
func oneTypo(a, b string) bool {
	if d := len(a) - len(b); d > utf8.UTFMax || d < -utf8.UTFMax || min(len(a), len(b)) < minTypo || a == b {
		return false
	}
	if a[0] != b[0] && min(len(a), len(b)) < sureTypo || !typable(a) || !typable(b) {
		return false
	}
	a, b = differing(a, b)
	switch x, y := utf8.RuneCountInString(a), utf8.RuneCountInString(b); {
	case x > 2 || y > 2:
		return false
	case x == 2 && y == 2:
		a0, n := utf8.DecodeRuneInString(a)
		b0, m := utf8.DecodeRuneInString(b)
		a1, _ := utf8.DecodeRuneInString(a[n:])
		b1, _ := utf8.DecodeRuneInString(b[m:])
		return a0 == b1 && a1 == b0
	default:
		return x <= 1 && y <= 1 && x+y > 0 // broken characters are all alike
	}
}

// differing returns what is left of two texts without what both begin and end with.
func differing(a, b string) (string, string) {
	for len(a) > 0 && len(b) > 0 {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			break
		}
		a, b = a[n:], b[m:]
	}
	for len(a) > 0 && len(b) > 0 {
		x, n := utf8.DecodeLastRuneInString(a)
		y, m := utf8.DecodeLastRuneInString(b)
		if x != y {
			break
		}
		a, b = a[:len(a)-n], b[:len(b)-m]
	}
	return a, b
}
