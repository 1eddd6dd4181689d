package matching

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
	"sync"
)

// wordCountsText lists how many of a number of organisations have a word in their
// name; the first line is that number. internal/train made it from sources that
// are in the public domain (see NOTICE).
//
//go:embed data/word_counts.txt
var wordCountsText string

// rarities are those of the words that were counted.
var rarities = sync.OnceValue(func() map[string]float64 {
	rare := map[string]float64{}
	names, full := 1.0, 1.0
	for _, line := range readLines(wordCountsText) {
		word, n, two := strings.Cut(line, " ")
		if !two {
			word, n = "", word
		}
		k, err := strconv.ParseFloat(n, 64)
		switch {
		case err != nil:
			panic("matching: data/word_counts.txt: " + line)
		case word == "":
			names, full = k, math.Log(k/unseen)
		default:
			rare[word] = min(1, math.Log(names/(k+unseen))/full)
		}
	}
	return rare
})

// unseen is the count of a word that none of the names has.
const unseen = 0.5

// rarity tells how much a folded word says about which organisation is meant: 0
// for one that all have, 1 for one that was never seen. It is the logarithm of
// the share of names with the word, so that the sum over words adds up evidence.
func rarity(w string) float64 {
	if t := terms().find(w); t != nil {
		return t.rare
	}
	return 1
}

// term is what the lists tell of a word by which accounts are found.
type term struct {
	english string  // the word by which it is compared
	rare    float64 // its own rarity
	common  float64 // that of the English word
	small   bool
}

// terms holds all words of which the lists tell anything, their beginnings aside.
var terms = sync.OnceValue(func() *dictionary[term] {
	all, rare, whole := new(dictionary[term]), rarities(), translated().whole
	enter := func(w string) {
		t := term{english: whole[w], rare: 1, common: 1, small: smallWords()[w]}
		if t.english == "" {
			t.english = translated().byBeginning(w)
		}
		if r, ok := rare[w]; ok {
			t.rare = r
		}
		if r, ok := rare[t.english]; ok {
			t.common = r
		}
		*all.enter(w) = t
	}
	for w := range rare {
		enter(w)
	}
	for w := range whole {
		enter(w)
	}
	for w := range smallWords() {
		enter(w)
	}
	return all
})

// termOf returns what the lists tell of a folded word.
func termOf(w string) term {
	if t := terms().find(w); t != nil {
		return *t
	}
	t := term{english: translated().byBeginning(w), rare: 1, common: 1}
	if t.english != w {
		t.common = terms().find(t.english).common
	}
	return t
}

// weightOf is the rarity of all words together.
func weightOf(terms []term) float64 {
	sum := 0.0
	for i := range terms {
		sum += terms[i].rare
	}
	return sum
}
