package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

// anyOrder marks a range over a map whose order cannot be seen in the result,
// where the pass below cannot know it: "// any order: why", on the line of the
// range or on the line above it.
const anyOrder = "any order: "

func TestMapOrderReachesNoOutput(t *testing.T) {
	for _, p := range purePackages(t) {
		report(t, lines(p.fset, unsortedRanges(p)), "the order of a map is different in every run, and so would be the plan. Range over sorted keys, "+
			"sort what was collected in the same function, or say on the line above why order cannot be seen: // any order: …")
	}
}

// unsortedRanges finds ranges over maps in deciding files whose order reaches a
// value that outlives the loop.
func unsortedRanges(p typed) []finding {
	var out []finding
	for _, f := range p.files {
		if !deciding(f) {
			continue
		}
		excused := excuses(p.fset, f.ast)
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.RangeStmt:
					line := p.fset.Position(n.Pos()).Line
					if overMap(p.info, n.X) && !excused[line] && !excused[line-1] {
						out = append(out, leaks(p.info, fn, n)...)
					}
				case *ast.AssignStmt:
					out = append(out, collected(p.info, fn, n)...)
				case *ast.ReturnStmt:
					for _, e := range n.Results {
						if collects(p.info, e) {
							out = append(out, finding{e.Pos(), "returns the keys or values of a map unsorted"})
						}
					}
				}
				return true
			})
		}
	}
	return out
}

// excuses lists the lines on which an any-order comment ends.
func excuses(fset *token.FileSet, f *ast.File) map[int]bool {
	out := map[int]bool{}
	for _, group := range f.Comments {
		if _, why, ok := strings.Cut(group.Text(), anyOrder); ok && strings.TrimSpace(why) != "" {
			out[fset.Position(group.End()).Line] = true
		}
	}
	return out
}

// overMap tells whether an expression is a map, or an iterator made from one.
func overMap(info *types.Info, e ast.Expr) bool {
	if call, ok := ast.Unparen(e).(*ast.CallExpr); ok {
		return isFunc(callee(info, call), "maps", "Keys", "Values", "All")
	}
	typ := info.TypeOf(e)
	if typ == nil {
		return false
	}
	_, ok := typ.Underlying().(*types.Map)
	return ok
}

// collects tells whether an expression is slices.Collect(maps.Keys(m)) or alike.
func collects(info *types.Info, e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	return ok && isFunc(callee(info, call), "slices", "Collect", "AppendSeq") &&
		len(call.Args) > 0 && overMap(info, call.Args[len(call.Args)-1])
}

// collected finds v := slices.Collect(maps.Keys(m)) without a later sort of v.
func collected(info *types.Info, fn *ast.FuncDecl, n *ast.AssignStmt) []finding {
	var out []finding
	for i, e := range n.Rhs {
		if !collects(info, e) || i >= len(n.Lhs) {
			continue
		}
		if v := rootVar(info, n.Lhs[i]); !sortedAfter(info, fn, v, n.End()) {
			out = append(out, finding{e.Pos(), "collects the keys or values of a map and does not sort them"})
		}
	}
	return out
}

// leaks finds the places where the body of a range over a map lets the order out.
func leaks(info *types.Info, fn *ast.FuncDecl, loop *ast.RangeStmt) []finding {
	var out []finding
	inside := func(v *types.Var) bool { return v != nil && v.Pos() >= loop.Pos() && v.Pos() < loop.End() }
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.AssignStmt:
			for i, lhs := range n.Lhs {
				if say := orderSeen(info, fn, loop, n, i, inside); say != "" {
					out = append(out, finding{lhs.Pos(), say})
				}
			}
		case *ast.ReturnStmt:
			for _, e := range n.Results {
				if mentions(info, e, inside) {
					out = append(out, finding{n.Pos(), "returns the first that a range over a map happens to meet"})
					break
				}
			}
		case *ast.CallExpr:
			if say := writes(info, n, inside); say != "" {
				out = append(out, finding{n.Pos(), say})
			}
		}
		return true
	})
	return out
}

// orderSeen judges one assignment in the body of a range over a map: appending
// needs a sort afterwards; adding up text or floating point never commutes;
// keeping the last one met is a draw.
func orderSeen(info *types.Info, fn *ast.FuncDecl, loop *ast.RangeStmt, n *ast.AssignStmt, i int, inside func(*types.Var) bool) string {
	v := rootVar(info, n.Lhs[i])
	if n.Tok == token.DEFINE || v == nil || inside(v) {
		return ""
	}
	if n.Tok != token.ASSIGN {
		if basic, ok := info.TypeOf(n.Lhs[i]).Underlying().(*types.Basic); ok && basic.Info()&(types.IsString|types.IsFloat) != 0 {
			return fmt.Sprintf("adds to %s in the order of a map", v.Name())
		}
		return ""
	}
	if i < len(n.Rhs) {
		if call, ok := ast.Unparen(n.Rhs[i]).(*ast.CallExpr); ok && isBuiltin(callee(info, call), "append") {
			if mentions(info, n.Lhs[i], inside) || sortedAfter(info, fn, v, loop.End()) {
				return "" // a list for each key, or a list sorted below
			}
			return fmt.Sprintf("appends to %s in the order of a map and does not sort it afterwards", v.Name())
		}
	}
	if mentions(info, n.Lhs[i], inside) {
		return "" // one place for each key
	}
	for _, e := range n.Rhs {
		if mentions(info, e, inside) {
			return fmt.Sprintf("keeps in %s the last that a range over a map happens to meet", v.Name())
		}
	}
	return ""
}

// writes finds text written, or a value yielded, in the order of a map.
func writes(info *types.Info, call *ast.CallExpr, inside func(*types.Var) bool) string {
	obj := callee(info, call)
	if isFunc(obj, "fmt", "Fprint", "Fprintf", "Fprintln") {
		return "prints in the order of a map"
	}
	switch f := obj.(type) {
	case *types.Func:
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if ok && inList([]string{"Write", "WriteString", "WriteByte", "WriteRune"}, f.Name()) && !inside(rootVar(info, sel.X)) {
			return "writes in the order of a map"
		}
	case *types.Var:
		if f.Name() == "yield" {
			return "yields in the order of a map"
		}
	}
	return ""
}

// mentions tells whether an expression uses a variable for which is holds.
func mentions(info *types.Info, e ast.Expr, is func(*types.Var) bool) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := info.Uses[id].(*types.Var); ok && is(v) {
				found = true
			}
		}
		return !found
	})
	return found
}

// sortedAfter tells whether fn sorts v after a position: by a function of sort
// or slices, or by one that has sort in its name.
func sortedAfter(info *types.Info, fn *ast.FuncDecl, v *types.Var, after token.Pos) bool {
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || call.Pos() < after || found {
			return !found
		}
		obj := callee(info, call)
		if obj == nil || !(strings.Contains(strings.ToLower(obj.Name()), "sort") || obj.Pkg() != nil && obj.Pkg().Path() == "sort") {
			return true
		}
		parts := append([]ast.Expr{call.Fun}, call.Args...)
		for _, e := range parts {
			found = found || mentions(info, e, func(u *types.Var) bool { return u == v })
		}
		return !found
	})
	return found
}

func TestMapOrderRuleCanFail(t *testing.T) {
	rows := []struct {
		name, body string
		want       int
	}{
		{"append", "var out []string; for k := range m { out = append(out, k) }; return out", 1},
		{"append, then sort", "var out []string; for k := range m { out = append(out, k) }; slices.Sort(out); return out", 0},
		{"append, then own sort", "var out []string; for k := range m { out = append(out, k) }; sortAll(out); return out", 0},
		{"sort before", "var out []string; slices.Sort(out); for k := range m { out = append(out, k) }; return out", 1},
		{"sort of another", "var out, o2 []string; for k := range m { out = append(out, k) }; slices.Sort(o2); return out", 1},
		{"keys", "var out []string; for k := range maps.Keys(m) { out = append(out, k) }; return out", 1},
		{"collect", "out := slices.Collect(maps.Keys(m)); return out", 1},
		{"collect, then sort", "out := slices.Collect(maps.Keys(m)); slices.Sort(out); return out", 0},
		{"collect and return", "return slices.Collect(maps.Keys(m))", 1},
		{"sorted", "return slices.Sorted(maps.Keys(m))", 0},
		{"builder", "var b strings.Builder; for k := range m { b.WriteString(k) }; return []string{b.String()}", 1},
		{"print", "var b strings.Builder; for k := range m { fmt.Fprint(&b, k) }; return []string{b.String()}", 1},
		{"text", "s := \"\"; for k := range m { s += k }; return []string{s}", 1},
		{"floating sum", "s := 0.0; for _, v := range m { s += float64(v) }; _ = s; return nil", 1},
		{"count", "n := 0; for _, v := range m { n += v }; _ = n; return nil", 0},
		{"first met", "for k, v := range m { if v > 1 { return []string{k} } }; return nil", 1},
		{"any at all", "for _, v := range m { if v > 1 { return []string{\"yes\"} } }; return nil", 0},
		{"last met", "s := \"\"; for k := range m { s = k }; return []string{s}", 1},
		{"map to map", "o := map[string]int{}; for k, v := range m { o[k] = v }; _ = o; return nil", 0},
		{"list for each key", "o := map[string][]int{}; for k, v := range m { o[k] = append(o[k], v) }; _ = o; return nil", 0},
		{"inner list", "for k := range m { var in []string; in = append(in, k); _ = in }; return nil", 0},
		{"excused", "s := 0\n// any order: the largest is the largest.\nfor _, v := range m { s = max(s, v) }; _ = s; return nil", 0},
		{"excuse without a why", "s := 0\n// any order:\nfor _, v := range m { s = max(s, v) }; _ = s; return nil", 1},
		{"slice", "var out []string; for _, k := range l { out = append(out, k) }; return out", 0},
	}
	const head = "package matching\n\nimport (\"fmt\"; \"maps\"; \"slices\"; \"strings\")\n\n" +
		"var _ = fmt.Sprint\nvar _ = maps.Keys[map[string]int]\nvar _ strings.Builder\nvar _ = slices.Sort[[]int]\n" +
		"func sortAll([]string) {}\n\nfunc f(m map[string]int, l []string) []string {\n"
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			fset, f := snippet(t, "matching/x.go", head+row.body+"\n}\n")
			p := check(t, fset, []file{f})
			if got := lines(fset, unsortedRanges(p)); len(got) != row.want {
				t.Errorf("%d findings %q, want %d", len(got), got, row.want)
			}
		})
	}
}
