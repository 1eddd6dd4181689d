package sftest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// soql is the path of a query.
func soql(resource, statement string, more ...string) string {
	v := url.Values{"q": {statement}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return data(resource + "?" + v.Encode())
}

// contacts stores so many contacts.
func (c *client) contacts(n int) {
	c.Helper()
	for i := range n {
		c.seed(crm.ObjectContact, crm.Fields{"LastName": fmt.Sprintf("Person %03d", i), "Email": fmt.Sprintf("p%03d@x.example", i)})
	}
}

func TestQuery(t *testing.T) {
	c := start(t, nil)
	account := c.seed(crm.ObjectAccount, crm.Fields{"Name": "Bob's BBQ"})
	person := c.seed(crm.ObjectContact, crm.Fields{"LastName": "Lee", "AccountId": account})
	r := c.call(http.MethodGet, soql("query", `SELECT Id, Account.Name FROM Contact WHERE Account.Name = 'Bob\'s BBQ'`), "", http.StatusOK)
	c.want(r, "totalSize", 1.0)
	c.want(r, "done", true)
	c.want(r, "records.0.Id", person)
	c.want(r, "records.0.Account.Name", "Bob's BBQ")
	c.want(r, "records.0.attributes.url", data("sobjects/Contact/"+person))

	c.must(c.org.CRM().Delete(person))
	c.want(c.call(http.MethodGet, soql("query", "SELECT COUNT() FROM Contact"), "", http.StatusOK), "totalSize", 0.0)
	r = c.call(http.MethodGet, soql("queryAll", "SELECT Id FROM Contact WHERE IsDeleted = true"), "", http.StatusOK)
	c.want(r, "records.0.Id", person)

	for statement, want := range map[string]string{
		"":                             "MALFORMED_QUERY",
		"SELECT Nope FROM Contact":     "INVALID_FIELD",
		"SELECT Id FROM Nope":          "INVALID_TYPE",
		"SELECT Id FROM Contact LIMIT": "MALFORMED_QUERY",
	} {
		c.want(c.call(http.MethodGet, soql("query", statement), "", http.StatusBadRequest), "0.errorCode", want)
	}
	c.want(c.call(http.MethodGet, soql("tooling/query", "SELECT Id FROM SandboxProcess"), "", http.StatusBadRequest), "0.errorCode", "INVALID_TYPE")
}

// TestQueryPages reads an answer to its end while records come and go.
func TestQueryPages(t *testing.T) {
	c := start(t, &sftest.Options{PageRows: 3})
	c.contacts(8)
	r := c.call(http.MethodGet, soql("query", "SELECT LastName FROM Contact ORDER BY LastName DESC"), "", http.StatusOK)
	c.seed(crm.ObjectContact, crm.Fields{"LastName": "Zed"})
	seen := map[any]bool{}
	for pages := 1; ; pages++ {
		c.want(r, "totalSize", 8.0)
		records, _ := r.at("records").([]any)
		for _, rec := range records {
			seen[follow(rec, "LastName")] = true
		}
		next, more := r.at("nextRecordsUrl").(string)
		if done := r.at("done"); done != !more {
			t.Fatalf("page %d: done %v, next %q", pages, done, next)
		}
		if !more {
			if len(seen) != 8 || pages != 3 || seen["Zed"] {
				t.Errorf("%d records on %d pages, want 8 on 3", len(seen), pages)
			}
			return
		}
		r = c.call(http.MethodGet, next, "", http.StatusOK)
	}
}

func TestQueryBatchSize(t *testing.T) {
	c := start(t, nil)
	c.contacts(250)
	for header, want := range map[string]int{"batchSize=200": 200, "batchSize=1": 200, "batchSize=210": 210, "": 250} {
		r := c.with("Sforce-Query-Options", header).call(http.MethodGet, soql("query", "SELECT Id FROM Contact"), "", http.StatusOK)
		if got, _ := r.at("records").([]any); len(got) != want {
			t.Errorf("%s: %d records, want %d", header, len(got), want)
		}
	}
}

func TestCursorsEnd(t *testing.T) {
	var hours atomic.Int64
	clock := func() time.Time {
		return time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours.Load()) * time.Hour)
	}
	c := start(t, &sftest.Options{PageRows: 1, Now: clock, TokenLife: 1000 * time.Hour})
	c.contacts(2)
	open := func() string {
		next, _ := c.call(http.MethodGet, soql("query", "SELECT Id FROM Contact"), "", http.StatusOK).at("nextRecordsUrl").(string)
		return next
	}
	next := open()
	hours.Store(47)
	c.call(http.MethodGet, next, "", http.StatusOK)
	hours.Store(49)
	c.want(c.call(http.MethodGet, next, "", http.StatusBadRequest), "0.errorCode", "INVALID_QUERY_LOCATOR")
	next = open()
	for range 50 {
		open()
	}
	c.want(c.call(http.MethodGet, next, "", http.StatusBadRequest), "0.errorCode", "INVALID_QUERY_LOCATOR")
	next = open()
	id := next[:strings.LastIndexByte(next, '-')]
	for _, locator := range []string{id, id + "-2", id + "--1", id + "-x", data("query/nonsense-1")} {
		c.want(c.call(http.MethodGet, locator, "", http.StatusBadRequest), "0.errorCode", "INVALID_QUERY_LOCATOR")
	}
}

func TestQueryColumns(t *testing.T) {
	c := start(t, nil)
	r := c.call(http.MethodGet, soql("query", "SELECT Id, Nope.Name, AnnualRevenue, (SELECT Id FROM Contacts) FROM Account", "columns", "true"), "", http.StatusBadRequest)
	c.want(r, "0.errorCode", "INVALID_FIELD")
	r = c.call(http.MethodGet, soql("query", "SELECT Id, Parent.Name, AnnualRevenue, (SELECT Id FROM Contacts) FROM Account", "columns", "true"), "", http.StatusOK)
	for path, want := range map[string]any{
		"entityName": "Account", "keyPrefix": "001", "idSelected": true, "columnMetadata.0.columnName": "Id",
		"columnMetadata.1.columnName": "Parent", "columnMetadata.1.joinColumns.0.columnName": "Name",
		"columnMetadata.2.numberType": true, "columnMetadata.3.columnName": "Contacts", "columnMetadata.3.aggregate": true,
	} {
		c.want(r, path, want)
	}
}

func TestQueryExplain(t *testing.T) {
	c := start(t, nil)
	c.contacts(40)
	for where, want := range map[string]string{"Email = 'p001@x.example'": "Index", "LastName LIKE '%x'": "TableScan"} {
		path := data("query?explain=" + url.QueryEscape("SELECT Id FROM Contact WHERE "+where))
		r := c.call(http.MethodGet, path, "", http.StatusOK)
		c.want(r, "plans.0.leadingOperationType", want)
		c.want(r, "plans.0.sobjectCardinality", 40.0)
	}
}

func TestSearch(t *testing.T) {
	c := start(t, nil)
	lead := c.seed(crm.ObjectLead, crm.Fields{"FirstName": "Ann", "LastName": "Lee", "Company": "NewCo"})
	c.seed(crm.ObjectContact, crm.Fields{"FirstName": "Bo", "LastName": "Lee"})
	only := func(r reply, n int) {
		t.Helper()
		if got, _ := r.at("searchRecords").([]any); len(got) != n {
			t.Errorf("%d records, want %d: %s", len(got), n, r.text)
		}
	}
	r := c.call(http.MethodGet, soql("search", "FIND {ann lee} IN NAME FIELDS RETURNING Lead(Id, Company), Contact(Id)"), "", http.StatusOK)
	only(r, 1)
	c.want(r, "searchRecords.0.Id", lead)
	c.want(r, "searchRecords.0.Company", "NewCo")
	c.want(c.call(http.MethodGet, soql("search", "FIND {a}"), "", http.StatusBadRequest), "0.errorCode", "MALFORMED_SEARCH")

	r = c.call(http.MethodGet, soql("parameterizedSearch", "lee", "in", "NAME", "sobject", "Lead", "Lead.fields", "Id,Name", "Lead.limit", "5"), "", http.StatusOK)
	only(r, 1)
	c.want(r, "searchRecords.0.Name", "Ann Lee")
	post := func(body string, status int) reply {
		t.Helper()
		return c.call(http.MethodPost, data("parameterizedSearch"), body, status)
	}
	r = post(`{"q":"Lee","in":"NAME","fields":["Id"],"sobjects":[{"name":"Lead","where":"IsConverted = false","limit":20},{"name":"Contact"}],"overallLimit":100}`, http.StatusOK)
	only(r, 2)
	only(post(`{"q":"Lee","sobjects":[{"name":"Lead"},{"name":"Contact"}],"overallLimit":1}`, http.StatusOK), 1)
	for _, body := range []string{
		`{`, `{"q":"Lee","unknown":1}`, `{"q":"a-b"}`, `{"q":"Lee","in":"BODY"}`, `{"q":"Lee","overallLimit":-1}`,
		`{"q":"Lee","sobjects":[{"name":"Lead","where":"Id != null) LIMIT 1, Contact(Id"}]}`, `{"q":"Lee","sobjects":[{"name":"Nope"}]}`,
	} {
		post(body, http.StatusBadRequest)
	}
	c.call(http.MethodGet, soql("parameterizedSearch", "lee", "Contact.fields", "Id"), "", http.StatusBadRequest)
}
