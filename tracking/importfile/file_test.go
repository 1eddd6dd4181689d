package importfile_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/importfile"
)

// rows reads a file with the guessed mapping.
func rows(t *testing.T, file string) []tracking.Row {
	t.Helper()
	f, err := importfile.Read("people.csv", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	src, err := f.Source(tracking.GuessMapping(f.Header()))
	if err != nil {
		t.Fatal(err)
	}
	var out []tracking.Row
	for r, err := range src.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

func utf16(s string) string {
	out, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
}

func TestTR09EncodingsSeparatorsAndLineEnds(t *testing.T) {
	want := []tracking.Row{{Number: 2, Person: tracking.Person{
		FirstName: "José", LastName: "Núñez", Emails: []string{"jose@acme.com"}, Company: matching.Company{Name: "Acme; Söhne"},
	}}}
	tests := []struct{ name, file string }{
		{"UTF-8", "First Name,Last Name,Company,Email\nJosé,Núñez,Acme; Söhne,jose@acme.com\n"},
		{"byte-order mark, semicolons, CRLF", "\ufeffFirst Name;Last Name;Company;Email\r\nJosé;Núñez;\"Acme; Söhne\";jose@acme.com\r\n"},
		{"Latin-1, semicolons, CRLF", "First Name;Last Name;Company;Email\r\nJos\xe9;N\xfa\xf1ez;\"Acme; S\xf6hne\";jose@acme.com\r\n"},
		{"UTF-16, tabs", utf16("First Name\tLast Name\tCompany\tEmail\r\nJosé\tNúñez\tAcme; Söhne\tjose@acme.com\r\n")},
		{"other words, quoted", "\"Vorname\",\"Nachname\",\"Firma\",\"E-Mail\"\n\"José\",\"Núñez\",\"Acme; Söhne\",\"jose@acme.com\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(want, rows(t, test.file)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTR09NeverMojibake(t *testing.T) {
	tests := []struct {
		name, file string
		want       []string
	}{
		{"TR09 a byte-order mark, and Latin-1 behind it", "\ufeffLast Name;First Name;Email\r\nNúñez;José;a@acme.com\r\nN\xfa\xf1ez;Jos\xe9;b@acme.com\r\nLee;Ann;c@acme.com\r\n",
			[]string{"2 Núñez", "row 3: unreadable_row: want UTF-8, as in the rest of the file", "4 Lee"}},
		{"garbled before", "Last Name,First Name,Email\nNÃºÃ±ez,José,a@acme.com\nNúñez,JosÃ©,b@acme.com\n",
			[]string{
				`row 2: garbled_text: column "Last Name" was read in a wrong encoding before it was saved; export it again as UTF-8`,
				`row 3: garbled_text: column "First Name" was read in a wrong encoding before it was saved; export it again as UTF-8`}},
		{"lost before", "Last Name,First Name,Email\nN\uFFFD\uFFFDez,José,a@acme.com\n",
			[]string{`row 2: garbled_text: column "Last Name" was read in a wrong encoding before it was saved; export it again as UTF-8`}},
		{"names that only look odd", "Last Name,First Name,Email\nÂngelo,JOÃO,a@acme.com\nÅström,Ñ,b@acme.com\nÎle,MÜLLER ß,c@acme.com\n佐藤,太郎,d@acme.com\n",
			[]string{"2 Ângelo", "3 Åström", "4 Île", "5 佐藤"}},
		{"TR08 a row with too few cells", "Last Name,First Name,Email\nLee,Ann\nKim,Bob,b@acme.com\n",
			[]string{"row 2: unreadable_row: want 3 cells, as in the header, not 2", "3 Kim"}},
		{"TR08 the last row is cut off", "Last Name,First Name,Email\nKim,Bob,b@acme.com\nLee,\"Ann\n",
			[]string{"2 Kim", "row 3: unreadable_row: column First Name: want a closing quote"}},
		{"a column without a name", "Last Name,First Name,Email,,x\nKim,Bob,b@acme.com,y,z\n", []string{"2 Kim"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, r := range rows(t, test.file) {
				if r.Problem != nil {
					got = append(got, r.Problem.String())
				} else {
					got = append(got, fmt.Sprint(r.Number, " ", r.Person.LastName))
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// endless is a file that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "a,\n"[i%3]
	}
	return len(p), nil
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	for file, want := range map[string]string{
		"":                       "importfile: the file cannot be used: people.csv:1: want a header with column names",
		"Email,email\n":          "importfile: the file cannot be used: people.csv:1: column 2: want each column name once",
		"PK\x03\x04\x00\x00,b\n": "importfile: the file cannot be used: people.csv:1: want text without control character 0",
	} {
		if _, err := importfile.Read("people.csv", strings.NewReader(file)); !errors.Is(err, importfile.ErrFile) || err.Error() != want {
			t.Errorf("%q: %v, want %s", file, err, want)
		}
	}
	if _, err := importfile.Read("people.csv", endless{}); !errors.Is(err, importfile.ErrFile) || !strings.Contains(err.Error(), "more than 64 MiB; split it") {
		t.Errorf("an endless file: %v", err)
	}
	f, err := importfile.Read("people.csv", strings.NewReader("Name,Firm\nAnn Lee,Acme\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Source(tracking.Mapping{tracking.FieldEmail: "E-mail"}); !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), `no column "E-mail" (email); the columns are "Name", "Firm"`) {
		t.Errorf("a lost column: %v", err)
	}
}

func TestReadingAFileEndsWithItsContext(t *testing.T) {
	f, err := importfile.Read("people.csv", strings.NewReader("Email\na@acme.com\nb@acme.com\n"))
	if err != nil {
		t.Fatal(err)
	}
	src, err := f.Source(tracking.GuessMapping(f.Header()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs []error
	for _, err := range src.Rows(ctx) {
		errs = append(errs, err)
		cancel()
	}
	if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], context.Canceled) {
		t.Errorf("got %v, want a row and the end of the context", errs)
	}
}

func TestImportOfAFileWith100000Rows(t *testing.T) {
	var b strings.Builder
	b.WriteString("First Name;Last Name;Company;Email\r\n")
	for i := range 100_000 {
		switch i % 1000 {
		case 7:
			b.WriteString("Ann;Lee\r\n")
		default:
			fmt.Fprintf(&b, "Ann;Núñez;Acme %d;ann%d@acme.com\r\n", i/40, i)
		}
	}
	file := b.String()
	live := func() int64 {
		runtime.GC()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	before := live()
	f, err := importfile.Read("people.csv", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	held := live() - before
	src, err := f.Source(tracking.GuessMapping(f.Header()))
	if err != nil {
		t.Fatal(err)
	}
	good, bad, first := 0, 0, 0
	for r, err := range src.Rows(t.Context()) {
		switch {
		case err != nil:
			t.Fatal(err)
		case r.Problem == nil:
			good++
		default:
			if bad++; bad == 1 {
				first = r.Number
			}
		}
	}
	if good != 99_900 || bad != 100 || first != 9 {
		t.Errorf("%d good rows, %d bad ones, the first in line %d, want 99,900, 100 and line 9", good, bad, first)
	}
	t.Logf("a file of %d KiB takes %d KiB of memory", len(file)>>10, held>>10)
	if held > 10*int64(len(file)) {
		t.Errorf("a file of %d bytes takes %d bytes, want at most ten times as much", len(file), held)
	}
}

func TestCustomerAccountsOfAFile(t *testing.T) {
	const text = "Name;Account ID\nAcme;001000000000002\nGlobex;001000000000001AAA\nAcme;001000000000002AAA\nAnn;003000000000001AAA\nNone;\nhalf\n"
	f, err := importfile.Read("accounts.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"", "account id"} {
		ids, bad, err := f.Accounts(column)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"001000000000001AAA", "001000000000002AAA"}, ids); diff != "" {
			t.Error(diff)
		}
		if len(bad) != 3 || bad[0].Row != 5 || bad[1].Row != 6 || bad[2].Row != 7 {
			t.Errorf("bad rows %v, want lines 5, 6 and 7", bad)
		}
	}
	if _, _, err := f.Accounts("Id"); !errors.Is(err, tracking.ErrConfig) || !strings.Contains(err.Error(), "name one of: Name, Account ID") {
		t.Errorf("a column that there is not: %v", err)
	}
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{
		"First Name,Last Name,Company,Email\nJosé,Núñez,Acme,jose@acme.com\n", "\ufeffEmail;Name\r\nN\xfa;x\r\n", "Email\nNÃº\n", "sep=;\nEmail;Id\n;",
		"Name\tCompany\n\"a\nb\"\tc\n", "\xff\xfeE\x00m\x00a\x00i\x00l\x00\n\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := importfile.Read("f.csv", strings.NewReader(text))
		if err != nil {
			return
		}
		src, err := file.Source(tracking.GuessMapping(file.Header()))
		if err != nil {
			return
		}
		last := 0
		for r, err := range src.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Number < last {
				t.Fatalf("row %d comes after row %d", r.Number, last)
			}
			last = r.Number
			if r.Problem == nil && !utf8.ValidString(r.Person.FirstName+r.Person.LastName+r.Person.Company.Name+strings.Join(r.Person.Emails, "")) {
				t.Fatalf("row %d is no UTF-8", r.Number)
			}
			r.Check()
		}
	})
}
