package roundstest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

// Open returns an empty store each time it is called, and releases it by t.Cleanup.
type Open func(t *testing.T) rounds.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	topics := []struct {
		name      string
		scenarios []scenario
	}{
		{"Seen", seen},
		{"Prospects", prospects},
		{"Reports", reports},
		{"Works", works},
		{"Erase", erasures},
	}
	for _, topic := range topics {
		t.Run(topic.name, func(t *testing.T) {
			for _, s := range topic.scenarios {
				t.Run(s.name, func(t *testing.T) { s.play(&stage{T: t, store: open(t)}) })
			}
		})
	}
}

// scenario is one test.
type scenario struct {
	name string
	play func(s *stage)
}

// stage is what a scenario plays on.
type stage struct {
	*testing.T
	store rounds.Store
}

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) same(what string, got, want any) {
	s.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		s.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// at is a time some hours after the beginning, with the microseconds that a store keeps.
func at(hours int) time.Time {
	return time.Date(2026, 11, 23, 9, 0, 0, 7000, time.UTC).Add(time.Duration(hours) * time.Hour)
}

func (s *stage) see(all ...rounds.Seen) {
	s.Helper()
	s.ok(s.store.See(s.Context(), all))
}

func (s *stage) seenOf(people ...[]string) []rounds.Seen {
	s.Helper()
	out, err := s.store.SeenOf(s.Context(), people)
	s.ok(err)
	return out
}

// hire is somebody at an account.
func hire(account, name string) target.Prospect {
	return target.Prospect{
		Person: tracking.Person{
			FirstName: "Ann", LastName: name, LinkedIn: "linkedin.com/in/" + name, Emails: []string{name + "@acme.com"}, Title: "VP Sales",
			Company: matching.Company{Name: "Acme", Domain: "acme.com", Country: "US"},
		},
		AccountID: account, Persona: "Sales", StartedOn: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Source: "file", FoundAt: at(0),
	}
}

const (
	acme = "001000000000001AAA"
	beta = "001000000000002AAA"
)

func (s *stage) keep(all ...rounds.Kept) {
	s.Helper()
	s.ok(s.store.Keep(s.Context(), all))
}

// names are the last names of the prospects at a stage, sorted.
func (s *stage) names(stage rounds.Stage) []string {
	s.Helper()
	all, err := s.store.Prospects(s.Context(), stage, "", 100)
	s.ok(err)
	return names(all)
}

func names(all []rounds.Kept) []string {
	var out []string
	for _, k := range all {
		out = append(out, k.Prospect.Person.LastName)
	}
	slices.Sort(out)
	return out
}

func (s *stage) knownAs(keys ...string) []string {
	s.Helper()
	all, err := s.store.KnownAs(s.Context(), keys)
	s.ok(err)
	return names(all)
}
