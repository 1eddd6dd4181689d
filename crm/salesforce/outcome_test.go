package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// asker is an org that answers writes with a script and every query from a list
// of rows by what its statement holds.
type asker struct {
	mu     sync.Mutex
	writes []string // answers to composite/sobjects, one after the other
	rows   map[string]string
	asked  []string // statements
	single string   // the part with which single writes are answered
	header []bool   // whether headers of a composite call and of its parts agree
}

func (a *asker) handle(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if strings.Contains(r.URL.Path, "/composite/sobjects") {
		_, _ = io.WriteString(w, a.writes[0])
		a.writes = a.writes[1:]
		return
	}
	var in struct {
		Requests []subrequest `json:"compositeRequest"`
	}
	_ = json.Unmarshal(body, &in)
	var parts []string
	for _, q := range in.Requests {
		parts = append(parts, fmt.Sprintf(`{"referenceId":%q,%s}`, q.ReferenceID, a.part(q, r.Header)))
	}
	_, _ = io.WriteString(w, `{"compositeResponse":[`+strings.Join(parts, ",")+`]}`)
}

func (a *asker) part(q subrequest, h http.Header) string {
	if q.Method != http.MethodGet {
		for name, value := range q.Header {
			a.header = append(a.header, h.Get(name) == value)
		}
		return a.single
	}
	a.asked = append(a.asked, q.URL)
	rows := ""
	for holds, found := range a.rows {
		if strings.Contains(q.URL, holds) {
			rows = found
		}
	}
	return `"httpStatusCode":200,"body":{"done":true,"records":[` + rows + `]}`
}

const (
	ann   = "0038M0000016Wv8QAE"
	other = "0038M0000016Wv9QAE"
	lead  = "00Q8M0000016Wv8UAE"
)

// TestDuplicateValueNamesARecord: a record is ours when it has our key, not when
// a message mentions one that looks like it.
func TestDuplicateValueNamesARecord(t *testing.T) {
	idOf := func(s string) string { id, _ := crm.WidenID(s[:15]); return id }
	keyed := func(id string) string {
		return fmt.Sprintf(`{"Id":%q,"SystemModstamp":null,"Onward_Key__c":%q}`, idOf(id), keyOf(1))
	}
	says := func(field, id string) string {
		return field + " duplicates value on record with id: " + id[:15]
	}
	for _, row := range []struct {
		name, message string
		verb          crm.Verb
		byKey, byID   string
		id            string
		class         error
	}{
		{"CR04 it has our key", says("Onward_Key__c", ann), crm.VerbCreate, keyed(ann), "", ann, nil},
		{"CR04 in another language", "doppelter Wert", crm.VerbCreate, keyed(ann), "", ann, nil},
		{"CR04 what has our key goes before what is said", says("Onward_Key__c", other), crm.VerbCreate, keyed(ann), "", ann, nil},
		{"CR04 hidden from the user", says("Onward_Key__c", ann), crm.VerbCreate, "", "", ann, nil},
		{"CR04 in the recycle bin", says("Onward_Key__c", ann), crm.VerbCreate, "", `{"Id":"` + idOf(ann) + `","IsDeleted":true}`, "", crm.ErrStale},
		{"CR04 there, and without our key", says("Onward_Key__c", ann), crm.VerbCreate, "", `{"Id":"` + idOf(ann) + `","IsDeleted":false}`, "", crm.ErrInvalid},
		{"CR04 there, and nobody says whether ours", says("Onward_Key__c", ann), crm.VerbCreate, "", `{"Id":{}}`, "", crm.ErrUnknownOutcome},
		{"CR04 a record of another object", says("Onward_Key__c", lead), crm.VerbCreate, "", "", "", crm.ErrInvalid},
		{"CR04 a field whose name ends like ours", says("My_Onward_Key__c", ann), crm.VerbCreate, "", "", "", crm.ErrInvalid},
		{"CR04 an upsert that lost a race", says("Onward_Key__c", ann), crm.VerbUpsert, "", "", "", crm.ErrLocked},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &asker{
				writes: []string{fmt.Sprintf(`[{"success":false,"errors":[{"statusCode":"DUPLICATE_VALUE","message":"duplicate value found: %s","fields":[]}]}]`, row.message)},
				rows:   map[string]string{"WHERE+Onward_Key__c": row.byKey, "WHERE+Id": row.byID},
			}
			g := documented(t, a.handle)
			r := written(t, g, newWrite(1, row.verb, crm.ObjectContact, crm.Fields{"LastName": "Lee"}))[0]
			if crm.ClassOf(r.Err) != row.class || r.Created {
				t.Fatalf("%+v, want class %v", r, row.class)
			}
			if row.id != "" && r.ID != idOf(row.id) {
				t.Errorf("record %q, want %s", r.ID, row.id)
			}
		})
	}
}

// TestRefusedUpdates: what a refusal of one record means shows only when the
// record is looked at.
func TestRefusedUpdates(t *testing.T) {
	master, _ := crm.WidenID(other[:15])
	id, _ := crm.WidenID(ann[:15])
	for _, row := range []struct {
		name, code, found string
		class             error
	}{
		{"CR07 not shared for writing", "INSUFFICIENT_ACCESS_OR_READONLY", "", crm.ErrNotVisible},
		{"there, so a reference is wrong", "INVALID_CROSS_REFERENCE_KEY", `{"Id":"` + id + `","IsDeleted":false}`, crm.ErrInvalid},
		{"nowhere", "INVALID_CROSS_REFERENCE_KEY", "", crm.ErrNotFound},
		{"merged meanwhile", "INVALID_CROSS_REFERENCE_KEY", `{"Id":"` + id + `","IsDeleted":true,"MasterRecordId":"` + master + `"}`, crm.ErrStale},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := &asker{
				writes: []string{`[{"success":false,"errors":[{"statusCode":"` + row.code + `","message":"m","fields":[]}]}]`},
				rows:   map[string]string{"WHERE+Id": row.found},
			}
			w := newWrite(1, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"LastName": "Lee"})
			w.ID = id
			r := written(t, documented(t, a.handle), w)[0]
			e := wantError(t, r.Err, row.class, row.code)
			if want := strings.Contains(row.found, master); want != slices.Equal(e.Matches, []string{master}) {
				t.Errorf("matches %v", e.Matches)
			}
		})
	}
	a := &asker{writes: []string{`[{"success":false,"errors":[{"statusCode":"INSUFFICIENT_ACCESS_OR_READONLY"}]}]`}}
	r := written(t, documented(t, a.handle), contactWrite(1, crm.Fields{"LastName": "Lee"}))[0]
	wantError(t, r.Err, crm.ErrDenied, "INSUFFICIENT_ACCESS_OR_READONLY")
}

// TestCR04UnclearResult: neither done nor refused may be either.
func TestCR04UnclearResult(t *testing.T) {
	for _, answer := range []string{`[{"success":false,"errors":[]}]`, `[{}]`, `[null]`, `[{"success":true,"id":"x"}]`} {
		a := &asker{writes: []string{answer}}
		r := written(t, documented(t, a.handle), contactWrite(1, crm.Fields{"LastName": "Lee"}))[0]
		wantError(t, r.Err, crm.ErrUnknownOutcome, "NO_CLEAR_RESULT")
	}
}

// TestCR04UnsentIsNotUnknown: when the caller goes away in the first of two calls,
// the second was not sent, and that is certain.
func TestCR04UnsentIsNotUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g := documented(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	if _, err := g.Describe(t.Context(), crm.ObjectContact); err != nil {
		t.Fatal(err)
	}
	first, second := contactWrite(1, crm.Fields{"LastName": "Lee"}), contactWrite(2, crm.Fields{"LastName": "Lee"})
	second.AllowDuplicate = true
	results, err := g.Write(ctx, []crm.Write{first, second})
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(results[0].Err, crm.ErrUnknownOutcome) || crm.ClassOf(results[1].Err) != crm.ErrUnavailable {
		t.Errorf("got %v and %v", results[0].Err, results[1].Err)
	}
}

// TestCR06SecondLookKeepsItsManner: the second look at duplicates goes out with the
// headers of the first try, those of the call as well.
func TestCR06SecondLookKeepsItsManner(t *testing.T) {
	refused := `[{"success":false,"errors":[{"statusCode":"DUPLICATES_DETECTED","fields":[]}]}]`
	a := &asker{writes: []string{refused, refused}, single: `"httpStatusCode":400,"body":` + string(sample(t, "duplicates_single.json"))}
	first, second := contactWrite(1, crm.Fields{"LastName": "Lee"}), contactWrite(2, crm.Fields{"LastName": "Lee"})
	second.AllowDuplicate = true
	for _, r := range written(t, documented(t, a.handle), first, second) {
		if e := wantError(t, r.Err, crm.ErrDuplicate, "DUPLICATES_DETECTED"); len(e.Matches) == 0 {
			t.Errorf("no matches: %v", e)
		}
	}
	if len(a.header) != 4 || slices.Contains(a.header, false) {
		t.Errorf("headers agree: %v", a.header)
	}
}

// TestCR06SecondLookIsUnclear: a part of a composite answer that tells no status
// tells nothing.
func TestCR06SecondLookIsUnclear(t *testing.T) {
	for single, class := range map[string]error{
		`"body":null`:                       crm.ErrUnknownOutcome,
		`"httpStatusCode":500,"body":"x"`:   crm.ErrUnknownOutcome,
		`"httpStatusCode":300,"body":["x"]`: crm.ErrInvalid,
	} {
		a := &asker{writes: []string{`[{"success":false,"errors":[{"statusCode":"DUPLICATES_DETECTED","fields":[]}]}]`}, single: single}
		w := newWrite(1, crm.VerbUpdate, crm.ObjectContact, crm.Fields{"LastName": "Lee"})
		w.ID, _ = crm.WidenID(ann[:15])
		if r := written(t, documented(t, a.handle), w)[0]; crm.ClassOf(r.Err) != class {
			t.Errorf("%s: %+v, want %v", single, r, class)
		}
	}
}

// TestCR04RowsThatAreMissing: an answer without a list of rows must not be taken
// for an empty one, or a record that is there would be made again.
func TestCR04RowsThatAreMissing(t *testing.T) {
	for _, body := range []string{`{"done":true}`, `{"totalSize":1,"done":true,"records":null}`, `null`} {
		g := documented(t, answers(200, `{"compositeResponse":[{"referenceId":"r0","httpStatusCode":200,"body":`+body+`}]}`))
		found, err := g.Landed(t.Context(), crm.ObjectContact, []crm.Key{keyOf(1)})
		if !errors.Is(err, crm.ErrUnavailable) {
			t.Errorf("%s: %v, %v", body, found, err)
		}
	}
}

// TestCR11ErrorsNameNobody: what stands where a field's name should stand is not
// repeated.
func TestCR11ErrorsNameNobody(t *testing.T) {
	item := wireError{StatusCode: "STRING_TOO_LONG", Fields: []string{"Ann Lee", "LastName", "ann@example.com"}}
	g := &Org{opt: Options{Now: time.Now}}
	errs := []error{
		g.itemError("write", crm.ObjectLead, "k", []wireError{item, item}),
		g.judge(read("x"), &reply{status: 400, body: []byte(`[{"errorCode":"X","fields":["Ann Lee"]}]`)}),
		wirePart{Status: 400, Body: []byte(`[{"errorCode":"X","fields":["Ann Lee"]}]`)}.failure("find", crm.ObjectLead, ""),
	}
	l := newIngest(g, Ingestion{Object: crm.ObjectLead})
	for _, text := range []string{"STRING_TOO_LONG:too long: Ann Lee", "Ann Lee is too long", "STRING_TOO_LONG:for: Ann:LastName --"} {
		errs = append(errs, l.rowError(text))
	}
	for _, err := range errs {
		if strings.Contains(err.Error(), "Ann") || strings.Contains(err.Error(), "ann@") {
			t.Error(err)
		}
	}
	if last := errs[len(errs)-1]; !strings.Contains(last.Error(), "(LastName)") {
		t.Errorf("%v does not name the field", last)
	}
}

// TestDescribeWantsTheRightCase: describe ignores case, nothing else does.
func TestDescribeWantsTheRightCase(t *testing.T) {
	g := documented(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sample(t, "describe_Contact.json")) })
	_, err := g.Describe(t.Context(), "contact")
	if e := wantError(t, err, crm.ErrNotFound, "INVALID_TYPE"); !slices.Equal(e.Fields, []string{"Contact"}) {
		t.Errorf("%v does not name the object", err)
	}
}

// TestJobIsClosedOnceMore: a job that says that it is open and may not be closed
// is looked at again, for a lost answer can have closed it.
func TestJobIsClosedOnceMore(t *testing.T) {
	s, g := local(t, nil)
	s.Inject(sftest.Fault{Kind: sftest.Refused, Resource: "jobs/ingest", Method: http.MethodPatch, Status: 400, Code: "INVALIDJOBSTATE", Times: 2})
	results, err := g.Ingest(t.Context(), Ingestion{Object: crm.ObjectLead, Op: IngestInsert, Rows: newLeads(1)})
	if err != nil || results[0].Err != nil {
		t.Errorf("%+v, %v", results, err)
	}
}
