package sponsor_test

import (
	"context"
	"fmt"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

func ExampleStatus_Next() {
	next, err := sponsor.MatchFound.Next(sponsor.EventTrack)
	fmt.Println(next, err)
	next, err = sponsor.InProgress.Next(sponsor.EventStop)
	fmt.Println(next, err)
	// Output:
	// tracked <nil>
	// in-progress sponsor: stop: not possible: the status is in-progress
}

// directory is a provider that knows one person.
type directory struct{ profile sponsor.Profile }

func (d *directory) Find(context.Context, tracking.Person) ([]sponsor.Profile, error) {
	return []sponsor.Profile{d.profile}, nil
}

func (d *directory) Refresh(_ context.Context, ps []tracking.Person) ([]sponsor.Refreshed, error) {
	out := make([]sponsor.Refreshed, len(ps))
	for i := range out {
		out[i].Profile = d.profile
	}
	return out, nil
}

func ExampleDesk() {
	ctx, now := context.Background(), time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ann := tracking.Person{Emails: []string{"ann@acme.com"}, FirstName: "Ann", LastName: "Lee", Title: "VP Sales", Company: matching.Company{Name: "Acme"}}
	known := ann
	known.LinkedIn = "https://www.linkedin.com/in/annlee"
	provider := &directory{sponsor.Profile{Person: known}}
	desk, err := sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: sponsor.NewMemoryStore(), Provider: provider},
		&sponsor.Options{Now: func() time.Time { return now }})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, _ := desk.Enrol(ctx, sponsor.Enrolment{Person: ann, Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "acme"}}}})
	s, _ = desk.Start(ctx, sponsor.StartOrder{Sponsor: s.ID, By: "anna"})
	fmt.Println(s.Status, s.Candidates[0].Key())
	s, _ = desk.Track(ctx, sponsor.Choice{Sponsor: s.ID}, "anna")
	fmt.Println(s.Status)

	provider.profile.Person.Company = matching.Company{Name: "Globex"}
	now = now.AddDate(0, 0, 6)
	report, _ := desk.Work(ctx)
	fmt.Println(report.Refreshed, "refreshed,", report.Updates, "update")
	s, conflicts, _ := desk.Accept(ctx, sponsor.Verdict{Sponsor: s.ID, Update: "u1", By: "anna"})
	fmt.Println(s.Person.Company.Name, len(conflicts), "conflicts,", s.Open(), "open")
	// Output:
	// match-found in:/in/annlee
	// tracked
	// 1 refreshed, 1 update
	// Globex 0 conflicts, 0 open
}

func ExampleGaps() {
	at := func(account string) []sponsor.Entity {
		return []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: account}}}
	}
	gaps := sponsor.Gaps(
		[]sponsor.KeyAccount{{ID: "acme", OwnerID: "anna"}, {ID: "globex", OwnerID: "ben"}, {ID: "initech", OwnerID: "anna"}},
		[]sponsor.Sponsor{{ID: "s1", Status: sponsor.Tracked, Entities: at("acme")}, {ID: "s2", Status: sponsor.Disabled, Entities: at("globex")}},
	)
	for _, g := range gaps {
		fmt.Println(g.Account.ID, g.Account.OwnerID, g.Reason)
	}
	// Output:
	// globex ben disabled
	// initech anna none
}
