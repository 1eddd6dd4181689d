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

// BenchmarkStamps asks about a thousand movers, every second of them tracked, where
// 100,000 people are, and books a credit for each.
func BenchmarkStamps(b *testing.B) {
	db := opened(b, file(b))
	service, err := contacts.New(contacts.Deps{Store: people(b, db, &sqlstore.Options{Reader: db.Reader()}), Secret: []byte("sixteen bytes or more")},
		&contacts.Options{Now: func() time.Time { return began }})
	if err != nil {
		b.Fatal(err)
	}
	imp := tracking.Import{ID: "crm", Kind: tracking.ImportReport, Relationship: tracking.User, Ref: "00O000000000001EAA"}
	if _, err := service.Import(b.Context(), imp, crowd(100_000), nil); err != nil {
		b.Fatal(err)
	}
	var movers [][]string
	for row := range crowd(1_000).Rows(b.Context()) {
		if len(movers)%2 == 1 {
			row.Person = tracking.Person{Emails: []string{fmt.Sprint("stranger", len(movers), "@nowhere.example")}}
		}
		movers = append(movers, row.Person.Keys())
	}
	round, stamping, booking := 0, time.Duration(0), time.Duration(0)
	for b.Loop() {
		begun := time.Now()
		stamps, err := service.Stamps(b.Context(), movers)
		if err != nil || stamps[0].Relationship != tracking.User || stamps[1].Name != "" {
			b.Fatal(err, stamps[:2])
		}
		stamping += time.Since(begun)
		round++
		spent := make([]tracking.Spending, len(stamps))
		for i, s := range stamps {
			spent[i] = tracking.Spending{Delivery: fmt.Sprint("feed:", round, "/", i), Credits: 1, Stamp: s, At: began}
		}
		begun = time.Now()
		if err := service.Spend(b.Context(), spent); err != nil {
			b.Fatal(err)
		}
		booking += time.Since(begun)
	}
	b.ReportMetric(stamping.Seconds()*1000/float64(round), "stamping-ms")
	b.ReportMetric(booking.Seconds()*1000/float64(round), "booking-ms")
}
