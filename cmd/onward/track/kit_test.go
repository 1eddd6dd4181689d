package track_test

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

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/internal/settings"
)

// bench is a folder with a database, in which command lines are run.
type bench struct {
	*testing.T
	dir string
	now time.Time
	// environ is added to the environment; secret is ONWARD_SECRET, terminal says that
	// somebody watches.
	environ  []string
	secret   string
	terminal bool
	// seen is called whenever something is written to standard error.
	seen func()
}

// watched is a buffer that calls somebody at each write.
type watched struct {
	text bytes.Buffer
	seen func()
}

// Write adds to the text.
func (w *watched) Write(p []byte) (int, error) {
	if w.seen != nil {
		w.seen()
	}
	return w.text.Write(p)
}

func newBench(t *testing.T) *bench {
	return &bench{T: t, dir: t.TempDir(), now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), secret: "secret-of-the-test-0123456"}
}

// result is what a command line came to.
type result struct {
	code           int
	stdout, stderr string
}

// run runs onward track with arguments in one text, in which $DIR is the folder; words in
// double quotes stay together.
func (b *bench) run(args string) result {
	b.Helper()
	return b.in(b.Context(), args)
}

func (b *bench) in(ctx context.Context, args string) result {
	b.Helper()
	var stdout bytes.Buffer
	stderr := watched{seen: b.seen}
	c := track.Command(env.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: func() time.Time { return b.now }, Terminal: b.terminal,
		Environ: append([]string{"ONWARD_SECRET=" + b.secret}, b.environ...),
	})
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(append(words(strings.ReplaceAll(args, "$DIR", b.dir)), "--database", filepath.Join(b.dir, "onward.db")))
	c.SetOut(&stdout)
	c.SetErr(&stderr)
	err := c.ExecuteContext(ctx)
	if err == nil {
		return result{exit.CodeDone, stdout.String(), stderr.text.String()}
	}
	text, code := err.Error(), exit.CodeUsage
	if f, ok := errors.AsType[*exit.Failure](err); ok {
		code = f.Code
	}
	return result{code, stdout.String(), stderr.text.String() + text}
}

func words(args string) []string {
	quoted := false
	parts := strings.FieldsFunc(args, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], `"`, "")
	}
	return parts
}

// done is run for what has to go well, and gives standard output.
func (b *bench) done(args string) string {
	b.Helper()
	r := b.run(args)
	if r.code != exit.CodeDone {
		b.Fatalf("onward track %s: exit code %d: %s", args, r.code, r.stderr)
	}
	return r.stdout
}

// fails demands an exit code and words of the message.
func (b *bench) fails(args string, code int, want string) {
	b.Helper()
	if r := b.run(args); r.code != code || !strings.Contains(r.stderr, want) {
		b.Errorf("onward track %s: exit code %d, want %d:\n%s\nwant %s", args, r.code, code, r.stderr, want)
	}
}

// read runs a command with --format json and reads its result.
func (b *bench) read(args string, into any) {
	b.Helper()
	r := b.run(args + " --format json")
	if err := json.Unmarshal([]byte(r.stdout), into); err != nil {
		b.Fatalf("onward track %s: %v in %q: %s", args, err, r.stdout, r.stderr)
	}
}

// shows demands a table: cells divided by blanks, lines as they are.
func (b *bench) shows(args string, want ...string) {
	b.Helper()
	var got []string
	for line := range strings.Lines(b.done(args)) {
		if text := strings.Join(strings.Fields(line), " "); text != "" && !strings.HasPrefix(text, "─") {
			got = append(got, text)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.Errorf("onward track %s: got\n%s\nwant\n%s", args, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// file writes a file into the folder.
func (b *bench) file(name, text string) {
	b.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// people is a CSV file of people by the local parts of their addresses.
func (b *bench) people(name string, who ...string) {
	b.Helper()
	text := "Email\n"
	for _, w := range who {
		text += w + "@acme.com\n"
	}
	b.file(name, text)
}

// open opens the database of the bench, as another process would.
func (b *bench) open() *env.Database {
	b.Helper()
	s := settings.Default()
	s.Adapter.Database = filepath.Join(b.dir, "onward.db")
	db, err := env.Env{Stderr: b.Output(), Now: func() time.Time { return b.now }}.OpenDatabase(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	return db
}
