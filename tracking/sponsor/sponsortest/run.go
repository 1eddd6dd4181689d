package sponsortest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Open returns an empty store each time it is called, and releases it by t.Cleanup.
type Open func(t *testing.T) sponsor.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	topics := []struct {
		name      string
		scenarios []scenario
	}{
		{"Save", saving},
		{"Read", reading},
		{"History", history},
		{"Effects", effects},
		{"Erase", erasing},
		{"Concurrent", concurrent},
	}
	for _, topic := range topics {
		t.Run(topic.name, func(t *testing.T) {
			for _, s := range topic.scenarios {
				t.Run(s.name, func(t *testing.T) {
					s.play(&stage{T: t, store: open(t)})
				})
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
	store sponsor.Store
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

// save stores sponsors, all of which must go in.
func (s *stage) save(all ...sponsor.Saving) {
	s.Helper()
	for i, err := range s.try(all...) {
		if err != nil {
			s.Fatalf("save %d: %v", i, err)
		}
	}
}

func (s *stage) try(all ...sponsor.Saving) []error {
	s.Helper()
	errs, err := s.store.Save(s.Context(), all)
	s.ok(err)
	if len(errs) != len(all) {
		s.Fatalf("%d answers to %d savings", len(errs), len(all))
	}
	return errs
}

func (s *stage) load(id string) sponsor.Sponsor {
	s.Helper()
	got, err := s.store.Load(s.Context(), []string{id})
	s.ok(err)
	one, ok := got[id]
	if !ok {
		s.Fatalf("%s is not there", id)
	}
	return one
}

func (s *stage) known(keys ...string) []string {
	s.Helper()
	got, err := s.store.Known(s.Context(), keys)
	s.ok(err)
	return ids(got)
}

func (s *stage) list(f sponsor.Filter) []string {
	s.Helper()
	var out []string
	for one, err := range s.store.List(s.Context(), f) {
		s.ok(err)
		out = append(out, one.ID)
	}
	return out
}

// lines gives the history as the texts of New.
func (s *stage) lines(f sponsor.HistoryFilter) []string {
	s.Helper()
	var out []string
	for e, err := range s.store.History(s.Context(), f) {
		s.ok(err)
		out = append(out, e.New)
	}
	return out
}

// owed takes effects and gives their keys.
func (s *stage) owed(now time.Time, n int) []string {
	s.Helper()
	got, err := s.store.Owed(s.Context(), now, n, lease)
	s.ok(err)
	return keysOf(got)
}

func (s *stage) settle(all ...sponsor.Settlement) {
	s.Helper()
	s.ok(s.store.Settle(s.Context(), all))
}

// effect is the effect with a key of a sponsor.
func (s *stage) effect(id, key string) sponsor.Effect {
	s.Helper()
	got, err := s.store.Effects(s.Context(), id)
	s.ok(err)
	for _, f := range got {
		if string(f.Key) == key {
			return f
		}
	}
	s.Fatalf("no effect %s", key)
	return sponsor.Effect{}
}

func ids(all []sponsor.Sponsor) []string {
	var out []string
	for _, one := range all {
		out = append(out, one.ID)
	}
	return out
}

func keysOf(all []sponsor.Effect) []string {
	var out []string
	for _, one := range all {
		out = append(out, string(one.Key))
	}
	return out
}

const lease = time.Minute

// at is a moment so many minutes after the beginning of all scenarios.
func at(minutes int) time.Time {
	return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// one is a sponsor with an identity of its own.
func one(id string) sponsor.Sponsor {
	return sponsor.Sponsor{
		ID: id, Status: sponsor.Untracked, Since: at(0), Person: tracking.Person{Emails: []string{id + "@acme.com"}},
		Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "acme"}, Role: "Champion"}},
	}
}

func first(s sponsor.Sponsor) sponsor.Saving { return sponsor.Saving{Sponsor: s} }

// whole is a sponsor with every field set.
func whole() sponsor.Sponsor {
	company := matching.Company{Name: "Acme", Domain: "acme.com", AccountID: "001", Since: at(-900)}
	page := func(slug string) sponsor.Profile {
		return sponsor.Profile{
			Person:   tracking.Person{LinkedIn: "https://www.linkedin.com/in/" + slug, FirstName: "Ann", LastName: "Núñez", Emails: []string{slug + "@home.example"}, Title: "CRO", Company: company},
			Location: "Köln", Social: map[string]string{"twitter": "@ann"}, SeenAt: at(3).Add(7 * time.Microsecond),
		}
	}
	return sponsor.Sponsor{
		ID: "whole", Status: sponsor.MatchFound, Since: at(1).Add(123 * time.Microsecond), Last: sponsor.EventFound, By: "anna",
		Person:   tracking.Person{RecordID: "003xx000004TmiQAAS", HubSpotID: "62515-1", LinkedIn: "https://www.linkedin.com/in/ann", Emails: []string{"ann@acme.com"}, FirstName: "Ann", LastName: "Núñez", Title: "VP", Company: company, AccountID: "001"},
		Location: "Bonn", Former: []string{"at:ann nunez@initech", "in:/in/ann-old"},
		Entities: []sponsor.Entity{
			{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: "acme"}, Name: "Acme", Role: "Champion", OwnerID: "anna"},
			{EntityRef: sponsor.EntityRef{Kind: sponsor.KindProject, ID: "p1"}, Role: "Blocker", OwnerID: "ben"},
		},
		Candidates: []sponsor.Profile{page("ann-1"), page("ann-2")}, Passed: []string{"in:/in/ann-3"},
		Chosen: "in:/in/ann-4", Seen: page("ann-4"), RefreshedAt: at(4), Misses: 1, Due: at(9).Add(9 * time.Microsecond), Made: 4,
		Updates: []sponsor.Update{
			{ID: "u3", At: at(2), Kind: tracking.Moved, State: sponsor.UpdateRejected, By: "ben", ClosedAt: at(3), Changes: []sponsor.Change{
				{Attribute: sponsor.Company, Old: "Acme", New: "Globex", Base: "Acme", Company: matching.Company{Name: "Globex"}, Uncertain: true},
			}},
			{ID: "u4", At: at(5), Kind: tracking.Promotion, State: sponsor.UpdateOpen, Changes: []sponsor.Change{
				{Attribute: sponsor.Title, Old: "VP", New: "CRO"}, {Attribute: sponsor.Location, Old: "Bonn", New: "Köln", Overtaken: true},
			}},
		},
		Rejected: []sponsor.Rejection{{Attribute: sponsor.Company, Value: "Globex", Company: matching.Company{Name: "Globex"}}},
	}
}

// line is a line of the history, told apart by New.
func line(id, entity string, minute int, text string) sponsor.Entry {
	return sponsor.Entry{Sponsor: id, Entity: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: entity}, At: at(minute), Act: sponsor.ActObserved, New: text}
}

// owing is an effect that is due at a minute.
func owing(id, key string, due int) sponsor.Effect {
	return sponsor.Effect{Key: crm.Key(key), Sponsor: id, Update: "u1", At: at(0), Due: at(due), Notice: &sponsor.Notice{UserID: "anna", Keys: []string{key}}}
}

// cancelled is a context that has ended.
func cancelled(s *stage) context.Context {
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	return ctx
}

// names gives n ids.
func names(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("s%03d", i)
	}
	return out
}

// due lists the ids of what is due.
func (s *stage) due(now time.Time, n int, statuses ...sponsor.Status) []string {
	s.Helper()
	got, err := s.store.Due(s.Context(), sponsor.DueOrder{Now: now, N: n, Statuses: statuses})
	s.ok(err)
	return ids(got)
}
