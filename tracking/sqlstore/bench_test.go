package sqlstore_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

// crowd is a list of so many people.
type crowd int

// Rows gives them.
func (n crowd) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for i := range int(n) {
			p := tracking.Person{
				RecordID: fmt.Sprintf("003%012d", i), FirstName: "Ann", LastName: fmt.Sprintf("Lee %d", i), Title: "VP Sales",
				Emails:  []string{fmt.Sprintf("ann.lee%d@company%d.com", i, i%9000)},
				Company: matching.Company{Name: fmt.Sprintf("Company %d", i%9000), Domain: fmt.Sprintf("company%d.com", i%9000)},
			}
			if !yield(tracking.Row{Relationship: tracking.User, Person: p}, nil) {
				return
			}
		}
	}
}

// BenchmarkImport reads 100,000 people into a file, and then the same list again.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		db := opened(b, file(b))
		store := people(b, db, &sqlstore.Options{Reader: db.Reader()})
		now := func() time.Time { return began }
		service, err := contacts.New(contacts.Deps{Store: store, Secret: []byte("sixteen bytes or more")}, &contacts.Options{Now: now})
		if err != nil {
			b.Fatal(err)
		}
		imp := tracking.Import{ID: "crm", Name: "From the CRM", Kind: tracking.ImportReport, Relationship: tracking.User, Ref: "00O000000000001EAA"}
		for _, name := range []string{"first-s", "again-s"} {
			start := time.Now()
			if _, err := service.Import(b.Context(), imp, crowd(100_000), nil); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(time.Since(start).Seconds(), name)
		}
	}
}
