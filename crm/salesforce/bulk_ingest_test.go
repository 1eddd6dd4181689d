package salesforce

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// newLeads are rows for a load; every third lacks what the org requires.
func newLeads(n int) []crm.Fields {
	rows := make([]crm.Fields, n)
	for i := range rows {
		rows[i] = crm.Fields{"LastName": fmt.Sprintf("Lee \"%d\",\r\nJr", i), "Company": "Acme"}
		switch i % 3 {
		case 1:
			delete(rows[i], "Company")
		case 2:
			rows[i]["Email"] = fmt.Sprintf("lee.%d@acme.example", i)
		}
	}
	return rows
}

func TestBulkIngestTellsTheFateOfEachRow(t *testing.T) {
	s, g := local(t, nil)
	rows := newLeads(60)
	got, err := g.ingest(t.Context(), Ingestion{Object: crm.ObjectLead, Op: IngestInsert, Rows: rows}, 700)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		if i%3 == 1 {
			var e *crm.Error
			if !errors.As(r.Err, &e) || e.Code != "REQUIRED_FIELD_MISSING" || len(e.Fields) == 0 || e.Fields[0] != "Company" {
				t.Errorf("row %d: %v", i, r.Err)
			}
			continue
		}
		record, ok := s.CRM().Record(r.ID)
		if r.Err != nil || !r.Created || !ok || record.Fields["Email"] != rows[i]["Email"] {
			t.Errorf("row %d: %+v, record %v", i, r, record.Fields)
		}
	}
	if n := len(s.CRM().Records(crm.ObjectLead)); n != 40 {
		t.Errorf("%d leads, want 40", n)
	}
	if n := s.Calls().ByResource["jobs/ingest"]; n < 3*8 {
		t.Errorf("%d calls: the rows were not cut into several jobs", n)
	}
}

func TestBulkIngestCutsBelowTheLimit(t *testing.T) {
	const limit = 500
	l := newIngest(nil, Ingestion{Object: crm.ObjectLead, Op: IngestInsert, Rows: newLeads(50)})
	next := 0
	for _, job := range l.cut(limit) {
		if n := len(l.csv(job.rows)); n > limit {
			t.Errorf("a job of %d bytes", n)
		}
		for _, i := range job.rows {
			if i != next {
				t.Fatalf("row %d where %d was due", i, next)
			}
			next++
		}
	}
	if next != 50 {
		t.Errorf("%d rows in jobs, want 50", next)
	}
	if got := string(l.line(l.columns)); got != "Company,Email,LastName\n" {
		t.Errorf("header %q: not the fields of all rows, sorted", got)
	}
}

func TestBulkIngestUpdatesUpsertsDeletes(t *testing.T) {
	s, g := local(t, nil)
	leads(t, s, 3)
	have := s.CRM().Records(crm.ObjectLead)
	load := func(in Ingestion) []crm.Result {
		t.Helper()
		in.Object = crm.ObjectLead
		got, err := g.Ingest(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	load(Ingestion{Op: IngestUpdate, Rows: []crm.Fields{{"Id": have[0].ID, "Title": "VP", "Phone": "1"}, {"Id": have[1].ID, "Title": "CEO"}}})
	got := load(Ingestion{Op: IngestUpdate, Rows: []crm.Fields{{"Id": have[0].ID, "Title": ""}, {"Id": have[1].ID, "Phone": "2"}, {"Title": "x"}}})
	if !errors.Is(got[2].Err, crm.ErrInvalid) {
		t.Errorf("an update without id: %v", got[2].Err)
	}
	first, _ := s.CRM().Record(have[0].ID)
	second, _ := s.CRM().Record(have[1].ID)
	if first.Fields["Title"] != "" || first.Fields["Phone"] != "1" || second.Fields["Title"] != "CEO" || second.Fields["Phone"] != "2" {
		t.Errorf("blank or lacking fields: %v %v", first.Fields, second.Fields)
	}

	up := Ingestion{Op: IngestUpsert, KeyField: "Onward_Key__c", Rows: []crm.Fields{{"Onward_Key__c": "k1", "LastName": "A", "Company": "B"}}}
	once, twice := load(up), load(up)
	if once[0].Err != nil || !once[0].Created || twice[0].Created || once[0].ID != twice[0].ID {
		t.Errorf("upserts: %+v %+v", once[0], twice[0])
	}
	load(Ingestion{Op: IngestDelete, Rows: []crm.Fields{{"Id": have[2].ID}}})
	if r, ok := s.CRM().Record(have[2].ID); ok && !r.Deleted {
		t.Error("the record was not deleted")
	}
}

func TestBulkIngestRefusesWhatCannotBe(t *testing.T) {
	s, g := local(t, nil)
	for name, in := range map[string]Ingestion{
		"no object":       {Op: IngestInsert},
		"no operation":    {Object: crm.ObjectLead},
		"upsert, no key":  {Object: crm.ObjectLead, Op: IngestUpsert},
		"insert by a key": {Object: crm.ObjectLead, Op: IngestInsert, KeyField: "Onward_Key__c"},
	} {
		if _, err := g.Ingest(t.Context(), in); !errors.Is(err, crm.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := g.Ingest(t.Context(), Ingestion{Object: crm.ObjectLead, Op: IngestInsert, Rows: []crm.Fields{
		{"LastName": "#N/A", "Company": "A"}, {}, {"Last Name": "A"},
	}})
	for i, r := range got {
		if !errors.Is(r.Err, crm.ErrInvalid) {
			t.Errorf("row %d: %v", i, r.Err)
		}
	}
	if n := s.Calls().Total; err != nil || len(got) != 3 || n != 0 {
		t.Errorf("%d results, %d calls, error %v", len(got), n, err)
	}
}

// A job that fails as a whole is told row by row, and the others are not lost.
func TestBulkIngestJobFails(t *testing.T) {
	_, g := local(t, nil)
	got, err := g.Ingest(t.Context(), Ingestion{Object: crm.ObjectLead, Op: IngestInsert, Rows: []crm.Fields{
		{"LastName": "A", "Company": "B", "Nope__c": "x"}, {"LastName": "C", "Company": "D"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		if r.Err == nil || r.Created {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

// Whatever is lost, no row is written twice, and none is told to be unwritten
// that was written.
func TestCR04LostAnswersOfALoad(t *testing.T) {
	on := func(method, end string) func(string, string, []byte) bool {
		return func(m, path string, _ []byte) bool { return m == method && strings.HasSuffix(path, end) }
	}
	ended := func(end string) func(string, string, []byte) bool { return on("GET", end) }
	patched := func(m, path string, body []byte) bool {
		return m == "PATCH" && strings.Contains(string(body), jobUploadComplete)
	}
	for _, tt := range []struct {
		name    string
		kind    sftest.FaultKind
		match   func(string, string, []byte) bool
		times   int
		call    error // class of the call's error
		row     error // class of every row
		written bool
	}{
		{name: "closing lost", kind: sftest.Empty, match: patched, written: true},
		{name: "closing refused once", kind: sftest.Refused, match: patched, written: true},
		{name: "upload lost", kind: sftest.HTML, match: on("PUT", "/batches"), times: sftest.Always, call: crm.ErrUnavailable},
		{name: "opening refused", kind: sftest.Refused, match: on("POST", "jobs/ingest"), times: sftest.Always, call: crm.ErrUnavailable},
		{name: "results stay cut", kind: sftest.Malformed, match: ended("successfulResults"), times: sftest.Always, row: crm.ErrUnknownOutcome, written: true},
		{name: "job out of sight", kind: sftest.Refused, match: func(m, path string, _ []byte) bool { return m == "GET" && strings.HasPrefix(path, "jobs/") },
			times: sftest.Always, row: crm.ErrUnknownOutcome},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sftest.New(&sftest.Options{BulkPolls: 2})
				g := orgOver(t, s, s.Token(), Options{})
				s.Inject(sftest.Fault{Kind: tt.kind, Match: tt.match, Times: tt.times})
				got, err := g.Ingest(t.Context(), Ingestion{Object: crm.ObjectLead, Op: IngestInsert, Rows: []crm.Fields{
					{"LastName": "A", "Company": "B"}, {"LastName": "A", "Company": "B"},
				}})
				if !errors.Is(err, tt.call) {
					t.Errorf("the call: %v, want class %v", err, tt.call)
				}
				for i, r := range got {
					if !errors.Is(r.Err, tt.row) {
						t.Errorf("row %d: %v, want class %v", i, r.Err, tt.row)
					}
				}
				if n := len(s.CRM().Records(crm.ObjectLead)); n != map[bool]int{true: 2}[tt.written] {
					t.Errorf("%d leads", n)
				}
			})
		})
	}
}

func TestBulkRowErrors(t *testing.T) {
	l := &ingest{org: &Org{}, in: Ingestion{Object: crm.ObjectLead}}
	for text, want := range map[string]struct {
		code   string
		class  error
		fields int
	}{
		"REQUIRED_FIELD_MISSING:Required fields are missing: [LastName, Company]:LastName Company --": {"REQUIRED_FIELD_MISSING", crm.ErrInvalid, 2},
		"UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--":                      {"UNABLE_TO_LOCK_ROW", crm.ErrLocked, 0},
		"DUPLICATES_DETECTED:Use one of these records?:--":                                            {"DUPLICATES_DETECTED", crm.ErrDuplicate, 0},
		"something else entirely": {"UNKNOWN_EXCEPTION", crm.ErrUnavailable, 0},
	} {
		var e *crm.Error
		if err := l.rowError(text); !errors.As(err, &e) || e.Code != want.code || !errors.Is(err, want.class) || len(e.Fields) != want.fields {
			t.Errorf("%q: %v, fields %v", text, err, e)
		}
	}
}

// Duplicate and validation rules speak in loads as they do in single writes.
func TestBulkIngestMeetsTheOrgsRules(t *testing.T) {
	s, g := local(t, nil)
	s.CRM().AddValidation(memcrm.Validation{Name: "no title", Object: crm.ObjectLead, Check: func(_, after crm.Fields) []string {
		if after["Title"] == "" {
			return []string{"Title"}
		}
		return nil
	}})
	got, err := g.Ingest(t.Context(), Ingestion{Object: crm.ObjectLead, Op: IngestInsert, Rows: []crm.Fields{{"LastName": "A", "Company": "B"}}})
	var e *crm.Error
	if err != nil || !errors.As(got[0].Err, &e) || e.Code != "FIELD_CUSTOM_VALIDATION_EXCEPTION" {
		t.Errorf("%+v, error %v", got, err)
	}
}
