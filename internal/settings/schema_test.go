package settings

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// TestEnumsAreComplete reads the constants of every closed set from the source:
// a value that is added there must be added to the schema.
func TestEnumsAreComplete(t *testing.T) {
	for _, list := range enums {
		typ := reflect.TypeOf(list).Elem()
		t.Run(typ.String(), func(t *testing.T) {
			dir := "."
			if name := typ.PkgPath()[len("github.com/onward-crm/onward/"):]; name != "internal/settings" {
				dir = "../../" + name
			}
			known := enum(typ)
			for _, value := range constantsOf(t, dir, typ.Name()) {
				if !slices.Contains(known, value) {
					t.Errorf("%q is missing", value)
				}
			}
		})
	}
}

func constantsOf(t *testing.T, dir, typ string) []string {
	t.Helper()
	packages, err := parser.ParseDir(token.NewFileSet(), dir, nil, 0) //nolint:staticcheck // no build information is needed
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range packages {
		ast.Inspect(p, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ && len(spec.Values) == 1 {
					if text, ok := spec.Values[0].(*ast.BasicLit); ok {
						if value, _ := strconv.Unquote(text.Value); value != "" {
							out = append(out, value)
						}
					}
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatalf("no constants of %s found", typ)
	}
	return out
}

func TestSchemaIsReadable(t *testing.T) {
	var root struct {
		Properties map[string]struct {
			Enum       []string
			Properties map[string]struct {
				Type string
				Enum []string
			}
		}
		AdditionalProperties *bool
	}
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	if got := root.Properties["strategy"].Enum; len(got) != 4 {
		t.Errorf("strategy: %v", got)
	}
	if got := root.Properties["matching"].Properties["profile"].Enum; !slices.Contains(got, "strict") {
		t.Errorf("matching.profile: %v", got)
	}
	if got := root.Properties["matching"].Properties["prior"].Type; got != "number" {
		t.Errorf("matching.prior: %v", got)
	}
	if root.AdditionalProperties == nil || *root.AdditionalProperties {
		t.Error("unknown keys are not refused")
	}
}

func TestNearest(t *testing.T) {
	names := []string{"contact", "default", "lead", "pools"}
	for word, want := range map[string]string{"defualt": "default", "Contacts": "contact", "pool": "pools", "quartz": "", "": ""} {
		if got := nearest(names, word); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
