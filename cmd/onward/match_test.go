package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/matching"
)

const (
	matchAccounts = "testdata/match/accounts.csv"
	matchQueries  = "testdata/match/queries.csv"
)

// goldenMatch compares with a file. Scores are left out: they will be measured
// anew, and verdicts and reasons must not change with them.
func goldenMatch(t *testing.T, name, got string) {
	t.Helper()
	golden(t, filepath.Join("match", name), regexp.MustCompile(`\b[01]\.\d{5}\b`).ReplaceAllString(got, "#.#####"))
}

func TestMatchAnswersEachGoodQuery(t *testing.T) {
	got := onward(t, t.Context(), "", "match", "--accounts", matchAccounts, "--queries", matchQueries)
	if got.code != exit.CodeDone {
		t.Errorf("exit code %d", got.code)
	}
	goldenMatch(t, "answer.csv", got.stdout)
	goldenMatch(t, "answer_said.txt", got.stderr)
	if !regexp.MustCompile(`(?m)^Q1,A4,[01]\.\d{5},auto,`).MatchString(got.stdout) {
		t.Errorf("no score of five decimals in\n%s", got.stdout)
	}
}

// TestMatchReadsExportsOfBothCRMs: the answers are the same from every export.
func TestMatchReadsExportsOfBothCRMs(t *testing.T) {
	const queries = "Query ID,Company,Email\n1,Beta Labs,a@betalabs.io\n2,Gamma Freight,\n3,Hitachi,b@hitachi.co.jp\n"
	var answers []string
	for _, export := range []string{"salesforce.csv", "hubspot.csv"} {
		got := onward(t, t.Context(), queries, "match", "--accounts", "testdata/match/"+export, "--queries", "-")
		if got.code != exit.CodeDone || !strings.HasPrefix(got.stderr, "3 looked up: 3 auto") {
			t.Fatalf("%s: %+v", export, got)
		}
		answers = append(answers, got.stdout)
	}
	if diff := cmp.Diff(answers[0], answers[1]); diff != "" {
		t.Errorf("answers (-salesforce +hubspot):\n%s", diff)
	}
}

func TestMatchExplainsOneQuery(t *testing.T) {
	got := onward(t, t.Context(), "", "match", "--accounts", matchAccounts, "--queries", matchQueries, "--explain", "Q4", "--out", "nowhere/not-written.csv")
	if got.code != exit.CodeDone {
		t.Errorf("%+v", got)
	}
	goldenMatch(t, "explain_Q4.txt", got.stdout)
	got = onward(t, t.Context(), "", "match", "--accounts", matchAccounts, "--queries", matchQueries, "--explain", "Q7")
	if got.code != exit.CodeUsage || !strings.Contains(got.stderr, `no good row has the id "Q7"`) || !strings.Contains(got.stderr, "queries.csv:8: has 3 cells") {
		t.Errorf("a bad row: %+v", got)
	}
}

// TestMatchFindsDuplicates: each pair once, in the order of the list, and nobody
// is a duplicate of parent or child.
func TestMatchFindsDuplicates(t *testing.T) {
	got := onward(t, t.Context(), "", "match", "--accounts", matchAccounts, "--dedupe")
	if got.code != exit.CodeDone || !strings.Contains(got.stderr, "11 accounts compared: 3 pairs may be one company") {
		t.Errorf("%+v", got)
	}
	goldenMatch(t, "pairs.csv", got.stdout)
	got = onward(t, t.Context(), "", "match", "--accounts", matchAccounts, "--dedupe", "--explain", "A9")
	if got.code != exit.CodeDone || !strings.HasPrefix(got.stdout, "A9: Beta Labs Ltd, London, GB\n") || !strings.Contains(got.stdout, "Beta Labs (A4)") {
		t.Errorf("%+v", got)
	}
}

// TestHierarchiesAreNoDuplicates: neither siblings below a parent that is not in
// the list, nor a ring, nor more relatives than an answer lists.
func TestHierarchiesAreNoDuplicates(t *testing.T) {
	var list strings.Builder
	list.WriteString("id,name,website,parent_id\nR1,Ring,ring.com,R2\nR2,Ring,ring.com,R1\nS1,Side,side.com,P\nS2,Side,side.com,P\nT1,Tree,tree.com,\nX,Tree,tree.com,\n")
	for i := range 150 {
		fmt.Fprintf(&list, "C%d,Tree,tree.com,T1\n", i)
	}
	got := onward(t, t.Context(), list.String(), "match", "--accounts", "-", "--dedupe")
	rows := readCSV(t, got.stdout)
	if got.code != exit.CodeDone || len(rows) != 152 || rows[1][0] != "T1" || rows[1][1] != "X" {
		t.Fatalf("%d rows, want all members of one hierarchy beside X:\n%s", len(rows), got.stdout)
	}
	for _, row := range rows[2:] {
		if row[0] != "X" || !strings.HasPrefix(row[1], "C") {
			t.Errorf("pair %v", row)
		}
	}
}

// TestMatchKeepsTheOrderOfManyQueries, whoever of the workers is first.
func TestMatchKeepsTheOrderOfManyQueries(t *testing.T) {
	const n = 20 * chunkSize
	var queries strings.Builder
	queries.WriteString("id,company\n")
	for i := range n {
		fmt.Fprintf(&queries, "%d,%s\n", i, []string{"Beta Labs", "Delta Works", "Nobody Knows It"}[i%3])
	}
	got := onward(t, t.Context(), queries.String(), "match", "--accounts", matchAccounts, "--queries", "-")
	rows := readCSV(t, got.stdout)
	if len(rows) != n+1 {
		t.Fatalf("%d rows for %d queries", len(rows)-1, n)
	}
	for i, row := range rows[1:] {
		if row[0] != fmt.Sprint(i) || row[3] == "" || (row[1] == "") != (i%3 == 2) {
			t.Fatalf("row %d: %v", i, row)
		}
	}
}

func TestMatchWritesTheWholeFileOrNone(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.csv")
	args := []string{"match", "--accounts", matchAccounts, "--out", out, "--queries"}
	write(t, out, "from before\n")
	if err := os.Chmod(out, 0o640); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "bad.csv") // in another encoding, as is found out late
	write(t, bad, "id,company\n"+strings.Repeat("\n", 1000)+"1,Beta Labs\n2,Soci\xe9t\xe9\n")
	if got := onward(t, t.Context(), "", append(args, bad)...); got.code != exit.CodeUsage || !strings.Contains(got.stderr, "bad.csv:1003: not in UTF-8") {
		t.Errorf("%+v", got)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if got := onward(t, stopped, "", append(args, matchQueries)...); got.code != exit.CodeLeft || !strings.Contains(got.stderr, "interrupted; no file was written") {
		t.Errorf("%+v", got)
	}
	if diff := cmp.Diff(map[string]string{"out.csv": "from before\n", "bad.csv": snapshot(t, dir)["bad.csv"]}, snapshot(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	got := onward(t, t.Context(), "", append(args, matchQueries)...)
	files := snapshot(t, dir)
	if got.code != exit.CodeDone || got.stdout != "" || len(files) != 2 || len(readCSV(t, files["out.csv"])) != 8 {
		t.Errorf("%+v, files %v", got, files)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestMatchInterruptedWhileItWaits: standard input may never end.
func TestMatchInterruptedWhileItWaits(t *testing.T) {
	in, typing := io.Pipe()
	defer typing.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := filepath.Join(t.TempDir(), "out.csv")
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: in, Stdout: &stdout, Stderr: &stderr}}
	go func() {
		_, _ = io.WriteString(typing, "id,company\n1,Beta Labs\n")
		_, _ = io.WriteString(typing, "2,Beta Labs\n") // taken when the first rows were
		stop()
	}()
	code := p.execute(ctx, []string{"match", "--accounts", matchAccounts, "--queries", "-", "--out", out})
	if code != exit.CodeLeft || len(snapshot(t, filepath.Dir(out))) != 0 {
		t.Errorf("exit code %d, files %v\n%s", code, snapshot(t, filepath.Dir(out)), stderr.String())
	}
}

// TestMatchWritesWhereALinkLeads: what others read there is the new answer.
func TestMatchWritesWhereALinkLeads(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file.csv"), filepath.Join(dir, "link.csv")
	write(t, file, "from before\n")
	if err := os.Symlink("file.csv", link); err != nil {
		t.Skip(err)
	}
	got := onward(t, t.Context(), "", "match", "--accounts", matchAccounts, "--queries", matchQueries, "--out", link)
	text, err := os.ReadFile(file)
	if to, errLink := os.Readlink(link); got.code != exit.CodeDone || err != nil || errLink != nil || to != "file.csv" || len(readCSV(t, string(text))) != 8 {
		t.Errorf("%+v, %v, link to %q, %v:\n%s", got, err, to, errLink, text)
	}
}

// silentPipe gives a text, and tells when more is waited for, which never comes.
type silentPipe struct {
	text    io.Reader
	waiting func()
	never   <-chan struct{}
}

func (s *silentPipe) Read(b []byte) (int, error) {
	if n, _ := s.text.Read(b); n > 0 {
		return n, nil
	}
	s.waiting()
	<-s.never
	return 0, io.EOF
}

// TestMatchInterruptedWhileAccountsAreRead, or their header.
func TestMatchInterruptedWhileAccountsAreRead(t *testing.T) {
	for _, begun := range []string{"i", "id,name\n1,Acme\n"} {
		for _, args := range []string{"--accounts - --dedupe", "--accounts - --queries " + matchQueries, "--queries - --accounts " + matchAccounts} {
			ctx, stop := context.WithCancel(t.Context())
			in := &silentPipe{strings.NewReader(begun), stop, t.Context().Done()}
			p := &program{env.Env{Stdin: in, Stdout: io.Discard, Stderr: io.Discard}}
			if code := p.execute(ctx, append([]string{"match"}, strings.Fields(args)...)); ctx.Err() != nil && code != exit.CodeLeft {
				t.Errorf("%s: exit code %d", args, code)
			}
			stop()
		}
	}
}

// TestMatchSaysWhenCandidatesWereLeftOut: a better one may be among them.
func TestMatchSaysWhenCandidatesWereLeftOut(t *testing.T) {
	var list strings.Builder
	list.WriteString("id,name,website\n")
	for i := range 2 * matching.DefaultMaxCandidates {
		fmt.Fprintf(&list, "C%d,Tree,tree.com\n", i)
	}
	queries := filepath.Join(t.TempDir(), "q.csv")
	write(t, queries, "id,company,email_domain\n1,Tree,tree.com\n2,Nobody Knows It,\n")
	for args, want := range map[string]string{
		"--queries " + queries: "1 look-up had more candidates than are compared",
		"--dedupe":             "400 look-ups had more candidates than are compared",
	} {
		got := onward(t, t.Context(), list.String(), append([]string{"match", "--accounts", "-"}, strings.Fields(args)...)...)
		if got.code != exit.CodeDone || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: %d %s", args, got.code, got.stderr)
		}
	}
}

// TestMatchExplainsTheScoreThatItWrites.
func TestMatchExplainsTheScoreThatItWrites(t *testing.T) {
	args := []string{"match", "--accounts", matchAccounts, "--queries", matchQueries}
	row := readCSV(t, onward(t, t.Context(), "", args...).stdout)[4]
	got := onward(t, t.Context(), "", append(args, "--explain", row[0])...)
	for _, want := range []string{"(" + row[1] + ")\n", ", confidence " + row[2], "(" + row[6] + ")\n", ", confidence " + row[7]} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("row %v, explained without %q:\n%s", row, want, got.stdout)
		}
	}
}

func TestMatchExitCodes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "id,name\n1,Acme\n", "q": "id,company\n1,Acme\n", "none": "id,name\n", "bad": "id,name\n1\n", "badq": "id,company\n,\n1\n", "noq": "id,company\n"} {
		write(t, filepath.Join(dir, name+".csv"), text)
	}
	for name, tt := range map[string]struct {
		args   string
		code   int
		stderr string
	}{
		"good":             {"--accounts a.csv --queries q.csv", exit.CodeDone, "1 looked up: 1 auto, 0 review, 0 none"},
		"strict":           {"--accounts a.csv --queries q.csv --profile strict", exit.CodeDone, "1 looked up: 0 auto, 1 review, 0 none"},
		"no queries":       {"--accounts a.csv --queries noq.csv", exit.CodeDone, "0 looked up"},
		"no good query":    {"--accounts a.csv --queries badq.csv", exit.CodeUsage, "badq.csv: no good row"},
		"no accounts":      {"--accounts none.csv --queries q.csv", exit.CodeUsage, "none.csv: no accounts"},
		"no good account":  {"--accounts bad.csv --queries q.csv", exit.CodeUsage, "bad.csv: no good row"},
		"no file":          {"--accounts nowhere.csv --queries q.csv", exit.CodeUsage, "nowhere.csv"},
		"no accounts flag": {"--queries q.csv", exit.CodeUsage, "required flag(s) \"accounts\" not set"},
		"no queries flag":  {"--accounts a.csv", exit.CodeUsage, "want --queries FILE, or --dedupe"},
		"both":             {"--accounts a.csv --queries q.csv --dedupe", exit.CodeUsage, "want no --queries"},
		"both from stdin":  {"--accounts - --queries -", exit.CodeUsage, "cannot both be standard input"},
		"unknown profile":  {"--accounts a.csv --queries q.csv --profile lax", exit.CodeUsage, "--profile lax: want balanced, strict or lenient"},
		"bad prior":        {"--accounts a.csv --queries q.csv --prior 1", exit.CodeUsage, "prior: 1 is not a share between 0 and 1"},
		"accounts as list": {"--accounts q.csv --queries q.csv --out q.csv", exit.CodeUsage, "is read too, want another file"},
		"out is a folder":  {"--accounts a.csv --queries q.csv --out .", exit.CodeUsage, "a folder, want a file"},
		"out in nowhere":   {"--accounts a.csv --queries q.csv --out nowhere/o.csv", exit.CodeUsage, "--out: "},
		"unknown query":    {"--accounts a.csv --queries q.csv --explain 2", exit.CodeUsage, "no good row has the id \"2\""},
		"unknown account":  {"--accounts a.csv --dedupe --explain 2", exit.CodeUsage, "no account has the id \"2\""},
		"no duplicate":     {"--accounts a.csv --dedupe", exit.CodeDone, "1 account compared: 0 pairs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(dir)
			got := onward(t, t.Context(), "", append([]string{"match"}, strings.Fields(tt.args)...)...)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("exit code %d, want %d; stderr:\n%s\nwant %s", got.code, tt.code, got.stderr, tt.stderr)
			}
		})
	}
}

// TestInOrderEndsWithTheFirstError, of reading or of writing, after everything
// before it was given on.
func TestInOrderEndsWithTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	same := func(chunk []int) []int { return chunk }
	given := 0
	err := inOrder(t.Context(), failingAfter(5*chunkSize, broken), same, func(out []int) error {
		if out[0] != given {
			t.Errorf("%d comes after %d", out[0], given)
		}
		given += len(out)
		return nil
	})
	if err != broken || given != 5*chunkSize {
		t.Errorf("%v after %d", err, given)
	}
	if err := inOrder(t.Context(), places(100*chunkSize), same, func([]int) error { return broken }); err != broken {
		t.Errorf("writing: %v", err)
	}
}

func failingAfter(n int, err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, err)
	}
}

func readCSV(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
