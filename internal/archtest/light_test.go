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
	"github.com/schollz",
	"github.com/goccy/go-yaml",
	"github.com/caarlos0/env",
	"github.com/google/go-cmp",
	"pgregory.net/rapid",
	"database/sql",
	"net/http",
	"testing",
}

// stranger is a module of somebody who uses a part of the library.
type stranger struct {
	name, main string
}

var strangers = []stranger{
	{"only matching", `package main

import "` + module + `/matching"

func main() { _ = matching.Profile{} }
`},
	{"routing with memcrm", `package main

import (
	"` + module + `/crm"
	"` + module + `/crm/memcrm"
	"` + module + `/routing"
	_ "` + module + `/routing/memledger"
)

var (
	_ crm.Driver = (*memcrm.CRM)(nil)
	_ routing.Config
)

func main() {}
`},
}

func TestLightToImport(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here")
	}
	for _, s := range strangers {
		t.Run(s.name, func(t *testing.T) {
			dir := s.write(t)
			packages := s.goCommand(t, dir, "list", "-deps", "-f", "{{.ImportPath}}\t{{with .Module}}{{.Path}} {{.Version}}{{end}}", ".")
			var modules, breaches []string
			count := 0
			for line := range strings.Lines(packages) {
				imp, mod, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
				count++
				if withinAny(imp, heavy) {
					breaches = append(breaches, "links "+imp)
				}
				if mod != "" && !strings.HasPrefix(mod, "stranger ") && !strings.HasPrefix(mod, module) {
					modules = append(modules, mod)
				}
			}
			slices.Sort(modules)
			s.goCommand(t, dir, "build", "-o", "stranger", ".")
			t.Logf("%d packages, %s; other modules: %s", count, size(t, filepath.Join(dir, "stranger")),
				strings.Join(slices.Compact(modules), ", "))
			report(t, breaches, "go list -deps shows who imports it; keep it in the adapter, in a driver or in the program.")
		})
	}
}

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
