package sponsors_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/sponsors"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// backOffice is what a service works with: it takes moves and notices.
type backOffice struct {
	*testing.T
	crm     *memcrm.CRM
	store   *sponsor.MemoryStore
	now     time.Time
	paused  bool
	pausing error
	moves   []string
	told    []string
	woken   int
}

func (b *backOffice) Accept(_ context.Context, evs []routing.Event) ([]routing.Accepted, error) {
	for _, ev := range evs {
		b.moves = append(b.moves, ev.To.Company)
	}
	return make([]routing.Accepted, len(evs)), nil
}

func (b *backOffice) Tell(_ context.Context, n sponsor.Notice) error {
	b.told = append(b.told, n.UserID)
	return nil
}

// quiet looks on.
type quiet struct{ routing.Observer }

func (quiet) Finished(routing.Delivery, routing.Outcome, time.Duration) {}

// service is one over the demo's CRM, with a file that says where people are.
func (b *backOffice) service(l *dispatch.Listener, config, feed string) *sponsors.Service {
	b.Helper()
	s, err := settings.Parse("onward.yaml", []byte(config), nil)
	if err != nil {
		b.Fatal(err)
	}
	people, err := filefeed.Read(strings.NewReader(feed), filefeed.Options{})
	if err != nil {
		b.Fatal(err)
	}
	out, err := sponsors.NewService(sponsors.ServiceOptions{
		Settings: s, Store: b.store, Client: crm.NewClient(b.crm, nil), Engine: b, Providers: []tracking.Provider{people}, Listener: l, News: b,
		Paused: func(context.Context) (bool, error) { return b.paused, b.pausing }, Accepted: func() { b.woken++ },
		Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return b.now },
	})
	if err != nil {
		b.Fatal(err)
	}
	return out
}

const live = `
mode: live
sponsors:
  key_accounts: "Type = 'Customer'"
  calls_to_action: [{name: left, attributes: company, reason: Our champion has left}]
`

const feedHeader = "email,linkedin_url,first_name,last_name,company,title,city,seen_at\n"

// newBackOffice is one in which Ingrid is a sponsor of Bruker.
func newBackOffice(t *testing.T) *backOffice {
	b := &backOffice{T: t, store: sponsor.NewMemoryStore(), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	var err error
	if b.crm, _, err = memcrm.Load(demo, &memcrm.Options{Now: func() time.Time { return b.now }}); err != nil {
		t.Fatal(err)
	}
	_, err = b.service(nil, live, feedHeader+atBruker("x", "")).Desk().Enrol(t.Context(), sponsor.Enrolment{
		Person:   tracking.Person{RecordID: ingridID, Emails: []string{ingrid}, FirstName: "Ingrid", LastName: "Solberg", Title: "Applications Lead", Company: matching.Company{Name: "Bruker"}},
		Entities: []sponsor.Entity{{EntityRef: sponsor.EntityRef{Kind: sponsor.KindAccount, ID: bruker}, OwnerID: "005Lu0000000002IAA"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// begin starts and tracks everybody.
func (b *backOffice) begin(s *sponsors.Service) {
	b.Helper()
	for one, err := range b.store.List(b.Context(), sponsor.Filter{}) {
		if err == nil {
			_, err = s.Desk().Start(b.Context(), sponsor.StartOrder{Sponsor: one.ID})
		}
		if err == nil {
			_, err = s.Desk().Track(b.Context(), sponsor.Choice{Sponsor: one.ID}, "anna")
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func (b *backOffice) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// TestServiceWorksAndSends: what a refresh finds becomes a task, a move and a notice,
// each once; nothing leaves while the work is stopped.
func TestServiceWorksAndSends(t *testing.T) {
	b := newBackOffice(t)
	s := b.service(nil, live, feedHeader+atBruker("Applications Lead", "2026-11-22"))
	b.begin(s)
	b.now = b.now.AddDate(0, 0, 6)
	s = b.service(nil, live, feedHeader+strings.Replace(atBruker("Applications Lead", "2026-11-28"), "Bruker", "Thermo Fisher Scientific", 1))
	b.ok(s.Work(t.Context()))
	b.paused = true
	b.ok(s.Send(t.Context()))
	if len(b.moves)+len(b.told)+len(b.crm.Records(crm.ObjectTask)) > 0 {
		t.Fatal("sent while the work is stopped")
	}
	b.pausing = errors.New("the store is away")
	if err := s.Send(t.Context()); !errors.Is(err, b.pausing) {
		t.Errorf("sent without knowing: %v", err)
	}
	b.paused, b.pausing = false, nil
	for range 2 {
		b.ok(s.Send(t.Context()))
	}
	if tasks := b.crm.Records(crm.ObjectTask); len(tasks) != 1 || tasks[0].Fields["Subject"] != "Our champion has left: Ingrid Solberg" {
		t.Errorf("tasks %+v", tasks)
	}
	if !slices.Equal(b.moves, []string{"Thermo Fisher Scientific"}) || !slices.Equal(b.told, []string{"005Lu0000000002IAA"}) || b.woken != 1 {
		t.Errorf("moves %v, told %v, woken %d times", b.moves, b.told, b.woken)
	}
}

// TestServiceInShadow: moves are accepted, for the engine only looks on too; nothing
// else leaves.
func TestServiceInShadow(t *testing.T) {
	b := newBackOffice(t)
	s := b.service(nil, strings.Replace(live, "live", "shadow", 1), feedHeader+strings.Replace(atBruker("CFO", "2026-11-22"), "Bruker", "Novartis", 1))
	b.begin(s)
	b.ok(s.Send(t.Context()))
	if len(b.moves) != 1 || len(b.told)+len(b.crm.Records(crm.ObjectTask)) != 0 {
		t.Errorf("moves %v, told %v, %d tasks", b.moves, b.told, len(b.crm.Records(crm.ObjectTask)))
	}
}

// TestServiceHearsWhatOthersReport: a webhook's move makes an update, without a provider.
func TestServiceHearsWhatOthersReport(t *testing.T) {
	b := newBackOffice(t)
	l := dispatch.NewListener(quiet{})
	s := b.service(l, live, feedHeader+atBruker("Applications Lead", "2026-11-22"))
	b.begin(s)
	l.Finished(routing.Delivery{Event: routing.Event{
		Source: "hubspot", OccurredAt: b.now.Add(time.Hour), Person: routing.Person{Email: ingrid}, To: &routing.Place{Company: "Novartis", Title: "CFO"},
	}}, routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact}, 0)
	b.now = b.now.Add(2 * time.Hour)
	b.ok(s.Work(t.Context()))
	for one, err := range s.Desk().Updates(t.Context(), sponsor.Filter{}) {
		if err != nil || one.Updates[len(one.Updates)-1].Changes[1].New != "Novartis" {
			t.Errorf("%+v, %v", one.Updates, err)
		}
		return
	}
	t.Error("no update came of it")
}

// TestServiceIsOffered: its jobs and endpoints; gaps only where it is known which
// accounts count.
func TestServiceIsOffered(t *testing.T) {
	b := newBackOffice(t)
	s := b.service(nil, live, feedHeader+atBruker("x", ""))
	var names []string
	for _, j := range s.Jobs() {
		names = append(names, j.Name)
	}
	without := b.service(nil, "sponsors: {notify: false}\n", feedHeader+atBruker("x", ""))
	if !slices.Equal(names, []string{"sponsors", "sponsor_effects"}) || len(s.Endpoints()) != len(without.Endpoints())+1 {
		t.Errorf("jobs %v, %d and %d endpoints", names, len(s.Endpoints()), len(without.Endpoints()))
	}
	bad, _ := settings.Parse("o", []byte("sponsors: {refresh_days: 0}\n"), nil)
	if _, err := sponsors.NewService(sponsors.ServiceOptions{Settings: bad}); err == nil || !strings.Contains(err.Error(), "refresh_days") {
		t.Errorf("bad settings: %v", err)
	}
}
