package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing/notify/mail/mailtest"
)

// dealsOrg is a test's own org with a won deal, and a way to give it more people.
func dealsOrg(t *testing.T) (org servedOrg, admin string, part func(name string)) {
	t.Helper()
	db := memcrm.New(&memcrm.Options{Schemas: sftest.Schemas(crm.DefaultNames())})
	add := func(o crm.Object, f crm.Fields) string {
		t.Helper()
		id, err := db.Add(o, f)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	admin = add(crm.ObjectUser, crm.Fields{"Name": "Mia Admin", "Email": "mia@acme.example", "IsActive": "true"})
	account := add(crm.ObjectAccount, crm.Fields{"Name": "Acme", "OwnerId": admin})
	deal := add(crm.ObjectOpportunity, crm.Fields{"Name": "Renewal", "AccountId": account, "StageName": "Closed Won", "IsClosed": "true", "IsWon": "true",
		"Probability": "100", "CloseDate": "2026-10-01", "OwnerId": admin})
	server := sftest.Start(t, &sftest.Options{CRM: db, Sandbox: true})
	part = func(name string) {
		who := add(crm.ObjectContact, crm.Fields{"FirstName": name, "LastName": "Lee", "Email": strings.ToLower(name) + "@acme.example", "AccountId": account})
		add(crm.ObjectOpportunityRole, crm.Fields{"OpportunityId": deal, "ContactId": who, "Role": "Evaluator"})
	}
	return servedOrg{said: map[string]string{
		"instance_url": server.URL, "client_id": server.ClientID(), "client_secret": server.ClientSecret(), "access_token": server.Token(),
	}}, admin, part
}

// beside runs onward track beside whatever else uses the database.
func beside(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Environ: environ, Now: time.Now}}
	code := p.execute(t.Context(), append([]string{"track"}, args...))
	return outcome{code, stdout.String(), stderr.String()}
}

// TestServeFollowsLists: a list that was activated by command is read again by the
// service, which sees what commands do meanwhile, and the other way round.
func TestServeFollowsLists(t *testing.T) {
	org, _, part := dealsOrg(t)
	part("Ann")
	database := filepath.Join(t.TempDir(), "onward.db")
	environ, args := org.serving(t, database)
	if got := beside(t, environ, append([]string{"import", "--automatic", "--activate"}, args...)...); got.code != exit.CodeDone || !strings.Contains(got.stdout, "0 before, 1 now") {
		t.Fatalf("%+v", got)
	}
	part("Bob")
	s := startServing(t, environ, args...)
	operator := []string{"Authorization", "Bearer " + testOperator}
	tracked := func() string {
		return s.send("GET", "/operator/contacts/relationships", "", operator...).get("credits")
	}
	eventually(t, "the service reads the list again", func() bool { return tracked() == "2" })
	csv := filepath.Join(t.TempDir(), "users.csv")
	write(t, csv, "Email\nann@acme.example\ncid@acme.example\n")
	if got := beside(t, environ, append([]string{"import", "--csv", csv, "--relationship", "user", "--activate"}, args...)...); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	if got := tracked(); got != "3" {
		t.Errorf("%s tracked, as the service sees it, want 3", got)
	}
	part("Eve")
	if got := s.send("POST", "/operator/contacts/import", `{"import":"automatic","activate":true}`, operator...); got.get("synced", "joined") != "1" || got.get("credits_after") != "4" {
		t.Errorf("%s", got)
	}
	if got := s.send("POST", "/operator/contacts/import", `{"import":"users"}`, operator...); got.status != 200 || got.get("credits_after") != "4" {
		t.Errorf("%s", got)
	}
	if got := s.send("POST", "/operator/contacts/import", `{"import":"nps"}`, operator...); got.status != 404 {
		t.Errorf("%s", got)
	}
	if got := s.send("POST", "/operator/contacts/rerank", `{"order":["user"]}`, operator...); got.status != 200 {
		t.Errorf("%s", got)
	}
	if got := beside(t, environ, append([]string{"find", "ann@acme.example"}, args...)...); !strings.Contains(got.stdout, "tracked under user, then closed_won") {
		t.Errorf("%+v", got)
	}
	if got := s.send("GET", "/operator/contacts/scorecard", "", operator...); got.get("won_share") != "1" || got.get("won", "contacts") != "3" {
		t.Errorf("%s", got)
	}
	if got := s.send("GET", "/operator/contacts/churn", "", operator...); got.status != 200 || got.get("accounts", "0") != "" {
		t.Errorf("%s", got)
	}
	if code := s.stop(); code != exit.CodeDone {
		t.Errorf("exit code %d\n%s", code, s.stderr)
	}
	if text := s.stderr.String(); strings.Contains(text, "acme.example") {
		t.Errorf("the log names people:\n%s", text)
	}
}

// TestServeTellsOfMissingChampions: the admin whom the configuration names, by e-mail and
// once.
func TestServeTellsOfMissingChampions(t *testing.T) {
	mail, err := mailtest.New(mailtest.Script{})
	if err != nil {
		t.Fatal(err)
	}
	defer mail.Close()
	org, admin, part := dealsOrg(t)
	part("Ann")
	part("Bob")
	database := filepath.Join(t.TempDir(), "onward.db")
	environ, args := org.serving(t, database, "tracking: { champions: { admin: "+admin+" } }\n")
	environ = append(environ, fmt.Sprintf("ONWARD_SMTP_URL=smtp://127.0.0.1:%d?tls=none", mail.Port()), "ONWARD_MAIL_FROM=onward <onward@lumenassay.example>")
	s := startServing(t, environ, args...)
	eventually(t, "the admin is told", func() bool { return len(mail.Taken()) > 0 })
	eventually(t, "it is remembered", func() bool {
		return s.send("GET", "/operator/contacts/relationships", "", "Authorization", "Bearer "+testOperator).get("champions", "missing") == "2"
	})
	if got := mail.Taken(); len(got) != 1 || !strings.Contains(got[0].Content, "2 people are missing") || !strings.Contains(got[0].Content, "Bob Lee") || !strings.Contains(got[0].To, "mia@acme.example") {
		t.Errorf("%+v", got)
	}
}

// TestMigrateMakesTracking: with adapter.migrate off, commands refuse a database before
// onward migrate, and use it afterwards.
func TestMigrateMakesTracking(t *testing.T) {
	config := filepath.Join(t.TempDir(), "onward.yaml")
	write(t, config, "adapter: { migrate: false }\n")
	database := filepath.Join(t.TempDir(), "onward.db")
	environ := []string{"ONWARD_SECRET=" + testSecret, "DATABASE_URL=" + database}
	if got := beside(t, environ, "relationships", "--config", config); got.code != exit.CodeTrouble || !strings.Contains(got.stderr, "run onward migrate") {
		t.Errorf("before: %+v", got)
	}
	if got := attempt(t, environ, "migrate"); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	if got := beside(t, environ, "relationships", "--config", config); got.code != exit.CodeDone {
		t.Errorf("after: %+v", got)
	}
}

// TestServeRanksAsConfigured, and lets nobody else.
func TestServeRanksAsConfigured(t *testing.T) {
	org, _, _ := dealsOrg(t)
	environ, args := org.serving(t, filepath.Join(t.TempDir(), "onward.db"),
		"tracking: { relationships: [{ id: user, name: User }, { id: customer, name: Customer Contact, cycle: monthly }] }\n")
	s := startServing(t, environ, args...)
	got := s.send("GET", "/operator/contacts/relationships", "", "Authorization", "Bearer "+testOperator)
	if got.get("relationships", "0", "id") != "user" || got.get("relationships", "1", "cycle") != "monthly" || got.get("relationships", "2") != "" {
		t.Errorf("%s", got)
	}
	if got := s.send("POST", "/operator/contacts/rerank", `{"order":["customer"]}`, "Authorization", "Bearer "+testOperator); got.status != 409 {
		t.Errorf("%s", got)
	}
}
