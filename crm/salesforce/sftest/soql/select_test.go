package soql_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
)

// TestSelect shows rows as the wire carries them.
func TestSelect(t *testing.T) {
	o := newOrg(t)
	contact := func(n int) string {
		return `{"attributes":{"type":"Contact","url":"/services/data/v66.0/sobjects/Contact/` + id("003", n) + `"},`
	}
	account := func(n int) string {
		return `{"attributes":{"type":"Account","url":"/services/data/v66.0/sobjects/Account/` + id("001", n) + `"},`
	}
	for _, c := range []struct {
		statement string
		want      []string
	}{
		{"SELECT name, ID, hasoptedoutofemail, Birthdate, CreatedDate FROM contact WHERE LastName = 'O\\'Neil'", []string{
			contact(3) + `"Name":"Bo O'Neil","Id":"` + id("003", 3) + `","HasOptedOutOfEmail":false,"Birthdate":"1990-01-01","CreatedDate":"2026-10-03T08:00:00.000+0000"}`,
		}},
		{"SELECT AnnualRevenue FROM Account ORDER BY AnnualRevenue DESC NULLS LAST", []string{
			account(1) + `"AnnualRevenue":1000}`, account(2) + `"AnnualRevenue":250.5}`, account(3) + `"AnnualRevenue":null}`,
		}},
		{"SELECT Account.Name, LastName, Account.Owner.Manager.Name FROM Contact WHERE LastName IN ('Mo', 'Lee') ORDER BY LastName DESC LIMIT 1", []string{
			contact(4) + `"Account":null,"LastName":"Mo"}`,
		}},
		{"SELECT Owner.Name, Owner.Type, OwnerId FROM Lead ORDER BY Id", []string{
			`{"attributes":{"type":"Lead","url":"/services/data/v66.0/sobjects/Lead/` + id("00Q", 1) + `"},"Owner":{"attributes":{"type":"Name","url":"/services/data/v66.0/sobjects/Group/` + queue + `"},"Name":"Inbound","Type":"Queue"},"OwnerId":"` + queue + `"}`,
			`{"attributes":{"type":"Lead","url":"/services/data/v66.0/sobjects/Lead/` + id("00Q", 2) + `"},"Owner":{"attributes":{"type":"Name","url":"/services/data/v66.0/sobjects/User/` + user + `"},"Name":"Uli Owner","Type":"User"},"OwnerId":"` + user + `"}`,
		}},
		{"SELECT Account.Owner.Manager.Name FROM Contact WHERE Id = '" + id("003", 1) + "'", []string{
			contact(1) + `"Account":` + account(1) + `"Owner":{"attributes":{"type":"User","url":"/services/data/v66.0/sobjects/User/` + user + `"},"Manager":{"attributes":{"type":"User","url":"/services/data/v66.0/sobjects/User/` + manager + `"},"Name":"Mia Boss"}}}}`,
		}},
		{"SELECT Name, (SELECT LastName FROM Contacts WHERE Email != null ORDER BY FirstName DESC LIMIT 1), (SELECT External_Id__c FROM Arrivals__r) FROM Account WHERE Name IN ('Acme', 'Bob\\'s BBQ')", []string{
			account(1) + `"Name":"Acme","Contacts":{"totalSize":1,"done":true,"records":[` + contact(2) + `"LastName":"Lee"}]},"Arrivals__r":null}`,
			account(2) + `"Name":"Bob's BBQ","Contacts":null,"Arrivals__r":{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Job_Change__c","url":"/services/data/v66.0/sobjects/Job_Change__c/` + id("a00", 1) + `"},"External_Id__c":"e1"}]}}`,
		}},
		{"SELECT Contact__r.Account.Name FROM Job_Change__c WHERE New_Account__r.Name LIKE 'Bob%'", []string{
			`{"attributes":{"type":"Job_Change__c","url":"/services/data/v66.0/sobjects/Job_Change__c/` + id("a00", 1) + `"},"Contact__r":` + contact(3) + `"Account":` + account(2) + `"Name":"Bob's BBQ"}}}`,
		}},
	} {
		_, rows := answer(t, o, c.statement, false)
		if diff := cmp.Diff(c.want, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.statement, diff)
		}
	}
}

func TestOrderAndLimit(t *testing.T) {
	o := newOrg(t)
	for _, c := range []struct{ clause, want string }{
		{"ORDER BY Email", "3 1 4 2"},
		{"ORDER BY Email NULLS LAST", "1 4 2 3"},
		{"ORDER BY Email DESC", "3 2 4 1"},
		{"ORDER BY LastName, FirstName DESC", "2 1 4 3"},
		{"ORDER BY Account.Name DESC NULLS LAST, Id DESC", "3 2 1 4"},
		{"ORDER BY HasOptedOutOfEmail DESC", "2 1 3 4"},
		{"ORDER BY CreatedDate DESC", "4 3 2 1"},
		{"LIMIT 2", "1 2"},
		{"LIMIT 0", ""},
		{"LIMIT 2 OFFSET 3", "4"},
		{"OFFSET 9", ""},
		{"ORDER BY Id DESC LIMIT 2 OFFSET 1", "3 2"},
		{"WITH SECURITY_ENFORCED ORDER BY Id LIMIT 1 FOR VIEW", "1"},
	} {
		_, rows := answer(t, o, "SELECT Id FROM Contact "+c.clause, false)
		if got := names(t, rows); got != c.want {
			t.Errorf("%s: got %q, want %q", c.clause, got, c.want)
		}
	}
}

func TestAggregates(t *testing.T) {
	o := newOrg(t)
	row := func(members string) string { return `{"attributes":{"type":"AggregateResult"},` + members + "}" }
	for _, c := range []struct {
		statement string
		want      []string
	}{
		{"SELECT COUNT(Id) FROM Contact", []string{row(`"expr0":4`)}},
		{"SELECT COUNT(Email) n, COUNT_DISTINCT(LastName) FROM Contact", []string{row(`"n":3,"expr0":3`)}},
		{"SELECT SUM(AnnualRevenue), AVG(AnnualRevenue) a, MIN(Name), MAX(CreatedDate) FROM Account", []string{
			row(`"expr0":1250.5,"a":625.25,"expr1":"100%_pure","expr2":"2026-11-04T00:00:00.000+0000"`)}},
		{"SELECT SUM(AnnualRevenue) FROM Account WHERE Name = 'none'", []string{row(`"expr0":null`)}},
		{"SELECT LastName, COUNT(Id) FROM Contact GROUP BY LastName ORDER BY COUNT(Id) DESC, LastName", []string{
			row(`"LastName":"Lee","expr0":2`), row(`"LastName":"Mo","expr0":1`), row(`"LastName":"O'Neil","expr0":1`)}},
		{"SELECT Account.Name company, COUNT(Id) FROM Contact GROUP BY Account.Name HAVING COUNT(Id) > 1 AND Account.Name != null", []string{
			row(`"company":"Acme","expr0":2`)}},
		{"SELECT HasOptedOutOfEmail FROM Contact GROUP BY HasOptedOutOfEmail", []string{row(`"HasOptedOutOfEmail":false`), row(`"HasOptedOutOfEmail":true`)}},
		{"SELECT AccountId FROM Contact GROUP BY AccountId LIMIT 1", []string{row(`"AccountId":null`)}},
	} {
		_, rows := answer(t, o, c.statement, false)
		if diff := cmp.Diff(c.want, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.statement, diff)
		}
	}
	for statement, want := range map[string]int{
		"SELECT COUNT() FROM Contact":                           4,
		"select count() from Contact where Account.Name='acme'": 2,
		"SELECT COUNT() FROM Contact LIMIT 3":                   3,
	} {
		if size, rows := answer(t, o, statement, false); size != want || len(rows) > 0 {
			t.Errorf("%s: got %d, want %d", statement, size, want)
		}
	}
}

func TestFieldsFunction(t *testing.T) {
	o := newOrg(t)
	for statement, want := range map[string]string{
		"SELECT FIELDS(ALL) FROM Account LIMIT 1":    "both",
		"SELECT FIELDS(STANDARD) FROM Account":       "standard",
		"SELECT FIELDS(CUSTOM) FROM Account LIMIT 9": "custom",
	} {
		_, rows := answer(t, o, statement, false)
		standard, custom := strings.Contains(rows[0], `"Name":"Acme"`), strings.Contains(rows[0], `"Onward_Key__c":"Key-A"`)
		if standard != (want != "custom") || custom != (want != "standard") {
			t.Errorf("%s gives standard %t, custom %t", statement, standard, custom)
		}
	}
}

func TestMultiPicklist(t *testing.T) {
	many := crm.Schema{Object: "Trait__c", Fields: []crm.Field{{Name: "Id", Type: crm.TypeID}, {Name: "Tags__c", Type: "multipicklist"}}}
	o := newOrg(t, many)
	for _, tags := range []string{"a;b", "b", ""} {
		if _, err := o.Add("Trait__c", crm.Fields{"Tags__c": tags}); err != nil {
			t.Fatal(err)
		}
	}
	for where, want := range map[string]string{
		"Tags__c INCLUDES ('A')": "1", "Tags__c INCLUDES ('b')": "1 2", "Tags__c INCLUDES ('a;b', 'c')": "1",
		"Tags__c EXCLUDES ('a')": "2 3", "Tags__c = 'a;b'": "1",
	} {
		_, rows := answer(t, o, "SELECT Id FROM Trait__c WHERE "+where, false)
		if got := names(t, rows); got != want {
			t.Errorf("%s: got %q, want %q", where, got, want)
		}
	}
}
