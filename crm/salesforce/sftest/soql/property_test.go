package soql_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// comparisons are what random conditions are made of.
var comparisons = []string{
	"LastName = 'lee'", "LastName != 'Lee'", "LastName IN ('Lee', 'MO')", "LastName NOT IN ('Lee')", "LastName LIKE '%e%'",
	"LastName > 'M'", "Email = null", "Email != null", "Email IN ('ANN@acme.example', null)", "Email = 'mo@free.example'",
	"HasOptedOutOfEmail = true", "HasOptedOutOfEmail = null", "Birthdate >= 1980-02-29", "Birthdate = 1990-01-01",
	"Email = null OR Email = 'zoe@acme.example'", "CreatedDate = TODAY OR CreatedDate = 2026-10-02T08:00:00Z",
	"CreatedDate > 2026-10-02T08:00:00Z", "CreatedDate = THIS_YEAR", "AccountId = '001000000000001'", "AccountId = null",
	"Id > '003000000000001AAA'", "Id IN ('003000000000001', '003000000000004')", "Account.Name = 'acme'", "Account.Industry != 'Food'",
}

// condition makes a condition of comparisons.
func condition(t *rapid.T, depth int) string {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		return rapid.SampledFrom(comparisons).Draw(t, "comparison")
	}
	word := rapid.SampledFrom([]string{"AND", "AND", "OR", "NOT"}).Draw(t, "operator")
	if word == "NOT" {
		return "NOT (" + condition(t, depth-1) + ")"
	}
	n := rapid.IntRange(2, 3).Draw(t, "operands")
	parts := make([]string, n)
	for i := range parts {
		parts[i] = "(" + condition(t, depth-1) + ")"
	}
	return strings.Join(parts, " "+word+" ")
}

// TestLeadChangesNothing compares answers that the source's indexes led to with
// those of reading every row.
func TestLeadChangesNothing(t *testing.T) {
	led, blind := newOrg(t), newOrg(t)
	blind.blind = true
	rapid.Check(t, func(t *rapid.T) {
		statement := "SELECT Id, Account.Name FROM Contact WHERE " + condition(t, 3) +
			rapid.SampledFrom([]string{"", " ORDER BY LastName DESC", " ORDER BY Id LIMIT 2", " LIMIT 1 OFFSET 1"}).Draw(t, "rest")
		all := rapid.Bool().Draw(t, "all")
		n, want, err := try(blind, statement, all)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		m, got, err := try(led, statement, all)
		if err != nil || n != m || cmp.Diff(want, got) != "" {
			t.Fatalf("%s: led %d rows (%v), blind %d:\n%s", statement, m, err, n, cmp.Diff(want, got))
		}
	})
}

// FuzzParse looks for statements that break the parser, and for those that mean
// something else once printed.
func FuzzParse(f *testing.F) {
	for _, seed := range append([]string{
		"SELECT Id, (SELECT Id FROM Contacts WHERE a = 'x' LIMIT 1) FROM Account a WITH USER_MODE GROUP BY b.c HAVING COUNT(Id) > 1 ORDER BY d DESC NULLS LAST LIMIT 5 OFFSET 2 FOR VIEW ALL ROWS",
		"SELECT COUNT() FROM X WHERE NOT (a LIKE 'x\\_\\%\\\\\\'%' OR (b = LAST_N_DAYS:3 AND c = TODAY))",
		"SELECT a FROM X WHERE b IN (SELECT c FROM Y) AND d INCLUDES ('a;b', 'c')",
		"SELECT a FROM X WHERE b = 2026-01-01T00:00:00.5+01:00 OR c = -1.5 OR d != '\\n\\t\\\"'",
	}, comparisons...) {
		f.Add(seed)
		f.Add("SELECT Id FROM Contact WHERE " + seed)
	}
	f.Fuzz(func(t *testing.T, statement string) {
		q, err := soql.Parse(statement)
		if err != nil {
			return
		}
		again, err := soql.Parse(q.String())
		if err != nil {
			t.Fatalf("%q was printed as %q: %v", statement, q, err)
		}
		if diff := cmp.Diff(q, again); diff != "" {
			t.Fatalf("%q was printed as %q:\n%s", statement, q, diff)
		}
	})
}

// FuzzParseSearch looks for searches that break the parser.
func FuzzParseSearch(f *testing.F) {
	f.Add(`FIND {("ann lee" OR zo?) AND NOT b\'c*} IN NAME FIELDS RETURNING Contact(Id WHERE a = 'b' LIMIT 1), Lead LIMIT 3`)
	f.Fuzz(func(t *testing.T, statement string) {
		if s, err := soql.ParseSearch(statement); err == nil && s == nil {
			t.Fatal("neither a search nor an error")
		}
	})
}
