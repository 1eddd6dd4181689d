package eventfile_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/eventfile"
	"github.com/onward-crm/onward/routing"
)

const header = "id,first_name,last_name,email,crm_id,new_company,new_domain,started_on,strategy,Cost Centre\n"

func TestCSVBecomesEvents(t *testing.T) {
	f := read(t, "moves.csv", header+
		"m1,Ada,Quill,ada@example.org;ada@example.net,003Lu0000000001IAA,Beta Labs,example.edu,2026-10-01,always-lead,77\n")
	started, _ := routing.ParseDate("2026-10-01")
	want := []eventfile.Item{{Line: 2, Event: routing.Event{
		ID: "m1", Strategy: routing.StrategyAlwaysLead, Custom: map[string]string{"Cost Centre": "77"},
		Person: routing.Person{FirstName: "Ada", LastName: "Quill", Email: "ada@example.org", Emails: []string{"ada@example.net"}, CRMID: "003Lu0000000001IAA"},
		To:     &routing.Place{Company: "Beta Labs", Domain: "example.edu", StartedOn: started},
	}}}
	if diff := cmp.Diff(want, f.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Cost Centre"}, f.Unknown); diff != "" {
		t.Errorf("unknown columns (-want +got):\n%s", diff)
	}
}

func TestJSONBecomesEvents(t *testing.T) {
	line := `{"id":"m1","occurred_at":"2026-10-02","person":{"full_name":"Ada Quill","emails":["a@example.com"]},"to":{"company":"Beta","started_on":"2026-10-01"},"positions":[{"company":"Beta","kind":"advisor","current":true}],"score":7,"person_note":{"a":[1, 2]}}`
	started, _ := routing.ParseDate("2026-10-01")
	want := routing.Event{
		ID: "m1", OccurredAt: time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC),
		Person:    routing.Person{FullName: "Ada Quill", Emails: []string{"a@example.com"}},
		To:        &routing.Place{Company: "Beta", StartedOn: started},
		Positions: []routing.Place{{Company: "Beta", Kind: "advisor", Current: true}},
		Custom:    map[string]string{"score": "7", "person_note": `{"a":[1,2]}`},
	}
	for name, text := range map[string]string{
		"moves.jsonl": line + "\n\n",
		"moves.json":  "[" + line + "]",
		"one.json":    strings.ReplaceAll(line, `,"to"`, ",\n\"to\"") + "\n",
		"stdin":       line,
		"bom.ndjson":  "\xef\xbb\xbf" + line,
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, name, text)
			if len(f.Events) != 1 || f.BadRows != 0 {
				t.Fatalf("events %d, problems %v", len(f.Events), f.Problems)
			}
			if diff := cmp.Diff(want, f.Events[0].Event); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"person_note", "score"}, f.Unknown); diff != "" {
				t.Errorf("unknown members (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFilesAsPeopleExportThem: encodings and separators make no difference.
func TestFilesAsPeopleExportThem(t *testing.T) {
	for name, text := range map[string]string{
		"BOM.csv":          "\xef\xbb\xbffull_name,new_company\nAda Núñez,Beta\n",
		"windows-1252.csv": "full_name,new_company\nAda N\xfa\xf1ez,Beta\n",
		"semicolons.csv":   "full_name;new_company\r\nAda Núñez;Beta\r\n",
		"tabs.tsv":         "full_name\tnew_company\nAda Núñez\tBeta\n",
		"quotes.csv":       "\"Full Name\",\"New-Company\"\n\"Ada Núñez\",\"Beta\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, name, text)
			if len(f.Events) != 1 || f.Events[0].Event.Person.FullName != "Ada Núñez" || f.Events[0].Event.To.Company != "Beta" {
				t.Errorf("events %+v, problems %v", f.Events, f.Problems)
			}
		})
	}
}

// TestGoodRowsGoOn: every bad row is named with its place, and the good rows
// around it are there.
func TestGoodRowsGoOn(t *testing.T) {
	good := "g,Ada,Quill,,,Beta,,,,\n"
	for name, tt := range map[string]struct{ row, want string }{
		"impossible date":  {"b,Ada,Quill,,,Beta,,2026-02-30,,\n", "started_on: not a date, want YYYY-MM-DD or RFC 3339"},
		"broken id":        {"b,Ada,Quill,,003Lu,Beta,,,,\n", "crm_id: has 5 characters, want 15 or 18"},
		"unknown strategy": {"b,Ada,Quill,,,Beta,,,maybe,\n", "strategy: not a strategy, want one of flow, always-lead, contact-and-account, contact-or-lead"},
		"broken e-mail":    {"b,Ada,Quill,ada,,Beta,,,,\n", "email: is no e-mail address"},
		"too few cells":    {"b,Ada\n", "want 10 cells, as in the header, not 2"},
		"nobody":           {"b,,,,,Beta,,,,\n", "want a crm_id, a linkedin_url, an email, or first_name and last_name"},
		"nowhere":          {"b,Ada,Quill,,,,,,,\n", "want a company, a domain or an account_id in to, or a from"},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, "moves.csv", header+good+tt.row+good)
			if len(f.Events) != 2 || f.BadRows != 1 {
				t.Fatalf("events %d, bad rows %d, problems %v", len(f.Events), f.BadRows, f.Problems)
			}
			if got, want := f.Problems[0].Error(), "moves.csv:3: "+tt.want; got != want {
				t.Errorf("problem %q\n   want %q", got, want)
			}
		})
	}
}

func TestGoodObjectsGoOn(t *testing.T) {
	good := `{"person":{"email":"a@example.com"},"to":{"company":"Beta"}}` + "\n"
	for name, tt := range map[string]struct{ line, want string }{
		"twice":           {`{"id":"a","id":"b"}`, "id: stands there twice, want it once"},
		"twice inside":    {`{"to":{"title":"a","title":"b"}}`, "to.title: stands there twice, want it once"},
		"wrong type":      {`{"person":{"first_name":7}}`, "person.first_name: a number, want a text"},
		"list for object": {`{"to":[]}`, "to: a list, want an object"},
		"no object":       {`["a"]`, "a list, want an event as an object"},
		"bad date":        {`{"to":{"started_on":"2026-13-01"}}`, "to.started_on: not a date, want YYYY-MM-DD or RFC 3339"},
		"bad time":        {`{"occurred_at":"yesterday"}`, "occurred_at: not a time, want RFC 3339 or YYYY-MM-DD"},
		"bad strategy":    {`{"strategy":"maybe"}`, "strategy: not a strategy, want one of"},
		"in a list":       {`{"positions":[{"current":true},{"current":"yes"}]}`, "positions[1].current: a text, want true or false"},
		"broken id":       {`{"person":{"crm_id":"x"},"to":{"company":"Beta"}}`, "person.crm_id: has 1 characters"},
		"broken JSON":     {`{"id":`, "not a JSON object: unexpected end of JSON input"},
		"not UTF-8":       {"{\"id\":\"\xff\"}", "bytes that are not UTF-8"},
		"deep":            {strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), "a.a"},
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, "moves.jsonl", good+tt.line+"\n"+good)
			if len(f.Events) != 2 || f.BadRows != 1 {
				t.Fatalf("events %d, bad rows %d, problems %v", len(f.Events), f.BadRows, f.Problems)
			}
			if got := f.Problems[0].Error(); !strings.HasPrefix(got, "moves.jsonl:2: "+tt.want) {
				t.Errorf("problem %q\n   want %q…", got, tt.want)
			}
		})
	}
}

func TestArrayThatBreaksOff(t *testing.T) {
	f := read(t, "moves.json", "[\n"+`{"person":{"email":"a@example.com"},"to":{"company":"Beta"}},`+"\n{]\n")
	if len(f.Events) != 1 || f.BadRows != 1 || f.Problems[0].Line != 3 {
		t.Errorf("events %d, problems %v", len(f.Events), f.Problems)
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"empty.csv":     {"", "empty.csv:1: want a header"},
		"empty.jsonl":   {" \n", "empty.jsonl:1: empty"},
		"nobody.csv":    {"new_company\nBeta\n", "nobody.csv:1: no column says who moved, want crm_id, linkedin_url, email, new_email, full_name or first_name with last_name"},
		"nowhere.csv":   {"\nfull_name\nAda Quill\n", "nowhere.csv:2: no column says where they moved, want new_company, "},
		"twice.csv":     {"full_name,new_company,New Company\n", "twice.csv:1: New Company: means the same as column new_company"},
		"half-name.csv": {"first_name,new_company\n", "half-name.csv:1: no column says who moved"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := eventfile.Read(name, strings.NewReader(tt.text))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %q…", err, tt.want)
			}
		})
	}
	broken := errors.New("broken")
	if _, err := eventfile.Read("x.jsonl", failing{broken}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func read(t *testing.T, name, text string) *eventfile.File {
	t.Helper()
	f, err := eventfile.Read(name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// FuzzEvent: any bytes as one JSON event end in events or problems.
func FuzzEvent(f *testing.F) {
	if moves, err := os.ReadFile("../../cmd/onward/demo/moves.jsonl"); err == nil {
		for line := range strings.Lines(string(moves)) {
			f.Add([]byte(line))
		}
	}
	f.Add([]byte(`{"a":{"b":[{}]},"custom":{"x":null}}`))
	f.Fuzz(func(t *testing.T, text []byte) { check(t, "fuzz.jsonl", text) })
}

// FuzzEventFile: any bytes as a file of any kind end in events, problems or an
// error.
func FuzzEventFile(f *testing.F) {
	for i, text := range []string{header + "m1,Ada,Quill,,,Beta,,,,\n", "[{},{]", "full_name;new_company\n\"a\n", "{\"id\":1}\n{", "\xef\xbb\xbf\n"} {
		f.Add(i, []byte(text))
	}
	f.Fuzz(func(t *testing.T, kind int, text []byte) {
		kinds := []string{"f.csv", "f.json", "f.jsonl", "f", "f.tsv"}
		check(t, kinds[uint(kind)%uint(len(kinds))], text)
	})
}

// check reads a file and holds it to its promise: what was read is an event, and
// bad rows have reasons.
func check(t *testing.T, name string, text []byte) {
	f, err := eventfile.Read(name, strings.NewReader(string(text)))
	if err != nil {
		return
	}
	for _, item := range f.Events {
		if _, err := routing.Normalize(item.Event, time.Unix(0, 0)); err != nil || item.Line < 1 {
			t.Fatalf("line %d is no event: %v", item.Line, err)
		}
	}
	if f.BadRows > len(f.Problems) {
		t.Fatalf("%d bad rows, %d problems", f.BadRows, len(f.Problems))
	}
}
