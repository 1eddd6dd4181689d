package soql_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

func TestJSONValue(t *testing.T) {
	for _, c := range []struct {
		kind       crm.Type
		text, want string
	}{
		{crm.TypeText, "a\"b", `"a\"b"`},
		{crm.TypeText, "", "null"},
		{crm.TypeBoolean, "true", "true"},
		{crm.TypeBoolean, "", "false"},
		{crm.TypeNumber, "12", "12"},
		{crm.TypeCurrency, "16000.01", "16000.01"},
		{crm.TypePercent, "+.5", "0.5"},
		{crm.TypeNumber, "", "null"},
		{crm.TypeDate, "2026-11-03", `"2026-11-03"`},
		{crm.TypeDateTime, "2026-11-03T12:00:00.000Z", `"2026-11-03T12:00:00.000+0000"`},
		{crm.TypeReference, "", "null"},
	} {
		got, err := json.Marshal(soql.JSONValue(crm.Field{Type: c.kind}, c.text))
		if err != nil || string(got) != c.want {
			t.Errorf("%s %q: got %s, %v; want %s", c.kind, c.text, got, err, c.want)
		}
	}
}

func TestRelationships(t *testing.T) {
	for field, want := range map[string]string{"AccountId": "Account", "Contact__c": "Contact__r", "Id": "", "Name": ""} {
		if got := soql.RelationshipName(field); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
	all := soql.ChildRelationships(memcrm.DefaultSchemas(crm.DefaultNames()))
	for _, want := range []soql.ChildRelationship{
		{Parent: "Account", Child: "Contact", Field: "AccountId", Name: "Contacts"},
		{Parent: "Account", Child: "Job_Change__c", Field: "Old_Account__c", Name: "Departures__r"},
		{Parent: "Account", Child: "Job_Change__c", Field: "New_Account__c", Name: "Arrivals__r"},
		{Parent: "Group", Child: "Lead", Field: "OwnerId"},
	} {
		if !slices.Contains(all, want) {
			t.Errorf("missing: %+v", want)
		}
	}
	seen := map[string]bool{}
	for _, r := range all {
		if k := string(r.Parent) + "." + r.Name; r.Name != "" && seen[k] {
			t.Errorf("two relationships are called %s", k)
		} else {
			seen[k] = true
		}
	}
}
