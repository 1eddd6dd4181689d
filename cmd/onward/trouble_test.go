package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
)

// faultyOrg is an org whose server a test can disturb.
func faultyOrg(t *testing.T, o sftest.Options) (servedOrg, *sftest.Server) {
	t.Helper()
	o.CRM = memcrm.New(&memcrm.Options{Schemas: sftest.Schemas(crm.DefaultNames())})
	if _, err := o.CRM.Add(crm.ObjectUser, crm.Fields{"Name": "Default Owner", "IsActive": "true"}); err != nil {
		t.Fatal(err)
	}
	o.Sandbox = true
	server := sftest.Start(t, &o)
	return servedOrg{said: map[string]string{
		"instance_url": server.URL, "client_id": server.ClientID(), "client_secret": server.ClientSecret(), "access_token": server.Token(),
	}}, server
}

// runArgs is a run of a file of moves that keeps its results in a folder.
func runArgs(t *testing.T, moves, out string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "moves.csv")
	write(t, path, moves)
	return []string{"run", "--crm", "salesforce", "--events", path, "--out", out}
}

const laterMove = "id,full_name,new_company\n3,Cy Poe,Delta\n"

// later runs a command line some time from now.
func (o servedOrg) later(t *testing.T, d time.Duration, args ...string) outcome {
	t.Helper()
	return o.at(t, func() time.Time { return time.Now().Add(d) }, o.credentials(), args...)
}

// TestCR10RunOnAUsedUpBudget: the day's calls are used up, by others too, when the
// first record is written. The run stops, says why, and everything waits in the
// saved ledger: also the moves of a second run, which does not get to them before
// its calls are used up. The third day everything is done, without the files.
func TestCR10RunOnAUsedUpBudget(t *testing.T) {
	org, server := faultyOrg(t, sftest.Options{DailyLimit: 1000})
	out := filepath.Join(t.TempDir(), "out")
	usedUp := sftest.Fault{Kind: sftest.Hooked, Resource: "composite/sobjects", Method: "POST", Hook: func() { server.SetUsed(1000) }}
	for day, moves := range []string{twoMoves, laterMove} {
		server.SetUsed(0)
		server.Inject(usedUp)
		got := org.later(t, time.Duration(day)*25*time.Hour, runArgs(t, moves, out)...)
		if got.code != exit.CodeTrouble || !strings.Contains(got.stderr, "quota used up") || len(server.CRM().Records(crm.ObjectLead)) > 0 {
			t.Fatalf("day %d: %d\n%s%s", day, got.code, got.stdout, got.stderr)
		}
		if said := strings.Contains(got.stderr, "1 move not reached, waiting in the ledger"); said != (day == 1) {
			t.Errorf("day %d: %s", day, got.stderr)
		}
	}
	server.SetUsed(0)
	last := org.later(t, 50*time.Hour, runArgs(t, "id,full_name,new_company\n4,Di Moe,Eta\n", out)...)
	if n := len(server.CRM().Records(crm.ObjectLead)); last.code != exit.CodeDone || n != 4 {
		t.Errorf("last day: %d with %d leads\n%s%s", last.code, n, last.stdout, last.stderr)
	}
}

// TestLedgerOfAnotherCRM is not gone on with: neither that of files, nor that of
// another org.
func TestLedgerOfAnotherCRM(t *testing.T) {
	org, other := serveOrg(t), serveOrg(t)
	files, mine := filepath.Join(t.TempDir(), "files"), filepath.Join(t.TempDir(), "mine")
	demo := demoDir(t)
	ofFiles := []string{"run", "--crm", demo + "/crm", "--config", demo + "/onward.yaml", "--events", demo + "/moves.jsonl", "--out"}
	if got := onward(t, t.Context(), "", append(ofFiles, files)...); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	if got := org.on(t, org.credentials(), runArgs(t, twoMoves, mine)...); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	before := snapshot(t, mine)
	for name, c := range map[string]struct {
		got  outcome
		says string
	}{
		"an org's run on the ledger of files":    {org.on(t, org.credentials(), runArgs(t, twoMoves, files)...), "a CRM of files"},
		"an org's run on another org's ledger":   {other.on(t, other.credentials(), runArgs(t, twoMoves, mine)...), "knows of moves in " + org.said["instance_url"]},
		"an org's story in another org's ledger": {other.on(t, other.credentials(), append([]string{"explain"}, append(runArgs(t, twoMoves, mine)[1:], "1")...)...), "choose another --out"},
	} {
		if c.got.code != exit.CodeUsage || !strings.Contains(c.got.stderr, c.says) {
			t.Errorf("%s: %d, %s", name, c.got.code, c.got.stderr)
		}
	}
	for name, text := range snapshot(t, mine) {
		if before[name] != text {
			t.Errorf("%s was changed", name)
		}
	}
}

// TestDryRunAgainstAnOrgLeavesNoFile: neither results nor the mirror's file.
func TestDryRunAgainstAnOrgLeavesNoFile(t *testing.T) {
	org, dir := serveOrg(t), t.TempDir()
	config := filepath.Join(t.TempDir(), "onward.yaml")
	write(t, config, "crm: { salesforce: { mirror_path: "+filepath.Join(dir, "mirror")+" } }\n")
	args := append(runArgs(t, twoMoves, filepath.Join(dir, "out")), "--config", config)
	if got := org.on(t, org.credentials(), append(args, "--dry-run")...); got.code != exit.CodeDone {
		t.Fatalf("%+v", got)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("%v, %v", files, err)
	}
	if got := org.on(t, org.credentials(), args...); got.code != exit.CodeDone || !strings.Contains(got.stderr, "read from the org") {
		t.Errorf("%+v", got)
	}
	if got := org.on(t, org.credentials(), args...); got.code != exit.CodeDone || !strings.Contains(got.stderr, "known from "+dir) {
		t.Errorf("%+v", got)
	}
}

// TestInterruptedBeforeTheFirstMove interrupts while the accounts are loaded.
func TestInterruptedBeforeTheFirstMove(t *testing.T) {
	org, server := faultyOrg(t, sftest.Options{})
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	server.Inject(sftest.Fault{Kind: sftest.Hooked, Resource: "jobs/query", Method: "POST", Times: sftest.Always, Hook: interrupt})
	var stdout, stderr bytes.Buffer
	p := &program{env.Env{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now, Environ: append(org.credentials(),
		"ONWARD_SALESFORCE_INSTANCE="+org.said["instance_url"])}}
	out := filepath.Join(t.TempDir(), "out")
	if code := p.execute(ctx, runArgs(t, twoMoves, out)); code != exit.CodeLeft || !strings.Contains(stderr.String(), "interrupted before the first move") {
		t.Errorf("code %d: %s", code, stderr.String())
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("there are results: %v", err)
	}
}

// TestLocalOrgOnANetwork warns of an address that others can reach, and says which
// port is in use.
func TestLocalOrgOnANetwork(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	open := onward(t, ctx, "", "localorg", "--listen", "0.0.0.0:0")
	if open.code != exit.CodeDone || !strings.Contains(open.stderr, "can be reached from other machines") {
		t.Errorf("%+v", open)
	}
	if mine := onward(t, ctx, "", "localorg", "--listen", "127.0.0.1:0"); mine.code != exit.CodeDone || mine.stderr != "" {
		t.Errorf("%+v", mine)
	}
	org := serveOrg(t)
	taken := onward(t, t.Context(), "", "localorg", "--listen", strings.TrimPrefix(org.said["instance_url"], "http://"))
	if taken.code != exit.CodeUsage || !strings.Contains(taken.stderr, "in use") {
		t.Errorf("%+v", taken)
	}
}

// TestDoctorTellsOfTheOrgWhateverTheConfiguration: a configuration that is wrong by
// itself is one finding among those about the org.
func TestDoctorTellsOfTheOrgWhateverTheConfiguration(t *testing.T) {
	org := serveOrg(t)
	config := filepath.Join(t.TempDir(), "onward.yaml")
	write(t, config, "matching:\n  profile: wild\nfilters: { max_age_days: -1 }\n")
	got := org.on(t, org.credentials(), "doctor", "--config", config)
	if got.code != exit.CodeLeft || !strings.Contains(got.stdout, "max_age_days") || !strings.Contains(got.stdout, "the integration user is") {
		t.Errorf("%d\n%s%s", got.code, got.stdout, got.stderr)
	}
}
