package sponsor_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// monday is when the scenarios begin.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// stage is a Desk with everything around it in hand.
type stage struct {
	*testing.T
	desk     *sponsor.Desk
	store    *sponsor.MemoryStore
	provider *provider
	sender   *sender
	records  *records
	now      time.Time
}

// newStage sets a stage with the default rules, changed by the argument.
func newStage(t *testing.T, change func(*sponsor.Rules)) *stage {
	t.Helper()
	s := &stage{T: t, store: sponsor.NewMemoryStore(), provider: &provider{}, sender: &sender{}, records: &records{}, now: monday}
	rules := sponsor.DefaultRules()
	if change != nil {
		change(&rules)
	}
	deps := sponsor.Deps{Store: s.store, Provider: s.provider, Sender: s.sender, Records: s.records}
	var err error
	s.desk, err = sponsor.NewDesk(rules, deps, &sponsor.Options{Now: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	return s
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

// enrol makes the person of a short name a sponsor of an account.
func (s *stage) enrol(name string, entities ...sponsor.Entity) string {
	s.Helper()
	if len(entities) == 0 {
		entities = []sponsor.Entity{account("acme", "anna")}
	}
	got, err := s.desk.Enrol(s.Context(), sponsor.Enrolment{Person: person(name), Location: "Berlin", Entities: entities, By: "anna"})
	s.ok(err)
	return got.ID
}

// bring makes a sponsor and leads it to a status.
func (s *stage) bring(name string, to sponsor.Status, entities ...sponsor.Entity) string {
	s.Helper()
	id := s.enrol(name, entities...)
	ctx := s.Context()
	if to == sponsor.Untracked {
		return id
	}
	if to == sponsor.InProgress {
		_, err := s.desk.StartAll(ctx, []string{id}, "anna")
		s.ok(err)
		return id
	}
	if to != sponsor.Pending && to != sponsor.NoMatchFound {
		s.provider.find(name, profile(name))
	}
	_, err := s.desk.Start(ctx, sponsor.StartOrder{Sponsor: id, By: "anna"})
	s.ok(err)
	switch to {
	case sponsor.NoMatchFound:
		s.now = s.now.Add(48 * time.Hour)
		s.work()
		s.now = s.now.Add(-48 * time.Hour)
	case sponsor.TrackingInProgress:
		_, err = s.desk.TrackAll(ctx, []sponsor.Choice{{Sponsor: id}}, "anna")
	case sponsor.Tracked, sponsor.Disabled:
		_, err = s.desk.Track(ctx, sponsor.Choice{Sponsor: id}, "anna")
	}
	s.ok(err)
	if to == sponsor.Disabled {
		s.provider.answer(name, sponsor.Refreshed{Err: sponsor.ErrGone})
		s.later(6 * 24 * time.Hour)
		s.later(24 * time.Hour)
		s.now = s.now.Add(-7 * 24 * time.Hour)
	}
	s.status(id, to)
	return id
}

// later lets time go by and does what has fallen due.
func (s *stage) later(d time.Duration) sponsor.WorkReport {
	s.Helper()
	s.now = s.now.Add(d)
	return s.work()
}

func (s *stage) work() sponsor.WorkReport {
	s.Helper()
	r, err := s.desk.Work(s.Context())
	s.ok(err)
	return r
}

// week is long enough for a refresh to be due.
const week = 7 * 24 * time.Hour

func (s *stage) load(id string) sponsor.Sponsor {
	s.Helper()
	got, err := s.store.Load(s.Context(), []string{id})
	s.ok(err)
	if _, ok := got[id]; !ok {
		s.Fatalf("no sponsor %s", id)
	}
	return got[id]
}

func (s *stage) status(id string, want sponsor.Status) {
	s.Helper()
	if got := s.load(id).Status; got != want {
		s.Errorf("status %s, want %s", got, want)
	}
}

// history gives lines as "act attribute: old → new by", the status lines left out.
func (s *stage) history(f sponsor.HistoryFilter) []string {
	s.Helper()
	var out []string
	for e, err := range s.desk.History(s.Context(), f) {
		s.ok(err)
		if e.Act == sponsor.ActStatus || e.Act == sponsor.ActAttached {
			continue
		}
		out = append(out, fmt.Sprintf("%s %s %s: %s → %s by %q", e.Entity.ID, e.Act, e.Attribute, e.Old, e.New, e.By))
	}
	return out
}

// effects gives the effects of a sponsor.
func (s *stage) effects(id string) []sponsor.Effect {
	s.Helper()
	out, err := s.store.Effects(s.Context(), id)
	s.ok(err)
	return out
}

func (s *stage) tasks(id string) []sponsor.Task {
	s.Helper()
	var out []sponsor.Task
	for _, e := range s.effects(id) {
		if e.Task != nil {
			out = append(out, *e.Task)
		}
	}
	return out
}

func account(id, owner string) sponsor.Entity {
	return sponsor.Entity{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: id}, Name: "Account " + id, Role: "Champion", OwnerID: owner}
}

func relationship(id, owner string) sponsor.Entity {
	return sponsor.Entity{EntityRef: sponsor.EntityRef{Kind: sponsor.KindRelationship, ID: id}, Role: "Executive", OwnerID: owner}
}

// person is a VP of Sales at Acme, in the CRM.
func person(name string) tracking.Person {
	return tracking.Person{
		Emails: []string{name + "@acme.com"}, FirstName: name, LastName: "Lee", Title: "VP Sales",
		Company: matching.Company{Name: "Acme Inc", Domain: "acme.com"},
	}
}

// profile is that person's, as the provider has it when nothing has changed.
func profile(name string) sponsor.Profile {
	p := person(name)
	p.Emails = nil
	p.LinkedIn = "https://linkedin.com/in/" + name
	return sponsor.Profile{Person: p, Location: "Berlin"}
}

// changed is a profile with another title, company and place; "" leaves one as it is.
func changed(name, title, company, location string) sponsor.Refreshed {
	p := profile(name)
	if title != "" {
		p.Person.Title = title
	}
	if company != "" {
		p.Person.Company = matching.Company{Name: company}
	}
	if location != "" {
		p.Location = location
	}
	return sponsor.Refreshed{Profile: p}
}

// provider answers by first name. Its zero value knows nobody.
type provider struct {
	mu        sync.Mutex
	found     map[string][]sponsor.Profile
	answers   map[string]sponsor.Refreshed
	findErr   error
	callErr   error
	asked     []tracking.Person
	refreshes int
}

func (p *provider) find(name string, ps ...sponsor.Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		p.found = map[string][]sponsor.Profile{}
	}
	p.found[name] = ps
}

func (p *provider) answer(name string, r sponsor.Refreshed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answers == nil {
		p.answers = map[string]sponsor.Refreshed{}
	}
	p.answers[name] = r
}

func (p *provider) Find(_ context.Context, who tracking.Person) ([]sponsor.Profile, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, who)
	return p.found[who.FirstName], p.findErr
}

func (p *provider) Refresh(_ context.Context, who []tracking.Person) ([]sponsor.Refreshed, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.callErr != nil {
		return nil, p.callErr
	}
	p.refreshes += len(who)
	out := make([]sponsor.Refreshed, len(who))
	for i, w := range who {
		r, ok := p.answers[w.FirstName]
		if !ok {
			r = sponsor.Refreshed{Profile: profile(w.FirstName)}
		}
		out[i] = r
	}
	return out, nil
}

// records holds what the CRM holds, by first name.
type records struct {
	mu    sync.Mutex
	held  map[string]sponsor.Record
	err   error
	calls int
}

func (r *records) Read(_ context.Context, who []tracking.Person) ([]sponsor.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	out := make([]sponsor.Record, len(who))
	for i, w := range who {
		out[i] = r.held[w.FirstName]
	}
	return out, r.err
}

// sender remembers what it got.
type sender struct {
	mu   sync.Mutex
	got  []sponsor.Effect
	fail func(sponsor.Effect) error
	err  error
}

func (s *sender) Send(_ context.Context, es []sponsor.Effect) ([]error, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	out := make([]error, len(es))
	for i, e := range es {
		if s.fail != nil {
			out[i] = s.fail(e)
		}
		if out[i] == nil {
			s.got = append(s.got, e)
		}
	}
	return out, nil
}

// meddling does something while it is asked.
type meddling struct {
	*provider
	do func()
}

func (p meddling) Find(ctx context.Context, who tracking.Person) ([]sponsor.Profile, error) {
	p.do()
	return p.provider.Find(ctx, who)
}

func (p meddling) Refresh(ctx context.Context, who []tracking.Person) ([]sponsor.Refreshed, error) {
	p.do()
	return p.provider.Refresh(ctx, who)
}

// forgetful answers nothing to everything.
type forgetful struct{ *provider }

func (forgetful) Refresh(context.Context, []tracking.Person) ([]sponsor.Refreshed, error) {
	return nil, nil
}

func (forgetful) Send(context.Context, []sponsor.Effect) ([]error, error) { return nil, nil }

func (forgetful) Read(context.Context, []tracking.Person) ([]sponsor.Record, error) { return nil, nil }
