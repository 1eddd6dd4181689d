package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reasonDirs are the packages that name reasons for their verdicts.
var reasonDirs = []string{"matching", "tracking", "dri", "routing"}

// reason is one exported Reason constant.
type reason struct {
	name, text string
	pos        token.Pos
}

var lowerSnake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

func TestReasonsAreUsed(t *testing.T) {
	s := load(t)
	tests := testTexts(t)
	words := map[string]bool{}
	for _, w := range regexp.MustCompile(`\w+`).FindAllString(tests, -1) {
		words[w] = true
	}
	for _, dir := range reasonDirs {
		files := s.pkg(dir)
		reasons := reasonsOf(files)
		var found []finding
		texts := map[string]string{}
		for _, r := range reasons {
			if !lowerSnake.MatchString(r.text) {
				found = append(found, finding{r.pos, fmt.Sprintf("%s = %q is not lower_snake", r.name, r.text)})
			}
			if other := texts[r.text]; other != "" {
				found = append(found, finding{r.pos, fmt.Sprintf("%s and %s are the same reason %q", other, r.name, r.text)})
			}
			texts[r.text] = r.name
		}
		uses := usedNames(s.files, dir)
		tested := 0
		for _, r := range reasons {
			shown := words[r.name] || strings.Contains(tests, strconv.Quote(r.text))
			if shown {
				tested++
			}
			if !shown && uses[r.name] == 0 {
				found = append(found, finding{r.pos, r.name + " is never given and never tested"})
			}
		}
		if len(reasons) > 0 {
			t.Logf("%s: %d reasons, %d of them named in a test or a golden file", dir, len(reasons), tested)
		}
		report(t, lines(s.fset, found), "a reason is a promise to whoever reads the log: give it where the rule decides, show it in a scenario, or delete it.")
	}
}

// reasonsOf lists the exported constants of a type that is called …Reason, or
// that are called Reason… themselves.
func reasonsOf(files []file) []reason {
	var out []reason
	for _, f := range files {
		for _, d := range f.ast.Decls {
			group, ok := d.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				spec := spec.(*ast.ValueSpec)
				typ, _ := spec.Type.(*ast.Ident)
				for i, name := range spec.Names {
					named := strings.HasPrefix(name.Name, "Reason") || typ != nil && strings.HasSuffix(typ.Name, "Reason")
					if !named || !name.IsExported() || i >= len(spec.Values) {
						continue
					}
					if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
						text, _ := strconv.Unquote(lit.Value)
						out = append(out, reason{name.Name, text, name.Pos()})
					}
				}
			}
		}
	}
	return out
}

// usedNames counts how often each name of a package is used outside of its
// declaration: bare in the package itself, behind its name in others.
func usedNames(files []file, dir string) map[string]int {
	uses := map[string]int{}
	for _, f := range files {
		home := f.dir() == dir && !strings.HasSuffix(f.ast.Name.Name, "_test")
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok {
					if x.Name == path.Base(dir) && !home {
						uses[n.Sel.Name]++
					}
					return false
				}
			case *ast.ValueSpec:
				for _, name := range n.Names {
					if home {
						uses[name.Name]--
					}
				}
			case *ast.Ident:
				if home {
					uses[n.Name]++
				}
			}
			return true
		})
	}
	return uses
}

// testTexts is the text of all tests and of all files under a testdata folder,
// those of this package left out.
func testTexts(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, p := range testFiles(t) {
		text, err := os.ReadFile(root + "/" + p)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

// testFiles lists _test.go files, the files of conformance suites, and what lies
// under testdata, fuzz corpora and this package left out.
func testFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(p), root+"/")
		if d.IsDir() {
			if p != root && (d.Name()[0] == '.' || rel == "internal/archtest" || strings.HasSuffix(rel, "testdata/fuzz")) {
				return fs.SkipDir
			}
			return nil
		}
		parts := strings.Split(rel, "/")
		suite := len(parts) > 1 && strings.HasSuffix(parts[len(parts)-2], "test") && strings.HasSuffix(rel, ".go")
		if strings.HasSuffix(rel, "_test.go") || suite || slices.Contains(parts, "testdata") {
			out = append(out, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReasonRuleCanFail(t *testing.T) {
	_, f := snippet(t, "routing/x.go", `package routing

type Reason string

const (
	ReasonGiven  Reason = "given"
	ReasonUnused Reason = "unused"
	NotOne              = "x"
)

func f() Reason { return ReasonGiven }
`)
	got := reasonsOf([]file{f})
	if len(got) != 2 || got[0].text != "given" || got[1].name != "ReasonUnused" {
		t.Fatalf("reasonsOf = %+v, want ReasonGiven and ReasonUnused", got)
	}
	_, other := snippet(t, "adapter/x.go", "package adapter\n\nvar r = routing.ReasonAbroad\n\nvar _ = dri.ReasonUnused\n")
	uses := usedNames([]file{f, other}, "routing")
	if uses["ReasonGiven"] != 1 || uses["ReasonUnused"] != 0 || uses["ReasonAbroad"] != 1 {
		t.Errorf("uses = %v, want ReasonGiven 1, ReasonUnused 0, ReasonAbroad 1", uses)
	}
}
