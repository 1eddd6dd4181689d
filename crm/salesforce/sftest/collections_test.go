package sftest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// records writes a collection of one type.
func records(allOrNone bool, items ...string) string {
	return fmt.Sprintf(`{"allOrNone":%v,"records":[%s]}`, allOrNone, strings.Join(items, ","))
}

func item(o crm.Object, fields string) string {
	return `{"attributes":{"type":"` + string(o) + `"},` + fields + `}`
}

func TestCR02CollectionsAnswerItemByItem(t *testing.T) {
	c := start(t, nil)
	c.seed(crm.ObjectContact, crm.Fields{"LastName": "Lee", "Email": "lee@acme.example"})
	c.org.CRM().AddDuplicateRule(memcrm.DuplicateRule{Name: "Email", Object: crm.ObjectContact, Fields: []string{"Email"}, Block: true})
	r := c.call(http.MethodPost, data("composite/sobjects"), records(false,
		item(crm.ObjectContact, `"LastName":"Mo"`), item(crm.ObjectContact, `"Title":"x"`),
		item(crm.ObjectContact, `"LastName":"Lee","Email":"lee@acme.example"`), item(crm.ObjectLead, `"LastName":"Ng","Company":"A"`),
		item("Nothing__c", `"Name":"x"`)), 200)
	for path, want := range map[string]any{
		"0.success": true, "1.success": false, "1.errors.0.statusCode": "REQUIRED_FIELD_MISSING", "1.errors.0.fields.0": "LastName",
		"2.errors.0.statusCode": "DUPLICATES_DETECTED", "3.success": true, "4.errors.0.statusCode": "INVALID_TYPE", "1.id": nil,
	} {
		c.want(r, path, want)
	}
	if strings.Contains(r.text, "duplicateRes") {
		t.Error("a collection must not name the duplicates")
	}
	id, _ := r.at("0.id").(string)
	r = c.call(http.MethodPatch, data("composite/sobjects"), records(false,
		item(crm.ObjectContact, `"Id":"`+id[:15]+`","Title":"CEO"`), item(crm.ObjectContact, `"id":"003000000000999AAA","Title":"CEO"`),
		item(crm.ObjectContact, `"Title":"CEO"`)), 200)
	c.want(r, "0.id", id)
	c.want(r, "1.errors.0.statusCode", "INVALID_CROSS_REFERENCE_KEY")
	c.want(r, "2.errors.0.statusCode", "MISSING_ARGUMENT")
	r = c.call(http.MethodGet, data("composite/sobjects/Contact?fields=Title&ids="+id+",003000000000999AAA"), "", 200)
	c.want(r, "0.Title", "CEO")
	c.want(r, "1", nil)
	r = c.call(http.MethodPost, data("composite/sobjects/Contact"), `{"ids":["`+id[:15]+`"],"fields":["LastName"]}`, 200)
	c.want(r, "0.LastName", "Mo")
	r = c.call(http.MethodDelete, data("composite/sobjects?ids="+id+",003000000000999AAA"), "", 200)
	c.want(r, "0.success", true)
	c.want(r, "1.success", false)
}

func TestAllOrNoneLeavesNothing(t *testing.T) {
	c := start(t, nil)
	keep := c.seed(crm.ObjectLead, crm.Fields{"LastName": "Old", "Company": "A"})
	r := c.call(http.MethodPost, data("composite/sobjects"),
		records(true, item(crm.ObjectLead, `"LastName":"Ng","Company":"A"`), item(crm.ObjectLead, `"LastName":"Mo"`)), 200)
	c.want(r, "0.errors.0.statusCode", "ALL_OR_NONE_OPERATION_ROLLED_BACK")
	c.want(r, "0.id", nil)
	c.want(r, "1.errors.0.statusCode", "REQUIRED_FIELD_MISSING")
	c.call(http.MethodDelete, data("composite/sobjects?allOrNone=true&ids="+keep+",00Q000000000999AAA"), "", 200)
	if n := c.count(crm.ObjectLead); n != 1 {
		t.Errorf("%d leads, want the old one", n)
	}
}

func TestUpsertCollections(t *testing.T) {
	c := start(t, nil)
	path := data("composite/sobjects/Job_Change__c/External_Id__c")
	first := item(crm.ObjectJobChange, `"External_Id__c":"a","Kind__c":"moved"`)
	c.want(c.call(http.MethodPatch, path, records(false, first), 200), "0.created", true)
	r := c.call(http.MethodPatch, path, records(false, first, item(crm.ObjectJobChange, `"External_Id__c":"b"`),
		item(crm.ObjectJobChange, `"External_Id__c":"b"`), item(crm.ObjectJobChange, `"Kind__c":"x"`), item(crm.ObjectLead, `"External_Id__c":"c"`)), 200)
	for path, want := range map[string]any{
		"0.created": false, "0.success": true, "1.created": true, "2.errors.0.statusCode": "DUPLICATE_VALUE",
		"3.errors.0.statusCode": "MISSING_ARGUMENT", "4.errors.0.statusCode": "INVALID_INPUT",
	} {
		c.want(r, path, want)
	}
	if n := c.count(crm.ObjectJobChange); n != 2 {
		t.Errorf("%d event records, want 2", n)
	}
	c.call(http.MethodPatch, data("composite/sobjects/Job_Change__c/Kind__c"), records(false, first), 404)
}

func TestCollectionsHaveASize(t *testing.T) {
	c := start(t, nil)
	lead, contact := item(crm.ObjectLead, `"LastName":"Ng","Company":"A"`), item(crm.ObjectContact, `"LastName":"Mo"`)
	many := func(n int, items ...string) string {
		var out []string
		for i := range n {
			out = append(out, items[i%len(items)])
		}
		return records(false, out...)
	}
	for _, x := range []struct {
		name, body string
		status     int
		code       any
	}{
		{"200", many(200, lead), 200, nil},
		{"201", many(201, lead), 400, "EXCEEDED_ID_LIMIT"},
		{"10 chunks", many(10, lead, contact), 200, nil},
		{"11 chunks", many(11, lead, contact), 400, "INVALID_INPUT"},
		{"no type", `{"records":[{"LastName":"x"}]}`, 400, "INVALID_INPUT"},
		{"no records", `{}`, 400, "JSON_PARSER_ERROR"},
		{"no JSON", `{`, 400, "JSON_PARSER_ERROR"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if r := c.call(http.MethodPost, data("composite/sobjects"), x.body, x.status); r.at("0.errorCode") != x.code {
				t.Errorf("got %.200s, want %v", r.text, x.code)
			}
		})
	}
	if n := c.org.Calls().ByResource["composite/sobjects"]; n != 7 {
		t.Errorf("%d calls, want 7: refused ones count", n)
	}
}
