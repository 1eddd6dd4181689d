package sighting_test

import (
	"fmt"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking"
)

func ExampleObserve() {
	last := sighting.Last{
		Person: tracking.Person{LinkedIn: "linkedin.com/in/jane-doe", Title: "Director of Sales", Company: matching.Company{Name: "Acme", Domain: "acme.com"}},
		SeenAt: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC),
	}
	for _, now := range []tracking.Person{
		{LinkedIn: "linkedin.com/in/jane-doe", Title: "Director, Sales", Company: matching.Company{Name: "Acme Inc.", Domain: "acme.com"}},
		{LinkedIn: "linkedin.com/in/jane-doe", Title: "VP Sales", Company: matching.Company{Name: "Acme", Domain: "acme.com"}},
		{LinkedIn: "linkedin.com/in/jane-doe", Title: "CRO", Company: matching.Company{Name: "Beta", Domain: "beta.io"}},
		{LinkedIn: "linkedin.com/in/another-jane", Title: "CRO", Company: matching.Company{Name: "Beta", Domain: "beta.io"}},
	} {
		s := sighting.Observe(matching.Profile{}, "export", last, tracking.Profile{Person: now})
		fmt.Println(s.Reason, s.Kind)
	}
	// Output:
	// unchanged cosmetic_rename
	// seen promotion
	// seen moved
	// stranger
}
