package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/cmd/onward/exit"
)

// TestMatchAsANewUser takes what the CRMs export, untouched: a report of accounts
// and one of leads from Salesforce, companies and contacts from HubSpot. Street
// addresses have line ends, the report has lines below it, a lead has no company.
func TestMatchAsANewUser(t *testing.T) {
	for _, tt := range []struct {
		accounts, queries string
		accountIDs        string // with a number for the last sign
		queryIDs          string
		said              []string
	}{
		{"sf_accounts.csv", "sf_leads.csv", "0015g00000Aa00%d", "00Q5g000001B00%d", []string{
			"3 rows of testdata/match/sf_accounts.csv left out, 6 rows good:",
			"testdata/match/sf_accounts.csv:11: has 1 cells, want 13 as in the header",
			"testdata/match/sf_leads.csv:7: Company / Account: empty, want a name",
			"5 looked up: 4 auto, 0 review, 1 none",
		}},
		{"hs_companies.csv", "hs_contacts.csv", "1827364500%d", "5%d", []string{
			"testdata/match/hs_companies.csv:8: Company name: empty, want a name",
			"testdata/match/hs_contacts.csv:7: Company name: empty, want a name",
			"5 looked up: 4 auto, 0 review, 1 none",
		}},
	} {
		t.Run(tt.accounts, func(t *testing.T) {
			got := onward(t, t.Context(), "", "match", "--accounts", "testdata/match/"+tt.accounts, "--queries", "testdata/match/"+tt.queries)
			if got.code != exit.CodeDone {
				t.Fatalf("%+v", got)
			}
			var answers [][]string
			for _, row := range readCSV(t, got.stdout)[1:] {
				answers = append(answers, []string{row[0], row[1], row[3], row[5]})
			}
			query := func(i int) string { return fmt.Sprintf(tt.queryIDs, i) }
			account := func(i int) string { return fmt.Sprintf(tt.accountIDs, i) }
			want := [][]string{
				{query(1), account(1), "auto", "exact_host"},
				{query(2), account(2), "auto", "exact_name"},
				{query(3), account(3), "auto", "exact_host"},
				{query(4), account(6), "auto", "exact_host"},
				{query(5), "", "none", "no_candidate"},
			}
			if diff := cmp.Diff(want, answers); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			for _, line := range tt.said {
				if !strings.Contains(got.stderr, line+"\n") {
					t.Errorf("does not say %q:\n%s", line, got.stderr)
				}
			}
		})
	}
}

// TestMatchReadsBadFiles tries what is wrong with files on either list: the report
// names file, line and column, the good rows are answered, and a file that cannot
// be used at all is refused before an answer is written.
func TestMatchReadsBadFiles(t *testing.T) {
	const goodAccounts, goodQueries = "id,name\n1,Beta Labs\n2,Gamma Freight\n", "id,company\n1,Beta Labs\n2,Gamma Freight\n"
	for _, tt := range []struct {
		name, accounts, queries string
		found                   int // answers with an account
		said                    string
	}{
		{"both good", goodAccounts, goodQueries, 2, "2 looked up: 2 auto"},
		{"byte-order marks", "\ufeff" + goodAccounts, "\ufeff" + goodQueries, 2, ""},
		{"line ends of Windows", crlf(goodAccounts), crlf(goodQueries), 2, ""},
		{"line ends of old Macs", strings.ReplaceAll(goodAccounts, "\n", "\r"), strings.ReplaceAll(goodQueries, "\n", "\r"), 2, ""},
		{"semicolons and tabs", strings.ReplaceAll(goodAccounts, ",", ";"), strings.ReplaceAll(goodQueries, ",", "\t"), 2, ""},
		{"quotes", "\"id\",\"name\"\n\"1\",\"Beta \"\"Labs\"\"\"\n", "id,company\n1,\"Beta\nLabs\"\n", 1, ""},
		{"no line end at the end", strings.TrimSuffix(goodAccounts, "\n"), strings.TrimSuffix(goodQueries, "\n"), 2, ""},
		{"blank lines", strings.ReplaceAll(goodAccounts, "\n", "\n\n,\n"), strings.ReplaceAll(goodQueries, "\n", "\n\n,\n"), 2, ""},
		{"empty id of an account", goodAccounts + ",Delta\n", goodQueries, 2, "a.csv:4: id: empty, want an id"},
		{"empty id of a query", goodAccounts, goodQueries + ",Delta\n", 2, "q.csv:4: id: empty, want an id"},
		{"doubled id of an account", goodAccounts + "1,Delta\n", goodQueries, 2, "a.csv:4: id: stands on line 2 already, want each id once"},
		{"doubled id of a query", goodAccounts, goodQueries + "1,Gamma Freight\n", 2, "q.csv:4: id: stands on line 2 already, want each id once"},
		{"very long line of an account", goodAccounts + "3," + strings.Repeat("x", 3<<20) + "\n4,Delta\n", goodQueries, 2, "a.csv:4: name: longer than 1 MiB, want a row"},
		{"very long line of a query", goodAccounts, "id,company\n1," + strings.Repeat("x", 3<<20) + "\n2,Gamma Freight\n", 1, "q.csv:2: company: longer than 1 MiB, want a row"},
		{"lost quote", goodAccounts, "id,company\n1,\"Beta Labs\n2,Gamma Freight\n", 1, "q.csv:2: company: no closing quote, want one within 1 MiB"},
		{"control characters", "id,name\n1,Beta\x00Labs\n2,Gamma Freight\n", goodQueries, 1, "a.csv:2: name: control characters, want a name"},
		{"name of 10,000 characters", "id,name\n1," + strings.Repeat("é", 10_000) + "\n2,Gamma Freight\n", goodQueries, 1, "a.csv:2: name: 10000 characters, more than 1000, want a name"},
		{"name of one sign", "id,name\n1,X\n2,Gamma Freight\n", goodQueries, 1, "a.csv:2: name: a name of one sign, which can hardly be found"},
		{"website that is none", "id,name,website\n1,Beta Labs,see LinkedIn\n2,Gamma Freight,n/a\n", goodQueries, 2, "a.csv:3: website: no domain, left out"},
		{"column missing among accounts", "id,website\n1,beta.io\n", goodQueries, -1, "a.csv:1: no column holds the name"},
		{"column missing among queries", goodAccounts, "company\nBeta Labs\n", -1, "q.csv:1: no column holds the id"},
		{"doubled column of accounts", "id,name,Name\n1,Beta Labs,Beta\n", goodQueries, -1, "a.csv:1: Name: means the same as column name"},
		{"doubled column of queries", goodAccounts, "id,company,Company Name\n1,Beta,Beta\n", -1, "q.csv:1: Company Name: means the same as column company"},
		{"another encoding", goodAccounts, "id,company\n1,Soci\xe9t\xe9\n", -1, "q.csv:2: not in UTF-8"},
		{"a spreadsheet", "PK\x03\x04", goodQueries, -1, "a.csv:1: is a spreadsheet or an archive"},
		{"nothing", "", goodQueries, -1, "a.csv:1: empty, want a first row"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "a.csv", tt.accounts)
			write(t, "q.csv", tt.queries)
			got := onward(t, t.Context(), "", "match", "--accounts", "a.csv", "--queries", "q.csv", "--out", "p.csv")
			files := snapshot(t, ".")
			answer, written := files[filepath.Join(".", "p.csv")]
			if tt.found < 0 {
				if got.code != exit.CodeUsage || written || !strings.Contains(got.stderr, tt.said) {
					t.Errorf("%+v, answer written: %v", got, written)
				}
				return
			}
			if got.code != exit.CodeDone || !strings.Contains(got.stderr, tt.said) || len(got.stderr) > 2000 {
				t.Errorf("%d, %.2000s", got.code, got.stderr)
			}
			found := 0
			for _, row := range readCSV(t, answer)[1:] {
				if row[1] != "" && row[3] != "none" {
					found++
				}
			}
			if found != tt.found {
				t.Errorf("%d found, want %d:\n%s", found, tt.found, answer)
			}
		})
	}
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
