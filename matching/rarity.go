package matching

import (
	_ "embed"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
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

// Weights of words: how much of a name's meaning rests on one of them.
const (
	weightSmall    = 0.1 // "of", "the"
	weightGeneric  = 0.35
	weightFrequent = 0.55 // words of a trade or kind: "bank", "university"
	weightShort    = 0.8  // one or two letters
	weightOwn      = 1.0
)

// telling returns how much a folded word says about which company is meant, from
// weightSmall to weightOwn.
func telling(w string) float64 {
	switch {
	case smallWords()[w]:
		return weightSmall
	case genericWords()[w]:
		return weightGeneric
	case frequentWord(w):
		return weightFrequent
	case len(w) <= 2 && utf8.RuneCountInString(w) == len(w):
		return weightShort
	}
	return weightOwn
}

// frequentWord tells the words that very many organisations share because they
// name a trade, a kind of body or a part of the world.
func frequentWord(w string) bool {
	switch w {
	case "university", "universidad", "universidade", "universite", "universitat", "universita", "universitas",
		"institute", "institut", "instituto", "istituto", "college", "school", "ecole", "escuela", "academy",
		"hospital", "clinic", "medical", "medicine", "health", "healthcare", "care", "cancer", "clinical",
		"research", "recherche", "science", "sciences", "laboratory", "laboratoire", "studies", "engineering",
		"education", "center", "centro", "foundation", "fundacion", "stiftung", "association", "society",
		"federation", "council", "commission", "committee", "ministry", "department", "agency", "authority",
		"office", "bureau", "organization", "network", "networks", "alliance", "union", "club", "museum",
		"library", "trust", "fund", "funds", "income", "bank", "bancorp", "bancshares", "financial", "finance",
		"insurance", "investment", "investments", "equity", "credit", "securities", "realty", "properties",
		"energy", "power", "oil", "gas", "petroleum", "mining", "metals", "gold", "resources", "steel",
		"water", "food", "foods", "pharma", "pharmaceuticals", "pharmaceutical", "therapeutics", "biotech",
		"bio", "software", "data", "digital", "ai", "cloud", "media", "communications",
		"communication", "telecom", "wireless", "mobile", "electronics", "electric", "chemical", "chemicals",
		"materials", "design", "security", "logistics", "transport", "airlines", "air", "motors", "auto",
		"development", "innovation", "applied", "advanced", "general", "national", "nacional", "nationale",
		"federal", "state", "regional", "municipal", "city", "community", "public", "central", "royal",
		"united", "first", "new", "american", "america", "european", "europe", "asia", "pacific",
		"north", "south", "east", "west", "northern", "southern", "eastern", "western",
		"india", "indian", "china", "chinese", "japan", "japanese", "korea", "canada", "canadian", "usa",
		"information", "technical", "industrial", "environmental", "agricultural", "agriculture", "social",
		"world", "home", "life", "service", "system", "manufacturing", "brands", "stores", "retail",
		"entertainment", "games", "studios", "marketing", "acquisition", "trade", "saint", "st", "san":
		return true
	}
	return false
}
