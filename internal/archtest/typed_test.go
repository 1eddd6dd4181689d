package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"sync"
	"testing"
)

// pureDirs are the packages that only compute: same values in, same values out.
var pureDirs = []string{
	"matching", "tracking", "tracking/sponsor", "tracking/target", "dri", "dri/digest", "routing", "routing/sighting", "routing/undo", "routing/notify/letter",
}

// effectFiles are the files of a pure package that act on the world: steps that
// read and write, the ports they act through, stores in memory. All other files
// decide, and a new one is taken to decide.
var effectFiles = map[string][]string{
	"tracking":         {"provider.go"},
	"tracking/sponsor": {"crm*.go", "desk*.go", "memstore*.go", "provider*.go", "store.go"},
	"routing": {
		"act.go", "apply.go", "batch.go", "check*.go", "complete.go", "doubt.go", "engine*.go", "erase.go", "flow.go", "flow_report.go", "gather.go",
		"isolate.go", "leave.go", "ledger.go", "operate.go", "ports.go", "responsible_pass.go", "roster.go", "undo.go", "work.go",
	},
}

// deciding tells whether a file belongs to the pure part of the module.
func deciding(f file) bool {
	if f.test() || !inList(pureDirs, f.dir()) {
		return false
	}
	for _, pattern := range effectFiles[f.dir()] {
		if ok, _ := path.Match(pattern, f.base()); ok {
			return false
		}
	}
	return true
}

func inList(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// compiled asks the go command for the compiled form of everything that the
// pure packages and the snippets of these tests import, by import path.
var compiled = sync.OnceValues(func() (map[string]string, error) {
	args := []string{"list", "-e", "-deps", "-export", "-f", "{{.ImportPath}}\t{{.Export}}",
		"context", "fmt", "hash/fnv", "iter", "maps", "math/rand/v2", "slices", "sort", "strings", "sync", "time"}
	for _, dir := range pureDirs {
		if _, err := os.Stat(root + "/" + dir); err == nil {
			args = append(args, module+"/"+dir)
		}
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	where := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if imp, file, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && file != "" {
			where[imp] = file
		}
	}
	return where, nil
})

// typed is one type-checked package.
type typed struct {
	fset  *token.FileSet
	files []file
	info  *types.Info
}

// check type-checks files that make one package. What does not type-check is an
// error of the test: a rule must not pass because it did not see the code.
func check(t *testing.T, fset *token.FileSet, files []file) typed {
	t.Helper()
	where, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	open := func(path string) (io.ReadCloser, error) {
		if where[path] == "" {
			return nil, errors.New(path + " has not been compiled")
		}
		return os.Open(where[path])
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Defs:  map[*ast.Ident]types.Object{},
		Uses:  map[*ast.Ident]types.Object{},
	}
	var parsed []*ast.File
	for _, f := range files {
		parsed = append(parsed, f.ast)
	}
	var first error
	conf := types.Config{
		Importer: importer.ForCompiler(fset, "gc", open),
		Error: func(err error) {
			if first == nil {
				first = err
			}
		},
	}
	if _, err := conf.Check(module+"/"+files[0].dir(), fset, parsed, info); err != nil {
		t.Errorf("%s does not type-check: %v", files[0].dir(), first)
	}
	return typed{fset, files, info}
}

// purePackages type-checks the pure packages that exist.
func purePackages(t *testing.T) []typed {
	t.Helper()
	s := load(t)
	var out []typed
	for _, dir := range pureDirs {
		if files := s.pkg(dir); len(files) > 0 {
			out = append(out, check(t, s.fset, files))
		}
	}
	return out
}

// rootVar is the variable that an expression such as v, v.f, v[i], *v or (v)
// stands on, or nil.
func rootVar(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			v, _ := info.ObjectOf(x).(*types.Var)
			return v
		case *ast.SelectorExpr:
			if v, ok := info.Uses[x.Sel].(*types.Var); ok && !v.IsField() {
				return v // a variable of another package
			}
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// packageLevel tells whether v is declared outside all functions.
func packageLevel(v *types.Var) bool {
	return v != nil && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
}

// callee is the function or builtin that a call names, or nil.
func callee(info *types.Info, call *ast.CallExpr) types.Object {
	fun := ast.Unparen(call.Fun)
	if x, ok := fun.(*ast.IndexExpr); ok {
		fun = x.X
	}
	switch f := fun.(type) {
	case *ast.Ident:
		return info.Uses[f]
	case *ast.SelectorExpr:
		return info.Uses[f.Sel]
	}
	return nil
}

// isFunc tells whether obj is a function of a package, by path and name.
func isFunc(obj types.Object, pkg string, names ...string) bool {
	f, ok := obj.(*types.Func)
	return ok && f.Pkg() != nil && f.Pkg().Path() == pkg && f.Signature().Recv() == nil && inList(names, f.Name())
}

// isBuiltin tells whether obj is one of the named builtins.
func isBuiltin(obj types.Object, names ...string) bool {
	b, ok := obj.(*types.Builtin)
	return ok && inList(names, b.Name())
}
