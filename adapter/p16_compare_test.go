package adapter

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// provers are the files in which signatures and secrets are compared.
var provers = []string{"sign.go", "hubspot_signature.go", "secret.go"}

// TestP16SignaturesAreComparedInConstantTime: what a comparison of two texts takes
// tells how much of them is equal, and so, byte by byte, what the right signature
// is. No test of what is accepted can see that; so where secrets and signatures are
// proven no two texts are compared but by hmac.Equal or crypto/subtle.
func TestP16SignaturesAreComparedInConstantTime(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	for _, f := range provers {
		if !slices.Contains(files, f) {
			t.Fatalf("no file %s: which one proves signatures now?", f)
		}
	}
	fset := token.NewFileSet()
	var trees []*ast.File
	for _, f := range files {
		tree, err := parser.ParseFile(fset, f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
	}
	for _, found := range comparisons(fset, trees) {
		if slices.Contains(provers, found.Filename) {
			t.Errorf("%s compares two texts in a time that tells how much of them is equal: use hmac.Equal", found)
		}
	}
}

// TestComparisonsAreFound: a rule that finds nothing would pass everything.
func TestComparisonsAreFound(t *testing.T) {
	for line, want := range map[string]bool{
		`_ = a == b`: true, `_ = b != a`: true, `_ = string(x) == a`: true, `_ = mine() == a`: true, `_ = bytes.Equal(x, x)`: true,
		`_ = strings.EqualFold(a, b)`: true, `_ = strings.Compare(a, b) == 0`: true, `switch a { case b: }`: true, `_ = slices.Contains([]string{a}, b)`: true,
		`_ = a == ""`: false, `_ = a == "v1" && len(x) == len(b)`: false, `_ = hmac.Equal(x, x)`: false, `switch a { case "v1": }`: false,
	} {
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, "x.go", fmt.Sprintf("package x\nfunc mine() string\nfunc f(a, b string, x []byte) {\n%s\n}", line), 0)
		if err != nil {
			t.Fatal(err)
		}
		if found := comparisons(fset, []*ast.File{tree}); len(found) > 0 != want {
			t.Errorf("%s: found %v", line, found)
		}
	}
}

// comparisons finds where two texts are compared of which neither is a constant.
// Types of other packages are not known here, and do not matter.
func comparisons(fset *token.FileSet, files []*ast.File) []token.Position {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	cfg := types.Config{Importer: nowhere{}, Error: func(error) {}}
	_, _ = cfg.Check("adapter", fset, files, info)
	var out []token.Position
	add := func(n ast.Node, a, b ast.Expr) {
		if openText(info, a) && openText(info, b) {
			out = append(out, fset.Position(n.Pos()))
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op == token.EQL || n.Op == token.NEQ {
					add(n, n.X, n.Y)
				}
			case *ast.SwitchStmt:
				for _, c := range n.Body.List {
					for _, e := range c.(*ast.CaseClause).List {
						if n.Tag != nil {
							add(e, n.Tag, e)
						}
					}
				}
			case *ast.CallExpr:
				if leaks(n) {
					add(n, n.Args[1], n.Args[1])
				}
			}
			return true
		})
	}
	return out
}

// leaks reports whether a call compares as == does.
func leaks(c *ast.CallExpr) bool {
	s, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || len(c.Args) != 2 {
		return false
	}
	name := types.ExprString(s)
	return slices.Contains([]string{"bytes.Equal", "bytes.Compare", "strings.EqualFold", "strings.Compare", "slices.Equal", "slices.Contains"}, name)
}

// openText reports whether an expression is a text or bytes, and no constant.
func openText(info *types.Info, e ast.Expr) bool {
	tv := info.Types[e]
	if tv.Type == nil || tv.Value != nil {
		return false
	}
	switch u := tv.Type.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0
	case *types.Slice:
		b, ok := u.Elem().Underlying().(*types.Basic)
		return ok && b.Kind() == types.Byte
	}
	return false
}

// nowhere imports nothing.
type nowhere struct{}

func (nowhere) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

// TestP16NoSecretIsNoSecret: an empty secret is refused when it is made, when a
// source is opened with it, and proves nothing: signatures without a secret are
// easily made.
func TestP16NoSecretIsNoSecret(t *testing.T) {
	for name, made := range map[string]func(string) (Secret, error){"NewSecret": NewSecret, "NewKey": NewKey} {
		if _, err := made(""); err == nil {
			t.Errorf("%s takes an empty secret", name)
		}
	}
	empty := Secret{}
	if (&HubSpotOptions{Portals: []int64{1}}).opens() || (&HubSpotOptions{Portals: []int64{1}, Secrets: []SigningKey{{Value: empty}}}).opens() {
		t.Error("HubSpot's routes open without a secret")
	}
	for _, secret := range []string{"", prefixShared, prefixPublic} {
		if _, err := newFeed(FeedOptions{Name: "vendor", Keys: []SigningKey{{Value: Secret{value: secret}}}}, contractBase, Limits{}.withDefaults()); err == nil {
			t.Errorf("a feed opens with the secret %q", secret)
		}
	}
	if _, err := newKeyring([]APIKey{{Current: empty, Scopes: Scopes()}}, nil); err == nil {
		t.Error("the Flow's routes open with an empty key")
	}
	if empty.Is("") {
		t.Error("nothing is the empty secret")
	}
}

// opens reports whether a source opens with those options.
func (o *HubSpotOptions) opens() bool {
	_, err := o.withDefaults()
	return err == nil
}
