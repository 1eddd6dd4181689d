package soql_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// now is a Wednesday.
var now = time.Date(2026, 11, 4, 15, 0, 0, 0, time.UTC)

// org is a CRM as a source. With blind it hands no condition on, so that all
// work is left to package soql.
type org struct {
	*memcrm.CRM
	blind bool
	finds []crm.Query
}

func (o *org) Schema(name crm.Object) (crm.Schema, bool) {
	s, err := o.Describe(context.Background(), name)
	return s, err == nil
}

func (o *org) Find(ctx context.Context, q crm.Query) (crm.Page, error) {
	o.finds = append(o.finds, q)
	if o.blind {
		q.Where = nil
	}
	pages, err := o.CRM.Find(ctx, []crm.Query{q})
	if err != nil {
		return crm.Page{}, err
	}
	return pages[0], pages[0].Err
}

func (o *org) Now() time.Time { return now }

func (o *org) RecordURL(name crm.Object, id string) string {
	return "/services/data/v66.0/sobjects/" + string(name) + "/" + id
}

const (
	user    = "005000000000001AAA"
	manager = "005000000000002AAA"
	queue   = "00G000000000001EAA"
)

func id(prefix string, n int) string {
	digits := "0000000000" + string(rune('0'+n/10)) + string(rune('0'+n%10))
	wide, err := crm.WidenID(prefix + digits)
	if err != nil {
		panic(err)
	}
	return wide
}

// newOrg makes a small org: three companies, five people, leads, a deal and two
// job changes.
func newOrg(t testing.TB, schemas ...crm.Schema) *org {
	t.Helper()
	all := append(memcrm.DefaultSchemas(crm.DefaultNames()), schemas...)
	o := &org{CRM: memcrm.New(&memcrm.Options{Schemas: all, Now: func() time.Time { return now }, PageRows: 3})}
	put := func(object crm.Object, id string, f crm.Fields) {
		if err := o.Put(crm.Record{Object: object, ID: id, Fields: f}); err != nil {
			t.Fatal(err)
		}
	}
	put(crm.ObjectUser, manager, crm.Fields{"Name": "Mia Boss", "Email": "mia@own.example", "IsActive": "true"})
	put(crm.ObjectUser, user, crm.Fields{"Name": "Uli Owner", "Email": "uli@own.example", "IsActive": "false", "ManagerId": manager})
	put(crm.ObjectGroup, queue, crm.Fields{"Name": "Inbound", "Type": "Queue"})
	put(crm.ObjectAccount, id("001", 1), crm.Fields{"Name": "Acme", "Website": "https://acme.example", "OwnerId": user, "Industry": "Tools",
		"AnnualRevenue": "1000", "BillingCountry": "DE", "CreatedDate": "2026-11-04T00:00:00.000Z", "Onward_Key__c": "Key-A"})
	put(crm.ObjectAccount, id("001", 2), crm.Fields{"Name": "Bob's BBQ", "OwnerId": manager, "Industry": "Food", "AnnualRevenue": "250.5",
		"CreatedDate": "2026-11-03T23:59:59.000Z", "ParentId": id("001", 1)})
	put(crm.ObjectAccount, id("001", 3), crm.Fields{"Name": "100%_pure", "OwnerId": user, "CreatedDate": "2025-12-31T12:00:00.000Z"})
	people := []crm.Fields{
		{"FirstName": "Ann", "LastName": "Lee", "Email": "Ann@Acme.example", "AccountId": id("001", 1), "Title": "CEO", "Birthdate": "1980-02-29"},
		{"FirstName": "Zoë", "LastName": "Lee", "Email": "zoe@acme.example", "AccountId": id("001", 1), "HasOptedOutOfEmail": "true"},
		{"FirstName": "Bo", "LastName": "O'Neil", "AccountId": id("001", 2), "Title": "ceo", "Birthdate": "1990-01-01"},
		{"LastName": "Mo", "Email": "mo@free.example"},
		{"FirstName": "Cy", "LastName": "Ray", "Title": "back\\slash"},
	}
	for i, f := range people {
		f["OwnerId"] = user
		f["CreatedDate"] = "2026-10-0" + string(rune('1'+i)) + "T08:00:00.000Z"
		put(crm.ObjectContact, id("003", i+1), f)
	}
	put(crm.ObjectLead, id("00Q", 1), crm.Fields{"FirstName": "Ann", "LastName": "Lee", "Company": "NewCo", "OwnerId": queue, "Email": "ann@newco.example"})
	put(crm.ObjectLead, id("00Q", 2), crm.Fields{"LastName": "Kim", "Company": "Acme", "OwnerId": user})
	put(crm.ObjectOpportunity, id("006", 1), crm.Fields{"Name": "Big", "AccountId": id("001", 1), "StageName": "Proposal", "CloseDate": "2026-11-20", "Amount": "10"})
	put(crm.ObjectOpportunityRole, id("00K", 1), crm.Fields{"OpportunityId": id("006", 1), "ContactId": id("003", 1)})
	put(crm.ObjectJobChange, id("a00", 1), crm.Fields{"External_Id__c": "e1", "Old_Account__c": id("001", 1), "New_Account__c": id("001", 2), "Contact__c": id("003", 3)})
	put(crm.ObjectJobChange, id("a00", 2), crm.Fields{"External_Id__c": "e2", "Old_Account__c": id("001", 1)})
	if err := o.Delete(id("003", 5)); err != nil {
		t.Fatal(err)
	}
	return o
}

// answer runs a statement and gives its size and its rows as JSON.
func answer(t testing.TB, o *org, statement string, all bool) (int, []string) {
	t.Helper()
	size, rows, err := try(o, statement, all)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return size, rows
}

func try(o *org, statement string, all bool) (int, []string, error) {
	q, err := soql.Parse(statement)
	if err != nil {
		return 0, nil, err
	}
	ctx := context.Background()
	got, err := soql.Run(ctx, o, q, all)
	if err != nil {
		return 0, nil, err
	}
	if q.IsCount() {
		return got.Size, nil, nil
	}
	rows, err := got.Rows(ctx, 0, got.Size)
	if err != nil {
		return 0, nil, err
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		b, err := json.Marshal(row)
		if err != nil {
			return 0, nil, err
		}
		out[i] = string(b)
	}
	return got.Size, out, nil
}

// names gives the ids of rows by their last two digits, which is enough here.
func names(t testing.TB, rows []string) string {
	t.Helper()
	out := ""
	for _, row := range rows {
		var r struct{ ID string }
		if err := json.Unmarshal([]byte(row), &r); err != nil {
			t.Fatal(err)
		}
		if out != "" {
			out += " "
		}
		out += r.ID[14:15]
	}
	return out
}

// code is the code of a refusal, "" when there is none.
func code(err error) string {
	var e *soql.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "unclassed: " + err.Error()
	}
	return ""
}
