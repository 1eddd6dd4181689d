package memledger_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

func at(minute int) time.Time { return time.Date(2026, 11, 21, 9, minute, 0, 0, time.UTC) }

// must is for calls of a test that cannot fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func claim(t *testing.T, l *memledger.Ledger, now time.Time, keys ...string) []routing.Claim {
	t.Helper()
	return must(l.Claim(t.Context(), routing.ClaimOrder{Now: now, N: 9, Lease: time.Minute, Keys: keys}))
}

// eventful is a ledger in which everything has happened: "done" is finished,
// "held" is claimed for the second time, "waiting" waits until at(30), "buried"
// was erased.
func eventful(t *testing.T) *memledger.Ledger {
	t.Helper()
	l := memledger.New()
	for _, key := range []string{"done", "held", "waiting", "buried"} {
		must(l.Accept(t.Context(), []routing.Delivery{{
			Key: key, Persons: []string{"hash of " + key}, OccurredAt: at(0), ReceivedAt: at(0),
			Event: routing.Event{
				ID: key, Person: routing.Person{FullName: "Ada " + key},
				To: &routing.Place{Company: "Beta <&> Söhne", StartedOn: must(routing.ParseDate("2026-11-01"))},
			},
		}}))
	}
	claim(t, l, at(1))
	cs := claim(t, l, at(5))
	decided := must(l.Decided(t.Context(), []routing.Decision{decide(cs[0].Fence, 0), decide(cs[1].Fence, 1), decide(cs[2].Fence, 2)}))
	wrote := must(l.Wrote(t.Context(), []routing.Writing{{Fence: cs[0].Fence, Receipts: []routing.Receipt{{
		Key: "account-done", Verb: crm.VerbCreate, Object: crm.ObjectAccount, ID: "001B", Created: true,
		Changed: crm.Fields{"Name": "Beta", "Website": "beta.io"}, At: at(6),
	}}}}))
	finished := must(l.Finish(t.Context(), []routing.Finish{
		{Fence: cs[0].Fence, Result: routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact}, At: at(7), Notices: []routing.Notice{
			{ID: "sent", Delivery: "done", At: at(7)}, {ID: "unsent", Delivery: "done", Scenarios: []dri.Scenario{dri.Joins}, At: at(7)},
		}},
		{Fence: cs[2].Fence, Result: routing.Outcome{Status: routing.StatusWaiting}, Due: at(30), At: at(7)},
	}))
	for _, err := range [...]error{decided[0], decided[1], decided[2], wrote[0], finished[0], finished[1], l.Sent(t.Context(), []string{"sent"}), l.Bury(t.Context(), []string{"hash of buried"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func decide(f routing.Fence, turn int) routing.Decision {
	id := routing.Identity{ID: "account-" + f.Key, Delivery: f.Key, At: at(0), Company: &routing.NewCompany{Name: "Beta"}}
	return routing.Decision{
		Fence: f, At: at(5),
		Plan: routing.Plan{
			Key: f.Key, Status: routing.StatusDone, Reason: routing.ReasonNoAccount,
			Account: matching.AccountMatch{Verdict: matching.VerdictNone, Confidence: 0.123456789},
			Writes:  []crm.Write{{Key: "account-done", Verb: crm.VerbCreate, Object: crm.ObjectAccount, Set: crm.Fields{"b": "2", "a": "1"}}},
			Aliases: []routing.AliasClaim{{Alias: routing.Alias("name " + f.Key), Identity: id}, {Alias: routing.Alias("domain " + f.Key), Identity: id}},
			Rota:    []dri.RotaMove{{Pool: "pool", From: turn, To: turn + 1}},
		},
		Facts: routing.Facts{Now: at(5), Known: map[routing.Alias]routing.Identity{"y": {ID: "2"}, "x": {ID: "1"}}},
	}
}

func saved(t *testing.T, l *memledger.Ledger) string {
	t.Helper()
	var b bytes.Buffer
	if err := l.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEqualLedgersAreEqualBytes(t *testing.T) {
	first := saved(t, eventful(t))
	for range 20 {
		if d := cmp.Diff(first, saved(t, eventful(t))); d != "" {
			t.Fatal(d)
		}
	}
}

func TestLoadedLedgerIsTheSaved(t *testing.T) {
	text := saved(t, eventful(t))
	l, err := memledger.Load(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(text, saved(t, l)); d != "" {
		t.Fatal(d)
	}
	known := must(l.Lookup(t.Context(), routing.Question{Aliases: []routing.Alias{"domain done"}, Pools: []string{"pool"}, Tombstones: []string{"hash of buried"}}))
	got := []any{known.Known["domain done"].Landed, known.Known["domain done"].Company.Name, known.Rota["pool"], known.Buried["hash of buried"]}
	if d := cmp.Diff([]any{"001B", "Beta", 3, true}, got); d != "" {
		t.Error(d)
	}
	unsent := must(l.Notices(t.Context(), 9))
	if len(unsent) != 1 || unsent[0].ID != "unsent" {
		t.Errorf("unsent %+v", unsent)
	}
}

// TestLoadedClaimsAreFree: the lease of "held" runs until at(6), and nobody is
// left to use it.
func TestLoadedClaimsAreFree(t *testing.T) {
	l := must(memledger.Load(strings.NewReader(saved(t, eventful(t)))))
	cs := claim(t, l, at(5), "held")
	if len(cs) != 1 {
		t.Fatalf("%d claims", len(cs))
	}
	if cs[0].Fence.Attempt != 3 || cs[0].Failures != 2 || cs[0].Plan == nil {
		t.Errorf("claim %+v, want attempt 3 after 2 failures, with the plan", cs[0])
	}
	if cs := claim(t, l, at(29), "done", "waiting"); len(cs) != 0 {
		t.Errorf("claimed what is finished or waits: %+v", cs)
	}
	cs = claim(t, l, at(31), "waiting")
	if len(cs) != 1 || cs[0].Plan == nil {
		t.Errorf("what waited comes with its plan: %+v", cs)
	}
}

// TestLoadedLedgerForgets: what was erased before a save stays erased after it.
func TestLoadedLedgerForgets(t *testing.T) {
	l := must(memledger.Load(strings.NewReader(saved(t, eventful(t)))))
	c := claim(t, l, at(50), "buried")[0]
	must(l.Wrote(t.Context(), []routing.Writing{{Fence: c.Fence, Receipts: []routing.Receipt{{Key: "w", Before: crm.Fields{"LastName": "Lovelace"}}}}}))
	if strings.Contains(saved(t, l), "Lovelace") {
		t.Error("a value of an erased person was kept")
	}
}

func TestFileIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.jsonl")
	if _, err := memledger.LoadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("no file yet: %v", err)
	}
	if err := memledger.New().SaveFile(path); err != nil {
		t.Fatal(err)
	}
	want := eventful(t)
	if err := want.SaveFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := memledger.LoadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(saved(t, want), saved(t, got)); d != "" {
		t.Error(d)
	}
	if left := must(os.ReadDir(dir)); len(left) != 1 {
		t.Errorf("%d files left, want 1", len(left))
	}
	if mode := must(os.Stat(path)).Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %v, want only the owner to read it", mode)
	}
}

func TestFailedSaveLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := eventful(t).SaveFile(path); err == nil {
		t.Fatal("a folder was replaced by a file")
	}
	if left := must(os.ReadDir(dir)); len(left) != 1 {
		t.Errorf("%d files left, want the folder alone", len(left))
	}
}

func TestDamageIsRefused(t *testing.T) {
	text := saved(t, eventful(t))
	lines := strings.SplitAfter(text, "\n")
	swapped := append([]string{lines[0], lines[2], lines[1]}, lines[3:]...)
	for name, damaged := range map[string]string{
		"empty":              "",
		"not a ledger":       "id,name\n1,Ada\n",
		"another JSON":       "{\"format\":\"x\",\"version\":1}\n",
		"cut off in a line":  text[:len(text)-10],
		"last line missing":  strings.Join(lines[:len(lines)-2], ""),
		"a line missing":     strings.Join(append(lines[:len(lines)-3:len(lines)-3], lines[len(lines)-2]), ""),
		"a value changed":    strings.Replace(text, "Ada held", "Ada hers", 1),
		"lines swapped":      strings.Join(swapped, ""),
		"something after it": text + "\n",
		"two ledgers":        text + text,
		"unknown field":      strings.Replace(text, `"seq":1`, `"seq":1,"extra":1`, 1),
		"no such status":     strings.Replace(text, `"status":"done"`, `"status":"gone"`, 1),
		"a key twice":        strings.Replace(text, `"key":"held"`, `"key":"done"`, 1),
		"null":               "null\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := memledger.Load(strings.NewReader(damaged))
			if !errors.Is(err, memledger.ErrDamaged) {
				t.Fatalf("error %v, want ErrDamaged", err)
			}
			if !strings.Contains(err.Error(), "memledger: load: line ") || strings.Contains(err.Error(), "Ada") {
				t.Errorf("message %q", err)
			}
		})
	}
}

func TestNewerFileIsRefused(t *testing.T) {
	newer := strings.Replace(saved(t, eventful(t)), `"version":1`, `"version":2,"compression":"none"`, 1)
	if _, err := memledger.Load(strings.NewReader(newer)); !errors.Is(err, memledger.ErrNewer) {
		t.Errorf("error %v, want ErrNewer", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, fs.ErrPermission }

func TestSaveReportsTheWriter(t *testing.T) {
	if err := eventful(t).Save(fullDisk{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v", err)
	}
}

// TestEarlierFilesLoad: a file that was once saved can be loaded for ever.
func TestEarlierFilesLoad(t *testing.T) {
	l, err := memledger.LoadFile("testdata/load/eventful.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	rs := must(l.Fetch(t.Context(), []string{"done", "held", "waiting", "buried"}))
	got := map[string]routing.Status{}
	for key, r := range rs {
		got[key] = r.Status
	}
	want := map[string]routing.Status{"done": routing.StatusDone, "held": routing.StatusAccepted, "waiting": routing.StatusWaiting, "buried": routing.StatusAccepted}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestOnlyIdentitiesLand: of all the records that are written, the ledger
// remembers only those that somebody may look up.
func TestOnlyIdentitiesLand(t *testing.T) {
	l := eventful(t)
	c := claim(t, l, at(20), "held")[0]
	must(l.Wrote(t.Context(), []routing.Writing{{Fence: c.Fence, Receipts: []routing.Receipt{
		{Key: "contact-held", ID: "003H"}, {Key: "account-held", ID: "001H"},
	}}}))
	if text := saved(t, l); !strings.Contains(text, `"landed":{"identity":"account-held"`) || strings.Contains(text, `"landed":{"identity":"contact-held"`) {
		t.Fatal("want the account to have landed, and not the contact")
	}
	d := decide(c.Fence, 3)
	for i, a := range d.Plan.Aliases {
		d.Plan.Aliases[i].Was, d.Plan.Aliases[i].Identity.ID = a.Identity.ID, "account-done"
	}
	if errs := must(l.Decided(t.Context(), []routing.Decision{d})); errs[0] != nil {
		t.Fatal(errs[0])
	}
	if strings.Contains(saved(t, l), `"landed":{"identity":"account-held"`) {
		t.Error("nobody can ask for the identity any more")
	}
}
