package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Sizes that no file and no function outgrows. What to aim at is far below.
const (
	maxFileLines    = 600
	maxFuncLines    = 80
	maxParameters   = 5  // a context is not counted
	maxPackageFiles = 48 // one idea per file: see docs/decisions/006
)

// programs are the directories of programs, which print and need no doc comment
// for every name.
var programs = []string{"cmd", "examples"}

// styleRule is one rule of taste with the way to mend a breach. Its pass sees
// one file at a time.
type styleRule struct {
	name  string
	tests bool // test files too
	pass  func(*token.FileSet, file) []finding
	mend  string
}

var styleRules = []styleRule{
	{"file length", true, longFile, "one idea per file: give the second idea a file of its own."},
	{"function length", false, longFuncs, "name the steps and make them functions, or turn the cases into a table."},
	{"parameters", false, manyParameters, "group what belongs together into a struct with a name."},
	{"context first", false, contextFirst, "a context is the first parameter of an effect, and no field of a struct."},
	{"doc comments", false, undocumented, "begin the comment with the name and say what it is, its units, its errors, and whether it is safe for concurrent use."},
	{"no init", true, initFuncs, "build tables in their declaration, or with sync.OnceValue; wire in main."},
	{"no printing", false, printing, "a library returns values and takes a *slog.Logger; only programs print."},
	{"no sleeping", true, sleeping, "wait for a signal, or move virtual time (testing/synctest)."},
	{"no unfinished marks", true, unfinished, "finish it, or leave it out and say so in the documentation."},
}

func TestStyle(t *testing.T) {
	s := load(t)
	for _, rule := range styleRules {
		t.Run(rule.name, func(t *testing.T) {
			var found []finding
			for _, f := range s.files {
				if rule.tests || !f.test() {
					found = append(found, rule.pass(s.fset, f)...)
				}
			}
			report(t, lines(s.fset, found), rule.mend)
		})
	}
}

func TestPackages(t *testing.T) {
	s := load(t)
	var breaches []string
	for _, dir := range s.dirs() {
		files := s.pkg(dir)
		if len(files) > maxPackageFiles {
			breaches = append(breaches, fmt.Sprintf("%s has %d non-test files, more than %d", dir, len(files), maxPackageFiles))
		}
		if !slices.ContainsFunc(files, func(f file) bool { return f.ast.Doc != nil }) {
			breaches = append(breaches, dir+" has no package comment")
		}
	}
	report(t, breaches, "a package is a chapter: it opens with a comment that says what lives here (doc.go), and ends before the reader is lost.")
}

func longFile(fset *token.FileSet, f file) []finding {
	if n := fset.File(f.ast.Pos()).LineCount(); n > maxFileLines {
		return []finding{{f.ast.Pos(), fmt.Sprintf("%d lines, more than %d", n, maxFileLines)}}
	}
	return nil
}

func longFuncs(fset *token.FileSet, f file) []finding {
	var out []finding
	for _, fn := range funcs(f) {
		n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1
		if n > maxFuncLines {
			out = append(out, finding{fn.Pos(), fmt.Sprintf("%s has %d lines, more than %d", fn.Name.Name, n, maxFuncLines)})
		}
	}
	return out
}

func manyParameters(_ *token.FileSet, f file) []finding {
	var out []finding
	for _, fn := range funcs(f) {
		n := 0
		for _, p := range fn.Type.Params.List {
			if !isContext(p.Type) {
				n += max(1, len(p.Names))
			}
		}
		if n > maxParameters {
			out = append(out, finding{fn.Pos(), fmt.Sprintf("%s takes %d parameters, more than %d", fn.Name.Name, n, maxParameters)})
		}
	}
	return out
}

func contextFirst(_ *token.FileSet, f file) []finding {
	var out []finding
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			for i, p := range n.Params.List {
				if i > 0 && isContext(p.Type) {
					out = append(out, finding{p.Pos(), "a context that is not the first parameter"})
				}
			}
		case *ast.StructType:
			for _, p := range n.Fields.List {
				if isContext(p.Type) {
					out = append(out, finding{p.Pos(), "a context kept in a struct"})
				}
			}
		}
		return true
	})
	return out
}

func initFuncs(_ *token.FileSet, f file) []finding {
	var out []finding
	for _, fn := range funcs(f) {
		if fn.Recv == nil && fn.Name.Name == "init" {
			out = append(out, finding{fn.Pos(), "an init function"})
		}
	}
	return out
}

func printing(_ *token.FileSet, f file) []finding {
	if withinAny(f.dir(), programs) {
		return nil
	}
	var out []finding
	ast.Inspect(f.ast, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch name := calledName(call); name {
		case "fmt.Print", "fmt.Printf", "fmt.Println", "print", "println",
			"log.Print", "log.Printf", "log.Println", "log.Fatal", "log.Fatalf", "log.Panic":
			out = append(out, finding{call.Pos(), "calls " + name})
		}
		return true
	})
	return out
}

func sleeping(_ *token.FileSet, f file) []finding {
	if !f.test() && !strings.HasSuffix(f.dir(), "test") {
		return nil // effects may wait; the engine's waits are looked at by reviewers
	}
	var out []finding
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
				out = append(out, finding{sel.Pos(), "a test that sleeps"})
			}
		}
		return true
	})
	return out
}

// unfinishedMark is put together here so that this file does not bear the marks.
var unfinishedMark = regexp.MustCompile(`\b(` + "TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK" + `)\b`)

func unfinished(_ *token.FileSet, f file) []finding {
	var out []finding
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			if m := unfinishedMark.FindString(c.Text); m != "" {
				out = append(out, finding{c.Pos(), "a comment with " + m})
			}
		}
	}
	return out
}

func undocumented(_ *token.FileSet, f file) []finding {
	if withinAny(f.dir(), programs) || f.ast.Name.Name == "main" {
		return nil
	}
	var out []finding
	said := map[int]bool{}
	for i, d := range f.ast.Decls {
		miss := func(name *ast.Ident, what string) {
			if !said[i] { // once for each group
				out = append(out, finding{name.Pos(), fmt.Sprintf("%s %s: no comment that begins with its name, and none on its group", what, name.Name)})
			}
			said[i] = true
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && shownReceiver(d) && !names(d.Doc, d.Name) {
				miss(d.Name, "func")
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				undocumentedSpec(d, spec, miss)
			}
		}
	}
	return out
}

// undocumentedSpec judges one type, constant or variable. Members of a group
// with a comment of its own may do without, or with a remark behind them.
func undocumentedSpec(d *ast.GenDecl, spec ast.Spec, miss func(*ast.Ident, string)) {
	group := d.Lparen.IsValid()
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		doc := spec.Doc
		if !group {
			doc = d.Doc
		}
		if spec.Name.IsExported() && !names(doc, spec.Name) {
			miss(spec.Name, "type")
		}
	case *ast.ValueSpec:
		if group && (d.Doc != nil || spec.Comment != nil) {
			return
		}
		doc := spec.Doc
		if !group {
			doc = d.Doc
		}
		if first := spec.Names[0]; slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) && !names(doc, first) {
			miss(first, d.Tok.String())
		}
	}
}

// names tells whether a comment begins with a name; an article may go before it.
func names(doc *ast.CommentGroup, name *ast.Ident) bool {
	text := doc.Text()
	for _, article := range []string{"", "A ", "An ", "The "} {
		if rest, ok := strings.CutPrefix(text, article+name.Name); ok && !continuesName(rest) {
			return true
		}
	}
	return false
}

func continuesName(rest string) bool {
	return rest == "" || regexp.MustCompile(`^[A-Za-z0-9_]`).MatchString(rest)
}

// shownReceiver tells whether a function is no method, or one of an exported type.
func shownReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return true
	}
	typ := fn.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return true
		}
	}
}

// funcs lists the functions and methods of a file that have a body.
func funcs(f file) []*ast.FuncDecl {
	var out []*ast.FuncDecl
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			out = append(out, fn)
		}
	}
	return out
}

// calledName spells what a call names: "f" or "pkg.F".
func calledName(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		if x, ok := fun.X.(*ast.Ident); ok {
			return x.Name + "." + fun.Sel.Name
		}
	}
	return ""
}

func isContext(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == "context" && sel.Sel.Name == "Context"
}
