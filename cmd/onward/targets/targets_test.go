package targets_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/cmd/onward/exit"
)

func names(people []watched.Person) (out []string) {
	for _, p := range people {
		out = append(out, p.Name)
	}
	return out
}

// TestRoundHandsOnTheBestAndCarriesTheRestOver: round after round, each person once; a dry
// run changes nothing.
func TestRoundHandsOnTheBestAndCarriesTheRestOver(t *testing.T) {
	b := newBench(t)
	for i, step := range []struct {
		args    string
		told    []string
		carried int
		waiting map[string]int
	}{
		{"--dry-run", []string{"Jon Aas", "Ida Brandt"}, 1, map[string]int{}},
		{"", []string{"Jon Aas", "Ida Brandt"}, 1, map[string]int{"Aas": 1, "Brandt": 1}},
		{"--dry-run", []string{"Mia Roth"}, 0, map[string]int{"Aas": 1, "Brandt": 1}},
		{"", []string{"Mia Roth"}, 0, map[string]int{"Aas": 1, "Brandt": 1, "Roth": 1}},
		{"", nil, 0, map[string]int{"Aas": 1, "Brandt": 1, "Roth": 1}},
	} {
		var got watched.Round
		b.asked(exit.CodeDone, &got, append([]string{"targets", "round"}, strings.Fields(step.args)...)...)
		told := names(got.Told)
		slices.Sort(told)
		slices.Sort(step.told)
		if !slices.Equal(told, step.told) || got.Carried != step.carried || !maps.Equal(b.waiting(), step.waiting) || got.DryRun != (step.args != "") || got.Refused["settled"] != 1 {
			t.Errorf("step %d: %+v; waiting %v, want %+v", i+1, got, b.waiting(), step)
		}
		b.now = b.now.AddDate(0, 0, 1)
	}
	table := b.run("targets", "people", "--stage", "told")
	if table.code != 0 || !strings.Contains(table.stdout, "told   Ida Brandt  VP of Marketing") || !strings.Contains(table.stdout, "3 shown") {
		t.Errorf("%+v", table)
	}
}

// TestListShowsAccountsAndReports: an account of two reports is one, in the class that
// comes first.
func TestListShowsAccountsAndReports(t *testing.T) {
	b := newBench(t)
	if r := b.run("targets", "list"); r.code != exit.CodeDone || !strings.Contains(r.stdout, "0 accounts watched") || !strings.Contains(r.stdout, "not read yet") {
		t.Errorf("before the first round: %+v", r)
	}
	b.run("targets", "round")
	var got struct {
		Watched, Shown int
		Accounts       []watched.Account
		Reports        []watched.Report
	}
	b.asked(exit.CodeDone, &got, "targets", "list")
	if got.Watched != 2 || got.Accounts[1].Category != "customer" || !slices.Equal(got.Accounts[1].Reports, []string{"key", "customers"}) || len(got.Reports) != 2 {
		t.Errorf("%+v", got)
	}
	b.asked(exit.CodeDone, &got, "targets", "list", "--report", "customers", "--limit", "1")
	if got.Watched != 1 || got.Shown != 1 || got.Accounts[0].ID != "001000000000002AAA" {
		t.Errorf("%+v", got)
	}
	for _, args := range [][]string{{"--report", "nobody"}, {"--limit", "-1"}, {"--format", "xml"}} {
		if r := b.run(append([]string{"targets", "list"}, args...)...); r.code != exit.CodeUsage {
			t.Errorf("%v: %+v", args, r)
		}
	}
}

// TestCheckTellsWhatIsWrong: a report that lost a column, ids of the wrong kind, a file
// that is not there; the good rows count, and nothing is kept.
func TestCheckTellsWhatIsWrong(t *testing.T) {
	b := newBench(t)
	if r := b.run("targets", "check"); r.code != exit.CodeDone || !strings.Contains(r.stdout, "fine") {
		t.Errorf("%+v", r)
	}
	for name, tt := range map[string]struct{ text, says string }{
		"lost a column":   {"Firm,Site\nA,B\n", `the report has no column "Account ID"`},
		"wrong kind":      {"Account ID\n00500000000000A\n001000000000001AAA\n", "row 1: account_id: is not the id of an account; those begin with 001"},
		"wrong length":    {"Account ID\n0011\n001000000000001AAA\n", "row 1: account_id: is no Salesforce id"},
		"half a row":      {"Account ID,Account Name\n001000000000001AAA,A\n001000000000002AAA\n", "row 2: want 2 cells"},
		"nothing usable":  {"Account ID\nx\n", "none of 1 rows can be used"},
		"nothing at all":  {"", "key.csv"},
		"names and no id": {"Account Name\nNobody Knows Ltd\n", "which CRM?"},
	} {
		b.write("key.csv", tt.text)
		if r := b.run("targets", "check"); r.code != exit.CodeLeft || !strings.Contains(r.stdout, tt.says) || !strings.Contains(r.stdout, "customers") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	b.ok(os.Remove(b.dir + "/key.csv"))
	if r := b.run("targets", "check"); r.code != exit.CodeLeft || !strings.Contains(r.stdout, "no such file") {
		t.Errorf("%+v", r)
	}
	var got struct{ Watched int }
	b.asked(exit.CodeDone, &got, "targets", "list")
	if got.Watched != 0 {
		t.Errorf("check has kept %d accounts", got.Watched)
	}
}

// TestARoundKeepsWhatItHad: a report that cannot be read leaves its accounts as they were.
func TestARoundKeepsWhatItHad(t *testing.T) {
	b := newBench(t)
	b.run("targets", "round")
	b.write("key.csv", "Firm\nA\n")
	var got watched.Round
	b.asked(exit.CodeLeft, &got, "targets", "round")
	if len(got.Told) != 1 || got.Reports[0].Trouble == "" || got.Reports[0].Accounts != 2 {
		t.Errorf("%+v", got)
	}
	if r := b.run("targets", "list"); r.code != exit.CodeLeft || !strings.Contains(r.stdout, "could not be read") || !strings.Contains(r.stdout, "2 accounts watched") {
		t.Errorf("%+v", r)
	}
}

// TestPaidSearchIsCutShortAndGoesOn: an enrichment API that limits the rate, and one whose
// credits of the month are used up, lose nobody.
func TestPaidSearchIsCutShortAndGoesOn(t *testing.T) {
	b := newBench(t)
	limited, searches := true, 0
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != "pdl-key-of-the-test" || r.URL.Path != "/v5/person/search" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if limited && searches > 0 {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		searches++
		fmt.Fprintf(w, `{"status":200,"total":1,"data":[{"full_name":"Pat Paid%d","first_name":"Pat","last_name":"Paid%d","linkedin_url":"linkedin.com/in/pat-paid-%d","job_title":"VP of Marketing","job_company_name":"Nordlicht"}]}`, searches, searches, searches)
	}))
	t.Cleanup(api.Close)
	b.config = strings.Replace(b.config, "providers: { files: [{ name: export, path: '$DIR/people.csv' }] }",
		"providers: { people_data_labs: { key_env: PDL, credits_per_month: 1000, base_url: '"+api.URL+"' } }", 1)
	b.config = strings.Replace(b.config, "  - { name: Buyers, include: [purchasing] }\n", "", 1)
	if r := b.run("targets", "round"); r.code != exit.CodeUsage || !strings.Contains(r.stderr, "PDL is not set") {
		t.Fatalf("without a key: %+v", r)
	}
	if r := b.run("targets", "list"); r.code != exit.CodeDone {
		t.Errorf("who asks nobody needs no key: %+v", r)
	}
	b.environ = append(b.environ, "PDL=pdl-key-of-the-test")
	var got watched.Round
	b.asked(exit.CodeLeft, &got, "targets", "round")
	if len(got.Told) != 1 || got.Searched.Accounts != 1 || got.Searched.Credits != 1 || !strings.Contains(got.Searched.Waiting["peopledatalabs"], "429") {
		t.Fatalf("%+v", got)
	}
	limited = false
	b.asked(exit.CodeLeft, &got, "targets", "round")
	if searches != 1 || len(got.Told) != 0 {
		t.Errorf("asked before it was time: %+v", got)
	}
	b.now = b.now.AddDate(0, 0, 1)
	b.asked(exit.CodeDone, &got, "targets", "round")
	if searches != 2 || len(got.Told) != 1 || got.Told[0].Name != "Pat Paid2" || got.Searched.Accounts != 1 {
		t.Errorf("%+v, %d searches", got, searches)
	}
	b.now = b.now.AddDate(0, 0, 1)
	b.asked(exit.CodeDone, &got, "targets", "round")
	if searches != 2 {
		t.Errorf("searched again before a month was over: %+v", got)
	}
	if !maps.Equal(b.waiting(), map[string]int{"Paid1": 1, "Paid2": 1}) {
		t.Errorf("%v", b.waiting())
	}
}

// TestWhatARoundNeeds: what is missing is told by its name.
func TestWhatARoundNeeds(t *testing.T) {
	b := newBench(t)
	b.config = strings.Replace(b.config, "providers:", "# providers:", 1)
	if r := b.run("targets", "round"); r.code != exit.CodeUsage || !strings.Contains(r.stderr, "providers.files") {
		t.Errorf("%+v", r)
	}
	b.config = "targets: { reports: [{ id: 001000000000001AAA, category: target }] }"
	if r := b.run("targets", "list"); r.code != exit.CodeUsage || !strings.Contains(r.stderr, "those begin with 00O") {
		t.Errorf("%+v", r)
	}
	b.config = "targets: { reports: [{ id: 00O000000000001, category: target }] }\ncrm: { dir: '$DIR' }\n"
	b.write("Account.csv", "Id,Name\n001000000000001AAA,Acme\n")
	if r := b.run("targets", "check"); r.code != exit.CodeLeft || !strings.Contains(r.stdout, "want --crm salesforce") {
		t.Errorf("%+v", r)
	}
	b.environ = nil
	if r := b.run("targets", "list"); r.code != exit.CodeUsage || !strings.Contains(r.stderr, "ONWARD_SECRET") {
		t.Errorf("%+v", r)
	}
}

// TestAT04PersonasTest: which personas take a title, and the clause that excluded it.
func TestAT04PersonasTest(t *testing.T) {
	b := newBench(t)
	var got []watched.Tested
	b.asked(exit.CodeLeft, &got, "personas", "test", "VP of Marketing", "Executive Assistant to the VP of Marketing")
	if got[0].Counts != "Marketing" || got[0].Seniority != "vp" || got[0].Departments[0] != "marketing" || got[0].Answers[0].Clause != `include "VP"` || got[0].Answers[1].Match {
		t.Errorf("%+v", got[0])
	}
	if got[1].Counts != "" || got[1].Answers[0].Reason != "excluded" || got[1].Answers[0].Clause != `exclude "assistant"` {
		t.Errorf("%+v", got[1])
	}
	r := b.run("personas", "test", "VP of Marketing")
	for _, line := range []string{`reads as "vp marketing", seniority vp, department marketing`, "Marketing  yes, counts  matched", "Buyers     no           not included  include \"purchasing\""} {
		if r.code != exit.CodeDone || !strings.Contains(r.stdout, line) {
			t.Errorf("%q is not in\n%s", line, r.stdout)
		}
	}
	b.config = ""
	if r := b.run("personas", "test", "CEO"); r.code != exit.CodeUsage || !strings.Contains(r.stderr, "no personas are configured") {
		t.Errorf("%+v", r)
	}
}
