package sftest_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

func TestVersions(t *testing.T) {
	c := start(t, nil)
	c.token = ""
	r := c.call(http.MethodGet, "/services/data", "", 200)
	list, _ := r.body.([]any)
	if len(list) < 30 {
		t.Fatalf("%d versions", len(list))
	}
	labels := map[any]any{}
	for _, v := range list {
		labels[follow(v, "version")] = follow(v, "label")
	}
	for version, want := range map[string]any{"31.0": "Summer '14", "62.0": "Winter '25", "64.0": "Summer '25", "65.0": "Winter '26", "66.0": "Spring '26", "67.0": "Summer '26", "68.0": nil} {
		if labels[version] != want {
			t.Errorf("%s is %v, want %v", version, labels[version], want)
		}
	}
	c.token = c.org.Token()
	for _, v := range []string{"v31.0", "v62.0", "v66.0", "v67.0"} {
		if c.call(http.MethodGet, "/services/data/"+v+"/", "", 200).at("sobjects") != "/services/data/"+v+"/sobjects" {
			t.Errorf("%s lists no sobjects", v)
		}
	}
	for _, v := range []string{"v30.0", "v68.0", "66.0", "v66", "v66.1", "x"} {
		c.want(c.call(http.MethodGet, "/services/data/"+v+"/limits", "", 404), "0.errorCode", "NOT_FOUND")
	}
}

func TestPathsAndMethods(t *testing.T) {
	c := start(t, nil)
	c.call(http.MethodGet, "//services//data/v66.0//limits", "", 200)
	c.want(c.call(http.MethodGet, data("nonsense"), "", 404), "0.errorCode", "NOT_FOUND")
	c.want(c.call(http.MethodPut, data("limits"), "", 405), "0.errorCode", "METHOD_NOT_ALLOWED")
	c.call(http.MethodGet, "/elsewhere", "", 404)
}

func TestCR10AllowanceIsToldAndEnforced(t *testing.T) {
	c := start(t, &sftest.Options{DailyLimit: 20, Used: 17})
	if got := c.call(http.MethodGet, data("limits"), "", 200).head.Get("Sforce-Limit-Info"); got != "api-usage=18/20" {
		t.Errorf("Sforce-Limit-Info: %s", got)
	}
	r := c.call(http.MethodGet, data("limits"), "", 200)
	c.want(r, "DailyApiRequests.Max", 20.0)
	c.want(r, "DailyApiRequests.Remaining", 1.0)
	c.call(http.MethodGet, data("sobjects"), "", 200)
	r = c.call(http.MethodGet, data("limits"), "", 403)
	c.want(r, "0.errorCode", "REQUEST_LIMIT_EXCEEDED")
	if got := r.head.Get("Sforce-Limit-Info"); got != "api-usage=20/20" {
		t.Errorf("Sforce-Limit-Info: %s", got)
	}
	calls := c.org.Calls()
	if calls.Total != 3 || calls.ByResource["limits"] != 2 || calls.ByResource["describe"] != 1 {
		t.Errorf("calls: %+v", calls)
	}
	c.org.SetUsed(0)
	c.org.ResetCalls()
	c.call(http.MethodGet, data("limits"), "", 200)
	if n := c.org.Calls().Total; n != 1 {
		t.Errorf("%d calls after the reset", n)
	}
}

func TestRequestsHaveALength(t *testing.T) {
	c := start(t, nil)
	c.call(http.MethodGet, data("limits")+"?x="+strings.Repeat("x", 15_000), "", 200)
	c.call(http.MethodGet, data("limits")+"?x="+strings.Repeat("x", 17_000), "", 414)
	c.with("X-Long", strings.Repeat("x", 17_000)).call(http.MethodGet, data("limits"), "", 431)
}

// TestAnswersAreCompressedOnRequest asks for gzip itself, so that the transport
// does not take it off.
func TestAnswersAreCompressedOnRequest(t *testing.T) {
	c := start(t, nil)
	for path, compressed := range map[string]bool{"sobjects": true, "limits": false} {
		r := c.with("Accept-Encoding", "gzip").call(http.MethodGet, data(path), "", 200)
		if got := r.head.Get("Content-Encoding") == "gzip"; got != compressed {
			t.Errorf("%s compressed: %v, want %v", path, got, compressed)
		}
		if !compressed {
			continue
		}
		z, err := gzip.NewReader(strings.NewReader(r.text))
		c.must(err)
		raw, err := io.ReadAll(z)
		c.must(err)
		if !strings.Contains(string(raw), `"Onward_Key__c"`) && !strings.Contains(string(raw), `"Job_Change__c"`) {
			t.Errorf("%s: %.100s", path, raw)
		}
	}
}

func TestDescribe(t *testing.T) {
	c := start(t, nil)
	lead := c.call(http.MethodGet, data("sobjects/lead/describe"), "", 200)
	c.want(lead, "name", "Lead")
	c.want(lead, "keyPrefix", "00Q")
	fields := map[string]any{}
	list, _ := lead.at("fields").([]any)
	for _, f := range list {
		name, _ := follow(f, "name").(string)
		fields[name] = f
	}
	for _, x := range []struct {
		path string
		want any
	}{
		{"Onward_Key__c.externalId", true}, {"Onward_Key__c.unique", true}, {"Onward_Key__c.caseSensitive", true}, {"Onward_Key__c.length", 64.0},
		{"Company.nillable", false}, {"Company.createable", true}, {"Company.defaultedOnCreate", false}, {"Name.createable", false}, {"Name.nameField", true},
		{"OwnerId.relationshipName", "Owner"}, {"OwnerId.referenceTo.1", "Group"}, {"OwnerId.defaultedOnCreate", true},
		{"Matched_Account__c.relationshipName", "Matched_Account__r"}, {"Matched_Account__c.referenceTo.0", "Account"},
		{"Status.picklistValues.0.value", "Open - Not Contacted"}, {"Status.picklistValues.0.active", true},
		{"Description.filterable", false}, {"IsConverted.type", "boolean"}, {"IsConverted.nillable", false},
	} {
		if got := follow(any(fields), x.path); got != x.want {
			t.Errorf("%s: got %v, want %v", x.path, got, x.want)
		}
	}
	account := c.call(http.MethodGet, data("sobjects/Account/describe"), "", 200)
	if !strings.Contains(account.text, `"relationshipName":"Contacts"`) || !strings.Contains(account.text, `"relationshipName":"Arrivals__r"`) {
		t.Error("Account does not tell of its children")
	}
	c.want(c.call(http.MethodGet, data("sobjects/Nothing__c/describe"), "", 404), "0.errorCode", "NOT_FOUND")
	if n := c.org.Calls().ByResource["describe"]; n != 3 {
		t.Errorf("%d describe calls, want 3", n)
	}
	global := c.call(http.MethodGet, data("sobjects"), "", 200)
	if !strings.Contains(global.text, `"AccountTeamMember"`) || !strings.Contains(global.text, `"Organization"`) {
		t.Errorf("global describe: %.200s", global.text)
	}
	c.want(c.call(http.MethodGet, data("sobjects/Organization/"+c.org.OrgID()), "", 200), "IsSandbox", false)
}
