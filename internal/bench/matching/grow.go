package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// coined is the part of the rare words that grow replaces, inWeb that of the made
// accounts that get a website, mixed that of names with a word of a third one.
const (
	coined = 0.85
	inWeb  = 0.6
	mixed  = 0.25
	// fruitless is after how many names in a row that were there already no new one is
	// to be had.
	fruitless = 10_000
)

// endings are put behind made names that have no legal form yet; a quarter of the
// real names has none either.
var endings = []string{"", "", "", " Inc.", " LLC", " Ltd", " GmbH", " SA", " Corp.", " Co., Ltd.", " S.r.l.", " Limited"}

// suffixes are the public suffixes of made websites; others are under com.
var suffixes = map[string]string{
	"DE": "de", "FR": "fr", "GB": "co.uk", "JP": "co.jp", "IT": "it", "NL": "nl", "ES": "es",
	"CN": "com.cn", "BR": "com.br", "IN": "in", "CA": "ca", "AU": "com.au",
}

// grower makes accounts from the parts of real ones.
type grower struct {
	*rand.Rand
	real  []account
	words [][]string // of the real names
	held  map[string]int
	rare  []string
	taken map[string]bool
}

// grow gives a list of n accounts: the real ones first, with their ids, so that the
// labels still hold; then made ones, each the head of one real name joined to the
// tail of another, with the country and city of the second. A word that the real
// list holds at most twice (a brand) is mostly replaced by a coined one, the front
// of it and the back of another such, so that the number of different words grows
// with the list as in real ones. A made name that equals, by letters and digits, a
// real one or a query is thrown away, so no label changes its meaning. The same
// data gives the same list, and a shorter one is the beginning of a longer. A few
// short names cannot be joined in n ways: then the list is shorter.
func grow(d dataset, n int) []account {
	g := newGrower(d)
	out := slices.Clone(d.accounts)
	for failed := 0; len(out) < n && failed < fruitless; failed++ {
		if a, ok := g.account(); ok {
			a.id = fmt.Sprintf("S%07d", len(out)+1)
			out, failed = append(out, a), -1
		}
	}
	return out[:min(n, len(out))]
}

func newGrower(d dataset) *grower {
	g := &grower{Rand: rand.New(rand.NewPCG(1, 27)), real: d.accounts, held: map[string]int{}, taken: map[string]bool{}}
	for _, a := range d.accounts {
		words := strings.Fields(a.name)
		if len(words) == 0 {
			words = []string{"Unnamed"}
		}
		g.words = append(g.words, words)
		different := map[string]bool{}
		for _, w := range words {
			different[strings.ToLower(w)] = true
		}
		for w := range different {
			g.held[w]++
		}
		g.take(a.name)
	}
	for _, q := range d.queries {
		g.take(q.company)
	}
	for _, w := range slices.Sorted(maps.Keys(g.held)) {
		if g.held[w] <= 2 && len(w) >= 5 && latinWord(w) {
			g.rare = append(g.rare, w)
		}
	}
	return g
}

// take notes a name as given and without its legal form, and tells whether both
// are new.
func (g *grower) take(name string) bool {
	a, b := letters(name), letters(cleaned(name))
	if g.taken[a] || g.taken[b] {
		return false
	}
	g.taken[a], g.taken[b] = true, true
	return true
}

// account makes one account without an id; it fails when the name is no good.
func (g *grower) account() (account, bool) {
	i, j := g.IntN(len(g.real)), g.IntN(len(g.real))
	first, second := g.words[i], g.words[j]
	head := first[:1+g.IntN(max(1, len(first)-1))]
	parts := slices.Concat(head, second[g.IntN(len(second)):])
	if g.Float64() < mixed {
		third := g.words[g.IntN(len(g.words))]
		parts = []string{first[0], third[g.IntN(len(third))], second[len(second)-1]}
	}
	for k, w := range parts {
		parts[k] = g.coin(w)
	}
	name := strings.Join(parts, " ")
	bare := cleaned(name)
	if words := strings.Fields(strings.ReplaceAll(strings.ToLower(name), ".", "")); !legalForms[words[len(words)-1]] {
		name += endings[g.IntN(len(endings))]
	}
	if len(letters(name)) < 3 || len(name) > 90 || !g.take(name) {
		return account{}, false
	}
	a := account{name: name, country: g.real[j].country, city: g.real[j].city}
	a.website = g.website(bare, a.country)
	return a, true
}

// coin replaces a rare word.
func (g *grower) coin(w string) string {
	if len(g.rare) == 0 || len(w) < 4 || !latinWord(w) || g.held[strings.ToLower(w)] > 2 || g.Float64() > coined {
		return w
	}
	other := g.rare[g.IntN(len(g.rare))]
	out := w[:min(len(w)-1, 2+g.IntN(4))] + other[len(other)-2-g.IntN(4):]
	if w == strings.ToUpper(w) {
		return strings.ToUpper(out)
	}
	return out
}

// website makes one from the name, for most names in Latin letters.
func (g *grower) website(bare, country string) string {
	var b strings.Builder
	for _, r := range bare {
		if (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') && b.Len() < 24 {
			b.WriteRune(r)
		}
	}
	if b.Len() < 4 || g.Float64() >= inWeb {
		return ""
	}
	suffix := suffixes[country]
	if suffix == "" || g.Float64() >= 0.6 {
		suffix = "com"
	}
	return "https://www." + b.String() + "." + suffix
}

// latinWord tells that a word is made of ASCII letters alone.
func latinWord(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool { return r >= 128 || !unicode.IsLetter(r) })
}

// letters is a name's letters and digits alone, without accents and case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKD.String(s))
}
