package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
)

// listOfThePage is the list that docs/tracking.md imports.
const listOfThePage = `Name;Company;E-mail;Job Title
Ann Lee;Acme;ann.lee@acme.example;CTO
Mateo Lindqvist;University of Rochester;mateo.lindqvist@rochester.edu;Core Facility Manager
Zed;;;
Support;Delta;info@delta.example;
`

// TestTrackingPage runs the commands of docs/tracking.md, one after the other, and
// compares what they print; behind a line of "…" the page leaves the rest out. Run with
// -update after a change.
func TestTrackingPage(t *testing.T) {
	page, err := filepath.Abs(filepath.Join("..", "..", "docs", "tracking.md"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	demo := demoDir(t)
	t.Chdir(t.TempDir())
	if err := os.CopyFS("export", os.DirFS(filepath.Join(demo, "crm"))); err != nil {
		t.Fatal(err)
	}
	write(t, "nps.csv", listOfThePage)
	ran := 0
	got := regexp.MustCompile("(?s)```\n\\$ onward (.*?)\n(.*?)```\n").ReplaceAllStringFunc(string(text), func(block string) string {
		ran++
		command, shown, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(block, "```\n$ onward "), "```\n"), "\n")
		printed := printedBy(t, command, time.Date(2026, 11, 22, 9, ran, 0, 0, time.UTC))
		if kept, ok := strings.CutSuffix(shown, "…\n"); ok {
			lines := strings.SplitAfter(printed, "\n")
			printed = strings.Join(lines[:min(len(lines), strings.Count(kept, "\n"))], "") + "…\n"
		}
		return "```\n$ onward " + command + "\n" + printed + "```\n"
	})
	if ran < 10 {
		t.Errorf("%d commands on the page", ran)
	}
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Split(string(text), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("%s:%d: the program prints\n%s", page, i+1, line)
		}
	}
}

// printedBy runs a command line at a time and gives both of its outputs.
func printedBy(t *testing.T, command string, at time.Time) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { return at }, Environ: []string{"ONWARD_SECRET=" + testSecret}}}
	quoted := regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(command, -1)
	args := make([]string, len(quoted))
	for i, m := range quoted {
		args[i] = m[1] + m[2]
	}
	p.execute(t.Context(), args)
	return stderr.String() + stdout.String()
}
