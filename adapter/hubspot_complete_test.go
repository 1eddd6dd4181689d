package adapter

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/routing"
)

var (
	longAgo   = time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)
	yesterday = time.Date(2026, 7, 13, 9, 0, 0, 0, time.UTC)
)

// portal is a HubSpot in this process with Ann, who was at OldCo.
func portal(t *testing.T) (*hstest.Server, routing.Completer) {
	t.Helper()
	s := hstest.New()
	t.Cleanup(s.Close)
	s.PutCompany(900, map[string]string{"name": "OldCo", "domain": "oldco-works.com"})
	s.PutCompany(901, map[string]string{"name": "NewCo", "domain": "newco-industries.com"})
	s.PutContactAt(123, longAgo, map[string]string{
		"firstname": "Ann", "lastname": "Lee", "company": "OldCo", "jobtitle": "Head of Sales", "email": "ann@oldco-works.com",
	})
	s.Associate(123, 900, longAgo)
	client, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, BaseURL: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return s, NewCompleter(client, nil)
}

// told is a report of a change of a property; "" is one of an association.
func told(id int64, property string) routing.Event {
	p := &routing.Pointer{System: "hubspot", Tenant: "62515", Kind: kindPropertyChange, ID: strconv.FormatInt(id, 10), Property: property}
	if property == "" {
		p.Kind, p.Other = kindAssociation, "901"
	}
	return routing.Event{ID: "e1", Source: "hubspot", OccurredAt: yesterday, Person: routing.Person{HubSpotID: p.ID}, Pointer: p}
}

func complete(t *testing.T, c routing.Completer, evs ...routing.Event) []routing.Completed {
	t.Helper()
	got, err := c.Complete(t.Context(), evs)
	if err != nil || len(got) != len(evs) {
		t.Fatalf("%d answers, %v", len(got), err)
	}
	return got
}

// annMoved is the whole report of Ann's move.
func annMoved(change func(*routing.Event)) routing.Event {
	ev := routing.Event{
		ID: "e1", Source: "hubspot", OccurredAt: yesterday,
		Person: routing.Person{
			FirstName: "Ann", LastName: "Lee", HubSpotID: "123", Email: "ann@oldco-works.com", Emails: []string{"ann@oldco-works.com"},
		},
		From: &routing.Place{Company: "OldCo", Domain: "oldco-works.com"},
		To:   &routing.Place{Company: "NewCo", Domain: "newco-industries.com", Title: "Head of Sales"},
	}
	change(&ev)
	return ev
}

func TestCompletedChanges(t *testing.T) {
	put := func(values ...string) func(*hstest.Server) {
		return func(s *hstest.Server) {
			m := map[string]string{}
			for i := 0; i < len(values); i += 2 {
				m[values[i]] = values[i+1]
			}
			s.PutContactAt(123, yesterday, m)
		}
	}
	link := func(s *hstest.Server) { s.Associate(123, 901, yesterday) }
	rows := []struct {
		name     string
		property string
		edits    []func(*hstest.Server)
		want     func(*routing.Event)
	}{
		{"company's name alone", "company", []func(*hstest.Server){put("company", "NewCo")}, func(e *routing.Event) { e.To.Domain = "" }},
		{"name and link", "company", []func(*hstest.Server){put("company", "NewCo"), link}, func(*routing.Event) {}},
		{"link alone", "", []func(*hstest.Server){link}, func(*routing.Event) {}},
		{"linked company by its property", "associatedcompanyid", []func(*hstest.Server){link}, func(*routing.Event) {}},
		{"name, link, address and title", "company", []func(*hstest.Server){
			put("company", "NewCo", "email", "ann@newco-industries.com", "jobtitle", "VP Sales"), link,
		}, func(e *routing.Event) {
			e.To.Email, e.To.Title, e.From.Title = "ann@newco-industries.com", "VP Sales", "Head of Sales"
		}},
		{"the same told by the title", "jobtitle", []func(*hstest.Server){put("company", "NewCo", "jobtitle", "VP Sales"), link}, func(e *routing.Event) {
			e.To.Title, e.From.Title = "VP Sales", "Head of Sales"
		}},
		{"address alone", "email", []func(*hstest.Server){put("email", "ann@newco-industries.com")}, func(e *routing.Event) {
			e.To.Company, e.To.Email = "", "ann@newco-industries.com"
		}},
		{"address and link", "email", []func(*hstest.Server){put("email", "ann@newco-industries.com"), link}, func(e *routing.Event) {
			e.To.Email = "ann@newco-industries.com"
		}},
		{"title alone", "jobtitle", []func(*hstest.Server){put("jobtitle", "VP Sales")}, func(e *routing.Event) {
			e.Person.Email, e.Person.Emails = "", nil
			e.From = &routing.Place{Company: "OldCo", Domain: "oldco-works.com", Title: "Head of Sales"}
			e.To = &routing.Place{Company: "OldCo", Domain: "oldco-works.com", Title: "VP Sales", Email: "ann@oldco-works.com"}
		}},
		{"a private address goes with the person", "company", []func(*hstest.Server){
			put("company", "NewCo", "email", "ann.lee@gmail.com", "hs_additional_emails", "a.lee@uni.example.org;nonsense"), link,
		}, func(e *routing.Event) {
			e.Person.Email = "ann.lee@gmail.com"
			e.Person.Emails = []string{"ann.lee@gmail.com", "ann@oldco-works.com", "a.lee@uni.example.org"}
		}},
		{"everything else that is known", "company", []func(*hstest.Server){
			put("company", "NewCo", "hs_linkedin_url", "https://www.linkedin.com/in/ann-lee", "salesforcecontactid", "003RM0000068xV6",
				"country", "Germany", "city", "Berlin", "phone", "+49 30 1"), link,
		}, func(e *routing.Event) {
			e.Person.LinkedInURL, e.Person.CRMID = "https://www.linkedin.com/in/ann-lee", "003RM0000068xV6YAI"
			e.To.Country, e.To.City, e.To.Phone = "Germany", "Berlin", "+49 30 1"
		}},
		{"what is no LinkedIn page or id is left out", "company", []func(*hstest.Server){
			put("company", "NewCo", "hs_linkedin_url", "n/a", "salesforcecontactid", "x"), link,
		}, func(*routing.Event) {}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, c := portal(t)
			for _, edit := range row.edits {
				edit(s)
			}
			got := complete(t, c, told(123, row.property))[0]
			if diff := cmp.Diff(routing.Completed{Event: annMoved(row.want)}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if _, err := routing.Normalize(got.Event, yesterday); err != nil {
				t.Errorf("normalize: %v", err)
			}
		})
	}
}

func TestCompletedWithoutAMove(t *testing.T) {
	of := func(kind string) routing.Event {
		ev := told(123, "company")
		ev.Pointer.Kind = kind
		return ev
	}
	rows := []struct {
		name string
		ev   routing.Event
		edit func(*hstest.Server)
		want routing.Reason
		// reads tells whether the contact had to be looked at.
		reads bool
	}{
		{"a contact is new", of(kindCreation), nil, routing.ReasonNoMove, false},
		{"contacts were merged", of(kindMerge), nil, routing.ReasonNoMove, false},
		{"another property", told(123, "hs_linkedin_url"), nil, routing.ReasonNoMove, false},
		{"a kind that is new", of("contact.celebration"), nil, routing.ReasonNoMove, false},
		{"the contact is gone", told(124, "company"), nil, routing.ReasonSourceGone, true},
		{"the first company of a contact", told(125, "company"), func(s *hstest.Server) {
			s.PutContactAt(125, yesterday, map[string]string{"company": "NewCo", "email": "bo@newco-industries.com", "jobtitle": "CTO"})
			s.Associate(125, 901, yesterday.Add(time.Second))
		}, routing.ReasonNoMove, true},
		{"the first link of a contact", told(125, ""), func(s *hstest.Server) {
			s.PutContactAt(125, longAgo, map[string]string{"company": "N. C. Industries"})
			s.Associate(125, 901, yesterday)
		}, routing.ReasonNoMove, true},
		{"the company was emptied", told(125, "company"), func(s *hstest.Server) {
			s.PutContactAt(125, longAgo, map[string]string{"company": "OldCo"})
			s.PutContactAt(125, yesterday, map[string]string{"company": ""})
		}, routing.ReasonNoMove, true},
		{"emptied and filled with the same", told(125, "company"), func(s *hstest.Server) {
			s.PutContactAt(125, longAgo, map[string]string{"company": "OldCo"})
			s.PutContactAt(125, yesterday, map[string]string{"company": ""})
			s.PutContactAt(125, yesterday, map[string]string{"company": "OLDCO"})
		}, routing.ReasonNoMove, true},
		{"the link was taken away meanwhile", told(125, ""), func(s *hstest.Server) {
			s.PutContactAt(125, longAgo, map[string]string{"company": "OldCo"})
		}, routing.ReasonNoMove, true},
		{"a private address", told(123, "email"), func(s *hstest.Server) {
			s.PutContactAt(123, yesterday, map[string]string{"email": "ann.lee@gmail.com"})
		}, routing.ReasonNoMove, true},
		{"another address at the same company", told(123, "email"), func(s *hstest.Server) {
			s.PutContactAt(123, yesterday, map[string]string{"email": "ann.lee@oldco-works.com"})
		}, routing.ReasonNoMove, true},
		{"the first title", told(125, "jobtitle"), func(s *hstest.Server) {
			s.PutContactAt(125, yesterday, map[string]string{"company": "OldCo", "jobtitle": "CTO"})
		}, routing.ReasonNoMove, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			s, c := portal(t)
			if row.edit != nil {
				row.edit(s)
			}
			got := complete(t, c, row.ev)[0]
			if diff := cmp.Diff(routing.Completed{Skip: row.want}, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if read := len(s.Calls()) > 0; read != row.reads {
				t.Errorf("contact read: %t", read)
			}
		})
	}
}

// TestD18BothSidesOfAnAssociation: one move comes of the two.
func TestD18BothSidesOfAnAssociation(t *testing.T) {
	s, c := portal(t)
	s.PutContactAt(123, yesterday, map[string]string{"company": "NewCo"})
	s.Associate(123, 901, yesterday.Add(time.Second))
	got := complete(t, c, told(123, ""), told(123, ""), told(123, "company"), told(123, "associatedcompanyid"))
	for i := range got {
		if diff := cmp.Diff(got[0], got[i]); diff != "" || got[i].Skip != "" {
			t.Errorf("report %d: %s\n%s", i, got[i].Skip, diff)
		}
	}
}

func TestD17MergedContactGetsItsNewID(t *testing.T) {
	s, c := portal(t)
	s.PutContactAt(500, longAgo, map[string]string{"lastname": "Lee", "company": "OldCo"})
	s.PutContactAt(500, yesterday, map[string]string{"company": "NewCo"})
	s.Merge(123, 500)
	got := complete(t, c, told(123, "company"))[0]
	if got.Event.Person.HubSpotID != "500" || got.Event.To.Company != "NewCo" {
		t.Errorf("%+v", got)
	}
}

func TestD19PrivacyDeletionErases(t *testing.T) {
	s, c := portal(t)
	ev := told(123, "")
	ev.Pointer.Kind = kindPrivacy
	got := complete(t, c, ev)[0]
	if !got.Erase || got.Event.Pointer != nil || got.Event.Person.HubSpotID != "123" || len(s.Calls()) != 0 {
		t.Errorf("%+v after %d calls", got, len(s.Calls()))
	}
}

// TestEnrolledContact: a workflow asks about a contact as it is, and may know better.
func TestEnrolledContact(t *testing.T) {
	_, c := portal(t)
	ev := told(123, "")
	ev.Pointer.Kind, ev.Pointer.Other = kindEnrolled, ""
	ev.To, ev.Custom, ev.Strategy = &routing.Place{Title: "CEO"}, map[string]string{"campaign": "x"}, routing.StrategyAlwaysLead
	got := complete(t, c, ev)[0]
	want := annMoved(func(e *routing.Event) {
		e.Person.Email, e.Person.Emails, e.From = "", nil, nil
		e.To = &routing.Place{Company: "OldCo", Domain: "oldco-works.com", Title: "CEO", Email: "ann@oldco-works.com"}
		e.Custom, e.Strategy = ev.Custom, ev.Strategy
	})
	if diff := cmp.Diff(routing.Completed{Event: want}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestAD10OneContactInTwoForms: values come as text, null and epoch milliseconds, or
// as text and ISO dates.
func TestAD10OneContactInTwoForms(t *testing.T) {
	const company = `{"results":[{"id":"901","properties":{"name":"NewCo","domain":"newco-industries.com"}},{"id":"900","properties":{"name":"OldCo","domain":"oldco-works.com"}}]}`
	forms := []string{
		`{"results":[{"id":"123","properties":{"company":"NewCo","jobtitle":null,"associatedcompanyid":"901","lastname":"Lee"},
		 "propertiesWithHistory":{"associatedcompanyid":[{"value":"901","timestamp":"2026-07-13T09:00:00Z"},{"value":"900","timestamp":"2024-03-01T08:00:00.000Z"}]}}]}`,
		`{"results":[{"id":123,"properties":{"company":" NewCo ","jobtitle":"","associatedcompanyid":901,"lastname":"Lee"},
		 "propertiesWithHistory":{"associatedcompanyid":[{"value":"900","timestamp":1709280000000},{"value":901,"timestamp":"1783933200000"}]}}]}`,
	}
	var got []routing.Completed
	for _, form := range forms {
		s, c := portal(t)
		s.Inject(hstest.Fault{Path: "contacts/batch", Status: 200, Body: form}, hstest.Fault{Path: "companies/batch", Status: 200,
			Body: `{"results":[{"from":{"id":"123"},"to":[{"toObjectId":901,"associationTypes":[{"typeId":1}]}]}]}`})
		s.Inject(hstest.Fault{Path: "companies/batch", Status: 200, Body: company})
		got = append(got, complete(t, c, told(123, "associatedcompanyid"))...)
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" || got[0].Event.From == nil || got[0].Event.From.Company != "OldCo" {
		t.Errorf("%+v\n%s", got[0], diff)
	}
}

func TestABatchCostsFewCalls(t *testing.T) {
	s, c := portal(t)
	var evs []routing.Event
	for id := int64(1000); id < 1100; id++ {
		s.PutContactAt(id, longAgo, map[string]string{"lastname": fmt.Sprint("L", id), "company": "OldCo"})
		s.PutContactAt(id, yesterday, map[string]string{"company": "NewCo"})
		s.Associate(id, 900, longAgo)
		s.Associate(id, 901, yesterday)
		evs = append(evs, told(id, "company"), told(id, ""))
	}
	for i, done := range complete(t, c, evs...) {
		if done.Event.To == nil || done.Event.Person.HubSpotID != evs[i].Pointer.ID {
			t.Fatalf("report %d: %+v", i, done)
		}
	}
	// Contacts come with their history, of which HubSpot reads 50 a call.
	if n := len(s.Calls()); n != 4 {
		t.Errorf("%d calls, want 4", n)
	}
}

func TestWhoCannotBeRead(t *testing.T) {
	s, open := portal(t)
	reader := open.(*hubSpotCompleter).reader
	c := NewCompleter(reader, &CompleterOptions{Portal: "62515", Portals: map[string]ContactReader{"7": reader}})
	bad := []routing.Event{told(123, "company"), told(123, "company"), told(123, "company"), told(123, "company"), told(123, "company")}
	bad[0].Pointer.System = "pipedrive"
	bad[1].Pointer.Tenant = "99"
	bad[2].Pointer.ID = "abc"
	bad[3].Pointer.Tenant = "7"
	got := complete(t, c, bad...)
	for i, want := range []error{errNotHubSpot, errUnknownPortal, errContactID, nil, nil} {
		if !errors.Is(got[i].Err, want) {
			t.Errorf("report %d: %v, want %v", i, got[i].Err, want)
		}
	}
	if n := len(s.Calls()); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
}

// TestHubSpotIsAway: whichever call fails, every report waits.
func TestHubSpotIsAway(t *testing.T) {
	for _, path := range []string{"contacts/batch", "contacts/companies", "objects/companies"} {
		t.Run(path, func(t *testing.T) {
			s, c := portal(t)
			s.Inject(hstest.Fault{Path: path, Times: 9, Status: 429, Body: `{"policyName":"DAILY"}`})
			if got, err := c.Complete(t.Context(), []routing.Event{told(123, "company")}); !errors.Is(err, crm.ErrQuota) || got != nil {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, c := portal(t)
	if _, err := c.Complete(ctx, []routing.Event{told(123, "company")}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
