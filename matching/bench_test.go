package matching

import (
	"slices"
	"testing"
)

// BenchmarkIndexMatch100k asks an index of 100,000 accounts: by domain, by
// exact name, by a name with a typing error, and for companies it does not hold.
func BenchmarkIndexMatch100k(b *testing.B) {
	x := NewIndex(madeAccounts(100_000), nil)
	p := Balanced()
	for _, kind := range []struct {
		name string
		ask  func(Account) Company
	}{
		{"domain", func(a Account) Company { return Company{Name: a.Name, Domain: a.Website} }},
		{"name", func(a Account) Company { return Company{Name: a.Name, Country: a.Country} }},
		{"typo", func(a Account) Company { return Company{Name: "x" + a.Name, Country: a.Country} }},
		{"unknown", func(a Account) Company {
			return Company{Name: "Quux " + a.ID[6:] + " Software", Email: "x@quux.example.org"}
		}},
	} {
		b.Run(kind.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				x.Match(p, kind.ask(madeAccount(i*7%100_000)))
			}
		})
	}
}

// BenchmarkMA41Batch matches 1,000 events against 200,000 accounts and reports
// how many accounts one event is compared with.
func BenchmarkMA41Batch(b *testing.B) {
	const accounts, events = 200_000, 1_000
	x := NewIndex(madeAccounts(accounts), nil)
	p := Balanced()
	compared := 0
	for b.Loop() {
		for i := range events {
			a := madeAccount(i * (accounts / events))
			c := Company{Name: a.Name, Domain: a.Website, Country: a.Country}
			candidates, _ := x.Candidates(p, c)
			compared += len(candidates)
			x.Match(p, c)
		}
	}
	b.ReportMetric(float64(compared)/float64(b.N)/events, "candidates/event")
}

// BenchmarkIndexBuild reports what one account costs to index, among few and among many.
func BenchmarkIndexBuild(b *testing.B) {
	for name, n := range map[string]int{"10k": 10_000, "200k": 200_000} {
		b.Run(name, func(b *testing.B) {
			accounts := slices.Collect(madeAccounts(n))
			b.ReportAllocs()
			for b.Loop() {
				NewIndex(slices.Values(accounts), nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/account")
		})
	}
}

// BenchmarkMatchAccount5 compares one company with five accounts of its domain.
func BenchmarkMatchAccount5(b *testing.B) {
	accounts := slices.Collect(madeAccounts(5))
	for i := range accounts {
		accounts[i].Website = "acme.com"
	}
	c := Company{Name: accounts[3].Name, Email: "x@acme.com", Country: "US"}
	p := Balanced()
	b.ReportAllocs()
	for b.Loop() {
		MatchAccount(p, c, accounts)
	}
}

// BenchmarkMatchPerson scans twenty records.
func BenchmarkMatchPerson(b *testing.B) {
	var records []PersonRecord
	for i := range 20 {
		records = append(records, contact(madeAccount(i).ID, "Ann", syllables(i), "ann@acme.com"))
	}
	q := Person{FirstName: "Ann", LastName: syllables(3), NewEmail: "ann.x@acme.com", To: Company{Name: "Acme", Domain: "acme.com"}}
	p := Balanced()
	b.ReportAllocs()
	for b.Loop() {
		MatchPerson(p, q, records)
	}
}

// pairShapes are reports beside the accounts that an index would compare them with:
// equal names, other heads, longer names, initials, joined words, typing errors,
// other languages, with domains and without.
func pairShapes() (queries []*query, accounts []*facts) {
	p := Balanced()
	for _, c := range []Company{
		{Name: "Granite Falls Brewing Company", Country: "US", City: "Granite Falls"},
		{Name: "Travertine Software, Inc.", Email: "x@travertine.io", Country: "US"},
		{Name: "Universidad Nacional de Basalto", Email: "x@unb.edu.co"},
		{Name: "Institute for Slate and Marble Research", Country: "DE", City: "Leipzig"},
		{Name: "ISMR"},
		{Name: "Obsidain Logistics (Germany)", Email: "x@gmail.com"},
		{Name: "Department of Mineralogy, University of Quartzburg", Email: "x@quartzburg.edu"},
		{Name: "RedStone Therapeutics"},
	} {
		queries = append(queries, makeQuery(&p, c))
	}
	for _, a := range []Account{
		{Name: "Granite Falls Brewing Co", Country: "US", City: "Granite Falls"},
		{Name: "Granite Bank, National Association", Country: "US"},
		{Name: "Travertine", Website: "https://www.travertine.io", Country: "US"},
		{Name: "National University of Basalto", Website: "unb.edu.co", Country: "CO"},
		{Name: "Leibniz Institute for Marble Research", Website: "https://lismr.de", Country: "DE", City: "Leipzig"},
		{Name: "Obsidian Logistics GmbH", Country: "DE", City: "Hamburg"},
		{Name: "University of Quartzburg", Website: "https://www.quartzburg.edu/en", Country: "US"},
		{Name: "Red Stone Therapeutics, Inc."},
		{Name: "Slate Hospital of the Eastern Province"},
		{Name: "State Key Laboratory of Marble and Slate Engineering", Country: "CN", City: "Beijing"},
	} {
		accounts = append(accounts, makeFacts(a))
	}
	return queries, accounts
}

// BenchmarkCompare measures one pair.
func BenchmarkCompare(b *testing.B) {
	queries, accounts := pairShapes()
	b.ReportAllocs()
	pairs := 0
	for b.Loop() {
		for _, q := range queries {
			c := newComparer(q)
			for _, f := range accounts {
				c.compare(f, nil)
				pairs++
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(pairs), "ns/pair")
}
