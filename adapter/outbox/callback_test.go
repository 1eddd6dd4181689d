package outbox

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// TestAD05D25CallbackBytes: the completion of an action is that of the contract's case, and
// it is made once.
func TestAD05D25CallbackBytes(t *testing.T) {
	s := hstest.New()
	defer s.Close()
	client, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, BaseURL: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	const id = "ap-102670506-56776413549-7-1"
	p := newPost(t, nil, func(o *Options) { o.HubSpot = client })
	now := time.Now()
	owed := adapter.Promise{ID: adapter.PromiseHubSpotCallback + ":" + id, Kind: adapter.PromiseHubSpotCallback, Delivery: "hubspot:1", Target: id, Made: now, Due: now}
	if err := p.store.Promise(t.Context(), []adapter.Promise{owed}); err != nil {
		t.Fatal(err)
	}
	p.ledger.put(leadCreated("hubspot:1"))
	if n := p.send(t) + p.send(t); n != 1 || len(s.Calls()) != 1 {
		t.Fatalf("%d sent in %d calls", n, len(s.Calls()))
	}
	got := s.Calls()[0]
	const want = `{"outputFields":{"hs_execution_state":"SUCCESS","outcome":"lead_created","salesforceLeadId":"00QRM00000AbcDe2AJ"},"typedOutputs":{}}`
	if got.Path != "/automation/v4/actions/callbacks/"+id+"/complete" || string(got.Body) != want || got.Status != 204 {
		t.Errorf("%s: %s", got.Path, got.Body)
	}
}

// actions answers completions with errors, one after the other.
type actions struct{ errs []error }

func (a *actions) CompleteAction(context.Context, string, map[string]string) error {
	err := a.errs[0]
	a.errs = a.errs[1:]
	return err
}

func TestCallbacksThatFail(t *testing.T) {
	fail := func(class error) error { return &crm.Error{Op: "write", Object: "Callback", Class: class} }
	rows := []struct {
		name string
		errs []error
		sent bool
	}{
		{"away for a while", []error{fail(crm.ErrUnavailable), fail(crm.ErrThrottled), fail(crm.ErrAuth), nil}, true},
		{"lost answer, then over", []error{fail(crm.ErrUnknownOutcome), fail(crm.ErrNotFound)}, true},
		{"over", []error{fail(crm.ErrNotFound)}, false},
		{"refused", []error{fail(crm.ErrInvalid)}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hs := &actions{errs: row.errs}
				p := newPost(t, nil, func(o *Options) { o.HubSpot = hs })
				now := time.Now()
				if err := p.store.Promise(t.Context(), []adapter.Promise{{ID: "c1", Kind: adapter.PromiseHubSpotCallback, Delivery: "d", Target: "ap-1", Made: now, Due: now}}); err != nil {
					t.Fatal(err)
				}
				p.ledger.put(leadCreated("d"))
				for p.story(t, "d")[0].Ended.IsZero() {
					p.send(t)
					pass(time.Minute)
				}
				if got := p.story(t, "d")[0]; got.Sent != row.sent || len(hs.errs) != 0 {
					t.Errorf("%+v, %d answers left", got, len(hs.errs))
				}
			})
		})
	}
}
