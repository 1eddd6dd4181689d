package matching

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed data/countries.txt
var countriesText string

type countryTable struct {
	codes    map[string]bool   // alpha-2, lower case
	capitals [26][26]bool      // and in capitals, by letters
	byName   map[string]string // alpha-3 and names to alpha-2, upper case
}

// countries reads the embedded table once. A name that two countries share means
// neither of them.
var countries = sync.OnceValue(func() *countryTable {
	t := &countryTable{codes: make(map[string]bool), byName: make(map[string]string)}
	enter := func(name, code string) {
		key := countryKey(name)
		if known, ok := t.byName[key]; key == "" || ok && known != code {
			code = ""
		}
		t.byName[key] = code
	}
	for _, line := range readLines(countriesText) {
		codes, names, _ := strings.Cut(line, " = ")
		alpha2, alpha3, _ := strings.Cut(codes, " ")
		t.codes[strings.ToLower(alpha2)], t.capitals[alpha2[0]-'A'][alpha2[1]-'A'] = true, true
		enter(alpha3, alpha2)
		for name := range strings.SplitSeq(names, ";") {
			enter(name, alpha2)
		}
	}
	return t
})

// Country returns the ISO 3166-1 alpha-2 code, in capitals, of a country given
// by code, alpha-3 code or name: "de", "USA", "Deutschland", "Korea, Republic
// of". "UK" is GB and "EL" is GR. Parts of the United Kingdom are GB. ok is false
// for anything else; nothing is guessed from similar spelling.
func Country(s string) (code string, ok bool) {
	if len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z' && countries().capitals[s[0]-'A'][s[1]-'A'] {
		return s, true
	}
	key := countryKey(cut(s, 128))
	switch {
	case key == "uk":
		return "GB", true
	case key == "el":
		return "GR", true
	case len(key) == 2 && countries().codes[key]:
		return strings.ToUpper(key), true
	}
	code = countries().byName[key]
	return code, code != ""
}

// isCountryCode tells that s is an alpha-2 code in lower case, or "uk".
func isCountryCode(s string) bool { return s == "uk" || countries().codes[s] }

// countryKey is the set of significant words, so that order and articles do not
// matter.
func countryKey(s string) string {
	parts, _ := cutWords(nil, s)
	words := texts(mergeInitials(parts))
	if len(words) > 1 {
		words = slices.DeleteFunc(words, func(w string) bool { return smallWords()[w] })
		slices.Sort(words)
	}
	return strings.Join(words, " ")
}

// endings are the countries of the endings of domains, but for those that people
// choose for their letters.
var endings = sync.OnceValue(func() map[string]string {
	chosen := setOf(strings.Fields("ac ag ai am as bz cc cd cm co cx dj fm gg gl gs hm im io ki la li ly md me ms mu nu pw sc sh so sr st su tk tm to tv vc vg ws"))
	all := make(map[string]string)
	for code := range countries().codes {
		if !chosen[code] {
			all[code] = strings.ToUpper(code)
		}
	}
	all["uk"] = "GB"
	return all
})

// endingCountry returns the country that a public suffix belongs to: GB for "ac.uk".
func endingCountry(suffix string) string {
	return endings()[suffix[strings.LastIndexByte(suffix, '.')+1:]]
}
