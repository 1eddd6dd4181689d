package hubspot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

func updateOf(n int, id int64, set crm.Fields) crm.Write {
	return crm.Write{Key: crm.Key(fmt.Sprintf("%064x", n)), Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: formatID(id), Set: set}
}

// written sends one batch and wants an answer for each item.
func written(t *testing.T, c *Client, batch ...crm.Write) []crm.Result {
	t.Helper()
	results, err := c.Write(t.Context(), batch)
	if err != nil || len(results) != len(batch) {
		t.Fatalf("%d results for %d writes, %v", len(results), len(batch), err)
	}
	return results
}

func wantError(t *testing.T, err, class error, code string, fields ...string) *crm.Error {
	t.Helper()
	var e *crm.Error
	if !errors.As(err, &e) || !errors.Is(err, class) || e.Code != code || !slices.Equal(e.Fields, fields) {
		t.Fatalf("got %v, want %v: %s %v", err, class, code, fields)
	}
	return e
}

// people makes contacts without a title.
func people(s *hstest.Server, n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = s.Create(hstest.Contacts, map[string]string{"lastname": fmt.Sprintf("Person %d", i)})
	}
	return ids
}

// TestCR09CheckAtTheStart: an error that names the properties, before anything is
// written.
func TestCR09CheckAtTheStart(t *testing.T) {
	s, c := local(t, nil)
	s.Define(hstest.Contacts, hstest.Property{Name: "onward_outcome"}, hstest.Property{Name: "onward_dri", ReadOnly: true})
	names := Properties{Outcome: "onward_outcome", LeadID: "onward_lead", DRI: "onward_dri", ContactID: "AccountId"}.Names()
	err := c.CheckWritable(t.Context(), crm.ObjectContact, names)
	if !errors.Is(err, crm.ErrInvalid) {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{"PROPERTY_DOESNT_EXIST (onward_lead)", "READ_ONLY_VALUE (AccountId, onward_dri)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not tell %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "onward_outcome") {
		t.Errorf("%q names what is well", err)
	}
	// The administrator mends it while the program is running: the look is a new one.
	s.Define(hstest.Contacts, hstest.Property{Name: "onward_lead"}, hstest.Property{Name: "onward_dri"})
	if err := c.CheckWritable(t.Context(), crm.ObjectContact, []string{"onward_outcome", "onward_lead", "onward_dri"}); err != nil {
		t.Error(err)
	}
	if n := len(s.Calls()); n != 2 {
		t.Errorf("%d calls, want one a look", n)
	}
	s.Inject(hstest.Fault{Status: 403, Body: `{"category":"MISSING_SCOPES"}`})
	if err := c.CheckWritable(t.Context(), crm.ObjectContact, names); !errors.Is(err, crm.ErrDenied) {
		t.Errorf("without the scope: %v", err)
	}
}

// TestCR09OneFailedItem: HubSpot answers 207; the good items are done, the failed one
// has its reason.
func TestCR09OneFailedItem(t *testing.T) {
	s, c := local(t, nil)
	ids := people(s, 3)
	s.FailRecord(hstest.Contacts, ids[1], "CONFLICT")
	results := written(t, c,
		updateOf(1, ids[0], crm.Fields{"Title": "CEO"}), updateOf(2, ids[1], crm.Fields{"Title": "CEO"}), updateOf(3, ids[2], crm.Fields{"Title": "CEO"}))
	if call := s.CallsTo("/batch/update"); len(call) != 1 || call[0].Status != 207 {
		t.Fatalf("%d calls", len(call))
	}
	for _, n := range []int{0, 2} {
		if results[n].Err != nil || results[n].ID != formatID(ids[n]) || s.Properties(hstest.Contacts, ids[n])["jobtitle"] != "CEO" {
			t.Errorf("item %d: %+v", n, results[n])
		}
	}
	e := wantError(t, results[1].Err, crm.ErrStale, "CONFLICT")
	if e.Key != updateOf(2, 1, nil).Key || s.Properties(hstest.Contacts, ids[1])["jobtitle"] != "" {
		t.Errorf("the failed one: key %s", e.Key)
	}
}

// TestCR09RefusedValue: HubSpot holds one wrong value against the whole batch; the
// batch is cut until it stands alone.
func TestCR09RefusedValue(t *testing.T) {
	s, c := local(t, nil)
	s.Refuse(hstest.Contacts, "jobtitle", "ann.lee@example.com")
	ids := people(s, 100)
	var batch []crm.Write
	for n, id := range ids {
		title := "CEO"
		if n == 37 || n == 90 {
			title = "ann.lee@example.com"
		}
		batch = append(batch, updateOf(n, id, crm.Fields{"Title": title}))
	}
	for n, r := range written(t, c, batch...) {
		if n != 37 && n != 90 {
			if r.Err != nil || s.Properties(hstest.Contacts, ids[n])["jobtitle"] != "CEO" {
				t.Fatalf("item %d: %v", n, r.Err)
			}
			continue
		}
		e := wantError(t, r.Err, crm.ErrInvalid, "PROPERTY_VALIDATION_RULE", "jobtitle")
		if strings.Contains(e.Error(), "ann.lee") {
			t.Errorf("the error tells the value: %v", e)
		}
	}
	if n := len(s.CallsTo("/batch/update")); n > 30 {
		t.Errorf("%d calls for two wrong values among a hundred", n)
	}
}

func TestUpdateOnTheWire(t *testing.T) {
	s, c := local(t, nil)
	id := s.Create(hstest.Contacts, map[string]string{"jobtitle": "CTO"})
	r := written(t, c, updateOf(1, id, crm.Fields{"Title": "", "OwnerId": "77", "lifecyclestage": "Customer", "CreatedDate": "2026-07-01T09:00:00Z"}))[0]
	if r.Err != nil || r.ID != formatID(id) {
		t.Fatal(r.Err)
	}
	calls := s.CallsTo("/objects/")
	want := `{"inputs":[{"id":"` + formatID(id) + `","properties":{"createdate":"2026-07-01T09:00:00.000Z","hubspot_owner_id":"77",` +
		`"jobtitle":"","lifecyclestage":"customer"},"objectWriteTraceId":"0"}]}`
	if len(calls) != 2 || calls[1].Path != "/crm/v3/objects/contacts/batch/update" || string(calls[1].Body) != want {
		t.Errorf("%s %s\nwant %s", calls[1].Path, calls[1].Body, want)
	}
}

func TestUpdatesThatAreRefused(t *testing.T) {
	s, c := local(t, nil)
	id := people(s, 1)[0]
	rows := map[string]struct {
		w      crm.Write
		class  error
		code   string
		fields []string
	}{
		"a create": {crm.Write{Key: "k", Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: crm.Fields{"LastName": "Lee"}},
			crm.ErrInvalid, codeNotCreated, nil},
		"an upsert":  {crm.Write{Key: "k", Verb: crm.VerbUpsert, Object: crm.ObjectContact}, crm.ErrInvalid, codeNotCreated, nil},
		"an object":  {crm.Write{Key: "k", Verb: crm.VerbUpdate, Object: crm.ObjectLead, ID: "1"}, crm.ErrNotFound, codeNoObject, nil},
		"an owner":   {crm.Write{Key: "k", Verb: crm.VerbUpdate, Object: crm.ObjectUser, ID: "1"}, crm.ErrNotFound, codeNoObject, nil},
		"an id":      {crm.Write{Key: "k", Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: "003x"}, crm.ErrInvalid, codeBadID, []string{"Id"}},
		"fill":       {crm.Write{Key: "k", Verb: crm.VerbUpdate, Object: crm.ObjectContact, ID: "1", Fill: crm.Fields{"a": "b"}}, crm.ErrInvalid, codeUnresolved, nil},
		"unknown":    {updateOf(1, id, crm.Fields{"Title": "x", "Shoe": "46", "Hat": "7"}), crm.ErrInvalid, codeUnknownField, []string{"Hat", "Shoe"}},
		"read-only":  {updateOf(1, id, crm.Fields{"HasOptedOutOfEmail": "true"}), crm.ErrInvalid, codeReadOnly, []string{"HasOptedOutOfEmail"}},
		"company":    {updateOf(1, id, crm.Fields{"AccountId": "5"}), crm.ErrInvalid, codeReadOnly, []string{"AccountId"}},
		"the id":     {updateOf(1, id, crm.Fields{"Id": "5"}), crm.ErrInvalid, codeReadOnly, []string{"Id"}},
		"an option":  {updateOf(1, id, crm.Fields{"lifecyclestage": "emperor"}), crm.ErrInvalid, "INVALID_OPTION", []string{"lifecyclestage"}},
		"a time":     {updateOf(1, id, crm.Fields{"CreatedDate": "soon"}), crm.ErrInvalid, "INVALID_DATE", []string{"CreatedDate"}},
		"an owner's": {updateOf(1, id, crm.Fields{"OwnerId": "005000000000001AAA"}), crm.ErrInvalid, codeBadID, []string{"OwnerId"}},
		"length":     {updateOf(1, id, crm.Fields{"Title": strings.Repeat("é", maxText+1)}), crm.ErrInvalid, "INVALID_LENGTH", []string{"Title"}},
		"no text":    {updateOf(1, id, crm.Fields{"Title": "a\xff"}), crm.ErrInvalid, "INVALID_TEXT", []string{"Title"}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			wantError(t, written(t, c, row.w)[0].Err, row.class, row.code, row.fields...)
		})
	}
	if n := len(s.CallsTo("/objects/")); n != 0 {
		t.Errorf("%d calls for what could be told before", n)
	}
}

func TestUpdatesOfRecordsThatAreGone(t *testing.T) {
	s, c := local(t, nil)
	ids := people(s, 4)
	s.Archive(hstest.Contacts, ids[0])
	s.Merge(ids[1], ids[2])
	title := crm.Fields{"Title": "CEO"}
	results := written(t, c, updateOf(1, ids[0], title), updateOf(2, ids[1], title), updateOf(3, 999, title), updateOf(4, ids[3], title), updateOf(5, ids[2], nil))
	wantError(t, results[0].Err, crm.ErrStale, codeArchived)
	if e := wantError(t, results[1].Err, crm.ErrStale, codeMerged); !slices.Equal(e.Matches, []string{formatID(ids[2])}) {
		t.Errorf("merged into %v", e.Matches)
	}
	wantError(t, results[2].Err, crm.ErrNotFound, categoryMissing)
	if results[3].Err != nil || results[4].Err != nil || s.Properties(hstest.Contacts, ids[2])["jobtitle"] != "" {
		t.Errorf("%+v; and nothing may be written to a record under the id of another", results[3:])
	}
}

func TestLostAnswerOfAnUpdate(t *testing.T) {
	s, c := local(t, nil)
	ids := people(s, 150)
	s.Inject(hstest.Fault{Path: "/batch/update", Lost: true})
	var batch []crm.Write
	for n, id := range ids {
		batch = append(batch, updateOf(n, id, crm.Fields{"Title": "CEO"}))
	}
	results := written(t, c, batch...)
	if !errors.Is(results[0].Err, crm.ErrUnknownOutcome) || !errors.Is(results[99].Err, crm.ErrUnknownOutcome) || results[100].Err != nil {
		t.Errorf("%v, %v, %v", results[0].Err, results[99].Err, results[100].Err)
	}
	if n := len(s.CallsTo("/batch/update")); n != 2 {
		t.Errorf("%d calls: an update is not repeated here", n)
	}
	s.Inject(hstest.Fault{Path: "/batch/update", Lost: true})
	if _, err := c.Write(t.Context(), batch[:2]); !errors.Is(err, crm.ErrUnknownOutcome) {
		t.Errorf("of all: %v", err)
	}
}

// TestAnswersToWritesThatAreUnclear: what is said of nobody is an unknown outcome, and
// never a success.
func TestAnswersToWritesThatAreUnclear(t *testing.T) {
	rows := map[string]struct {
		status int
		body   string
		first  error // nil for success
		second error
	}{
		"a result too few":            {200, `{"results":[{"id":"1","objectWriteTraceId":"0"}]}`, nil, crm.ErrUnknownOutcome},
		"results by id":               {200, `{"results":[{"id":"2"},{"id":"1"}]}`, nil, nil},
		"an error that names nobody":  {207, `{"results":[{"id":"1"}],"errors":[{"category":"VALIDATION_ERROR"}]}`, nil, crm.ErrInvalid},
		"an error by id":              {207, `{"results":[{"id":"1"}],"errors":[{"category":"OBJECT_NOT_FOUND","context":{"ids":["2"]}}]}`, nil, crm.ErrNotFound},
		"an error by trace":           {207, `{"results":[{"id":"2"}],"errors":[{"category":"FORBIDDEN","context":{"objectWriteTraceId":"0"}}]}`, crm.ErrDenied, nil},
		"no JSON":                     {200, `<html>`, crm.ErrUnknownOutcome, crm.ErrUnknownOutcome},
		"an outage of one":            {207, `{"results":[{"id":"1"}],"errors":[{"category":"INTERNAL","context":{"objectWriteTraceId":["1"]}}]}`, nil, crm.ErrUnavailable},
		"an answer about others":      {200, `{"results":[{"id":"8"},{"id":"9"}]}`, crm.ErrUnknownOutcome, crm.ErrUnknownOutcome},
		"a quota":                     {429, `{"policyName":"DAILY"}`, crm.ErrQuota, crm.ErrQuota},
		"a gateway":                   {502, ``, crm.ErrUnknownOutcome, crm.ErrUnknownOutcome},
		"refused without a word more": {400, ``, crm.ErrInvalid, crm.ErrInvalid},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			s, c := local(t, nil)
			s.PutContact(1, nil)
			s.PutContact(2, nil)
			s.Inject(hstest.Fault{Path: "/batch/update", Times: 9, Status: row.status, Body: row.body})
			title := crm.Fields{"Title": "CEO"}
			results, err := c.Write(t.Context(), []crm.Write{updateOf(1, 1, title), updateOf(2, 2, title)})
			got := []error{err, err}
			if err == nil {
				got = []error{results[0].Err, results[1].Err}
			}
			for n, want := range []error{row.first, row.second} {
				if crm.ClassOf(got[n]) != want {
					t.Errorf("item %d: %v, want %v", n, got[n], want)
				}
			}
		})
	}
}

func TestUpsertByAUniqueProperty(t *testing.T) {
	s, c := local(t, nil)
	s.Define(hstest.Contacts, hstest.Property{Name: "member_no", Unique: true})
	lee := s.Create(hstest.Contacts, map[string]string{"email": "lee@example.com", "lastname": "Lee"})
	rows := []crm.Fields{
		{"Email": "lee@example.com", "Title": "CEO"},
		{"Email": "mo@example.com", "LastName": "Mo"},
		{"Email": "LEE@example.com", "Title": "CTO"},
		{"LastName": "Nobody"},
		{"Email": "ny@example.com", "Shoe": "46"},
	}
	results, err := c.Upsert(t.Context(), crm.ObjectContact, "Email", rows)
	if err != nil {
		t.Fatal(err)
	}
	if results[0].ID != formatID(lee) || results[0].Created || !results[1].Created || results[1].ID == "" {
		t.Errorf("%+v", results[:2])
	}
	wantError(t, results[2].Err, crm.ErrInvalid, "VALUE_USED_TWICE", "Email")
	wantError(t, results[3].Err, crm.ErrInvalid, codeNoValues, "Email")
	wantError(t, results[4].Err, crm.ErrInvalid, codeUnknownField, "Shoe")
	want := `{"inputs":[{"id":"lee@example.com","idProperty":"email","properties":{"email":"lee@example.com","jobtitle":"CEO"},"objectWriteTraceId":"0"},` +
		`{"id":"mo@example.com","idProperty":"email","properties":{"email":"mo@example.com","lastname":"Mo"},"objectWriteTraceId":"1"}]}`
	if call := s.CallsTo("/batch/upsert"); len(call) != 1 || string(call[0].Body) != want {
		t.Errorf("%d calls, %s\nwant %s", len(call), call[0].Body, want)
	}
	s.Inject(hstest.Fault{Path: "/batch/upsert", Lost: true})
	row := []crm.Fields{{"member_no": "m-1", "LastName": "Ny"}}
	if _, err := c.Upsert(t.Context(), crm.ObjectContact, "member_no", row); !errors.Is(err, crm.ErrUnknownOutcome) {
		t.Fatalf("a lost answer: %v", err)
	}
	again, err := c.Upsert(t.Context(), crm.ObjectContact, "member_no", row)
	if err != nil || again[0].Created || again[0].Err != nil {
		t.Errorf("once more: %+v, %v; want the record that was made", again, err)
	}
	for _, by := range []string{"LastName", "Shoe", "Id"} {
		if _, err := c.Upsert(t.Context(), crm.ObjectContact, by, rows); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("by %s: %v", by, err)
		}
	}
}

// TestUpsertSendsAHundredACall and keeps the places of the rows.
func TestUpsertSendsAHundredACall(t *testing.T) {
	s, c := local(t, nil)
	var rows []crm.Fields
	for n := range 230 {
		rows = append(rows, crm.Fields{"Email": fmt.Sprintf("p%d@example.com", n)})
	}
	rows[120] = crm.Fields{"Email": ""}
	results, err := c.Upsert(t.Context(), crm.ObjectContact, "Email", rows)
	if err != nil || len(s.CallsTo("/batch/upsert")) != 3 {
		t.Fatalf("%v after %d calls", err, len(s.CallsTo("/batch/upsert")))
	}
	for n, r := range results {
		id, _ := ParseID(r.ID)
		if (r.Err != nil) != (n == 120) || r.Err == nil && s.Properties(hstest.Contacts, id)["email"] != rows[n]["Email"] {
			t.Errorf("row %d: %+v", n, r)
		}
	}
}

func TestProblemsAreReadForNamesAlone(t *testing.T) {
	body := `{"status":"error","category":"VALIDATION_ERROR","message":"Property values were not valid: ` +
		`[{\"isValid\":false,\"message\":\"ann.lee@example.com is no option\",\"error\":\"INVALID_OPTION\",\"name\":\"lifecyclestage\",` +
		`\"localizedErrorMessage\":\"x\"}]","errors":[{"context":{"propertyName":["jobtitle","Ann Lee"]}}]}`
	_, c := canned(t, 400, nil, body)
	_, err := c.Contacts(t.Context(), []int64{1}, nil)
	e := wantError(t, err, crm.ErrInvalid, "INVALID_OPTION", "jobtitle", "lifecyclestage")
	if diff := cmp.Diff("crm: find Contact: invalid: INVALID_OPTION (jobtitle, lifecyclestage)", e.Error()); diff != "" {
		t.Error(diff)
	}
}
