package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// meddling is what somebody else does to a record between a decision and its
// writing.
type meddling string

const (
	meddleEdit   meddling = "edit"
	meddleMerge  meddling = "merge"
	meddleDelete meddling = "delete"
)

// meddler is a driver in whose way somebody edits, merges or deletes what a write
// is about to touch, just before the n-th write call.
type meddler struct {
	crm.Driver
	w    *world
	tb   testing.TB
	kind meddling
	n    int
	item int
	// id is the record that was meddled with, "" for none; object is its object;
	// effects is how much had landed by then.
	id      string
	object  crm.Object
	effects int
}

// byHand is what somebody typed in.
var byHand = crm.Fields{"Title": "Typed by hand", "Phone": "+1 555 0100"}

func (m *meddler) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	if m.n--; m.n <= 0 && m.id == "" {
		m.meddle(batch)
	}
	return m.Driver.Write(ctx, batch)
}

// meddle changes one of the people that a batch updates.
func (m *meddler) meddle(batch []crm.Write) {
	var people []crm.Write
	for _, w := range batch {
		if w.Verb == crm.VerbUpdate && (w.Object == crm.ObjectContact || w.Object == crm.ObjectLead) {
			people = append(people, w)
		}
	}
	if len(people) == 0 {
		return
	}
	w := people[m.item%len(people)]
	m.id, m.object, m.effects = w.ID, w.Object, len(m.w.db.Effects())
	var err error
	switch m.kind {
	case meddleEdit:
		err = m.w.db.Edit(w.ID, byHand)
	case meddleDelete:
		err = m.w.db.Delete(w.ID)
	case meddleMerge:
		err = m.merge(w)
	}
	if err != nil {
		m.tb.Fatal(err)
	}
}

// merge makes a double of the record, and the double the one that stays.
func (m *meddler) merge(w crm.Write) error {
	r, _ := m.w.db.Record(w.ID)
	double := crm.Fields{}
	for _, name := range []string{"FirstName", "LastName", "Email", "AccountId", "OwnerId", "LinkedIn_URL__c", "Company"} {
		if v := r.Fields[name]; v != "" {
			double[name] = v
		}
	}
	id, err := m.w.db.Add(w.Object, double)
	if err != nil {
		return err
	}
	return m.w.db.Merge(w.ID, id)
}

// TestP12StalePlans edits, merges or deletes a record between the plan that
// touches it and the writing, a thousand times: nothing that was typed in is
// overwritten, nothing lands on a record that is gone, and every move is decided
// again, or waits for an operator.
func TestP12StalePlans(t *testing.T) {
	t.Parallel()
	met := map[meddling]int{}
	for i := 0; met[meddleEdit]+met[meddleMerge]+met[meddleDelete] < scaled(1000, 1000); i++ {
		kind := []meddling{meddleEdit, meddleMerge, meddleDelete}[i%3]
		dice := rand.New(rand.NewPCG(uint64(i), 31))
		if meddled(t, kind, 1+dice.IntN(2), dice.IntN(12), 1+dice.IntN(20)) {
			met[kind]++
		}
		if t.Failed() {
			t.Fatalf("interleaving %d: %s", i, kind)
		}
		if i > 3000 {
			t.Fatalf("too few interleavings: %v", met)
		}
	}
	t.Logf("%v", met)
}

// meddled runs a small world in which one record is meddled with, and reports
// whether it was.
func meddled(t *testing.T, kind meddling, call, item, batch int) bool {
	t.Helper()
	now := start
	clock := func() time.Time { return now }
	w := newWorld(t, 4, clock)
	m := &meddler{Driver: w.db, w: w, tb: t, kind: kind, n: call, item: item}
	l, box := memledger.New(), &mailbox{}
	e := w.engine(t, engineParts{
		driver: m, ledger: l, notifier: box, now: clock, batch: batch,
		sleep: func(_ context.Context, d time.Duration) error { now = now.Add(d); return nil },
	})
	evs := w.events()
	var log []attempt
	for _, ev := range evs {
		log = append(log, attempt{routing.DeliveryKey(ev), endOK, ev.ID})
	}
	if _, err := e.HandleBatch(t.Context(), evs); err != nil {
		t.Errorf("handle: %v", err)
	}
	for range 3 {
		now = now.Add(10 * time.Minute)
		if _, err := e.Drain(t.Context()); err != nil {
			t.Errorf("drain: %v", err)
		}
	}
	waiting, err := l.Notices(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range waiting {
		box.ids = append(box.ids, n.ID) // it goes out with the next work
	}
	h := w.remains(t, l, log, box.ids)
	h.Gone = map[string]bool{m.id: m.kind != meddleEdit}
	for _, v := range check(h) {
		t.Errorf("%s: %s", v.Equation, v.Text)
	}
	for _, r := range readLedger(t, l) {
		if r.Status == routing.StatusParked {
			t.Errorf("%s is parked: %s %s", r.Key, r.Outcome.Reason, r.Outcome.Error)
		}
	}
	if m.id == "" {
		return false
	}
	m.untouched()
	return true
}

// untouched wants what was done by hand to stand.
func (m *meddler) untouched() {
	m.tb.Helper()
	if m.kind == meddleEdit {
		r, _ := m.w.db.Record(m.id)
		for name, value := range byHand {
			if r.Fields[name] != value {
				m.tb.Errorf("%s %s was typed in by hand and is now %q", m.object, name, fmt.Sprint(r.Fields[name]))
			}
		}
		return
	}
	late := m.w.db.Effects()[m.effects:]
	if i := slices.IndexFunc(late, func(e memcrm.Effect) bool { return e.ID == m.id }); i >= 0 {
		m.tb.Errorf("%s after the %s: %v", late[i].Verb, m.kind, late[i].Fields)
	}
}
