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
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/undo"
)

// undoing is a world in which Jane, at Beta already, was enriched, and her past record
// was marked: two records to put back.
func undoing(t *testing.T) *world {
	t.Helper()
	w := scenario(t,
		"Account.csv", "Id,Name,Website\n@A1,Acme Inc,acme.com\n@A2,Beta Ltd,beta.io\n",
		"Contact.csv", "Id,FirstName,LastName,Email,AccountId\n@C1,Jane,Doe,jane@acme.com,@A1\n@C2,Jane,Doe,jane@beta.io,@A2\n",
		"events.jsonl", `{"person": {"full_name": "Jane Doe", "email": "jane@acme.com"}, "from": {"company": "Acme"}, "to": {"company": "Beta", "email": "jane@beta.io", "title": "CFO"}}`,
		"steps", "handle 1")
	w.run()
	return w
}

const undoneAll = "1.status = done\n1.what = undone\ncrm.@C1.Left_Company__c = false\ncrm.@C2.Title =\n1.event.Outcome__c = undone\n"

// TestUndoGoesOnAfterACrash lets the ledger go away each time it is to keep what was
// put back, or the outcome. The work goes on when the lease ends, and nothing is put
// back twice.
func TestUndoGoesOnAfterACrash(t *testing.T) {
	for n := 1; n <= 2; n++ {
		t.Run(fmt.Sprint("receipts ", n), func(t *testing.T) {
			w := undoing(t)
			crash := &crashed{Ledger: w.ledger, n: n}
			w.over("config.json", func(deps *routing.Deps, _ *routing.Options) { deps.Ledger = crash })
			_, _ = w.engine.Undo(t.Context(), w.keys[0], "op") // the ledger is away
			if r := w.record(w.keys[0]); r.Status != routing.StatusAccepted || crash.calls < n {
				t.Fatalf("the crash left %s after %d calls", r.Status, crash.calls)
			}
			if _, err := w.engine.Undo(t.Context(), w.keys[0], "op"); !errors.Is(err, routing.ErrConflict) {
				t.Errorf("an undo while one is under way: %v", err)
			}
			w.now = w.now.Add(routing.DefaultLease + time.Second)
			if _, err := w.engine.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.demand(undoneAll)
			w.eachOnce(crm.ObjectContact, 2)
		})
	}
	t.Run("outcome", func(t *testing.T) {
		w := undoing(t)
		w.over("config.json", func(deps *routing.Deps, _ *routing.Options) { deps.Ledger = &unfinished{Ledger: w.ledger, fails: 1} })
		_, _ = w.engine.Undo(t.Context(), w.keys[0], "op") // the ledger is away
		w.now = w.now.Add(routing.DefaultLease + time.Second)
		if _, err := w.engine.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.demand(undoneAll)
		w.eachOnce(crm.ObjectContact, 2)
	})
}

// eachOnce checks that every record of an object was changed just twice: by the
// decision and by its undo.
func (w *world) eachOnce(o crm.Object, records int) {
	w.t.Helper()
	times := map[string]int{}
	for _, e := range w.db.Effects() {
		if e.Object == o {
			times[e.ID]++
		}
	}
	for id, n := range times {
		if n != 2 || len(times) != records {
			w.t.Errorf("%s was changed %d times, one of %d records", w.label(id), n, len(times))
		}
	}
}

// meddling is a CRM in which somebody changes a record between our look and our write,
// or which is away then.
type meddling struct {
	crm.Driver
	before func() error
}

func (m *meddling) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if f := m.before; f != nil {
		m.before = nil
		if err := f(); err != nil {
			return nil, err
		}
	}
	return m.Driver.Write(ctx, batch)
}

// TestUndoLooksAgain where a record moves on between the look and the write: what is
// no obstacle lets it through, a field that was written stops it. Then it is parked,
// and goes on when that is mended.
func TestUndoLooksAgain(t *testing.T) {
	meddled := func(t *testing.T, f crm.Fields) *world {
		w := undoing(t)
		w.driver = &meddling{Driver: w.db, before: func() error { w.now = w.now.Add(time.Second); return w.db.Edit(id("C2"), f) }}
		w.over("config.json", func(*routing.Deps, *routing.Options) {})
		return w
	}
	t.Run("another field", func(t *testing.T) {
		w := meddled(t, crm.Fields{"Department": "Board"})
		w.do("undo 1")
		w.demand(undoneAll + "crm.@C2.Department = Board\n")
	})
	t.Run("a field that was written", func(t *testing.T) {
		w := meddled(t, crm.Fields{"Title": "Chair"})
		w.do("undo 1")
		r := w.record(w.keys[0])
		if r.Status != routing.StatusParked || r.Outcome.Reason != routing.ReasonUndoStopped || !strings.Contains(r.Outcome.Error, "Title changed since") {
			t.Errorf("%s %s: %s", r.Status, r.Outcome.Reason, r.Outcome.Error)
		}
		w.demand("crm.@C2.Title = Chair\n")
		w.do("edit " + id("C2") + " Title=CFO")
		w.do("resume 1")
		w.demand(undoneAll)
	})
}

// TestUndoWaitsForTheCRM that is away after the look: nothing is lost.
func TestUndoWaitsForTheCRM(t *testing.T) {
	w := undoing(t)
	w.driver = &meddling{Driver: w.db, before: func() error { return &crm.Error{Op: "write", Class: crm.ErrQuota} }}
	w.over("config.json", func(*routing.Deps, *routing.Options) {})
	if _, err := w.engine.Undo(t.Context(), w.keys[0], "op"); !errors.Is(err, crm.ErrQuota) {
		t.Errorf("error %v, want the CRM's", err)
	}
	w.demand("1.state = accepted\n")
	w.now = w.now.Add(routing.DefaultQuotaPause)
	w.do("drain")
	w.demand(undoneAll)
}

// TestUndoTwiceChangesNothing: the second call finds it done.
func TestUndoTwiceChangesNothing(t *testing.T) {
	w := undoing(t)
	w.do("undo 1")
	saved, effects := w.saved(), len(w.db.Effects())
	r, err := w.engine.Undo(t.Context(), w.keys[0], "somebody else")
	if err != nil || r.Outcome.What != routing.WhatUndone || w.saved() != saved || len(w.db.Effects()) != effects {
		t.Errorf("%s, %v, and a trace: %t", r.Outcome.What, err, w.saved() != saved)
	}
}

// TestUndoRefusals have a reason and a class, and name records, never values.
func TestUndoRefusals(t *testing.T) {
	w := undoing(t)
	if _, err := w.engine.Undo(t.Context(), "file:test/none", "op"); !errors.Is(err, routing.ErrUnknownKey) {
		t.Errorf("unknown: %v", err)
	}
	w.do("edit " + id("C2") + " Title=Chair")
	_, err := w.engine.Undo(t.Context(), w.keys[0], "op")
	refused, ok := errors.AsType[*routing.UndoError](err)
	want := []undo.Obstacle{{Ref: crm.Ref{Object: crm.ObjectContact, ID: id("C2")}, Field: "Title", Reason: undo.ReasonChangedSince}}
	if !ok || !errors.Is(err, routing.ErrUndo) || refused.Reason != routing.ReasonChangedSince || !slices.Equal(refused.Obstacles, want) {
		t.Errorf("changed since: %v", err)
	}
	if strings.Contains(err.Error(), "Chair") || strings.Contains(err.Error(), "CFO") {
		t.Errorf("the error tells values: %v", err)
	}
	if err := w.engine.Erase(t.Context(), routing.Event{Person: routing.Person{Email: "jane@acme.com"}}); err != nil {
		t.Fatal(err)
	}
	_, err = w.engine.Undo(t.Context(), w.keys[0], "op")
	if refused, ok := errors.AsType[*routing.UndoError](err); !ok || refused.Reason != routing.ReasonErased {
		t.Errorf("erased: %v", err)
	}
}

// TestUndoLeavesWhatOthersDid: tasks and sequences of a handoff are named, not taken
// back.
func TestUndoLeavesWhatOthersDid(t *testing.T) {
	w := scenario(t,
		"config.json", `{"configurations": [{"name": "all", "handoff": {"task": {"subject": "Call"}, "sequence": "warm"}}]}`,
		"Account.csv", "Id,Name,Website\n@A2,Beta Ltd,beta.io\n",
		"events.jsonl", `{"person": {"full_name": "Jane Doe", "email": "jane@acme.com"}, "to": {"company": "Beta", "domain": "beta.io", "email": "jane@beta.io", "title": "CFO"}}`,
		"steps", "handle 1")
	w.run()
	w.do("undo 1")
	var kinds []string
	for _, l := range w.record(w.keys[0]).Outcome.Left {
		kinds = append(kinds, string(l.Object)+" "+string(l.Reason))
	}
	slices.Sort(kinds)
	if want := []string{"Contact created", "Sequence elsewhere", "Task created"}; !slices.Equal(kinds, want) {
		t.Errorf("left %q, want %q", kinds, want)
	}
}
