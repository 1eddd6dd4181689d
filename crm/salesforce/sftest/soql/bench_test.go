package soql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// BenchmarkRun answers what the driver asks of an org of 100,000 contacts.
func BenchmarkRun(b *testing.B) {
	o := &org{CRM: memcrm.New(nil)}
	mails := make([]string, 0, 200)
	for i := range 100_000 {
		mail := fmt.Sprintf("person%d@company%d.example", i, i%7000)
		if i%500 == 0 {
			mails = append(mails, "'"+mail+"'")
		}
		if _, err := o.Add(crm.ObjectContact, crm.Fields{"LastName": fmt.Sprintf("Person%d", i), "Email": mail}); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ name, statement string }{
		{"in", "SELECT Id, Name, Email, SystemModstamp FROM Contact WHERE Email IN (" + strings.Join(mails, ", ") + ") AND IsDeleted = false"},
		{"like", "SELECT Id FROM Contact WHERE Email LIKE '%@company1.example'"},
		{"first", "SELECT Id FROM Contact WHERE Id > '003000000000050AAA' ORDER BY Id LIMIT 200"},
		{"all", "SELECT Id, Name, Email FROM Contact"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o.finds = nil
				answer(b, o, c.statement, false)
			}
		})
	}
}
