package crm_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
)

// stub is a driver that answers as a test tells it: each call goes to the
// function of its kind, and is noted. A missing function answers with nothing.
type stub struct {
	limits   crm.Limits
	find     func(qs []crm.Query) ([]crm.Page, error)
	describe func(o crm.Object) (crm.Schema, error)
	write    func(batch []crm.Write) ([]crm.Result, error)
	landed   func(o crm.Object, keys []crm.Key) (map[crm.Key]string, error)

	// batches are the keys of every Write, queries the queries of every Find.
	batches [][]crm.Key
	queries [][]crm.Query
}

func (s *stub) Limits() crm.Limits { return s.limits }

func (s *stub) Find(_ context.Context, qs []crm.Query) ([]crm.Page, error) {
	s.queries = append(s.queries, slices.Clone(qs))
	if s.find == nil {
		return make([]crm.Page, len(qs)), nil
	}
	return s.find(qs)
}

func (s *stub) Describe(_ context.Context, o crm.Object) (crm.Schema, error) {
	if s.describe == nil {
		return crm.Schema{Object: o}, nil
	}
	return s.describe(o)
}

func (s *stub) Write(_ context.Context, batch []crm.Write) ([]crm.Result, error) {
	var keys []crm.Key
	for _, w := range batch {
		keys = append(keys, w.Key)
	}
	s.batches = append(s.batches, keys)
	if s.write == nil {
		return created(batch), nil
	}
	return s.write(batch)
}

func (s *stub) Landed(_ context.Context, o crm.Object, keys []crm.Key) (map[crm.Key]string, error) {
	if s.landed == nil {
		return nil, nil
	}
	return s.landed(o, keys)
}

// created answers a batch as if every record were new; ids are made of keys.
func created(batch []crm.Write) []crm.Result {
	out := make([]crm.Result, len(batch))
	for i, w := range batch {
		out[i] = crm.Result{ID: "id-" + string(w.Key), Created: true}
	}
	return out
}

// echo answers queries by id with records that have just these ids.
func echo(fields crm.Fields) func([]crm.Query) ([]crm.Page, error) {
	return func(qs []crm.Query) ([]crm.Page, error) {
		pages := make([]crm.Page, len(qs))
		for i, q := range qs {
			for _, id := range q.Where[0].Values {
				pages[i].Records = append(pages[i].Records, crm.Record{Object: q.Object, ID: id, Fields: fields})
			}
		}
		return pages, nil
	}
}

// newClient gives a client that tries three times and notes its pauses.
func newClient(d crm.Driver) (*crm.Client, *[]time.Duration) {
	var slept []time.Duration
	c := crm.NewClient(d, &crm.ClientOptions{
		MaxAttempts: 3,
		Sleep: func(ctx context.Context, d time.Duration) error {
			slept = append(slept, d)
			return ctx.Err()
		},
	})
	return c, &slept
}

func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func newWrite(key crm.Key, o crm.Object, links ...crm.Key) crm.Write {
	w := crm.Write{Key: key, Verb: crm.VerbCreate, Object: o, Set: crm.Fields{"Name": string(key)}}
	for i, k := range links {
		if w.Link == nil {
			w.Link = map[string]crm.Key{}
		}
		w.Link[fmt.Sprintf("Ref%d__c", i)] = k
	}
	return w
}

func newUpdate(key crm.Key, id string, f crm.Fields) crm.Write {
	return crm.Write{Key: key, Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: id, Set: f}
}

func failure(class error) *crm.Error { return &crm.Error{Op: "write", Class: class, Code: "STUB"} }

func mustApply(t *testing.T, c *crm.Client, batch ...crm.Write) []crm.Result {
	t.Helper()
	results, err := c.Apply(t.Context(), batch)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return results
}
