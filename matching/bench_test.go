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

// BenchmarkIndexBuild reports what one account costs to index.
func BenchmarkIndexBuild(b *testing.B) {
	accounts := slices.Collect(madeAccounts(10_000))
	b.ReportAllocs()
	for b.Loop() {
		NewIndex(slices.Values(accounts), nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(accounts)), "ns/account")
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
