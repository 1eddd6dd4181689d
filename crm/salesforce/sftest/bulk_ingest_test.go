package sftest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
)

// load makes an ingest job, uploads rows and closes it. It gives the job's path.
func load(t *testing.T, s *Server, job, rows string) string {
	t.Helper()
	j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodPost, "jobs/ingest", job)
	if j.State != jobOpen || j.ContentURL != "services/data/v66.0/jobs/ingest/"+j.ID+"/batches" {
		t.Fatalf("new job: %+v", j)
	}
	path := "jobs/ingest/" + j.ID
	if res, text := wire(t, s, http.MethodPut, path+"/batches", rows); res.StatusCode != http.StatusCreated || text != "" {
		t.Fatalf("upload: %d %s", res.StatusCode, text)
	}
	if j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodPatch, path, `{"state":"UploadComplete"}`); j.State != jobUploadComplete {
		t.Fatalf("closed job: %+v", j)
	}
	return path
}

func results(t *testing.T, s *Server, path, kind string) []map[string]string {
	t.Helper()
	res, text := wire(t, s, http.MethodGet, path+"/"+kind, "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", kind, res.StatusCode, text)
	}
	return rowsOf(t, text)
}

func TestIngestInsert(t *testing.T) {
	s := Start(t, nil)
	path := load(t, s, `{"object":"Account","operation":"insert"}`,
		"Name,Website,NumberOfEmployees,Target_Account__c,Onward_Key__c\n"+
			"\"Acme, \"\"the\"\" one\",#N/A,12,true,k1\n,https://x.example,,false,k2\nTwice,,,,k1\n")
	j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodGet, path, "")
	if j.State != jobComplete || j.Processed != 3 || *j.Failed != 2 {
		t.Fatalf("job: %+v", j)
	}
	good := results(t, s, path, "successfulResults")
	if len(good) != 1 || good[0]["sf__Created"] != "true" || good[0]["Onward_Key__c"] != "k1" {
		t.Fatalf("successful: %v", good)
	}
	rec, _ := s.CRM().Record(good[0]["sf__Id"])
	got := []string{rec.Fields["Name"], rec.Fields["Website"], rec.Fields["NumberOfEmployees"], rec.Fields["Target_Account__c"]}
	if d := cmp.Diff([]string{`Acme, "the" one`, "", "12", "true"}, got); d != "" {
		t.Error(d)
	}
	bad := results(t, s, path, "failedResults")
	if len(bad) != 2 || bad[0]["sf__Id"] != "" || bad[0]["Website"] != "https://x.example" ||
		!strings.HasPrefix(bad[0]["sf__Error"], "REQUIRED_FIELD_MISSING:") || !strings.HasSuffix(bad[0]["sf__Error"], ":Name --") ||
		!strings.HasPrefix(bad[1]["sf__Error"], "DUPLICATE_VALUE:") {
		t.Errorf("failed: %v", bad)
	}
	if left := results(t, s, path, "unprocessedrecords"); len(left) != 0 {
		t.Errorf("unprocessed: %v", left)
	}
}

func TestIngestUpdateUpsertAndDelete(t *testing.T) {
	s := Start(t, nil)
	ids := addAccounts(t, s, 2)

	t.Run("an empty cell leaves the field alone, #N/A blanks it", func(t *testing.T) {
		load(t, s, `{"object":"Account","operation":"update"}`, "Id,Name,Description,Site\n"+ids[0]+",,#N/A,HQ\n")
		rec, _ := s.CRM().Record(ids[0])
		got := []string{rec.Fields["Name"], rec.Fields["Description"], rec.Fields["Site"]}
		if d := cmp.Diff([]string{"Account 000", "", "HQ"}, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("upsert tells new records from old ones", func(t *testing.T) {
		job := `{"object":"Account","operation":"upsert","externalIdFieldName":"Onward_Key__c"}`
		load(t, s, job, "Onward_Key__c,Name\nu1,One\n")
		path := load(t, s, job, "Onward_Key__c,Name\nu1,Uno\nu2,Two\n")
		var created []string
		for _, row := range results(t, s, path, "successfulResults") {
			created = append(created, row["Name"]+" "+row["sf__Created"])
		}
		if d := cmp.Diff([]string{"Uno false", "Two true"}, created); d != "" {
			t.Error(d)
		}
	})
	t.Run("a parent may be named by its key", func(t *testing.T) {
		path := load(t, s, `{"object":"Contact","operation":"insert"}`, "LastName,Account.Onward_Key__c\nLee,u2\n")
		rows := results(t, s, path, "successfulResults")
		if len(rows) != 1 {
			t.Fatalf("failed: %v", results(t, s, path, "failedResults"))
		}
		rec, _ := s.CRM().Record(rows[0]["sf__Id"])
		if account, _ := s.CRM().Record(rec.Fields["AccountId"]); account.Fields["Name"] != "Two" {
			t.Errorf("contact of %v", account.Fields)
		}
	})
	t.Run("delete", func(t *testing.T) {
		path := load(t, s, `{"object":"Account","operation":"delete"}`, "Id\n"+ids[1]+"\n001000000000000AAA\n")
		bad := results(t, s, path, "failedResults")
		if len(results(t, s, path, "successfulResults")) != 1 || len(bad) != 1 || bad[0]["sf__Id"] != "001000000000000AAA" {
			t.Errorf("failed: %v", bad)
		}
		if rec, _ := s.CRM().Record(ids[1]); !rec.Deleted {
			t.Error("the record is still there")
		}
	})
}

func TestIngestManyRowsGoInChunks(t *testing.T) {
	s := Start(t, nil)
	var b strings.Builder
	b.WriteString("LastName;Company\r\n")
	for i := range 450 {
		fmt.Fprintf(&b, "Lee %d;Acme\r\n", i)
	}
	path := load(t, s, `{"object":"Lead","operation":"insert","columnDelimiter":"SEMICOLON","lineEnding":"CRLF"}`, b.String())
	_, text := wire(t, s, http.MethodGet, path+"/successfulResults", "")
	if n := strings.Count(text, "\r\n"); n != 451 {
		t.Errorf("%d lines, want 451", n)
	}
	if n := len(s.CRM().Records(crm.ObjectLead)); n != 450 {
		t.Errorf("%d leads", n)
	}
	if used := s.Calls().ByResource["composite/sobjects"]; used != 0 {
		t.Errorf("%d calls were counted for the work of the job itself", used)
	}
}

func TestIngestJobsThatFail(t *testing.T) {
	s := Start(t, nil)
	for _, c := range []struct{ name, job, rows, message string }{
		{"line ending", `{"object":"Lead","operation":"insert","lineEnding":"CRLF"}`, "LastName,Company\nLee,Acme\n", "LineEnding is invalid on user data. Current LineEnding setting is CRLF"},
		{"unknown field", `{"object":"Lead","operation":"insert"}`, "Nothing__c\nx\n", "Field name not found : Nothing__c"},
		{"field twice", `{"object":"Lead","operation":"insert"}`, "LastName,LastName\nx,y\n", "Duplicate column name found : LastName"},
		{"unknown parent", `{"object":"Lead","operation":"insert"}`, "Nothing.Key\nx\n", "Field name not found : Nothing.Key"},
		{"columns", `{"object":"Lead","operation":"insert"}`, "LastName,Company\nLee\n", "The number of columns is not that of the header row"},
		{"quotes", `{"object":"Lead","operation":"insert"}`, "LastName,Company\n\"Lee,Acme\n", "Failed to parse CSV"},
		{"update without Id", `{"object":"Lead","operation":"update"}`, "LastName\nLee\n", "Column missing : Id"},
		{"upsert without key", `{"object":"Lead","operation":"upsert","externalIdFieldName":"Onward_Key__c"}`, "LastName\nLee\n", "External ID column is missing : Onward_Key__c"},
		{"delete with more", `{"object":"Lead","operation":"delete"}`, "Id,LastName\n00Q000000000001AAA,Lee\n", "A delete takes the column Id and no other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := load(t, s, c.job, c.rows)
			j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodGet, path, "")
			if j.State != jobFailed || !strings.Contains(j.ErrorMessage, c.message) {
				t.Errorf("%s: %q, want %q", j.State, j.ErrorMessage, c.message)
			}
		})
	}
	if n := len(s.CRM().Records(crm.ObjectLead)); n != 0 {
		t.Errorf("%d leads landed", n)
	}
}

func TestIngestRefusals(t *testing.T) {
	s := Start(t, nil)
	for _, c := range []struct{ name, job, code string }{
		{"object", `{"object":"Nothing","operation":"insert"}`, "INVALIDENTITY"},
		{"operation", `{"object":"Lead","operation":"merge"}`, "INVALIDJOB"},
		{"hard delete", `{"object":"Lead","operation":"hardDelete"}`, "FEATURENOTENABLED"},
		{"no external id", `{"object":"Lead","operation":"upsert","externalIdFieldName":"Company"}`, "INVALIDJOB"},
		{"no field", `{"object":"Lead","operation":"upsert"}`, "INVALIDJOB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wireRefused(t, s, http.StatusBadRequest, c.code, http.MethodPost, "jobs/ingest", c.job)
		})
	}
}

func TestIngestJobStates(t *testing.T) {
	s := Start(t, &Options{BulkPolls: 1})
	path := load(t, s, `{"object":"Lead","operation":"insert"}`, "LastName,Company\nLee,Acme\n")
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodPut, path+"/batches", "LastName\nx\n")
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodPatch, path, `{"state":"UploadComplete"}`)
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodGet, path+"/successfulResults", "")
	if j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodGet, path, ""); j.State != jobInProgress {
		t.Fatalf("state %s", j.State)
	}
	if j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodPatch, path, `{"state":"Aborted"}`); j.State != jobAborted {
		t.Fatalf("state %s", j.State)
	}
	if rows := results(t, s, path, "unprocessedrecords"); len(rows) != 1 || rows[0]["LastName"] != "Lee" {
		t.Errorf("unprocessed: %v", rows)
	}
	if n := len(s.CRM().Records(crm.ObjectLead)); n != 0 {
		t.Errorf("%d leads landed", n)
	}

	open := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodPost, "jobs/ingest", `{"object":"Lead","operation":"insert"}`)
	path = "jobs/ingest/" + open.ID
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodDelete, path, "")
	wire(t, s, http.MethodPut, path+"/batches", "LastName\nx\n")
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodPut, path+"/batches", "LastName\ny\n")
	wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", http.MethodGet, "jobs/query/"+open.ID, "")
}
