package sftest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// FuzzServer sends what no client would. Whatever it is, the answer is neither a
// panic nor the status that says that the server itself is broken.
func FuzzServer(f *testing.F) {
	for _, seed := range []struct{ method, path, query, body string }{
		{"GET", "query", "q=SELECT+Id,Owner.Name+FROM+Lead+WHERE+Email+LIKE+'%25x'", ""},
		{"GET", "queryAll", "q=SELECT+COUNT(Id),Company+FROM+Lead+GROUP+BY+Company", ""},
		{"GET", "query", "explain=SELECT+Id+FROM+Lead+WHERE+CreatedDate=TODAY", ""},
		{"GET", "query", "columns=true&q=SELECT+Id,(SELECT+Id+FROM+Contacts)+FROM+Account", ""},
		{"GET", "query/01g000000000001AAA-9", "", ""},
		{"GET", "search", "q=FIND+{a*b}+RETURNING+Lead(Id)", ""},
		{"GET", "parameterizedSearch", "q=a&sobject=Lead&Lead.limit=1", ""},
		{"POST", "parameterizedSearch", "", `{"q":"ann","sobjects":[{"name":"Lead","limit":1}]}`},
		{"POST", "sobjects/Lead", "", `{"LastName":"Lee","Company":"x","attributes":{"type":"Lead"},"Owner":{"Name":null}}`},
		{"PATCH", "sobjects/Account/Onward_Key__c/k%2F1", "updateOnly=true", `{"Name":"x","Parent":{"Onward_Key__c":"k"}}`},
		{"DELETE", "sobjects/Lead/00Q000000000001AAA", "", ""},
		{"GET", "sobjects/Lead/describe", "", ""},
		{"POST", "composite/sobjects", "", `{"allOrNone":true,"records":[{"attributes":{"type":"Lead"},"LastName":1},null]}`},
		{"PATCH", "composite/sobjects/Account/Id", "", `{"records":[{"attributes":{"type":"Account"},"id":"001","Name":"x"}]}`},
		{"DELETE", "composite/sobjects", "ids=001000000000001,,x&allOrNone=true", ""},
		{"POST", "composite/sobjects/Lead", "", `{"ids":["00Q000000000001AAA","x"],"fields":["Name"]}`},
		{"POST", "composite", "", `{"allOrNone":true,"compositeRequest":[{"method":"POST","url":"/services/data/v66.0/sobjects/Account","referenceId":"a","body":{"Name":"x"}},{"method":"GET","url":"/services/data/v66.0/query?q=SELECT+Id+FROM+Account+WHERE+Id='@{a.id}'","referenceId":"b"}]}`},
		{"POST", "composite/graph", "", `{"graphs":[{"graphId":"1","compositeRequest":[{"method":"PATCH","url":"/services/data/v66.0/sobjects/Account/@{a[0].id}","referenceId":"a","body":{"Name":["@{a.b}"]}}]}]}`},
		{"POST", "composite/tree/Account", "", `{"records":[{"attributes":{"type":"Account","referenceId":"a"},"Name":"x","Contacts":{"records":[{"attributes":{"type":"Contact","referenceId":"b"}}]}}]}`},
		{"POST", "composite/batch", "", `{"batchRequests":[{"method":"GET","url":"v66.0/limits"},{"method":"POST","url":"v66.0/composite/batch","richInput":{}}]}`},
		{"POST", "jobs/query", "", `{"operation":"query","query":"SELECT Id FROM Lead"}`},
		{"GET", "jobs/query/750000000000001AAA/results", "maxRecords=9223372036854775807&locator=MQ", ""},
		{"POST", "jobs/ingest", "", `{"object":"Lead","operation":"insert"}`},
		{"PUT", "jobs/ingest/750000000000002AAA/batches", "", "LastName,Company\nx,\"y\n"},
		{"PATCH", "jobs/ingest/750000000000002AAA", "", `{"state":"UploadComplete"}`},
		{"GET", "analytics/reports/00O000000000001EAA", "includeDetails=true", ""},
		{"POST", "analytics/reports/00O000000000001EAA/instances", "", `{"reportMetadata":{"reportFilters":[{"column":"Name","operator":"equals","value":"\""}]}}`},
		{"POST", "actions/custom/flow/Route", "", `{"inputs":[{"name":null}]}`},
	} {
		f.Add(seed.method, seed.path, seed.query, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		org := sftest.New(&sftest.Options{
			Reports: map[string]sftest.Report{"00O000000000001EAA": {
				Name: "Leads", Columns: []sftest.ReportColumn{{Name: "Name"}}, SOQL: "SELECT Name FROM Lead",
			}},
			Flows: map[string]sftest.Flow{"Route": {}},
		})
		for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectLead} {
			if _, err := org.CRM().Add(o, crm.Fields{"Name": "Ann Lee", "Onward_Key__c": "k"}); err != nil {
				t.Fatal(err)
			}
		}
		send := func(method, path, query, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
			r.Method, r.URL, r.RequestURI = method, &url.URL{Path: "/services/data/v66.0/" + path, RawQuery: query}, path+"?"+query
			r.Header.Set("Authorization", "Bearer "+org.Token())
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			org.ServeHTTP(w, r)
			return w
		}
		// Jobs to be asked for.
		send(http.MethodPost, "jobs/query", "", `{"operation":"query","query":"SELECT Id FROM Lead"}`)
		send(http.MethodPost, "jobs/ingest", "", `{"object":"Lead","operation":"insert"}`)
		if w := send(method, path, query, body); w.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s?%s: status %d: %s", method, path, query, w.Code, w.Body)
		}
	})
}
