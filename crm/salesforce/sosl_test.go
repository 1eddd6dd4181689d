package salesforce

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSOSLTerms(t *testing.T) {
	for _, c := range []struct{ name, phrase, want string }{
		{"two words", "Ann Lee", "(Ann AND Lee)"},
		{"one word", " Acme ", "Acme"},
		{"the same word twice", "Duran Duran", "Duran"},
		{"single letters are left out", "J. R. Ewing", "Ewing"},
		{"accents, with and without", "José", "(José OR jose)"},
		{"an apostrophe", "Ann O'Brien", `(Ann AND "O\'Brien")`},
		{"a hyphen", "Jean-Luc", `"Jean\-Luc"`},
		{"words that are operators", "And or Not", `("And" AND "or" AND "Not")`},
		{"reserved characters", `a?&|!{}[]()^~*:\"'+-b`, `"a\?\&\|\!\{\}\[\]\(\)\^\~\*\:\\\"\'\+\-b"`},
		{"marks round words", "(Acme), Inc.", "(Acme AND Inc)"},
		{"wildcards do not work", "A*", ""},
		{"only letters", "J O", ""},
		{"no word at all", "& !!", ""},
		{"ideographs", "日本", "日本"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := soslTerm(c.phrase); got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, c.want)
			}
		})
	}
}

// TestPackSearch: no text is longer than what the platform takes, and no term is
// lost or doubled.
func TestPackSearch(t *testing.T) {
	var terms []string
	for i := range 700 {
		terms = append(terms, "("+strings.Repeat("é", 1+i%40)+" AND Lee)")
	}
	var got []string
	packs := packSearch(terms)
	for _, pack := range packs {
		if n := utf8.RuneCountInString(strings.Join(pack, " OR ")); n > maxSearch {
			t.Errorf("a text of %d characters", n)
		}
		got = append(got, pack...)
	}
	if strings.Join(got, "|") != strings.Join(terms, "|") {
		t.Error("the terms are not the same")
	}
	all := utf8.RuneCountInString(strings.Join(terms, " OR "))
	if most := all/(maxSearch-100) + 1; len(packs) > most {
		t.Errorf("%d searches for %d characters, want at most %d", len(packs), all, most)
	}
}

func TestPhrasesMatch(t *testing.T) {
	for _, c := range []struct {
		phrase, name string
		want         bool
	}{
		{"José Núñez", "Jose Nunez Garcia", true},
		{"nunez jose", "José Núñez", true},
		{"Jos", "José", false},
		{"Ann Lee", "Ann Miller", false},
		{"O'Brien", "O Brien-Smith", true},
		{"", "Ann", false},
		{"& !!", "Ann", false},
	} {
		if got := newPhrases([]string{c.phrase}).match(c.name); got != c.want {
			t.Errorf("%q in %q: %v", c.phrase, c.name, got)
		}
	}
}
