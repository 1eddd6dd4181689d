package sponsor

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw the table into docs/sponsors.md anew")

// The drawing stands between these lines.
const (
	page  = "../../docs/sponsors.md"
	begin = "<!-- drawn from tracking/sponsor/status.go: go test ./tracking/sponsor -run Drawing -update -->\n"
	end   = "<!-- end of the drawing -->\n"
)

// drawing is the table as a Mermaid state diagram.
func drawing() string {
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n    [*] --> " + node(Untracked) + "\n")
	for _, s := range Statuses() {
		fmt.Fprintf(&b, "    state \"%s\" as %s\n", s, node(s))
	}
	for _, t := range table {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", node(t.from), node(t.to), t.on)
	}
	b.WriteString("```\n")
	return b.String()
}

// node is a status as a name that Mermaid can read.
func node(s Status) string { return strings.ReplaceAll(string(s), "-", "_") }

func TestTheDrawingIsTheTable(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	drawn, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s has no place for the drawing, which is between\n%s%s", page, begin, end)
	}
	if drawn == drawing() {
		return
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+drawing()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s shows another table; run\n  go test ./tracking/sponsor -run Drawing -update\ngot:\n%s\nwant:\n%s", page, drawn, drawing())
}

func TestTheTableIsWellFormed(t *testing.T) {
	seen := map[string]bool{}
	reached := map[Status]bool{Untracked: true}
	for _, a := range table {
		key := string(a.from) + " " + string(a.on)
		if seen[key] {
			t.Errorf("two arrows for %s", key)
		}
		seen[key] = true
		reached[a.to] = true
	}
	for _, s := range Statuses() {
		if !reached[s] {
			t.Errorf("%s cannot be reached", s)
		}
	}
	if len(reached) != len(Statuses()) {
		t.Errorf("the table has %d statuses, Statuses lists %d", len(reached), len(Statuses()))
	}
}
