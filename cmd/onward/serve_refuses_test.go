package main

import (
	"bytes"
	"context"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/internal/sqldb"
)

// attempt runs a command line that is expected to end by itself. One that serves is
// told to end after a while.
func attempt(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Environ: environ, Now: time.Now}}
	code := p.execute(ctx, args)
	return outcome{code, stdout.String(), stderr.String()}
}

// TestServeRefusesToStart: what is wrong is named by its setting and the environment
// variable, with an exit code that tells whose fault it is, and no secret is shown.
func TestServeRefusesToStart(t *testing.T) {
	org, _ := faultyOrg(t, sftest.Options{})
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	free := "127.0.0.1:0"
	for name, c := range map[string]struct {
		// without and with change the environment, file stands for the configuration.
		without string
		with    []string
		file    string
		listen  string
		more    []string
		code    int
		says    string
	}{
		"no org":                    {file: "mode: live\n", code: exit.CodeUsage, says: "crm.driver"},
		"no key of the ledger":      {without: "ONWARD_SECRET", code: exit.CodeUsage, says: "ONWARD_SECRET is not set"},
		"short key of the ledger":   {with: []string{"ONWARD_SECRET=hush"}, code: exit.CodeUsage, says: "ONWARD_SECRET has fewer than 16 bytes"},
		"no Flow key":               {without: "FLOW_KEY", code: exit.CodeUsage, says: "adapter.flow.keys[0]: FLOW_KEY is not set"},
		"no feed secret":            {without: "FEED_KEY", code: exit.CodeUsage, says: "adapter.feeds[0].secrets[0]: FEED_KEY is not set"},
		"short operator's token":    {with: []string{"OPERATOR_ANN=hush-hush"}, code: exit.CodeUsage, says: "adapter.operators[0]: OPERATOR_ANN: "},
		"feed secret of no kind":    {with: []string{"FEED_KEY=hush-hush-hush-hush-hush"}, code: exit.CodeUsage, says: "whsec_"},
		"no senders":                {file: "crm: { driver: salesforce }\n", code: exit.CodeUsage, says: "nobody may send"},
		"HubSpot without its token": {file: servingFile + "  hubspot: { token_env: HUBSPOT_TOKEN }\n", code: exit.CodeUsage, says: "adapter.hubspot.token_env: HUBSPOT_TOKEN is not set"},
		"bad key in the file":       {file: "crm: { driver: salesforce }\nadapter: { listem: x }\n", code: exit.CodeUsage, says: `onward.yaml:2:12: adapter.listem: unknown key, did you mean "listen"?`},
		"bad number in the file":    {file: servingFile + "  workers: 0\n", code: exit.CodeUsage, says: "onward.yaml:8:12: adapter.workers: 0 is not within 1 and 64"},
		"bad scope":                 {file: strings.Replace(servingFile, "route, match", "rule, match", 1), code: exit.CodeUsage, says: "keys[0]: scopes: want route, match, decide, complete or dri"},
		"previous key without end":  {file: strings.Replace(servingFile, "env: FLOW_KEY", "env: FLOW_KEY, previous_env: OLD", 1), code: exit.CodeUsage, says: "adapter.flow.keys[0].previous_until"},
		"sequence of nobody":        {file: servingFile + "configurations: [{ name: a, handoff: { sequence: welcome } }]\n", code: exit.CodeUsage, says: `configurations[0].handoff.sequence: "welcome" is not among adapter.sequences`},
		"no sequence's secret":      {file: servingFile + "  sequences: [{ name: a, url: 'https://a.example', secrets: [{ id: a, env: SEQUENCE_KEY }] }]\n", code: exit.CodeUsage, says: "adapter.sequences[0].secrets[0]: SEQUENCE_KEY is not set"},
		"no configuration":          {more: []string{"--config", "nowhere.yaml"}, code: exit.CodeUsage, says: "nowhere.yaml"},
		"no address":                {listen: "localhost", code: exit.CodeUsage, says: "adapter.listen: want HOST:PORT"},
		"port in use":               {listen: taken.Addr().String(), code: exit.CodeUsage, says: "adapter.listen: listen tcp " + taken.Addr().String() + ": bind: address already in use"},
		"metrics' port in use":      {file: servingFile + "  metrics: " + taken.Addr().String() + "\n", code: exit.CodeUsage, says: "adapter.metrics: listen tcp"},
		"a network, no name":        {listen: "0.0.0.0:0", code: exit.CodeUsage, says: "adapter.public_url (ONWARD_PUBLIC_URL)"},
		"name without https":        {with: []string{"ONWARD_PUBLIC_URL=http://hooks.example.com"}, code: exit.CodeUsage, says: "ONWARD_PUBLIC_URL: adapter.public_url: want https"},
		"name with a path":          {with: []string{"ONWARD_PUBLIC_URL=https://hooks.example.com/in"}, code: exit.CodeUsage, says: "ONWARD_PUBLIC_URL: adapter.public_url: want an address without a path"},
		"localorg on a network":     {listen: "0.0.0.0:0", more: []string{"--localorg"}, code: exit.CodeUsage, says: "--localorg listens on this machine alone"},
		"login refused":             {with: []string{"ONWARD_SALESFORCE_CLIENT_SECRET=hush-hush"}, code: exit.CodeTrouble, says: "secret"},
		"no login":                  {without: "ONWARD_SALESFORCE_CLIENT_ID", code: exit.CodeUsage, says: "crm.salesforce"},
		"field that is not there":   {file: servingFile + "fields: { lead: { past_account: Nowhere__c } }\n", code: exit.CodeUsage, says: "Lead has no field Nowhere__c"},
		"database in no folder":     {with: []string{"DATABASE_URL=" + filepath.Join(t.TempDir(), "no", "folder.db")}, code: exit.CodeTrouble, says: "adapter.database: "},
		"PostgreSQL that is away":   {with: []string{"DATABASE_URL=postgres://onward:hush-hush@" + taken.Addr().String() + "/x?connect_timeout=1&sslmode=disable"}, code: exit.CodeTrouble, says: "adapter.database: "},
		"PostgreSQL URL, broken":    {with: []string{"DATABASE_URL=postgres://onward:hush-hush@:bad:/x"}, code: exit.CodeTrouble, says: "adapter.database: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ, args := org.serving(t, "")
			args = args[:2]
			environ = slices.DeleteFunc(environ, func(pair string) bool { return c.without != "" && strings.HasPrefix(pair, c.without+"=") })
			environ = append(environ, "DATABASE_URL="+filepath.Join(t.TempDir(), "onward.db"))
			environ = append(environ, c.with...)
			if c.file != "" {
				write(t, args[1], c.file)
			}
			listen := free
			if c.listen != "" {
				listen = c.listen
			}
			got := attempt(t, environ, append(append([]string{"serve", "--listen", listen}, args...), c.more...)...)
			if got.code != c.code || !strings.Contains(got.stderr, c.says) || strings.Contains(got.stdout, "ready") {
				t.Errorf("code %d, want %d with %q:\n%s", got.code, c.code, c.says, got.stderr)
			}
			for _, secret := range []string{"hush", testFlowKey, testFeedKey, testOperator, testSecret} {
				if strings.Contains(got.stderr, secret) {
					t.Errorf("it shows a secret:\n%s", got.stderr)
				}
			}
		})
	}
}

// TestServeOnADatabaseItCannotUse: one that is newer, one that is behind and may not be
// migrated, and one that is no database.
func TestServeOnADatabaseItCannotUse(t *testing.T) {
	org, _ := faultyOrg(t, sftest.Options{})
	newer, behind, none := filepath.Join(t.TempDir(), "newer.db"), filepath.Join(t.TempDir(), "behind.db"), filepath.Join(t.TempDir(), "none.db")
	if got := attempt(t, nil, "migrate", "--database", newer); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	execute(t, newer, "INSERT INTO onward_migrations (component, version, name, checksum, at) VALUES ('ledger', 99, 'later', 'x', 'x')")
	write(t, none, strings.Repeat("no database at all ", 1000))
	for name, c := range map[string]struct{ database, file, says string }{
		"newer":  {newer, servingFile, "newer than this program: ledger is at step 99"},
		"behind": {behind, servingFile + "  migrate: false\n", "run onward migrate"},
		"none":   {none, servingFile, "adapter.database: "},
	} {
		environ, args := org.serving(t, c.database)
		write(t, args[1], c.file)
		got := attempt(t, environ, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
		if got.code != exit.CodeTrouble || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// execute runs one statement on a SQLite file.
func execute(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// TestServeWaitsForALockedDatabase: another program may hold the file for a while.
func TestServeWaitsForALockedDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "onward.db")
	org, _ := faultyOrg(t, sftest.Options{})
	db, err := sqldb.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	held, err := db.Writer().BeginTx(t.Context(), &sql.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	release := time.AfterFunc(300*time.Millisecond, func() { _ = held.Rollback() })
	defer release.Stop()
	environ, args := org.serving(t, file)
	if s := startServing(t, environ, args...); s.stop() != exit.CodeDone {
		t.Errorf("%s", s.stderr)
	}
}

// TestMigrate brings a new and an old database up to date, as often as it is told to,
// after which serve may start without migrating.
func TestMigrate(t *testing.T) {
	org, _ := faultyOrg(t, sftest.Options{})
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	for range 2 {
		if got := attempt(t, []string{"DATABASE_URL=" + fresh}, "migrate"); got.code != exit.CodeDone || got.stdout != "the database is up to date\n" {
			t.Fatalf("%+v", got)
		}
	}
	environ, args := org.serving(t, fresh, "  migrate: false\n")
	s := startServing(t, environ, args...)
	if got := s.flow(testFlowKey, "route", aMove(1, "")); got.get("status") != "done" {
		t.Errorf("%s", got)
	}
	s.stop()
	if got := attempt(t, nil, "migrate", "--database", filepath.Join(t.TempDir(), "no", "folder.db")); got.code != exit.CodeTrouble || !strings.Contains(got.stderr, "adapter.database: ") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error(err)
	}
}
