package notify_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
)

// TestWhoIsTold: what is not to be told, and to whom not.
func TestWhoIsTold(t *testing.T) {
	when := "2026-11-18T10:00:00Z"
	change := func(f func(*routing.Record)) routing.Record {
		rec := moved("1AYA2", when, joins(una))
		f(&rec)
		return rec
	}
	for name, rec := range map[string]routing.Record{
		"shadow":                change(func(r *routing.Record) { r.Plan.Mode = routing.ModeShadow }),
		"dry":                   change(func(r *routing.Record) { r.Plan.Mode = routing.ModeDry }),
		"a repeated report":     change(func(r *routing.Record) { r.Outcome.What = routing.WhatDuplicate }),
		"an erased person":      change(func(r *routing.Record) { r.Plan.Forget = true }),
		"a plan that is gone":   change(func(r *routing.Record) { r.Plan = nil }),
		"parked":                change(func(r *routing.Record) { r.Status = routing.StatusParked }),
		"nobody is responsible": change(func(r *routing.Record) { r.Plan.DRI = nil }),
		"a disqualified destination": change(func(r *routing.Record) {
			r.Plan.DRI[0].None = true
		}),
		"a queue":             moved("1AYA2", when, dri.Assignment{Scenario: dri.Joins, QueueID: "00GRM0000000q1AYAQ", Queue: "Sales"}),
		"a user who has left": moved("1AYA2", when, joins(gone)),
		"a user nobody knows": moved("1AYA2", when, joins("005RM0000000x1AYAQ")),
		"found out to be none": change(func(r *routing.Record) {
			r.DRI = []routing.DRIState{{Assignments: []dri.Assignment{{Scenario: dri.Joins, None: true}}}}
		}),
	} {
		w := newWorld(t, rec)
		w.opt.NoSummaries = true
		if r := w.run(t, monday); r.Sent != 0 {
			t.Errorf("%s: %+v, %+v", name, r, w.mail.got[0].Content)
		}
	}
}

// TestLatestResponsible: who was found out last is told, and a last entry that only
// says why nobody is looked for any more changes nothing.
func TestLatestResponsible(t *testing.T) {
	rec := moved("1AYA2", "2026-11-18T10:00:00Z", joins(una))
	rec.DRI = []routing.DRIState{{Assignments: []dri.Assignment{joins(uwe)}}, {Reason: routing.ReasonEventRecordGone}}
	w := newWorld(t, rec)
	w.opt.NoSummaries = true
	w.run(t, monday)
	if d := cmp.Diff([]string{"digest:" + uwe + ":2026-W48"}, w.mail.keys()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestOldTitle: that of the report, else that of the past record at the place reported.
func TestOldTitle(t *testing.T) {
	past := &crm.Person{Title: "Director"}
	for _, c := range []struct {
		reported string
		past     *crm.Person
		atFrom   bool
		nowhere  bool
		want     string
	}{
		{reported: "VP", past: past, atFrom: true, want: "VP"},
		{past: past, atFrom: true, want: "Director"},
		{past: past, atFrom: false, want: ""},
		{past: past, nowhere: true, want: "Director"},
		{past: nil, atFrom: true, want: ""},
	} {
		rec := moved("1AYA2", "2026-11-18T10:00:00Z", leaves(una))
		rec.Event.From.Title = c.reported
		if c.nowhere {
			rec.Event.From = nil
		}
		rec.Facts = &routing.Facts{Matched: routing.Matched{Past: c.past, AtFrom: c.atFrom}}
		if got, ok := notify.ChangeOf(rec); !ok || got.OldRole != c.want || got.Role != "CTO" {
			t.Errorf("%+v: %q and %q, %v", c, got.OldRole, got.Role, ok)
		}
		rec.Facts = nil // facts are not kept for ever
		if got, _ := notify.ChangeOf(rec); got.OldRole != c.reported {
			t.Errorf("%+v: %q without facts", c, got.OldRole)
		}
	}
}

// TestReviews: who decides hears of it, week after week, until it is decided.
func TestReviews(t *testing.T) {
	rec := moved("1AYA2", "2026-11-02T10:00:00Z", leaves(uwe))
	rec.Status, rec.Outcome = routing.StatusReview, routing.Outcome{Status: routing.StatusReview, What: routing.WhatHeld, Reason: routing.ReasonAccountReview}
	rec.Plan.Owner, rec.Plan.AccountID = dri.Assignment{UserID: una}, ""
	both, alone := rec, rec
	both.Key, alone.Key = "both", "alone"
	plan := *rec.Plan
	plan.DRI = []dri.Assignment{leaves(uwe), joins(mia)}
	both.Plan = &plan
	bare := *rec.Plan
	bare.DRI = nil
	alone.Plan = &bare
	w := newWorld(t, rec, both, alone)
	w.opt.NoSummaries = true
	for _, when := range []string{monday, "2026-11-30T06:30:00Z"} {
		w.mail.got = nil
		if r := w.run(t, when); r.Sent != 3 {
			t.Errorf("%+v", r)
		}
		got := map[string]string{}
		for _, m := range w.mail.got {
			got[m.To.UserID] = m.Content.Sections[0].Title + ": " + m.Content.Sections[0].Rows[0].Notes[0]
		}
		const waits = "Waiting for your decision: not sure which account this is"
		if d := cmp.Diff(map[string]string{una: waits, uwe: waits, mia: waits}, got); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
}

// TestSponsorUpdates: they come from outside, for the window that may be told of.
func TestSponsorUpdates(t *testing.T) {
	w := newWorld(t)
	w.opt.NoSummaries = true
	w.opt.Updates = func(_ context.Context, since, until time.Time) ([]digest.Update, error) {
		if !since.Equal(at("2026-10-25T23:00:00Z")) || !until.Equal(at("2026-11-22T23:00:00Z")) {
			t.Errorf("asked for %s to %s", since, until)
		}
		return []digest.Update{{ID: "u", UserID: una, At: at("2026-11-18T10:00:00Z"), Person: digest.Party{Name: "Sam"}, Attribute: "title", New: "CTO"}}, nil
	}
	if r := w.run(t, monday); r.Sent != 1 || w.mail.got[0].Content.Subject != "1 sponsor update · 16 – 22 Nov 2026" {
		t.Errorf("%+v", r)
	}
	w.opt.Updates = func(context.Context, time.Time, time.Time) ([]digest.Update, error) { return nil, errBroken }
	if _, err := w.digests(t).Run(t.Context(), at("2026-11-30T06:30:00Z")); !errors.Is(err, errBroken) {
		t.Errorf("when they cannot be had: %v", err)
	}
}
