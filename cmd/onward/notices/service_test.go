package notices_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/notices"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/mail/mailtest"
)

const una = "005RM0000000u1AYAQ"

// records is a ledger with one move.
type records struct{ rec routing.Record }

func (r records) Records(context.Context, routing.Filter) iter.Seq2[routing.Record, error] {
	return func(yield func(routing.Record, error) bool) { yield(r.rec, nil) }
}

func (r records) Fetch(context.Context, []string) (map[string]routing.Record, error) {
	return map[string]routing.Record{r.rec.Key: r.rec}, nil
}

// directory knows one user.
type directory struct{}

func (directory) Users(context.Context, []string) ([]crm.User, error) {
	return []crm.User{{ID: una, Name: "Una Berg", Email: "una@example.com", Active: true}}, nil
}

func (directory) AccountNames(context.Context, []string) (map[string]string, error) { return nil, nil }

// TestService: a move is told of at once, and on Monday in the digest, each once.
func TestService(t *testing.T) {
	srv, err := mailtest.New(mailtest.Script{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	when := time.Date(2026, 11, 18, 10, 0, 0, 0, time.UTC)
	rec := routing.Record{
		Delivery: routing.Delivery{Key: "k", Event: routing.Event{Person: routing.Person{FullName: "Petra Lang"}, To: &routing.Place{Company: "Acme"}}, ReceivedAt: when},
		Status:   routing.StatusDone, FinishedAt: when, Outcome: routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact},
		Plan: &routing.Plan{Move: "m", Mode: routing.ModeLive, DRI: []dri.Assignment{{Scenario: dri.Joins, Class: dri.Customer, UserID: una}}},
	}
	now := when
	o := notices.ServiceOptions{
		Environ: []string{fmt.Sprintf("%s=smtp://127.0.0.1:%d?tls=none", notices.EnvSMTP, srv.Port()), notices.EnvMailFrom + "=onward@example.com"},
		Records: records{rec}, Directory: directory{}, Sent: notify.NewMemSent(), Schedule: digest.Schedule{Zone: time.UTC, Hour: 7},
		Now: func() time.Time { return now },
	}
	s, err := notices.NewService(o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		errs, err := s.Notifier.Notify(t.Context(), []routing.Notice{{ID: "n", Delivery: "k", UserID: una, Scenarios: []dri.Scenario{dri.Joins}, At: when}})
		if err != nil || errs[0] != nil {
			t.Fatal(err, errs)
		}
	}
	for _, at := range []time.Time{when, time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 7, 15, 0, 0, time.UTC), time.Date(2027, 8, 2, 8, 0, 0, 0, time.UTC)} {
		now = at
		if err := s.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var subjects []string
	for _, e := range srv.Taken() {
		for line := range strings.Lines(e.Content) {
			if text, ok := strings.CutPrefix(line, "Subject: "); ok {
				subjects = append(subjects, strings.TrimSpace(text))
			}
		}
	}
	if len(subjects) != 2 || subjects[0] != "Petra Lang joined Acme" || !strings.Contains(subjects[1], "1_joined_") {
		t.Errorf("mail: %q", subjects)
	}
	// What was sent long ago is forgotten.
	if _, taken, err := o.Sent.Claim(t.Context(), notify.Claim{Key: "notice:n", Now: now}); !taken || err != nil {
		t.Errorf("the notice of last year is still remembered: %v", err)
	}
	o.Environ = nil
	if _, err := notices.NewService(o); !errors.Is(err, notices.ErrNoChannel) {
		t.Errorf("without channels: %v", err)
	}
}
