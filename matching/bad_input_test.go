package matching_test

import (
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/matching"
)

const long = 10_000

// badNames are what stands in name fields that nobody checked.
var badNames = []string{
	"", " ", "\t\r\n", "-", ".", "&", "?!", "\"", "X", "é", "株", "7", "🏢",
	"\x00", "\x1b[31mAcme", "Ac\x00me", "\u202eemcA", "\ufeffAcme", "A\u200bc\u200bm\u200be", "\xff\xfe", "Acme\xff Inc", "\xed\xa0\x80",
	"Inc", "GmbH & Co. KG", "The Company", "n/a", "null", "=1+1", "<script>", "'; DROP TABLE accounts; --",
	strings.Repeat("a", long), strings.Repeat("A ", long/2), strings.Repeat("株", long), "a" + strings.Repeat("\u0301", long),
	strings.Repeat("Granite Works ", long/14), strings.Repeat(".", long), strings.Repeat("\xff", long), strings.Repeat("Inc ", long/4), differentWords(long),
}

// badSites are what stands in website fields.
var badSites = []string{
	"", " ", "n/a", "http://", "https://", "://", "www.", ".", "..", ".com", "com", "co.uk", "acme", "not a website", "a@b@c", "@", "@acme.com",
	"http://[::1]:99999/", "http://1.2.3.4", "localhost", "javascript:alert(1)", "file:///etc/passwd", "http://acme.com:port", "acme..com", "-acme-.com",
	"\x00", "acme\x00.com", "\xff.com", "xn--", "xn--\xff", "xn--a-ecp.ru", "acme.com;;;,,, acme.com", "http://%zz/", "ａｃｍｅ．ｃｏｍ",
	strings.Repeat("a", long) + ".com", strings.Repeat("a.", long/2) + "com", strings.Repeat(".", long), strings.Repeat("acme.com ", long/9),
	"http://" + strings.Repeat("/", long), strings.Repeat("x@", long/2),
}

// differentWords is a name of that many characters in which no word is twice.
func differentWords(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "w%d ", i)
	}
	return b.String()
}

// badAccounts has each bad name and each bad website once, and among them a good
// account.
func badAccounts() []matching.Account {
	accounts := []matching.Account{{ID: "GOOD", Name: "Travertine Brewing", Website: "travertine.com", Country: "US"}}
	for i, name := range badNames {
		accounts = append(accounts, matching.Account{ID: fmt.Sprint("N", i), Name: name, Aliases: []string{name}, Country: name, City: name})
	}
	for i, site := range badSites {
		accounts = append(accounts, matching.Account{
			ID: fmt.Sprint("S", i), Name: fmt.Sprint("Site ", i), Website: site, Domains: site, LinkedIn: site, Phone: site,
			ContactDomains: []matching.DomainCount{{Domain: site, Count: -i}},
		})
	}
	return accounts
}

func badCompanies() []matching.Company {
	var all []matching.Company
	for _, name := range badNames {
		all = append(all, matching.Company{Name: name, Country: name, State: name, City: name, Phone: name, AccountID: name})
	}
	for _, site := range badSites {
		all = append(all, matching.Company{Domain: site, LinkedIn: site}, matching.Company{Name: "Acme", Email: "x@" + site})
	}
	return all
}

// checkAnswer holds what every answer keeps, however bad the question: it says no
// more than it may, and a cap that was reached.
func checkAnswer(t *testing.T, p matching.Profile, m matching.AccountMatch) {
	t.Helper()
	if (m.ID != "") != (m.Verdict == matching.VerdictAuto) || m.Decisive == "" || !(m.Confidence >= 0 && m.Confidence <= 1) {
		t.Errorf("%s %q by %q, confidence %v", m.Verdict, m.ID, m.Decisive, m.Confidence)
	}
	if len(m.Ranked) > p.MaxRanked {
		t.Errorf("%d ranked, more than %d", len(m.Ranked), p.MaxRanked)
	}
	if m.Capped != slices.Contains(m.Reasons, matching.ReasonCandidatesCapped) {
		t.Errorf("capped %v, reasons %v", m.Capped, m.Reasons)
	}
}

// Whatever stands in the fields, nobody is found by nonsense, good accounts are
// found beside it, and the index answers as the list does, saved or not.
func TestNonsenseIsNoEvidence(t *testing.T) {
	accounts := badAccounts()
	x := matching.NewIndex(list(accounts), nil)
	y := reopened(t, x, nil)
	p := matching.Balanced()
	for i, c := range append(badCompanies(), matching.Company{Name: "Travertine Brewing", Email: "x@travertine.com"}) {
		m := x.Match(p, c)
		checkAnswer(t, p, m)
		if !m.Capped && (!raced || i%8 == 0) { // the list reads all long names each time
			if want := matching.MatchAccount(p, c, accounts); m.Verdict != want.Verdict || m.ID != want.ID {
				t.Errorf("%.40q %.40q: index %s %q, list %s %q", c.Name, c.Domain+c.Email, m.Verdict, m.ID, want.Verdict, want.ID)
			}
		}
		if again := y.Match(p, c); again.Verdict != m.Verdict || again.ID != m.ID {
			t.Errorf("%.40q %.40q: opened %s %q, built %s %q", c.Name, c.Domain+c.Email, again.Verdict, again.ID, m.Verdict, m.ID)
		}
		for _, l := range x.Likeliest(p, c) {
			if math.IsNaN(l.Confidence) || l.Confidence < 0 || l.Confidence > 1 {
				t.Errorf("%.40q: %s with %v", c.Name, l.ID, l.Confidence)
			}
		}
		if c.Name == "Travertine Brewing" && m.ID != "GOOD" {
			t.Errorf("the good one: %s %q", m.Verdict, m.ID)
		}
	}
	for _, empty := range []string{"", " ", "\t\r\n", "-", ".", "&", "?!", "\"", "\x00", strings.Repeat(".", long)} {
		if m := x.Match(p, matching.Company{Name: empty}); m.Verdict != matching.VerdictNone || len(m.Ranked) > 0 {
			t.Errorf("%.20q finds %v", empty, m.Ranked)
		}
	}
}

// manySize is the number of accounts in the tests of one thing in too many
// accounts.
func manySize() int {
	if raced || testing.Short() {
		return 5_000
	}
	return 200_000
}

// manyAccounts have one name and one domain of contacts: every second also one
// website.
func manyAccounts(n int) iter.Seq[matching.Account] {
	return func(yield func(matching.Account) bool) {
		for i := range n {
			a := matching.Account{ID: fmt.Sprintf("A%06d", i), Name: "Granite Works"}
			if i%2 == 0 {
				a.Website, a.ContactDomains = "granite.com", []matching.DomainCount{{Domain: "granite.com", Count: 2}}
			}
			if !yield(a) {
				return
			}
		}
	}
}

// One name, one website and one domain of contacts in very many accounts: the
// answer comes from as many as the cap allows, and says so.
func TestTooManyOfOneKindAreCapped(t *testing.T) {
	x := matching.NewIndex(manyAccounts(manySize()), nil)
	x.Upsert(matching.Account{ID: "B1", Name: "Travertine Brewing"})
	p := matching.Balanced()
	for _, c := range []matching.Company{
		{Name: "Granite Works"}, {Name: "Granite Work"}, {Name: "Granite"}, {Name: "Works of Granite Ltd"},
		{Email: "x@granite.com"}, {Domain: "granite.com"}, {Name: "Granite Works", Email: "x@granite.com", Country: "US"},
	} {
		m := x.Match(p, c)
		checkAnswer(t, p, m)
		candidates, capped := x.Candidates(p, c)
		if !m.Capped || !capped || len(candidates) > p.MaxCandidates {
			t.Errorf("%+v: capped %v and %v, %d candidates", c, m.Capped, capped, len(candidates))
		}
		if likely := x.Likeliest(p, c); len(likely) > 8 {
			t.Errorf("%+v: %d likeliest", c, len(likely))
		}
	}
	if m := x.Match(p, matching.Company{Name: "Travertine Brewing"}); m.ID != "B1" || m.Capped {
		t.Errorf("what is rare beside it: %s %q, capped %v", m.Verdict, m.ID, m.Capped)
	}
}

// What a look-up takes is bounded by caps, not by how many accounts have one name,
// one domain, or words that are nearly the same: ten times the accounts may not
// take twice the memory.
func TestWorkIsBoundedByTheCaps(t *testing.T) {
	took := func(accounts iter.Seq[matching.Account], c matching.Company) uint64 {
		x := matching.NewIndex(accounts, nil)
		least := ^uint64(0)
		for range 5 { // room is kept between calls, until the garbage collector takes it
			x.Match(matching.Balanced(), c)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before) // counts small ones at once, which allocated does not
			for range 20 {
				x.Match(matching.Balanced(), c)
			}
			runtime.ReadMemStats(&after)
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		return least
	}
	for _, tt := range []struct {
		many func(n int) iter.Seq[matching.Account]
		c    matching.Company
	}{
		{manyAccounts, matching.Company{Name: "Granite Works"}},
		{manyAccounts, matching.Company{Email: "x@granite.com"}},
		{manyAccounts, matching.Company{Domain: "granite.com"}},
		{nearWords, matching.Company{Name: "Granitestones"}},
	} {
		few, many := took(tt.many(2_500), tt.c), took(tt.many(25_000), tt.c)
		if many > 2*few {
			t.Errorf("%+v: %d bytes for 2,500 accounts, %d for 25,000", tt.c, few, many)
		}
	}
}

// nearWords are accounts whose names are all one typing error away from
// "Granitestones".
func nearWords(n int) iter.Seq[matching.Account] {
	const word, letters, first = "granitestones", 1165, 0xa000 // syllables of Yi, which stand for themselves
	return func(yield func(matching.Account) bool) {
		for i := range n {
			at, gone := i/letters%len(word), i/letters/len(word)
			if !yield(matching.Account{ID: fmt.Sprintf("A%06d", i), Name: word[:at] + string(rune(first+i%letters)) + word[at+gone:]}) {
				return
			}
		}
	}
}

// An answer that a cap cut short is not used without asking when an account that
// was left out would have been chosen.
func TestWhatACapLeftOutIsNotDecided(t *testing.T) {
	accounts := slices.Collect(manyAccounts(1_000))
	accounts[998].OpenOpportunities = 1
	p := matching.Balanced()
	for _, c := range []matching.Company{{Domain: "granite.com"}, {Name: "Granite Works", Email: "x@granite.com"}} {
		want, m := matching.MatchAccount(p, c, accounts), matching.NewIndex(list(accounts), nil).Match(p, c)
		if m.Verdict == matching.VerdictAuto && m.ID != want.ID {
			t.Errorf("%+v: index %s %q %s, list %s %q %s", c, m.Verdict, m.ID, m.Decisive, want.Verdict, want.ID, want.Decisive)
		}
	}
}

// A list that is compared as a whole keeps its answer short.
func TestLongListsGiveShortAnswers(t *testing.T) {
	accounts := slices.Collect(manyAccounts(2_000))
	p := matching.Balanced()
	for _, c := range []matching.Company{{Name: "Granite Works"}, {Email: "x@granite.com"}} {
		checkAnswer(t, p, matching.MatchAccount(p, c, accounts))
	}
}
