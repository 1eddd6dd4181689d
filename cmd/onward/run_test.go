package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/cmd/onward/exit"
)

// TestRunGoesOnFromItsResults: the CRM is only read, the results are complete,
// and running again does nothing.
func TestRunGoesOnFromItsResults(t *testing.T) {
	dir := demoDir(t)
	before := snapshot(t, dir+"/crm")
	args := []string{"run", "--crm", dir + "/crm", "--events", dir + "/moves.jsonl", "--config", dir + "/onward.yaml", "--out", dir + "/out", "--format", "json"}
	first := report{}
	runJSON(t, &first, args...)
	if diff := cmp.Diff(before, snapshot(t, dir+"/crm")); diff != "" {
		t.Errorf("the CRM's folder changed (-before +after):\n%s", diff)
	}
	after := snapshot(t, dir+"/out")
	if lines := strings.Count(after[decisionsFile], "\n"); lines != len(first.Moves) {
		t.Errorf("%d decisions for %d moves", lines, len(first.Moves))
	}
	second := report{}
	runJSON(t, &second, args...)
	if diff := cmp.Diff(after, snapshot(t, dir+"/out")); diff != "" {
		t.Errorf("the second run changed the results (-first +second):\n%s", diff)
	}
	if second.Summary.Again != len(first.Moves) || second.Summary.Calls.Write != 0 {
		t.Errorf("second run: %+v", second.Summary)
	}
	for i := range second.Moves {
		second.Moves[i].Again = false
	}
	if diff := cmp.Diff(first.Moves, second.Moves); diff != "" {
		t.Errorf("moves (-first +second):\n%s", diff)
	}
}

// TestRunInParts: two halves in two runs give the same records as one run, and
// round robin goes on where it stood.
func TestRunInParts(t *testing.T) {
	dir := demoDir(t)
	moves, err := os.ReadFile(dir + "/moves.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(moves)), "\n")
	common := []string{"--crm", dir + "/crm", "--config", dir + "/onward.yaml", "--strategy", "always-lead", "--format", "json"}
	var whole, half report
	runJSON(t, &whole, append([]string{"run", "--events", dir + "/moves.jsonl"}, common...)...)
	var parts []row
	for i, part := range [][]string{lines[:11], lines[11:]} {
		path := filepath.Join(dir, "part.jsonl")
		write(t, path, strings.Join(part, ""))
		half = report{}
		runJSON(t, &half, append([]string{"run", "--events", path, "--out", dir + "/out"}, common...)...)
		if half.Summary.Moves != len(part) {
			t.Fatalf("part %d: %+v", i, half.Summary)
		}
		parts = append(parts, half.Moves...)
	}
	owners := func(rows []row) (out []string) {
		for _, r := range rows {
			out = append(out, r.ID+" "+string(r.What)+" "+r.Owner)
		}
		return out
	}
	if diff := cmp.Diff(owners(whole.Moves), owners(parts)); diff != "" {
		t.Errorf("owners (-one run +two runs):\n%s", diff)
	}
}

func TestRunWithoutOutKeepsNothing(t *testing.T) {
	dir := demoDir(t)
	before := snapshot(t, dir)
	for _, mode := range []string{"--dry-run", "--format=table"} {
		got := onward(t, t.Context(), "", "run", "--crm", dir+"/crm", "--events", dir+"/moves.jsonl", "--config", dir+"/onward.yaml", mode)
		if got.code != exit.CodeDone {
			t.Errorf("%s: %+v", mode, got)
		}
	}
	if diff := cmp.Diff(before, snapshot(t, dir)); diff != "" {
		t.Errorf("files changed (-before +after):\n%s", diff)
	}
}

func TestDryRunSaysWhatARunDoes(t *testing.T) {
	dir := demoDir(t)
	args := []string{"run", "--crm", dir + "/crm", "--events", dir + "/moves.jsonl", "--config", dir + "/onward.yaml", "--format", "json"}
	var dry, live report
	runJSON(t, &dry, append(args, "--dry-run", "--compare")...)
	runJSON(t, &live, args...)
	story := func(rows []row) (out []string) {
		for _, r := range rows {
			out = append(out, strings.Join([]string{r.ID, string(r.Status), string(r.What), string(r.Reason), r.Decided}, " "))
		}
		return out
	}
	if diff := cmp.Diff(story(dry.Moves), story(live.Moves)); diff != "" {
		t.Errorf("moves (-dry +live):\n%s", diff)
	}
	if len(dry.Comparison) != len(dry.Moves) || len(dry.Comparison[0].Would) != 4 || dry.Summary.Calls.Write != 0 {
		t.Errorf("comparison of %d moves, calls %+v", len(dry.Comparison), dry.Summary.Calls)
	}
}

func TestRunInPlace(t *testing.T) {
	dir := demoDir(t)
	args := []string{"run", "--crm", dir + "/crm", "--events", dir + "/moves.jsonl", "--config", dir + "/onward.yaml", "--in-place"}
	if got := onward(t, t.Context(), "", args...); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	if files := snapshot(t, dir+"/crm"); files["Job_Change__c.csv"] == "" || files["ledger.json"] == "" {
		t.Error("no results in the CRM's folder")
	}
	if got := onward(t, t.Context(), "", args...); !strings.Contains(got.stdout, "nothing is done twice") {
		t.Errorf("second run: %+v", got)
	}
}

// TestRunThatIsInterrupted saves what is done and goes on later.
func TestRunThatIsInterrupted(t *testing.T) {
	dir := demoDir(t)
	args := []string{"run", "--crm", dir + "/crm", "--events", dir + "/moves.jsonl", "--config", dir + "/onward.yaml", "--out", dir + "/out"}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	got := onward(t, stopped, "", args...)
	if got.code != exit.CodeLeft || !strings.Contains(got.stdout, "interrupted: 22 moves left, run again to go on") {
		t.Errorf("interrupted run: %+v", got)
	}
	if got := onward(t, t.Context(), "", args...); got.code != exit.CodeDone || !strings.Contains(got.stdout, "22 moves: ") {
		t.Errorf("later run: %+v", got)
	}
}

// TestRunWithoutAnything works on an empty CRM with built-in defaults.
func TestRunWithoutAnything(t *testing.T) {
	got := onward(t, t.Context(), `{"person":{"full_name":"Ada Quill"},"to":{"company":"Beta Labs"}}`, "run", "--crm", "memory", "--events", "-")
	if got.code != exit.CodeDone || !strings.Contains(got.stdout, "1 move: 1 created") || !strings.Contains(got.stderr, "owners.default is not configured: taking the first active user, Default Owner") {
		t.Errorf("%+v", got)
	}
}

func runJSON(t *testing.T, into *report, args ...string) {
	t.Helper()
	got := onward(t, t.Context(), "", args...)
	if got.code != exit.CodeDone {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	if err := json.Unmarshal([]byte(got.stdout), into); err != nil {
		t.Fatal(err)
	}
}

// snapshot reads all files of a folder.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
