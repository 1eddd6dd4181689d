package crmtest

import (
	"fmt"
	"slices"

	"github.com/onward-crm/onward/crm"
)

func pagingCases() []testCase {
	return []testCase{
		{"every row comes once, in order of id", pagesComplete},
		{"the client follows pages", pagesThroughClient},
	}
}

// maxSeeded bounds what the suite puts into a CRM to fill its pages.
const maxSeeded = 5000

// manyAccounts fills two pages and a bit; it gives the ids in order.
func (k *kit) manyAccounts() []string {
	k.Helper()
	rows := k.Driver.Limits().Rows
	if rows < 1 || 2*rows+1 > maxSeeded {
		k.Skipf("pages of %d rows are not for a test", rows)
	}
	var records []crm.Record
	for i := range 2*rows + 1 {
		records = append(records, account(fmt.Sprintf("Account %d", i)))
	}
	return sorted(k.seed(records...)...)
}

func pagesComplete(k *kit) {
	want := k.manyAccounts()
	q := crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}}
	first := k.page(q)
	if first.Err != nil || first.Next == "" || len(first.Records) > k.Driver.Limits().Rows {
		k.Fatalf("first page: %d rows, next %q, %v", len(first.Records), first.Next, first.Err)
	}
	if got := ids(k.ask(q)); !slices.Equal(got, want) {
		k.Errorf("got %d rows, want %d, each once and in order", len(got), len(want))
	}
}

func pagesThroughClient(k *kit) {
	want := k.manyAccounts()
	c, _ := k.client(k.Driver)
	q := crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}}
	found, err := c.Find(k.Context(), []crm.Query{q, where(crm.ObjectAccount, "Name", "Account 1")})
	if err != nil {
		k.Fatal(err)
	}
	if !slices.Equal(ids(found[0]), want) || len(found[1]) != 1 {
		k.Errorf("Find: %d and %d rows, want %d and 1", len(found[0]), len(found[1]), len(want))
	}
	var got []string
	for r, err := range c.All(k.Context(), q) {
		if err != nil {
			k.Fatal(err)
		}
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		k.Errorf("All: %d rows, want %d", len(got), len(want))
	}
}
