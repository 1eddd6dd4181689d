package soql_test

import (
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// TestRefused holds what is never answered, and the code that says why.
func TestRefused(t *testing.T) {
	o := newOrg(t)
	in := func(where string) string { return "SELECT Id FROM Contact WHERE " + where }
	for _, c := range []struct{ statement, want string }{
		{"", soql.MalformedQuery},
		{"SELECT", soql.MalformedQuery},
		{"SELECT FROM Contact", soql.MalformedQuery},
		{"SELECT * FROM Contact", soql.MalformedQuery},
		{"SELECT Id Contact", soql.MalformedQuery},
		{"SELECT Id, FROM Contact", soql.MalformedQuery},
		{"SELECT Id FROM Contact;", soql.MalformedQuery},
		{"SELECT Id FROM Contact WHERE", soql.MalformedQuery},
		{"SELECT Id FROM Contact, Account", soql.MalformedQuery},
		{"SELECT Id FROM Contact ORDER LastName", soql.MalformedQuery},
		{"SELECT Id FROM Contact LIMIT -1", soql.MalformedQuery},
		{"SELECT Id FROM Contact LIMIT x", soql.MalformedQuery},
		{"SELECT Id FROM Contact OFFSET 2001", soql.OutsideRange},
		{"SELECT Id FROM Contact FOR UPDATE", soql.MalformedQuery},
		{"SELECT Id FROM Contact ALL ROWS", soql.MalformedQuery},
		{"SELECT Id FROM Contact USING SCOPE Mine", soql.MalformedQuery},
		{"SELECT Id FROM Contact WITH DATA CATEGORY x", soql.MalformedQuery},
		{"SELECT TYPEOF Owner WHEN User THEN Id END FROM Lead", soql.MalformedQuery},
		{"SELECT toLabel(Title) FROM Contact", soql.MalformedQuery},
		{"SELECT FORMAT(Name) FROM Contact", soql.MalformedQuery},
		{"SELECT Name n FROM Contact", soql.MalformedQuery},
		{"SELECT Name, COUNT() FROM Contact", soql.MalformedQuery},
		{"SELECT Name, COUNT(Id) FROM Contact", soql.MalformedQuery},
		{"SELECT Name, COUNT(Id) FROM Contact GROUP BY LastName", soql.MalformedQuery},
		{"SELECT COUNT(Id) FROM Contact GROUP BY ROLLUP(LastName)", soql.MalformedQuery},
		{"SELECT COUNT(Id) FROM Contact GROUP BY CALENDAR_YEAR(CreatedDate)", soql.MalformedQuery},
		{"SELECT COUNT(Id) x, COUNT(Email) X FROM Contact", soql.MalformedQuery},
		{"SELECT COUNT(Id) FROM Contact GROUP BY CreatedDate", soql.InvalidField},
		{"SELECT SUM(Name) FROM Contact", soql.InvalidField},
		{"SELECT COUNT() FROM Contact ORDER BY Id", soql.MalformedQuery},
		{"SELECT Id FROM Contact HAVING COUNT(Id) > 1", soql.MalformedQuery},
		{"SELECT FIELDS(ALL) FROM Contact", soql.MalformedQuery},
		{"SELECT FIELDS(ALL) FROM Contact LIMIT 201", soql.MalformedQuery},
		{"SELECT FIELDS(SOME) FROM Contact LIMIT 1", soql.MalformedQuery},
		{"SELECT Id, Id FROM Contact", soql.InvalidField},
		{"SELECT Nope FROM Contact", soql.InvalidField},
		{"SELECT Owner FROM Contact", soql.InvalidField},
		{"SELECT Account.Nope FROM Contact", soql.InvalidField},
		{"SELECT Nope.Name FROM Contact", soql.InvalidField},
		{"SELECT RecordType.Name FROM Contact", soql.InvalidField},
		{"SELECT Owner.ManagerId FROM Lead", soql.InvalidField},
		{"SELECT Account.Parent.Parent.Parent.Parent.Parent.Name FROM Contact", soql.MalformedQuery},
		{"SELECT Id FROM Nope", soql.InvalidType},
		{"SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Nope)", soql.InvalidType},
		{"SELECT (SELECT Id FROM Contact) FROM Account", soql.InvalidType},
		{"SELECT (SELECT Id FROM Leads) FROM Account", soql.InvalidType},
		{"SELECT (SELECT COUNT() FROM Contacts) FROM Account", soql.MalformedQuery},
		{"SELECT (SELECT Id, (SELECT Id FROM OpportunityContactRoles) FROM Contacts) FROM Account", soql.MalformedQuery},
		{"SELECT Id FROM Contact ORDER BY Description", soql.InvalidField},
		{"SELECT Id FROM Contact ORDER BY Nope", soql.InvalidField},
		{in("Nope = 1"), soql.InvalidField},
		{in("Description = 'x'"), soql.InvalidField},
		{in("Description != null"), soql.InvalidField},
		{in("Id = '003'"), soql.InvalidFilter},
		{in("AccountId IN ('zzz')"), soql.InvalidFilter},
		{in("Email IN ()"), soql.MalformedQuery},
		{in("Email IN 'a'"), soql.MalformedQuery},
		{in("Email = ('a')"), soql.MalformedQuery},
		{in("Email = \"a\""), soql.MalformedQuery},
		{in("Email = 'a"), soql.MalformedQuery},
		{in("Email = 'O'Neil'"), soql.MalformedQuery},
		{in("Email = 'a\\x'"), soql.MalformedQuery},
		{in("Email = 'a\\%'"), soql.MalformedQuery},
		{in("Email LIKE 'a\\x'"), soql.MalformedQuery},
		{in("Email = '" + strings.Repeat("x", 4001) + "'"), soql.MalformedQuery},
		{in("Email = :bind"), soql.MalformedQuery},
		{in("Email = Title"), soql.MalformedQuery},
		{in("Email == 'a'"), soql.MalformedQuery},
		{in("Email LIKE 5"), soql.MalformedQuery},
		{in("Email LIKE null"), soql.MalformedQuery},
		{in("Email NOT LIKE 'a'"), soql.MalformedQuery},
		{in("Email > null"), soql.MalformedQuery},
		{in("Email = 5"), soql.InvalidField},
		{in("Email = true"), soql.InvalidField},
		{in("Email INCLUDES ('a')"), soql.InvalidField},
		{in("Id LIKE '003%'"), soql.InvalidField},
		{in("HasOptedOutOfEmail = 'true'"), soql.InvalidField},
		{in("HasOptedOutOfEmail > false"), soql.InvalidField},
		{in("Birthdate = '1980-02-29'"), soql.InvalidField},
		{in("Birthdate = 1980-02-29T00:00:00Z"), soql.InvalidField},
		{in("Birthdate = 1981-02-29"), soql.MalformedQuery},
		{in("CreatedDate > 2026-01-01"), soql.InvalidField},
		{in("CreatedDate > 2026-01-01T00:00:00"), soql.MalformedQuery},
		{in("CreatedDate IN (TODAY)"), soql.InvalidField},
		{in("CreatedDate = THIS_FISCAL_YEAR"), soql.MalformedQuery},
		{in("CreatedDate = LAST_N_DAYS"), soql.MalformedQuery},
		{in("CreatedDate = LAST_N_DAYS:x"), soql.MalformedQuery},
		{in("CALENDAR_YEAR(CreatedDate) = 2026"), soql.MalformedQuery},
		{in("COUNT(Id) > 1"), soql.MalformedQuery},
		{in("Title = 'a' AND Email = 'b' OR Email = 'c'"), soql.MalformedQuery},
		{in("Title = 'a' OR Email = 'b' AND Email = 'c'"), soql.MalformedQuery},
		{in("NOT Title = 'a' AND Email = 'b'"), soql.MalformedQuery},
		{in("Title = 'a' AND NOT Email = 'b'"), soql.MalformedQuery},
		{in("(Title = 'a'"), soql.MalformedQuery},
		{in("Title = 'a')"), soql.MalformedQuery},
		{in("Title"), soql.MalformedQuery},
		{in(strings.Repeat("(", 100) + "Title = 'a'" + strings.Repeat(")", 100)), soql.MalformedQuery},
		{in("Title = 'a' OR AccountId IN (SELECT Id FROM Account)"), soql.MalformedQuery},
		{in("Email IN (SELECT Email FROM Lead)"), soql.InvalidField},
		{in("AccountId IN (SELECT Name FROM Account)"), soql.MalformedQuery},
		{in("AccountId IN (SELECT Id, Name FROM Account)"), soql.MalformedQuery},
		{in("AccountId IN (SELECT Id FROM Account LIMIT 5)"), soql.MalformedQuery},
		{in("ReportsToId IN (SELECT Id FROM Contact)"), soql.MalformedQuery},
		{in("NOT AccountId IN (SELECT Id FROM Account)"), soql.MalformedQuery},
		{in("Title = 'a' AND (NOT (AccountId NOT IN (SELECT Id FROM Account)))"), soql.MalformedQuery},
		{in("AccountId IN (SELECT OwnerId FROM Account)"), soql.MalformedQuery},
		{in("Id IN (SELECT AccountId FROM Opportunity)"), soql.MalformedQuery},
		{"SELECT MAX(CreatedDate) FROM Contact LIMIT 1", soql.MalformedQuery},
		{"SELECT MAX(CreatedDate) FROM Contact ORDER BY MAX(CreatedDate)", soql.MalformedQuery},
		{"SELECT COUNT(HasOptedOutOfEmail) FROM Contact", soql.InvalidField},
		{"SELECT (SELECT Id FROM Contacts LIMIT 1 OFFSET 1) FROM Account", soql.MalformedQuery},
		{"SELECT (SELECT Id FROM Contacts LIMIT 1 OFFSET 1) FROM Account LIMIT 2", soql.MalformedQuery},
		{in("AccountId IN (SELECT AccountId FROM Opportunity WHERE AccountId IN (SELECT Id FROM Account))"), soql.MalformedQuery},
		{"SELECT Id FROM Contact WHERE Email = '" + strings.Repeat("a', '", 20_000) + "'", soql.MalformedQuery},
		{"SELECT Id FROM Contact WHERE Email = '\xff'", soql.MalformedQuery},
	} {
		if _, _, err := try(o, c.statement, false); code(err) != c.want {
			t.Errorf("%.90s: got %q, want %s", c.statement, code(err), c.want)
		}
	}
}

func TestRefusalsNameWhatIsWrong(t *testing.T) {
	o := newOrg(t)
	for statement, want := range map[string]string{
		"SELECT Foo FROM Contact":                         "No such column 'Foo' on entity 'Contact'",
		"SELECT Id FROM Foo":                              "sObject type 'Foo' is not supported",
		"SELECT Id FROM Lead WHERE IsConverted = 'false'": "value of filter criterion for field 'IsConverted' must be of type boolean and should not be enclosed in quotes",
		"SELECT Id FROM Lead WHERE Email = 1":             "value of filter criterion for field 'Email' must be of type string and should be enclosed in quotes",
	} {
		_, _, err := try(o, statement, false)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", statement, err, want)
		}
	}
}
