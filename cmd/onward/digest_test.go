package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/routing/notify/letter"
	"github.com/onward-crm/onward/routing/notify/mail/mailtest"
	"github.com/onward-crm/onward/routing/notify/sqlstore"
)

// TestDigestOfTheDemo: the digest that the documentation shows.
func TestDigestOfTheDemo(t *testing.T) {
	got := onward(t, t.Context(), "", "digest", "--preview", "--demo")
	if got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	golden(t, "digest.txt", got.stdout)
}

func TestDigestFormats(t *testing.T) {
	one := []string{"digest", "--preview", "--demo", "--user", "tomas varga", "--format"}
	page := onward(t, t.Context(), "", append(one, "html")...)
	if page.code != exit.CodeDone || !strings.HasPrefix(page.stdout, "<!DOCTYPE html>") || !strings.Contains(page.stdout, `<a class="link" href="https://lumenassay.example/003`) {
		t.Errorf("html: %d, %s%.300s", page.code, page.stderr, page.stdout)
	}
	var chat letter.Chat
	if out := onward(t, t.Context(), "", append(one, "slack")...); json.Unmarshal([]byte(out.stdout), &chat) != nil || len(chat.Blocks) < 4 {
		t.Errorf("slack: %+v", out)
	}
	var ms []digest.Message
	if out := onward(t, t.Context(), "", append(one, "json")...); json.Unmarshal([]byte(out.stdout), &ms) != nil || len(ms) != 1 || ms[0].To.Name != "Tomas Varga" || ms[0].Week.String() != "2026-W48" {
		t.Errorf("json: %+v", out)
	}
	dir := filepath.Join(t.TempDir(), "digests")
	if out := onward(t, t.Context(), "", "digest", "--preview", "--demo", "--format", "html", "--out", dir); out.code != exit.CodeDone {
		t.Fatalf("into a folder: %+v", out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*-2026-W48.html"))
	if err != nil || len(files) != 10 {
		t.Errorf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v, %v", name, info, err)
		}
	}
	if out := onward(t, t.Context(), "", "digest", "--preview", "--demo", "--week", "2026-W47"); out.code != exit.CodeDone || out.stdout != "" || !strings.Contains(out.stderr, "nobody has anything to hear in week 2026-W47") {
		t.Errorf("a week without moves: %+v", out)
	}
}

func TestDigestUsage(t *testing.T) {
	for args, want := range map[string]string{
		"":                                       "want --preview or --send",
		"--preview --send --demo":                "want --preview or --send",
		"--preview":                              "which ledger?",
		"--preview --demo --database x.db":       "which ledger?",
		"--send --demo":                          "--send needs --database",
		"--send --database x.db --week 2026-W48": "go with --preview",
		"--send --database x.db --now 2026-11-23":  "--now goes with --preview",
		"--preview --demo --crm x":                 "--demo has a CRM",
		"--preview --demo --format pdf":            "want text, html, slack or json",
		"--preview --demo --week 2026-48":          "want a week such as 2026-W48",
		"--preview --demo --format html":           "10 messages: several messages: choose one with --user",
		"--preview --demo --user Nobody":           "--user Nobody: has nothing to hear; others have: Tomas Varga",
		"--preview --demo --url ftp://x":           "BaseURL: want an address",
		"--preview --results /nonexistent --crm x": "x",
	} {
		got := onward(t, t.Context(), "", append([]string{"digest"}, strings.Fields(args)...)...)
		if got.code != exit.CodeUsage && args != "--preview --results /nonexistent --crm x" || got.code == exit.CodeDone || !strings.Contains(got.stderr, want) {
			t.Errorf("digest %s: %d, %s, want %q", args, got.code, got.stderr, want)
		}
	}
}

// TestDigestOfAnEarlierRun: what run left is told of.
func TestDigestOfAnEarlierRun(t *testing.T) {
	dir := demoDir(t)
	out := filepath.Join(t.TempDir(), "result")
	crm, config := filepath.Join(dir, "crm"), filepath.Join(dir, "onward.yaml")
	if got := onward(t, t.Context(), "", "run", "--crm", crm, "--events", filepath.Join(dir, "moves.jsonl"), "--config", config, "--out", out); got.code == exit.CodeUsage || got.code == exit.CodeTrouble {
		t.Fatalf("run: %+v", got)
	}
	got := onward(t, t.Context(), "", "digest", "--preview", "--crm", crm, "--results", out, "--config", config, "--week", "2026-W48", "--user", "Priya Raman")
	if got.code != exit.CodeDone || !strings.Contains(got.stdout, "Subject: 1 joined · 16 – 22 Nov 2026") || strings.Contains(got.stdout, "https://") {
		t.Errorf("%+v", got)
	}
	empty := onward(t, t.Context(), "", "digest", "--preview", "--crm", crm, "--results", filepath.Join(t.TempDir(), "none"), "--config", config)
	if empty.code != exit.CodeUsage || !strings.Contains(empty.stderr, "holds no ledger of an earlier run") {
		t.Errorf("no results: %+v", empty)
	}
}

// ledgerOfDemo works on the demo's moves with a ledger in a database, as onward serve does.
func ledgerOfDemo(t *testing.T, dir string) (database string) {
	t.Helper()
	database = filepath.Join(t.TempDir(), "onward.db")
	at, err := time.Parse(time.RFC3339, demoNow)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Now: func() time.Time { return at }}}
	w, err := p.open(t.Context(), place{crm: filepath.Join(dir, "crm"), config: filepath.Join(dir, "onward.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := durable.Open(t.Context(), database, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	w.kept = ledger
	engine, err := w.engineFor(w.settings.Config)
	if err != nil {
		t.Fatal(err)
	}
	file, err := p.readEvents(filepath.Join(dir, "moves.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	evs, err := eventsOf(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.HandleBatch(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	return database
}

// TestDR16SendFromADatabase: each message goes once by e-mail, over the wire, however
// often the command runs.
func TestDR16SendFromADatabase(t *testing.T) {
	dir := demoDir(t)
	database := ledgerOfDemo(t, dir)
	srv, err := mailtest.New(mailtest.Script{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	send := func(environ ...string) outcome {
		var stdout, stderr bytes.Buffer
		at, _ := time.Parse(time.RFC3339, demoMonday)
		p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Environ: environ, Now: func() time.Time { return at }}}
		code := p.execute(context.Background(), []string{"digest", "--send", "--database", database, "--crm", filepath.Join(dir, "crm"), "--config", filepath.Join(dir, "onward.yaml")})
		return outcome{code, stdout.String(), stderr.String()}
	}
	mail := fmt.Sprintf("ONWARD_SMTP_URL=smtp://127.0.0.1:%d?tls=none", srv.Port())
	from := "ONWARD_MAIL_FROM=onward <onward@lumenassay.example>"
	for _, row := range []struct {
		environ []string
		want    string
	}{
		{nil, "no channel to send by"},
		{[]string{mail}, "ONWARD_SMTP_URL: mail: From"},
		{[]string{"ONWARD_SMTP_URL=smtp.example.com:587", from}, "want smtp://USER:PASSWORD@HOST:587"},
		{[]string{"ONWARD_SMTP_URL=smtp://onward:canary@smtp.example.com?tls=none", from}, "a password wants required or implicit"},
		{[]string{"ONWARD_CHAT_WEBHOOK=http://hooks.example/canary"}, "ONWARD_CHAT_WEBHOOK: slack: webhook: want https"},
		{[]string{mail, from, "ONWARD_NOTICE_CHANNELS=mail,pigeon"}, `"pigeon": want channels among slack, mail`},
		{[]string{mail, from, "ONWARD_NOTICE_CHANNELS=slack,mail"}, "slack is not configured"},
	} {
		if got := send(row.environ...); got.code != exit.CodeUsage || !strings.Contains(got.stderr, row.want) || strings.Contains(got.stderr, "canary") {
			t.Errorf("%q: %+v, want %q", row.environ, got, row.want)
		}
	}
	if got := send(mail, from, "ONWARD_NOTICE_CHANNELS=mail"); got.code != exit.CodeDone || got.stdout != "week 2026-W48: 10 sent\n" {
		t.Errorf("first: %+v", got)
	}
	if got := send(mail, from); got.code != exit.CodeDone || got.stdout != "week 2026-W48: everything was sent before\n" {
		t.Errorf("again: %+v", got)
	}
	to := map[string]int{}
	for _, e := range srv.Taken() {
		to[e.To]++
	}
	if len(srv.Taken()) != 10 || to["TO:<mara.ellison@lumenassay.example>"] != 1 || to["TO:<priya.raman@lumenassay.example>"] != 2 {
		t.Errorf("mail went to %v", to)
	}
}

// TestDigestPreviewOfADatabase: it reads, makes no table, and works on one that was
// never sent from.
func TestDigestPreviewOfADatabase(t *testing.T) {
	dir := demoDir(t)
	database := ledgerOfDemo(t, dir)
	got := onward(t, t.Context(), "", "digest", "--preview", "--database", database, "--crm", filepath.Join(dir, "crm"), "--config", filepath.Join(dir, "onward.yaml"), "--week", "2026-W48", "--user", "Jonas Keller")
	if got.code != exit.CodeDone || !strings.Contains(got.stdout, "Subject: Your team: 1 joined") {
		t.Errorf("%+v", got)
	}
	ledger, err := durable.Open(t.Context(), database, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	if _, err := sqlstore.New(t.Context(), ledger.DB(), ledger.Dialect(), &sqlstore.Options{NoMigrate: true}); !errors.Is(err, sqlstore.ErrNotMigrated) {
		t.Errorf("a preview made a table: %v", err)
	}
	missing := onward(t, t.Context(), "", "digest", "--preview", "--database", filepath.Join(t.TempDir(), "none.db"), "--crm", filepath.Join(dir, "crm"))
	if missing.code != exit.CodeTrouble || !strings.Contains(missing.stderr, "adapter.database") {
		t.Errorf("a database without a ledger: %+v", missing)
	}
}
