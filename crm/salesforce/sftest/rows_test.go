package sftest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

func TestRows(t *testing.T) {
	c := start(t, nil)
	r := c.call(http.MethodPost, data("sobjects/contact"), `{"lastname":"Lee","HasOptedOutOfEmail":true,"Birthdate":null}`, 201)
	id, _ := r.at("id").(string)
	c.want(r, "success", true)
	if got := r.head.Get("Location"); got != data("sobjects/Contact/"+id) {
		t.Errorf("Location: %s", got)
	}
	c.call(http.MethodPatch, data("sobjects/Contact/"+id[:15]), `{"Title":"CEO"}`, 204)
	r = c.call(http.MethodGet, data("sobjects/Contact/"+id[:15]), "", 200)
	for path, want := range map[string]any{
		"Id": id, "LastName": "Lee", "Title": "CEO", "HasOptedOutOfEmail": true, "DoNotCall": false, "Email": nil,
		"attributes.type": "Contact", "attributes.url": data("sobjects/Contact/" + id), "OwnerId": c.org.CRM().User(),
	} {
		c.want(r, path, want)
	}
	if created, _ := r.at("CreatedDate").(string); !strings.HasSuffix(created, "+0000") {
		t.Errorf("CreatedDate: %v", created)
	}
	r = c.call(http.MethodGet, data("sobjects/Contact/"+id+"?fields=Title,lastname"), "", 200)
	if _, more := r.body.(map[string]any)["Email"]; more || r.at("LastName") != "Lee" {
		t.Errorf("two fields: %s", r.text)
	}
	c.call(http.MethodPost, data("sobjects/Contact/"+id+"?_HttpMethod=PATCH"), `{"Title":null}`, 204)
	c.want(c.call(http.MethodGet, data("sobjects/Contact/"+id), "", 200), "Title", nil)
	c.want(c.call(http.MethodGet, data("sobjects/Contact"), "", 200), "objectDescribe.name", "Contact")
	c.call(http.MethodDelete, data("sobjects/Contact/"+id), "", 204)
	c.want(c.call(http.MethodGet, data("sobjects/Contact/"+id), "", 404), "0.errorCode", "ENTITY_IS_DELETED")
	c.want(c.call(http.MethodDelete, data("sobjects/Contact/"+id), "", 404), "0.errorCode", "ENTITY_IS_DELETED")
}

// TestCR03RefusalsOnTheWire shows each refusal of a single write with its status,
// code and fields.
func TestCR03RefusalsOnTheWire(t *testing.T) {
	c := start(t, nil)
	account := c.seed(crm.ObjectAccount, crm.Fields{"Name": "Acme"})
	idle := c.seed(crm.ObjectUser, crm.Fields{"Name": "Idle", "IsActive": "false"})
	lead := c.seed(crm.ObjectLead, crm.Fields{"LastName": "Old", "Company": "Acme"})
	contact := c.seed(crm.ObjectContact, crm.Fields{"LastName": "New", "AccountId": account})
	hidden := c.seed(crm.ObjectContact, crm.Fields{"LastName": "Hidden"})
	c.seed(crm.ObjectLead, crm.Fields{"LastName": "Key", "Company": "Acme", "Onward_Key__c": "k"})
	c.must(c.org.CRM().Convert(lead, contact, account))
	c.must(c.org.CRM().Hide(hidden))
	c.org.CRM().AddValidation(memcrm.Validation{Name: "No_CTO", Object: crm.ObjectContact, Check: func(_, after crm.Fields) []string {
		if after["Title"] == "CTO" {
			return []string{"Title"}
		}
		return nil
	}})
	for _, x := range []struct {
		name, method, path, body string
		status                   int
		code                     string
		field                    any
	}{
		{"required", "POST", "sobjects/Lead", `{"LastName":"Lee"}`, 400, "REQUIRED_FIELD_MISSING", "Company"},
		{"too long", "POST", "sobjects/Contact", `{"LastName":"` + strings.Repeat("x", 81) + `"}`, 400, "STRING_TOO_LONG", "LastName"},
		{"e-mail", "POST", "sobjects/Contact", `{"LastName":"Lee","Email":"x"}`, 400, "INVALID_EMAIL_ADDRESS", "Email"},
		{"unknown field", "POST", "sobjects/Contact", `{"LastName":"Lee","Nothing__c":"x"}`, 400, "INVALID_FIELD", "Nothing__c"},
		{"read-only field", "POST", "sobjects/Contact", `{"LastName":"Lee","Name":"x"}`, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "Name"},
		{"kind of value", "POST", "sobjects/Contact", `{"LastName":5}`, 400, "JSON_PARSER_ERROR", "LastName"},
		{"checkbox", "POST", "sobjects/Contact", `{"LastName":"Lee","DoNotCall":null}`, 400, "INVALID_TYPE_ON_FIELD_IN_RECORD", "DoNotCall"},
		{"validation", "POST", "sobjects/Contact", `{"LastName":"Lee","Title":"CTO"}`, 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Title"},
		{"inactive owner", "POST", "sobjects/Contact", `{"LastName":"Lee","OwnerId":"` + idle + `"}`, 400, "INACTIVE_OWNER_OR_USER", "OwnerId"},
		{"malformed id", "POST", "sobjects/Contact", `{"LastName":"Lee","AccountId":"x"}`, 400, "MALFORMED_ID", "AccountId"},
		{"reference to nothing", "POST", "sobjects/Contact", `{"LastName":"Lee","AccountId":"001000000000999AAA"}`, 400, "INVALID_CROSS_REFERENCE_KEY", "AccountId"},
		{"key is there", "POST", "sobjects/Lead", `{"LastName":"Lee","Company":"A","Onward_Key__c":"k"}`, 400, "DUPLICATE_VALUE", "Onward_Key__c"},
		{"converted", "PATCH", "sobjects/Lead/" + lead, `{"Title":"x"}`, 400, "CANNOT_UPDATE_CONVERTED_LEAD", nil},
		{"hidden", "PATCH", "sobjects/Contact/" + hidden, `{"Title":"x"}`, 403, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", nil},
		{"read hidden", "GET", "sobjects/Contact/" + hidden, ``, 404, "NOT_FOUND", nil},
		{"no such id", "PATCH", "sobjects/Contact/003000000000999AAA", `{"Title":"x"}`, 404, "NOT_FOUND", nil},
		{"no id", "GET", "sobjects/Contact/x", ``, 404, "NOT_FOUND", nil},
		{"no right", "POST", "sobjects/User", `{"LastName":"x"}`, 403, "INSUFFICIENT_ACCESS_OR_READONLY", nil},
		{"no object", "POST", "sobjects/Nothing__c", `{}`, 404, "NOT_FOUND", nil},
		{"no JSON", "POST", "sobjects/Contact", `{"LastName":`, 400, "JSON_PARSER_ERROR", nil},
		{"field list", "GET", "sobjects/Contact/" + contact + "?fields=Nothing__c", ``, 400, "INVALID_FIELD", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := c.call(x.method, data(x.path), x.body, x.status)
			if r.at("0.errorCode") != x.code || r.at("0.fields.0") != x.field || r.at("0.message") == "" {
				t.Errorf("got %s, want %s on %v", r.text, x.code, x.field)
			}
		})
	}
	r := c.call(http.MethodPost, data("sobjects/Lead"), `{"LastName":"Lee","Company":"A","Onward_Key__c":"k"}`, 400)
	if m, _ := r.at("0.message").(string); !strings.HasPrefix(m, "duplicate value found: Onward_Key__c duplicates value on record with id: 00Q") {
		t.Errorf("message %q", m)
	}
}

func TestLockedRows(t *testing.T) {
	c := start(t, nil)
	account := c.seed(crm.ObjectAccount, crm.Fields{"Name": "Acme"})
	c.must(c.org.CRM().Lock(account, 1))
	body := `{"LastName":"Lee","AccountId":"` + account + `"}`
	c.want(c.call(http.MethodPost, data("sobjects/Contact"), body, 400), "0.errorCode", "UNABLE_TO_LOCK_ROW")
	c.create(crm.ObjectContact, body)
}

// TestCR04DuplicatesNameTheirMatches compares with the documented answer.
func TestCR04DuplicatesNameTheirMatches(t *testing.T) {
	for _, key := range []string{"duplicateResut", "duplicateResult"} {
		c := start(t, &sftest.Options{DuplicateKey: key})
		old := c.seed(crm.ObjectContact, crm.Fields{"LastName": "Lee", "Email": "lee@acme.example"})
		c.org.CRM().AddDuplicateRule(memcrm.DuplicateRule{Name: "Standard_Contact_Duplicate_Rule", Object: crm.ObjectContact, Fields: []string{"Email"}})
		body := `{"LastName":"Lee","Email":"LEE@acme.example"}`
		r := c.call(http.MethodPost, data("sobjects/Contact"), body, 400)
		block := "0." + key + "."
		for path, want := range map[string]any{
			"0.errorCode": "DUPLICATES_DETECTED", "0.message": "Use one of these records?",
			block + "allowSave": true, block + "duplicateRule": "Standard_Contact_Duplicate_Rule", block + "duplicateRuleEntityType": "Contact",
			block + "matchResults.0.entityType": "Contact", block + "matchResults.0.size": 1.0, block + "matchResults.0.success": true,
			block + "matchResults.0.matchRecords.0.record.Id":              old,
			block + "matchResults.0.matchRecords.0.matchConfidence":        100.0,
			block + "matchResults.0.matchRecords.0.record.attributes.type": "Contact",
		} {
			c.want(r, path, want)
		}
		c.with("Sforce-Duplicate-Rule-Header", "allowSave=true; includeRecordDetails=true").create(crm.ObjectContact, body)
		if n := c.count(crm.ObjectContact); n != 2 {
			t.Errorf("%d contacts, want 2", n)
		}
	}
}

func TestCR05AssignmentRulesRunUnlessSwitchedOff(t *testing.T) {
	crmOf := func() *memcrm.CRM {
		return memcrm.New(&memcrm.Options{LeadAssignTo: "00G000000000001"})
	}
	c := start(t, &sftest.Options{CRM: crmOf()})
	queue := c.seed(crm.ObjectGroup, crm.Fields{"Name": "Inbound", "Type": "Queue"})
	user := c.org.CRM().User()
	body := `{"LastName":"Lee","Company":"Acme","OwnerId":"` + user + `"}`
	for header, want := range map[string]string{"": queue, "TRUE": queue, "FALSE": user, "false": user} {
		id := c.with("Sforce-Auto-Assign", header).create(crm.ObjectLead, body)
		c.want(c.call(http.MethodGet, data("sobjects/Lead/"+id), "", 200), "OwnerId", want)
	}
}

func TestCR06UpsertByExternalID(t *testing.T) {
	names := crm.DefaultNames()
	schemas := sftest.Schemas(names)
	for i, s := range schemas {
		if s.Object == crm.ObjectAccount {
			schemas[i].Fields = append(schemas[i].Fields, crm.Field{Name: "Code__c", Type: crm.TypeText, ExternalID: true, Creatable: true, Updatable: true})
		}
	}
	c := start(t, &sftest.Options{CRM: memcrm.New(&memcrm.Options{Schemas: schemas})})
	path := data("sobjects/Job_Change__c/External_Id__c/a%2Fb%3Fx=1%23y")
	r := c.call(http.MethodPatch, path, `{"Kind__c":"moved"}`, 201)
	c.want(r, "created", true)
	id := r.at("id")
	r = c.call(http.MethodPatch, path, `{"Kind__c":"left"}`, 200)
	c.want(r, "created", false)
	c.want(r, "id", id)
	c.want(c.call(http.MethodGet, path, "", 200), "External_Id__c", "a/b?x=1#y")
	c.call(http.MethodPatch, strings.Replace(path, "v66.0", "v45.0", 1), `{"Kind__c":"moved"}`, 204)
	c.call(http.MethodPatch, data("sobjects/Job_Change__c/External_Id__c/none?updateOnly=true"), `{"Kind__c":"x"}`, 404)
	c.want(c.call(http.MethodPatch, path, `{"External_Id__c":"x"}`, 400), "0.errorCode", "INVALID_FIELD")
	c.call(http.MethodPatch, data("sobjects/Job_Change__c/Kind__c/x"), `{}`, 404)
	c.call(http.MethodDelete, path, "", 204)
	c.call(http.MethodGet, path, "", 404)

	a := c.seed(crm.ObjectAccount, crm.Fields{"Name": "One", "Code__c": "x"})
	b := c.seed(crm.ObjectAccount, crm.Fields{"Name": "Two", "Code__c": "x"})
	for _, method := range []string{http.MethodGet, http.MethodPatch} {
		r = c.call(method, data("sobjects/Account/Code__c/x"), `{"Site":"s"}`, 300)
		c.want(r, "0", data("sobjects/Account/"+a))
		c.want(r, "1", data("sobjects/Account/"+b))
	}
}

func TestParentsByTheirOwnKey(t *testing.T) {
	c := start(t, nil)
	account := c.seed(crm.ObjectAccount, crm.Fields{"Name": "Acme", "Onward_Key__c": "k"})
	id := c.create(crm.ObjectContact, `{"LastName":"Lee","Account":{"Onward_Key__c":"k"}}`)
	c.want(c.call(http.MethodGet, data("sobjects/Contact/"+id), "", 200), "AccountId", account)
	c.create(crm.ObjectLead, `{"LastName":"Lee","Company":"A","Past_Account__r":{"attributes":{"type":"Account"},"Onward_Key__c":"k"}}`)
	for _, parent := range []string{`{"Onward_Key__c":"other"}`, `{"Name":"Acme"}`, `{}`, `"k"`} {
		r := c.call(http.MethodPost, data("sobjects/Contact"), `{"LastName":"Lee","Account":`+parent+`}`, 400)
		c.want(r, "0.errorCode", "INVALID_FIELD")
	}
}

func TestIfUnmodifiedSince(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	c := start(t, &sftest.Options{Now: func() time.Time { return now }})
	id := c.seed(crm.ObjectLead, crm.Fields{"LastName": "Lee", "Company": "Acme", "SystemModstamp": "2026-11-03T11:00:00Z"})
	early, late := now.Add(-2*time.Hour).Format(http.TimeFormat), now.Add(-time.Hour).Format(http.TimeFormat)
	for _, method := range []string{http.MethodPatch, http.MethodDelete} {
		c.with("If-Unmodified-Since", early).call(method, data("sobjects/Lead/"+id), `{"Title":"x"}`, 412)
		c.with("If-Unmodified-Since", late).call(method, data("sobjects/Lead/"+id), `{"Title":"x"}`, 204)
		late = now.Format(http.TimeFormat)
	}
}
