package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// acceptanceIDs lists every acceptance scenario of the product with its turn:
// "now" when the present release must show it, "later" when another will.
const acceptanceIDs = "testdata/acceptance_ids.txt"

// An id is two letters and two digits. In a test function's name it may stand
// anywhere; a subtest or a golden file begins with its ids.
var (
	idInName  = regexp.MustCompile(`(?:^|[^A-Z])([A-Z]{2}[0-9]{2})(?:[^0-9]|$)`)
	idsAtHead = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}(?:(?:, ?|/|\+|-|–|_| and | )[A-Z]{2}[0-9]{2})*(?:[^A-Za-z0-9]|[a-z](?:[^a-z]|$)|$)`)
	idAlone   = regexp.MustCompile(`[A-Z]{2}[0-9]{2}`)
)

func TestAcceptanceIDsHaveTests(t *testing.T) {
	turns := readAcceptance(t)
	shown := shownIDs(t)
	var missing, early []string
	now, done := 0, 0
	for _, id := range slices.Sorted(maps.Keys(turns)) {
		where := shown[id]
		switch {
		case turns[id] == "now" && where == "":
			now++
			missing = append(missing, id)
		case turns[id] == "now":
			now++
			done++
		case where != "":
			early = append(early, id)
		}
	}
	t.Logf("%d of %d ids of this release have a test; %d of the %d later ones do: %s",
		done, now, len(early), len(turns)-now, strings.Join(early, " "))
	report(t, missing, "name a test function (TestXX00WhatItShows), a subtest (\"XX00 what it shows\") or a golden file "+
		"(testdata/…/XX00_what_it_shows.txtar) after the scenario that it shows.")
	for id, where := range shown {
		if turns[id] == "" && strings.Contains("MA MP RT DR TR AT SP CR AD", id[:2]) {
			t.Errorf("%s names %s, which is no acceptance scenario", where, id)
		}
	}
}

func readAcceptance(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(acceptanceIDs)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		id, turn, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || idAlone.FindString(id) != id || turn != "now" && turn != "later" || out[id] != "" {
			t.Fatalf("%s: bad or repeated line %q", acceptanceIDs, line)
		}
		out[id] = turn
	}
	return out
}

// shownIDs gives each id that a test bears, with one place where it does.
func shownIDs(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, p := range testFiles(t) {
		if !strings.HasSuffix(p, ".go") {
			for _, id := range headIDs(path.Base(p)) {
				out[id] = p
			}
		}
	}
	for _, f := range load(t).files {
		if f.dir() == "internal/archtest" || !f.test() && !strings.HasSuffix(f.dir(), "test") {
			continue
		}
		for _, id := range idsIn(f) {
			out[id] = f.path
		}
	}
	return out
}

// idsIn lists the ids that the tests of a file are named after: in the names of
// test functions, and at the head of strings, which is where subtests and rows
// of tables bear them.
func idsIn(f file) []string {
	var out []string
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.FuncDecl:
			if name, ok := strings.CutPrefix(n.Name.Name, "Test"); ok && n.Recv == nil {
				for _, m := range idInName.FindAllStringSubmatch(name, -1) {
					out = append(out, m[1])
				}
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				text, _ := strconv.Unquote(n.Value)
				out = append(out, headIDs(text)...)
			}
		}
		return true
	})
	return out
}

// headIDs lists the ids with which a name begins.
func headIDs(name string) []string {
	return idAlone.FindAllString(idsAtHead.FindString(name), -1)
}

func TestIDsAreFound(t *testing.T) {
	_, f := snippet(t, "routing/x_test.go", `package routing

func TestZZ01Alone(t *testing.T) {}
func TestBothZZ02AndZZ03(t *testing.T) {}
func TestXZZ04Letters(t *testing.T) {}
func TestZZ055Digits(t *testing.T) {}
func helperZZ06() {}

var rows = []string{"ZZ07 a row", "ZZ08, ZZ09 two", "ZZ10_file", "ZZ11", "ZZ12a part", "see ZZ13", "ZZ14abc", "ZZ155"}
`)
	got := idsIn(f)
	slices.Sort(got)
	want := []string{"ZZ01", "ZZ02", "ZZ03", "ZZ07", "ZZ08", "ZZ09", "ZZ10", "ZZ11", "ZZ12"}
	if !slices.Equal(got, want) {
		t.Errorf("idsIn = %v, want %v", got, want)
	}
}
