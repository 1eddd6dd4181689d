package hubspot

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// TestValuesInTheFormOfPackageCRM: times come as ISO 8601 or milliseconds.
func TestValuesInTheFormOfPackageCRM(t *testing.T) {
	s, c := local(t, nil)
	s.Define(hstest.Companies, hstest.Property{Name: "renewal", Type: "date", FieldType: "date"}, hstest.Property{Name: "seen_at", Type: "datetime", FieldType: "date"})
	a := s.Create(hstest.Companies, map[string]string{
		"name": "Acme", "domain": "acme.com", "hs_additional_domains": "acme.io;acme.dev", "annualrevenue": "1.50E6",
		"renewal": "1782864000000", "seen_at": "1782896400000", "type": "PARTNER",
	})
	b := s.Create(hstest.Companies, map[string]string{"renewal": "2026-07-01", "seen_at": "2026-07-01T09:00:00Z", "annualrevenue": "7.0"})
	q := crm.Query{Object: crm.ObjectAccount, Select: []string{"Id", "Website", "hs_additional_domains", "annualrevenue", "renewal", "seen_at", "Type"}}
	got := ask(t, c, q)
	want := []crm.Fields{
		{
			"Id": formatID(a), "Website": "acme.com", "hs_additional_domains": "acme.io;acme.dev", "annualrevenue": "1500000",
			"renewal": "2026-07-01", "seen_at": "2026-07-01T09:00:00.000Z", "Type": "PARTNER",
		},
		{
			"Id": formatID(b), "Website": "", "hs_additional_domains": "", "annualrevenue": "7",
			"renewal": "2026-07-01", "seen_at": "2026-07-01T09:00:00.000Z", "Type": "",
		},
	}
	if diff := cmp.Diff(want, []crm.Fields{got[0].Fields, got[1].Fields}); diff != "" {
		t.Error(diff)
	}
	account := Names().Account(ask(t, c, crm.Query{Object: crm.ObjectAccount, Select: Names().AccountFields()})[0])
	if account.Website != "acme.com" || account.Domains != "acme.io;acme.dev" || account.Name != "Acme" || account.CreatedAt.IsZero() {
		t.Errorf("%+v", account)
	}
}

func TestOwnersAreUsers(t *testing.T) {
	s, c := local(t, nil)
	for n := range 130 {
		s.AddOwner(hstest.Owner{First: fmt.Sprintf("Owner %d", n), Last: "Lee", Email: fmt.Sprintf("o%d@example.com", n)})
	}
	gone := s.AddOwner(hstest.Owner{First: "Gone", Email: "gone@example.com", Archived: true})
	s.AddOwner(hstest.Owner{First: "Movers", Queue: true})
	rows := ask(t, c, crm.Query{Object: crm.ObjectUser, Select: Names().UserFields()})
	if len(rows) != 131 || len(s.CallsTo("/crm/v3/owners")) != 3 {
		t.Fatalf("%d users in %d calls", len(rows), len(s.CallsTo("/crm/v3/owners")))
	}
	if u := Names().User(rows[5]); u.Name != "Owner 5 Lee" || u.Email != "o5@example.com" || !u.Active || u.ManagerID != "" {
		t.Errorf("%+v", u)
	}
	by := ask(t, c, crm.Query{Object: crm.ObjectUser, Select: []string{"IsActive"}, Where: []crm.Cond{is("Id", formatID(gone))}})
	if len(by) != 1 || by[0].Fields["IsActive"] != "false" || by[0].Deleted {
		t.Errorf("who was deactivated: %v", by)
	}
	active := ask(t, c, crm.Query{Object: crm.ObjectUser, Where: []crm.Cond{is("IsActive", "true"), is("Email", "O7@example.com", "gone@example.com")}})
	if len(active) != 1 {
		t.Errorf("%d active ones by address", len(active))
	}
}

func TestDescribe(t *testing.T) {
	s, c := local(t, nil)
	s.Define(hstest.Contacts, hstest.Property{Name: "hidden_key", Unique: true})
	got, err := c.Describe(t.Context(), crm.ObjectContact)
	if err != nil || got.Creatable || !got.Updatable {
		t.Fatalf("%+v, %v", got, err)
	}
	want := map[string]crm.Field{
		"LastName":           {Type: crm.TypeText, Updatable: true},
		"lastname":           {Type: crm.TypeText, Updatable: true},
		"Email":              {Type: crm.TypeText, Updatable: true, Unique: true, ExternalID: true},
		"Id":                 {Type: crm.TypeID, Unique: true, ExternalID: true},
		"AccountId":          {Type: crm.TypeReference, RefersTo: []crm.Object{crm.ObjectAccount}},
		"OwnerId":            {Type: crm.TypeReference, RefersTo: []crm.Object{crm.ObjectUser}, Updatable: true},
		"HasOptedOutOfEmail": {Type: crm.TypeBoolean},
		"CreatedDate":        {Type: crm.TypeDateTime, Updatable: true},
		"lifecyclestage":     {Type: crm.TypePicklist, Updatable: true, Restricted: true, Values: []string{"lead", "customer", "evangelist"}},
		"hidden_key":         {Type: crm.TypeText, Updatable: true, Unique: true, ExternalID: true},
	}
	for name, f := range want {
		f.Name = name
		have, _ := got.Field(name)
		if diff := cmp.Diff(f, have); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	if _, err := c.Describe(t.Context(), crm.ObjectContact); err != nil || len(s.Calls()) != 1 {
		t.Errorf("%d calls, %v; want the answer kept", len(s.Calls()), err)
	}
	for _, o := range []crm.Object{crm.ObjectLead, "../x"} {
		if _, err := c.Describe(t.Context(), o); !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("%s: %v", o, err)
		}
	}
}
