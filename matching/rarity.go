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
	if rare, ok := rarities()[w]; ok {
		return rare
	}
	return 1
}

// wholeRarity is the rarity of all words that are compared.
func wholeRarity(words []string) float64 {
	sum := 0.0
	for _, w := range words[:min(len(words), maxWords)] {
		sum += rarity(w)
	}
	return sum
}
