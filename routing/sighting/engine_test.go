package sighting_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/routing/sighting"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/target"
)

const (
	user    = "005000000000001AAA"
	acme    = "001000000000001AAA"
	beta    = "001000000000002AAA"
	contact = "003000000000001AAA"
)

// org is a CRM with Jane at Acme, and Beta.
func org(t *testing.T) *memcrm.CRM {
	t.Helper()
	db := memcrm.New(&memcrm.Options{Now: func() time.Time { return day("2026-11-21") }})
	for _, r := range []crm.Record{
		{Object: crm.ObjectUser, ID: user, Fields: crm.Fields{"Name": "Owner", "IsActive": "true"}},
		{Object: crm.ObjectAccount, ID: acme, Fields: crm.Fields{"Name": "Acme", "Website": "acme.com", "OwnerId": user}},
		{Object: crm.ObjectAccount, ID: beta, Fields: crm.Fields{"Name": "Beta Ltd", "Website": "beta.io", "OwnerId": user}},
		{Object: crm.ObjectContact, ID: contact, Fields: crm.Fields{
			"FirstName": "Jane", "LastName": "Doe", "Email": "jane@acme.com", "LinkedIn_URL__c": "https://www.linkedin.com/in/jane-doe", "AccountId": acme, "Title": "Director of Sales",
		}},
	} {
		if err := db.Put(r); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func engine(t *testing.T, db *memcrm.CRM, cfg routing.Config, book *target.Book) *routing.Engine {
	t.Helper()
	cfg.Owners.Default, cfg.DRI.Default = user, user
	p, err := routing.NewPolicy(cfg)
	if err != nil {
		t.Fatal(err)
	}
	client := crm.NewClient(db, &crm.ClientOptions{Sleep: func(context.Context, time.Duration) error { return nil }})
	m, err := mirror.Load(t.Context(), client, p)
	if err != nil {
		t.Fatal(err)
	}
	e, err := routing.New(cfg, routing.Deps{CRM: client, Ledger: memledger.New(), Accounts: m, Targets: book}, &routing.Options{
		Now: func() time.Time { return day("2026-11-21") }, Secret: []byte("test"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func created(db *memcrm.CRM, o crm.Object) int {
	n := 0
	for _, e := range db.Effects() {
		if e.Verb == crm.VerbCreate && e.Object == o {
			n++
		}
	}
	return n
}

// TestOneMoveByTwoProvidersAndAWebhook: a file, a provider and HubSpot report the same
// move, each by what it knows, in every order. It is delivered once.
func TestOneMoveByTwoProvidersAndAWebhook(t *testing.T) {
	feed, err := filefeed.Read(strings.NewReader("email,first_name,last_name,company,title,seen_at\njane@acme.com,Jane,Doe,Beta,CFO,2026-11-18\n"), filefeed.Options{Name: "export"})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := feed.Refresh(t.Context(), []tracking.Person{jane().Person})
	if err != nil || answers.Answers[0].Err != nil {
		t.Fatal(err, answers)
	}
	last := jane()
	last.Person.RecordID = contact
	byFile := sighting.Observe(matching.Profile{}, feed.Name(), last, answers.Answers[0].Profile).Event
	byPage := profile("Beta Ltd.", "beta.io", "Chief Financial Officer")
	byPage.Current[0].StartedOn = day("2026-11-02")
	byAPI := sighting.Observe(matching.Profile{}, "peopledatalabs", sighting.Last{Person: tracking.Person{LinkedIn: "linkedin.com/in/jane-doe", FirstName: "Jane", LastName: "Doe", Company: last.Person.Company}}, byPage).Event
	webhook := routing.Event{
		Source: "hubspot", ID: "9001", OccurredAt: day("2026-11-20"),
		Person: routing.Person{HubSpotID: "501", FirstName: "Jane", LastName: "Doe", Emails: []string{"jane@acme.com"}},
		From:   &routing.Place{Company: "Acme"}, To: &routing.Place{Company: "Beta", Domain: "beta.io", Email: "jane@beta.io", Title: "CFO"},
	}
	events := []routing.Event{byFile, byAPI, webhook}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			db := org(t)
			e := engine(t, db, routing.DefaultConfig(), nil)
			var whats []string
			for _, i := range order {
				r, err := e.Handle(t.Context(), events[i])
				if err != nil {
					t.Fatal(err)
				}
				whats = append(whats, string(r.Outcome.What))
			}
			if !slices.Equal(whats, []string{"contact_created", "duplicate_move", "duplicate_move"}) || created(db, crm.ObjectContact) != 1 || created(db, crm.ObjectLead) != 0 {
				t.Errorf("%v, %d contacts", whats, created(db, crm.ObjectContact))
			}
			if old, _ := db.Record(contact); old.Fields["Left_Company__c"] != "true" {
				t.Error("the past record is not marked")
			}
		})
	}
}

// found asks a provider for all personas at all accounts that are searched.
func found(t *testing.T, p tracking.Provider, round target.Round, at time.Time) []target.Prospect {
	t.Helper()
	var out []target.Prospect
	for _, w := range round.Book.Accounts() {
		if !w.Searched() {
			continue
		}
		for _, persona := range target.Counting(round.Personas, w.Personas()) {
			f, err := p.Find(t.Context(), matching.Company{Name: w.Name, Domain: w.Website}, persona, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, profile := range f.Profiles {
				out = append(out, target.Prospect{Person: profile.Person, AccountID: w.ID, Source: p.Name(), FoundAt: at})
			}
		}
	}
	return out
}

// TestAT07CapOverTwoRuns: five people are found at one account, three of them are
// delivered, and the other two in the next run, each once.
func TestAT07CapOverTwoRuns(t *testing.T) {
	feed, err := filefeed.Read(strings.NewReader(`full_name,linkedin_url,domain,title
Ann One,linkedin.com/in/one,beta.io,Director of Marketing
Bob Two,linkedin.com/in/two,beta.io,VP Marketing
Cid Three,linkedin.com/in/three,beta.io,Director of Sales
Dee Four,linkedin.com/in/four,beta.io,SVP Marketing
Eve Five,linkedin.com/in/five,beta.io,VP Sales
Fay Six,linkedin.com/in/six,beta.io,Executive Assistant to the VP of Marketing
Gus Seven,linkedin.com/in/seven,acme.com,VP Marketing
`), filefeed.Options{})
	if err != nil || len(feed.Problems()) > 0 {
		t.Fatal(err, feed.Problems())
	}
	cfg := routing.DefaultConfig()
	cfg.Personas = []tracking.Persona{
		{Name: "Marketing", Include: []tracking.Phrase{{Text: "Marketing"}}, Exclude: []tracking.Phrase{{Text: "Assistant"}}},
		{Name: "Sales", Include: []tracking.Phrase{{Text: "Sales"}}},
	}
	report := func(id string, search target.YesNo, account, website string) target.Listing {
		return target.Listing{Report: target.Report{ID: id, Category: target.CategoryTarget, SearchProspects: search}, Accounts: []target.Account{{ID: account, Website: website}}}
	}
	book := target.Merge(report("00O000000000001AAA", target.Unsaid, beta, "beta.io"), report("00O000000000002AAA", target.No, acme, "acme.com"))
	db := org(t)
	e := engine(t, db, cfg, book)
	delivered := map[string]bool{}
	round := target.Round{Book: book, Personas: cfg.Personas, PerAccount: 3, Known: func(p tracking.Person) bool {
		return slices.ContainsFunc(p.Keys(), func(k string) bool { return delivered[k] })
	}}
	var carried []target.Prospect
	for run, want := range [][]string{{"Four", "Two", "One"}, {"Five", "Three"}, nil} {
		c := round.Choose(carried, found(t, feed, round, day("2026-11-21").AddDate(0, 0, run)))
		carried = c.Carried
		var names []string
		for _, p := range c.Delivered {
			names = append(names, p.Person.LastName)
			for _, k := range p.Person.Keys() {
				delivered[k] = true
			}
			r, err := e.Handle(t.Context(), sighting.Hire(p))
			if err != nil || r.Outcome.What != routing.WhatContact || r.Plan.Persona != p.Persona || r.Plan.Signal != target.SignalNewHire {
				t.Errorf("%s: %s %s, %v", p.Person.LastName, r.Outcome.What, r.Outcome.Reason, err)
			}
			if row, _ := db.Record(r.Outcome.ContactID); row.Fields["AccountId"] != beta || row.Fields["Title"] != p.Person.Title {
				t.Errorf("%s stands at %s as %s", p.Person.LastName, row.Fields["AccountId"], row.Fields["Title"])
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("run %d delivers %v, want %v; carried %d", run+1, names, want, len(c.Carried))
		}
	}
	if n := created(db, crm.ObjectContact); n != 5 {
		t.Errorf("%d contacts", n)
	}
}

// Who is gone is told by that class alone.
func TestSilentProviderIsNoDeparture(t *testing.T) {
	feed, err := filefeed.Read(strings.NewReader("email,company\nsomebody@else.com,Else\n"), filefeed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := feed.Refresh(t.Context(), []tracking.Person{jane().Person})
	if err != nil || !errors.Is(got.Answers[0].Err, tracking.ErrUnknown) || errors.Is(got.Answers[0].Err, tracking.ErrGone) {
		t.Errorf("%v, %v", got.Answers[0].Err, err)
	}
}
