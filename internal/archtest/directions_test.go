package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pureThird are the only modules outside the standard library that the core
// packages may link: they are what every importer of the library gets.
var pureThird = []string{
	"golang.org/x/text",
	"golang.org/x/net/publicsuffix",
	"golang.org/x/net/idna",
	"github.com/mozillazg/go-unidecode",
}

// direction says what the non-test files of a package may import, besides the
// standard library: packages of this module and packages of others.
type direction struct {
	dir   string   // the package, with everything below it that has no row of its own
	ours  []string // allowed packages of this module, exactly; "…" allows all
	third []string // allowed packages of other modules, subtrees included; "…" allows all
}

// directions is the arrow drawing of ARCHITECTURE.md as data. A row that names
// a longer directory wins over a shorter one.
var directions = []direction{
	{"internal/forest", nil, nil},
	{"matching", []string{"internal/forest"}, pureThird},
	{"tracking", []string{"crm", "matching"}, pureThird},
	{"tracking/contacts", []string{"tracking"}, nil},
	{"tracking/importfile", []string{"tracking", "tracking/contacts", "internal/table"}, []string{"golang.org/x/text"}},
	{"tracking/hubspotlist", []string{"tracking", "tracking/contacts", "crm", "crm/hubspot"}, nil},
	{"tracking/memstore", []string{"tracking", "tracking/contacts"}, nil},
	{"tracking/sources", []string{"tracking", "tracking/contacts", "crm", "matching"}, nil},
	{"tracking/salesforcereport", []string{"tracking", "tracking/contacts", "crm", "crm/salesforce"}, nil},
	{"tracking/sqlstore", []string{"tracking", "tracking/contacts", "tracking/sponsor", "tracking/rounds", "crm", "matching", "internal/sqldb"}, []string{"…"}},
	{"tracking/trackingtest", []string{"tracking", "tracking/contacts", "matching"}, []string{"github.com/google/go-cmp"}},
	{"tracking/sponsor", []string{"tracking", "crm", "matching"}, pureThird},
	{"tracking/sponsor/sponsortest", []string{"tracking/sponsor", "tracking", "crm", "matching"}, []string{"github.com/google/go-cmp"}},
	{"tracking/target", []string{"tracking", "crm", "matching", "dri"}, pureThird},
	{"tracking/rounds", []string{"tracking", "tracking/target", "matching"}, nil},
	{"tracking/rounds/roundstest", []string{"tracking", "tracking/target", "tracking/rounds", "matching"}, []string{"github.com/google/go-cmp"}},
	{"tracking/providertest", []string{"tracking", "matching"}, nil},
	{"tracking/filefeed", []string{"tracking", "crm", "matching", "internal/table"}, []string{"golang.org/x/text"}},
	{"tracking/peopledatalabs", []string{"tracking", "matching"}, []string{"github.com/hashicorp/go-retryablehttp"}},

	{"crm", nil, nil},
	{"crm/memcrm", []string{"crm", "internal/table"}, []string{"golang.org/x/text"}},
	{"crm/crmtest", []string{"crm"}, []string{"github.com/google/go-cmp"}},
	{"crm/salesforce", []string{"crm"}, []string{"…"}},
	{"crm/salesforce/sftest", []string{"crm", "crm/memcrm"}, []string{"github.com/golang-jwt/jwt/v5", "golang.org/x/text"}},
	{"crm/hubspot", []string{"crm"}, []string{"…"}},
	{"crm/hubspot/hstest", []string{"crm", "crm/memcrm"}, nil},

	{"dri", []string{"crm"}, pureThird},
	{"dri/digest", []string{"dri", "crm"}, nil},

	{"routing", []string{"crm", "matching", "tracking", "tracking/target", "dri", "routing/undo"}, pureThird},
	{"routing/dispatch", []string{"routing", "routing/sighting", "crm", "matching", "tracking", "tracking/sponsor", "dri/digest"}, nil},
	{"routing/undo", []string{"crm"}, pureThird},
	{"routing/sighting", []string{"routing", "crm", "matching", "tracking", "tracking/sponsor", "tracking/target"}, pureThird},
	{"routing/spotter", []string{"routing", "routing/sighting", "matching", "tracking", "tracking/rounds", "tracking/target"}, pureThird},
	{"routing/memledger", []string{"routing", "crm", "matching", "tracking", "dri"}, nil},
	{"routing/ledgertest", []string{"routing", "crm", "matching", "tracking", "dri"}, []string{"github.com/google/go-cmp"}},
	{"routing/mirror", []string{"routing", "crm", "matching", "tracking", "dri"}, nil},
	{"routing/notify", []string{"routing", "crm", "matching", "tracking", "tracking/sponsor", "dri", "dri/digest"}, nil},
	{"routing/notify/letter", []string{"dri/digest"}, nil},
	{"routing/notify/mail", []string{"routing/notify", "routing/notify/letter"}, []string{"github.com/wneessen/go-mail"}},
	{"routing/notify/mail/mailtest", nil, nil},
	{"routing/notify/slack", []string{"routing/notify", "routing/notify/letter", "internal/publicnet"}, nil},
	{"routing/notify/sqlstore", []string{"routing/notify", "internal/sqldb"}, []string{"…"}},
	{"routing/notify/notifytest", []string{"routing/notify", "dri/digest"}, []string{"github.com/google/go-cmp"}},
	{"routing/durable", []string{"routing", "crm", "matching", "tracking", "dri", "internal/sqldb"}, []string{"…"}},

	{"adapter", []string{"routing", "routing/undo", "crm", "crm/hubspot", "matching", "tracking", "dri"}, []string{"…"}},
	{"adapter/targets", []string{"adapter", "tracking", "tracking/rounds", "tracking/target"}, nil},
	{"adapter/contacts", []string{"adapter", "tracking", "tracking/contacts"}, nil},
	{"adapter/outbox", []string{"internal/publicnet", "adapter", "routing", "crm", "crm/hubspot", "dri"}, []string{"…"}},
	{"adapter/sponsors", []string{"adapter", "tracking", "tracking/sponsor"}, nil},
	{"adapter/sqlstore", []string{"adapter", "internal/sqldb"}, []string{"…"}},
	{"adapter/storetest", []string{"adapter"}, []string{"github.com/google/go-cmp"}},
	{"cmd", []string{"…"}, []string{"…"}},
	{"examples", []string{"…"}, []string{"…"}},
	{"internal", nil, []string{"golang.org/x/text"}},
	{"internal/bench", []string{"…"}, []string{"…"}},
	{"internal/train", []string{"matching", "internal/forest"}, nil},
	{"internal/eventfile", []string{"routing", "internal/table"}, []string{"golang.org/x/text"}},
	{"internal/settings", []string{"routing", "crm", "matching", "tracking", "tracking/sponsor", "tracking/target", "dri"},
		[]string{"github.com/goccy/go-yaml", "github.com/caarlos0/env/v11"}},
	{"internal/sim", []string{"…"}, []string{"…"}},
	{"internal/chaos", []string{"…"}, []string{"…"}},
	{"internal/mutants", nil, nil},
	{"internal/sqldb", nil, []string{"…"}},
	{"internal/sqldb/pgtest", []string{"internal/sqldb"}, []string{"…"}},
}

// confined says where an import may stand, tests included where tests is set.
var confined = []struct {
	what  string
	in    []string
	tests bool
}{
	{"github.com/gin-gonic/gin", []string{"adapter"}, true},
	{"github.com/gin-contrib", []string{"adapter"}, true},
	{"github.com/k-capehart/go-salesforce", []string{"crm/salesforce"}, true},
	{"github.com/belong-inc/go-hubspot", []string{"crm/hubspot"}, true},
	{"github.com/wneessen/go-mail", []string{"routing/notify/mail"}, true},
	{"net/http", []string{"crm/salesforce", "crm/hubspot", "tracking/peopledatalabs", "adapter", "routing/notify/slack", "cmd", "examples",
		"internal/bench", "internal/chaos"}, false},
	{"net", []string{"crm/salesforce", "crm/hubspot", "tracking/peopledatalabs", "adapter", "routing/notify/mail", "routing/notify/slack", "cmd", "examples",
		"internal/bench", "internal/chaos", "internal/sqldb/pgtest"}, false},
	{"os/exec", []string{"cmd", "examples", "internal/bench", "internal/chaos", "internal/mutants", "internal/sqldb/pgtest"}, false},
	{"unsafe", nil, true},
}

// harmless are packages under a confined path that do no input or output.
var harmless = []string{"net/url", "net/netip", "net/mail", "net/textproto"}

func TestDirections(t *testing.T) {
	s := load(t)
	var breaches []string
	for _, f := range s.files {
		breaches = append(breaches, wrongImports(f)...)
	}
	report(t, breaches, "arrows point one way (see ARCHITECTURE.md). Move the code to the side that may know both, or pass "+
		"a value instead of importing its maker. A new package needs a row in directions (internal/archtest/directions_test.go).")
}

func wrongImports(f file) []string {
	var out []string
	rule, known := directionOf(f.dir())
	if !known {
		return []string{f.path + ": no direction is written down for this package"}
	}
	for _, imp := range imports(f) {
		switch {
		case !f.test() && !rule.allows(f.dir(), imp):
			out = append(out, fmt.Sprintf("%s: %s may not import %s", f.path, f.dir(), imp))
		case !placed(f, imp):
			out = append(out, fmt.Sprintf("%s: %s is confined to other packages", f.path, imp))
		}
	}
	return out
}

// directionOf finds the row with the longest matching directory.
func directionOf(dir string) (direction, bool) {
	var best direction
	found := false
	for _, d := range directions {
		if within(dir, d.dir) && len(d.dir) > len(best.dir) {
			best, found = d, true
		}
	}
	return best, found
}

// allows tells whether a file in dir may import imp under the rule.
func (d direction) allows(dir, imp string) bool {
	if standard(imp) {
		return true
	}
	if !within(imp, module) {
		return slices.Contains(d.third, "…") || withinAny(imp, d.third)
	}
	own := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
	if slices.Contains(d.ours, "…") {
		return true
	}
	// A package may import what lies below its own row; other packages are named
	// exactly, so that "crm" does not open the door to "crm/salesforce".
	sibling, known := directionOf(own)
	return slices.Contains(d.ours, own) || (known && sibling.dir == d.dir && own != dir)
}

// placed tells whether an import is allowed at this place by confined.
func placed(f file, imp string) bool {
	if withinAny(imp, harmless) {
		return true
	}
	for _, c := range confined {
		if within(imp, c.what) && (c.tests || !f.test()) && !withinAny(f.dir(), c.in) {
			return false
		}
	}
	return true
}

func TestClientsStayHidden(t *testing.T) {
	s := load(t)
	hidden := []string{"github.com/k-capehart/go-salesforce", "github.com/belong-inc/go-hubspot"}
	var found []finding
	for _, f := range s.files {
		if !f.test() {
			found = append(found, shown(f, hidden)...)
		}
	}
	report(t, lines(s.fset, found), "no type of a CRM client library may stand in an exported signature, so that the library can be "+
		"replaced. Use a type of package crm or an own one.")
}

// shown finds selectors of the hidden modules in exported declarations.
func shown(f file, hidden []string) []finding {
	names := map[string]string{}
	for _, spec := range f.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		if !withinAny(p, hidden) {
			continue
		}
		names[importName(spec, p)] = p
	}
	var out []finding
	look := func(where string, n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && names[x.Name] != "" {
					out = append(out, finding{sel.Pos(), fmt.Sprintf("%s shows %s.%s", where, x.Name, sel.Sel.Name)})
				}
			}
			return true
		})
	}
	for _, d := range f.ast.Decls {
		inspectExported(d, look)
	}
	return out
}

// inspectExported calls look for each type expression that a declaration shows
// to importers: signatures, exported fields and methods, types of variables.
func inspectExported(d ast.Decl, look func(where string, n ast.Node)) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() {
			look("func "+d.Name.Name, d.Type)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() {
					inspectType(spec, look)
				}
			case *ast.ValueSpec:
				if spec.Type != nil && slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
					look(d.Tok.String()+" "+spec.Names[0].Name, spec.Type)
				}
			}
		}
	}
}

func inspectType(spec *ast.TypeSpec, look func(where string, n ast.Node)) {
	where := "type " + spec.Name.Name
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		look(where, spec.Type)
		return
	}
	for _, field := range fields.Fields.List {
		if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
			look(where, field.Type)
		}
	}
}

// importName is the name under which a file knows an import: its alias, or the
// last part of the path without a version and without a "go-" prefix.
func importName(spec *ast.ImportSpec, p string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	last := path.Base(p)
	if len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = path.Base(path.Dir(p))
	}
	return strings.TrimPrefix(last, "go-")
}

func TestDirectionRulesCanFail(t *testing.T) {
	rows := []struct {
		name, path, imp string
		want            int
	}{
		{"matching stays alone", "matching/x.go", module + "/crm", 1},
		{"crm stays alone", "crm/x.go", module + "/matching", 1},
		{"a port does not know its drivers", "crm/x.go", module + "/crm/memcrm", 1},
		{"a driver knows its port", "crm/memcrm/x.go", module + "/crm", 0},
		{"routing does not know back ends", "routing/x.go", module + "/crm/salesforce", 1},
		{"routing does not know ledgers", "routing/x.go", module + "/routing/memledger", 1},
		{"dri knows crm", "dri/x.go", module + "/crm", 0},
		{"dri does not know routing", "dri/x.go", module + "/routing", 1},
		{"the core has few friends", "matching/x.go", "github.com/spf13/cobra", 1},
		{"public suffixes are one", "matching/x.go", "golang.org/x/net/publicsuffix", 0},
		{"the rest of x/net is not", "matching/x.go", "golang.org/x/net/html", 1},
		{"gin outside the adapter", "cmd/onward/x.go", "github.com/gin-gonic/gin", 1},
		{"gin in a test outside the adapter", "routing/x_test.go", "github.com/gin-gonic/gin", 1},
		{"gin in the adapter", "adapter/x.go", "github.com/gin-gonic/gin", 0},
		{"no network in the engine", "routing/engine.go", "net/http", 1},
		{"no network where messages are made", "routing/notify/x.go", "net/http", 1},
		{"e-mail in its sender", "routing/notify/mail/x.go", "github.com/wneessen/go-mail", 0},
		{"e-mail beside it", "adapter/x.go", "github.com/wneessen/go-mail", 1},
		{"no pprof either", "routing/engine.go", "net/http/pprof", 1},
		{"an address is a value", "matching/x.go", "net/netip", 0},
		{"a new top-level package", "util/x.go", "strings", 1},
		{"a test may import more", "matching/x_test.go", module + "/crm", 0},
		{"the program meets everything", "cmd/onward/x.go", module + "/routing", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, f := snippet(t, row.path, "package x\n\nimport _ "+strconv.Quote(row.imp)+"\n")
			if got := wrongImports(f); len(got) != row.want {
				t.Errorf("%s importing %s: %d breaches %q, want %d", row.path, row.imp, len(got), got, row.want)
			}
		})
	}
}

func TestHiddenClientRuleCanFail(t *testing.T) {
	const head = "package x\n\nimport \"example.com/go-vendor/v2\"\n"
	rows := []struct {
		name, text string
		want       int
	}{
		{"result", "func Open() *vendor.Client { return nil }", 1},
		{"method of an interface", "type I interface{ Do(vendor.Request) }", 1},
		{"exported field", "type T struct{ C *vendor.Client }", 1},
		{"embedded field", "type T struct{ *vendor.Client }", 1},
		{"variable", "var Default *vendor.Client", 1},
		{"unexported field", "type T struct{ c *vendor.Client }", 0},
		{"body", "func Open() { _ = vendor.New() }", 0},
		{"unexported function", "func open() *vendor.Client { return nil }", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, f := snippet(t, "x.go", head+row.text)
			if got := shown(f, []string{"example.com/go-vendor"}); len(got) != row.want {
				t.Errorf("%q: %d findings, want %d", row.text, len(got), row.want)
			}
		})
	}
}
