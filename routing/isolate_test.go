package routing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// twoMovers are Jane, who is trouble, and Bob, who is none.
const twoMovers = `{"person": {"full_name": "Jane Doe", "crm_id": "003abcdefghijkl"}, "to": {"company": "Odd", "domain": "odd.io"}}
{"person": {"full_name": "Bob Roe"}, "to": {"company": "Gamma", "domain": "gamma.io"}}
`

// over gives the world's engine other parts than its own.
func (w *world) over(part string, change func(*routing.Deps, *routing.Options)) {
	w.t.Helper()
	deps, opt := w.deps(), w.options()
	change(&deps, opt)
	e, err := routing.New(w.config(part), deps, opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = e
}

// driven gives the world's engine a driver of the test's.
func (w *world) driven(d crm.Driver) {
	w.over("config.json", func(deps *routing.Deps, _ *routing.Options) { deps.CRM = crm.NewClient(d, noPauses()) })
}

// drainFor drains again and again while time passes, and returns the errors.
func (w *world) drainFor(times int, pause time.Duration) []error {
	w.t.Helper()
	var errs []error
	for range times {
		if _, err := w.engine.Drain(w.t.Context()); err != nil {
			errs = append(errs, err)
		}
		w.now = w.now.Add(pause)
	}
	return errs
}

func (w *world) accept() {
	w.t.Helper()
	if _, err := w.engine.Accept(w.t.Context(), w.events); err != nil {
		w.t.Fatal(err)
	}
}

// picky is a driver that refuses queries for a value, as Salesforce does with a
// malformed id, or all queries of an object.
type picky struct {
	crm.Driver
	value  string
	object crm.Object
	asked  int
}

func (p *picky) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	pages, err := p.Driver.Find(ctx, qs)
	for i, q := range qs {
		p.asked++
		for _, c := range q.Where {
			if q.Object == p.object || p.value != "" && slices.ContainsFunc(c.Values, func(v string) bool { return strings.Contains(v, p.value) }) {
				pages[i] = crm.Page{Err: &crm.Error{Op: "find", Class: crm.ErrInvalid, Code: "INVALID_QUERY_FILTER_OPERATOR"}}
			}
		}
	}
	return pages, err
}

// TestPoisonIsParkedAlone: a value that the CRM refuses to look for stops the
// delivery that brought it, and nobody else.
func TestPoisonIsParkedAlone(t *testing.T) {
	w := scenario(t, "events.jsonl", twoMovers)
	w.driven(&picky{Driver: w.db, value: "003abcdefghijkl"})
	w.accept()
	if errs := w.drainFor(1, 0); len(errs) > 0 {
		t.Fatal(errs)
	}
	w.demand("1.status = parked\n1.what = refused\n1.reason = refused_by_crm\n1.error contains INVALID_QUERY_FILTER_OPERATOR\n" +
		"1.credits = 0\n2.status = done\n2.what = lead_created")
}

// TestPoisonAloneIsParkedInTheEnd: where nobody else shows that the CRM answers
// at all, it is tried as often as any other failure.
func TestPoisonAloneIsParkedInTheEnd(t *testing.T) {
	w := scenario(t, "events.jsonl", twoMovers)
	w.events = w.events[:1]
	d := &picky{Driver: w.db, value: "003abcdefghijkl"}
	w.driven(d)
	w.accept()
	w.drainFor(1, time.Hour)
	w.demand("1.state = accepted\n1.note = waiting_for_crm")
	w.drainFor(20, time.Hour)
	w.demand("1.status = parked\n1.reason = too_many_attempts\n1.error contains INVALID_QUERY_FILTER_OPERATOR")
	if r := w.record(w.keys[0]); r.Attempt != routing.DefaultMaxAttempts {
		t.Errorf("%d attempts, want %d", r.Attempt, routing.DefaultMaxAttempts)
	}
}

// TestMissingPermissionParksNobodyAtOnce: what is refused to everybody is not a
// delivery's fault. It is said, costs few calls, and is over when it is over.
func TestMissingPermissionParksNobodyAtOnce(t *testing.T) {
	w := scenario(t)
	for n := range 200 {
		w.events = append(w.events, mover(n))
		w.keys = append(w.keys, routing.DeliveryKey(w.events[n]))
	}
	d := &picky{Driver: w.db, object: crm.ObjectContact}
	w.driven(d)
	w.accept()
	errs := w.drainFor(1, 20*time.Minute)
	if len(errs) != 1 || !errors.Is(errs[0], crm.ErrInvalid) {
		t.Errorf("errors %v, want one of the refusal", errs)
	}
	if d.asked > 400 {
		t.Errorf("%d queries to find out", d.asked)
	}
	w.drainFor(2, 20*time.Minute)
	for _, key := range w.keys {
		if r := w.record(key); r.Status != routing.StatusAccepted {
			t.Fatalf("%s is %s, %s", key, r.Status, r.Outcome.Reason)
		}
	}
	d.object = ""
	w.drainFor(3, 20*time.Minute)
	for _, key := range w.keys {
		if r := w.record(key); r.Outcome.What != routing.WhatLead {
			t.Fatalf("%s is %s, %s", key, r.Status, r.Outcome.What)
		}
	}
}

// odd is an account finder that breaks over one company.
type odd struct{ company string }

func (o odd) Candidates(_ context.Context, _ matching.Profile, cs []matching.Company) ([]routing.Candidates, error) {
	for _, c := range cs {
		if c.Name == o.company {
			panic(fmt.Sprint("no company like ", c.Name))
		}
	}
	return make([]routing.Candidates, len(cs)), nil
}

// TestPanicParksOnlyItsOwn: code of ours that breaks over one delivery's values
// stops that delivery alone, and does not say the values.
func TestPanicParksOnlyItsOwn(t *testing.T) {
	w := scenario(t, "events.jsonl", twoMovers)
	var log strings.Builder
	w.over("config.json", func(deps *routing.Deps, opt *routing.Options) {
		deps.Accounts, opt.Logger = odd{company: "Odd"}, textLogger(&log)
	})
	w.accept()
	if errs := w.drainFor(1, 0); len(errs) > 0 {
		t.Fatal(errs)
	}
	w.demand("1.status = parked\n1.what = refused\n1.reason = internal_error\n1.error = routing: internal error: string\n2.status = done")
	if text := log.String(); !strings.Contains(text, w.keys[0]) || strings.Contains(text, "no company like") || strings.Contains(text, "Jane") {
		t.Errorf("the log names no delivery, or values:\n%s", text)
	}
}

// dying is a ledger under which the process dies of one person.
type dying struct {
	routing.Ledger
	person string
}

// death is what the test, in the place of the process, dies of.
type death struct{}

func (d dying) Lookup(ctx context.Context, q routing.Question) (routing.Answer, error) {
	if slices.Contains(q.Tombstones, d.person) {
		panic(death{})
	}
	return d.Ledger.Lookup(ctx, q)
}

// TestDeadlyPoisonTakesNobodyAlong: the delivery of which the process dies is
// with fewer others each time, and is parked in the end.
func TestDeadlyPoisonTakesNobodyAlong(t *testing.T) {
	w := scenario(t, "events.jsonl", twoMovers)
	for n := range 6 {
		w.events = append(w.events, mover(n))
		w.keys = append(w.keys, routing.DeliveryKey(w.events[len(w.events)-1]))
	}
	w.over("config.json", func(deps *routing.Deps, _ *routing.Options) {
		deps.Ledger = dying{w.ledger, routing.Tombstone([]byte("test"), "crm:003abcdefghijklAAA")}
	})
	w.accept()
	deaths := 0
	live := func() {
		defer func() {
			if x := recover(); x == (death{}) {
				deaths++
			} else if x != nil {
				panic(x)
			}
		}()
		w.drainFor(1, 0)
	}
	n := 0
	for range 60 {
		live()
		w.now = w.now.Add(10 * time.Minute)
		if n++; n%4 == 0 { // somebody else, who is well
			w.events = []routing.Event{mover(100 + n)}
			w.accept()
		}
	}
	if deaths < routing.DefaultMaxAttempts || deaths > 4*routing.DefaultMaxAttempts {
		t.Errorf("the process died %d times", deaths)
	}
	w.demand("1.status = parked\n1.reason = too_many_attempts")
	for _, key := range w.keys[1:] {
		if r := w.record(key); r.Status != routing.StatusDone || r.Failures > 4 {
			t.Errorf("%s is %s after %d failures", key, r.Status, r.Failures)
		}
	}
}
