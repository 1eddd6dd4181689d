package table_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/table"
)

func TestTR09FilesAsPeopleExportThem(t *testing.T) {
	want := [][]string{{"003", "Núñez", "a, b; c"}}
	tests := []struct{ name, file string }{
		{"UTF-8", "Id,LastName,Note\n003,Núñez,\"a, b; c\"\n"},
		{"byte-order mark and CRLF", "\ufeffId,LastName,Note\r\n003,Núñez,\"a, b; c\"\r\n"},
		{"semicolons", "Id;LastName;Note\n003;Núñez;\"a, b; c\""},
		{"tabs", "Id\tLastName\tNote\n003\tNúñez\ta, b; c\n"},
		{"sep line", "sep=;\r\nId;LastName;Note\r\n003;Núñez;\"a, b; c\"\r\n"},
		{"Latin-1", "Id,LastName,Note\n003,N\xfa\xf1ez,\"a, b; c\"\n"},
		{"Latin-1, semicolons, CRLF", "Id;LastName;Note\r\n003;N\xfa\xf1ez;\"a, b; c\"\r\n"},
		{"old line ends", "Id,LastName,Note\r003,Núñez,\"a, b; c\"\r"},
		{"all quoted, blank lines, blank cells beyond the header", "\n\"Id\",\"LastName\",\"Note\",\n\n\"003\",\"Núñez\",\"a, b; c\",,\n,,,\n"},
		{"UTF-16 with mark", utf16("Id\tLastName\tNote\r\n003\tNúñez\ta, b; c\r\n")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, test.file)
			if diff := cmp.Diff([]string{"Id", "LastName", "Note"}, got.Header); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, cells(got)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if len(got.Problems) > 0 {
				t.Errorf("problems: %v", got.Problems)
			}
		})
	}
}

func TestBadRowsAreReportedAndTheOthersRead(t *testing.T) {
	tests := []struct {
		name, file string
		problems   []string
		ids        string
	}{
		{"too few and too many cells", "Id,Name\n1,a\n2\n3,c,x\n4,d\n",
			[]string{"f.csv:3: want 2 cells, as in the header, not 1", "f.csv:4: want 2 cells, as in the header, not 3"}, "1 4"},
		{"a quote is never closed", "Id,Name\n1,a\n2,\"b\n3,c\n4,d\n",
			[]string{"f.csv:3: column Name: want a closing quote"}, "1 3 4"},
		{"a quote is not closed and the next row has quotes", "Id,Name\n\"1\",\"a\"\n\"2\",\"b\n\"3\",\"c\"\n",
			[]string{"f.csv:3: column Name: want a separator or the end of the line after the closing quote"}, "1 3"},
		{"quotes inside quotes", "Id,Name\n1,\"the \"big\" one\"\n2,b\n",
			[]string{"f.csv:2: column Name: want a separator or the end of the line after the closing quote"}, "2"},
		{"two lost quotes join rows", "Id,Name\n1,\"a\n2,b\"\n3,\"c,\"\"d\"\n4,d\n", nil, "1 3 4"},
		{"a joined row has too few cells", "Id,Name,X\n1,\"a,x\n2,b\",x,y\n3,c,x\n",
			[]string{"f.csv:2: want 3 cells, as in the header, not 4", "f.csv:3: want 3 cells, as in the header, not 4"}, "3"},
		{"lines are counted inside quotes", "Id,Name\r\n1,\"a\r\nb\"\r\n2\r\n3,c\r\n",
			[]string{"f.csv:4: want 2 cells, as in the header, not 1"}, "1 3"},
		{"Latin-1 in a UTF-8 file", "Id,Name\n1,Núñez\n2,N\xfaria\n3,Zoë\n",
			[]string{"f.csv:3: want UTF-8, as in the rest of the file"}, "1 3"},
		{"UTF-8 in a Latin-1 file", "Id,Name\n1,N\xfa\xf1ez\n2,Zoë\n3,Jos\xe9\n",
			[]string{"f.csv:3: want one encoding for the whole file, UTF-8 or Windows-1252"}, "1 3"},
		{"a byte that Windows-1252 lacks", "Id,Name\n1,N\xfa\x81ez\n2,b\n",
			[]string{"f.csv:2: want characters that Windows-1252 defines"}, "2"},
		{"control character 0", "Id,Name\n1,a\x00\n2,b\n",
			[]string{"f.csv:2: want text without control character 0"}, "2"},
		{"a column without a name", "Id,,Name\n1,x,a\n", []string{"f.csv:1: column 2: want a column name"}, "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, test.file)
			var problems, ids []string
			for _, p := range got.Problems {
				problems = append(problems, p.Error())
			}
			for _, r := range got.Rows {
				ids = append(ids, r.Cells[0])
			}
			if diff := cmp.Diff(test.problems, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.ids, strings.Join(ids, " ")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"empty", "", "f.csv:1: want a header with column names"},
		{"blank", "\n \n,,\n", "f.csv:1: want a header with column names"},
		{"a name twice", "Id,Name,name\n1,a,b\n", "f.csv:1: column 3: want each column name once"},
		{"header with an open quote", "Id,\"Name\n", "f.csv:1: column 2: want a closing quote"},
		{"binary", "PK\x03\x04\x00\x00,b\n", "f.csv:1: want text without control character 0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := table.Read("f.csv", strings.NewReader(test.file))
			var p table.Problem
			if !errors.As(err, &p) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestRowsKeepTheirLinesAndBlanks(t *testing.T) {
	got := read(t, "Id,Name\n1,\" a\r\n\"\"b\"\" \"\n2,5\" pipe\n")
	want := []table.Row{{Line: 2, Cells: []string{"1", " a\r\n\"b\" "}}, {Line: 4, Cells: []string{"2", "5\" pipe"}}}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got.Column("NAME") != 1 || got.Column("Email") != -1 {
		t.Errorf("columns: Name at %d, Email at %d", got.Column("NAME"), got.Column("Email"))
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"Id,Name\n1,a\n", "a;\"b\n\"\";\"c\n", "\xff\xfea\x00", "\"\n\"\n\"", "sep=;", "a\r\rb\xfa"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		got, err := table.Read("f.csv", strings.NewReader(file))
		if err != nil {
			return
		}
		last := got.HeaderLine
		for _, r := range got.Rows {
			if len(r.Cells) != len(got.Header) {
				t.Fatalf("line %d: %d cells under %d columns", r.Line, len(r.Cells), len(got.Header))
			}
			if r.Line <= last {
				t.Fatalf("line %d comes after line %d", r.Line, last)
			}
			last = r.Line
		}
	})
}

func read(t *testing.T, file string) *table.Table {
	t.Helper()
	got, err := table.Read("f.csv", strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func cells(t *table.Table) [][]string {
	var out [][]string
	for _, r := range t.Rows {
		out = append(out, r.Cells)
	}
	return out
}

func utf16(s string) string {
	out := []byte{0xFF, 0xFE}
	for _, r := range s {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}
