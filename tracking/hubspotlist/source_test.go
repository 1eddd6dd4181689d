package hubspotlist_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/hubspotlist"
	"github.com/onward-crm/onward/tracking/memstore"
)

// account is a HubSpot account and a client of it, over the wire.
func account(t *testing.T) (*hstest.Server, *hubspot.Client) {
	t.Helper()
	s := hstest.New()
	t.Cleanup(s.Close)
	c, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, BaseURL: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// list is the import of a list.
func list(ref string) tracking.Import {
	return tracking.Import{ID: "champions", Kind: tracking.ImportList, Relationship: tracking.User, Ref: ref}
}

// rows reads a source to its end, or to its error.
func rows(t *testing.T, src contacts.Source) (out []tracking.Row, err error) {
	t.Helper()
	for row, e := range src.Rows(t.Context()) {
		if err != nil {
			t.Error("something came after the error")
		}
		if err = e; err == nil {
			out = append(out, row)
		}
	}
	return out, err
}

func TestTR10RowsOfAList(t *testing.T) {
	s, c := account(t)
	ann := s.Create(hstest.Contacts, map[string]string{
		"firstname": "Ann", "lastname": "Lee", "company": "Acme", "email": "ann@acme.com", "hs_additional_emails": "ann.lee@home.example;al@acme.com",
		"jobtitle": "CFO", "hs_linkedin_url": "https://www.linkedin.com/in/ann-lee",
	})
	bob := s.Create(hstest.Contacts, map[string]string{"lastname": "Mo"})
	s.PutList(hstest.List{ID: "17", Members: []int64{ann, bob}})
	want := []tracking.Row{
		{Number: 1, Person: tracking.Person{
			HubSpotID: fmt.Sprint(ann), FirstName: "Ann", LastName: "Lee", Title: "CFO", Company: matching.Company{Name: "Acme"},
			Emails: []string{"ann@acme.com", "ann.lee@home.example", "al@acme.com"}, LinkedIn: "https://www.linkedin.com/in/ann-lee",
		}},
		{Number: 2, Person: tracking.Person{HubSpotID: fmt.Sprint(bob), LastName: "Mo"}},
	}
	got, err := rows(t, hubspotlist.New(c, list("https://app.hubspot.com/contacts/62515/objectLists/17/filters")))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}

// TestTheSalesforceContactIsRead where HubSpot's integration notes it: the person of
// both systems is one.
func TestTheSalesforceContactIsRead(t *testing.T) {
	s, c := account(t)
	s.Define(hstest.Contacts, hstest.Property{Name: "salesforcecontactid"}, hstest.Property{Name: "employer"})
	s.PutContact(5, map[string]string{"email": "ann@acme.com", "salesforcecontactid": "003000000000001", "employer": "Acme"})
	s.PutList(hstest.List{ID: "17", Members: []int64{5}})
	got, err := rows(t, hubspotlist.New(c, list("17")))
	if err != nil || len(got) != 1 || got[0].Person.RecordID != "003000000000001" || got[0].Person.HubSpotID != "5" {
		t.Errorf("by default: %+v, %v", got, err)
	}
	s.PutContact(5, map[string]string{"salesforcecontactid": "001000000000001AAA"})
	got, err = rows(t, hubspotlist.New(c, list("17")))
	if err != nil || len(got) != 1 || got[0].Person.RecordID != "" || got[0].Check() != nil {
		t.Errorf("the integration noted an account: %+v, %v", got, err)
	}
	imp := list("17")
	imp.Mapping = tracking.Mapping{tracking.FieldRecordID: "salesforcecontactid"}
	if got, err = rows(t, hubspotlist.New(c, imp)); err != nil || len(got) != 1 || got[0].Check() == nil {
		t.Errorf("somebody chose the property: %+v, %v", got, err)
	}
	imp.Mapping = tracking.Mapping{tracking.FieldEmail: "Email", tracking.FieldCompany: " employer "}
	want := []tracking.Row{{Number: 1, Person: tracking.Person{HubSpotID: "5", Emails: []string{"ann@acme.com"}, Company: matching.Company{Name: "Acme"}}}}
	got, err = rows(t, hubspotlist.New(c, imp))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("by a mapping: %v, -want +got\n%s", err, diff)
	}
}

// TestListsThatAreRefused: with what to do, and before a member is read.
func TestListsThatAreRefused(t *testing.T) {
	const refused = `{"status":"error","category":"MISSING_SCOPES"}`
	tests := []struct {
		name    string
		ref     string
		mapping tracking.Mapping
		fault   hstest.Fault
		class   error
		says    string
	}{
		{name: "a report's id", ref: "00O5g000004Rk2YEAS", class: tracking.ErrConfig, says: "is the id of a Salesforce report"},
		{name: "no number", ref: "champions", class: tracking.ErrConfig, says: "is not a number"},
		{name: "companies", ref: "2", class: tracking.ErrConfig, says: "list 2 holds companies; choose a list of contacts"},
		{name: "not there", ref: "99", class: tracking.ErrConfig, says: "there is no list 99 in this account, or it was deleted; open the list"},
		{name: "deleted", ref: "4", class: tracking.ErrConfig, says: "there is no list 4 in this account, or it was deleted"},
		{name: "being built", ref: "3", class: crm.ErrUnavailable, says: "list 3: HubSpot is still building it"},
		{name: "an unknown property", ref: "1", mapping: tracking.Mapping{tracking.FieldEmail: "mail", tracking.FieldTitle: "role"},
			class: tracking.ErrConfig, says: "have no property mail, role: write its internal name"},
		{name: "no property of identity", ref: "1", mapping: tracking.Mapping{tracking.FieldTitle: "jobtitle"},
			class: tracking.ErrConfig, says: "no column is mapped by which people are known"},
		{name: "a field that is none", ref: "1", mapping: tracking.Mapping{"shoe": "email"}, class: tracking.ErrConfig, says: `"shoe" is no field`},
		{name: "no scope for lists", ref: "1", fault: hstest.Fault{Path: "/lists/1", Status: 403, Body: refused}, class: crm.ErrDenied, says: "crm.lists.read"},
		{name: "no scope for contacts", ref: "1", fault: hstest.Fault{Path: "/batch/read", Status: 403, Body: refused}, class: crm.ErrDenied, says: "crm.objects.contacts.read"},
		{name: "a token that was withdrawn", ref: "1", fault: hstest.Fault{Status: 401}, class: crm.ErrAuth, says: "takes the token no more"},
		{name: "the day's calls", ref: "1", fault: hstest.Fault{Status: 429, Body: `{"policyName":"DAILY"}`}, class: crm.ErrQuota, says: "tomorrow"},
		{name: "gone while it is read", ref: "1", fault: hstest.Fault{Path: "/memberships", Status: 404, Body: `{"category":"OBJECT_NOT_FOUND"}`},
			class: tracking.ErrConfig, says: "there is no list 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, c := account(t)
			s.PutContact(5, map[string]string{"email": "ann@acme.com"})
			s.PutList(hstest.List{ID: "1", Members: []int64{5}})
			s.PutList(hstest.List{ID: "2", ObjectTypeID: "0-2", Members: []int64{6}})
			s.PutList(hstest.List{ID: "3", Status: "PROCESSING", Members: []int64{5}})
			s.PutList(hstest.List{ID: "4", Deleted: true, Members: []int64{5}})
			if test.fault.Status != 0 {
				s.Inject(test.fault)
			}
			imp := list(test.ref)
			imp.Mapping = test.mapping
			got, err := rows(t, hubspotlist.New(c, imp))
			if !errors.Is(err, test.class) || !strings.Contains(err.Error(), test.says) || len(got) != 0 {
				t.Errorf("%d rows, error %v\nwant %v: %s", len(got), err, test.class, test.says)
			}
		})
	}
}

func TestAReaderMayStop(t *testing.T) {
	s, c := account(t)
	s.PutContact(5, nil)
	s.PutContact(6, nil)
	s.PutList(hstest.List{ID: "1", Members: []int64{5, 6}})
	n := 0
	for range hubspotlist.New(c, list("1")).Rows(t.Context()) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d rows", n)
	}
}

// TestTR11AListIsFollowed: who joins the list joins the roster, who leaves it stops
// using a credit, and a list that cannot be read changes nothing.
func TestTR11AListIsFollowed(t *testing.T) {
	s, c := account(t)
	for id := range int64(4) {
		s.PutContact(id+1, map[string]string{"email": fmt.Sprintf("p%d@acme.com", id+1)})
	}
	service, err := contacts.New(contacts.Deps{Store: new(memstore.Store), Secret: []byte("a secret of many bytes"),
		Open: func(_ context.Context, imp tracking.Import) (contacts.Source, error) {
			return hubspotlist.New(c, imp), nil
		}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	imp := list("17")
	members := func(ids ...int64) (contacts.Report, error) {
		s.PutList(hstest.List{ID: "17", Kind: "DYNAMIC", Members: ids})
		return service.Import(t.Context(), imp, hubspotlist.New(c, imp), nil)
	}
	if r, err := members(1, 2, 3); err != nil || r.After != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := members(2, 3, 4); err != nil || r.Synced.Joined != 1 || r.Synced.Left != 1 {
		t.Errorf("one joined and one left: %+v, %v", r.Synced, err)
	}
	s.Inject(hstest.Fault{Path: "/batch/read", Status: 403})
	if _, err := members(2); !errors.Is(err, crm.ErrDenied) {
		t.Errorf("a list that is hidden: %v", err)
	}
	if r, err := members(2, 3, 4); err != nil || r.Synced.Joined != 0 || r.Synced.Left != 0 {
		t.Errorf("afterwards: %+v, %v", r.Synced, err)
	}
}

// TestAHundredThousandMembers are read within the account's limits and in little
// memory. Time is virtual; nothing but the reader waits.
func TestAHundredThousandMembers(t *testing.T) {
	if raced {
		t.Skip("a hundred thousand contacts, by one goroutine")
	}
	const many = 100_000
	s := hstest.New()
	t.Cleanup(s.Close)
	ids := make([]int64, many)
	for n := range ids {
		ids[n] = int64(n + 1)
		s.PutContact(ids[n], map[string]string{"email": fmt.Sprintf("p%d@acme.com", n), "lastname": "Lee"})
	}
	s.PutList(hstest.List{ID: "1", Members: ids})
	s.Limit(100, 10*time.Second)
	ids = nil
	heap := func() uint64 {
		s.ResetCalls()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	synctest.Test(t, func(t *testing.T) {
		c, err := hubspot.Open(t.Context(), hubspot.Options{Token: hstest.Token, BaseURL: s.URL(), HTTPClient: &http.Client{Transport: s.Transport()}})
		if err != nil {
			t.Fatal(err)
		}
		start, before, most, n := time.Now(), heap(), uint64(0), 0
		for row, err := range hubspotlist.New(c, list("1")).Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; row.Number != n || row.Person.HubSpotID != fmt.Sprint(n) {
				t.Fatalf("row %d is %+v", n, row)
			}
			if n%20_000 == 0 {
				most = max(most, heap())
			}
		}
		took := time.Since(start)
		t.Logf("%d members in %v of HubSpot's time, %d KiB held at most", n, took, (max(most, before)-before)>>10)
		if n != many || most > before+4<<20 || took > 3*time.Minute {
			t.Errorf("%d members in %v, heap %d after %d", n, took, most, before)
		}
	})
}
