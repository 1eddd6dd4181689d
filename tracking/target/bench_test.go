package target_test

import (
	"fmt"
	"testing"

	"github.com/onward-crm/onward/tracking/target"
)

// BenchmarkMerge puts two reports of 100,000 accounts each together, half of which
// stand in both.
func BenchmarkMerge(b *testing.B) {
	const n = 100_000
	one, two := listing(1, target.CategoryTarget, target.Unsaid), listing(2, target.CategoryCustomer, target.Unsaid)
	for i := range n {
		one.Accounts = append(one.Accounts, target.Account{ID: id("001", i)})
		two.Accounts = append(two.Accounts, target.Account{ID: id("001", i+n/2)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if book := target.Merge(one, two); len(book.Accounts()) != n*3/2 {
			b.Fatal(len(book.Accounts()))
		}
	}
}

// BenchmarkChoose chooses among 20,000 people at 1,000 accounts.
func BenchmarkChoose(b *testing.B) {
	accounts := make([]int, 1000)
	for i := range accounts {
		accounts[i] = i
	}
	r := target.Round{Book: target.Merge(listing(1, target.CategoryTarget, target.Unsaid, accounts...)), Personas: personas, PerAccount: 3}
	titles := []string{"VP Sales", "Director of Marketing", "Clerk", "Sales Manager"}
	var found []target.Prospect
	for i := range 20_000 {
		found = append(found, prospect(fmt.Sprintf("p%d", i), titles[(i/1000)%len(titles)], i%1000))
	}
	b.ReportAllocs()
	for b.Loop() {
		if c := r.Choose(nil, found); len(c.Delivered) != 3000 {
			b.Fatal(len(c.Delivered))
		}
	}
}
