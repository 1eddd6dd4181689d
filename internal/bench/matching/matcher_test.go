package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/onward-crm/onward/matching"
)

// ten are made-up accounts.
var ten = []account{
	{id: "1", name: "Quellbrook Instruments Inc.", website: "https://www.quellbrook.example.com", country: "US"},
	{id: "2", name: "Vantorra Logistics GmbH", website: "vantorra.de", country: "DE"},
	{id: "3", name: "Brightmoor Foods Limited", website: "http://brightmoor.co.uk/about", country: "GB"},
	{id: "4", name: "Université de Montclerval", country: "FR"},
	{id: "5", name: "Zephyrine Robotics", website: "zephyrine.io"},
	{id: "6", name: "Halvorsen & Dyrdal AS", country: "NO"},
	{id: "7", name: "Okapi Mutual Insurance", country: "US"},
	{id: "8", name: "Tamarisk Data Systems", country: "GB"},
	{id: "9", name: "Tamarisk Data Systems", country: "AU"},
	{id: "10", name: "Northquay Shipbuilding Co., Ltd.", website: "https://northquay.co.jp", country: "JP"},
}

// TestObviousCases: every matcher finds what nobody could miss.
func TestObviousCases(t *testing.T) {
	rows := []struct {
		name   string
		domain bool // only who looks at domains can know
		q      query
		want   string
	}{
		{"equal name", false, query{company: "Zephyrine Robotics"}, "5"},
		{"another legal form", false, query{company: "Vantorra Logistics"}, "2"},
		{"case and accents", false, query{company: "UNIVERSITE DE MONTCLERVAL"}, "4"},
		{"a letter amiss", false, query{company: "Okapi Mutal Insurance"}, "7"},
		{"and for &", false, query{company: "Halvorsen and Dyrdal"}, "6"},
		{"country decides", false, query{company: "Tamarisk Data Systems", country: "AU"}, "9"},
		{"free mail tells nothing", false, query{company: "Brightmoor Foods", domain: "gmail.com"}, "3"},
		{"domain alone", true, query{company: "Brightmoor", domain: "mail.brightmoor.co.uk"}, "3"},
	}
	for _, c := range competitors {
		m := c.make()
		t.Run(m.Name(), func(t *testing.T) {
			built(m, ten)
			if x, ok := m.(closer); ok {
				t.Cleanup(func() {
					if err := x.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			if err := failure(m); errors.Is(err, errNoServer) {
				t.Skip(err)
			} else if err != nil && strings.Contains(err.Error(), "pg_trgm") {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				id, score := m.Match(row.q)
				if b, ok := m.(*brute); ok && row.domain && !b.byDomain {
					continue
				}
				if id != row.want || score <= 0 {
					t.Errorf("%s: %q with score %v, want %q", row.name, id, score, row.want)
				}
			}
			if _, score := m.Match(query{company: "Completely Different Words"}); score > 0.75 {
				t.Errorf("a stranger scores %v", score)
			}
			m.Match(query{}) // must not panic
		})
	}
}

// TestSimilarities compares with the plain definitions on random names; floors must
// not change what is not below them.
func TestSimilarities(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	made := func() string {
		var words []string
		for range 1 + r.IntN(4) {
			words = append(words, strings.Repeat("xé", r.IntN(2)*r.IntN(20))+string(rune('a'+r.IntN(3)))+string(rune('a'+r.IntN(3))))
		}
		return strings.Join(words, " ")
	}
	var c comparer
	for range 5000 {
		a, b := newNameOf(made(), vocabulary{}), newNameOf(made(), vocabulary{})
		if got, want := c.common(a.text, b.text), plainCommon(a.text, b.text); got != want {
			t.Fatalf("common(%q, %q) = %d, want %d", string(a.text), string(b.text), got, want)
		}
		jw := c.winkler(a, b, 0)
		// Texts of one length are not compared: which of them is searched is a choice.
		if want := matching.JaroWinkler(string(a.text), string(b.text)); len(a.text) != len(b.text) && math.Abs(jw-want) > 1e-12 {
			t.Fatalf("winkler(%q, %q) = %v, want %v", string(a.text), string(b.text), jw, want)
		}
		if got := c.winkler(a, b, jw); got != jw {
			t.Fatalf("winkler(%q, %q) is %v with a floor, %v without", string(a.text), string(b.text), got, jw)
		}
		ts := c.tokenSet(a, b, 0)
		if got := c.tokenSet(a, b, ts); got != ts {
			t.Fatalf("tokenSet(%q, %q) is %v with a floor, %v without", string(a.text), string(b.text), got, ts)
		}
	}
}

func plainCommon(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	rows[0] = make([]int, len(b)+1)
	for i, r := range a {
		rows[i+1] = make([]int, len(b)+1)
		for j, s := range b {
			rows[i+1][j+1] = max(rows[i][j+1], rows[i+1][j])
			if r == s {
				rows[i+1][j+1] = rows[i][j] + 1
			}
		}
	}
	return rows[len(a)][len(b)]
}

// TestTokenSetByHand: figures that RapidFuzz's definition gives.
func TestTokenSetByHand(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want float64
	}{
		{"red fox", "fox red", 1},
		{"red fox", "red fox den", 1},
		{"abc", "abd", 2. / 3},
		{"ab", "cd", 0},
		{"", "ab", 0},
		// Shared "red", left "xb", right "xc": 1-2/12, 1-3/9, 1-3/9.
		{"red xb", "red xc", 10. / 12},
	} {
		words := vocabulary{}
		a, b := newNameOf(row.a, words), newNameOf(row.b, words)
		var c comparer
		if got := c.tokenSet(a, b, 0); math.Abs(got-row.want) > 1e-12 {
			t.Errorf("tokenSet(%q, %q) = %v, want %v", row.a, row.b, got, row.want)
		}
	}
}

// TestCleaned shows how names are made comparable.
func TestCleaned(t *testing.T) {
	for in, want := range map[string]string{
		"Halvorsen & Dyrdal A.S.": "halvorsen and dyrdal",
		"Société Été S.à r.l.":    "societe ete",
		"Inc.":                    "inc",
		"Foo-Bar Co., Ltd.":       "foo bar",
		"":                        "",
	} {
		if got := cleaned(in); got != want {
			t.Errorf("cleaned(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestAskKeepsWhatWasAsked: answers of the timed look-ups are not asked again, and
// those of the others come to the right queries.
func TestAskKeepsWhatWasAsked(t *testing.T) {
	m := &brute{name: "x", similarity: (*comparer).tokenSet}
	m.Build(ten)
	found := map[string]prediction{"q0": {"kept", 1}}
	var queries []query
	for i, a := range ten[:7] {
		queries = append(queries, query{id: fmt.Sprintf("q%d", i), company: a.name})
	}
	ask(m, queries, found)
	for i, a := range ten[:7] {
		want := a.id
		if i == 0 {
			want = "kept"
		}
		if got := found[queries[i].id].account; got != want {
			t.Errorf("query %d: %q, want %q", i, got, want)
		}
	}
}
