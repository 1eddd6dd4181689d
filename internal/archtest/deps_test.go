package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowedDeps lists the modules that this one may require directly, each with
// the reason why, so that a new one is a visible line in a review.
const allowedDeps = "testdata/allowed_deps.txt"

func TestDirectDependencies(t *testing.T) {
	allowed := readAllowed(t)
	out, err := exec.Command("go", "mod", "edit", "-json", root+"/go.mod").Output()
	if err != nil {
		t.Fatalf("go mod edit: %v", err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	var breaches []string
	for _, m := range difference(direct, allowed) {
		breaches = append(breaches, "go.mod requires "+m+", which is not in "+allowedDeps)
	}
	for _, m := range difference(allowed, direct) {
		breaches = append(breaches, allowedDeps+" names "+m+", which go.mod does not require directly")
	}
	for _, r := range mod.Replace {
		breaches = append(breaches, "go.mod replaces "+r.Old.Path+", which importers of the library would not see")
	}
	report(t, breaches, "do without the module, or write it down with its reason; then run make tidy.")
}

func TestImportsAreAllowedModules(t *testing.T) {
	allowed := readAllowed(t)
	s := load(t)
	var found []finding
	used := map[string]bool{}
	for _, f := range s.files {
		for i, imp := range imports(f) {
			if standard(imp) || within(imp, module) {
				continue
			}
			m := moduleOf(imp, allowed)
			used[m] = true
			if m == "" {
				found = append(found, finding{f.ast.Imports[i].Pos(), "imports " + imp + ", of a module that is not in " + allowedDeps})
			}
		}
	}
	report(t, lines(s.fset, found), "do without the module, or write it down with its reason.")
	for _, m := range allowed {
		if !used[m] {
			t.Errorf("%s names %s, which no file imports: delete the line", allowedDeps, m)
		}
	}
}

// moduleOf finds the longest of the modules that an import path lies in.
func moduleOf(imp string, modules []string) string {
	best := ""
	for _, m := range modules {
		if within(imp, m) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

// readAllowed reads the list and checks that each line gives a reason.
func readAllowed(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(allowedDeps)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		m, why, _ := strings.Cut(line, " ")
		if len(strings.TrimSpace(why)) < 10 {
			t.Errorf("%s: %s has no reason", allowedDeps, m)
		}
		out = append(out, m)
	}
	if !slices.IsSorted(out) {
		t.Errorf("%s is not in order", allowedDeps)
	}
	return out
}

// difference gives the members of a that are not in b.
func difference(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
