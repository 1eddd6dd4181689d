package sftest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestIDsInRecords: an id belongs in the path or in a collection, never in what
// is inserted.
func TestIDsInRecords(t *testing.T) {
	c := start(t, nil)
	id := c.seed(crm.ObjectContact, crm.Fields{"LastName": "Lee"})
	named := `{"Id":"` + id + `","LastName":"Mo"}`
	c.want(c.call(http.MethodPost, data("sobjects/Contact"), named, 400), "0.errorCode", "INVALID_FIELD_FOR_INSERT_UPDATE")
	c.want(c.call(http.MethodPatch, data("sobjects/Contact/"+id), named, 400), "0.errorCode", "INVALID_FIELD")
	c.want(c.call(http.MethodPatch, data("sobjects/Contact/Onward_Key__c/k"), named, 400), "0.errorCode", "INVALID_FIELD")
	r := c.call(http.MethodPost, data("composite/sobjects"), records(false, item(crm.ObjectContact, `"id":"`+id+`","LastName":"Mo"`)), 200)
	c.want(r, "0.errors.0.statusCode", "INVALID_FIELD_FOR_INSERT_UPDATE")
	both := records(false, item(crm.ObjectContact, `"Id":"`+id+`","Onward_Key__c":"k","LastName":"Mo"`))
	r = c.call(http.MethodPatch, data("composite/sobjects/Contact/Onward_Key__c"), both, 200)
	c.want(r, "0.errors.0.statusCode", "INVALID_FIELD_FOR_INSERT_UPDATE")
	if c.count(crm.ObjectContact) != 1 {
		t.Errorf("%d contacts, want the one that was there", c.count(crm.ObjectContact))
	}
}

// TestUpsertByID changes what has an id and inserts the rest.
func TestUpsertByID(t *testing.T) {
	c := start(t, nil)
	id := c.seed(crm.ObjectContact, crm.Fields{"LastName": "Lee"})
	body := records(false, item(crm.ObjectContact, `"id":"`+id+`","LastName":"Mo"`), item(crm.ObjectContact, `"LastName":"Ray"`),
		item(crm.ObjectLead, `"LastName":"Ray"`))
	r := c.call(http.MethodPatch, data("composite/sobjects/Contact/Id"), body, 200)
	for path, want := range map[string]any{
		"0.id": id, "0.created": false, "1.created": true, "1.success": true, "2.success": false, "2.errors.0.statusCode": "INVALID_INPUT",
	} {
		c.want(r, path, want)
	}
	old := "/services/data/v45.0/composite/sobjects/Contact/Id"
	if r = c.call(http.MethodPatch, old, body, 200); strings.Contains(r.text, `"created"`) {
		t.Errorf("created is told before v46: %s", r.text)
	}
}

// TestBulkRowsStandForThemselves: a row that is wrong says nothing of the others.
func TestBulkRowsStandForThemselves(t *testing.T) {
	c := start(t, nil)
	var ids []string
	for range 3 {
		ids = append(ids, c.seed(crm.ObjectContact, crm.Fields{"LastName": "Lee"}))
	}
	load := func(job, rows string) string {
		t.Helper()
		id, _ := c.call(http.MethodPost, data("jobs/ingest"), job, 200).at("id").(string)
		c.with("Content-Type", "text/csv").call(http.MethodPut, data("jobs/ingest/"+id+"/batches"), rows, 201)
		r := c.call(http.MethodPatch, data("jobs/ingest/"+id), `{"state":"UploadComplete"}`, 200)
		c.call(http.MethodGet, data("jobs/ingest/"+id), "", 200)
		if r.status != 200 {
			t.Fatal(r.text)
		}
		return c.call(http.MethodGet, data("jobs/ingest/"+id+"/successfulResults"), "", 200).text
	}
	done := load(`{"object":"Contact","operation":"delete"}`, "Id\n"+ids[0]+"\n\"\"\n\""+ids[1]+",x\"\n"+ids[2]+"\n")
	if !strings.Contains(done, ids[0]) || strings.Contains(done, ids[1]) || !strings.Contains(done, ids[2]) {
		t.Errorf("deleted:\n%s", done)
	}
	done = load(`{"object":"Contact","operation":"upsert","externalIdFieldName":"Id"}`, "Id,LastName\n"+ids[1]+",Mo\n,Ray\n")
	if strings.Count(done, `"true"`) != 1 || strings.Count(done, `"false"`) != 1 {
		t.Errorf("upserted by id:\n%s", done)
	}
}

// TestHangUpsDoNotStopWrites: a call that arrived is carried out, as on a server
// far away.
func TestHangUpsDoNotStopWrites(t *testing.T) {
	c := start(t, nil)
	id := c.seed(crm.ObjectAccount, crm.Fields{"Name": "Acme", "Onward_Key__c": "k"})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r := httptest.NewRequestWithContext(ctx, http.MethodPatch, data("sobjects/Account/Onward_Key__c/k"), strings.NewReader(`{"Site":"HQ"}`))
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.org.ServeHTTP(w, r)
	if x, _ := c.org.CRM().Record(id); x.Fields["Site"] != "HQ" || c.count(crm.ObjectAccount) != 1 {
		t.Errorf("status %d %s, account %v", w.Code, w.Body, x.Fields)
	}
}

// TestReferencesKeepTheirCharacters: what a reference leads to is a value, not a
// part of the address.
func TestReferencesKeepTheirCharacters(t *testing.T) {
	c := start(t, nil)
	r := c.call(http.MethodPost, data("composite"), compositeOf(true,
		part("acc", "POST", "sobjects/Account", `{"Name":"A&B + C=D #1"}`),
		part("read", "GET", "sobjects/Account/@{acc.id}", ""),
		part("find", "GET", "query?q="+url.QueryEscape("SELECT Id FROM Account WHERE Name = '")+"@{read.Name}'", "")), 200)
	c.want(r, "compositeResponse.2.body.totalSize", 1.0)
}

func TestBatchesTakeSimpleCallsOnly(t *testing.T) {
	c := start(t, nil)
	one := func(method, path string) string {
		return `{"batchRequests":[{"method":"` + method + `","url":"v66.0/` + path + `"}]}`
	}
	c.want(c.call(http.MethodPost, data("composite/batch"), one("GET", "limits"), 200), "results.0.statusCode", 200.0)
	for _, path := range []string{"composite", "composite/batch", "jobs/query", "actions/custom/flow/x", ""} {
		c.want(c.call(http.MethodPost, data("composite/batch"), one("POST", path), 400), "0.errorCode", "INVALID_INPUT")
	}
}

func TestBodiesNeedTheirType(t *testing.T) {
	c := start(t, nil)
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "text/csv"} {
		r := c.with("Content-Type", media).call(http.MethodPost, data("sobjects/Contact"), `{"LastName":"Lee"}`, 415)
		c.want(r, "0.errorCode", "UNSUPPORTED_MEDIA_TYPE")
	}
	c.with("Content-Type", "application/json; charset=UTF-8").call(http.MethodPost, data("sobjects/Contact"), `{"LastName":"Lee"}`, 201)
}

func TestVersionsAreSpelledOneWay(t *testing.T) {
	c := start(t, nil)
	for _, v := range []string{"v30.0", "v99.0", "v066.0", "v+66.0", "66.0", "v66", "v66.1", "V66.0"} {
		c.call(http.MethodGet, "/services/data/"+v+"/limits", "", 404)
	}
	c.call(http.MethodGet, "//services//data/v31.0//limits", "", 200)
}

// TestOrgTellsAboutItself answers what a check of an org asks for.
func TestOrgTellsAboutItself(t *testing.T) {
	c := start(t, nil)
	c.org.CRM().AddDuplicateRule(memcrm.DuplicateRule{Name: "Same e-mail", Object: crm.ObjectLead, Fields: []string{"Email"}})
	r := c.call(http.MethodGet, soql("query", "SELECT SobjectType FROM DuplicateRule WHERE IsActive = true ORDER BY SobjectType"), "", 200)
	c.want(r, "records.0.SobjectType", "Lead")
	r = c.call(http.MethodGet, soql("query", "SELECT PermissionSet.PermissionsModifyAllData, PermissionSet.PermissionsManageInteraction "+
		"FROM PermissionSetAssignment WHERE AssigneeId = '"+c.org.CRM().User()+"'"), "", 200)
	c.want(r, "totalSize", 1.0)
	c.want(r, "records.0.PermissionSet.PermissionsModifyAllData", false)
	c.want(r, "records.0.PermissionSet.PermissionsManageInteraction", false)
	kept := sftest.New(&sftest.Options{CRM: c.org.CRM()})
	if n := len(kept.CRM().Records("PermissionSet")); n != 1 {
		t.Errorf("%d permission sets after a second start, want the first one", n)
	}
}
