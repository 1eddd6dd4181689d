package soql_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest/soql"
)

// find runs a search and gives what was found as prefixes and numbers of ids.
func find(o *org, statement string) (string, error) {
	s, err := soql.ParseSearch(statement)
	if err != nil {
		return "", err
	}
	rows, err := s.Run(context.Background(), o)
	if err != nil {
		return "", err
	}
	var out []string
	for _, row := range rows {
		out = append(out, row.ID()[:3]+row.ID()[14:15])
	}
	return strings.Join(out, " "), nil
}

func TestSearch(t *testing.T) {
	o := newOrg(t)
	for _, c := range []struct{ statement, want string }{
		{"FIND {lee} IN NAME FIELDS RETURNING Contact(Id), Lead(Id)", "0031 0032 00Q1"},
		{"find {LEE ann} in name fields returning Contact (Id), Lead", "0031 00Q1"},
		{"FIND {ann OR zoe} IN NAME FIELDS RETURNING Contact(Id)", "0031 0032"},
		{"FIND {Zoë} IN NAME FIELDS RETURNING Contact(Id)", "0032"},
		{"FIND {lee AND NOT ann} IN NAME FIELDS RETURNING Contact(Id), Lead(Id)", "0032"},
		{"FIND {lee AND (ann OR zoe)} IN NAME FIELDS RETURNING Contact(Id)", "0031 0032"},
		{"FIND {mo OR lee AND zoe} IN NAME FIELDS RETURNING Contact(Id)", "0032 0034"},
		{`FIND {"ann lee"} IN NAME FIELDS RETURNING Contact(Id)`, "0031"},
		{`FIND {"lee ann"} IN NAME FIELDS RETURNING Contact(Id)`, ""},
		{`FIND {o\'neil} IN NAME FIELDS RETURNING Contact(Id)`, "0033"},
		{`FIND {bob\'s} IN NAME FIELDS RETURNING Account(Id)`, "0012"},
		{"FIND {acm*} IN NAME FIELDS RETURNING Account(Id)", "0011"},
		{"FIND {a?me} IN NAME FIELDS RETURNING Account(Id)", "0011"},
		{"FIND {ac?} IN NAME FIELDS RETURNING Account(Id)", ""},
		{"FIND {le} IN NAME FIELDS RETURNING Contact(Id)", ""},
		{"FIND {ann@acme.example} IN EMAIL FIELDS RETURNING Contact(Id), Lead(Id)", "0031"},
		{"FIND {acme.example} IN EMAIL FIELDS RETURNING Contact(Id)", "0031 0032"},
		{"FIND {acme} IN EMAIL FIELDS RETURNING Account(Id)", ""},
		{"FIND {acme} RETURNING Account(Id), Lead(Id)", "0011 00Q2"},
		{"FIND {acme lee} IN ALL FIELDS RETURNING Contact(Id)", "0031 0032"},
		{"FIND {lee} IN NAME FIELDS RETURNING Contact(Id WHERE FirstName = 'Ann'), Lead(Id LIMIT 0)", "0031"},
		{"FIND {lee} IN NAME FIELDS RETURNING Contact(Id ORDER BY FirstName DESC LIMIT 1)", "0032"},
		{"FIND {lee} IN NAME FIELDS RETURNING Contact(Id), Lead(Id) LIMIT 2", "0031 0032"},
		{"FIND {ray} IN NAME FIELDS RETURNING Contact(Id)", ""},
		{"FIND {ann} IN NAME FIELDS", "0031 00Q1"},
	} {
		got, err := find(o, c.statement)
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", c.statement, got, err, c.want)
		}
	}
}

func TestSearchRefused(t *testing.T) {
	o := newOrg(t)
	long := strings.Repeat("ab ", 1400)
	for _, c := range []struct{ statement, want string }{
		{"", soql.MalformedSearch},
		{"FIND ann", soql.MalformedSearch},
		{"FIND {ann", soql.MalformedSearch},
		{"FIND {}", soql.MalformedSearch},
		{"FIND {a}", soql.MalformedSearch},
		{"FIND {a*}", ""},
		{"FIND {.}", soql.MalformedSearch},
		{"FIND {*nn}", soql.MalformedSearch},
		{"FIND {a-b}", soql.MalformedSearch},
		{"FIND {o'neil}", soql.MalformedSearch},
		{`FIND {a\b}`, soql.MalformedSearch},
		{`FIND {"ann}`, soql.MalformedSearch},
		{"FIND {(ann}", soql.MalformedSearch},
		{"FIND {ann)}", soql.MalformedSearch},
		{"FIND {ann AND}", soql.MalformedSearch},
		{"FIND {NOT ann}", soql.MalformedSearch},
		{"FIND {OR ann}", soql.MalformedSearch},
		{"FIND {" + long + "}", ""},
		{"FIND {" + long + "OR ann}", soql.MalformedSearch},
		{"FIND {" + strings.Repeat("ab ", 4000) + "}", soql.MalformedSearch},
		{"FIND {ann} IN SIDEBAR FIELDS", soql.MalformedSearch},
		{"FIND {ann} WITH HIGHLIGHT", soql.MalformedSearch},
		{"FIND {ann} RETURNING Contact(", soql.MalformedSearch},
		{"FIND {ann} RETURNING Contact(COUNT(Id))", soql.MalformedSearch},
		{"FIND {ann} RETURNING Contact(Id) LIMIT x", soql.MalformedSearch},
		{"FIND {ann} RETURNING Nope(Id)", soql.InvalidType},
		{"FIND {ann} RETURNING Contact(Nope)", soql.InvalidField},
	} {
		if _, err := find(o, c.statement); code(err) != c.want {
			t.Errorf("%.60s: got %q, want %q", c.statement, code(err), c.want)
		}
	}
}

// TestSearchLead sees that a search for names does not read whole tables.
func TestSearchLead(t *testing.T) {
	o := newOrg(t)
	if _, err := find(o, `FIND {("ann lee" OR zoe) AND lee} IN NAME FIELDS RETURNING Contact(Id)`); err != nil {
		t.Fatal(err)
	}
	where := o.finds[0].Where
	if len(where) != 1 || where[0].Op != crm.OpWords || strings.Join(where[0].Values, "|") != "ann lee lee|zoe lee" {
		t.Errorf("the source was asked for %+v", where)
	}
}

func TestExplain(t *testing.T) {
	o := newOrg(t)
	for statement, want := range map[string]string{
		"SELECT Id FROM Contact WHERE Email = 'mo@free.example'":                                          "Index Email",
		"SELECT Id FROM Contact WHERE Title = 'CEO'":                                                      "TableScan ",
		"SELECT Id FROM Contact WHERE Email LIKE '%@x.example'":                                           "TableScan ",
		"SELECT Id FROM Contact WHERE Email = null":                                                       "TableScan ",
		"SELECT Id FROM User WHERE Id IN ('" + user + "')":                                                "Index Id",
		"SELECT Id FROM Contact WHERE Id = '" + id("003", 1) + "' AND LastName = 'Lee'":                   "Index Id",
		"SELECT Id FROM Lead WHERE Email = 'ann@newco.example'":                                           "Index Email",
		"SELECT Id FROM Account WHERE Name = 'Acme'":                                                      "Index Name",
		"SELECT Id FROM Account WHERE Onward_Key__c = 'Key-A'":                                            "Index Onward_Key__c",
		"SELECT Id FROM Account WHERE OwnerId = '" + user + "' AND SystemModstamp > 2030-01-01T00:00:00Z": "Index SystemModstamp",
		"SELECT Id FROM Contact WHERE Title = 'CEO' AND AccountId IN ('" + id("001", 1) + "')":            "Index AccountId",
		"SELECT Id FROM Contact WHERE Title = 'CEO' OR Email = 'mo@free.example'":                         "TableScan ",
	} {
		q, err := soql.Parse(statement)
		if err != nil {
			t.Fatal(err)
		}
		st, err := soql.Prepare(o, q)
		if err != nil {
			t.Fatal(err)
		}
		plans, err := st.Explain(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if got := plans[0].LeadingOperationType + " " + strings.Join(plans[0].Fields, ","); got != want {
			t.Errorf("%s: leads with %q, want %q", statement, got, want)
		}
		if b, err := json.Marshal(plans[0]); err != nil || !strings.Contains(string(b), `"notes":[`) {
			t.Errorf("%s: plan %s, %v", statement, b, err)
		}
	}
}
