package matching

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A dictionary finds what a map does, and nothing else.
func TestADictionaryFindsItsWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.SampledFrom([]rune("abé日")), 0, 20, -1)
		var d dictionary[int]
		want := map[string]int{}
		for i, w := range rapid.SliceOfN(word, 0, 300).Draw(t, "entered") {
			*d.enter(w) = i
			want[w] = i
		}
		for w, n := range want {
			if got := d.find(w); got == nil || *got != n {
				t.Fatalf("%q: %v, want %d", w, got, n)
			}
		}
		for _, w := range rapid.SliceOfN(word, 0, 100).Draw(t, "others") {
			if _, ok := want[w]; !ok && d.find(w) != nil {
				t.Fatalf("%q was never entered", w)
			}
		}
		if len(d.entries) != len(want) {
			t.Fatalf("%d entries for %d words", len(d.entries), len(want))
		}
	})
}

// One look-up for all that the lists tell of a word says what each of them says, of
// their own words and of such as begin so.
func TestATermIsWhatTheListsTell(t *testing.T) {
	words := []string{"", "a", "日立", "zyxwv"}
	for w := range rarities() {
		words = append(words, w, w+"x", w[:len(w)-1])
	}
	for w := range translated().whole {
		words = append(words, w, w+"x")
	}
	for w := range smallWords() {
		words = append(words, w)
	}
	for _, begins := range translated().begins.entries {
		for _, s := range begins.value {
			words = append(words, s.letters, s.letters+"zz")
		}
	}
	rare := func(w string) float64 {
		if r, ok := rarities()[w]; ok {
			return r
		}
		return 1
	}
	for _, w := range words {
		want := term{english: w, rare: rare(w), small: smallWords()[w]}
		longest := 0
		for _, begins := range translated().begins.entries {
			for _, s := range begins.value {
				if strings.HasPrefix(w, s.letters) && len(s.letters) > longest {
					want.english, longest = s.word, len(s.letters)
				}
			}
		}
		if e, ok := translated().whole[w]; ok {
			want.english = e
		}
		want.common = rare(want.english)
		if got := termOf(w); got != want {
			t.Errorf("%q: %+v, want %+v", w, got, want)
		}
		if got := rarity(w); got != want.rare {
			t.Errorf("rarity(%q) = %v, want %v", w, got, want.rare)
		}
	}
}
