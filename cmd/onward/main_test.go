package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// outcome is what a command line came to.
type outcome struct {
	code           int
	stdout, stderr string
}

// onward runs a command line as a user would, with the demo's clock.
func onward(t *testing.T, ctx context.Context, stdin string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	at, err := time.Parse(time.RFC3339, demoNow)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{env.Env{
		Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr,
		Environ: []string{"PATH=/bin"}, Now: func() time.Time { return at },
	}}
	code := p.execute(ctx, args)
	return outcome{code, stdout.String(), stderr.String()}
}

// demoDir writes the demo's files to a new folder.
func demoDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if got := onward(t, t.Context(), "", "demo", "--keep", dir); got.code != exit.CodeDone {
		t.Fatalf("demo --keep: %+v", got)
	}
	return filepath.Join(dir, "demo")
}

// golden compares a text with a file. Confidences are left out: they will be
// measured anew, and verdicts and reasons must not change with them.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = regexp.MustCompile(`\b[01]\.\d\d\b`).ReplaceAllString(got, "#.##")
	got = regexp.MustCompile(`\b[01]\.\d{4}\b`).ReplaceAllString(got, "#.####")
	got = regexp.MustCompile(`configuration [0-9a-f]{12}|Config_Version__c = [0-9a-f]{12}`).ReplaceAllString(got, "configuration ############")
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestDemo(t *testing.T) {
	got := onward(t, t.Context(), "", "demo")
	if got.code != exit.CodeDone || got.stderr != "" {
		t.Errorf("exit code %d, stderr %q", got.code, got.stderr)
	}
	golden(t, "demo.txt", got.stdout)
	for line := range strings.Lines(got.stdout) {
		if n := show.Cells(strings.TrimRight(line, "\n")); n > 120 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestExplain(t *testing.T) {
	dir := demoDir(t)
	for _, id := range []string{"03-sub-domain", "09-held-for-review", "11-left", "14-internal-move"} {
		t.Run(id, func(t *testing.T) {
			got := onward(t, t.Context(), "", "explain", "--crm", dir+"/crm", "--events", dir+"/moves.jsonl", "--config", dir+"/onward.yaml", id)
			if got.code != exit.CodeDone {
				t.Fatalf("exit code %d: %s", got.code, got.stderr)
			}
			golden(t, "explain_"+id+".txt", got.stdout)
		})
	}
}

func TestExplainOfAnEarlierRunTellsWhatWasWritten(t *testing.T) {
	dir := demoDir(t)
	flags := []string{"--crm", dir + "/crm", "--events", dir + "/moves.jsonl", "--config", dir + "/onward.yaml", "--out", dir + "/out"}
	if got := onward(t, t.Context(), "", append([]string{"run"}, flags...)...); got.code != exit.CodeDone {
		t.Fatalf("run: %+v", got)
	}
	got := onward(t, t.Context(), "", append([]string{"explain", "02"}, flags...)...)
	for _, want := range []string{"Mateo Lindqvist: University of Rochester → Monash University", "decided      done: contact created, because account matched", "WHAT WAS WRITTEN", "create       Contact 003"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q is missing in\n%s", want, got.stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	if got := onward(t, t.Context(), "", "version"); got.code != exit.CodeDone || !strings.HasPrefix(got.stdout, "onward ") {
		t.Errorf("%+v", got)
	}
}
