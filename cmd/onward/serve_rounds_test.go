package main

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// TestServeMakesRounds: people whom a file knows at the accounts of a Salesforce report
// are delivered like any other move, each once; and the operator sees it all.
func TestServeMakesRounds(t *testing.T) {
	const report = "00O000000000001EAA"
	var account string
	org, server := faultyOrg(t, sftest.Options{Reports: map[string]sftest.Report{report: {
		Name: "Key accounts", Columns: []sftest.ReportColumn{{Name: "ACCOUNT_ID", Label: "Account ID", DataType: "id"}, {Name: "ACCOUNT.NAME", Label: "Account Name"}},
		Rows: func() [][]sftest.ReportCell {
			return [][]sftest.ReportCell{{{Label: account, Value: account}, {Label: "Rounds Ltd", Value: "Rounds Ltd"}}, {{Label: "x", Value: "x"}, {Label: "-"}}}
		},
	}}})
	var err error
	if account, err = server.CRM().Add(crm.ObjectAccount, crm.Fields{"Name": "Rounds Ltd", "Website": "rounds.example"}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	people := filepath.Join(dir, "people.csv")
	write(t, people, `full_name,linkedin_url,email,company,domain,title,seen_at
Ida Brandt,linkedin.com/in/ida-brandt,,Rounds Ltd,rounds.example,VP of Marketing,
Jon Aas,linkedin.com/in/jon-aas,,Rounds Ltd,rounds.example,Office Manager,
Max Mover,,max@gone.example,Landed Works,landed.example,CTO,2026-11-20
`)
	tracked := filepath.Join(dir, "tracked.csv")
	write(t, tracked, "First Name,Last Name,Email,Company\nMax,Mover,max@gone.example,Gone Works\n")
	database := filepath.Join(dir, "onward.db")
	environ, args := org.serving(t, database, fmt.Sprintf(`personas: [{ name: Marketing, include: [VP, Director], departments: [marketing] }]
targets: { reports: [{ id: %s, category: target }] }
providers: { files: [{ name: export, path: '%s' }] }
`, report[:15], people))

	var said bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &said, Stderr: &said, Environ: environ, Now: time.Now}}
	if code := p.execute(t.Context(), append([]string{"track", "import", "--csv", tracked, "--relationship", "user", "--activate"}, args...)); code != 0 {
		t.Fatalf("%d: %s", code, &said)
	}
	s := startServing(t, environ, args...)
	bearer := []string{"Authorization", "Bearer " + testOperator}
	var last answer
	for range 2 { // the service may be at its own round just now
		eventually(t, "a round on demand", func() bool {
			last = s.send("POST", "/operator/targets/round", "{}", bearer...)
			return last.status != http.StatusConflict
		})
		if last.status != http.StatusOK || last.get("reports", "0", "problems", "0", "row") != "2" {
			t.Errorf("%s\n%s", last, s.stderr)
		}
	}
	if last.get("told", "0") != "" {
		t.Errorf("told again: %s", last)
	}
	contacts := func(name string) (n int, at string) {
		for _, r := range append(server.CRM().Records(crm.ObjectContact), server.CRM().Records(crm.ObjectLead)...) {
			if r.Fields["LastName"] == name {
				n, at = n+1, r.Fields["AccountId"]
			}
		}
		return n, at
	}
	eventually(t, "the new hire stands in the org", func() bool { n, at := contacts("Brandt"); return n == 1 && at == account })
	if n, _ := contacts("Aas"); n != 0 {
		t.Error("somebody whom no persona takes was delivered")
	}
	if got := s.send("GET", "/operator/targets/accounts", "", bearer...); got.get("accounts", "0", "id") != account || got.get("accounts", "0", "category") != "target" {
		t.Errorf("%s", got)
	}
	if got := s.send("GET", "/operator/targets/reports", "", bearer...); got.get("reports", "0", "id") != report || got.get("reports", "0", "accounts") != "1" {
		t.Errorf("%s", got)
	}
	if got := s.send("GET", "/operator/targets/people?stage=told", "", bearer...); got.get("people", "0", "name") != "Ida Brandt" || got.get("people", "1") != "" {
		t.Errorf("%s", got)
	}
	if got := s.send("POST", "/operator/personas/test", `{"title":"Director of Marketing"}`, bearer...); got.get("counts") != "Marketing" || got.get("answers", "0", "clause") != `include "Director"` {
		t.Errorf("%s", got)
	}
	for path, body := range map[string]string{"targets/people?stage=best": "", "targets/accounts?limit=1001": "", "personas/test": `{"title":""}`} {
		method := "GET"
		if body != "" {
			method = "POST"
		}
		if got := s.send(method, "/operator/"+path, body, bearer...); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %s", path, got)
		}
	}
	eventually(t, "the tracked person's move stands in the org", func() bool { n, _ := contacts("Mover"); return n == 1 })
	if got := s.operator(testOperator, "erase", "--yes", "https://www.linkedin.com/in/ida-brandt"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	for range 2 { // forgotten, and not found again
		if got := s.send("GET", "/operator/targets/people?stage=told", "", bearer...); got.status != http.StatusOK || got.get("people", "0") != "" {
			t.Errorf("%s", got)
		}
		if got := s.send("POST", "/operator/targets/round", "{}", bearer...); got.status != http.StatusOK || got.get("told", "0") != "" {
			t.Errorf("%s", got)
		}
	}
}
