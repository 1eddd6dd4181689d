package matching

import (
	"math"
	"slices"
	"testing"
)

// TestWinklerIsJaroWinkler: the quick form for plain letters gives what the general
// form gives.
func TestWinklerIsJaroWinkler(t *testing.T) {
	words := []string{"", "a", "granite", "granitebank", "bankofgranite", "grnaite", "marble", "3mcompany", "slateandsons", "sonsandslate", "söhne", "zzzzzzz", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}
	for _, a := range words {
		for _, b := range words {
			if got, want := winkler(a, b), JaroWinkler(a, b); math.Abs(got-want) > 1e-12 {
				t.Errorf("%q %q: %v, want %v", a, b, got, want)
			}
		}
	}
}

// TestGramsAreLeftAsTheyWere: comparing does not change what is compared next.
func TestGramsAreLeftAsTheyWere(t *testing.T) {
	var g grams
	g.read("bananabank")
	for range 2 {
		for text, want := range map[string]float32{"bananabank": 1, "banana": 10.0 / 14, "bank": 6.0 / 12, "xyz": 0, "b": 0} {
			if got := g.dice(text); math.Abs(float64(got-want)) > 1e-6 {
				t.Errorf("%s: %v, want %v", text, got, want)
			}
		}
	}
}

func TestAreInitials(t *testing.T) {
	for _, name := range []string{"Bank of China", "Granite Falls Brewing", "The Slate", "Institute for Marble and Basalt Research", "3 Rivers Bank", "Société Générale"} {
		n := ParseCompany(name)
		for _, letters := range []string{"bc", "boc", "gfb", "s", "ts", "imbr", "ifmabr", "rb", "sg", "b", ""} {
			want := slices.Contains(n.Acronyms(), letters)
			if got := areInitials(letters, n.Words); got != want {
				t.Errorf("%q of %q: %v", letters, name, got)
			}
		}
	}
}

func TestSmallWordsAreShort(t *testing.T) {
	for w := range smallWords() {
		if len(w) > longestSmall {
			t.Errorf("%s has %d bytes, longestSmall is %d", w, len(w), longestSmall)
		}
	}
}

func TestMade(t *testing.T) {
	for _, row := range []struct {
		short, name string
		least, most float32
	}{
		{"univlyon1", "Université Claude Bernard Lyon 1", 0.3, 0.9},
		{"nwbio", "Northwest Biotherapeutics", 0, 0},
		{"granitebank", "Granite Bank", 1, 1},
		{"gb", "Granite Bank", 0.69, 0.71},
		{"bg", "Granite Bank", 0, 0},
		{"granitex", "Granite Bank", 0, 0},
	} {
		var s side
		s.read(row.name, ParseCompany(row.name).Words)
		if got := s.made(row.short); got < row.least || got > row.most {
			t.Errorf("%q of %q: %v", row.short, row.name, got)
		}
	}
}

// TestParts: a part of a name that is the other name is seen, whatever stands beside
// it, and a word for a former name is no part of it.
func TestParts(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want float32
	}{
		{"Granite (formerly Basalt)", "Basalt", 1},
		{"VTQ - Technical Quarry Office", "Technical Quarry Office", 1},
		{"Slate / Marble", "Marble Inc", 1},
		{"Marble (Germany) GmbH", "Marble", 1},
		{"Basalt Granite", "Basalt", 0},
		{"Slate, Marble", "Obsidian", 0},
	} {
		var a, b side
		a.read(row.a, ParseCompany(row.a).Words)
		b.read(row.b, ParseCompany(row.b).Words)
		p := pairing{&a, &b}
		p.align()
		if got, _ := p.part(); got != row.want {
			t.Errorf("%q, %q: %v, want %v", row.a, row.b, got, row.want)
		}
		a.reset()
		b.reset()
		p = pairing{&b, &a}
		p.align()
		if got, _ := p.part(); got != row.want {
			t.Errorf("%q, %q: %v, want %v", row.b, row.a, got, row.want)
		}
	}
}

// TestComparerForgets: what was compared before does not show.
func TestComparerForgets(t *testing.T) {
	queries, accounts := pairShapes()
	for _, q := range queries {
		used := newComparer(q)
		for _, f := range accounts {
			used.compare(f, nil)
		}
		for i, f := range accounts {
			if got, want := used.compare(f, nil), newComparer(q).compare(f, nil); got != want {
				t.Errorf("%s, account %d: %v, want %v", q.name.Raw, i, got, want)
			}
		}
	}
}

// TestCompareAllocatesNothing for names in Latin letters.
func TestCompareAllocatesNothing(t *testing.T) {
	queries, accounts := pairShapes()
	for _, q := range queries {
		c := newComparer(q)
		for _, f := range accounts {
			if n := testing.AllocsPerRun(10, func() { c.compare(f, nil) }); n > 0 {
				t.Errorf("%s, %s: %v allocations", q.name.Raw, f.acc.Name, n)
			}
		}
	}
}

// TestRivalsBelowTheBoundDoNotShow: an account that is not worth a look changes no
// feature of the others, and neither does how many of them there are.
func TestRivalsBelowTheBoundDoNotShow(t *testing.T) {
	var all []*weighed
	for i, odds := range []float64{2, -3.9, rivalOdds, -9} {
		f := &facts{acc: Account{ID: string(rune('A' + i))}}
		all = append(all, &weighed{f: f, t: f, odds: odds})
	}
	all[2].v[featSameKey], all[3].v[featHost] = 1, 3
	for n := 2; n <= len(all); n++ {
		for i := range 2 {
			var want, got [listFeatures]float32
			placeAmong(i, all[:2], want[:])
			placeAmong(i, all[:n], got[:])
			if got != want {
				t.Errorf("candidate %d of %d: %v, want %v", i, n, got, want)
			}
		}
	}
}

// TestElsewhere: a word that the account's name lacks is looked for in its parent's name,
// the initials of that, and the account's website.
func TestElsewhere(t *testing.T) {
	parent := makeFacts(Account{ID: "P", Name: "Granite Falls Basalt University", Website: "https://gfbu.example.edu"})
	for _, row := range []struct {
		reported, website    string
		parent               *facts
		above, site, nowhere bool
	}{
		{"Granite Quarry Laboratory", "", parent, true, false, false},
		{"GFBU Quarry Laboratory", "", parent, true, false, false},
		{"Granite Quarry Laboratory", "https://quarry.granite.example", nil, false, true, false},
		{"Granite Quarry Laboratory", "https://example.org/GRANITE/lab", nil, false, true, false},
		{"Granite Quarry Laboratory", "https://granitelab.example", nil, false, false, true},
		{"Granite Marble Quarry Laboratory", "https://granite.example", parent, true, false, true},
		{"Quarry Laboratory", "https://granite.example", parent, false, false, false},
	} {
		f := makeFacts(Account{ID: "A", Name: "Quarry Laboratory", Website: row.website})
		v := newComparer(makeQuery(&Profile{}, Company{Name: row.reported})).compare(f, row.parent)
		if above, site, nowhere := v[featParentSays] > 0, v[featSiteSays] > 0, v[featNobodySays] > 0; above != row.above || site != row.site || nowhere != row.nowhere {
			t.Errorf("%s, %s: parent %v, site %v, nobody %v", row.reported, row.website, above, site, nowhere)
		}
	}
}

// TestLength: the list's length is told by steps, none below the short list and none
// above the long one.
func TestLength(t *testing.T) {
	for accounts, want := range map[int]float64{0: 0, 1: 0, 28_000: 0, 1<<15 - 1: 0, 1 << 15: 0.2, 1<<16 - 1: 0.2, 300_000: 0.8, 1 << 19: 1, 1_000_000: 1, 1 << 26: 1} {
		if got := length(accounts); got != want {
			t.Errorf("%d accounts: %v, want %v", accounts, got, want)
		}
	}
	between := models{}.between
	if got := between(0.25, func(m model) float64 { return 8 }); got != 8 {
		t.Errorf("both say 8, together %v", got)
	}
}

// TestCitiesHaveOneName: a city is the same in the languages that are known, in its field
// and as a word of a name.
func TestCitiesHaveOneName(t *testing.T) {
	for local, want := range map[string]string{"München": "munich", "Wien": "vienna", "Lisboa": "lisbon", "Köln": "cologne", "Oslo": "oslo", "New York": "new york", "": ""} {
		if got := cityKey(local); got != want {
			t.Errorf("%s: %q, want %q", local, got, want)
		}
	}
	f := makeFacts(Account{ID: "A", Name: "Granite Werke", City: "Munich"})
	v := newComparer(makeQuery(&Profile{}, Company{Name: "Granite Werke München", City: "München"})).compare(f, nil)
	if v[featCity] != 1 || v[featPlaceWord] != 1 {
		t.Errorf("city %v, words for places %v", v[featCity], v[featPlaceWord])
	}
}
