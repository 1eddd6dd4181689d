package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"testing"
)

// worldly are the imports that pure code does without.
var worldly = []string{
	"context", "crypto/rand", "database", "expvar", "hash/maphash", "log", "math/rand",
	"net", "os", "plugin", "runtime", "syscall", "testing", "unsafe",
}

// clocks are the names in package time that read a clock, wait for one, or
// depend on the machine. Methods of time.Time are not among them.
var clocks = []string{
	"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "LoadLocation",
}

func TestPurity(t *testing.T) {
	for _, p := range purePackages(t) {
		report(t, lines(p.fset, impurities(p)), "matching, tracking, dri and the deciding files of routing and tracking/sponsor compute and do nothing else. Take the time, "+
			"the dice or the data as an argument; put effects into one of effectFiles or behind a port. "+
			"A table that never changes is fine when nothing writes to it after its declaration.")
	}
}

// impurities lists what the deciding files of a package have to do with the
// world: its clock, dice, files, network, goroutines and shared variables.
func impurities(p typed) []finding {
	var out []finding
	for _, f := range p.files {
		if !deciding(f) {
			continue
		}
		for _, spec := range f.ast.Imports {
			imp := spec.Path.Value[1 : len(spec.Path.Value)-1]
			if withinAny(imp, worldly) && !withinAny(imp, harmless) {
				out = append(out, finding{spec.Pos(), "imports " + imp})
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if say := impure(p.info, n); say != "" {
				out = append(out, finding{n.Pos(), say})
			}
			return true
		})
	}
	return out
}

// impure names what is impure about one node, or says nothing.
func impure(info *types.Info, n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "starts a goroutine"
	case *ast.ChanType:
		return "uses a channel"
	case *ast.SendStmt, *ast.SelectStmt:
		return "uses a channel"
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			return "has an init function"
		}
	case *ast.Ident:
		if obj := info.Uses[n]; obj != nil && obj.Pkg() != nil && obj.Pkg().Path() == "time" {
			if isFunc(obj, "time", clocks...) || obj.Name() == "Local" {
				return "asks for time." + obj.Name()
			}
		}
	case *ast.ValueSpec:
		return lockedVar(info, n)
	}
	return written(info, n)
}

// written tells which package-level variable a node changes.
func written(info *types.Info, n ast.Node) string {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			targets = n.Lhs
		}
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			targets = []ast.Expr{n.Key, n.Value}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			targets = []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if isBuiltin(callee(info, n), "delete", "clear", "copy") && len(n.Args) > 0 {
			targets = n.Args[:1]
		}
	}
	for _, e := range targets {
		if v := rootVar(info, e); packageLevel(v) {
			return fmt.Sprintf("changes the package variable %s or gives its address away", v.Name())
		}
	}
	return ""
}

// lockedVar finds package-level variables that exist to be changed: those that
// hold something of sync or sync/atomic. A function from sync.OnceValue is no
// such thing: it gives the same value every time.
func lockedVar(info *types.Info, spec *ast.ValueSpec) string {
	for _, name := range spec.Names {
		v, ok := info.Defs[name].(*types.Var)
		if !ok || !packageLevel(v) {
			continue
		}
		typ := v.Type()
		if ptr, ok := typ.(*types.Pointer); ok {
			typ = ptr.Elem()
		}
		if named, ok := typ.(*types.Named); ok && named.Obj().Pkg() != nil {
			if from := named.Obj().Pkg().Path(); from == "sync" || from == "sync/atomic" {
				return fmt.Sprintf("package variable %s is a %s.%s", v.Name(), from, named.Obj().Name())
			}
		}
	}
	return ""
}

func TestPurityRuleCanFail(t *testing.T) {
	rows := []struct {
		name, text string
		want       int
	}{
		{"clock", "import \"time\"\nfunc f() time.Time { return time.Now() }", 1},
		{"clock under another name", "import clock \"time\"\nvar f = clock.Now", 1},
		{"age", "import \"time\"\nfunc f(t time.Time) bool { return time.Since(t) > 0 }", 1},
		{"time zone of the machine", "import \"time\"\nfunc f(t time.Time) time.Time { return t.Local() }", 1},
		{"comparing times is pure", "import \"time\"\nfunc f(a, b time.Time) bool { return a.After(b) }", 0},
		{"dice", "import \"math/rand/v2\"\nfunc f() int { return rand.Int() }", 1},
		{"context", "import \"context\"\nfunc f(context.Context) {}", 1},
		{"goroutine", "func f() { go f() }", 1},
		{"channel", "func f(c chan int) { c <- 1 }", 2},
		{"init", "func init() {}", 1},
		{"assigned table", "var m map[string]int\nfunc f() { m = nil }", 1},
		{"table element", "var m = map[string]int{}\nfunc f() { m[\"a\"] = 1 }", 1},
		{"counter", "var n int\nfunc f() { n++ }", 1},
		{"deleted", "var m = map[string]int{}\nfunc f() { delete(m, \"a\") }", 1},
		{"field of a variable", "var c struct{ n int }\nfunc f() { c.n = 1 }", 1},
		{"address", "var n int\nfunc f() *int { return &n }", 1},
		{"mutex", "import \"sync\"\nvar mu sync.Mutex", 1},
		{"once", "import \"sync\"\nvar f = sync.OnceValue(func() int { return 1 })", 0},
		{"read table", "var m = map[string]int{}\nfunc f() int { return m[\"a\"] }", 0},
		{"local shadow", "var n int\nfunc f() { n := 0; n++; _ = n }", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			fset, f := snippet(t, "matching/x.go", "package matching\n\n"+row.text)
			p := check(t, fset, []file{f})
			if got := lines(fset, impurities(p)); len(got) != row.want {
				t.Errorf("%d findings %q, want %d", len(got), got, row.want)
			}
		})
	}
}

func TestDecidingFiles(t *testing.T) {
	for name, want := range map[string]bool{
		"matching/company.go":         true,
		"matching/company_test.go":    false,
		"routing/decide_account.go":   true,
		"routing/engine.go":           false,
		"routing/engine_apply.go":     false,
		"routing/ledger.go":           false,
		"routing/memledger/ledger.go": false,
		"tracking/sqlstore/store.go":  false,
		"tracking/sponsor/edit.go":    true,
		"tracking/sponsor/desk.go":    false,
		"crm/client.go":               false,
	} {
		if got := deciding(file{path: name}); got != want {
			t.Errorf("deciding(%s) = %v, want %v", name, got, want)
		}
	}
}

func TestEffectFilesExist(t *testing.T) {
	for dir, patterns := range effectFiles {
		files := load(t).pkg(dir)
		for _, pattern := range patterns {
			if !slices.ContainsFunc(files, func(f file) bool { ok, _ := path.Match(pattern, f.base()); return ok }) {
				t.Errorf("effectFiles names %s, and %s has no such file: delete it from the list", pattern, dir)
			}
		}
	}
}
