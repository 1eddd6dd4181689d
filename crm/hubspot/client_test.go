package hubspot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

var then = time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)

// local opens a client of a server in this process.
func local(t *testing.T, change func(*Options)) (*hstest.Server, *Client) {
	t.Helper()
	s := hstest.New()
	t.Cleanup(s.Close)
	o := Options{Token: hstest.Token, BaseURL: s.URL()}
	if change != nil {
		change(&o)
	}
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestContactsBringTheirHistory(t *testing.T) {
	for _, version := range []string{"v3", "2026-03"} {
		t.Run(version, func(t *testing.T) {
			s, c := local(t, func(o *Options) { o.APIVersion = version })
			s.PutContactAt(123, then, map[string]string{"company": "OldCo", "jobtitle": "CTO"})
			s.PutContactAt(123, then.Add(time.Hour), map[string]string{"company": "NewCo"})
			got, err := c.Contacts(t.Context(), []int64{123, 123}, []string{"company", "jobtitle", "city"})
			want := map[int64]Contact{123: {
				ID: 123, Properties: map[string]string{"company": "NewCo", "jobtitle": "CTO", "hs_object_id": "123"},
				History: map[string][]Version{
					"company":  {{"NewCo", then.Add(time.Hour)}, {"OldCo", then}},
					"jobtitle": {{"CTO", then}},
				},
			}}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v, -want +got\n%s", err, diff)
			}
		})
	}
}

// TestContactsAreReadFiftyACall: HubSpot reads no more of them with their history.
func TestContactsAreReadFiftyACall(t *testing.T) {
	s, c := local(t, nil)
	var ids []int64
	for n := range int64(250) {
		s.PutContact(n+1, map[string]string{"email": fmt.Sprintf("p%d@example.com", n)})
		ids = append(ids, n+1)
	}
	got, err := c.Contacts(t.Context(), append(ids, 9001), []string{"email"})
	if err != nil || len(got) != 250 || len(s.Calls()) != 6 {
		t.Errorf("%d contacts in %d calls, %v; want 250 in 6", len(got), len(s.Calls()), err)
	}
}

// TestCR08MergedContact: the id that was asked for answers with another.
func TestCR08MergedContact(t *testing.T) {
	s, c := local(t, nil)
	s.PutContact(122, map[string]string{"company": "OldCo"})
	s.PutContact(123, map[string]string{"company": "MidCo"})
	s.PutContact(500, map[string]string{"company": "NewCo"})
	s.Merge(122, 500)
	s.Merge(123, 500)
	got, err := c.Contacts(t.Context(), []int64{122, 123, 500}, []string{"company"})
	if err != nil {
		t.Fatal(err)
	}
	for asked, from := range map[int64]int64{122: 122, 123: 123, 500: 0} {
		if got[asked].ID != 500 || got[asked].MergedFrom != from || got[asked].Properties["company"] != "NewCo" {
			t.Errorf("asked for %d: %d from %d", asked, got[asked].ID, got[asked].MergedFrom)
		}
	}
}

func TestMergeThatTheContactDoesNotTellOf(t *testing.T) {
	s, c := local(t, nil)
	s.Inject(hstest.Fault{Status: 200, Body: `{"results":[{"id":"1","properties":{}},{"id":"500","properties":{}}]}`})
	got, err := c.Contacts(t.Context(), []int64{1, 122}, nil)
	if err != nil || got[122].ID != 500 || got[122].MergedFrom != 122 || got[1].MergedFrom != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCompaniesAndPrimaryOnes(t *testing.T) {
	s, c := local(t, nil)
	s.PutContact(1, nil)
	s.PutContact(2, nil)
	s.PutCompany(900, map[string]string{"name": "OldCo", "domain": "oldco.example"})
	s.PutCompany(901, map[string]string{"name": "NewCo", "domain": "newco.example"})
	s.Associate(1, 900, then)
	s.Associate(1, 901, then)
	primary, err := c.PrimaryCompany(t.Context(), []int64{1, 2, 3})
	if diff := cmp.Diff(map[int64]int64{1: 901}, primary); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	if calls := s.CallsTo("/associations/"); len(calls) != 1 || string(calls[0].Body) != `{"inputs":[{"id":"1"},{"id":"2"},{"id":"3"}]}` {
		t.Errorf("%d calls, %s", len(calls), calls[0].Body)
	}
	companies, err := c.Companies(t.Context(), []int64{900, 901, 902}, []string{"name", "domain"})
	if ids := slices.Sorted(maps.Keys(companies)); !slices.Equal(ids, []int64{900, 901}) || err != nil {
		t.Errorf("companies %v, %v", ids, err)
	}
	if got := companies[901].Properties["domain"]; got != "newco.example" {
		t.Errorf("domain %q", got)
	}
}

func TestLinksOnSeveralPages(t *testing.T) {
	s, c := local(t, nil)
	page := func(to, after string) hstest.Fault {
		return hstest.Fault{Status: 200, Body: `{"results":[{"from":{"id":"1"},"to":[` + to + `],"paging":{"next":{"after":` + after + `}}}]}`}
	}
	s.Inject(page(`{"toObjectId":"7","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":279}]}`, `"a1"`),
		page(`{"toObjectId":8,"associationTypes":[{"category":"USER_DEFINED","typeId":1},{"category":"HUBSPOT_DEFINED","typeId":279}]}`, `"a2"`),
		page(`{"toObjectId":"9","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":1}]}`, `null`))
	got, err := c.PrimaryCompany(t.Context(), []int64{1})
	if diff := cmp.Diff(map[int64]int64{1: 9}, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

// TestD25CompletionOnTheWire compares the request with that of the contract's case.
func TestD25CompletionOnTheWire(t *testing.T) {
	s, c := local(t, nil)
	const id = "ap-102670506-56776413549-7-1"
	err := c.CompleteAction(t.Context(), id, map[string]string{
		"hs_execution_state": "SUCCESS", "outcome": "lead_created", "salesforceLeadId": "00QRM00000AbcDe2AJ",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.Calls()[0]
	if got.Method != "POST" || got.Path != "/automation/v4/actions/callbacks/"+id+"/complete" || got.Status != 204 {
		t.Errorf("%s %s: %d", got.Method, got.Path, got.Status)
	}
	const want = `{"outputFields":{"hs_execution_state":"SUCCESS","outcome":"lead_created","salesforceLeadId":"00QRM00000AbcDe2AJ"},"typedOutputs":{}}`
	if string(got.Body) != want {
		t.Errorf("body %s\nwant %s", got.Body, want)
	}
	if err := c.CompleteAction(t.Context(), id, map[string]string{}); !errors.Is(err, crm.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}
}

func TestCallbackIDsLeadNowhereElse(t *testing.T) {
	s, c := local(t, nil)
	for _, id := range []string{"", ".", "..", "../../x", "a/b", "a?b", "a#b", "a%2Fb", "a b", "a\nb", strings.Repeat("a", 300)} {
		if err := c.CompleteAction(t.Context(), id, nil); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if n := len(s.Calls()); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestLostAnswerOfACompletion(t *testing.T) {
	s, c := local(t, nil)
	s.Inject(hstest.Fault{Lost: true})
	err := c.CompleteAction(t.Context(), "ap-1", map[string]string{"outcome": "x"})
	if !errors.Is(err, crm.ErrUnknownOutcome) || len(s.Calls()) != 1 || len(s.Callbacks()) != 1 {
		t.Errorf("%v after %d calls", err, len(s.Calls()))
	}
}

func TestReadsAreRepeated(t *testing.T) {
	faults := map[string]hstest.Fault{
		"dropped connection": {Dropped: true},
		"busy for a moment":  {Status: 503},
		"gateway":            {Status: 524, Body: "<html>"},
		"locked":             {Status: 423, Header: map[string]string{"Retry-After": "0"}},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			var logged strings.Builder
			s, c := local(t, func(o *Options) { o.Logger = slog.New(slog.NewTextHandler(&logged, nil)) })
			s.PutContact(1, map[string]string{"email": "ann.lee@example.com"})
			s.Inject(fault)
			got, err := c.Contacts(t.Context(), []int64{1}, []string{"email"})
			if err != nil || len(got) != 1 || len(s.Calls()) != 2 {
				t.Errorf("%d contacts after %d calls, %v", len(got), len(s.Calls()), err)
			}
			if text := logged.String(); !strings.Contains(text, "hubspot call repeated") || strings.Contains(text, hstest.Token) {
				t.Errorf("logged %q", text)
			}
		})
	}
}

func TestReadsGiveUpWithWhatWasSaid(t *testing.T) {
	s, c := local(t, nil)
	s.Inject(hstest.Fault{Status: 503, Times: 3, Body: `{"category":"SERVICE_UNAVAILABLE"}`})
	_, err := c.Contacts(t.Context(), []int64{1}, nil)
	if !errors.Is(err, crm.ErrUnavailable) || !strings.Contains(err.Error(), "SERVICE_UNAVAILABLE") || len(s.Calls()) != 3 {
		t.Errorf("%v after %d calls", err, len(s.Calls()))
	}
}

func TestPartialFailureIsNoAnswer(t *testing.T) {
	s, c := local(t, nil)
	s.Inject(hstest.Fault{Status: 207, Body: `{"results":[{"id":"1","properties":{}}],"numErrors":1,"errors":[{"category":"INTERNAL_ERROR"}]}`})
	if got, err := c.Contacts(t.Context(), []int64{1, 2}, nil); !errors.Is(err, crm.ErrUnavailable) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestNoAnswerInTime(t *testing.T) {
	s, c := local(t, func(o *Options) { o.Timeout = time.Millisecond })
	s.Inject(hstest.Fault{Status: 503, Times: 9, Header: map[string]string{"Retry-After": "5"}})
	if _, err := c.Contacts(t.Context(), []int64{1}, nil); !errors.Is(err, crm.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Contacts(ctx, []int64{1}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestPaceKeepsToTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(100, 10*time.Second)
		start := time.Now()
		var at []time.Duration
		for range 250 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(start))
		}
		for i := 100; i < len(at); i++ {
			if at[i]-at[i-100] < 10*time.Second {
				t.Fatalf("call %d came %v after call %d", i, at[i]-at[i-100], i-100)
			}
		}
		if at[99] != 0 || at[249] != 20*time.Second {
			t.Errorf("the 100th after %v, the 250th after %v", at[99], at[249])
		}
	})
}

func TestTokenIsNeverPrinted(t *testing.T) {
	_, c := local(t, nil)
	o := Options{Token: hstest.Token}
	asJSON, _ := json.Marshal(o.Token)
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "token", o.Token, "opt", o)
	for _, text := range []string{
		fmt.Sprint(o), fmt.Sprintf("%+v", o), fmt.Sprintf("%#v", o), fmt.Sprintf("%q %s %x", o.Token, o.Token, o.Token),
		string(asJSON), logged.String(), fmt.Sprint(c),
	} {
		if strings.Contains(text, hstest.Token) || strings.Contains(text, fmt.Sprintf("%x", hstest.Token)) {
			t.Errorf("printed: %s", text)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	rows := map[string]Options{
		"no token":          {},
		"short token":       {Token: "pat"},
		"token with breaks": {Token: "pat-eu1-0000\r\nX: y"},
		"plain http":        {Token: hstest.Token, BaseURL: "http://api.hubapi.com"},
		"a path":            {Token: hstest.Token, BaseURL: "https://api.hubapi.com/x"},
		"a user":            {Token: hstest.Token, BaseURL: "https://u:p@api.hubapi.com"},
		"version":           {Token: hstest.Token, APIVersion: "v3/../x"},
		"negative":          {Token: hstest.Token, Timeout: -1},
	}
	for name, o := range rows {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(t.Context(), o); err == nil || strings.Contains(err.Error(), hstest.Token) {
				t.Errorf("got %v", err)
			}
		})
	}
}
