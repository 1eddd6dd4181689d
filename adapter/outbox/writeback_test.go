package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

func TestContactIsTold(t *testing.T) {
	s, p := portal(t, nil)
	s.PutContact(123, map[string]string{"lastname": "Lee"})
	p.ledger.put(moveOf("hubspot/1", "123", 0))
	p.finish(t, "hubspot/1", ended("00QRM00000AbcDe2AJ"))
	if n := p.send(t) + p.send(t); n != 1 {
		t.Errorf("%d messages", n)
	}
	wantTold(t, s, 123, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00QRM00000AbcDe2AJ"})
	if n := len(s.CallsTo("/batch/update")); n != 1 {
		t.Errorf("%d writes", n)
	}
}

// TestNamesakesAreTwoContacts: they share a name and a company, and neither is told of
// the other.
func TestNamesakesAreTwoContacts(t *testing.T) {
	s, p := portal(t, nil)
	for n, id := range []string{"123", "124"} {
		s.PutContact(int64(123+n), nil)
		rec := moveOf("hubspot/"+id, id, n)
		rec.Persons = append(rec.Persons, "Ann Lee at Acme")
		p.ledger.put(rec)
		p.finish(t, rec.Key, ended("00Q-of-"+id))
	}
	p.send(t)
	wantTold(t, s, 123, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00Q-of-123"})
	wantTold(t, s, 124, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00Q-of-124"})
}

// TestWhatContactsAreTold: the words are those of a workflow's action, and of what is no
// news for the contact nothing is written.
func TestWhatContactsAreTold(t *testing.T) {
	first := moveOf("flow/9", "", -1)
	first.Status, first.Outcome = routing.StatusDone, ended("00QRM00000AbcDe2AJ")
	shadow := moveOf("hubspot/1", "123", 0)
	shadow.Plan.Mode = routing.ModeShadow
	rows := []struct {
		name    string
		rec     routing.Record
		outcome routing.Outcome
		want    map[string]string
	}{
		{"review", moveOf("hubspot/1", "123", 0), routing.Outcome{Status: routing.StatusReview, What: routing.WhatHeld, Reason: routing.ReasonAccountReview},
			map[string]string{"onward_outcome": "ambiguous_account"}},
		{"a filter", moveOf("hubspot/1", "123", 0), nothing(routing.ReasonDisqualified), map[string]string{"onward_outcome": "disqualified"}},
		{"a contact", moveOf("hubspot/1", "123", 0), routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact, ContactID: "003RM00000AbcDe2AJ", AccountID: "001RM00000AbcDe2AJ"},
			map[string]string{"onward_outcome": "contact_created", "onward_salesforce_contact_id": "003RM00000AbcDe2AJ", "onward_salesforce_account_id": "001RM00000AbcDe2AJ"}},
		{"told first by a Flow", moveOf("hubspot/1", "123", 0), routing.Outcome{Status: routing.StatusDone, What: routing.WhatDuplicate, First: "flow/9"},
			map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00QRM00000AbcDe2AJ"}},
		{"the portal's", moveOf("hubspot/1", "62515-123", 0), ended("00QRM00000AbcDe2AJ"), map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00QRM00000AbcDe2AJ"}},
		{"another portal's", moveOf("hubspot/1", "777-123", 0), ended("00QRM00000AbcDe2AJ"), nil},
		{"no contact", moveOf("hubspot/1", "", 0), ended("00QRM00000AbcDe2AJ"), nil},
		{"no move", moveOf("hubspot/1", "123", 0), nothing(routing.ReasonNoMove), nil},
		{"nothing new", moveOf("hubspot/1", "123", 0), nothing(routing.ReasonUnchanged), nil},
		{"overtaken", moveOf("hubspot/1", "123", 0), nothing(routing.ReasonOlderThanApplied), nil},
		{"erased", moveOf("hubspot/1", "123", 0), routing.Outcome{Status: routing.StatusFiltered, What: routing.WhatSuppressed}, nil},
		{"in the future", moveOf("hubspot/1", "123", 0), routing.Outcome{Status: routing.StatusWaiting, What: routing.WhatHeld, Reason: routing.ReasonFutureStart}, nil},
		{"a Flow's", moveOf("flow/1", "123", 0), ended("00QRM00000AbcDe2AJ"), nil},
		{"in shadow mode", shadow, ended("00QRM00000AbcDe2AJ"), nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, p := portal(t, nil)
			s.PutContact(123, nil)
			p.ledger.put(row.rec)
			p.ledger.put(first)
			p.finish(t, row.rec.Key, row.outcome)
			p.send(t)
			if row.want == nil {
				row.want = map[string]string{}
			}
			wantTold(t, s, 123, row.want)
			if len(row.want) == 0 && len(s.CallsTo("/batch/")) != 0 {
				t.Errorf("%d calls about nothing", len(s.CallsTo("/batch/")))
			}
		})
	}
}

// TestContactEndsWithItsLatestMove whatever the order in which results end, and whatever
// fails on the way: promises are kept late, twice and in any order.
func TestContactEndsWithItsLatestMove(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := hstest.New()
			t.Cleanup(s.Close)
			for _, name := range hubspot.DefaultProperties().Names() {
				s.Define(hstest.Contacts, hstest.Property{Name: name})
			}
			s.PutContact(123, nil)
			s.PutContact(124, nil)
			synctest.Test(t, func(t *testing.T) {
				dice := rand.New(rand.NewPCG(seed, 0))
				p := newPost(t, nil, func(o *Options) {
					o.WriteBack = &WriteBack{Contacts: inBubble(t, s), Properties: hubspot.DefaultProperties()}
				})
				var keys []string
				for n := range 12 {
					key := fmt.Sprint("hubspot/", n)
					p.ledger.put(moveOf(key, fmt.Sprint(123+n%2), n))
					keys = append(keys, key)
				}
				dice.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
				for _, key := range keys {
					p.finish(t, key, ended("00Q-of-"+key))
					if dice.IntN(3) == 0 {
						s.Inject(hstest.Fault{Path: "/batch/update", Times: 1 + dice.IntN(2), Lost: dice.IntN(2) == 0, Status: 503})
					}
					if dice.IntN(2) == 0 {
						p.send(t)
					}
					pass(time.Duration(dice.IntN(60)) * time.Second)
				}
				for range 50 {
					p.send(t)
					pass(10 * time.Minute)
				}
				wantTold(t, s, 123, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00Q-of-hubspot/10"})
				wantTold(t, s, 124, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00Q-of-hubspot/11"})
				for _, key := range keys {
					if ps := p.story(t, key); len(ps) != 1 || !ps[0].Sent {
						t.Errorf("%s: %+v", key, ps)
					}
				}
			})
		})
	}
}

// TestResponsibleIsToldWhenKnown: half an hour later, by name, and again after each night
// that changes it; not before it is stored.
func TestResponsibleIsToldWhenKnown(t *testing.T) {
	asked := 0
	s := hstest.New()
	t.Cleanup(s.Close)
	for _, name := range hubspot.DefaultProperties().Names() {
		s.Define(hstest.Contacts, hstest.Property{Name: name})
	}
	s.PutContact(123, nil)
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, func(o *Options) {
			o.WriteBack = &WriteBack{Contacts: inBubble(t, s), Properties: hubspot.DefaultProperties(),
				Names: func(_ context.Context, ids []string) (map[string]string, error) {
					asked++
					return map[string]string{"005A": "Ann Owner"}, nil
				}}
		})
		p.ledger.put(moveOf("hubspot/1", "123", 0))
		p.finish(t, "hubspot/1", ended("00QRM00000AbcDe2AJ"))
		p.send(t)
		assign := func(attempt int, as ...dri.Assignment) routing.DRIUpdate {
			return routing.DRIUpdate{Fence: routing.Fence{Key: "hubspot/1", Attempt: attempt}, State: &routing.DRIState{At: time.Now(), Assignments: as}}
		}
		leaves := dri.Assignment{Scenario: dri.Leaves, UserID: "005B"}
		first := assign(1, leaves, dri.Assignment{Scenario: dri.Joins, UserID: "005A"})
		// The promise is made, and the program is killed before the state is stored.
		broken := &followed{Ledger: failing{p.ledger}, box: p.Outbox}
		if _, err := broken.Assigned(t.Context(), []routing.DRIUpdate{first}); !errors.Is(err, errLedger) {
			t.Fatal(err)
		}
		if n := p.send(t); n != 0 || told(s, 123)["onward_dri"] != "" {
			t.Errorf("%d sent before it was stored", n)
		}
		steps := []struct {
			update routing.DRIUpdate
			want   string
		}{
			{first, "Ann Owner"},
			{assign(2, leaves), "005B"}, // whose name nobody knows
			{assign(3, dri.Assignment{Scenario: dri.Joins, UserID: "005A"}), "Ann Owner"},
		}
		for _, step := range steps {
			pass(time.Minute)
			if step.update.Fence.Attempt > 1 {
				step.update.State.At = time.Now()
			}
			if _, err := p.Follow(p.ledger).Assigned(t.Context(), []routing.DRIUpdate{step.update}); err != nil {
				t.Fatal(err)
			}
			pass(time.Minute)
			p.send(t)
			if got := told(s, 123); got["onward_dri"] != step.want || got["onward_outcome"] != "lead_created" {
				t.Errorf("told %v, want %s", got, step.want)
			}
		}
		if asked != 2 {
			t.Errorf("names were asked for %d times", asked)
		}
	})
}

var errLedger = errors.New("the database is away")

// failing is a ledger whose transactions fail.
type failing struct{ routing.Ledger }

func (failing) Finish(context.Context, []routing.Finish) ([]error, error) { return nil, errLedger }

func (failing) Assigned(context.Context, []routing.DRIUpdate) ([]error, error) {
	return nil, errLedger
}

// TestNothingIsStoredThatIsNotPromised, so that no result is lost.
func TestNothingIsStoredThatIsNotPromised(t *testing.T) {
	_, p := portal(t, nil)
	p.ledger.put(moveOf("hubspot/1", "123", 0))
	p.opt.Store = brokenStore{p.store}
	ends := []routing.Finish{{Fence: routing.Fence{Key: "hubspot/1", Attempt: 1}, Result: ended("00Q")}}
	if _, err := p.Follow(p.ledger).Finish(t.Context(), ends); !errors.Is(err, errLedger) || p.ledger.recs["hubspot/1"].Status != routing.StatusAccepted {
		t.Errorf("%v, %+v", err, p.ledger.recs["hubspot/1"])
	}
	as := []routing.DRIUpdate{{Fence: routing.Fence{Key: "hubspot/1"}, State: &routing.DRIState{Assignments: []dri.Assignment{{UserID: "005"}}}}}
	if _, err := p.Follow(p.ledger).Assigned(t.Context(), as); !errors.Is(err, errLedger) || p.ledger.recs["hubspot/1"].DRI != nil {
		t.Errorf("%v, %+v", err, p.ledger.recs["hubspot/1"])
	}
	plain := newPost(t, nil, nil)
	if l := plain.Follow(p.ledger); l != routing.Ledger(p.ledger) {
		t.Error("without a write-back the ledger is another one")
	}
}

type brokenStore struct{ adapter.Store }

func (brokenStore) Promise(context.Context, []adapter.Promise) error { return errLedger }

// TestReportOfAnotherIsToldAgainLater: by then it is known who is responsible for the
// first one.
func TestReportOfAnotherIsToldAgainLater(t *testing.T) {
	s := hstest.New()
	t.Cleanup(s.Close)
	for _, name := range hubspot.DefaultProperties().Names() {
		s.Define(hstest.Contacts, hstest.Property{Name: name})
	}
	s.PutContact(123, nil)
	synctest.Test(t, func(t *testing.T) {
		p := newPost(t, nil, func(o *Options) {
			o.WriteBack = &WriteBack{Contacts: inBubble(t, s), Properties: hubspot.DefaultProperties()}
		})
		first := moveOf("flow/9", "", 0)
		first.Status, first.Outcome = routing.StatusDone, ended("00QRM00000AbcDe2AJ")
		p.ledger.put(first)
		p.ledger.put(moveOf("hubspot/1", "123", 0))
		p.finish(t, "hubspot/1", routing.Outcome{Status: routing.StatusDone, What: routing.WhatDuplicate, First: "flow/9"})
		p.send(t)
		first.DRI = []routing.DRIState{{At: time.Now(), Assignments: []dri.Assignment{{Scenario: dri.Joins, UserID: "005A"}}}}
		p.ledger.put(first)
		if n := p.send(t); n != 0 || told(s, 123)["onward_dri"] != "" {
			t.Errorf("%d sent too early", n)
		}
		pass(DefaultLater)
		p.send(t)
		wantTold(t, s, 123, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00QRM00000AbcDe2AJ", "onward_dri": "005A"})
	})
}

// writer answers write-backs with errors, one after the other, the last for ever.
type writer struct{ errs []error }

func (w *writer) WriteBack(_ context.Context, _ hubspot.Properties, backs []hubspot.Back) ([]crm.Result, error) {
	err := w.errs[0]
	if len(w.errs) > 1 {
		w.errs = w.errs[1:]
	}
	results := make([]crm.Result, len(backs))
	results[0].Err = err
	return results, nil
}

func TestWriteBackThatFails(t *testing.T) {
	fail := func(class error, code string) error {
		return &crm.Error{Op: "write", Object: crm.ObjectContact, Class: class, Code: code, Fields: []string{"onward_dri"}}
	}
	rows := []struct {
		name  string
		errs  []error
		sent  bool
		least time.Duration
	}{
		{"away for a while", []error{fail(crm.ErrUnavailable, ""), fail(crm.ErrThrottled, ""), fail(crm.ErrUnknownOutcome, ""), nil}, true, 0},
		{"a property that is created later", []error{fail(crm.ErrInvalid, codeNoProperty), fail(crm.ErrInvalid, codeReadOnly), nil}, true, 0},
		{"a permission that is given later", []error{fail(crm.ErrDenied, ""), fail(crm.ErrAuth, ""), nil}, true, 0},
		{"a contact that is gone", []error{fail(crm.ErrNotFound, "")}, false, 0},
		{"a value that is never taken", []error{fail(crm.ErrInvalid, "INVALID_OPTION")}, false, 3 * 24 * time.Hour},
		{"an account that never works", []error{fail(crm.ErrAuth, "")}, false, 3 * 24 * time.Hour},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPost(t, nil, func(o *Options) {
					o.WriteBack = &WriteBack{Contacts: &writer{row.errs}, Properties: hubspot.DefaultProperties()}
				})
				p.ledger.put(moveOf("hubspot/1", "123", 0))
				start := time.Now()
				p.finish(t, "hubspot/1", ended("00QRM00000AbcDe2AJ"))
				for p.story(t, "hubspot/1")[0].Ended.IsZero() {
					p.send(t)
					pass(time.Minute)
				}
				if got := p.story(t, "hubspot/1")[0]; got.Sent != row.sent || time.Since(start) < row.least {
					t.Errorf("after %v: %+v", time.Since(start), got)
				}
			})
		})
	}
}

// TestManyContactsTakeFewCalls of HubSpot's.
func TestManyContactsTakeFewCalls(t *testing.T) {
	const many = 1000
	s, p := portal(t, nil)
	s.Limit(0, 0)
	for n := range many {
		s.PutContact(int64(n+1), nil)
		key := fmt.Sprint("hubspot/", n)
		p.ledger.put(moveOf(key, fmt.Sprint(n+1), 0))
		p.finish(t, key, ended("00QRM00000AbcDe2AJ"))
	}
	sent := 0
	for sent < many {
		n := p.send(t)
		if n == 0 && len(s.Calls()) > many {
			t.Fatal("it does not end")
		}
		sent += n
	}
	t.Logf("%d contacts in %d calls", sent, len(s.Calls()))
	if len(s.Calls()) > 100 {
		t.Errorf("%d contacts in %d calls", sent, len(s.Calls()))
	}
}
