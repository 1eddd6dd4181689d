package trackingtest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Open returns an empty store each time it is called, and releases it by t.Cleanup.
type Open func(t *testing.T) contacts.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	topics := []struct {
		name      string
		scenarios []scenario
	}{
		{"State", states},
		{"Members", members},
		{"People", people},
		{"Credits", credits},
		{"Marks", marks},
		{"Erase", erasures},
		{"Concurrent", concurrent},
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
	store contacts.Store
}

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) same(what string, got, want any) {
	s.Helper()
	if d := gocmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		s.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// at is a time some hours after the beginning, with the microseconds that a store keeps.
func at(hours int) time.Time {
	return time.Date(2026, 11, 23, 9, 0, 0, 7000, time.UTC).Add(time.Duration(hours) * time.Hour)
}

// member is a row of somebody with an address.
func member(relationship, name string) tracking.Member {
	m, _ := tracking.NewMember("", tracking.Row{Relationship: relationship, Person: tracking.Person{
		FirstName: "Ann", LastName: name, Emails: []string{name + "@acme.com"}, Company: matching.Company{Name: "Acme", Domain: "acme.com"},
	}})
	return m
}

// begin begins a run.
func (s *stage) begin(imp string) string {
	s.Helper()
	run, err := s.store.Begin(s.Context(), imp)
	s.ok(err)
	return run
}

// read is one whole import.
func (s *stage) read(imp string, when time.Time, sweep bool, ms ...tracking.Member) tracking.Synced {
	s.Helper()
	run := s.begin(imp)
	s.ok(s.store.Stage(s.Context(), run, ms))
	done, err := s.store.Commit(s.Context(), run, when, sweep)
	s.ok(err)
	return done
}

// all lists the members as "import relationship last-name rows joined left", sorted.
func (s *stage) all() []string {
	s.Helper()
	var out []string
	for m, err := range s.store.Members(s.Context()) {
		s.ok(err)
		out = append(out, line(m))
	}
	slices.Sort(out)
	return out
}

func line(m tracking.Member) string {
	text := fmt.Sprintf("%s %s %s x%d %s", m.Import, m.Relationship, m.Person.LastName, m.Rows, hour(m.Joined))
	if !m.Left.IsZero() {
		text += "-" + hour(m.Left)
	}
	return text
}

// hour tells how many hours after the beginning a time is.
func hour(t time.Time) string { return fmt.Sprint(t.Sub(at(0)).Hours()) }

func (s *stage) of(keys ...string) []string {
	s.Helper()
	ms, err := s.store.MembersOf(s.Context(), keys)
	s.ok(err)
	var out []string
	for _, m := range ms {
		out = append(out, line(m))
	}
	slices.Sort(out)
	return out
}

// person is a tracked person at its first revision; ids sort by n.
func person(n int, keys ...string) tracking.Tracked {
	digests := tracking.Digests(keys)
	slices.Sort(digests)
	return tracking.Tracked{ID: fmt.Sprintf("%032x", n), Keys: digests, Relationship: tracking.User, Since: at(n), Revision: 1}
}

// began is the settlement of somebody new.
func began(t tracking.Tracked) tracking.Settlement {
	return tracking.Settlement{Tracked: t, Credits: []tracking.Credit{event("began:"+t.ID, t)}}
}

func event(id string, t tracking.Tracked) tracking.Credit {
	return tracking.Credit{ID: id, Ledger: tracking.LedgerTracked, At: t.Since, Amount: 1, Relationship: t.Relationship, Person: t.ID}
}

func (s *stage) settle(changes ...tracking.Settlement) int {
	s.Helper()
	n, err := s.store.Settle(s.Context(), changes)
	s.ok(err)
	return n
}

func (s *stage) tracked(after string) []tracking.Tracked {
	s.Helper()
	var out []tracking.Tracked
	for t, err := range s.store.Tracked(s.Context(), after) {
		s.ok(err)
		out = append(out, t)
	}
	return out
}

func (s *stage) events(person string) []tracking.Credit {
	s.Helper()
	var out []tracking.Credit
	for c, err := range s.store.Credits(s.Context(), person) {
		s.ok(err)
		out = append(out, c)
	}
	return out
}

func (s *stage) marked(kind tracking.MarkKind) []tracking.Mark {
	s.Helper()
	out, err := s.store.Marks(s.Context(), kind)
	s.ok(err)
	return out
}

const workers = 16

// together runs work in all workers and waits for them.
func together(work func(worker int)) {
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() { work(i) })
	}
	wg.Wait()
}

func byID(a, b tracking.Tracked) int { return cmp.Compare(a.ID, b.ID) }
