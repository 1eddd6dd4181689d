package outbox

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/routing"
)

// finished is a ledger that knows some records.
type finished struct {
	routing.Ledger
	mu   sync.Mutex
	recs map[string]routing.Record
}

func (f *finished) Fetch(_ context.Context, keys []string) (map[string]routing.Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]routing.Record{}
	for _, key := range keys {
		if rec, ok := f.recs[key]; ok {
			out[key] = rec
		}
	}
	return out, nil
}

func (f *finished) put(rec routing.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recs[rec.Key] = rec
}

// leadCreated is a delivery about Ann that has ended.
func leadCreated(key string) routing.Record {
	return routing.Record{
		Delivery: routing.Delivery{Key: key, OccurredAt: yesterday, Event: routing.Event{
			ID: "e1", Source: "flow", Person: routing.Person{FirstName: "Ann", LastName: "Lee", Email: "ann@oldco-works.com"},
			To: &routing.Place{Company: "NewCo"},
		}},
		Status: routing.StatusDone, FinishedAt: yesterday.Add(time.Minute),
		Outcome: routing.Outcome{
			Status: routing.StatusDone, What: routing.WhatLead, Reason: routing.ReasonNoAccount,
			LeadID: "00QRM00000AbcDe2AJ", OwnerID: "005RM00000UsrAbYAJ", Credits: 1,
		},
	}
}

// receivers are endpoints by host, in place of a network.
type receivers struct {
	mu    sync.Mutex
	by    map[string]func(*http.Request) (*http.Response, error)
	calls []posted
}

type posted struct {
	host   string
	at     time.Time
	header http.Header
	body   []byte
}

func (r *receivers) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.calls = append(r.calls, posted{req.URL.Host, time.Now(), req.Header, body})
	answer := r.by[req.URL.Host]
	r.mu.Unlock()
	return answer(req)
}

func (r *receivers) of(host string) []posted {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.calls), func(p posted) bool { return p.host != host })
}

// answers gives statuses one after the other, the last one for ever.
func answers(header http.Header, statuses ...int) func(*http.Request) (*http.Response, error) {
	var n atomic.Int64
	return func(*http.Request) (*http.Response, error) {
		status := statuses[min(int(n.Add(1))-1, len(statuses)-1)]
		return &http.Response{StatusCode: status, Header: header, Body: http.NoBody}, nil
	}
}

// hangs answers never.
func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

var (
	sharedKey  = bytes.Repeat([]byte("k"), 32)
	olderKey   = bytes.Repeat([]byte("o"), 24)
	signingKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte("s"), 32))
)

func whsec(t *testing.T, key []byte) adapter.Secret {
	t.Helper()
	s, err := adapter.NewSecret("whsec_" + base64.StdEncoding.EncodeToString(key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// post is an outbox with endpoints at hosts of receivers.
type post struct {
	*Outbox
	store  *adapter.MemoryStore
	ledger *finished
	net    *receivers
}

func newPost(t *testing.T, net map[string]func(*http.Request) (*http.Response, error), change func(*Options)) *post {
	t.Helper()
	p := &post{store: adapter.NewMemoryStore(adapter.SideLimits{}), ledger: &finished{recs: map[string]routing.Record{}}, net: &receivers{by: net}}
	o := Options{Store: p.store, Ledger: p.ledger, HTTPClient: &http.Client{Transport: p.net}}
	for host := range net {
		name, _, _ := strings.Cut(host, ".")
		o.Endpoints = append(o.Endpoints, Endpoint{Name: name, URL: "https://" + host + "/hook", Secrets: []adapter.Secret{whsec(t, sharedKey)}})
	}
	slices.SortFunc(o.Endpoints, func(a, b Endpoint) int { return strings.Compare(a.Name, b.Name) })
	if change != nil {
		change(&o)
	}
	var err error
	if p.Outbox, err = New(o); err != nil {
		t.Fatal(err)
	}
	return p
}

// owe accepts and ends deliveries, and promises their decisions.
func (p *post) owe(t *testing.T, keys ...string) {
	t.Helper()
	for _, key := range keys {
		p.ledger.put(leadCreated(key))
		if err := p.store.Promise(t.Context(), p.Promises([]routing.Accepted{{New: true, Record: routing.Record{Delivery: routing.Delivery{Key: key}}}})); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *post) send(t *testing.T) int {
	t.Helper()
	n, err := p.Send(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// story is what the store knows of the messages about a delivery.
func (p *post) story(t *testing.T, key string) []adapter.Promise {
	t.Helper()
	ps, err := p.store.Promises(t.Context(), key, "")
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// pass lets time pass, which is virtual.
func pass(d time.Duration) { <-time.After(d) }

// yesterday is when the moves of these tests ended.
var yesterday = time.Date(2026, 7, 13, 9, 0, 0, 0, time.UTC)

// inBubble is a client of a HubSpot that was started outside of the bubble.
func inBubble(t *testing.T, s *hstest.Server) *hubspot.Client {
	t.Helper()
	c, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, BaseURL: s.URL(), HTTPClient: &http.Client{Transport: s.Transport()}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
