package dispatch_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/dispatch"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// quiet is an observer that counts what it is told.
type quiet struct{ finished int }

func (*quiet) Trace(context.Context) string { return "trace" }

func (*quiet) Work(ctx context.Context, _ []routing.Delivery) (context.Context, func(error)) {
	return ctx, func(error) {}
}

func (q *quiet) Finished(routing.Delivery, routing.Outcome, time.Duration) { q.finished++ }

// desk takes profiles until it fails.
type desk struct {
	got   []sponsor.Profile
	fails int
}

var errDesk = errors.New("the store is away")

func (d *desk) Observe(_ context.Context, p sponsor.Profile) (int, error) {
	if d.fails > 0 && len(d.got) == d.fails {
		d.fails = 0
		return 0, errDesk
	}
	d.got = append(d.got, p)
	return 1, nil
}

var occurred = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func delivery(change func(*routing.Event)) routing.Delivery {
	ev := routing.Event{
		ID: "e", Source: "hubspot", OccurredAt: occurred,
		Person: routing.Person{FirstName: "Jane", LastName: "Doe", Email: "jane@acme.com", HubSpotID: "7"},
		To:     &routing.Place{Company: "Beta", Domain: "beta.io", Title: "CFO", Email: "jane@beta.io", City: "Berlin", StartedOn: routing.DateOf(occurred)},
	}
	if change != nil {
		change(&ev)
	}
	return routing.Delivery{Key: "k", Event: ev, ReceivedAt: occurred.Add(time.Hour)}
}

var done = routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact, PastID: "003past", AccountID: "001beta"}

func TestListenerHandsOnWhatMovesSay(t *testing.T) {
	next, d := &quiet{}, &desk{}
	l := dispatch.NewListener(next)
	if l.Trace(t.Context()) != "trace" {
		t.Error("traces are lost")
	}
	l.Finished(delivery(nil), done, 0)
	n, err := l.HandOn(t.Context(), d)
	if err != nil || n != 1 || next.finished != 1 {
		t.Fatal(n, err, next.finished)
	}
	want := []sponsor.Profile{{SeenAt: occurred, Person: tracking.Person{
		RecordID: "003past", HubSpotID: "7", FirstName: "Jane", LastName: "Doe", Emails: []string{"jane@acme.com", "jane@beta.io"}, Title: "CFO",
		Company: matching.Company{Name: "Beta", Domain: "beta.io", AccountID: "001beta", City: "Berlin", Since: routing.DateOf(occurred).Time},
	}}}
	if diff := cmp.Diff(want, d.got); diff != "" {
		t.Error(diff)
	}
	if n, err := l.HandOn(t.Context(), d); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
}

// TestListenerPassesOver what says nothing new of anybody.
func TestListenerPassesOver(t *testing.T) {
	l, d := dispatch.NewListener(&quiet{}), &desk{}
	l.Finished(delivery(func(ev *routing.Event) { ev.To = nil }), done, 0)
	l.Finished(delivery(func(ev *routing.Event) {
		ev.Source, ev.Custom = sighting.Source, map[string]string{sighting.ProviderKey: sighting.SponsorProvider}
	}), done, 0)
	for _, o := range []routing.Outcome{{Status: routing.StatusDone, What: routing.WhatSuppressed}, {Status: routing.StatusParked}, {Status: routing.StatusReview}} {
		l.Finished(delivery(nil), o, 0)
	}
	if n, err := l.HandOn(t.Context(), d); n != 0 || err != nil {
		t.Errorf("%d, %v: %+v", n, err, d.got)
	}
	l.Finished(delivery(func(ev *routing.Event) { ev.OccurredAt = time.Time{} }), routing.Outcome{Status: routing.StatusFiltered}, 0)
	if _, err := l.HandOn(t.Context(), d); err != nil || len(d.got) != 1 || !d.got[0].SeenAt.Equal(occurred.Add(time.Hour)) {
		t.Errorf("a report without a time: %+v, %v", d.got, err)
	}
}

// TestListenerKeepsWhatIsLeft when the desk fails, and not more than it may.
func TestListenerKeepsWhatIsLeft(t *testing.T) {
	l, d := dispatch.NewListener(&quiet{}), &desk{fails: 2}
	for i := range 10_005 {
		l.Finished(delivery(func(ev *routing.Event) { ev.Person.LastName = fmt.Sprint(i) }), done, 0)
	}
	n, err := l.HandOn(t.Context(), d)
	if !errors.Is(err, errDesk) || n != 2 {
		t.Fatal(n, err)
	}
	l.Finished(delivery(func(ev *routing.Event) { ev.Person.LastName = "last" }), done, 0)
	if n, err = l.HandOn(t.Context(), d); err != nil || n != 9_999 {
		t.Fatal(n, err)
	}
	first, third, last := d.got[0].Person.LastName, d.got[2].Person.LastName, d.got[len(d.got)-1].Person.LastName
	if first != "5" || third != "7" || last != "last" {
		t.Errorf("first %s, third %s, last %s", first, third, last)
	}
}
