package adapter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
)

// The settings of the contract cases.
const (
	contractBase   = "https://hooks.example.com"
	contractSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
	contractClock  = 1784000001000
)

// contractCase is a request as its sender makes it, with the answer it expects.
type contractCase struct {
	req    Request
	status int
	header map[string]string
	body   string
}

// readCase reads testdata/contract/NAME.txtar.
func readCase(t testing.TB, name string) contractCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "contract", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok1 := strings.Cut(string(text), "-- request --\n")
	request, response, ok2 := strings.Cut(rest, "-- response --\n")
	if !ok1 || !ok2 {
		t.Fatalf("%s: no request and response", name)
	}
	response, _, _ = strings.Cut(response, "-- later --\n")
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, uri, _ := strings.Cut(lines[0], " ")
	c := contractCase{header: map[string]string{}, req: Request{
		ID: "req_1", Method: method, URI: uri, Header: headerOf(lines[1:]), Body: []byte(strings.TrimSuffix(body, "\n")),
		Received: time.UnixMilli(contractClock).UTC(),
	}}
	for i, line := range strings.Split(strings.TrimSpace(response), "\n") {
		field, value, isHeader := strings.Cut(line, ": ")
		switch {
		case i == 0:
			c.status, _ = strconv.Atoi(line)
		case line[0] == '{':
			c.body = line
		case isHeader:
			c.header[field] = value
		}
	}
	return c
}

func headerOf(lines []string) http.Header {
	h := http.Header{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		h.Add(name, value)
	}
	return h
}

// hubBench is a server with everything around it in memory.
type hubBench struct {
	*Server
	now    *atomic.Int64 // milliseconds
	crm    *memcrm.CRM
	book   *contactBook
	ledger routing.Ledger
	store  *MemoryStore
}

// contactBook completes reports as HubSpot's contact 904 would: Andrew has moved to
// Fabrikam. hold stops it until it is closed.
type contactBook struct {
	calls atomic.Int64
	hold  chan struct{}
}

func (b *contactBook) Complete(ctx context.Context, evs []routing.Event) ([]routing.Completed, error) {
	b.calls.Add(1)
	if b.hold != nil {
		select {
		case <-b.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	out := make([]routing.Completed, len(evs))
	for i, ev := range evs {
		ev.Pointer = nil
		ev.Person.FirstName, ev.Person.LastName = "Andrew", "Jenkins"
		ev.To = &routing.Place{Company: "Fabrikam", Domain: "fabrikam.com", Title: "VP Sales"}
		out[i] = routing.Completed{Event: ev}
	}
	return out, nil
}

// downLedger accepts nothing.
type downLedger struct{ routing.Ledger }

func (downLedger) Accept(context.Context, []routing.Delivery) ([]routing.Accepted, error) {
	return nil, errors.New("disk full")
}

func contractHubSpot(t testing.TB) *HubSpotOptions {
	t.Helper()
	return &HubSpotOptions{
		Secrets: []SigningKey{{Value: secretOf(t, contractSecret)}}, Portals: []int64{62515, 102670506}, Apps: []int64{54321}, Fetch: true,
	}
}

func secretOf(t testing.TB, s string) Secret {
	t.Helper()
	secret, err := NewSecret(s)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// newHubBench makes a server with the settings of the cases; change may alter them.
func newHubBench(t testing.TB, change func(*Options, *contactBook)) *hubBench {
	t.Helper()
	db := memcrm.New(nil)
	rep, err := db.Add(crm.ObjectUser, crm.Fields{"Name": "Rep", "IsActive": "true"})
	if err != nil {
		t.Fatal(err)
	}
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = rep, rep
	policy, err := routing.NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	client := crm.NewClient(db, nil)
	accounts, err := mirror.Load(t.Context(), client, policy)
	if err != nil {
		t.Fatal(err)
	}
	b := &hubBench{now: &atomic.Int64{}, crm: db, book: &contactBook{}, store: NewMemoryStore(SideLimits{})}
	b.now.Store(contractClock)
	o := Options{
		Ledger: memledger.New(), Store: b.store, PublicURL: contractBase, HubSpot: contractHubSpot(t),
		Now: func() time.Time { return time.UnixMilli(b.now.Load()) },
	}
	if change != nil {
		change(&o, b.book)
	}
	o.Engine, err = routing.New(cfg, routing.Deps{CRM: client, Ledger: o.Ledger, Accounts: accounts, Completer: b.book}, &routing.Options{Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	b.ledger = o.Ledger
	if b.Server, err = New(o); err != nil {
		t.Fatal(err)
	}
	b.newID = func() string { return "req_1" }
	t.Cleanup(func() { _ = b.Close(context.Background()) })
	return b
}

// send makes a request.
func (b *hubBench) send(r Request) *httptest.ResponseRecorder {
	req := httptest.NewRequest(r.Method, r.URI, bytes.NewReader(r.Body))
	req.RequestURI, req.Header = r.URI, r.Header.Clone()
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, req)
	return w
}

// check compares an answer with that of a case. Ids of records are bound to those
// that the CRM has really given.
func (b *hubBench) check(t *testing.T, c contractCase, got *httptest.ResponseRecorder) {
	t.Helper()
	want := c.body
	for _, lead := range b.crm.Records(crm.ObjectLead) {
		want = strings.ReplaceAll(want, "00QRM00000AbcDe2AJ", lead.ID)
	}
	if got.Code != c.status {
		t.Fatalf("status %d, want %d: %s", got.Code, c.status, got.Body)
	}
	for name, value := range c.header {
		if got.Header().Get(name) != value {
			t.Errorf("%s: %q, want %q", name, got.Header().Get(name), value)
		}
	}
	if diff := cmp.Diff(parsed(t, want), parsed(t, got.Body.String())); diff != "" {
		t.Error("answer (-want +got):\n" + diff)
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// records lists what the ledger has accepted.
func (b *hubBench) records(t *testing.T) []routing.Record {
	t.Helper()
	var all []routing.Record
	for r, err := range b.ledger.Records(t.Context(), routing.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// The cases of subscriptions, and what is stored of each: the contact's id and what
// has happened, for a later look.
func TestContractSubscriptions(t *testing.T) {
	pointer := func(kind, id, other, property, value string) routing.Pointer {
		return routing.Pointer{System: "hubspot", Tenant: "62515", Kind: kind, ID: id, Other: other, Property: property, Value: value}
	}
	title := pointer("contact.propertyChange", "123", "", "jobtitle", "VP Sales")
	linked := pointer("contact.associationChange", "123", "900", "", "")
	for name, stored := range map[string][]routing.Pointer{
		"D13": {title},
		"D14": {title},
		"D15": nil,
		"D16": {title, title},
		"D17": {pointer("contact.merge", "500", "", "mergedObjectIds", "122")},
		"D18": {linked, linked},
		"D19": {pointer("contact.privacyDeletion", "123", "", "", "")},
		"D20": nil,
		"D22": {pointer("contact.creation", "124", "", "", "")},
	} {
		t.Run(name, func(t *testing.T) {
			b, c := newHubBench(t, nil), readCase(t, name)
			b.check(t, c, b.send(c.req))
			var got []routing.Pointer
			for _, r := range b.records(t) {
				got = append(got, *r.Event.Pointer)
			}
			if diff := cmp.Diff(stored, got); diff != "" {
				t.Error("stored (-want +got):\n" + diff)
			}
			if b.book.calls.Load() != 0 {
				t.Error("the contact was fetched before the answer")
			}
		})
	}
}

// Both sides of an association are accepted, and one job change comes of the two.
func TestD18BothSidesAreOneMove(t *testing.T) {
	b, c := newHubBench(t, nil), readCase(t, "D18")
	b.check(t, c, b.send(c.req))
	if _, err := b.opt.Engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	var whats []routing.What
	for _, r := range b.records(t) {
		whats = append(whats, r.Outcome.What)
	}
	if diff := cmp.Diff([]routing.What{routing.WhatLead, routing.WhatDuplicate}, whats); diff != "" || len(b.crm.Records(crm.ObjectLead)) != 1 {
		t.Errorf("%d leads, outcomes (-want +got):\n%s", len(b.crm.Records(crm.ObjectLead)), diff)
	}
}

func TestD21StaleOnBothSides(t *testing.T) {
	c := readCase(t, "D21")
	for clock, fresh := range map[int64]bool{
		1784000300001: false, 1784000300000: true, 1784000000000: true, 1783999700000: true, 1783999699999: false,
	} {
		b := newHubBench(t, nil)
		b.now.Store(clock)
		got := b.send(c.req)
		if !fresh {
			b.check(t, c, got)
			continue
		}
		if got.Code != http.StatusOK {
			t.Errorf("at %d: %d %s", clock, got.Code, got.Body)
		}
	}
}

func TestD23StoreDown(t *testing.T) {
	b, c := newHubBench(t, func(o *Options, _ *contactBook) { o.Ledger = downLedger{o.Ledger} }), readCase(t, "D23")
	b.check(t, c, b.send(c.req))
}

func TestD24ToD26Action(t *testing.T) {
	b, at := newHubBench(t, nil), readCase(t, "D24")
	t.Run("D24 at once", func(t *testing.T) { b.check(t, at, b.send(at.req)) })
	t.Run("D26 the same call again", func(t *testing.T) {
		c := readCase(t, "D26")
		b.check(t, c, b.send(c.req))
		if leads := b.crm.Records(crm.ObjectLead); len(leads) != 1 || b.book.calls.Load() != 1 {
			t.Errorf("%d leads, fetched %d times", len(leads), b.book.calls.Load())
		}
	})
}

func TestD25ActionAnsweredLater(t *testing.T) {
	b := newHubBench(t, func(o *Options, book *contactBook) {
		o.HubSpot.Deadline, book.hold = 20*time.Millisecond, make(chan struct{})
	})
	c := readCase(t, "D25")
	b.check(t, c, b.send(c.req))
	const callback = "ap-102670506-56776413549-7-1"
	ps, err := b.store.Promises(t.Context(), "hubspot/"+callback, "")
	if err != nil || len(ps) != 1 || ps[0].Kind != PromiseHubSpotCallback || ps[0].Target != callback {
		t.Fatalf("promised %+v, %v", ps, err)
	}
	close(b.book.hold)
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	found, err := b.ledger.Fetch(t.Context(), []string{"hubspot/" + callback})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"hs_execution_state": "SUCCESS", "outcome": "lead_created", "salesforceLeadId": b.crm.Records(crm.ObjectLead)[0].ID,
	}
	if diff := cmp.Diff(want, ActionOutput(found["hubspot/"+callback])); diff != "" {
		t.Error("completed with (-want +got):\n" + diff)
	}
}

func TestD27InputThatCanNeverWork(t *testing.T) {
	b, c := newHubBench(t, nil), readCase(t, "D27")
	b.check(t, c, b.send(c.req))
	if n := len(b.records(t)); n != 0 {
		t.Errorf("%d stored", n)
	}
}

func TestD28ActionWithVersion2(t *testing.T) {
	c := readCase(t, "D28")
	t.Run("allowed", func(t *testing.T) {
		b := newHubBench(t, nil)
		b.check(t, c, b.send(c.req))
	})
	t.Run("not allowed", func(t *testing.T) {
		b := newHubBench(t, func(o *Options, _ *contactBook) { o.HubSpot.V3Only = true })
		if got := b.send(c.req); got.Code != http.StatusUnauthorized {
			t.Errorf("%d %s", got.Code, got.Body)
		}
	})
}

func TestD29WorkflowGet(t *testing.T) {
	b, c := newHubBench(t, nil), readCase(t, "D29")
	b.check(t, c, b.send(c.req))
	ev := b.records(t)[0].Event
	want := routing.Event{
		ID: ev.ID, Source: "hubspot", OccurredAt: time.UnixMilli(contractClock).UTC(),
		To:     &routing.Place{Email: "ann.lee@newco.example", Company: "NewCo"},
		Custom: map[string]string{"tenant": "acme", "a": "1", "b": "2"},
	}
	if diff := cmp.Diff(want, ev); diff != "" {
		t.Error("event (-want +got):\n" + diff)
	}
}
