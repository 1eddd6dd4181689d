package targets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/targets"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/durable"
)

// bench is a folder with a database, a configuration and files, in which command lines
// are run.
type bench struct {
	*testing.T
	dir     string
	now     time.Time
	environ []string
	config  string
}

const secret = "secret-of-the-test-0123456"

func newBench(t *testing.T) *bench {
	b := &bench{T: t, dir: t.TempDir(), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), environ: []string{"ONWARD_SECRET=" + secret}}
	b.config = `
personas:
  - { name: Marketing, include: [VP, Director], exclude: [assistant], departments: [marketing] }
  - { name: Buyers, include: [purchasing] }
targets:
  reports:
    - { id: key, name: Key accounts, file: '$DIR/key.csv', category: target, per_account: 2 }
    - { id: customers, file: '$DIR/customers.csv', category: customer, search_prospects: no }
providers: { files: [{ name: export, path: '$DIR/people.csv' }] }
`
	b.write("key.csv", "Account ID;Account Name;Website\n001000000000001AAA;Nordlicht;nordlicht.example\n001000000000002;Harbour;harbour.example\n")
	b.write("customers.csv", "Account ID,Account Name\n001000000000002AAA,Harbour\n")
	b.write("people.csv", `full_name,linkedin_url,company,domain,title,started_on
Ida Brandt,linkedin.com/in/ida-brandt,Nordlicht,nordlicht.example,VP of Marketing,2026-10-01
Jon Aas,linkedin.com/in/jon-aas,Nordlicht,nordlicht.example,Director of Marketing,
Mia Roth,linkedin.com/in/mia-roth,Nordlicht,nordlicht.example,Head of Purchasing,2026-09-15
Lea Wolf,linkedin.com/in/lea-wolf,Nordlicht,nordlicht.example,Assistant to the VP of Marketing,
Tom Berg,linkedin.com/in/tom-berg,Harbour,harbour.example,Director of Marketing,2019-03-01
`)
	return b
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) write(name, text string) {
	b.Helper()
	b.ok(os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600))
}

// result is what a command line came to.
type result struct {
	code           int
	stdout, stderr string
}

// run runs a command line.
func (b *bench) run(args ...string) result {
	b.Helper()
	b.write("onward.yaml", strings.ReplaceAll(b.config, "$DIR", b.dir))
	var stdout, stderr bytes.Buffer
	root := &cobra.Command{Use: "onward", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(targets.Commands(env.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { return b.now }, Environ: b.environ,
	})...)
	args = append(args, "--config", filepath.Join(b.dir, "onward.yaml"))
	if args[0] == "targets" {
		args = append(args, "--database", filepath.Join(b.dir, "onward.db"))
	}
	root.SetArgs(args)
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	err := root.ExecuteContext(b.Context())
	if err == nil {
		return result{exit.CodeDone, stdout.String(), stderr.String()}
	}
	text, code := err.Error(), exit.CodeUsage
	if f, ok := errors.AsType[*exit.Failure](err); ok {
		code = f.Code
	}
	return result{code, stdout.String(), stderr.String() + text}
}

// asked runs a command line, and reads its JSON.
func (b *bench) asked(code int, into any, args ...string) {
	b.Helper()
	r := b.run(append(args, "--format", "json")...)
	if r.code != code {
		b.Fatalf("%v: exit %d\n%s%s", args, r.code, r.stdout, r.stderr)
	}
	b.ok(json.Unmarshal([]byte(r.stdout), into))
}

// waiting are the last names of the deliveries that the database of onward serve holds.
func (b *bench) waiting() map[string]int {
	b.Helper()
	l, err := durable.Open(b.Context(), filepath.Join(b.dir, "onward.db"), &durable.Options{Now: time.Now})
	b.ok(err)
	defer l.Close()
	out := map[string]int{}
	for r, err := range l.Records(context.Background(), routing.Filter{}) {
		b.ok(err)
		out[r.Event.Person.LastName]++
	}
	return out
}
