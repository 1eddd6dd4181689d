package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the import path of this module; root leads from here to its top.
const (
	module = "github.com/onward-crm/onward"
	root   = "../.."
)

// file is one parsed Go file.
type file struct {
	path string // slash-separated, relative to the top of the module
	ast  *ast.File
}

func (f file) dir() string  { return path.Dir(f.path) }
func (f file) base() string { return path.Base(f.path) }
func (f file) test() bool   { return strings.HasSuffix(f.path, "_test.go") }

// source is the whole module, parsed once for all tests.
type source struct {
	fset  *token.FileSet
	files []file // in order of path
}

// pkg gives the non-test files of one directory.
func (s *source) pkg(dir string) []file {
	return slices.DeleteFunc(slices.Clone(s.files), func(f file) bool { return f.dir() != dir || f.test() })
}

// dirs lists the directories that hold non-test Go files.
func (s *source) dirs() []string {
	var out []string
	for _, f := range s.files {
		if !f.test() {
			out = append(out, f.dir())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var parseAll = sync.OnceValues(func() (*source, error) {
	s := &source{fset: token.NewFileSet()}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); p != root && (name == "testdata" || name == "vendor" || name[0] == '.' || name[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(p), root+"/")
		parsed, err := parser.ParseFile(s.fset, rel, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.files = append(s.files, file{path: rel, ast: parsed})
		return nil
	})
	slices.SortFunc(s.files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	return s, err
})

// load gives the parsed module.
func load(t *testing.T) *source {
	t.Helper()
	s, err := parseAll()
	if err != nil {
		t.Fatalf("the source does not parse: %v", err)
	}
	return s
}

// snippet parses one made-up file, for tests of the rules themselves.
func snippet(t *testing.T, name, text string) (*token.FileSet, file) {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return fset, file{path: name, ast: parsed}
}

// imports lists the import paths of a file.
func imports(f file) []string {
	var out []string
	for _, spec := range f.ast.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// within tells whether an import path or directory is p or lies below it.
func within(path, p string) bool { return path == p || strings.HasPrefix(path, p+"/") }

// withinAny tells whether path lies in one of ps.
func withinAny(path string, ps []string) bool {
	return slices.ContainsFunc(ps, func(p string) bool { return within(path, p) })
}

// standard tells whether an import path belongs to the standard library.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// finding is one breach of a rule.
type finding struct {
	pos token.Pos
	say string
}

// lines prints findings as "path:line: what", in order of place.
func lines(fset *token.FileSet, fs []finding) []string {
	slices.SortStableFunc(fs, func(a, b finding) int { return cmp.Compare(a.pos, b.pos) })
	out := make([]string, 0, len(fs))
	for _, f := range fs {
		p := fset.Position(f.pos)
		out = append(out, fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, f.say))
	}
	return out
}

// report fails the test when there are breaches, and says how to mend them.
func report(t *testing.T, breaches []string, mend string) {
	t.Helper()
	if len(breaches) == 0 {
		return
	}
	t.Errorf("%d found:\n  %s\nTo mend: %s", len(breaches), strings.Join(breaches, "\n  "), mend)
}
