package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// servedOrg is an org that localorg serves until the test ends, or stop is
// called; said is what it printed.
type servedOrg struct {
	said map[string]string
	stop func() int
}

func serveOrg(t *testing.T, args ...string) servedOrg {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: in, Stderr: io.Discard, Now: time.Now}}
	code := make(chan int, 1)
	go func() {
		code <- p.execute(ctx, append([]string{"localorg", "--listen", "127.0.0.1:0"}, args...))
		in.Close()
	}()
	org := servedOrg{said: map[string]string{}, stop: func() int {
		cancel()
		n := <-code
		code <- n
		return n
	}}
	t.Cleanup(func() { org.stop() })
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		name, value, _ := strings.Cut(lines.Text(), "=")
		org.said[name] = value
	}
	for _, name := range []string{"instance_url", "client_id", "client_secret", "access_token"} {
		if org.said[name] == "" {
			t.Fatalf("localorg did not print %s", name)
		}
	}
	return org
}

// on runs a command line against the org, with an environment.
func (o servedOrg) on(t *testing.T, environ []string, args ...string) outcome {
	t.Helper()
	return o.at(t, time.Now, environ, args...)
}

// at is on with a clock.
func (o servedOrg) at(t *testing.T, now func() time.Time, environ []string, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: now, Environ: append([]string{
		"ONWARD_SALESFORCE_INSTANCE=" + o.said["instance_url"],
	}, environ...)}}
	code := p.execute(t.Context(), args)
	return outcome{code, stdout.String(), stderr.String()}
}

// credentials are the login that localorg printed.
func (o servedOrg) credentials() []string {
	return []string{"ONWARD_SALESFORCE_CLIENT_ID=" + o.said["client_id"], "ONWARD_SALESFORCE_CLIENT_SECRET=" + o.said["client_secret"]}
}

const twoMoves = `id,full_name,email,new_company,new_domain,new_title
1,Ada Okafor,ada@fabrikam.example,Contoso,contoso.example,CTO
2,Bob Lee,bob@northwind.example,Acme,acme.example,CEO
`

// TestRunAgainstAnOrg is the first try of a new user: an org on this machine,
// moves, and the same moves again.
func TestRunAgainstAnOrg(t *testing.T) {
	org := serveOrg(t)
	dir := t.TempDir()
	moves := filepath.Join(dir, "moves.csv")
	write(t, moves, twoMoves)
	args := []string{"run", "--crm", "salesforce", "--events", moves, "--out", filepath.Join(dir, "out")}
	first := org.on(t, org.credentials(), args...)
	if first.code != exit.CodeDone || !strings.Contains(first.stdout, "2 moves: 2 created") {
		t.Fatalf("first run: %d\n%s%s", first.code, first.stdout, first.stderr)
	}
	again := org.on(t, []string{"ONWARD_SALESFORCE_ACCESS_TOKEN=" + org.said["access_token"]}, args...)
	if again.code != exit.CodeDone || !strings.Contains(again.stdout, "0 writes") || !strings.Contains(again.stdout, "Onward Integ") {
		t.Errorf("second run: %d\n%s%s", again.code, again.stdout, again.stderr)
	}
	dry := org.on(t, org.credentials(), append(args, "--dry-run", "--compare")...)
	if dry.code != exit.CodeDone || !strings.Contains(dry.stdout, "0 writes") {
		t.Errorf("dry run: %d\n%s%s", dry.code, dry.stdout, dry.stderr)
	}
	told := org.on(t, org.credentials(), "explain", "--crm", "salesforce", "--events", moves, "--out", filepath.Join(dir, "out"), "1")
	if told.code != exit.CodeDone || !strings.Contains(told.stdout, "Ada Okafor: ? → Contoso") {
		t.Errorf("explain: %d\n%s%s", told.code, told.stdout, told.stderr)
	}
}

func TestDoctorAgainstAnOrg(t *testing.T) {
	org := serveOrg(t)
	got := org.on(t, org.credentials(), "doctor", "--trial")
	if got.code != exit.CodeDone {
		t.Fatalf("code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	for _, want := range []string{"every object and field that it names is there", "Lead.Onward_Key__c is a unique", "everything was rolled back"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("it does not say %q:\n%s", want, got.stdout)
		}
	}
	config := filepath.Join(t.TempDir(), "onward.yaml")
	write(t, config, "fields: { lead: { past_account: Nowhere__c } }\n")
	bad := org.on(t, org.credentials(), "doctor", "--config", config)
	if bad.code != exit.CodeLeft || !strings.Contains(bad.stdout, "Lead has no field Nowhere__c") {
		t.Errorf("with a wrong field: %d\n%s%s", bad.code, bad.stdout, bad.stderr)
	}
	keyless := filepath.Join(t.TempDir(), "onward.yaml")
	write(t, keyless, "names: { keyless: [Lead] }\n")
	if weak := org.on(t, org.credentials(), "doctor", "--config", keyless); !strings.Contains(weak.stdout, "Lead has no key field") {
		t.Errorf("CR12: the weaker mode is not named:\n%s", weak.stdout)
	}
}

// TestOrgThatCannotBeReached: what is wrong is named, with its place, and no
// secret is printed.
func TestOrgThatCannotBeReached(t *testing.T) {
	org := serveOrg(t)
	moves := filepath.Join(t.TempDir(), "moves.csv")
	write(t, moves, twoMoves)
	for name, c := range map[string]struct {
		environ []string
		code    int
		says    string
	}{
		"no login":       {nil, exit.CodeUsage, "crm.salesforce.client_id"},
		"wrong secret":   {[]string{"ONWARD_SALESFORCE_CLIENT_ID=local-client", "ONWARD_SALESFORCE_CLIENT_SECRET=hush-hush"}, exit.CodeTrouble, "secret"},
		"token of old":   {[]string{"ONWARD_SALESFORCE_ACCESS_TOKEN=hush-hush"}, exit.CodeTrouble, "give a new access token"},
		"two logins":     {append(org.credentials(), "ONWARD_SALESFORCE_ACCESS_TOKEN=x"), exit.CodeUsage, "more than one login"},
		"foreign host":   {append(org.credentials(), "ONWARD_SALESFORCE_INSTANCE=https://evil.example"), exit.CodeUsage, "not an allowed host"},
		"CR11 a sandbox": {append(org.credentials(), "ONWARD_SALESFORCE_INSTANCE=https://acme.my.salesforce.com", "ONWARD_SALESFORCE_SANDBOX=true"), exit.CodeUsage, "sandbox"},
	} {
		t.Run(name, func(t *testing.T) {
			got := org.on(t, c.environ, "run", "--crm", "salesforce", "--events", moves, "--out", t.TempDir())
			if got.code != c.code || !strings.Contains(got.stderr, c.says) || strings.Contains(got.stderr, "hush-hush") {
				t.Errorf("code %d, want %d with %q:\n%s", got.code, c.code, c.says, got.stderr)
			}
		})
	}
}

// TestTwoProcessesInOneFolder: the second one is told to wait, and a killed run
// leaves the plans of what it had begun to write.
func TestTwoProcessesInOneFolder(t *testing.T) {
	org, out := serveOrg(t), filepath.Join(t.TempDir(), "out")
	moves := filepath.Join(t.TempDir(), "moves.csv")
	write(t, moves, twoMoves)
	holder := &world{out: out, ledgerPath: filepath.Join(out, "ledger.json")}
	if err := holder.claimOut(); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--crm", "salesforce", "--events", moves, "--out", out}
	if got := org.on(t, org.credentials(), args...); got.code != exit.CodeUsage || !strings.Contains(got.stderr, "another onward is at work") {
		t.Errorf("while another one works: %d\n%s", got.code, got.stderr)
	}
	if err := holder.lock.Close(); err != nil {
		t.Fatal(err)
	}
	if got := org.on(t, org.credentials(), args...); got.code != exit.CodeDone {
		t.Errorf("afterwards: %d\n%s", got.code, got.stderr)
	}
}

// TestLedgerIsSavedBeforeTheFirstWrite looks into the file as it is when a plan
// has been kept and nothing is written yet.
func TestLedgerIsSavedBeforeTheFirstWrite(t *testing.T) {
	ctx, now, path := t.Context(), time.Now(), filepath.Join(t.TempDir(), "ledger.json")
	k := &keeper{Ledger: memledger.New(), path: path, name: func() error { return nil }}
	ev, err := routing.Normalize(routing.Event{ID: "1", Source: "file:x", Person: routing.Person{FullName: "Ada Okafor"}, To: &routing.Place{Company: "Contoso"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	key := routing.DeliveryKey(ev)
	if _, err := k.Accept(ctx, []routing.Delivery{{Key: key, Event: ev}}); err != nil {
		t.Fatal(err)
	}
	claims, err := k.Claim(ctx, routing.ClaimOrder{Now: now, N: 1, Lease: time.Minute})
	if err != nil || len(claims) != 1 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	plan := routing.Plan{Key: key, Move: "m1"}
	if errs, err := k.Decided(ctx, []routing.Decision{{Fence: claims[0].Fence, Plan: plan, At: now}}); err != nil || errs[0] != nil {
		t.Fatal(errs, err)
	}
	again, err := memledger.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found, err := again.Fetch(ctx, []string{key})
	if err != nil || found[key].Plan == nil || found[key].Plan.Move != "m1" {
		t.Errorf("the file knows %+v, %v", found[key].Plan, err)
	}
	// A note of what no key can settle is saved although the last saving took long.
	k.took = time.Hour
	note := routing.Receipt{Key: "k1", Object: crm.ObjectLead, Class: "unknown_outcome"}
	if errs, err := k.Wrote(ctx, []routing.Writing{{Fence: claims[0].Fence, Receipts: []routing.Receipt{note}}}); err != nil || errs[0] != nil {
		t.Fatal(errs, err)
	}
	if again, err = memledger.LoadFile(path); err != nil {
		t.Fatal(err)
	}
	if found, err = again.Fetch(ctx, []string{key}); err != nil || len(found[key].Receipts) != 1 || !found[key].Receipts[0].InDoubt() {
		t.Errorf("the file knows the receipts %v, %v", found[key].Receipts, err)
	}
}

// TestLocalOrgKeepsItsFolder: what was written over the wire is in the files.
func TestLocalOrgKeepsItsFolder(t *testing.T) {
	data, dir := demoDir(t)+"/crm", t.TempDir()
	before, _, err := memcrm.Load(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	org := serveOrg(t, "--data", data)
	moves := filepath.Join(dir, "moves.csv")
	write(t, moves, twoMoves)
	if got := org.on(t, org.credentials(), "run", "--crm", "salesforce", "--events", moves, "--out", dir+"/out"); got.code != exit.CodeDone {
		t.Fatalf("code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if code := org.stop(); code != exit.CodeDone {
		t.Fatalf("localorg ended with %d", code)
	}
	after, report, err := memcrm.Load(data, nil)
	if err != nil || report.Bad() > 0 {
		t.Fatalf("%v, %v", err, report)
	}
	if got, want := len(after.Records("Lead")), len(before.Records("Lead"))+2; got != want {
		t.Errorf("%d leads in the folder, want %d", got, want)
	}
	if _, err := os.Stat(filepath.Join(data, "Organization.csv")); err == nil {
		t.Error("the folder got files that it did not have before")
	}
}
