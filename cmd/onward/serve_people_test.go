package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
)

// ran runs a command in this process.
func ran(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now, Environ: environ}}
	code := p.execute(t.Context(), args)
	return outcome{code, stdout.String(), stderr.String()}
}

// TestServeStampsAndForgetsTrackedPeople: somebody on a list is recognised in a feed's
// report that names no relationship, and uses a credit there; a stranger is left alone.
// onward erase reaches the list as well, which does not bring them back.
func TestServeStampsAndForgetsTrackedPeople(t *testing.T) {
	databases := map[string]func(*testing.T) string{
		"SQLite": func(t *testing.T) string { return filepath.Join(t.TempDir(), "onward.db") }, "PostgreSQL": func(t *testing.T) string { return pgtest.DSN(t) },
	}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			org, server := faultyOrg(t, sftest.Options{})
			environ, args := org.serving(t, database(t))
			users := filepath.Join(t.TempDir(), "users.csv")
			write(t, users, "First Name,Last Name,Company,Email\nAda,Quill,Old Labs,ada@quill.example\nBo,Reed,Old Labs,bo@reed.example\n")
			imported := append([]string{"track", "import", "--csv", users, "--relationship", "user", "--activate", "--format", "json"}, args...)
			if got := ran(t, environ, imported...); got.code != exit.CodeDone || !strings.Contains(got.stdout, `"credits_after": 2`) {
				t.Fatalf("import: %d %s %s", got.code, got.stdout, got.stderr)
			}
			s := startServing(t, environ, args...)
			for id, body := range map[string]string{
				"msg_ada": `{"person":{"full_name":"Ada Quill","email":"ada@quill.example"},"to":{"company":"Beta Labs"}}`,
				"msg_eve": `{"person":{"full_name":"Eve Stone","email":"eve@stone.example"},"to":{"company":"Beta Labs"}}`,
			} {
				if got := s.feed(testFeedKey, "/feeds/vendor", id, body); got.status != http.StatusAccepted {
					t.Fatalf("feed: %s", got)
				}
			}
			eventually(t, "both are decided", func() bool { return len(server.CRM().Records(crm.ObjectJobChange)) == 2 })
			leads := server.CRM().Records(crm.ObjectLead)
			if len(leads) != 1 || leads[0].Fields["LastName"] != "Quill" || leads[0].Fields["Past_Relationship__c"] != "User" {
				t.Errorf("leads %+v", leads)
			}

			if got := s.operator(testOperator, "erase", "--yes", "ada@quill.example"); got.code != exit.CodeDone {
				t.Fatalf("erase: %d %s", got.code, got.stderr)
			}
			if got := ran(t, environ, append([]string{"track", "list", "--format", "json"}, args...)...); !strings.Contains(got.stdout, `"tracked": 1`) || strings.Contains(got.stdout, "ada@") {
				t.Errorf("list: %s %s", got.stdout, got.stderr)
			}
			got := ran(t, environ, imported...)
			if !strings.Contains(got.stdout, `"rejected": 1`) || !strings.Contains(got.stdout, `"credits_after": 1`) {
				t.Errorf("the list brings her back: %s %s", got.stdout, got.stderr)
			}
			if code := s.stop(); code != exit.CodeDone {
				t.Errorf("exit code %d\n%s", code, s.stderr)
			}
		})
	}
}

// TestRunStampsFromTheLists: onward run and onward explain ask the lists in the database
// of onward serve. A look costs nothing and makes no database; a move into the org uses a
// credit, once however often the file is run.
func TestRunStampsFromTheLists(t *testing.T) {
	org, server := faultyOrg(t, sftest.Options{})
	dir := t.TempDir()
	config, users, moves, database := filepath.Join(dir, "onward.yaml"), filepath.Join(dir, "users.csv"), filepath.Join(dir, "moves.csv"), filepath.Join(dir, "onward.db")
	write(t, users, "First Name,Last Name,Company,Email\nAda,Okafor,Fabrikam,ada@fabrikam.example\n")
	write(t, moves, twoMoves)
	write(t, config, "tracking: { imports: [{ id: users, kind: csv, relationship: closed_won, ref: "+users+", mapping: { first_name: First Name, last_name: Last Name, company: Company, email: Email } }] }\n"+
		"adapter: { database: "+database+" }\n")
	environ := append(org.credentials(), "ONWARD_SALESFORCE_INSTANCE="+org.said["instance_url"], "ONWARD_SECRET="+testSecret)
	explain := []string{"explain", "--crm", "salesforce", "--events", moves, "--config", config, "1"}
	if got := ran(t, environ, explain...); got.code != exit.CodeDone || strings.Contains(got.stdout, "Closed Won") {
		t.Errorf("without lists: %d %s%s", got.code, got.stdout, got.stderr)
	}
	if _, err := os.Stat(database); err == nil {
		t.Error("a look has made a database")
	}
	if got := ran(t, environ, "track", "import", "users", "--activate", "--config", config); got.code != exit.CodeDone {
		t.Fatalf("import: %d %s%s", got.code, got.stdout, got.stderr)
	}
	used := func() string {
		t.Helper()
		got := ran(t, environ, "track", "credits", "--config", config, "--months", "1", "--format", "json")
		_, rest, _ := strings.Cut(got.stdout, `"job_changes": `)
		n, _, _ := strings.Cut(rest, ",")
		return n
	}
	if got := ran(t, environ, explain...); got.code != exit.CodeDone || !strings.Contains(got.stdout, "Closed Won Opp Contact") {
		t.Errorf("explain: %d %s%s", got.code, got.stdout, got.stderr)
	}
	run := []string{"run", "--crm", "salesforce", "--events", moves, "--config", config, "--out", filepath.Join(dir, "out")}
	if got := ran(t, environ, append(run, "--dry-run")...); got.code != exit.CodeDone || used() != "0" {
		t.Errorf("dry run: %d, %s credits %s", got.code, used(), got.stderr)
	}
	folder := []string{"run", "--crm", "memory", "--events", moves, "--config", config, "--out", filepath.Join(dir, "folder")}
	if got := ran(t, environ, folder...); got.code != exit.CodeDone || used() != "0" {
		t.Errorf("in a folder: %d, %s credits %s", got.code, used(), got.stderr)
	}
	for range 2 {
		if got := ran(t, environ, run...); got.code != exit.CodeDone || used() != "2" {
			t.Errorf("run: %d, %s credits, want one for each of two created %s%s", got.code, used(), got.stdout, got.stderr)
		}
	}
	relations := map[string]string{}
	for _, r := range server.CRM().Records(crm.ObjectLead) {
		relations[r.Fields["LastName"]] = r.Fields["Past_Relationship__c"]
	}
	if relations["Okafor"] != "Closed Won Opp Contact" || relations["Lee"] != "" {
		t.Errorf("stamped %v", relations)
	}
	if got := ran(t, append(org.credentials(), "ONWARD_SALESFORCE_INSTANCE="+org.said["instance_url"]), run...); got.code != exit.CodeUsage || !strings.Contains(got.stderr, "ONWARD_SECRET") {
		t.Errorf("without the secret: %d %s", got.code, got.stderr)
	}
}
