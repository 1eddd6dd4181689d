package main

import (
	"bytes"
	"net/http"
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
