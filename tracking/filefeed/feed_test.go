package filefeed_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/providertest"
)

func read(t *testing.T, text string, o filefeed.Options) *filefeed.Feed {
	t.Helper()
	f, err := filefeed.Read(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func problems(f *filefeed.Feed) []string {
	var out []string
	for _, p := range f.Problems() {
		out = append(out, p.String())
	}
	return out
}

func ask(t *testing.T, f *filefeed.Feed, p tracking.Person) tracking.Answer {
	t.Helper()
	got, err := f.Refresh(t.Context(), []tracking.Person{p})
	if err != nil || len(got.Answers) != 1 || got.Credits != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	return got.Answers[0]
}

const people = "Crm ID;LinkedIn URL;E-Mail;First Name;Last Name;Company;Domain;Title;Country;Started-On;Seen At\r\n" +
	"0035g00000AbCdE;;;Jane;Doe;Beta;beta.io;CFO;DE;2026-10-01;2026-11-20\r\n" +
	";linkedin.com/in/jose;;José;Núñez;Gamma;;CTO;;;\r\n"

// "E-Mail" is no column of ours, "email" is.
func TestReadsTables(t *testing.T) {
	for name, text := range map[string]string{
		"semicolons, CRLF": people, "BOM": "\ufeff" + people, "commas": strings.ReplaceAll(people, ";", ","), "tabs": strings.ReplaceAll(people, ";", "\t"),
		"Windows-1252": strings.NewReplacer("é", "\xe9", "ú", "\xfa", "ñ", "\xf1").Replace(people),
	} {
		t.Run(name, func(t *testing.T) {
			f := read(t, text, filefeed.Options{})
			if len(f.Problems()) > 0 || f.People() != 2 || f.Rows() != 2 || f.Name() != "file" {
				t.Fatalf("%d people in %d rows, %v", f.People(), f.Rows(), f.Problems())
			}
			a := ask(t, f, tracking.Person{RecordID: "0035g00000AbCdEAAV"})
			main := a.Profile.Main()
			if a.Err != nil || main == nil || main.Company.Domain != "beta.io" || main.Title != "CFO" || main.Company.Country != "DE" ||
				!main.StartedOn.Equal(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)) || a.Profile.SeenAt.Day() != 20 {
				t.Errorf("%+v", a)
			}
			if b := ask(t, f, tracking.Person{LinkedIn: "https://www.linkedin.com/in/jose/"}); b.Profile.Person.LastName != "Núñez" || b.Profile.Person.FirstName != "José" {
				t.Errorf("%+v", b)
			}
		})
	}
}

func TestBadRowsAreReportedAndTheOthersCount(t *testing.T) {
	f := read(t, `email,linkedin_url,full_name,company,domain,kind,started_on,left_on,seen_at
a@acme.com,,Ann,Acme,,,,,
not an address,,Bob,Acme,,,,,
c@acme.com,linkedin.com/company/acme,Cid,Acme,,,,,
,,,Acme,,,,,
e@acme.com,,Eve,,,,,,
f@acme.com,,Fay,,no domain,,,,
g@acme.com,,Gus,Acme,,boss,,,
h@acme.com,,Hal,Acme,,,21.11.2026,,
i@acme.com,,Ivo,Acme,,,,,2026-11-20T08:00:00Z
"j@acme.com,,Jo,Acme
k@acme.com,,Kim,Acme,,,,,
l@acme.com,,Lea
`, filefeed.Options{})
	want := []string{
		"line 3: email: want one e-mail address",
		"line 4: linkedin_url: want the page of a person, such as linkedin.com/in/jane-doe",
		"line 5: want someone: a crm_id, a linkedin_url, an email, or a name with a company",
		"line 6: company: want a company or a domain; for somebody who left, the one that was left, with left_on",
		"line 7: domain: want a domain name, such as acme.com",
		"line 8: kind: want employee, advisor, board, contractor or founder",
		"line 9: started_on: want a date such as 2026-11-21",
	}
	got := problems(f)
	if len(got) != 9 {
		t.Fatalf("problems %q", got)
	}
	if diff := cmp.Diff(want, got[:7]); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(got[7], "line 11: ") || !strings.HasPrefix(got[8], "line 13: ") {
		t.Errorf("broken rows are %q", got[7:])
	}
	if f.Rows() != 3 || f.People() != 3 {
		t.Errorf("%d rows of %d people count, want those of Ann, Ivo and Kim", f.Rows(), f.People())
	}
	for _, p := range got {
		if strings.Contains(p, "@") {
			t.Errorf("%q quotes an address", p)
		}
	}
}

func TestRecordIDsAreCompared(t *testing.T) {
	f := read(t, "crm_id,company\n0035g00000AbCdE,Acme\n0035g00000AbCd,Beta\n", filefeed.Options{})
	if got := problems(f); len(got) != 1 || got[0] != "line 3: crm_id: want the id of a contact or a lead in Salesforce, 15 or 18 characters" {
		t.Errorf("problems %q", got)
	}
	if a := ask(t, f, tracking.Person{RecordID: "0035g00000AbCdE"}); a.Err != nil || a.Profile.Person.RecordID != "0035g00000AbCdEAAV" {
		t.Errorf("%+v", a)
	}
}

func TestReadsJSONLines(t *testing.T) {
	f := read(t, "\ufeff"+`{"email": "a@acme.com", "company": "Acme", "Title": "CFO", "extra": {"x": 1}}

{"email": "b@acme.com", "company": ["Acme"]}
{"email": "c@acme.com", "company"
[1]
{"hubspot_id": 501, "company": "Beta", "title": null}
{"email": "d@acme.com", "company": "Acme"} {"email": "e@acme.com"}
`, filefeed.Options{Name: "export"})
	want := []string{"line 3: company: want a text", "line 4: want one JSON object in UTF-8 on one line", "line 5: want one JSON object in UTF-8 on one line", "line 7: want one JSON object in UTF-8 on one line"}
	if diff := cmp.Diff(want, problems(f)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if a := ask(t, f, tracking.Person{Emails: []string{"A@acme.com"}}); a.Err != nil || a.Profile.Person.Title != "CFO" {
		t.Errorf("%+v", a)
	}
	if a := ask(t, f, tracking.Person{HubSpotID: "501"}); a.Err != nil || a.Profile.Person.Company.Name != "Beta" {
		t.Errorf("%+v", a)
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "nobody": "company,title\nAcme,CFO\n", "nowhere": "email,title\na@acme.com,CFO\n", "half a name": "first_name,company\nAnn,Acme\n",
		"one column twice": "email,E_MAIL,Email ,company\n",
	} {
		if f, err := filefeed.Read(strings.NewReader(text), filefeed.Options{}); !errors.Is(err, filefeed.ErrFile) {
			t.Errorf("%s: %v, %+v", name, err, f)
		}
	}
	if _, err := filefeed.Read(strings.NewReader(people), filefeed.Options{Name: "Our Feed"}); !errors.Is(err, filefeed.ErrFile) {
		t.Errorf("name: %v", err)
	}
	if _, err := filefeed.Read(failing{}, filefeed.Options{}); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("reader: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func TestSeveralRowsAreSeveralPositions(t *testing.T) {
	f := read(t, `linkedin_url,full_name,company,title,kind,left_on
linkedin.com/in/jane,Jane Doe,Beta,CFO,,
linkedin.com/in/jane,Jane Doe,Gamma,Advisor,advisor,
linkedin.com/in/jane,Jane Doe,Acme,Director,,2026-10-31
linkedin.com/in/other,Jane Doe,Beta,Clerk,,
`, filefeed.Options{})
	if f.People() != 2 || f.Rows() != 4 {
		t.Fatalf("%d people in %d rows; the second Jane Doe has another page", f.People(), f.Rows())
	}
	p := ask(t, f, tracking.Person{LinkedIn: "linkedin.com/in/jane"}).Profile
	if len(p.Current) != 2 || p.Main().Company.Name != "Beta" || p.Current[1].Kind != tracking.Advisor || len(p.History) != 1 || p.History[0].EndedOn.IsZero() {
		t.Errorf("%+v", p)
	}
	gone := read(t, "email,company,left_on\na@acme.com,Acme,2026-10-31\n", filefeed.Options{})
	if p := ask(t, gone, tracking.Person{Emails: []string{"a@acme.com"}}).Profile; p.Main() != nil || len(p.History) != 1 {
		t.Errorf("%+v", p)
	}
}

func TestWhoIsNotInTheFile(t *testing.T) {
	for complete, class := range map[bool]error{false: tracking.ErrUnknown, true: tracking.ErrGone} {
		f := read(t, people, filefeed.Options{Complete: complete})
		a := ask(t, f, tracking.Person{Emails: []string{"nobody@else.com"}})
		if !errors.Is(a.Err, class) || strings.Contains(a.Err.Error(), "nobody") {
			t.Errorf("complete %t: %v", complete, a.Err)
		}
	}
}

func TestFind(t *testing.T) {
	f := read(t, `full_name,email,company,domain,title,country,left_on
Ann One,a@acme.com,Acme,acme.com,VP Marketing,DE,
Bob Two,b@acme.com,Acme Inc.,www.acme.com,Vice President Marketing,US,
Cid Three,c@acme.com,Acme,acme.com,Assistant to the VP Marketing,US,
Dee Four,d@beta.io,Beta,beta.io,VP Marketing,US,
Eve Five,e@acme.com,Acme,acme.com,VP Marketing,US,2026-01-01
`, filefeed.Options{})
	leaders := tracking.Persona{Name: "Leaders", Include: []tracking.Phrase{{Text: "VP Marketing"}}, Exclude: []tracking.Phrase{{Text: "Assistant"}}}
	find := func(c matching.Company, p tracking.Persona, limit int) string {
		got, err := f.Find(t.Context(), c, p, limit)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, x := range got.Profiles {
			names = append(names, x.Person.LastName)
		}
		return fmt.Sprint(names, got.More)
	}
	acme := matching.Company{Name: "ACME Incorporated", Domain: "acme.com"}
	if got := find(acme, leaders, 10); got != "[One Two] false" {
		t.Errorf("found %s", got)
	}
	if got := find(acme, leaders, 1); got != "[One] true" {
		t.Errorf("found %s", got)
	}
	leaders.Countries = []string{"US"}
	if got := find(matching.Company{Name: "Acme"}, leaders, 10); got != "[Two] false" {
		t.Errorf("by name in the US: %s", got)
	}
	if got := find(matching.Company{Domain: "gamma.io"}, leaders, 10); got != "[] false" {
		t.Errorf("elsewhere: %s", got)
	}
}

func TestEndedContext(t *testing.T) {
	f := read(t, people, filefeed.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Refresh(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("refresh: %v", err)
	}
	if _, err := f.Find(ctx, matching.Company{}, tracking.Persona{}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("find: %v", err)
	}
}

func TestIsAProvider(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Harness {
		return providertest.Harness{
			Provider: read(t, "linkedin_url,full_name,email,company,domain,title\nlinkedin.com/in/jane,Jane Doe,jane@beta.io,Beta,beta.io,VP Marketing\n", filefeed.Options{}),
			Known:    tracking.Person{LinkedIn: "https://linkedin.com/in/jane/", FirstName: "Jane", LastName: "Doe"},
			Now:      matching.Company{Name: "Beta", Domain: "beta.io"}, Title: "Vice President, Marketing",
			Persona:   tracking.Persona{Name: "Leaders", Include: []tracking.Phrase{{Text: "VP Marketing"}}},
			Other:     tracking.Persona{Name: "Sales", Include: []tracking.Phrase{{Text: "Sales"}}},
			Stranger:  tracking.Person{Emails: []string{"nobody@else.com"}, FirstName: "Nob", LastName: "Ody"},
			Elsewhere: matching.Company{Name: "Gamma", Domain: "gamma.io"},
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{people, `{"email":"a@acme.com","company":"Acme"}`, "email,company\n\"a", "{", "", "\xff\xfe", "email\tcompany\na@b.co\tAcme\t\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		feed, err := filefeed.Read(strings.NewReader(text), filefeed.Options{})
		if err != nil {
			if !errors.Is(err, filefeed.ErrFile) {
				t.Errorf("error of no class: %v", err)
			}
			return
		}
		if feed.People() > feed.Rows() {
			t.Errorf("%d people in %d rows", feed.People(), feed.Rows())
		}
		for _, p := range feed.Problems() {
			if p.Line < 1 || p.Message == "" {
				t.Errorf("problem %+v", p)
			}
		}
	})
}

func ExampleRead() {
	feed, err := filefeed.Read(strings.NewReader("email,company,title\njane@acme.com,Beta,CFO\nbob,Beta,CTO\n"), filefeed.Options{Name: "export"})
	if err != nil {
		fmt.Println(err)
		return
	}
	got, _ := feed.Refresh(context.Background(), []tracking.Person{{Emails: []string{"jane@acme.com"}}})
	fmt.Println(got.Answers[0].Profile.Person.Company.Name, got.Answers[0].Profile.Person.Title)
	fmt.Println(feed.Problems()[0])
	// Output:
	// Beta CFO
	// line 3: email: want one e-mail address
}
