package archtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// heavy are imports that nobody links who only wants the library: what belongs
// to the adapter, to a back end, to a database or to the program.
var heavy = []string{
	"github.com/gin-gonic",
	"github.com/k-capehart/go-salesforce",
	"github.com/belong-inc/go-hubspot",
	"github.com/hashicorp/go-retryablehttp",
	"github.com/riverqueue",
	"github.com/jackc/pgx",
	"modernc.org",
	"github.com/spf13",
	"github.com/wneessen/go-mail",
	"github.com/schollz",
	"github.com/goccy/go-yaml",
	"github.com/caarlos0/env",
	"github.com/google/go-cmp",
	"pgregory.net/rapid",
	"database/sql",
	"testing",
}

// networkNamers import net/http for a type and call nothing of it:
// publicsuffix offers its list to cookie jars. The linker leaves the rest out.
var networkNamers = []string{"golang.org/x/net/publicsuffix"}

// stranger is a module of somebody who uses a part of the library.
type stranger struct {
	name, main string
}

// The programs hand the entry points around, so that the linker keeps them.
var strangers = []stranger{
	{"only matching", `package main

import (
	"fmt"

	"` + module + `/matching"
)

func main() { fmt.Println(matching.SameCompany, matching.MatchAccount, matching.MatchPerson) }
`},
	{"routing with memcrm", `package main

import (
	"fmt"

	"` + module + `/crm"
	"` + module + `/crm/memcrm"
	"` + module + `/routing"
	"` + module + `/routing/memledger"
)

func main() { fmt.Println(crm.NewClient, memcrm.New, routing.New, routing.Evaluate, memledger.New) }
`},
}

func TestLightToImport(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	for _, s := range strangers {
		t.Run(s.name, func(t *testing.T) {
			dir := s.write(t)
			packages := s.goCommand(t, dir, "list", "-deps", "-f",
				"{{.ImportPath}}\t{{.Standard}}\t{{with .Module}}{{.Path}} {{.Version}}{{end}}\t{{.Imports}}", ".")
			modules, breaches, count := weigh(packages)
			slices.Sort(modules)
			s.goCommand(t, dir, "build", "-o", "stranger", ".")
			t.Logf("%d packages, %s; other modules: %s", count, size(t, filepath.Join(dir, "stranger")),
				strings.Join(slices.Compact(modules), ", "))
			if strings.Contains(s.goCommand(t, dir, "tool", "nm", "stranger"), " net/http.(*Client).") {
				breaches = append(breaches, "the linked program holds an HTTP client")
			}
			report(t, breaches, "go list -deps shows who imports it; keep it in the adapter, in a driver or in the program.")
		})
	}
}

// weigh reads what go list tells of each package: its path, whether it is of the
// standard library, its module, its imports. It gives the modules of others,
// what is too heavy, and the number of packages.
func weigh(packages string) (modules, breaches []string, count int) {
	for line := range strings.Lines(packages) {
		field := strings.Split(strings.TrimSpace(line), "\t")
		imp, std, mod, imports := field[0], field[1] == "true", field[2], strings.Fields(strings.Trim(field[3], "[]"))
		count++
		if withinAny(imp, heavy) {
			breaches = append(breaches, "links "+imp)
		}
		if mod != "" && !strings.HasPrefix(mod, "stranger ") && !strings.HasPrefix(mod, module) {
			modules = append(modules, mod)
		}
		if !std && !slices.Contains(networkNamers, imp) && slices.ContainsFunc(imports, network) {
			breaches = append(breaches, imp+" imports net/http")
		}
	}
	return modules, breaches, count
}

func network(imp string) bool { return within(imp, "net/http") }

// write makes the stranger's module: a go.mod that asks for nothing but onward.
func (s stranger) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	here, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(here, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"go.mod": "module stranger\n\ngo 1.26\n\nrequire " + module + " v0.0.0\n\nreplace " + module + " => " + here + "\n",
		"go.sum": string(sums),
		"x.go":   s.main,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// goCommand runs the go command in the stranger's module. What it needs is in
// the module cache already, for this module needs it too.
func (s stranger) goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, stderr.String())
	}
	return string(out)
}

// size tells how big a file is.
func size(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%.1f MB", float64(info.Size())/1e6)
}

func TestWeighCanFail(t *testing.T) {
	rows := []struct {
		line string
		want int
	}{
		{"strings\ttrue\t\t[io]", 0},
		{"github.com/gin-gonic/gin\tfalse\tgithub.com/gin-gonic/gin v1.12.0\t[io]", 1},
		{"database/sql\ttrue\t\t[io]", 1},
		{module + "/routing\tfalse\t" + module + " v0.0.0\t[net/http/httptrace]", 1},
		{"golang.org/x/net/publicsuffix\tfalse\tgolang.org/x/net v0.62.0\t[net/http/cookiejar]", 0},
		{"net/http/cookiejar\ttrue\t\t[net/http]", 0},
	}
	for _, row := range rows {
		if _, got, _ := weigh(row.line + "\n"); len(got) != row.want {
			t.Errorf("%q: %q, want %d breaches", row.line, got, row.want)
		}
	}
}
