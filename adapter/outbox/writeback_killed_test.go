package outbox

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/routing"
)

// forgetful is a store that cannot note what was sent.
type forgetful struct{ adapter.Store }

func (forgetful) Kept(context.Context, []adapter.Keeping) error { return errLedger }

// TestAKilledProgramLosesNothing wherever it is killed between a result and the contact
// that is told of it, and nothing is written twice.
func TestAKilledProgramLosesNothing(t *testing.T) {
	for _, killed := range []string{"nowhere", "after the promise", "after the result", "after the contact was told"} {
		t.Run(killed, func(t *testing.T) {
			s := hstest.New()
			t.Cleanup(s.Close)
			for _, name := range hubspot.DefaultProperties().Names() {
				s.Define(hstest.Contacts, hstest.Property{Name: name})
			}
			s.PutContact(123, nil)
			synctest.Test(t, func(t *testing.T) {
				start := func(store adapter.Store, change func(*Options)) *post {
					return newPost(t, nil, func(o *Options) {
						o.WriteBack = &WriteBack{Contacts: inBubble(t, s), Properties: hubspot.DefaultProperties()}
						if o.Store = store; change != nil {
							change(o)
						}
					})
				}
				store := adapter.NewMemoryStore(adapter.SideLimits{})
				first := start(store, nil)
				first.ledger.put(moveOf("hubspot/1", "123", 0))
				ends := func(attempt int) []routing.Finish {
					return []routing.Finish{{Fence: routing.Fence{Key: "hubspot/1", Attempt: attempt}, Result: ended("00QRM00000AbcDe2AJ")}}
				}
				attempt := 1
				if killed == "after the promise" {
					if _, err := first.Follow(failing{first.ledger}).Finish(t.Context(), ends(attempt)); !errors.Is(err, errLedger) {
						t.Fatal(err)
					}
					attempt++
				}
				next := start(store, func(o *Options) { o.Ledger = first.ledger })
				if _, err := next.Follow(first.ledger).Finish(t.Context(), ends(attempt)); err != nil {
					t.Fatal(err)
				}
				switch killed {
				case "after the result":
					next = start(store, func(o *Options) { o.Ledger = first.ledger })
				case "after the contact was told":
					last := start(forgetful{store}, func(o *Options) { o.Ledger = first.ledger })
					if _, err := last.Send(t.Context()); !errors.Is(err, errLedger) || len(told(s, 123)) == 0 {
						t.Fatalf("%v, told %v", err, told(s, 123))
					}
				}
				for range 3 {
					next.send(t)
					pass(outboxLease + time.Minute)
				}
				wantTold(t, s, 123, map[string]string{"onward_outcome": "lead_created", "onward_salesforce_lead_id": "00QRM00000AbcDe2AJ"})
				if n := len(s.CallsTo("/batch/update")); n != 1 {
					t.Errorf("%d writes", n)
				}
				ps, err := store.Promises(t.Context(), "hubspot/1", "")
				if err != nil || len(ps) != attempt {
					t.Fatalf("%d promises, %v", len(ps), err)
				}
				for _, p := range ps {
					if !p.Sent {
						t.Errorf("%+v", p)
					}
				}
			})
		})
	}
}
