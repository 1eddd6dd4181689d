package notify_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/notify"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The users of the tests: two who are responsible, their manager, and one who is gone.
const (
	una  = "005RM0000000u1AYAQ"
	uwe  = "005RM0000000u2AYAQ"
	mia  = "005RM0000000m1AYAQ"
	gone = "005RM0000000g1AYAQ"
)

// The accounts.
const (
	acme      = "001RM0000000a1AYAQ"
	northwind = "001RM0000000a2AYAQ"
)

// directory knows them.
type directory struct{ fails error }

func (d directory) Users(_ context.Context, ids []string) ([]crm.User, error) {
	var out []crm.User
	for _, u := range []crm.User{
		{ID: una, Name: "Una Berg", Email: "una@example.com", Active: true, ManagerID: mia},
		{ID: uwe, Name: "Uwe Stein", Email: "uwe@example.com", Active: true, ManagerID: gone},
		{ID: mia, Name: "Mia Long", Email: "mia@example.com", Active: true},
		{ID: gone, Name: "Gil Gone", Email: "gil@example.com", ManagerID: mia},
	} {
		if slices.Contains(ids, u.ID) {
			out = append(out, u)
		}
	}
	return out, d.fails
}

func (d directory) AccountNames(_ context.Context, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for id, name := range map[string]string{acme: "Acme", northwind: "Northwind"} {
		if slices.Contains(ids, id) {
			out[id] = name
		}
	}
	return out, d.fails
}

// records are what a ledger would list.
type records struct {
	mu    sync.Mutex
	all   []routing.Record
	fails error
	reads int
}

func (r *records) Records(_ context.Context, f routing.Filter) iter.Seq2[routing.Record, error] {
	return func(yield func(routing.Record, error) bool) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.reads++
		for _, rec := range r.all {
			if slices.Contains(f.Statuses, rec.Status) && !rec.ReceivedAt.Before(f.From) && !yield(rec, nil) {
				return
			}
		}
		if r.fails != nil {
			yield(routing.Record{}, r.fails)
		}
	}
}

func (r *records) Fetch(_ context.Context, keys []string) (map[string]routing.Record, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]routing.Record{}
	for _, rec := range r.all {
		if slices.Contains(keys, rec.Key) {
			out[rec.Key] = rec
		}
	}
	return out, r.fails
}

// at reads a time such as 2026-11-20T10:00:00Z.
func at(text string) time.Time {
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return out
}

// moved is a record of somebody who joined Acme, finished at a time.
func moved(id, when string, as ...dri.Assignment) routing.Record {
	ev := routing.Event{
		ID: id, Person: routing.Person{FirstName: "Person", LastName: id}, From: &routing.Place{Company: "Northwind GmbH"},
		To: &routing.Place{Company: "ACME Inc", Title: "CTO"},
	}
	return routing.Record{
		Delivery: routing.Delivery{Key: "k" + id, Event: ev, ReceivedAt: at(when).Add(-time.Minute)}, Status: routing.StatusDone, FinishedAt: at(when),
		Plan:    &routing.Plan{Key: "k" + id, Move: "m" + id, Mode: routing.ModeLive, DRI: as, PastAccountID: northwind, AccountID: acme},
		Outcome: routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact, ContactID: "003RM000000000" + id, AccountID: acme},
	}
}

func joins(user string) dri.Assignment {
	return dri.Assignment{Scenario: dri.Joins, Class: dri.Customer, UserID: user}
}

func leaves(user string) dri.Assignment {
	return dri.Assignment{Scenario: dri.Leaves, Class: dri.Target, UserID: user}
}

// postman is a sender that remembers what it was given, and fails as it is told.
type postman struct {
	name string
	// says gives the error of a message, by its number from 1; nil for none.
	says func(n int, m notify.Message) error

	mu    sync.Mutex
	calls int
	got   []notify.Message
}

func (p *postman) Name() string { return p.name }

func (p *postman) Send(_ context.Context, m notify.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.says != nil {
		if err := p.says(p.calls, m); err != nil {
			return err
		}
	}
	p.got = append(p.got, m)
	return nil
}

// keys are those of what it took.
func (p *postman) keys() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, m := range p.got {
		out = append(out, m.Key)
	}
	return out
}

// always fails in one way.
func always(class error, reason string) func(int, notify.Message) error {
	return func(int, notify.Message) error {
		return &notify.SendError{Channel: "test", Class: class, Reason: reason}
	}
}

func courier(t *testing.T, o *notify.CourierOptions, senders ...notify.Sender) *notify.Courier {
	t.Helper()
	c, err := notify.NewCourier(senders, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// once tries each channel once.
var once = &notify.CourierOptions{Tries: 1}

// logged is a logger, and what it wrote.
func logged() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, nil)), &b
}

// world is everything that digests are made with.
type world struct {
	records *records
	sent    *notify.MemSent
	mail    *postman
	opt     notify.DigestsOptions
}

func newWorld(t *testing.T, all ...routing.Record) *world {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{records: &records{all: all}, sent: notify.NewMemSent(), mail: &postman{name: "mail"}}
	w.opt = notify.DigestsOptions{
		Records: w.records, Directory: directory{}, Sent: w.sent, Courier: courier(t, once, w.mail), BaseURL: "https://acme.example/",
		Schedule: digest.Schedule{Zone: zone, Hour: 7},
	}
	return w
}

func (w *world) digests(t *testing.T) *notify.Digests {
	t.Helper()
	d, err := notify.NewDigests(w.opt)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *world) run(t *testing.T, when string) notify.Report {
	t.Helper()
	r, err := w.digests(t).Run(t.Context(), at(when))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var errBroken = errors.New("broken")
