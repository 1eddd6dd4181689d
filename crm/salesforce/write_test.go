package salesforce

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

func contactWrite(n int, set crm.Fields) crm.Write {
	return newWrite(n, crm.VerbCreate, crm.ObjectContact, set)
}

// sentCall is what left for the org.
type sentCall struct {
	Method, Path, Assign, Rules string
	Records                     int
}

// recording answers every collection with success, and notes what came.
func recording(t *testing.T) (*Org, *[]sentCall) {
	t.Helper()
	var sent []sentCall
	g := documented(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var c struct {
			AllOrNone bool
			Records   []json.RawMessage
		}
		if err := json.Unmarshal(body, &c); err != nil || c.AllOrNone {
			t.Errorf("%s: %v, all or none %v", r.URL.Path, err, c.AllOrNone)
		}
		sent = append(sent, sentCall{
			r.Method, strings.TrimPrefix(r.URL.Path, "/services/data/v66.0/"), r.Header.Get("Sforce-Auto-Assign"),
			r.Header.Get("Sforce-Duplicate-Rule-Header"), len(c.Records),
		})
		var out []string
		for range c.Records {
			out = append(out, `{"id":"003RM0000068xV6YAI","success":true,"errors":[]}`)
		}
		_, _ = w.Write([]byte("[" + strings.Join(out, ",") + "]"))
	})
	return g, &sent
}

// TestWriteGroups: writes of one manner share a call, and the headers say how the
// org is to treat them.
func TestWriteGroups(t *testing.T) {
	const strict, lenient = "allowSave=false; includeRecordDetails=true; runAsCurrentUser=true",
		"allowSave=true; includeRecordDetails=true; runAsCurrentUser=true"
	g, sent := recording(t)
	lead := func(n int) crm.Write {
		return newWrite(n, crm.VerbCreate, crm.ObjectLead, crm.Fields{"LastName": "Lee", "Company": "Acme"})
	}
	update := newWrite(3, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"FirstName": "Ann"})
	update.ID = "003RM0000068xV6"
	assigned, allowed := lead(4), lead(5)
	assigned.Assign, allowed.AllowDuplicate = true, true
	upsert := newWrite(6, crm.VerbUpsert, crm.ObjectContact, crm.Fields{"LastName": "Lee"})
	written(t, g, contactWrite(1, crm.Fields{"LastName": "Lee"}), update, lead(2), assigned, allowed, upsert)
	want := []sentCall{
		{"POST", "composite/sobjects", "FALSE", strict, 2},
		{"PATCH", "composite/sobjects", "FALSE", strict, 1},
		{"POST", "composite/sobjects", "TRUE", strict, 1},
		{"POST", "composite/sobjects", "FALSE", lenient, 1},
		{"PATCH", "composite/sobjects/Contact/Onward_Key__c", "FALSE", strict, 1},
	}
	if diff := cmp.Diff(want, *sent); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestWriteRuns: a collection may change its type ten times and no more.
func TestWriteRuns(t *testing.T) {
	g, sent := recording(t)
	var batch []crm.Write
	for n := range 12 {
		w := contactWrite(n, crm.Fields{"LastName": "Lee"})
		if n%2 == 1 {
			w.Object, w.Set["Company"] = crm.ObjectLead, "Acme"
		}
		batch = append(batch, w)
	}
	written(t, g, batch...)
	if len(*sent) != 2 || (*sent)[0].Records != 10 || (*sent)[1].Records != 2 {
		t.Errorf("calls %+v, want ten records and two", *sent)
	}
}

// TestCR06CollectionAnswer reads a documented answer with five fates in it.
func TestCR06CollectionAnswer(t *testing.T) {
	var asked []string
	g := documented(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.HasSuffix(r.URL.Path, "/composite/sobjects"):
			asked = append(asked, "write")
			_, _ = w.Write(sample(t, "collection_results.json"))
		case strings.Contains(string(body), "query?q="):
			asked = append(asked, "keys")
			_, _ = fmt.Fprintf(w, `{"compositeResponse":[{"httpStatusCode":200,"referenceId":"r0","body":{"done":true,
				"records":[{"Id":"0038M0000016Wv8","Onward_Key__c":%q}]}}]}`, keyOf(3))
		default:
			asked = append(asked, "matches")
			_, _ = fmt.Fprintf(w, `{"compositeResponse":[{"httpStatusCode":400,"referenceId":"r0","body":%s}]}`, sample(t, "duplicates_single.json"))
		}
	})
	var batch []crm.Write
	for n := range 5 {
		batch = append(batch, contactWrite(n, crm.Fields{"LastName": "Lee"}))
	}
	results := written(t, g, batch...)
	if diff := cmp.Diff(crm.Result{ID: "003RM0000068xV6YAI", Created: true}, results[0]); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	e := wantError(t, results[1].Err, crm.ErrDuplicate, "DUPLICATES_DETECTED")
	if want := []string{"0038M0000016Wv8QAE", "003RM0000068xV6YAI"}; e.Rule != "Standard_Contact_Duplicate_Rule" || !slices.Equal(e.Matches, want) {
		t.Errorf("rule %q, matches %v; want %v", e.Rule, e.Matches, want)
	}
	if e = wantError(t, results[2].Err, crm.ErrInvalid, "REQUIRED_FIELD_MISSING"); !slices.Equal(e.Fields, []string{"LastName"}) || e.Key != keyOf(2) {
		t.Errorf("fields %v of key %s", e.Fields, e.Key)
	}
	if results[3].Err != nil || results[3].Created || results[3].ID != "0038M0000016Wv8QAE" {
		t.Errorf("the key is there already: %+v", results[3])
	}
	wantError(t, results[4].Err, crm.ErrLocked, "UNABLE_TO_LOCK_ROW")
	if want := []string{"write", "keys", "matches"}; !slices.Equal(asked, want) {
		t.Errorf("calls %v, want %v", asked, want)
	}
}

// TestCR06DuplicatesOverTheWire: the second read costs one call for 25 records,
// in both spellings of the answer.
func TestCR06DuplicatesOverTheWire(t *testing.T) {
	for _, spelling := range []string{"duplicateResut", "duplicateResult"} {
		t.Run(spelling, func(t *testing.T) {
			s, g := local(t, &sftest.Options{DuplicateKey: spelling})
			h := harnessOf(s, g)
			h.AddDuplicateRule(byEmail())
			there := added(t, s.CRM(), crm.ObjectContact, crm.Fields{"LastName": "Lee", "Email": "lee@example.com"})
			batch := severalWrites(30, func(n int) crm.Write {
				return contactWrite(n, crm.Fields{"LastName": "Lee", "Email": "lee@example.com"})
			})
			batch = append(batch, contactWrite(31, crm.Fields{"LastName": "Mo"}))
			results := written(t, g, batch...)
			for _, r := range results[:30] {
				e := wantError(t, r.Err, crm.ErrDuplicate, "DUPLICATES_DETECTED")
				if e.Rule != "Same_Email" || !slices.Equal(e.Matches, []string{there}) {
					t.Fatalf("rule %q, matches %v; want %s", e.Rule, e.Matches, there)
				}
			}
			if !results[30].Created {
				t.Errorf("the good one: %+v", results[30])
			}
			// One write, one look-up of keys, two looks at the duplicates.
			if n := s.Calls().ByResource; n["composite/sobjects"] != 1 || n["composite"] != 3 {
				t.Errorf("calls %v", n)
			}
		})
	}
}

// TestCR07Hidden: a record out of sight is not visible, not deleted, in the middle
// of a batch.
func TestCR07Hidden(t *testing.T) {
	s, g := local(t, nil)
	hidden := added(t, s.CRM(), crm.ObjectContact, crm.Fields{"LastName": "Hidden"})
	seen := added(t, s.CRM(), crm.ObjectContact, crm.Fields{"LastName": "Seen"})
	if err := s.CRM().Hide(hidden); err != nil {
		t.Fatal(err)
	}
	var batch []crm.Write
	for n, id := range []string{hidden, seen} {
		w := newWrite(n, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"Title": "CEO"})
		w.ID = id
		batch = append(batch, w)
	}
	results := written(t, g, batch...)
	if err := results[0].Err; !errors.Is(err, crm.ErrNotVisible) || errors.Is(err, crm.ErrStale) || errors.Is(err, crm.ErrNotFound) {
		t.Errorf("hidden: %v", err)
	}
	if results[1].Err != nil {
		t.Errorf("seen: %v", results[1].Err)
	}
}

// TestCR03Retries: what may pass is tried again, a bounded number of times; what
// cannot is not.
func TestCR03Retries(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		code   string
		class  error
		writes int
	}{
		{"429", 429, "TOO_MANY", crm.ErrThrottled, 4},
		{"503", 503, "SERVER_UNAVAILABLE", crm.ErrUnavailable, 4},
		{"the daily limit", 403, "REQUEST_LIMIT_EXCEEDED", crm.ErrQuota, 1},
		{"a wrong request", 400, "JSON_PARSER_ERROR", crm.ErrInvalid, 1},
		{"no right", 403, "INSUFFICIENT_ACCESS", crm.ErrDenied, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, g := local(t, nil)
			s.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "composite/sobjects", Times: sftest.Always, Status: c.status, Code: c.code})
			count := &counting{Org: g}
			results, _ := hurried(t, count).Apply(t.Context(), []crm.Write{contactWrite(1, crm.Fields{"LastName": "Lee"})})
			wantError(t, results[0].Err, c.class, c.code)
			if count.writes != c.writes {
				t.Errorf("%d writes, want %d", count.writes, c.writes)
			}
		})
	}
	t.Run("a locked row", func(t *testing.T) {
		s, g := local(t, nil)
		id := added(t, s.CRM(), crm.ObjectContact, crm.Fields{"LastName": "Lee"})
		if err := s.CRM().Lock(id, 2); err != nil {
			t.Fatal(err)
		}
		w := newWrite(1, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"Title": "CEO"})
		w.ID = id
		count := &counting{Org: g}
		results, err := hurried(t, count).Apply(t.Context(), []crm.Write{w})
		if err != nil || results[0].Err != nil || count.writes != 3 {
			t.Errorf("%+v, %v after %d writes, want success at the third", results, err, count.writes)
		}
	})
}

// TestWriteFailsInPart: a call that fails among several is told from the others.
func TestWriteFailsInPart(t *testing.T) {
	s, g := local(t, nil)
	event := newWrite(2, crm.VerbUpsert, crm.ObjectJobChange, crm.Fields{"Reason__c": "moved"})
	s.Inject(sftest.Fault{Kind: sftest.ResetAfter, Resource: "composite/sobjects", N: 2})
	results := written(t, g, contactWrite(1, crm.Fields{"LastName": "Lee"}), event)
	if results[0].Err != nil || !errors.Is(results[1].Err, crm.ErrUnknownOutcome) {
		t.Errorf("results %+v, want the second alone to be unknown", results)
	}
	s.Inject(sftest.Fault{Kind: sftest.ResetBefore, Resource: "composite/sobjects"})
	if _, err := g.Write(t.Context(), []crm.Write{contactWrite(3, crm.Fields{"LastName": "Lee"})}); !errors.Is(err, crm.ErrUnknownOutcome) {
		t.Errorf("a lost call: %v", err)
	}
	s.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "composite/sobjects", Times: sftest.Always, Status: 403, Code: "REQUEST_LIMIT_EXCEEDED"})
	s.ResetCalls()
	if _, err := g.Write(t.Context(), []crm.Write{contactWrite(4, crm.Fields{"LastName": "Lee"}), event}); !errors.Is(err, crm.ErrQuota) {
		t.Errorf("a used up quota: %v", err)
	}
}

// TestWrongAnswers: an answer that does not fit the question leaves the outcome
// open.
func TestWrongAnswers(t *testing.T) {
	for name, body := range map[string]string{
		"too few results": `[]`,
		"too many":        `[{"id":"003RM0000068xV6YAI","success":true},{"id":"003RM0000068xV6YAI","success":true}]`,
		"no id":           `[{"success":true,"errors":[]}]`,
		"not an id":       `[{"id":"secret","success":true,"errors":[]}]`,
		"an object":       `{"id":"secret"}`,
		"nothing":         ``,
	} {
		t.Run(name, func(t *testing.T) {
			g := documented(t, answers(http.StatusOK, body))
			results, err := g.Write(t.Context(), []crm.Write{contactWrite(1, crm.Fields{"LastName": "Lee"})})
			if err == nil {
				err = results[0].Err
			}
			if !errors.Is(err, crm.ErrUnknownOutcome) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %v", err, crm.ErrUnknownOutcome)
			}
		})
	}
}

// TestRefusedUnsent: what describe can tell is not sent. Of a create it is only
// asked whether its key is there.
func TestRefusedUnsent(t *testing.T) {
	g := documented(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/composite") {
			t.Errorf("call to %s", r.URL.Path)
		}
		_, _ = w.Write([]byte(`{"compositeResponse":[{"httpStatusCode":200,"referenceId":"r0","body":{"done":true,"records":[]}}]}`))
	})
	update := newWrite(1, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"FirstName": "Ann"})
	short := update
	short.ID = "003"
	filled := contactWrite(1, nil)
	filled.Fill = crm.Fields{"LastName": "Lee"}
	for _, c := range []struct {
		name  string
		write crm.Write
		code  string
		field string
	}{
		{"unknown field", contactWrite(1, crm.Fields{"No_Such_Field__c": "x"}), "INVALID_FIELD", "No_Such_Field__c"},
		{"read-only field", contactWrite(1, crm.Fields{"Name": "x"}), "INVALID_FIELD_FOR_INSERT_UPDATE", "Name"},
		{"no checkbox", contactWrite(1, crm.Fields{"HasOptedOutOfEmail": "perhaps"}), "INVALID_TYPE_ON_FIELD_IN_RECORD", "HasOptedOutOfEmail"},
		{"no reference", contactWrite(1, crm.Fields{"AccountId": "Acme"}), "MALFORMED_ID", "AccountId"},
		{"too long", contactWrite(1, crm.Fields{"LastName": strings.Repeat("é", 81)}), "STRING_TOO_LONG", "LastName"},
		{"no id", update, "MALFORMED_ID", "Id"},
		{"half an id", short, "MALFORMED_ID", "Id"},
		{"unknown verb", crm.Write{Key: keyOf(1), Verb: "delete", Object: crm.ObjectContact}, "UNKNOWN_VERB", ""},
		{"unresolved", filled, "UNRESOLVED_FILL_OR_LINK", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := wantError(t, written(t, g, c.write)[0].Err, crm.ErrInvalid, c.code)
			if c.field != "" && !slices.Equal(e.Fields, []string{c.field}) {
				t.Errorf("fields %v, want %s", e.Fields, c.field)
			}
		})
	}
}

// TestCutLong cuts running text where the options say so, names the field in the
// log, and nothing else.
func TestCutLong(t *testing.T) {
	var log strings.Builder
	s, _ := local(t, nil)
	g, err := Open(t.Context(), Options{
		Instance: s.URL, Login: ClientCredentials{ID: s.ClientID(), Secret: s.ClientSecret()}, CutLong: true,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	long := strings.Repeat("é", 200)
	results := written(t, g,
		contactWrite(1, crm.Fields{"LastName": "Lee", "Title": long}),
		contactWrite(2, crm.Fields{"LastName": "Lee", "Email": strings.Repeat("a", 80) + "@example.com"}))
	if results[0].Err != nil {
		t.Fatal(results[0].Err)
	}
	pages, err := g.Find(t.Context(), []crm.Query{{Object: crm.ObjectContact, Select: []string{"Title"}, Where: []crm.Cond{oneOf("Id", results[0].ID)}}})
	if err != nil || pages[0].Records[0].Fields["Title"] != strings.Repeat("é", 128) {
		t.Errorf("title %+v, %v; want 128 characters", pages, err)
	}
	wantError(t, results[1].Err, crm.ErrInvalid, "STRING_TOO_LONG") // half an address is none
	if !strings.Contains(log.String(), "fields=Title") || strings.Contains(log.String(), "é") {
		t.Errorf("log: %s", log.String())
	}
}

// TestKeyIsMissing: without its field a create could be doubled, so it is refused,
// unless the org is declared to have none.
func TestKeyIsMissing(t *testing.T) {
	s, g := local(t, nil)
	g.opt.Names.Key = "Other_Key__c"
	e := wantError(t, written(t, g, contactWrite(1, crm.Fields{"LastName": "Lee"}))[0].Err, crm.ErrInvalid, "INVALID_FIELD")
	if !slices.Equal(e.Fields, []string{"Other_Key__c"}) {
		t.Errorf("fields %v", e.Fields)
	}
	g.opt.Names.Keyless = []crm.Object{crm.ObjectContact}
	if r := written(t, g, contactWrite(1, crm.Fields{"LastName": "Lee"}))[0]; !r.Created {
		t.Errorf("keyless: %+v", r)
	}
	if n := len(s.CRM().Records(crm.ObjectContact)); n != 1 {
		t.Errorf("%d contacts, want 1", n)
	}
}

// TestVersionsCostOneCall: all updates of a batch that name a version are compared
// in one call.
func TestVersionsCostOneCall(t *testing.T) {
	s, g := local(t, nil)
	var batch []crm.Write
	for n := range 50 {
		w := newWrite(n, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"Title": "CEO"})
		w.ID = added(t, s.CRM(), crm.ObjectContact, crm.Fields{"LastName": "Lee"})
		w.If = "2020-01-01T00:00:00.000Z"
		if n%2 == 0 {
			w.If = s.CRM().Records(crm.ObjectContact)[n].Version
		}
		batch = append(batch, w)
	}
	for n, r := range written(t, g, batch...) {
		if n%2 == 0 && r.Err != nil || n%2 == 1 && !errors.Is(r.Err, crm.ErrStale) {
			t.Errorf("update %d: %v", n, r.Err)
		}
	}
	if n := s.Calls().ByResource; n["composite"] != 1 || n["composite/sobjects"] != 1 {
		t.Errorf("calls %v, want one look and one write", n)
	}
}
