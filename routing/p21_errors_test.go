package routing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// canary is found wherever it gets to.
const canary = "zyxquw-canary"

// TestP21ErrorsNameNobody: what is wrong with a report is said by field, whatever the
// field holds.
func TestP21ErrorsNameNobody(t *testing.T) {
	long := strings.Repeat(canary+" ", 1000)
	for name, ev := range map[string]routing.Event{
		"e-mail":                {Person: routing.Person{FullName: "A B", Email: canary}},
		"one of several":        {Person: routing.Person{FullName: "A B", Email: "a@b.example", Emails: []string{"a@b.example", canary + "@"}}},
		"new e-mail":            {Person: routing.Person{FullName: "A B"}, To: &routing.Place{Company: "Beta", Email: canary + " at beta.io"}},
		"old e-mail":            {Person: routing.Person{FullName: "A B"}, From: &routing.Place{Company: "Acme", Email: "@" + canary}},
		"record id":             {Person: routing.Person{CRMID: canary}},
		"page":                  {Person: routing.Person{FullName: "A B", LinkedInURL: "https://example.com/" + canary}},
		"first name":            {Person: routing.Person{FirstName: long, LastName: "B"}},
		"last name":             {Person: routing.Person{FirstName: "A", LastName: canary + "\xff"}},
		"full name":             {Person: routing.Person{FullName: long}},
		"title":                 {Person: routing.Person{FullName: "A B"}, To: &routing.Place{Company: "Beta", Title: long}},
		"company":               {Person: routing.Person{FullName: "A B"}, To: &routing.Place{Company: long}},
		"domain":                {Person: routing.Person{FullName: "A B"}, To: &routing.Place{Company: "Beta", Domain: canary + " x"}},
		"account of the person": {Person: routing.Person{FullName: "A B"}, To: &routing.Place{AccountID: canary}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := routing.Normalize(ev, start)
			if !errors.Is(err, routing.ErrEvent) {
				t.Fatalf("error %v, want %v", err, routing.ErrEvent)
			}
			if text := fmt.Sprintf("%v %+v %q", err, err, err); strings.Contains(text, canary) {
				t.Errorf("the error repeats the value: %.200s", text)
			}
		})
	}
}

// gossip is a CRM whose errors repeat what they were asked for.
type gossip struct{ crm.Driver }

func (g gossip) Write(context.Context, []crm.Write) ([]crm.Result, error) {
	return nil, fmt.Errorf("no room for jane@%s.example", canary)
}

// TestP21CRMErrorsAreNotRepeated: the text of a CRM's error may hold anything, and
// reaches neither the ledger's notes, nor the log, nor the caller.
func TestP21CRMErrorsAreNotRepeated(t *testing.T) {
	w := moving(t)
	var log bytes.Buffer
	w.over("config.json", func(deps *routing.Deps, o *routing.Options) {
		deps.CRM = crm.NewClient(gossip{w.db}, noPauses())
		o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	err := w.handle("1")
	for range 2 * routing.DefaultMaxAttempts {
		w.now = w.now.Add(24 * time.Hour)
		_, drained := w.engine.Drain(t.Context())
		err = errors.Join(err, drained)
	}
	record := w.record(w.keys[0])
	said := fmt.Sprint(err, " ", record.Note, record.Outcome.Error, encode(t, record.Receipts), log.String())
	if err == nil || log.Len() == 0 || strings.Contains(said, canary) {
		t.Errorf("said: %.600s", said)
	}
}
