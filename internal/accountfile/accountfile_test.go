package accountfile_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/accountfile"
)

// TestHeadersOfBothCRMs: the same account comes out of every export.
func TestHeadersOfBothCRMs(t *testing.T) {
	want := accountfile.Account{Line: 2, ID: "7", Name: "Núñez, Inc.", Website: "acme.com", Country: "US", City: "Boston", Phone: "+1 617", ParentID: "6"}
	const cells = `7,"Núñez, Inc.",acme.com,US,Boston,+1 617,6` + "\n"
	tests := []struct{ name, file string }{
		{"plain", "id,name,website,country,city,phone,parent_id\n" + cells},
		{"Salesforce report", "Account ID,Account Name,Website,Billing Country,Billing City,Phone,Parent Account ID\n" + cells},
		{"Salesforce API names", "Id,Name,Website,BillingCountryCode,BillingCity,Phone,ParentId\n" + cells},
		{"HubSpot", "Record ID,Company name,Company Domain Name,Country/Region,City,Phone Number,Parent Company ID\n" + cells},
		{"HubSpot, website", "Record ID,Company name,Website URL,Country/Region,City,Phone Number,Parent Company ID\n" + cells},
		{"case and blanks", " ID , NAME ,WEB SITE,  Country,CITY,phone,Parent ID\n" + cells},
		{"byte-order mark, CRLF", "\ufeff" + strings.ReplaceAll("id,name,website,country,city,phone,parent_id\n"+cells, "\n", "\r\n")},
		{"semicolons", "id;name;website;country;city;phone;parent_id\n7;\"Núñez, Inc.\";acme.com;US;Boston;+1 617;6"},
		{"tabs, other columns, another order", "Owner\tcity\tid\tname\twebsite\tcountry\tphone\tparent_id\n\"a\tb\"\tBoston\t7\tNúñez, Inc.\tacme.com\tUS\t+1 617\t6\n"},
		{"country and its code", "Id,Name,Website,BillingCountry,BillingCountryCode,BillingCity,Phone,ParentId\n7,\"Núñez, Inc.\",acme.com,United States,US,Boston,+1 617,6\n"},
		{"blanks and line ends inside", "id,name,website,country,city,phone,parent_id,\n 7,\" Núñez,\r\n  Inc. \",acme.com , US,Boston,+1 617,6,,\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(test.file), iotest.OneByteReader(strings.NewReader(test.file))} {
				got, tally := readAccounts(t, in)
				if diff := cmp.Diff([]accountfile.Account{want}, got); diff != "" {
					t.Errorf("accounts (-want +got):\n%s", diff)
				}
				if tally.Total > 0 {
					t.Errorf("problems: %v", tally.Problems)
				}
			}
		})
	}
}

func TestWebsiteAndDomainAreBothKept(t *testing.T) {
	got, _ := readAccounts(t, strings.NewReader("Record ID,Company name,Company Domain Name,Website URL\n1,Acme,acme.com,acme.io\n2,Beta,beta.io,\n"))
	want := []accountfile.Account{{Line: 2, ID: "1", Name: "Acme", Website: "acme.io", Domain: "acme.com"}, {Line: 3, ID: "2", Name: "Beta", Website: "beta.io"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
}

func TestQueries(t *testing.T) {
	want := accountfile.Query{Line: 2, ID: "q", Company: "Acme", Domain: "acme.com", Country: "US", City: "Boston"}
	tests := []struct {
		name, file string
		want       accountfile.Query
	}{
		{"all columns", "id,company,email_domain,country,city\nq,Acme,acme.com,US,Boston\n", want},
		{"other names", "Query ID;Company Name;Email Domain;Country Code;City\nq;Acme;acme.com;US;Boston\n", want},
		{"addresses", "id,company,email\nq,Acme,a@acme.com\n", accountfile.Query{Line: 2, ID: "q", Company: "Acme", Email: "a@acme.com"}},
		{"leads of Salesforce", "Lead ID,Company / Account,Email,Country,City\nq,Acme,a@acme.com,US,Boston\n", accountfile.Query{Line: 2, ID: "q", Company: "Acme", Email: "a@acme.com", Country: "US", City: "Boston"}},
		{"contacts of Salesforce", "Contact ID,Account Name,Email,Mailing Country,Mailing City\nq,Acme,a@acme.com,US,Boston\n", accountfile.Query{Line: 2, ID: "q", Company: "Acme", Email: "a@acme.com", Country: "US", City: "Boston"}},
		{"contacts of HubSpot", "Record ID,Email,Company name,Country/Region,City\nq,a@acme.com,Acme,US,Boston\n", accountfile.Query{Line: 2, ID: "q", Company: "Acme", Email: "a@acme.com", Country: "US", City: "Boston"}},
		{"the least", "company,id\nAcme,q", accountfile.Query{Line: 2, ID: "q", Company: "Acme"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := accountfile.Queries("q.csv", strings.NewReader(test.file))
			if err != nil {
				t.Fatal(err)
			}
			for got, err := range r.All() {
				if err != nil || got != test.want {
					t.Errorf("got %+v, %v", got, err)
				}
			}
			if r.Tally().Good != 1 {
				t.Errorf("tally: %+v", r.Tally())
			}
		})
	}
}

// TestBadRowsCostNoOthers: each is named by line and column, and the rows before
// and behind it are read.
func TestBadRowsCostNoOthers(t *testing.T) {
	tests := []struct{ name, rows, ids, problem string }{
		{"empty id", " ,Beta,,\n", "1 9", "a.csv:3: ID: empty, want an id"},
		{"empty name", "2,,,\n", "1 9", "a.csv:3: Account Name: empty, want a name"},
		{"id twice", "1,Beta,,\n", "1 9", "a.csv:3: ID: stands on line 2 already, want each id once"},
		{"name of punctuation", "2,-,,\n", "1 9", "a.csv:3: Account Name: no letter and no digit, want a name"},
		{"name of one sign", "2,X,,\n", "1 2 9", "a.csv:3: Account Name: a name of one sign, which can hardly be found"},
		{"name of 10,000 characters", "2," + strings.Repeat("é", 10000) + ",,\n", "1 9", "a.csv:3: Account Name: 10000 characters, more than 1000, want a name"},
		{"long id", strings.Repeat("2", 300) + ",Beta,,\n", "1 9", "a.csv:3: ID: 300 characters, more than 255, want an id"},
		{"control character in the name", "2,Be\x1bta,,\n", "1 9", "a.csv:3: Account Name: control characters, want a name"},
		{"line end in the id", "\"2\n2\",Beta,,\n", "1 9", "a.csv:3: ID: control characters, want an id"},
		{"control character in the website", "2,Beta,a\x00b.com,\n", "1 2 9", "a.csv:3: Website: control characters, left out"},
		{"control character in a column that is not used", "2,Beta,,\x01\n", "1 2 9", ""},
		{"too few cells", "2,Beta\n", "1 9", "a.csv:3: has 2 cells, want 4 as in the header"},
		{"too many cells", "2,Beta,,,5\n", "1 9", "a.csv:3: has 5 cells, want 4 as in the header"},
		{"blank cells too many", "2,Beta,,,, ,\n", "1 2 9", ""},
		{"blank lines", "\n\r\n,,,\n  \n", "1 9", ""},
		{"text after a quote", "2,\"Beta\" Labs,,\n", "1 9", "a.csv:3: Account Name: text after a closing quote, want a separator or the end of the line"},
		{"lost quote", "2,\"Beta,,\n3,Gamma,,\n", "1 3 9", "a.csv:3: Account Name: no closing quote, want one within 1 MiB"},
		{"endless row", "2,Beta,," + strings.Repeat("x", 3<<20) + "\n", "1 9", "a.csv:3: Owner: longer than 1 MiB, want a row"},
		{"endless quote", "2,\"" + strings.Repeat("Beta\n", 1<<19), "1 9", "a.csv:3: Account Name: no closing quote, want one within 1 MiB"},
		{"other encoding", "2,Bet\xe4,,\n", "1 9", "a.csv:3: not in UTF-8 as the rest of the file, want UTF-8: save the file again as \"CSV UTF-8\""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, tally := readAccounts(t, strings.NewReader("ID,Account Name,Website,Owner\n1,Société,,\n"+test.rows+"9,Omega,,\n"))
			var ids []string
			for _, a := range got {
				ids = append(ids, a.ID)
			}
			if strings.Join(ids, " ") != test.ids || tally.Good != len(ids) {
				t.Errorf("accounts %v, want %s; tally %+v", ids, test.ids, tally)
			}
			first := ""
			if tally.Total > 0 {
				first = tally.Problems[0].Error()
			}
			if first != test.problem {
				t.Errorf("got  %s\nwant %s", first, test.problem)
			}
		})
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	const want = "want UTF-8: save the file again as \"CSV UTF-8\""
	tests := []struct{ name, file, problem string }{
		{"empty", "", "a.csv:1: empty, want a first row with the names of the columns"},
		{"blank", "\n,,\n \n", "a.csv:4: empty, want a first row with the names of the columns"},
		{"no id", "name,website\nAcme,acme.com\n", "a.csv:1: no column holds the id, want one named id, Account ID or Record ID in the first row; cells are parted by comma, semicolon or tab"},
		{"no name", "\nid,website\n", "a.csv:2: no column holds the name, want one named name, Account Name or Company name in the first row; cells are parted by comma, semicolon or tab"},
		{"another separator", "id|name\n1|Acme\n", "a.csv:1: no column holds the id, "},
		{"a column twice", "id,name,Name\n", "a.csv:1: Name: means the same as column name, want one of the two"},
		{"two names of one column", "id,name,Billing City,city\n", "a.csv:1: city: means the same as column Billing City, want one of the two"},
		{"lost quote in the header", "id,\"name\n1,Acme\n", "a.csv:1: no closing quote, want one within 1 MiB"},
		{"Latin-1", "id,name\n1,Soci\xe9t\xe9\n", "a.csv:2: not in UTF-8 (Latin-1 or Windows-1252, it seems), " + want},
		{"Latin-1 header", "id,name,Stra\xdfe\n", "a.csv:1: is not in UTF-8 (Latin-1 or Windows-1252, it seems), " + want},
		{"UTF-16, little end first", "\xff\xfei\x00d\x00", "a.csv:1: is in UTF-16, " + want},
		{"UTF-16, big end first", "\xfe\xff\x00i\x00d", "a.csv:1: is in UTF-16, " + want},
		{"UTF-16 without a mark", "i\x00d\x00,\x00\n\x00", "a.csv:1: is no text in UTF-8, or in UTF-16, " + want},
		{"spreadsheet", "PK\x03\x04\x14", "a.csv:1: is a spreadsheet or an archive, want a CSV file in UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := accountfile.Accounts("a.csv", strings.NewReader(test.file))
			if err == nil {
				for _, err = range r.All() {
				}
			}
			if _, ok := errors.AsType[accountfile.Problem](err); !ok || !strings.HasPrefix(err.Error(), test.problem) {
				t.Errorf("got  %v\nwant %s", err, test.problem)
			}
		})
	}
}

// TestQueriesThatCannotBeUsed names headers of queries, not of accounts.
func TestQueriesThatCannotBeUsed(t *testing.T) {
	for file, want := range map[string]string{
		"company,email\nAcme,a@acme.com\n":      "q.csv:1: no column holds the id, want one named id, Lead ID, Contact ID or Record ID in",
		"id,email\n1,a@acme.com\n":              "q.csv:1: no column holds the company, want one named company, Company name or Account Name in",
		"id,company,Lead ID\n1,Acme,2\n":        "q.csv:1: Lead ID: means the same as column id, want one of the two",
		"id,company,City,Mailing City\n1,A,B,C": "q.csv:1: Mailing City: means the same as column City, want one of the two",
	} {
		if _, err := accountfile.Queries("q.csv", strings.NewReader(file)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestProblemsAreBounded: a file with nothing but bad rows is no reason to run
// out of memory.
func TestProblemsAreBounded(t *testing.T) {
	_, tally := readAccounts(t, strings.NewReader("id,name\n"+strings.Repeat("1\n", 5000)))
	if tally.Bad != 5000 || tally.Total != 5000 || len(tally.Problems) != accountfile.MaxProblems {
		t.Errorf("%d bad, %d problems, %d listed", tally.Bad, tally.Total, len(tally.Problems))
	}
}

// TestLinesAreCountedOverAllLineEnds, those inside of quotes too.
func TestLinesAreCountedOverAllLineEnds(t *testing.T) {
	got, _ := readAccounts(t, strings.NewReader("sep=;\r\nid;name\r\n1;\"a\nb\rc\r\nd\"\r2;Beta\n\n3;Gamma"))
	var lines []int
	for _, a := range got {
		lines = append(lines, a.Line)
	}
	if diff := cmp.Diff([]int{3, 7, 9}, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestTroubleOfTheReaderIsToldAsSuch(t *testing.T) {
	broken := errors.New("broken")
	for _, file := range []string{"", "id,na", "id,name\n1,Acme\n2,"} {
		r, err := accountfile.Accounts("a.csv", io.MultiReader(strings.NewReader(file), iotest.ErrReader(broken)))
		if err == nil {
			for _, err = range r.All() {
			}
		}
		if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "accountfile: a.csv: ") {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestNotesNameTheColumnAsTheFileDoes(t *testing.T) {
	r, err := accountfile.Accounts("a.csv", strings.NewReader("Id,Name,Website URL\n1,Acme,n/a\n"))
	if err != nil {
		t.Fatal(err)
	}
	for a := range r.All() {
		r.Note(a.Line, "website", "no domain")
	}
	if got := r.Tally(); got.Good != 1 || got.Noted != 1 || got.Problems[0].Error() != "a.csv:2: Website URL: no domain" {
		t.Errorf("%+v", got)
	}
}

func readAccounts(t *testing.T, in io.Reader) ([]accountfile.Account, accountfile.Tally) {
	t.Helper()
	r, err := accountfile.Accounts("a.csv", in)
	if err != nil {
		t.Fatal(err)
	}
	var out []accountfile.Account
	for a, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out, r.Tally()
}
