package sponsor_test

import (
	"testing"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// FuzzSeenAgain: whatever a provider says, what was accepted or rejected is not
// proposed again, and the history of it holds.
func FuzzSeenAgain(f *testing.F) {
	for _, seed := range [][4]string{
		{"CRO", "Globex", "globex.com", "Hamburg"}, {"VP, Sales", "ACME, Inc.", "", "berlin"}, {"", "", "", ""},
		{"—", "???", "", "…"}, {"営業部長", "株式会社アクメ", "acme.co.jp", "東京"}, {"\xff", "\x00", "http://", "\u202e"},
		{"V P Sales", "Acme", "gmail.com", "Köln"}, {"Board Member", "Acme Holding", "acme.de", "Berlin, Germany"}, {" ", " ", " ", " "},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, title, company, domain, place string) {
		s := newStage(t, oneTask)
		accepted, rejected := s.bring("ann", sponsor.Tracked), s.bring("ben", sponsor.Tracked)
		for _, name := range []string{"ann", "ben"} {
			p := profile(name)
			p.Person.Title, p.Location = title, place
			p.Person.Company = matching.Company{Name: company, Domain: domain}
			s.provider.answer(name, sponsor.Refreshed{Profile: p})
		}
		made := s.later(week).Updates
		if made%2 != 0 {
			t.Fatalf("%d updates of two equal people", made)
		}
		if made > 0 {
			must(s.desk.Reject(t.Context(), sponsor.Verdict{Sponsor: rejected, Update: "u1", By: "anna"}))
			if got := must(s.desk.AcceptAll(t.Context(), sponsor.Filter{}, "anna")); len(got.Accepted) != 1 || len(got.Conflicts) > 0 {
				t.Fatalf("accept all: %+v", got)
			}
		}
		if got := s.later(week); got.Updates != 0 || got.Refreshed != 2 {
			t.Fatalf("seen again: %+v", got)
		}
		s.sound(accepted)
		s.sound(rejected)
	})
}
