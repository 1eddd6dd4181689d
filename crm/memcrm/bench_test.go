package memcrm_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// BenchmarkFind300k asks what one job change asks, of 100,000 accounts and
// 300,000 contacts: by e-mail, by id, by the words of a name. Memory is reported
// for the whole CRM with its indexes.
func BenchmarkFind300k(b *testing.B) {
	c := memcrm.New(nil)
	before := heap()
	const accounts, people = 100_000, 300_000
	ids := make([]string, accounts)
	for i := range accounts {
		id, err := c.Add(crm.ObjectAccount, crm.Fields{
			"Name": fmt.Sprintf("Company %d Industries", i), "Website": fmt.Sprintf("https://www.company%d.example", i), "BillingCountry": "DE"})
		if err != nil {
			b.Fatal(err)
		}
		ids[i] = id
	}
	for i := range people {
		_, err := c.Add(crm.ObjectContact, crm.Fields{"FirstName": fmt.Sprintf("First%d", i%3000), "LastName": fmt.Sprintf("Last%d", i%20011),
			"Email": fmt.Sprintf("p%d@company%d.example", i, i%accounts), "Title": "Engineer", "AccountId": ids[i%accounts]})
		if err != nil {
			b.Fatal(err)
		}
	}
	fields := c.Names().ContactFields()
	queries := func(i int) []crm.Query {
		i %= people
		contacts := func(cond crm.Cond) crm.Query {
			return crm.Query{Object: crm.ObjectContact, Select: fields, Where: []crm.Cond{cond}}
		}
		return []crm.Query{
			contacts(in("Email", fmt.Sprintf("P%d@company%d.example", i, i%accounts))),
			contacts(in("AccountId", ids[i%accounts])),
			contacts(crm.Cond{Op: crm.OpWords, Values: []string{fmt.Sprintf("first%d last%d", i%3000, i%20011)}}),
			{Object: crm.ObjectAccount, Select: []string{"Name"}, Where: []crm.Cond{{Op: crm.OpWords, Values: []string{fmt.Sprintf("company %d", i%accounts)}}}},
		}
	}
	ask := func(i int) {
		pages, err := c.Find(b.Context(), queries(i))
		if err != nil {
			b.Fatal(err)
		}
		for _, p := range pages {
			if p.Err != nil || len(p.Records) == 0 {
				b.Fatalf("nothing found, or %v", p.Err)
			}
		}
	}
	ask(0)
	size := heap() - before
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		ask(i * 7919)
	}
	b.ReportMetric(float64(size)/(1<<20), "MB-crm")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
