package archtest

import (
	"strings"
	"testing"
)

func TestStyleRulesCanFail(t *testing.T) {
	long := func(n int) string { return "func f() {" + strings.Repeat("\n", n-1) + "}" }
	rows := []struct {
		rule, text string
		want       int
	}{
		{"file length", strings.Repeat("\n", maxFileLines-3), 0},
		{"file length", strings.Repeat("\n", maxFileLines-2), 1},
		{"function length", long(maxFuncLines), 0},
		{"function length", long(maxFuncLines + 1), 1},
		{"parameters", "func f(ctx context.Context, a, b, c, d, e int) {}", 0},
		{"parameters", "func f(a, b, c, d, e, g int) {}", 1},
		{"context first", "func f(ctx context.Context, a int) {}", 0},
		{"context first", "func f(a int, ctx context.Context) {}", 1},
		{"context first", "type t struct{ ctx context.Context }", 1},
		{"doc comments", "func F() {}", 1},
		{"doc comments", "// Gives one.\nfunc F() {}", 1},
		{"doc comments", "// F gives one.\nfunc F() {}", 0},
		{"doc comments", "// Fifth is another.\nfunc F() {}", 1},
		{"doc comments", "// A T is one.\ntype T int", 0},
		{"doc comments", "type T int", 1},
		{"doc comments", "type t int\nfunc (t) String() string { return \"\" }", 0},
		{"doc comments", "// T is one.\ntype T int\nfunc (*T) String() string { return \"\" }", 1},
		{"doc comments", "const (\n\tA = 1\n\tB = 2 // the second\n)", 1},
		{"doc comments", "// The numbers.\nconst (\n\tA = 1\n\tB = 2\n)", 0},
		{"doc comments", "var V = 1", 1},
		{"no init", "func init() {}", 1},
		{"no init", "func (t) init() {}", 0},
		{"no printing", "func f() { fmt.Println(1) }", 1},
		{"no printing", "func f() { fmt.Fprintln(w, 1) }", 0},
		{"no sleeping", "func f() { time." + "Sleep(1) }", 1},
		{"no unfinished marks", "// TO" + "DO: later", 1},
		{"no unfinished marks", "// to do it later is fine", 0},
	}
	passes := map[string]styleRule{}
	tried := map[string]bool{}
	for _, rule := range styleRules {
		passes[rule.name] = rule
	}
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			name := "routing/x.go"
			if row.rule == "no sleeping" {
				name = "routing/x_test.go"
			}
			fset, f := snippet(t, name, "package routing\n\n"+row.text+"\n")
			if got := passes[row.rule].pass(fset, f); len(got) != row.want {
				t.Errorf("%.60q: %d findings %q, want %d", row.text, len(got), lines(fset, got), row.want)
			}
		})
		tried[row.rule] = tried[row.rule] || row.want > 0
	}
	for _, rule := range styleRules {
		if !tried[rule.name] {
			t.Errorf("no snippet breaks the rule %q", rule.name)
		}
	}
}
