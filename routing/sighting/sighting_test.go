package sighting_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// jane is followed at Acme since the spring.
func jane() sighting.Last {
	return sighting.Last{
		Person: tracking.Person{
			RecordID: "0035g00000AbCdEAAV", LinkedIn: "linkedin.com/in/jane-doe", Emails: []string{"jane@acme.com"}, FirstName: "Jane", LastName: "Doe",
			Title: "Director of Sales", Company: matching.Company{Name: "Acme", Domain: "acme.com"},
		},
		SeenAt: day("2026-04-01"), Relationship: "User",
	}
}

func profile(company, domain, title string) tracking.Profile {
	p := tracking.Profile{
		Person: tracking.Person{
			LinkedIn: "https://www.linkedin.com/in/Jane-Doe/", FirstName: "Jane", LastName: "Doe", Title: title,
			Company: matching.Company{Name: company, Domain: domain},
		},
		SeenAt: day("2026-11-20"),
	}
	p.Current = []tracking.Position{{Company: p.Person.Company, Title: title, Current: true}}
	return p
}

func TestObserve(t *testing.T) {
	left := profile("", "", "")
	left.Current, left.Person.Company = nil, matching.Company{}
	over := left
	over.History = []tracking.Position{{Company: matching.Company{Name: "Acme", Domain: "acme.com"}, EndedOn: day("2026-10-31")}}
	stranger, namesake, mail := profile("Beta", "beta.io", "CFO"), profile("Beta", "beta.io", "CFO"), profile("Beta", "beta.io", "CFO")
	stranger.Person.LinkedIn = "linkedin.com/in/other"
	namesake.Person.LinkedIn, namesake.Person.FirstName, namesake.Person.LastName = "", "Bob", "Roe"
	mail.Person.LinkedIn, mail.Person.FirstName, mail.Person.LastName, mail.Person.Emails = "", "J.", "Roe", []string{"Jane@acme.com"}
	older := profile("Beta", "beta.io", "CFO")
	older.SeenAt = day("2026-03-01")
	advisor := profile("Acme", "acme.com", "Director of Sales")
	advisor.Current = append([]tracking.Position{{Company: matching.Company{Name: "Beta"}, Kind: tracking.Advisor, Current: true}}, advisor.Current...)
	back := profile("Beta", "beta.io", "CFO")
	back.History = []tracking.Position{{Company: matching.Company{Name: "Beta", Domain: "beta.io"}, StartedOn: day("2019-01-01"), EndedOn: day("2021-01-01")}}
	married := profile("Acme", "acme.com", "Director of Sales")
	married.Person.LastName = "Lang"
	tests := []struct {
		name   string
		now    tracking.Profile
		kind   tracking.Kind
		reason sighting.Reason
	}{
		{"moved", profile("Beta", "beta.io", "CFO"), tracking.Moved, sighting.ReasonSeen},
		{"promoted", profile("Acme Inc.", "acme.com", "VP Sales"), tracking.Promotion, sighting.ReasonSeen},
		{"another title", profile("Acme", "acme.com", "Director of Marketing"), tracking.TitleChange, sighting.ReasonSeen},
		{"nothing new", profile("Acme", "acme.com", "Director, Sales"), tracking.Unchanged, sighting.ReasonUnchanged},
		{"spelled otherwise", profile("ACME Incorporated", "acme.com", "Director of Sales"), tracking.CosmeticRename, sighting.ReasonUnchanged},
		{"no longer listed anywhere", left, "", sighting.ReasonNoPosition},
		{"gone, and the end is known", over, tracking.Left, sighting.ReasonSeen},
		{"another page", stranger, "", sighting.ReasonStranger},
		{"another name and nothing else", namesake, "", sighting.ReasonStranger},
		{"another name with the same address", mail, tracking.Moved, sighting.ReasonSeen},
		{"seen before we last did", older, "", sighting.ReasonOlder},
		{"advises another company beside the job", advisor, tracking.AdditionalRole, sighting.ReasonSeen},
		{"back where they were", back, tracking.Boomerang, sighting.ReasonSeen},
		{"another last name on one page", married, tracking.NameChanged, sighting.ReasonSeen},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := sighting.Observe(matching.Profile{}, "feed", jane(), tt.now)
			if got.Kind != tt.kind || got.Reason != tt.reason {
				t.Errorf("%s, %s", got.Kind, got.Reason)
			}
			if (got.Event.ID != "") != (tt.reason == sighting.ReasonSeen) {
				t.Errorf("event %+v", got.Event)
			}
			if _, err := routing.Normalize(got.Event, day("2026-11-21")); tt.reason == sighting.ReasonSeen && err != nil {
				t.Error(err)
			}
		})
	}
}

func TestObserveTellsEverythingThatIsKnown(t *testing.T) {
	now := profile("Beta", "Beta.io", "CFO")
	now.Person.Emails = []string{"jane@beta.io", "none"}
	now.Current[0].StartedOn = day("2026-10-01")
	now.Current[0].Company.LinkedIn = "linkedin.com/company/Beta"
	ev := sighting.Observe(matching.Profile{}, "feed", jane(), now).Event
	if ev.ID == "" {
		t.Fatal("no id")
	}
	ev.ID = ""
	want := routing.Event{
		Source: "tracking", OccurredAt: day("2026-11-20"), Relationship: "User", Custom: map[string]string{"provider": "feed"},
		Person: routing.Person{
			FirstName: "Jane", LastName: "Doe", Emails: []string{"jane@acme.com", "jane@beta.io"}, LinkedInURL: "linkedin.com/in/jane-doe", CRMID: "0035g00000AbCdEAAV",
		},
		From: &routing.Place{Company: "Acme", Domain: "acme.com", Title: "Director of Sales"},
		To: &routing.Place{Company: "Beta", Domain: "beta.io", Title: "CFO", CompanyLinkedInURL: "https://www.linkedin.com/company/beta",
			StartedOn: routing.DateOf(day("2026-10-01")), Current: true},
	}
	want.Positions = []routing.Place{*want.To}
	if diff := cmp.Diff(want, ev); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// The same answer is one event, and the same move years later another.
func TestObserveNamesEqualAnswersAlike(t *testing.T) {
	id := func(change func(*sighting.Last, *tracking.Profile)) string {
		last, now := jane(), profile("Beta", "beta.io", "CFO")
		change(&last, &now)
		return sighting.Observe(matching.Profile{}, "feed", last, now).Event.ID
	}
	same := id(func(*sighting.Last, *tracking.Profile) {})
	if next := id(func(_ *sighting.Last, now *tracking.Profile) { now.SeenAt = day("2026-11-27") }); next != same {
		t.Error("the answer of the next week is another event")
	}
	for name, change := range map[string]func(*sighting.Last, *tracking.Profile){
		"another title":  func(_ *sighting.Last, now *tracking.Profile) { now.Current[0].Title = "COO" },
		"years later":    func(last *sighting.Last, _ *tracking.Profile) { last.SeenAt = day("2024-04-01") },
		"another person": func(last *sighting.Last, _ *tracking.Profile) { last.Person.RecordID = "0035g00000AbCdFAAV" },
		"another old place": func(last *sighting.Last, _ *tracking.Profile) {
			last.Person.Company = matching.Company{Name: "Gamma", Domain: "gamma.io"}
		},
	} {
		if id(change) == same {
			t.Errorf("%s is the same event", name)
		}
	}
}

// An employer that was bought is no move (MA31).
func TestObserveKnowsAcquisitions(t *testing.T) {
	p := matching.Balanced()
	p.Acquisitions = []matching.Acquisition{{Name: "Acme", Domain: "acme.com", ByName: "Beta", ByDomain: "beta.io", On: day("2026-09-01")}}
	got := sighting.Observe(p, "feed", jane(), profile("Beta", "beta.io", "Director of Sales"))
	if got.Reason != sighting.ReasonUnchanged {
		t.Errorf("%s, %s", got.Kind, got.Reason)
	}
}

func TestHireNamesTheAccountByItsID(t *testing.T) {
	ev := sighting.Hire(target.Prospect{
		Person:    tracking.Person{FirstName: "Ida", LastName: "Lee", LinkedIn: "linkedin.com/in/ida-lee", Title: "VP Marketing", Company: matching.Company{Name: "Acme", Country: "US"}},
		AccountID: "0015g00000AbCdEAAV", Source: "feed", FoundAt: day("2026-11-20"), StartedOn: day("2026-11-01"),
	})
	got, err := routing.Normalize(ev, day("2026-11-21"))
	if err != nil || got.To.AccountID != "0015g00000AbCdEAAV" || got.To.Title != "VP Marketing" || got.To.Country != "US" || got.Relationship != "" ||
		got.Person.LinkedInURL != "https://www.linkedin.com/in/ida-lee" || got.To.StartedOn.String() != "2026-11-01" || got.Source != sighting.Source {
		t.Errorf("%+v, %+v, %v", got.Person, got.To, err)
	}
}
