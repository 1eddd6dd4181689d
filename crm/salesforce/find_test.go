package salesforce

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

func TestFindPacksQueries(t *testing.T) {
	s, g := local(t, nil)
	added(t, s.CRM(), crm.ObjectAccount, crm.Fields{"Name": "Acme 7"})
	var qs []crm.Query
	for n := range maxQueries {
		qs = append(qs, asking(crm.ObjectAccount, oneOf("Name", fmt.Sprintf("Acme %d", n))))
	}
	if _, err := g.Describe(t.Context(), crm.ObjectAccount); err != nil {
		t.Fatal(err)
	}
	s.ResetCalls()
	pages, err := g.Find(t.Context(), qs)
	if err != nil || len(pages[7].Records) != 1 || len(pages[8].Records) != 0 {
		t.Errorf("found %v, %v", pages, err)
	}
	if n := s.Calls(); n.Total != 5 || n.ByResource["composite"] != 5 {
		t.Errorf("calls %+v, want 5 composite ones", n)
	}
}

// TestCR02NamesOverTheWire: 2,000 names, hostile ones among them, are cut into
// lists that every server takes, and none is lost.
func TestCR02NamesOverTheWire(t *testing.T) {
	s, g := local(t, nil)
	var names []string
	for n := range 2000 {
		names = append(names, fmt.Sprintf(`O'Brien\%%_ "%d" & Söhne`, n))
	}
	for _, n := range []int{0, 999, 1999} {
		added(t, s.CRM(), crm.ObjectAccount, crm.Fields{"Name": names[n]})
	}
	added(t, s.CRM(), crm.ObjectAccount, crm.Fields{"Name": "OBrien"})
	found, err := hurried(t, g).Find(t.Context(), []crm.Query{asking(crm.ObjectAccount, oneOf("Name", names...))})
	if err != nil || len(found[0]) != 3 {
		t.Fatalf("found %d, %v; want 3", len(found[0]), err)
	}
	bytes := 0
	for _, n := range names {
		bytes += len(n) + 40
	}
	if n := s.Calls().ByResource["composite"]; n < 2 || n > bytes/maxValueBytes/queriesACall+1 {
		t.Errorf("%d calls for about %d bytes of values", n, bytes)
	}
}

// TestQueryAnswer reads a documented answer: a page that has more, and a query
// that failed alone.
func TestQueryAnswer(t *testing.T) {
	g := documented(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sample(t, "composite_query.json")) })
	people := asking(crm.ObjectContact, oneOf("Email", "lee@example.com"))
	people.Select = []string{"Email", "HasOptedOutOfEmail"}
	pages, err := g.Find(t.Context(), []crm.Query{people, asking(crm.ObjectLead)})
	if err != nil {
		t.Fatal(err)
	}
	want := crm.Page{Next: "query/01gRM0000006Wv8YAE-2000", Records: []crm.Record{
		{Object: crm.ObjectContact, ID: "0038M0000016Wv8QAE", Version: "2026-11-03T12:00:00.000Z",
			Fields: crm.Fields{"Email": "lee@example.com", "HasOptedOutOfEmail": "false"}},
		{Object: crm.ObjectContact, ID: "003RM0000068xV6YAI", Version: "2026-11-03T12:00:01.000Z",
			Fields: crm.Fields{"Email": "", "HasOptedOutOfEmail": "true"}},
	}}
	if diff := cmp.Diff(want, pages[0]); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	if e := wantError(t, pages[1].Err, crm.ErrInvalid, "INVALID_FIELD"); e.Op != "find" || e.Object != crm.ObjectLead {
		t.Errorf("the error is about %s %s", e.Op, e.Object)
	}
}

// TestBadPages: an answer that cannot be followed is an error, and no request
// leaves for anywhere else.
func TestBadPages(t *testing.T) {
	const row = `{"attributes":{"type":"Contact"},"Id":"003RM0000068xV6YAI"}`
	for name, body := range map[string]string{
		"more, and not where":       `{"done":false,"records":[` + row + `]}`,
		"more at another host":      `{"done":false,"nextRecordsUrl":"https://evil.example/services/data/v66.0/query/01g-2000","records":[]}`,
		"more at another resource":  `{"done":false,"nextRecordsUrl":"/services/data/v66.0/sobjects/User","records":[]}`,
		"more further up":           `{"done":false,"nextRecordsUrl":"/services/data/v66.0/query/../sobjects","records":[]}`,
		"a row without id":          `{"done":true,"records":[{"attributes":{"type":"Contact"}}]}`,
		"a field with a structure":  `{"done":true,"records":[{"Id":{"a":"secret"}}]}`,
		"no object":                 `"secret"`,
		"a list":                    `[]`,
		"records of the wrong type": `{"done":true,"records":"secret"}`,
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			g := documented(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				_, _ = fmt.Fprintf(w, `{"compositeResponse":[{"body":%s,"httpStatusCode":200,"referenceId":"r0"}]}`, body)
			})
			pages, err := g.Find(t.Context(), []crm.Query{asking(crm.ObjectContact)})
			if err == nil {
				err = pages[0].Err
			}
			if !errors.Is(err, crm.ErrUnavailable) || strings.Contains(err.Error(), "secret") || calls != 1 {
				t.Errorf("got %v after %d calls", err, calls)
			}
		})
	}
}

func TestCursors(t *testing.T) {
	for cursor, want := range map[string]bool{
		"query/01gRM0000006Wv8YAE-2000": true, "queryAll/01g-4000": true,
		"": false, "query/": false, "sobjects/User": false, "query/../limits": false, "query/a/b": false,
		"/query/a": false, "query/a?x=1": false, "query/" + strings.Repeat("a", 101): false,
	} {
		if got := isCursor(cursor); got != want {
			t.Errorf("%q: %v", cursor, got)
		}
		if want || cursor == "" {
			continue
		}
		g := documented(t, func(http.ResponseWriter, *http.Request) { t.Errorf("cursor %q was followed", cursor) })
		q := asking(crm.ObjectContact)
		q.Cursor = cursor
		pages, err := g.Find(t.Context(), []crm.Query{q})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, pages[0].Err, crm.ErrInvalid, "INVALID_QUERY_LOCATOR")
	}
}

// TestPagesAreFollowed reads small pages to the end.
func TestPagesAreFollowed(t *testing.T) {
	s, g := local(t, &sftest.Options{PageRows: 3})
	var want []string
	for n := range 10 {
		want = append(want, added(t, s.CRM(), crm.ObjectAccount, crm.Fields{"Name": fmt.Sprintf("Acme %d", n)}))
	}
	found, err := hurried(t, g).Find(t.Context(), []crm.Query{asking(crm.ObjectAccount)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range found[0] {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if n := s.Calls().ByResource; n["composite"] != 1 || n["query"] != 3 {
		t.Errorf("calls %v, want a first page and three more", n)
	}
}

// TestFailedCallAmongSeveral: what failed with its call can be told from the rest.
func TestFailedCallAmongSeveral(t *testing.T) {
	s, g := local(t, nil)
	var qs []crm.Query
	for n := range 2 * queriesACall {
		qs = append(qs, asking(crm.ObjectAccount, oneOf("Name", fmt.Sprint("Acme ", n))))
	}
	s.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "composite", N: 2, Status: 400, Code: "MALFORMED_QUERY"})
	pages, err := g.Find(t.Context(), qs)
	if err != nil {
		t.Fatal(err)
	}
	for n, p := range pages {
		if (p.Err != nil) != (n >= queriesACall) {
			t.Errorf("query %d: %v", n, p.Err)
		}
	}
	s.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "composite", Times: sftest.Always, Status: 403, Code: "REQUEST_LIMIT_EXCEEDED"})
	s.ResetCalls()
	if _, err = g.Find(t.Context(), qs); !errors.Is(err, crm.ErrQuota) {
		t.Errorf("all calls failed: %v, want %v", err, crm.ErrQuota)
	}
	if n := s.Calls().Total; n > 1 {
		t.Errorf("%d calls to a used up quota, want 1", n)
	}
}

// TestSearchAnswer reads a documented answer. One search serves both objects, and
// what the index finds beyond whole words is left out.
func TestSearchAnswer(t *testing.T) {
	var asked struct {
		Q        string
		In       string
		Sobjects []searchTarget
	}
	calls := 0
	g := documented(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &asked)
		_, _ = w.Write(sample(t, "search_answer.json"))
	})
	words := crm.Cond{Op: crm.OpWords, Values: []string{"Ann Lee"}}
	contacts := asking(crm.ObjectContact, words, oneOf("HasOptedOutOfEmail", "false"))
	leads := asking(crm.ObjectLead, words)
	leads.Select = []string{"Email"}
	pages, err := g.Find(t.Context(), []crm.Query{contacts, leads})
	if err != nil {
		t.Fatal(err)
	}
	if calls != 1 || asked.In != "NAME" || asked.Q != "(Ann AND Lee)" {
		t.Errorf("%d calls, asked %+v", calls, asked)
	}
	wantTargets := []searchTarget{
		{Name: "Contact", Fields: []string{"Id", "Name", "SystemModstamp"}, Where: "HasOptedOutOfEmail = false"},
		{Name: "Lead", Fields: []string{"Id", "Email", "Name", "SystemModstamp"}},
	}
	if diff := cmp.Diff(wantTargets, asked.Sobjects); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if r := pages[0].Records; len(r) != 1 || r[0].ID != "003RM0000068xV6YAI" || len(r[0].Fields) != 0 {
		t.Errorf("contacts %+v, want Ann Lee-Moore alone, without the name that nobody asked for", r)
	}
	if r := pages[1].Records; len(r) != 1 || r[0].Fields["Email"] != "lee@example.com" {
		t.Errorf("leads %+v, want Ann Lee", r)
	}
}
