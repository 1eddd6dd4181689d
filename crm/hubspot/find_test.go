package hubspot

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

func is(field string, values ...string) crm.Cond {
	return crm.Cond{Field: field, Op: crm.OpIn, Values: values}
}

// ask puts one query, and reads all its pages.
func ask(t *testing.T, c *Client, q crm.Query) []crm.Record {
	t.Helper()
	var rows []crm.Record
	for {
		pages, err := c.Find(t.Context(), []crm.Query{q})
		if err != nil || pages[0].Err != nil {
			t.Fatalf("find: %v, %v", err, pages)
		}
		rows = append(rows, pages[0].Records...)
		if q.Cursor = pages[0].Next; q.Cursor == "" {
			return rows
		}
	}
}

// refusedFind wants a query refused without a call to records.
func refusedFind(t *testing.T, c *Client, q crm.Query) *crm.Error {
	t.Helper()
	pages, err := c.Find(t.Context(), []crm.Query{q})
	var e *crm.Error
	if err != nil || !errors.As(pages[0].Err, &e) || !errors.Is(e, crm.ErrInvalid) {
		t.Fatalf("%v, %v; want the query refused", err, pages)
	}
	return e
}

func idsOf(rows []crm.Record) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

// TestQueriesOnTheWire shows which call answers which query.
func TestQueriesOnTheWire(t *testing.T) {
	s, c := local(t, nil)
	if _, err := c.Describe(t.Context(), crm.ObjectContact); err != nil {
		t.Fatal(err)
	}
	s.PutContact(7, map[string]string{"email": "ann.lee@example.com", "lastname": "Lee"})
	rows := map[string]struct {
		where        []crm.Cond
		path, body   string
		found        int
		rest, search int // calls
	}{
		"by id": {
			where: []crm.Cond{is("Id", "7", "9", "no id")}, found: 1, rest: 1,
			path: "/crm/v3/objects/contacts/batch/read",
			body: `{"properties":["hs_merged_object_ids","hs_object_id","lastname"],"propertiesWithHistory":[],"inputs":[{"id":"7"},{"id":"9"}]}`,
		},
		"by id and something else": {
			where: []crm.Cond{is("LastName", "LEE"), is("Id", "7")}, found: 1, rest: 1,
			path: "/crm/v3/objects/contacts/batch/read",
			body: `{"properties":["hs_merged_object_ids","hs_object_id","lastname"],"propertiesWithHistory":[],"inputs":[{"id":"7"}]}`,
		},
		"by a unique property": {
			where: []crm.Cond{is("Email", "Ann.Lee@example.com", "ann.lee@example.com")}, found: 1, rest: 1,
			path: "/crm/v3/objects/contacts/batch/read",
			body: `{"properties":["email","lastname"],"propertiesWithHistory":[],"idProperty":"email","inputs":[{"id":"ann.lee@example.com"}]}`,
		},
		"by anything else": {
			where: []crm.Cond{is("LastName", "Lee", "Mo")}, found: 1, search: 1,
			path: "/crm/v3/objects/contacts/search",
			body: `{"filterGroups":[{"filters":[{"propertyName":"hs_object_id","operator":"GT","value":"0"},` +
				`{"propertyName":"lastname","operator":"IN","values":["lee","mo"]}]}],` +
				`"properties":["lastname"],"sorts":[{"propertyName":"hs_object_id","direction":"ASCENDING"}],"limit":200,"after":"0"}`,
		},
		"since": {
			where: []crm.Cond{{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"2026-07-01T09:00:00Z"}}, is("Title", "")}, found: 1, search: 1,
			path: "/crm/v3/objects/contacts/search",
			body: `{"filterGroups":[{"filters":[{"propertyName":"hs_object_id","operator":"GT","value":"0"},` +
				`{"propertyName":"createdate","operator":"GTE","value":"1782896400000"}]}],` +
				`"properties":["createdate","jobtitle","lastname"],"sorts":[{"propertyName":"hs_object_id","direction":"ASCENDING"}],"limit":200,"after":"0"}`,
		},
		"blank or a value": {
			where: []crm.Cond{is("Title", "", "CTO")}, found: 1, search: 1,
			path: "/crm/v3/objects/contacts/search",
			body: `{"filterGroups":[{"filters":[{"propertyName":"hs_object_id","operator":"GT","value":"0"},` +
				`{"propertyName":"jobtitle","operator":"NOT_HAS_PROPERTY"}]},{"filters":[{"propertyName":"hs_object_id","operator":"GT","value":"0"},` +
				`{"propertyName":"jobtitle","operator":"EQ","value":"cto"}]}],` +
				`"properties":["jobtitle","lastname"],"sorts":[{"propertyName":"hs_object_id","direction":"ASCENDING"}],"limit":200,"after":"0"}`,
		},
		"an option in another case": {
			where: []crm.Cond{is("lifecyclestage", "CUSTOMER")}, search: 1,
			path: "/crm/v3/objects/contacts/search",
			body: `{"filterGroups":[{"filters":[{"propertyName":"hs_object_id","operator":"GT","value":"0"},` +
				`{"propertyName":"lifecyclestage","operator":"EQ","value":"customer"}]}],` +
				`"properties":["lastname","lifecyclestage"],"sorts":[{"propertyName":"hs_object_id","direction":"ASCENDING"}],"limit":200,"after":"0"}`,
		},
		"an option that does not exist": {where: []crm.Cond{is("lifecyclestage", "emperor")}},
		"an owner that is no number":    {where: []crm.Cond{is("OwnerId", "005000000000001")}},
		"ids that are none":             {where: []crm.Cond{is("Id", "003000000000001AAA")}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			s.ResetCalls()
			found := ask(t, c, crm.Query{Object: crm.ObjectContact, Select: []string{"LastName"}, Where: row.where})
			if len(found) != row.found {
				t.Errorf("found %d, want %d", len(found), row.found)
			}
			calls := s.Calls()
			if len(calls) != row.rest+row.search {
				t.Fatalf("%d calls, want %d", len(calls), row.rest+row.search)
			}
			if len(calls) > 0 && (calls[0].Path != row.path || string(calls[0].Body) != row.body) {
				t.Errorf("%s %s\nwant %s %s", calls[0].Path, calls[0].Body, row.path, row.body)
			}
		})
	}
}

func TestListOfAll(t *testing.T) {
	s, c := local(t, nil)
	var want []string
	for n := range 230 {
		want = append(want, formatID(s.Create(hstest.Companies, map[string]string{"name": fmt.Sprintf("Firm %d", n)})))
	}
	gone := s.Create(hstest.Companies, nil)
	s.Archive(hstest.Companies, gone)
	got := ask(t, c, crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}})
	if !slices.Equal(idsOf(got), want) || got[229].Fields["Name"] != "Firm 229" {
		t.Errorf("got %d rows", len(got))
	}
	calls := s.CallsTo("/crm/v3/objects/companies")
	if len(calls) != 3 || calls[1].Query != "after="+want[99]+"&archived=false&limit=100&properties=name" {
		t.Errorf("%d calls, the second %q", len(calls), calls[1].Query)
	}
	all := ask(t, c, crm.Query{Object: crm.ObjectAccount, Deleted: true})
	if last := all[len(all)-1]; len(all) != 231 || last.ID != formatID(gone) || !last.Deleted || all[0].Deleted {
		t.Errorf("with deleted ones: %d rows, the last %v", len(all), last)
	}
}

// TestSearchGoesOnPastTenThousand: HubSpot's own cursor ends there.
func TestSearchGoesOnPastTenThousand(t *testing.T) {
	s, c := local(t, func(o *Options) { o.Searches, o.Calls = 1000, 1000 })
	s.LimitSearches(0)
	const n = 10_250
	for range n {
		s.Create(hstest.Contacts, map[string]string{"country": "Austria"})
	}
	s.Create(hstest.Contacts, map[string]string{"country": "Australia"})
	rows := ask(t, c, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{is("MailingCountry", "austria")}})
	if len(rows) != n || !slices.IsSorted(idsOf(rows)) {
		t.Errorf("%d rows, want %d in order", len(rows), n)
	}
	if calls := len(s.CallsTo("/search")); calls != 52 {
		t.Errorf("%d searches, want 52", calls)
	}
}

// TestSearchLags: what was just written is not found by a search, and by id and unique
// property it is.
func TestSearchLags(t *testing.T) {
	s, c := local(t, nil)
	s.SetLag(time.Hour)
	id := formatID(s.Create(hstest.Contacts, map[string]string{"lastname": "Lee", "email": "lee@example.com"}))
	count := func(cond crm.Cond) int {
		return len(ask(t, c, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{cond}}))
	}
	if n := count(is("LastName", "Lee")); n != 0 {
		t.Errorf("the search knows %d already", n)
	}
	if count(is("Id", id)) != 1 || count(is("Email", "lee@example.com")) != 1 {
		t.Error("by id and by address the contact is there at once")
	}
	s.CatchUp()
	if n := count(is("LastName", "Lee")); n != 1 {
		t.Errorf("the search knows %d, want it to have caught up", n)
	}
	s.SetLag(time.Hour)
	n, err := ParseID(id)
	if err != nil {
		t.Fatal(err)
	}
	s.PutContact(n, map[string]string{"lastname": "Mo"})
	if got := ask(t, c, crm.Query{Object: crm.ObjectContact, Select: []string{"LastName"}, Where: []crm.Cond{is("LastName", "Lee")}}); len(got) != 1 {
		t.Errorf("%d rows, want the one of which the search does not know better", len(got))
	}
}

// TestUnsortedSearchIsNoAnswer: paging by the last row would lose others.
func TestUnsortedSearchIsNoAnswer(t *testing.T) {
	s, c := local(t, nil)
	s.Inject(hstest.Fault{Path: "/search", Status: 200, Body: `{"total":2,"results":[{"id":"9","properties":{"lastname":"Lee"}},{"id":"7","properties":{"lastname":"Lee"}}]}`})
	_, err := c.Find(t.Context(), []crm.Query{{Object: crm.ObjectContact, Where: []crm.Cond{is("LastName", "Lee")}}})
	if !errors.Is(err, crm.ErrUnavailable) || !strings.Contains(err.Error(), codeUnsorted) {
		t.Errorf("%v", err)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	s, c := local(t, nil)
	contact := func(conds ...crm.Cond) crm.Query { return crm.Query{Object: crm.ObjectContact, Where: conds} }
	rows := map[string]struct {
		q     crm.Query
		code  string
		field string
	}{
		"an empty filter":          {contact(is("LastName")), codeNoValues, "LastName"},
		"an unknown field":         {contact(is("Shoe", "46")), codeUnknownField, "Shoe"},
		"an unknown selection":     {crm.Query{Object: crm.ObjectContact, Select: []string{"Shoe"}}, codeUnknownField, "Shoe"},
		"words":                    {contact(crm.Cond{Op: crm.OpWords, Values: []string{"Lee"}}), codeNotSupported, ""},
		"an unknown operator":      {contact(crm.Cond{Field: "LastName", Op: "like", Values: []string{"L%"}}), codeNotSupported, "LastName"},
		"since a text":             {contact(crm.Cond{Field: "LastName", Op: crm.OpSince, Values: []string{"2026-01-01"}}), "INVALID_DATE", "LastName"},
		"since no time":            {contact(crm.Cond{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"soon"}}), "INVALID_DATE", "CreatedDate"},
		"since two times":          {contact(crm.Cond{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"2026-01-01", "2026-01-02"}}), codeNotSupported, "CreatedDate"},
		"deleted ones by name":     {crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{is("LastName", "Lee")}, Deleted: true}, codeNotSupported, ""},
		"a value beyond a search":  {contact(is("LastName", strings.Repeat("x", 3000))), codeTooLong, "LastName"},
		"a cursor of another kind": {crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{is("LastName", "Lee")}, Cursor: "live:5"}, codeBadCursor, ""},
		"a cursor that is none":    {crm.Query{Object: crm.ObjectContact, Cursor: "../5"}, codeBadCursor, ""},
		"owners by a cursor":       {crm.Query{Object: crm.ObjectUser, Cursor: "live:5"}, codeBadCursor, ""},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			e := refusedFind(t, c, row.q)
			if e.Code != row.code || row.field != "" && !slices.Equal(e.Fields, []string{row.field}) {
				t.Errorf("%v, want %s about %q", e, row.code, row.field)
			}
		})
	}
	if n := len(s.CallsTo("/objects/")); n != 0 {
		t.Errorf("%d calls for records", n)
	}
	pages, err := c.Find(t.Context(), []crm.Query{{Object: crm.ObjectLead}, {Object: crm.ObjectContact}})
	if err != nil || !errors.Is(pages[0].Err, crm.ErrNotFound) || pages[1].Err != nil {
		t.Errorf("an object that HubSpot has not: %v, %v", err, pages)
	}
}

// TestLongConditionsAreLeftToTheCheck: a search holds 3,000 characters and six
// filters; what does not fit is looked at here.
func TestLongConditionsAreLeftToTheCheck(t *testing.T) {
	s, c := local(t, nil)
	s.Create(hstest.Contacts, map[string]string{"lastname": "Lee", "firstname": "Ann", "city": "Graz"})
	want := s.Create(hstest.Contacts, map[string]string{"lastname": "Lee", "firstname": "Bea", "city": "Graz"})
	var long []string
	for n := range 100 {
		long = append(long, fmt.Sprintf("somebody else %d", n))
	}
	q := crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{
		is("LastName", append([]string{"lee"}, long...)...), is("FirstName", append([]string{"bea"}, long...)...), is("city", "graz"),
	}}
	if got := idsOf(ask(t, c, q)); !slices.Equal(got, []string{formatID(want)}) {
		t.Errorf("found %v, want %d", got, want)
	}
	body := s.CallsTo("/search")[0].Body
	if n := len(body); n > maxSearch || strings.Count(string(body), `"IN"`) != 1 || !strings.Contains(string(body), "graz") {
		t.Errorf("%d bytes: %s", n, body)
	}
}

func TestPrimaryCompanyOfRows(t *testing.T) {
	s, c := local(t, nil)
	acme, old := s.Create(hstest.Companies, nil), s.Create(hstest.Companies, nil)
	lee, mo := s.Create(hstest.Contacts, nil), s.Create(hstest.Contacts, nil)
	s.Associate(lee, old, then)
	s.Associate(lee, acme, then)
	got := map[string]string{}
	for _, r := range ask(t, c, crm.Query{Object: crm.ObjectContact, Select: []string{"AccountId"}}) {
		got[r.ID] = r.Fields["AccountId"]
	}
	if diff := cmp.Diff(map[string]string{formatID(lee): formatID(acme), formatID(mo): ""}, got); diff != "" {
		t.Error(diff)
	}
	by := func(company int64) []string {
		return idsOf(ask(t, c, crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{is("AccountId", formatID(company))}}))
	}
	if !slices.Equal(by(acme), []string{formatID(lee)}) || len(by(old)) != 0 {
		t.Errorf("by company: %v and %v", by(acme), by(old))
	}
}

// TestFailuresOfFind: an outage is the call's error, and is not tried again for each
// query.
func TestFailuresOfFind(t *testing.T) {
	s, c := local(t, nil)
	if _, err := c.Describe(t.Context(), crm.ObjectContact); err != nil {
		t.Fatal(err)
	}
	s.ResetCalls()
	s.LimitDaily(1)
	byID := crm.Query{Object: crm.ObjectContact, Where: []crm.Cond{is("Id", "1")}}
	pages, err := c.Find(t.Context(), []crm.Query{byID, byID, byID})
	if err != nil || pages[0].Err != nil || !errors.Is(pages[1].Err, crm.ErrQuota) || !errors.Is(pages[2].Err, crm.ErrQuota) || len(s.Calls()) != 2 {
		t.Errorf("%v, %v after %d calls", err, pages, len(s.Calls()))
	}
	if _, err := c.Find(t.Context(), []crm.Query{byID, byID}); !errors.Is(err, crm.ErrQuota) {
		t.Errorf("%v, want the whole call failed", err)
	}
}

func TestSearchBodyFits(t *testing.T) {
	_, c := local(t, nil)
	d, err := c.describe(t.Context(), crm.ObjectContact)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for bytes := 0; bytes < maxValueBytes-40 && len(values) < maxValues; bytes = len(strings.Join(values, "")) + 6*len(values) {
		values = append(values, fmt.Sprintf("value-%05d", len(values)))
	}
	a := &asking{client: c, q: crm.Query{Object: crm.ObjectContact, Select: Names().ContactFields(), Where: []crm.Cond{is("LastName", values...)}}, d: d}
	if err := a.check(); err != nil {
		t.Fatal(err)
	}
	body, possible, err := a.searchBody(1 << 62)
	text, _ := json.Marshal(body)
	if err != nil || !possible || len(text) > maxSearch {
		t.Errorf("what Limits allows makes %d characters, %v", len(text), err)
	}
}
