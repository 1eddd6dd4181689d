package sftest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
)

const queryBody = `{"operation":%q,"query":%q}`

// startQuery makes a query job and gives its id.
func startQuery(t *testing.T, s *Server, operation, statement string) string {
	t.Helper()
	j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodPost, "jobs/query", fmt.Sprintf(queryBody, operation, statement))
	if j.State != jobUploadComplete || !strings.HasPrefix(j.ID, "750") || len(j.ID) != 18 {
		t.Fatalf("new job: %+v", j)
	}
	return j.ID
}

func addAccounts(t *testing.T, s *Server, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		id, err := s.CRM().Add(crm.ObjectAccount, crm.Fields{
			"Name": fmt.Sprintf("Account %03d", i), "Description": "said \"hi\",\nand left", "CreatedDate": "2026-11-03T12:00:00Z",
		})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestBulkQueryGivesRowsInPages(t *testing.T) {
	s := Start(t, nil)
	ids := addAccounts(t, s, 5)
	job := startQuery(t, s, "query", "SELECT Id, Name, Description, CreatedDate, Target_Account__c, Site, Owner.Name FROM Account ORDER BY Id")

	info := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodGet, "jobs/query/"+job[:15], "")
	if info.State != jobComplete || info.Processed != 5 || info.Object != crm.ObjectAccount || info.APIVersion != "66.0" {
		t.Fatalf("job: %+v", info)
	}

	var got []string
	path := "jobs/query/" + job + "/results?maxRecords=2"
	for _, want := range []string{"2", "2", "1"} {
		res, text := wire(t, s, http.MethodGet, path, "")
		if n := res.Header.Get("Sforce-NumberOfRecords"); n != want {
			t.Fatalf("Sforce-NumberOfRecords: %q, want %q", n, want)
		}
		for _, row := range rowsOf(t, text) {
			got = append(got, row["Id"])
			want := map[string]string{
				"Id": row["Id"], "Name": row["Name"], "Description": "said \"hi\",\nand left",
				"CreatedDate": "2026-11-03T12:00:00.000Z", "Target_Account__c": "false", "Site": "", "Owner.Name": "Onward Integration",
			}
			if d := cmp.Diff(want, row); d != "" {
				t.Error(d)
			}
		}
		path = "jobs/query/" + job + "/results?maxRecords=2&locator=" + res.Header.Get("Sforce-Locator")
		if last := res.Header.Get("Sforce-Locator") == "null"; last != (want == "1") {
			t.Fatalf("Sforce-Locator %q on the page of %s rows", res.Header.Get("Sforce-Locator"), want)
		}
	}
	if d := cmp.Diff(ids, got); d != "" {
		t.Error(d)
	}
	wireRefused(t, s, http.StatusBadRequest, "INVALID_QUERY_LOCATOR", http.MethodGet, "jobs/query/"+job+"/results?locator=x", "")
}

func TestBulkQueryWithoutRowsHasAHeader(t *testing.T) {
	s := Start(t, nil)
	job := startQuery(t, s, "query", "SELECT Id, Name FROM Lead")
	res, text := wire(t, s, http.MethodGet, "jobs/query/"+job+"/results", "")
	if text != "\"Id\",\"Name\"\n" || res.Header.Get("Sforce-Locator") != "null" || res.Header.Get("Sforce-NumberOfRecords") != "0" {
		t.Errorf("%q %v", text, res.Header)
	}
}

func TestBulkQueryAllGivesDeletedRows(t *testing.T) {
	s := Start(t, nil)
	ids := addAccounts(t, s, 2)
	if err := s.CRM().Delete(ids[0]); err != nil {
		t.Fatal(err)
	}
	for operation, want := range map[string]int{"query": 1, "queryAll": 2} {
		job := startQuery(t, s, operation, "SELECT Id, IsDeleted FROM Account")
		_, text := wire(t, s, http.MethodGet, "jobs/query/"+job+"/results", "")
		if rows := rowsOf(t, text); len(rows) != want || want == 2 && rows[0]["IsDeleted"] != "true" {
			t.Errorf("%s: %v", operation, rows)
		}
	}
}

func TestBulkQueryFormats(t *testing.T) {
	s := Start(t, nil)
	addAccounts(t, s, 1)
	j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodPost, "jobs/query",
		`{"operation":"query","query":"SELECT Name, Site FROM Account","columnDelimiter":"SEMICOLON","lineEnding":"CRLF"}`)
	_, text := wire(t, s, http.MethodGet, "jobs/query/"+j.ID+"/results", "")
	if want := "\"Name\";\"Site\"\r\n\"Account 000\";\"\"\r\n"; text != want {
		t.Errorf("%q, want %q", text, want)
	}
}

func TestBulkQueryRefusals(t *testing.T) {
	s := Start(t, nil)
	for _, c := range []struct{ name, body, code string }{
		{"no JSON", `{`, "JSON_PARSER_ERROR"},
		{"operation", `{"operation":"insert","query":"SELECT Id FROM Lead"}`, "INVALID_JOB"},
		{"content type", `{"operation":"query","query":"SELECT Id FROM Lead","contentType":"XML"}`, "INVALID_JOB"},
		{"delimiter", `{"operation":"query","query":"SELECT Id FROM Lead","columnDelimiter":"DOT"}`, "INVALID_JOB"},
		{"line ending", `{"operation":"query","query":"SELECT Id FROM Lead","lineEnding":"CR"}`, "INVALID_JOB"},
		{"COUNT()", fmt.Sprintf(queryBody, "query", "SELECT COUNT() FROM Lead"), "API_ERROR"},
		{"GROUP BY", fmt.Sprintf(queryBody, "query", "SELECT Company FROM Lead GROUP BY Company"), "API_ERROR"},
		{"OFFSET", fmt.Sprintf(queryBody, "query", "SELECT Id FROM Lead OFFSET 1"), "API_ERROR"},
		{"children", fmt.Sprintf(queryBody, "query", "SELECT Id, (SELECT Id FROM Contacts) FROM Account"), "API_ERROR"},
		{"syntax", fmt.Sprintf(queryBody, "query", "SELECT Id FROM"), "MALFORMED_QUERY"},
		{"field", fmt.Sprintf(queryBody, "query", "SELECT Nothing FROM Lead"), "INVALID_FIELD"},
		{"object", fmt.Sprintf(queryBody, "query", "SELECT Id FROM Nothing"), "INVALID_TYPE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wireRefused(t, s, http.StatusBadRequest, c.code, http.MethodPost, "jobs/query", c.body)
		})
	}
	wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", http.MethodGet, "jobs/query/750000000000000AAA", "")
}

func TestBulkJobsMakeClientsWait(t *testing.T) {
	s := Start(t, &Options{BulkPolls: 2})
	addAccounts(t, s, 1)
	job := "jobs/query/" + startQuery(t, s, "query", "SELECT Id FROM Account")
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodGet, job+"/results", "")
	var states []jobState
	for range 4 {
		states = append(states, wireJSON[jobInfo](t, s, http.StatusOK, http.MethodGet, job, "").State)
	}
	if d := cmp.Diff([]jobState{jobInProgress, jobInProgress, jobComplete, jobComplete}, states); d != "" {
		t.Error(d)
	}
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodPatch, job, `{"state":"Aborted"}`)

	other := "jobs/query/" + startQuery(t, s, "query", "SELECT Id FROM Account")
	wireJSON[jobInfo](t, s, http.StatusOK, http.MethodGet, other, "")
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodDelete, other, "")
	if j := wireJSON[jobInfo](t, s, http.StatusOK, http.MethodPatch, other, `{"state":"Aborted"}`); j.State != jobAborted {
		t.Errorf("aborted job: %+v", j)
	}
	wireRefused(t, s, http.StatusBadRequest, "INVALIDJOBSTATE", http.MethodGet, other+"/results", "")
	if res, _ := wire(t, s, http.MethodDelete, other, ""); res.StatusCode != http.StatusNoContent {
		t.Errorf("delete: %d", res.StatusCode)
	}
	wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", http.MethodGet, other, "")
	list := wireJSON[struct{ Records []jobInfo }](t, s, http.StatusOK, http.MethodGet, "jobs/query", "")
	if len(list.Records) != 1 || !strings.HasSuffix(job, list.Records[0].ID) {
		t.Errorf("list: %+v", list)
	}
}

func TestBulkJobsAreKeptForSevenDays(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	s := Start(t, &Options{Now: func() time.Time { return now }, TokenLife: 30 * 24 * time.Hour})
	job := startQuery(t, s, "query", "SELECT Id FROM Account")
	now = now.Add(7 * 24 * time.Hour)
	wireJSON[jobInfo](t, s, http.StatusOK, http.MethodGet, "jobs/query/"+job, "")
	now = now.Add(time.Second)
	wireRefused(t, s, http.StatusNotFound, "NOT_FOUND", http.MethodGet, "jobs/query/"+job, "")
}

func TestBulkQueryJobsAreLimitedToTenThousandADay(t *testing.T) {
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	s := New(&Options{Now: func() time.Time { return now }})
	r := &request{version: "v66.0"}
	for range queryJobsADay {
		if !s.bulk.add(s, r, &job{query: &queryJob{}}) {
			t.Fatal("refused within the allowance")
		}
	}
	if s.bulk.add(s, r, &job{query: &queryJob{}}) {
		t.Error("one more than the allowance was taken")
	}
	now = now.Add(24 * time.Hour)
	if !s.bulk.add(s, r, &job{query: &queryJob{}}) {
		t.Error("refused on the next day")
	}
}

// generatedAccounts is a source of that many accounts; calls counts how many
// rows were made.
func generatedAccounts(n int, calls *int) func(crm.Object) (int, func(int) crm.Record) {
	return func(o crm.Object) (int, func(int) crm.Record) {
		if o != crm.ObjectAccount {
			return 0, nil
		}
		return n, func(i int) crm.Record {
			*calls++
			id, _ := crm.WidenID(fmt.Sprintf("001%012d", i))
			return crm.Record{ID: id, Version: "2026-11-03T12:00:00.000Z", Fields: crm.Fields{"Name": fmt.Sprintf("Account %d", i)}}
		}
	}
}

func TestBulkQueryOfGeneratedRows(t *testing.T) {
	calls := 0
	s := Start(t, &Options{BulkSource: generatedAccounts(25, &calls)})
	job := startQuery(t, s, "queryAll", "SELECT Id, Name, IsDeleted, SystemModstamp FROM Account ORDER BY Id")
	seen, locator := 0, ""
	for locator != "null" {
		path := "jobs/query/" + job + "/results?maxRecords=10"
		if locator != "" {
			path += "&locator=" + locator
		}
		res, text := wire(t, s, http.MethodGet, path, "")
		for _, row := range rowsOf(t, text) {
			if row["Name"] != fmt.Sprintf("Account %d", seen) || row["IsDeleted"] != "false" || row["SystemModstamp"] != "2026-11-03T12:00:00.000Z" {
				t.Fatalf("row %d: %v", seen, row)
			}
			seen++
		}
		locator = res.Header.Get("Sforce-Locator")
	}
	if seen != 25 || calls != 25 {
		t.Errorf("%d rows seen, %d made, want 25 and 25", seen, calls)
	}
	for _, statement := range []string{
		"SELECT Id FROM Account WHERE Name = 'x'", "SELECT Id FROM Account LIMIT 1", "SELECT Id FROM Account ORDER BY Name",
	} {
		wireRefused(t, s, http.StatusBadRequest, "MALFORMED_QUERY", http.MethodPost, "jobs/query", fmt.Sprintf(queryBody, "query", statement))
	}
	wireRefused(t, s, http.StatusBadRequest, "INVALID_FIELD", http.MethodPost, "jobs/query", fmt.Sprintf(queryBody, "query", "SELECT Nothing FROM Account"))
	startQuery(t, s, "query", "SELECT Id FROM Lead WHERE LastName = 'Lee'")
}
