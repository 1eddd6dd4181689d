package salesforce

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

var update = flag.Bool("update", false, "write the golden files of this package anew")

// describedAs gives an object as memcrm knows it, in the form of describe.
func describedAs(t testing.TB, o crm.Object, more ...wireField) *described {
	t.Helper()
	for _, s := range memcrm.DefaultSchemas(crm.DefaultNames()) {
		if s.Object != o {
			continue
		}
		w := wireObject{Name: string(o), Createable: s.Creatable, Updateable: s.Updatable, Searchable: true}
		for _, f := range s.Fields {
			w.Fields = append(w.Fields, wireField{
				Name: f.Name, Type: f.Type, Length: f.Length, Nillable: !f.Required, Createable: f.Creatable, Updateable: f.Updatable,
				ExternalID: f.ExternalID, Unique: f.Unique, Filterable: f.Type != crm.TypeLongText || f.Length <= 255,
			})
		}
		w.Fields = append(w.Fields, more...)
		return newDescribed(w)
	}
	t.Fatalf("no object %s", o)
	return nil
}

func oneOf(field string, values ...string) crm.Cond {
	return crm.Cond{Field: field, Op: crm.OpIn, Values: values}
}

func asking(o crm.Object, where ...crm.Cond) crm.Query { return crm.Query{Object: o, Where: where} }

// statementCases are queries of every kind that the builders know.
func statementCases() []struct {
	name  string
	query crm.Query
	where string
} {
	since := func(field, at string) crm.Cond { return crm.Cond{Field: field, Op: crm.OpSince, Values: []string{at}} }
	words := crm.Cond{Op: crm.OpWords, Values: []string{"J O", "Li"}}
	return []struct {
		name  string
		query crm.Query
		where string
	}{
		{"everything", asking(crm.ObjectAccount), ``},
		{"one value", asking(crm.ObjectAccount, oneOf("Name", "Acme")), `Name = 'Acme'`},
		{"several values, each once", asking(crm.ObjectAccount, oneOf("Name", "a", "b", "a")), `Name IN ('a', 'b')`},
		{"CR02 hostile text", asking(crm.ObjectAccount, oneOf("Name", `O'Brien\%_`, "\n\r\t\b\f\"")), `Name IN ('O\'Brien\\%_', '\n\r\t\b\f\"')`},
		{"CR02 an attempt to break out", asking(crm.ObjectAccount, oneOf("Name", `' OR Name != '`)), `Name = '\' OR Name != \''`},
		{"CR02 a backslash at the end", asking(crm.ObjectAccount, oneOf("Name", `a\`)), `Name = 'a\\'`},
		{"control characters and broken text", asking(crm.ObjectAccount, oneOf("Name", "a\x00b\xff")), "Name = 'a\uFFFDb\uFFFD'"},
		{"a blank", asking(crm.ObjectAccount, oneOf("Website", "")), `Website = null`},
		{"a blank among values", asking(crm.ObjectAccount, oneOf("Website", "a", "", "b")), `(Website = null OR Website IN ('a', 'b'))`},
		{"ids of both lengths", asking(crm.ObjectContact, oneOf("AccountId", "001RM000003oLnn", "001RM000003oLnnYAE")), `AccountId = '001RM000003oLnnYAE'`},
		{"a checkbox", asking(crm.ObjectLead, oneOf("IsConverted", "TRUE")), `IsConverted = true`},
		{"both sides of a checkbox", asking(crm.ObjectLead, oneOf("IsConverted", "true", "0")), `(IsConverted = true OR IsConverted = false)`},
		{"numbers", asking(crm.ObjectAccount, oneOf("AnnualRevenue", "1e3", "2.50", "abc", "0x10", "1_0")), `AnnualRevenue IN (1000, 2.5)`},
		{"dates", asking(crm.ObjectOpportunity, oneOf("CloseDate", "2026-11-03", "soon")), `CloseDate = 2026-11-03`},
		{"times", asking(crm.ObjectContact, oneOf("CreatedDate", "2026-11-03T12:00:00.000+0100", "2026-11-03T12:00:00.5Z")),
			`CreatedDate IN (2026-11-03T11:00:00Z, 2026-11-03T12:00:00.500Z)`},
		{"since a time", asking(crm.ObjectAccount, since("SystemModstamp", "2026-11-03T12:00:00.000Z")), `SystemModstamp >= 2026-11-03T12:00:00Z`},
		{"since midnight, of a date", asking(crm.ObjectOpportunity, since("CloseDate", "2026-11-03T00:00:00Z")), `CloseDate >= 2026-11-03`},
		{"since noon, of a date", asking(crm.ObjectOpportunity, since("CloseDate", "2026-11-03T12:00:00Z")), `CloseDate > 2026-11-03`},
		{"several conditions", asking(crm.ObjectContact, oneOf("LastName", "Lee", ""), oneOf("Title", "CEO")),
			`(LastName = null OR LastName = 'Lee') AND Title = 'CEO'`},
		{"words that only SOQL can look for", asking(crm.ObjectContact, words), `Name IN ('J O', 'Li')`},
		{"keys", asking(crm.ObjectLead, oneOf("Onward_Key__c", "0f", "0e")), `Onward_Key__c IN ('0f', '0e')`},
		{"deleted records too", crm.Query{Object: crm.ObjectContact, Deleted: true, Where: []crm.Cond{oneOf("Id", "003RM0000068xV6YAI")}},
			`Id = '003RM0000068xV6YAI'`},
	}
}

func TestStatements(t *testing.T) {
	for _, c := range statementCases() {
		t.Run(c.name, func(t *testing.T) {
			s, err := describedAs(t, c.query.Object).statement(c.query)
			if err != nil {
				t.Fatal(err)
			}
			_, where, _ := strings.Cut(strings.TrimSuffix(s.text, " ORDER BY Id"), " WHERE ")
			if where != c.where || s.nothing || s.all != c.query.Deleted {
				t.Errorf("got  %s\nwant %s", where, c.where)
			}
		})
	}
}

// TestStatementsFile keeps the statements for a parser that is not ours.
func TestStatementsFile(t *testing.T) {
	var lines []string
	for _, c := range statementCases() {
		c.query.Select = []string{"Id", "CreatedDate"}
		s, err := describedAs(t, c.query.Object).statement(c.query)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, s.text)
	}
	got := strings.Join(lines, "\n") + "\n"
	const path = "testdata/statements.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is out of date (-have +want); write it with -update:\n%s", path, diff)
	}
}

func TestColumns(t *testing.T) {
	for _, c := range []struct {
		name    string
		object  crm.Object
		selects []string
		deleted bool
		want    string
	}{
		{"always id and version", crm.ObjectAccount, nil, false, "Id SystemModstamp"},
		{"sorted, each once", crm.ObjectAccount, []string{"Website", "Name", "Id", "Name"}, false, "Id Name SystemModstamp Website"},
		{"deleted records tell it", crm.ObjectLead, []string{"Email"}, true, "Id Email IsDeleted MasterRecordId SystemModstamp"},
		{"an object that cannot be merged", crm.ObjectOpportunity, nil, true, "Id IsDeleted SystemModstamp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := describedAs(t, c.object).columns(crm.Query{Object: c.object, Select: c.selects, Deleted: c.deleted})
			if err != nil || strings.Join(got, " ") != c.want {
				t.Errorf("got %v, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestStatementRefuses(t *testing.T) {
	address := wireField{Name: "MailingAddress", Type: typeAddress, Filterable: true}
	for _, c := range []struct {
		name  string
		query crm.Query
		code  string
		field string
	}{
		{"an unknown field", crm.Query{Select: []string{"No_Such_Field__c"}}, "INVALID_FIELD", "No_Such_Field__c"},
		{"a field in other case", crm.Query{Select: []string{"lastname"}}, "INVALID_FIELD", "lastname"},
		{"a path", crm.Query{Select: []string{"Account.Name"}}, "INVALID_FIELD", "Account.Name"},
		{"an injected field", crm.Query{Select: []string{"Id FROM User --"}}, "INVALID_FIELD", "Id FROM User --"},
		{"a compound value", crm.Query{Select: []string{"MailingAddress"}}, "INVALID_FIELD", "MailingAddress"},
		{"an unknown field in a condition", asking("", oneOf("No_Such_Field__c", "x")), "INVALID_FIELD", "No_Such_Field__c"},
		{"long text in a condition", asking("", oneOf("Description", "x")), "INVALID_FIELD", "Description"},
		{"an empty filter", asking("", oneOf("LastName")), "MALFORMED_QUERY", "LastName"},
		{"an empty filter of words", asking("", crm.Cond{Op: crm.OpWords}), "MALFORMED_QUERY", ""},
		{"a malformed id", asking("", oneOf("Id", "003")), "INVALID_QUERY_FILTER_OPERATOR", "Id"},
		{"since of a text", asking("", crm.Cond{Field: "LastName", Op: crm.OpSince, Values: []string{"2026-11-03"}}), "INVALID_QUERY_FILTER_OPERATOR", "LastName"},
		{"since of two", asking("", crm.Cond{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"2026-11-03", "2026-11-04"}}), "INVALID_QUERY_FILTER_OPERATOR", "CreatedDate"},
		{"since of no time", asking("", crm.Cond{Field: "CreatedDate", Op: crm.OpSince, Values: []string{"soon"}}), "INVALID_QUERY_FILTER_OPERATOR", "CreatedDate"},
		{"an unknown comparison", asking("", crm.Cond{Field: "LastName", Op: "like", Values: []string{"%"}}), "MALFORMED_QUERY", "LastName"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.query.Object = crm.ObjectContact
			_, err := describedAs(t, crm.ObjectContact, address).statement(c.query)
			var e *crm.Error
			if !errors.As(err, &e) || !errors.Is(err, crm.ErrInvalid) || e.Code != c.code || c.field != "" && !slices.Contains(e.Fields, c.field) {
				t.Errorf("got %v, want %s about %s", err, c.code, c.field)
			}
		})
	}
}

// TestImpossibleValues: what no record can have finds nothing, and nobody is
// asked.
func TestImpossibleValues(t *testing.T) {
	long := strings.Repeat("x", maxString+1)
	for name, q := range map[string]crm.Query{
		"text that is too long": asking(crm.ObjectAccount, oneOf("Name", long)),
		"no number":             asking(crm.ObjectAccount, oneOf("AnnualRevenue", "many")),
		"no date":               asking(crm.ObjectOpportunity, oneOf("CloseDate", "2026-02-30")),
		"one of two conditions": asking(crm.ObjectAccount, oneOf("Name", "Acme"), oneOf("AnnualRevenue", "many")),
	} {
		if s, err := describedAs(t, q.Object).statement(q); err != nil || !s.nothing {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

var soqlToken = regexp.MustCompile(`'(?:[^'\\]|\\['\\nrtbf"])*'|[A-Za-z0-9_:.+-]+|[(),]|>=|=|\s+`)

// tokens cuts a statement; strings become "S". A rest that is no token is kept as
// it is.
func tokens(s string) []string {
	var out []string
	for s != "" {
		at := soqlToken.FindStringIndex(s)
		if at == nil || at[0] != 0 {
			return append(out, "REST "+s)
		}
		switch tok := s[:at[1]]; {
		case strings.TrimSpace(tok) == "":
		case tok[0] == '\'':
			out = append(out, "S")
		default:
			out = append(out, tok)
		}
		s = s[at[1]:]
	}
	return out
}

// FuzzStatement: whatever the value, it is one string in the statement, whose
// other tokens stay as they are.
func FuzzStatement(f *testing.F) {
	for _, v := range []string{"Acme", `O'Brien\%_`, `\`, `'`, `' OR Name != '`, "\x00\x7f\xff\u2028", `\'`, "a\nb"} {
		f.Add(v)
	}
	d := describedAs(f, crm.ObjectContact)
	f.Fuzz(func(t *testing.T, v string) {
		s, err := d.statement(asking(crm.ObjectContact, oneOf("LastName", v, "second"), oneOf("Title", v)))
		if err != nil || s.nothing || v == "" || v == "second" {
			return
		}
		want := strings.Fields("SELECT Id , SystemModstamp FROM Contact WHERE LastName IN ( S , S ) AND Title = S ORDER BY Id")
		if got := tokens(s.text); !slices.Equal(got, want) {
			t.Errorf("value %q gives %q", v, got)
		}
	})
}

func TestCR02TwoThousandNames(t *testing.T) {
	names := make([]string, 2000)
	for i := range names {
		names[i] = fmt.Sprintf("O'Brien & Söhne %d", i)
	}
	q := asking(crm.ObjectAccount, oneOf("Name", names[:maxValues]...))
	s, err := describedAs(t, crm.ObjectAccount).statement(q)
	if err != nil || len(s.text) > 100_000 || strings.Count(s.text, `O\'Brien`) != maxValues {
		t.Errorf("%d characters, %v", len(s.text), err)
	}
}
