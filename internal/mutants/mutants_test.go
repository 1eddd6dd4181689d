package mutants

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// bugs is how many there are, B1 and so on.
	bugs = 20
	// asked names those to be planted, by commas; "all" is all of them.
	asked = "ONWARD_MUTANTS"
	// longest is how long one command may take.
	longest = 5 * time.Minute
)

// TestP24PlantedBugs plants one bug after the other in a copy of the code, and wants
// the tests of the promise that it breaks to fail, and nothing else to be wrong.
func TestP24PlantedBugs(t *testing.T) {
	wanted := os.Getenv(asked)
	if wanted == "" {
		t.Skip("takes minutes; set " + asked + " to all, or to a list such as B1,B6")
	}
	all := read(t)
	for _, name := range strings.Split(wanted, ",") {
		if !slices.ContainsFunc(all, func(p patch) bool { return p.wanted(name) }) {
			t.Fatalf("%s names %q, which is no bug", asked, name)
		}
	}
	c := &code{dir: copied(t), green: map[string]bool{}}
	var table strings.Builder
	for _, p := range all {
		if !slices.ContainsFunc(strings.Split(wanted, ","), p.wanted) {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			begun := time.Now()
			caught := c.plant(t, p)
			fmt.Fprintf(&table, "%-14s %-4s %5.1f s  %s\n", p.name, p.promise, time.Since(begun).Seconds(), strings.Join(caught, ", "))
		})
	}
	t.Logf("bug, promise, time, and the tests that failed:\n%s", table.String())
}

// TestPatchesFit makes sure that every bug is there, and can be planted in the code
// as it is now.
func TestPatchesFit(t *testing.T) {
	all := read(t)
	for n := 1; n <= bugs; n++ {
		if name := fmt.Sprintf("B%d", n); !slices.ContainsFunc(all, func(p patch) bool { return p.wanted(name) }) {
			t.Errorf("no patch plants %s", name)
		}
	}
	for _, p := range all {
		if out, err := apply(t.Context(), root(t), p, "--check"); err != nil {
			t.Errorf("%s no longer fits the code: make the bug again, and the patch from it\n%s", p.file, out)
		}
	}
}

// TestJudgement makes sure that only a test that has failed counts.
func TestJudgement(t *testing.T) {
	rows := []struct {
		name, out string
		err       error
		want      string
	}{
		{"a test has failed", "--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/row (0.00s)\nFAIL\nFAIL\tp\t0.1s\n", errFailed, "TestA"},
		{"a test has panicked", "panic: oops\n\ngoroutine 7 [running]:\nFAIL\tp\t0.1s\n", errFailed, "a panic"},
		{"nothing has failed", "ok  \tp\t0.1s\n", nil, ""},
		{"the code does not compile", "# p\np.go:1:1: x\nFAIL\tp [build failed]\nFAIL\n", errFailed, ""},
		{"no setup", "FAIL\tp [setup failed]\n", errFailed, ""},
		{"the command is wrong", "flag provided but not defined: -x\n", errFailed, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if got := strings.Join(failures(r.out, r.err), ", "); got != r.want {
				t.Errorf("%q, want %q", got, r.want)
			}
		})
	}
}

var errFailed = errors.New("exit status 1")

// patch is one bug.
type patch struct {
	// name is B1, or B10-age where there are several; number is before the dash.
	name, number  string
	file, promise string
	// runs are commands that must fail.
	runs []string
}

func (p patch) wanted(name string) bool {
	name = strings.TrimSpace(name)
	return name == "all" || strings.EqualFold(name, p.name) || strings.EqualFold(name, p.number)
}

var (
	promiseForm = regexp.MustCompile(`^P[1-9][0-9]?$`)
	runForm     = regexp.MustCompile(`^go test (\./[a-z0-9/]+ )+-run \S+( -count=1)$`)
)

// read reads all patches, in order of their numbers.
func read(t *testing.T) []patch {
	t.Helper()
	files, err := filepath.Glob("*.patch")
	if err != nil {
		t.Fatal(err)
	}
	var out []patch
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		p := patch{name: strings.TrimSuffix(f, ".patch"), file: f}
		p.number, _, _ = strings.Cut(p.name, "-")
		bug := ""
		head, _, _ := strings.Cut(string(text), "\ndiff ")
		for line := range strings.SplitSeq(head, "\n") {
			field, value, _ := strings.Cut(strings.TrimPrefix(line, "# "), ": ")
			switch field {
			case "bug":
				bug = value
			case "promise":
				p.promise = value
			case "run":
				p.runs = append(p.runs, value)
			}
		}
		if bug == "" || !promiseForm.MatchString(p.promise) || len(p.runs) == 0 || slices.ContainsFunc(p.runs, wrongRun) {
			t.Fatalf("%s: want the lines bug, promise and run", f)
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b patch) int { return numberOf(a) - numberOf(b) })
	return out
}

func wrongRun(s string) bool { return !runForm.MatchString(s) }

func numberOf(p patch) (n int) {
	_, _ = fmt.Sscanf(p.number, "B%d", &n)
	return n
}

// root is the folder of the module.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// copied copies the module, without what git ignores, and returns its new folder.
func copied(t *testing.T) string {
	t.Helper()
	from, to := root(t), t.TempDir()
	out, err := command(t.Context(), from, "git", "ls-files", "-c", "-o", "--exclude-standard", "-z")
	if err != nil {
		t.Skipf("the files of the module cannot be listed: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(out, "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(from, name))
		if err != nil || !info.Mode().IsRegular() {
			continue // deleted, and not yet committed
		}
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// code is the copy in which bugs are planted.
type code struct {
	dir string
	// green are the commands that have passed without a bug.
	green map[string]bool
}

// plant plants a bug, runs its commands and takes it out again. It returns the tests
// that have failed.
func (c *code) plant(t *testing.T, p patch) (caught []string) {
	for _, run := range p.runs {
		if c.green[run] {
			continue
		}
		out, err := c.run(t, run)
		if err != nil || strings.Contains(out, "[no tests to run]") {
			t.Fatalf("%s does not pass without the bug: %v\n%s", run, err, tail(out))
		}
		c.green[run] = true
	}
	if out, err := apply(t.Context(), c.dir, p); err != nil {
		t.Fatalf("%s does not fit: %v\n%s", p.file, err, out)
	}
	defer func() {
		if out, err := apply(context.WithoutCancel(t.Context()), c.dir, p, "-R"); err != nil {
			t.Fatalf("%s cannot be taken out: %v\n%s", p.file, err, out)
		}
	}()
	for _, run := range p.runs {
		if out, err := command(t.Context(), c.dir, "go", append([]string{"vet"}, packages(run)...)...); err != nil {
			t.Fatalf("with the bug the code does not compile:\n%s", tail(out))
		}
		out, err := c.run(t, run)
		names := failures(out, err)
		if len(names) == 0 {
			t.Errorf("%s does not see the bug\n%s", run, tail(out))
		}
		caught = append(caught, names...)
	}
	return caught
}

// run runs the command of a patch. The environment asks for no bugs, so that none is
// planted in the copy of a copy.
func (c *code) run(t *testing.T, run string) (string, error) {
	return command(t.Context(), c.dir, "go", append(strings.Fields(run)[1:], "-timeout="+(longest-time.Minute).String())...)
}

func packages(run string) []string {
	return slices.DeleteFunc(strings.Fields(run), func(s string) bool { return !strings.HasPrefix(s, "./") })
}

var failureForm = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)

// failures are the tests that failed, none when the command failed otherwise.
func failures(out string, err error) []string {
	if err == nil || strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]") {
		return nil
	}
	var names []string
	for _, m := range failureForm.FindAllStringSubmatch(out, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 && strings.Contains(out, "panic: ") {
		names = append(names, "a panic")
	}
	return names
}

// apply applies a patch to the code in a folder, or checks it, or takes it back.
func apply(ctx context.Context, dir string, p patch, flags ...string) (string, error) {
	file, err := filepath.Abs(p.file)
	if err != nil {
		return "", err
	}
	return command(ctx, dir, "git", append(append([]string{"apply", "--whitespace=nowarn"}, flags...), file)...)
}

// command runs a program in a folder, and returns what it says.
func command(ctx context.Context, dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), asked+"=", "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.String(), err
}

// tail is the end of an output.
func tail(out string) string {
	const most = 3000
	return out[max(0, len(out)-most):]
}
