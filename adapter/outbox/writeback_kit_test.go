package outbox

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/routing"
)

// Records gives those that carry one of the persons.
func (f *finished) Records(_ context.Context, q routing.Filter) iter.Seq2[routing.Record, error] {
	return func(yield func(routing.Record, error) bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, rec := range f.recs {
			if slices.ContainsFunc(q.Persons, func(p string) bool { return slices.Contains(rec.Persons, p) }) && !yield(rec, nil) {
				return
			}
		}
	}
}

// Finish and Assigned store what a claim has come to.
func (f *finished) Finish(_ context.Context, fs []routing.Finish) ([]error, error) {
	for _, end := range fs {
		rec := f.recs[end.Fence.Key]
		rec.Key, rec.Status, rec.Outcome = end.Fence.Key, end.Result.Status, end.Result
		f.put(rec)
	}
	return make([]error, len(fs)), nil
}

func (f *finished) Assigned(_ context.Context, as []routing.DRIUpdate) ([]error, error) {
	for _, a := range as {
		rec := f.recs[a.Fence.Key]
		rec.DRI = append(rec.DRI, *a.State)
		f.put(rec)
	}
	return make([]error, len(as)), nil
}

// moveOf is a delivery about a contact that has not ended, the older the day the earlier.
func moveOf(key, contact string, day int) routing.Record {
	return routing.Record{Delivery: routing.Delivery{
		Key: key, OccurredAt: yesterday.AddDate(0, 0, day), Persons: []string{"person of " + contact},
		Event: routing.Event{Source: "hubspot", Person: routing.Person{HubSpotID: contact}},
	}, Status: routing.StatusAccepted, Plan: &routing.Plan{Mode: routing.ModeLive}}
}

// ended is the result of a move of which a lead came.
func ended(lead string) routing.Outcome {
	return routing.Outcome{Status: routing.StatusDone, What: routing.WhatLead, Reason: routing.ReasonNoAccount, LeadID: lead}
}

// nothing is the result of a move of which nothing came.
func nothing(why routing.Reason) routing.Outcome {
	return routing.Outcome{Status: routing.StatusFiltered, What: routing.WhatNothing, Reason: why}
}

// portal is an account that has the properties, and an outbox that writes to it.
func portal(t *testing.T, change func(*WriteBack)) (*hstest.Server, *post) {
	t.Helper()
	s := hstest.New()
	t.Cleanup(s.Close)
	for _, name := range hubspot.DefaultProperties().Names() {
		s.Define(hstest.Contacts, hstest.Property{Name: name})
	}
	c, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, BaseURL: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	w := &WriteBack{Contacts: c, Properties: hubspot.DefaultProperties(), Portal: "62515"}
	if change != nil {
		change(w)
	}
	return s, newPost(t, nil, func(o *Options) { o.WriteBack = w })
}

// finish ends a delivery as an engine does, through the ledger that is followed.
func (p *post) finish(t *testing.T, key string, o routing.Outcome) {
	t.Helper()
	if _, err := p.Follow(p.ledger).Finish(t.Context(), []routing.Finish{{Fence: routing.Fence{Key: key, Attempt: 1}, Result: o}}); err != nil {
		t.Fatal(err)
	}
}

// told are onward's properties of a contact that are not blank.
func told(s *hstest.Server, contact int64) map[string]string {
	out := map[string]string{}
	for name, value := range s.Properties(hstest.Contacts, contact) {
		if strings.HasPrefix(name, "onward_") && value != "" {
			out[name] = value
		}
	}
	return out
}

func wantTold(t *testing.T, s *hstest.Server, contact int64, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, told(s, contact)); diff != "" {
		t.Errorf("contact %d (-want +got):\n%s", contact, diff)
	}
}
