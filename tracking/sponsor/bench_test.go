package sponsor_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// mirror answers with the person as asked for; one in a hundred has a new title.
type mirror struct{ reads int }

func (m *mirror) Find(_ context.Context, p tracking.Person) ([]sponsor.Profile, error) {
	return []sponsor.Profile{{Person: p}}, nil
}

func (m *mirror) Refresh(_ context.Context, ps []tracking.Person) ([]sponsor.Refreshed, error) {
	out := make([]sponsor.Refreshed, len(ps))
	for i, p := range ps {
		if p.FirstName == "changes" {
			p.Title = "CRO"
		}
		out[i].Profile.Person = p
	}
	return out, nil
}

func (m *mirror) Read(_ context.Context, ps []tracking.Person) ([]sponsor.Record, error) {
	m.reads++
	return make([]sponsor.Record, len(ps)), nil
}

// BenchmarkNightlyPass refreshes tracked people of whom one in a hundred has changed.
func BenchmarkNightlyPass(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				now := monday
				m := &mirror{}
				desk := must(sponsor.NewDesk(rulesOf(oneTask), sponsor.Deps{Store: sponsor.NewMemoryStore(), Provider: m, Records: m},
					&sponsor.Options{Now: func() time.Time { return now }, Batch: 200}))
				enrolMany(b, desk, n)
				now = now.Add(week)
				b.StartTimer()
				got := must(desk.Work(b.Context()))
				if got.Refreshed != n || got.Updates != n/100 {
					b.Fatalf("%+v", got)
				}
				b.ReportMetric(float64(m.reads), "crm-calls")
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/person")
			}
		})
	}
}

// enrolMany makes n tracked sponsors.
func enrolMany(b *testing.B, desk *sponsor.Desk, n int) {
	for i := range n {
		p := tracking.Person{Emails: []string{fmt.Sprintf("p%d@acme.com", i)}, FirstName: "stays", LastName: fmt.Sprint("P", i), Title: "VP Sales", Company: matching.Company{Name: "Acme"}}
		if i%100 == 0 {
			p.FirstName = "changes"
		}
		s := must(desk.Enrol(b.Context(), sponsor.Enrolment{Person: p, Entities: []sponsor.Entity{account("acme", "anna")}}))
		must(desk.Start(b.Context(), sponsor.StartOrder{Sponsor: s.ID}))
		must(desk.Track(b.Context(), sponsor.Choice{Sponsor: s.ID}, "anna"))
	}
}
