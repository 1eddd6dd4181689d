package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/dri/digest"
)

// TestServeAndSponsors: what is done at a terminal is seen over HTTP at once, and the
// other way round, on one database and with one provider.
func TestServeAndSponsors(t *testing.T) {
	dir := t.TempDir()
	people := filepath.Join(dir, "people.csv")
	write(t, people, "email,linkedin_url,first_name,last_name,company,title,seen_at\njane@acme.example,https://www.linkedin.com/in/jane-doe,Jane,Doe,Beta,CFO,2026-01-02\n")
	config := filepath.Join(dir, "onward.yaml")
	write(t, config, "adapter: {database: "+filepath.Join(dir, "onward.db")+"}\nproviders: {files: [{name: people, path: "+people+"}]}\nsponsors: {key_accounts: \"Type = 'Customer'\"}\n")
	s := startServing(t, []string{"ONWARD_SECRET=" + testSecret}, "--localorg", "--config", config)
	me := []string{"Authorization", "Bearer " + s.said["operator_token"]}
	enrolled := s.send("POST", "/operator/sponsors/enrol", `{"person":{"emails":["jane@acme.example"],"first_name":"Jane","last_name":"Doe","title":"VP","company":{"name":"Acme"}},
		"entities":[{"kind":"account","id":"001Lu0000000002IAA","role":"Champion","owner_id":"005Lu0000000002IAA"}]}`, me...)
	id := enrolled.get("id")
	if id == "" {
		t.Fatal(enrolled)
	}
	command := func(args ...string) string {
		t.Helper()
		var out, trace bytes.Buffer
		p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &trace, Environ: []string{"ONWARD_SECRET=" + testSecret, "USER=anna"}, Now: time.Now}}
		if code := p.execute(t.Context(), append(args, "--config", config)); code != 0 {
			t.Fatalf("%v: exit code %d\n%s%s", args, code, &out, &trace)
		}
		return out.String()
	}
	if got := command("sponsors", "start", id); !strings.Contains(got, "match-found") {
		t.Error(got)
	}
	if got := s.send("POST", "/operator/sponsors/"+id+"/track", `{}`, me...); got.get("status") != "tracked" {
		t.Error(got)
	}
	if got := command("sponsors", "updates"); !strings.Contains(got, "VP → CFO") || !strings.Contains(got, "Acme → Beta") {
		t.Error(got)
	}
	if got := s.send("GET", "/operator/sponsor-totals", "", me...); got.get("people", "tracked") != "1" || got.get("open") != "1" {
		t.Error(got)
	}
	if got := s.send("GET", "/operator/sponsor-gaps", "", me...); got.status != 200 || strings.Contains(string(got.body), `"id":"001Lu0000000002IAA"`) || got.get("items", "0", "reason") != "none" {
		t.Error(got)
	}
	status := string(s.send("GET", "/operator/status", "", me...).body)
	for _, job := range []string{"sponsors", "sponsor_effects"} {
		if !strings.Contains(status, `"`+job+`"`) {
			t.Errorf("no schedule %s in %s", job, status)
		}
	}
	if text := s.stderr.String(); strings.Contains(text, "Jane") || strings.Contains(text, "jane@") {
		t.Errorf("the log names people:\n%s", text)
	}
	s.stop()
	week := digest.WeekOf(time.Now(), time.UTC).Add(1).String()
	if got := command("digest", "--preview", "--database", filepath.Join(dir, "onward.db"), "--crm", "demo/crm", "--week", week, "--user", "005Lu0000000002IAA"); !strings.Contains(got, "Jane Doe") || !strings.Contains(got, "CFO") {
		t.Errorf("the digest says nothing of her: %s", got)
	}
}
