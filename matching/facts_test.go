package matching

import (
	"encoding/csv"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestShortWays asks that the short ways of reading plain names and websites say what
// the long ones say, for all values of the public data and for mixtures of them.
func TestShortWays(t *testing.T) {
	var names, sites []string
	for _, name := range []string{"accounts.csv", "queries.csv"} {
		f, err := os.Open("testdata/quality/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			names, sites = append(names, row[1]), append(sites, row[2])
		}
	}
	signs := []string{"'", "`", "''", "&", " + ", "+", ".", "/", "-", " S.A.", " s a ", " SpA", " GmbH & Co. KG", " (IBM)", " /DE/", "é", "\u0301", "\u00ad", "株式会社", " und ", "3"}
	for i, s := range names {
		checkNameWays(t, s)
		at, sign := len(s)*(i%5)/5, signs[i%len(signs)]
		switch i % 3 {
		case 0:
			s = s[:at] + sign + s[at:]
		case 1:
			s += sign + names[i*7%len(names)]
		default:
			s = strings.ToUpper(s + sign)
		}
		checkNameWays(t, s)
	}
	starts := []string{"", "http://", "HTTPS://", "https://www.", "//", "mailto:", "a@", "-", "_", ".", "https://linkedin.com/company/", "x.linkedin.com\\", `x.com\.linkedin.com/company/`}
	ends := []string{"", "/", "/company/x", "/?#", "?u=http://acme.org", ":443", "\\", ".", "-", ";acme.org", ".1", "é", "/\x01", ".co.uk", ".github.io", "/é"}
	for i, s := range sites {
		checkSiteWays(t, s)
		start, end := starts[i%len(starts)], ends[i%len(ends)]
		if checkSiteWays(t, start+strings.TrimPrefix(s, "https://")+end); i%2 == 0 {
			s = strings.ToUpper(s)
		}
		checkSiteWays(t, start+s+end)
	}
}

// checkNameWays reads a name in its short and in its long way.
func checkNameWays(t *testing.T, s string) {
	t.Helper()
	if isASCII(s) {
		short, letters := cutASCII(nil, nil, s)
		long, again := cutRunes(nil, nil, s)
		if !slices.Equal(short, long) || string(letters) != string(again) {
			t.Errorf("%q: %q %+v, the long way %q %+v", s, letters, short, again, long)
		}
	}
	if got, want := string(appendFolded(nil, s)), lettersOnly(Fold(s)); got != want {
		t.Errorf("%q: folded %q, the long way %q", s, got, want)
	}
	words, folded := cutWords(nil, s)
	if joined := string(appendText(nil, words)); len(words) > 0 && (joined != folded || wordsKey(words, folded) != joined) {
		t.Errorf("%q: %q, its words %q", s, folded, joined)
	}

	n := makeNamed(s)
	if want := strings.ReplaceAll(n.Key, " ", ""); n.letters != want {
		t.Errorf("%q: letters %q, want %q", s, n.letters, want)
	}
	long := n.Acronyms()
	if acronyms := longEnough(slices.Clone(long)); !slices.Equal(n.acronyms, acronyms) {
		t.Errorf("%q: acronyms %q, want %q", s, n.acronyms, acronyms)
	}
	var significant []word
	generic := len(n.Words) > 0
	for _, w := range n.Words {
		if generic = generic && genericWords()[w]; !smallWords()[w] {
			significant = append(significant, word{text: w})
		}
	}
	if want := initials(significant, true); n.Initials != want {
		t.Errorf("%q: initials %q, want %q", s, n.Initials, want)
	}
	if want := generic || noNames()[n.Key]; n.Generic != want {
		t.Errorf("%q: generic is %v, want %v", s, n.Generic, want)
	}
	if digits, script := digitGroups(n.Key), mainScript(n.Key); !slices.Equal(n.Digits, digits) || n.Script != script || n.Latin != (script == ScriptLatin) {
		t.Errorf("%q: digits %q and script %q, want %q and %q", s, n.Digits, n.Script, digits, script)
	}
}

// checkSiteWays reads a website in its short and in its long way.
func checkSiteWays(t *testing.T, s string) {
	t.Helper()
	if short, long := ParseDomains(s), cutSites(s); !reflect.DeepEqual(short, long) {
		t.Errorf("%q: %+v, the long way %+v", s, short, long)
	}
	long, _ := LinkedInCompany(s)
	if short := companyPage("", s); short != long {
		t.Errorf("%q: page %q, the long way %q", s, short, long)
	}
	var f facts
	f.addSites(s, true)
	var kept []string
	for _, d := range cutSites(s) {
		if d.Usable() && !slices.Contains(kept, d.Host) {
			kept = append(kept, d.Host)
		}
	}
	var hosts []string
	for _, d := range f.sites {
		hosts = append(hosts, d.Host)
	}
	if !slices.Equal(hosts, kept) {
		t.Errorf("%q: evidence is %q, want %q", s, hosts, kept)
	}
}
