package sponsors_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what the commands print into docs/sponsors.md")

// console is a block of commands with what they print.
var console = regexp.MustCompile("(?s)```console\n(.*?)```\n")

// TestDocs runs the commands of docs/sponsors.md, the first and the last block of them,
// and compares what they print; the block between them tells of onward serve. Run with
// -update after a change.
func TestDocs(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "sponsors.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blocks := console.FindAllStringSubmatchIndex(string(text), -1)
	if len(blocks) != 3 {
		t.Fatalf("%d blocks of commands, want 3", len(blocks))
	}
	got := string(text)
	for _, i := range []int{2, 0} { // from the end, so that places stay
		from, to := blocks[i][2], blocks[i][3]
		got = got[:from] + played(t, string(text)[from:to]) + got[to:]
	}
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got != string(text) && !*update {
		t.Errorf("the commands print something else:\n%s", got)
	}
}

// played is a block as the commands in it print it now, on a database of its own.
func played(t *testing.T, block string) string {
	s := newShop(t)
	s.now = time.Date(2026, 11, 22, 18, 14, 0, 0, time.UTC)
	rows := "crm_id,account_id,role\n" + ingridID + "," + bruker + ",Champion\n003Lu0000000003IAA," + rochest + ",Economic Buyer\n003Lu0000000004IAA," + dupont +
		",Champion\n," + dupont + ",Champion\n003Lu0000000005IAA,,Champion\n"
	files := strings.NewReplacer("./crm", demo, "sponsors.csv", s.file("sponsors.csv", rows))
	feed := s.feed(atBruker("Applications Lead", "2026-11-21"),
		strings.Replace(atRochester("Director Core Facilities", "2026-11-21"), "University of Rochester", "Agilent Technologies", 1))
	var out []string
	for line := range strings.Lines(block) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ onward sponsors ")
		if !ok {
			continue
		}
		var args []string
		for i, quoted := range strings.Split(files.Replace(command), `"`) {
			if i%2 == 1 {
				args = append(args, quoted)
			} else {
				args = append(args, strings.Fields(quoted)...)
			}
		}
		if args[0] == "start" || args[0] == "work" {
			args = append(args, "--feed", feed) // in place of the providers of a configuration
		}
		a := s.run(args...)
		out = append(out, "$ onward sponsors "+command+"\n"+strings.ReplaceAll(a.out+a.trace, s.dir+"/", ""))
	}
	return strings.Join(out, "\n")
}
