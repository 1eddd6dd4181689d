package sponsors_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/sponsors"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// demo is the CRM that comes with onward; ingrid, mateo and adaeze are contacts there.
const (
	demo     = "../demo/crm"
	ingrid   = "ingrid.solberg@bruker.com"
	mateo    = "mateo.lindqvist@rochester.edu"
	adaeze   = "adaeze.okonkwo@dupont.com"
	bruker   = "001Lu0000000002IAA"
	dupont   = "001Lu0000000018IAA"
	rochest  = "001Lu0000000003IAA"
	ingridID = "003Lu0000000001IAA"
	secret   = "secret-of-the-test-0123456"
)

// shop is a folder with a database, in which commands are run.
type shop struct {
	*testing.T
	dir     string
	now     time.Time
	environ []string
}

func newShop(t *testing.T) *shop {
	return &shop{T: t, dir: t.TempDir(), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), environ: []string{"USER=anna", "ONWARD_SECRET=" + secret}}
}

// answer is what a command said.
type answer struct {
	t          *testing.T
	code       int
	out, trace string
}

// run runs onward sponsors on the shop's database.
func (s *shop) run(args ...string) answer {
	s.Helper()
	var out, trace bytes.Buffer
	e := env.Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &trace, Environ: s.environ, Now: func() time.Time { return s.now }}
	c := sponsors.Command(e)
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetOut(&out)
	c.SetErr(&trace)
	c.SetArgs(append(args, "--database", filepath.Join(s.dir, "onward.db")))
	err := c.ExecuteContext(s.Context())
	a := answer{t: s.T, out: out.String(), trace: trace.String()}
	if err != nil {
		a.code, a.trace = exit.CodeUsage, a.trace+err.Error()
		if f, ok := errors.AsType[*exit.Failure](err); ok {
			a.code = f.Code
		}
	}
	for line := range strings.Lines(a.out) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 122 && !strings.Contains(line, s.dir) {
			s.Errorf("a line of %d characters: %s", n, line)
		}
	}
	return a
}

// want checks the exit code, and texts of the answer.
func (a answer) want(code int, texts ...string) answer {
	a.t.Helper()
	if a.code != code {
		a.t.Fatalf("exit code %d, want %d\n%s%s", a.code, code, a.out, a.trace)
	}
	for _, text := range texts {
		if !strings.Contains(a.out+a.trace, text) {
			a.t.Errorf("no %q in\n%s%s", text, a.out, a.trace)
		}
	}
	return a
}

// read decodes an answer in JSON.
func (a answer) read(v any) answer {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.out), v); err != nil {
		a.t.Fatalf("%v in %s", err, a.out)
	}
	return a
}

// file writes a file into the shop's folder.
func (s *shop) file(name, text string) string {
	s.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
	return path
}

// feed is a file that says where people are: person, company, title, seen on a day.
func (s *shop) feed(rows ...string) string {
	s.Helper()
	text := "email,linkedin_url,first_name,last_name,company,title,city,seen_at\n"
	for _, row := range rows {
		text += row + "\n"
	}
	return s.file(fmt.Sprintf("feed-%d.csv", s.now.Unix()), text)
}

func atBruker(title, day string) string {
	return ingrid + ",https://www.linkedin.com/in/isolberg-demo,Ingrid,Solberg,Bruker," + title + ",Oslo," + day
}

func atRochester(title, day string) string {
	return mateo + ",https://www.linkedin.com/in/mlindqvist-demo,Mateo,Lindqvist,University of Rochester," + title + ",Rochester," + day
}

// enrolled is a shop with Ingrid, Mateo and Adaeze.
func enrolled(t *testing.T) *shop {
	s := newShop(t)
	s.run("enrol", "--crm", demo, "--csv", s.file("sponsors.csv", "crm_id,account_id,role\n"+
		ingridID+","+bruker+",Champion\n003Lu0000000003IAA,"+rochest+",Economic Buyer\n003Lu0000000004IAA,"+dupont+",Champion\n")).want(0, "3 sponsors enrolled, 0 rows left out")
	return s
}

// tracked is one in which Ingrid and Mateo are tracked, and Adaeze is pending.
func tracked(t *testing.T) *shop {
	s := enrolled(t)
	f := s.feed(atBruker("Applications Lead", "2026-11-22"), atRochester("Core Facility Manager", "2026-11-22"))
	s.run("start", "--all").want(0)
	s.run("work", "--feed", f, "--crm", demo).want(0)
	s.run("track", "--all").want(0)
	s.run("work", "--feed", f, "--crm", demo).want(0)
	return s
}

// changed is one in which both have new titles, and Ingrid a new company.
func changed(t *testing.T) *shop {
	s := tracked(t)
	s.now = s.now.AddDate(0, 0, 7)
	f := s.feed(strings.Replace(atBruker("Director Applications", "2026-11-29"), "Bruker", "Thermo Fisher Scientific", 1), atRochester("Director Core Facilities", "2026-11-29"))
	s.run("work", "--feed", f, "--crm", demo).want(0, "read again    2: 2 updates, 0 gone")
	return s
}

type listed struct {
	Matching int
	Sponsors []sponsor.Sponsor
}

// statuses are those of all sponsors, by first name.
func (s *shop) statuses() map[string]sponsor.Status {
	s.Helper()
	var l listed
	s.run("list", "--format", "json", "--limit", "0").want(0).read(&l)
	out := map[string]sponsor.Status{}
	for _, one := range l.Sponsors {
		out[one.Person.FirstName] = one.Status
	}
	return out
}

func (s *shop) same(what string, want, got any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// copyCRM copies a folder of records, one text in it replaced.
func copyCRM(t *testing.T, from, to, old, replacement string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(file)), bytes.ReplaceAll(text, []byte(old), []byte(replacement)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
