package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// leads fills an org with leads whose values are hard to carry in CSV.
func leads(t *testing.T, s *sftest.Server, n int) {
	t.Helper()
	for i := range n {
		_, err := s.CRM().Add(crm.ObjectLead, crm.Fields{
			"LastName": fmt.Sprintf("O'Brien, \"%d\"\nJr", i), "Company": "Acme", "HasOptedOutOfEmail": crm.FormatBool(i%2 == 0),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

var leadQuery = crm.Query{Object: crm.ObjectLead, Select: []string{"LastName", "HasOptedOutOfEmail", "CreatedDate", "OwnerId", "Email"}}

func collect(ctx context.Context, g *Org, q crm.Query) (rows []crm.Record, err error) {
	for r, e := range g.Bulk(ctx, q) {
		if e != nil {
			return rows, e
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func TestBulkQueryGivesWhatFindGives(t *testing.T) {
	s, g := local(t, nil)
	leads(t, s, 30)
	gone := s.CRM().Records(crm.ObjectLead)[4].ID
	if err := s.CRM().Delete(gone); err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]crm.Query{
		"all":      leadQuery,
		"deleted":  {Object: leadQuery.Object, Select: leadQuery.Select, Deleted: true},
		"by value": {Object: leadQuery.Object, Select: leadQuery.Select, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: []string{gone, s.CRM().Records(crm.ObjectLead)[0].ID}}}},
		"no rows":  {Object: leadQuery.Object, Select: []string{"Email"}, Where: []crm.Cond{{Field: "Email", Op: crm.OpIn, Values: []string{"nobody@acme.example"}}}},
	} {
		pages, err := g.Find(t.Context(), []crm.Query{q})
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := collect(t.Context(), g, q)
		byID := cmpopts.SortSlices(func(a, b crm.Record) bool { return a.ID < b.ID })
		if diff := cmp.Diff(pages[0].Records, got, byID, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: %v (-find +bulk):\n%s", name, err, diff)
		}
	}
}

func TestBulkQueryReadsPageByPageAndDropsTheJob(t *testing.T) {
	const rows = bulkRows + 7
	s, g := local(t, &sftest.Options{BulkSource: generated(t, rows)})
	n := 0
	for r, err := range g.Bulk(t.Context(), crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint("Company ", n); r.Fields["Name"] != want {
			t.Fatalf("row %d is %q", n, r.Fields["Name"])
		}
		n++
	}
	if n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
	// describe, create, look, two pages, delete
	if calls := s.Calls().Total; calls != 6 {
		t.Errorf("%d calls, want 6", calls)
	}
	jobsGone(t, s)
}

// generated are accounts that nobody has to hold.
func generated(t *testing.T, rows int) func(crm.Object) (int, func(int) crm.Record) {
	return func(o crm.Object) (int, func(int) crm.Record) {
		if o != crm.ObjectAccount {
			return 0, nil
		}
		return rows, func(i int) crm.Record {
			return crm.Record{Object: o, ID: numbered(t, "001", i), Fields: crm.Fields{"Name": fmt.Sprint("Company ", i)}}
		}
	}
}

// jobsGone checks that no query job is left in the org.
func jobsGone(t *testing.T, s *sftest.Server) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/services/data/v66.0/jobs/query", nil)
	r.Header.Set("Authorization", "Bearer "+s.Token())
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "JobComplete") {
		t.Errorf("jobs are left: %d %s", w.Code, w.Body)
	}
}

func TestBulkQueryReaderMayStop(t *testing.T) {
	s, g := local(t, &sftest.Options{BulkSource: generated(t, 1000)})
	n := 0
	for _, err := range g.Bulk(t.Context(), crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}}) {
		if n++; err != nil || n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d rows", n)
	}
	jobsGone(t, s)
}

func TestBulkQueryThatCannotBe(t *testing.T) {
	s, g := local(t, nil)
	where := func(c crm.Cond) crm.Query {
		return crm.Query{Object: crm.ObjectLead, Select: []string{"Email"}, Where: []crm.Cond{c}}
	}
	for name, tt := range map[string]struct {
		q     crm.Query
		class error
	}{
		"words":         {where(crm.Cond{Op: crm.OpWords, Values: []string{"Ann Lee"}}), crm.ErrInvalid},
		"empty filter":  {where(crm.Cond{Field: "Email", Op: crm.OpIn}), crm.ErrInvalid},
		"unknown field": {crm.Query{Object: crm.ObjectLead, Select: []string{"Nope"}}, crm.ErrInvalid},
		"no object":     {crm.Query{Object: "Nope__c", Select: []string{"Name"}}, crm.ErrNotFound},
		"too long":      {where(crm.Cond{Field: "Email", Op: crm.OpIn, Values: many(5000)}), crm.ErrInvalid},
	} {
		if _, err := collect(t.Context(), g, tt.q); !errors.Is(err, tt.class) {
			t.Errorf("%s: %v, want class %v", name, err, tt.class)
		}
	}
	if n := s.Calls().ByResource["jobs/query"]; n != 0 {
		t.Errorf("%d jobs for queries that cannot be", n)
	}
}

func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("person.%d@company.example", i)
	}
	return out
}

// The job takes a while, and pages break off: the test's own clock passes over
// the pauses. Every row comes once all the same.
func TestBulkQueryWaitsAndGoesOnAfterABreak(t *testing.T) {
	for _, kind := range []sftest.FaultKind{sftest.Malformed, sftest.BadGzip, sftest.HTML, sftest.Empty} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sftest.New(&sftest.Options{BulkPolls: 4})
				leads(t, s, 41)
				g := orgOver(t, s, s.Token(), Options{})
				s.Inject(sftest.Fault{Kind: kind, Match: func(_, path string, _ []byte) bool { return strings.HasSuffix(path, "/results") }})
				rows, err := collect(t.Context(), g, leadQuery)
				seen := map[string]bool{}
				for _, r := range rows {
					seen[r.ID] = true
				}
				if err != nil || len(rows) != 41 || len(seen) != 41 {
					t.Errorf("%d rows, %d different, error %v", len(rows), len(seen), err)
				}
			})
		})
	}
}

// An answer that stays cut is an error and never the end.
func TestBulkQueryThatStaysCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sftest.New(nil)
		leads(t, s, 41)
		g := orgOver(t, s, s.Token(), Options{})
		s.Inject(sftest.Fault{Kind: sftest.Malformed, Times: sftest.Always, Match: func(_, path string, _ []byte) bool { return strings.HasSuffix(path, "/results") }})
		rows, err := collect(t.Context(), g, leadQuery)
		if !errors.Is(err, crm.ErrUnavailable) || len(rows) >= 41 {
			t.Errorf("%d rows, error %v", len(rows), err)
		}
	})
}

func TestBulkQueryWaitingIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sftest.New(&sftest.Options{BulkPolls: 1000})
		g := orgOver(t, s, s.Token(), Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 5*pollLongest)
		defer cancel()
		_, err := collect(ctx, g, leadQuery)
		if !errors.Is(err, crm.ErrUnavailable) {
			t.Errorf("error %v", err)
		}
		jobsGone(t, s)
	})
}

// Pages by hand: what a server may do that sftest does not.
func TestBulkQueryPages(t *testing.T) {
	const body = "\"Id\",\"Name\"\n\"001000000000001AAA\",\"A\"\n"
	for _, tt := range []struct {
		name, body, number, locator string
		class                       error
		rows                        int
	}{
		{name: "no locator, no number", body: body, rows: 1},
		{name: "no header row", body: "", rows: 0},
		{name: "locator that comes back", body: body, number: "1", locator: "abc", class: crm.ErrInvalid, rows: 2},
		{name: "column missing", body: "\"Id\"\n\"001000000000001AAA\"\n", class: crm.ErrUnavailable},
		{name: "last line without end", body: strings.TrimSuffix(body, "\n"), class: crm.ErrUnavailable},
		{name: "fewer rows than told", body: body, number: "2", class: crm.ErrUnavailable, rows: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					switch {
					case strings.HasSuffix(r.URL.Path, "/services/data"):
						_, _ = w.Write([]byte(`[{"version":"66.0"}]`))
					case strings.HasSuffix(r.URL.Path, "/describe"):
						_, _ = w.Write([]byte(`{"name":"Account","fields":[{"name":"Id","type":"id"},{"name":"Name","type":"string"}]}`))
					case strings.HasSuffix(r.URL.Path, "/results"):
						if tt.number != "" {
							w.Header().Set("Sforce-NumberOfRecords", tt.number)
						}
						if tt.locator != "" {
							w.Header().Set("Sforce-Locator", tt.locator)
						}
						_, _ = w.Write([]byte(tt.body))
					default:
						_, _ = w.Write([]byte(`{"id":"750000000000001AAA","state":"JobComplete"}`))
					}
				})
				g := orgOver(t, h, "t", Options{})
				rows, err := collect(t.Context(), g, crm.Query{Object: crm.ObjectAccount, Select: []string{"Name"}})
				if len(rows) != tt.rows || !errors.Is(err, tt.class) {
					t.Errorf("%d rows, error %v; want %d, class %v", len(rows), err, tt.rows, tt.class)
				}
			})
		})
	}
}

func TestBulkJobFailures(t *testing.T) {
	for _, tt := range []struct {
		message, state, code string
		class                error
	}{
		{"InvalidBatch : Field name not found : Nope", jobFailed, "InvalidBatch", crm.ErrInvalid},
		{"INVALID_FIELD: \nSELECT Nope FROM Lead", jobFailed, "INVALID_FIELD", crm.ErrInvalid},
		{"TooManyLockFailure : too many", jobFailed, "TooManyLockFailure", crm.ErrLocked},
		{"InternalServerError : oops", jobFailed, "InternalServerError", crm.ErrUnavailable},
		{"", jobAborted, "JOB_ABORTED", crm.ErrUnavailable},
		{"Somebody <x@y.example> did it", jobFailed, "JOB_FAILED", crm.ErrUnavailable},
	} {
		err := jobFailure(crm.ObjectLead, bulkJob{State: tt.state, ErrorMessage: tt.message})
		var e *crm.Error
		if !errors.As(err, &e) || e.Code != tt.code || !errors.Is(err, tt.class) {
			t.Errorf("%q: %v, want %s of class %v", tt.message, err, tt.code, tt.class)
		}
	}
}
