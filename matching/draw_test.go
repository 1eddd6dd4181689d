package matching

import (
	"fmt"

	"pgregory.net/rapid"
)

// Small worlds, so that drawn values meet: names that differ by a letter, a
// word, an order or a legal form, domains with common labels.
var (
	drawNames = []string{
		"", "Acme", "Acme Inc", "Acme GmbH", "ACME Tools", "Acme Tool", "Tools Acme", "Net App", "NetApp Inc",
		"Microsoft", "Microsfot", "Micron", "International Business Machines", "IBM", "Delta", "Delta Dental",
		"Apex", "The Company Group", "日立製作所", "株式会社日立製作所", "Hitachi", "Яндекс", "Yandex", "3M", "Forever 21",
		"University of Washington", "Washington University", "Müller AG", "Mueller", "Acme Holdings", "LinkedIn",
	}
	drawSites = []string{
		"", "acme.com", "www.acme.com", "eu.acme.com", "acme.de", "acme.io; beta.io", "beta.io", "gmail.com",
		"netapp.com", "ibm.com", "us.ibm.com", "linkedin.com", "linkedin.com/company/acme", "n/a", "hitachi.co.jp",
	}
	drawCountries = []string{"", "US", "DE", "Germany"}
	drawPages     = []string{"", "", "linkedin.com/company/acme", "linkedin.com/company/beta"}
)

func drawCompany(t *rapid.T) Company {
	c := Company{
		Name:     rapid.SampledFrom(drawNames).Draw(t, "name"),
		Domain:   rapid.SampledFrom(drawSites).Draw(t, "domain"),
		LinkedIn: rapid.SampledFrom(drawPages).Draw(t, "page"),
		Country:  rapid.SampledFrom(drawCountries).Draw(t, "country"),
		City:     rapid.SampledFrom([]string{"", "Munich"}).Draw(t, "city"),
	}
	if host := rapid.SampledFrom([]string{"", "acme.com", "us.acme.com", "gmail.com", "beta.io", "ibm.com"}).Draw(t, "mail"); host != "" {
		c.Email = "x@" + host
	}
	return c
}

// drawAccounts draws up to eight accounts with parents, masters, contacts and
// the facts of the tie-breakers.
func drawAccounts(t *rapid.T) []Account {
	n := rapid.IntRange(0, 8).Draw(t, "accounts")
	accounts := make([]Account, n)
	id := func(label string) string {
		if i := rapid.IntRange(-8, n-1).Draw(t, label); i >= 0 {
			return fmt.Sprint("A", i)
		}
		return ""
	}
	for i := range accounts {
		a := Account{
			ID:       fmt.Sprint("A", i),
			Name:     rapid.SampledFrom(drawNames).Draw(t, "name"),
			Website:  rapid.SampledFrom(drawSites).Draw(t, "site"),
			Domains:  rapid.SampledFrom(append([]string{"", "", ""}, drawSites...)).Draw(t, "domains"),
			LinkedIn: rapid.SampledFrom(drawPages).Draw(t, "page"),
			Country:  rapid.SampledFrom(drawCountries).Draw(t, "country"),
			ParentID: id("parent"), MasterID: id("master"),
			Deleted:           rapid.IntRange(0, 9).Draw(t, "deleted") == 0,
			OwnerID:           rapid.SampledFrom([]string{"", "U1", "U2"}).Draw(t, "owner"),
			OpenOpportunities: rapid.IntRange(0, 1).Draw(t, "opportunities"),
			Customer:          rapid.Bool().Draw(t, "customer"),
		}
		if k := rapid.IntRange(0, 6).Draw(t, "contacts"); k > 0 {
			a.ContactDomains = []DomainCount{{Domain: rapid.SampledFrom([]string{"acme.com", "beta.io", "gmail.com"}).Draw(t, "contact domain"), Count: k}}
		}
		accounts[i] = a
	}
	return accounts
}

// drawProfile draws one of the three profiles with pins, acquisitions and a
// hierarchy policy.
func drawProfile(t *rapid.T) Profile {
	p := rapid.SampledFrom([]func() Profile{Balanced, Strict, Lenient}).Draw(t, "profile")()
	p.Hierarchy = rapid.SampledFrom([]Hierarchy{
		HierarchyAmbiguous, HierarchyUltimateParent, HierarchyClosestChild, HierarchyKeepListed,
	}).Draw(t, "hierarchy")
	p.KeepListed = []string{"A1"}
	if rapid.Bool().Draw(t, "no tie-breakers") {
		p.TieBreakers = nil
	}
	switch rapid.IntRange(0, 5).Draw(t, "pin") {
	case 0:
		p.Pins = []Pin{{Domain: "acme.com", AccountID: "A0"}}
	case 1:
		p.Pins = []Pin{{Name: "Acme", AccountID: "A1", Alias: true}}
	case 2:
		p.Pins = []Pin{{Domain: "beta.io", AccountID: "A2", Alias: true}, {Name: "Delta", Never: true}}
	case 3:
		p.Acquisitions = []Acquisition{{Domain: "beta.io", Name: "Delta", ByDomain: "ibm.com", ByName: "IBM", On: day("2020-01-01")}}
	case 4:
		p.ExcludeDomains, p.ExcludeAccounts = []string{"acme.com"}, []string{"A0"}
	}
	return p
}
