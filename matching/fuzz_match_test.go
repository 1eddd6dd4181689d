package matching

import (
	"reflect"
	"slices"
	"testing"
)

// FuzzMatchAccount asks with any bytes of any accounts: no panic, a whole
// answer, the same in the other order, and the same from an index.
func FuzzMatchAccount(f *testing.F) {
	f.Add("Acme", "acme.com", "x@acme.com", "US", "Acme Inc", "https://acme.com/", "Acme GmbH", "acme.de")
	f.Add("日立製作所", "", "x@hitachi.co.jp", "JP", "株式会社日立製作所", "hitachi.co.jp", "Hitachi", "")
	f.Add("Net App", "", "", "", "NetApp", "", "Net Apps", "netapp.com; netapp.io")
	f.Add("IBM", "linkedin.com/company/ibm", "@", "\xff", "International Business Machines", "ibm.com", "\x00", "..")
	f.Add("Ⅷ ﬁ ŉ", "http://", "a@b@c", "ü", "viii fi n", "localhost", "Company Ltd", "gmail.com")
	f.Fuzz(func(t *testing.T, name, domain, email, country, nameA, siteA, nameB, siteB string) {
		accounts := []Account{
			{ID: "A", Name: nameA, Website: siteA, Country: country, ParentID: "B"},
			{ID: "B", Name: nameB, Website: siteB, Domains: siteA, Aliases: []string{nameA}},
		}
		c := Company{Name: name, Domain: domain, Email: email, Country: country, LinkedIn: domain, City: country}
		for _, p := range []Profile{Balanced(), Lenient()} {
			m := MatchAccount(p, c, accounts)
			if (m.ID != "") != (m.Verdict == VerdictAuto) || m.Decisive == "" || !(m.Confidence >= 0 && m.Confidence <= 1) {
				t.Fatalf("%+v", m)
			}
			back := MatchAccount(p, c, []Account{accounts[1], accounts[0]})
			if !reflect.DeepEqual(m, back) {
				t.Fatalf("order changes the answer\n%+v\n%+v", m, back)
			}
			x := NewIndex(slices.Values(accounts), nil).Match(p, c)
			if x.Verdict != m.Verdict || x.ID != m.ID {
				t.Fatalf("index %s %q, list %s %q", x.Verdict, x.ID, m.Verdict, m.ID)
			}
		}
	})
}
