package routing_test

import (
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/golden"
	"github.com/onward-crm/onward/routing"
)

var update = flag.Bool("update", false, "rewrite the want part of the golden scenarios")

// scenarios are the files of testdata/decide. Their parts are, all but then and
// events.jsonl optional:
//
//	the comment     given, when, then in plain words
//	config.json     laid over the default configuration (see world)
//	Account.csv …   the CRM's records
//	tracked.jsonl   who is tracked, one member of a list a line
//	reports.json    reports of watched accounts, each with its accounts
//	setup           directives that prepare the CRM (see steps)
//	events.jsonl    one event a line; ids are 1, 2, … unless given
//	steps           directives; "handle all" when absent
//	then            what the scenario demands, written by hand (see then)
//	want            everything that was decided and written, by -update
//
// @U1, @A1, @C1, @L1, @O1, @R1, @G1 and @J1 stand for ids of users, accounts,
// contacts, leads, opportunities, their roles, queues, event records; @T1 for team members, @P1 for reports, @K1 for campaigns.
func scenarios(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/decide/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	return paths
}

func readScenario(t testing.TB, path string) golden.Archive {
	t.Helper()
	a, err := golden.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func nameOf(path string) string { return strings.TrimSuffix(filepath.Base(path), ".txtar") }

func TestDecide(t *testing.T) {
	for _, path := range scenarios(t) {
		t.Run(nameOf(path), func(t *testing.T) {
			a := readScenario(t, path)
			w := newWorld(t, a, 0)
			w.run()
			w.then()
			if t.Failed() {
				return
			}
			got := w.want()
			if *update {
				if err := a.With("want", got).WriteFile(path); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, _ := a.Get("want")
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("differs from the golden part (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSameRecordsAtEveryBatchSize: how many deliveries are worked on together
// must not be seen in what becomes of them.
func TestSameRecordsAtEveryBatchSize(t *testing.T) {
	for _, path := range scenarios(t) {
		t.Run(nameOf(path), func(t *testing.T) {
			want, _ := readScenario(t, path).Get("want")
			for _, size := range []int{1, 2, 7} {
				w := newWorld(t, readScenario(t, path), size)
				w.run()
				if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(w.want(), "\n")); diff != "" {
					t.Errorf("at batch size %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

// TestRT36DryRunGivesTheSameReasons plans every event of the plain scenarios just
// before it is handled, and finds the decision that is then carried out; planning
// itself leaves no trace.
func TestRT36DryRunGivesTheSameReasons(t *testing.T) {
	for _, path := range scenarios(t) {
		a := readScenario(t, path)
		if steps, _ := a.Get("steps"); steps != "" && strings.TrimSpace(steps) != "handle all" {
			continue
		}
		t.Run(nameOf(path), func(t *testing.T) {
			w := newWorld(t, a, 0)
			for i, ev := range w.events {
				before, effects := w.saved(), len(w.db.Effects())
				plans, err := w.engine.Plan(t.Context(), []routing.Event{ev})
				if err != nil {
					t.Fatal(err)
				}
				if len(w.db.Effects()) != effects || w.saved() != before {
					t.Fatalf("the dry run of event %d left a trace", i+1)
				}
				r, err := w.engine.Handle(t.Context(), ev)
				if err != nil || r.Plan == nil {
					t.Fatalf("event %d: %v", i+1, err)
				}
				if diff := cmp.Diff(verdictOf(*r.Plan), verdictOf(plans[0])); diff != "" {
					t.Errorf("event %d (-live +dry):\n%s", i+1, diff)
				}
			}
		})
	}
}

// verdict is what a dry run and a live one must agree on.
type verdict struct {
	Status                   routing.Status
	What                     routing.What
	Reason                   routing.Reason
	Kind, Account, Decisive  string
	Person, Owner, OwnerWhy  string
	Flags                    []routing.Reason
	Trace                    []routing.Reason
	Writes, Credits, Notices int
}

func verdictOf(p routing.Plan) verdict {
	v := verdict{
		Status: p.Status, What: p.What, Reason: p.Reason, Kind: string(p.Kind), Account: string(p.Account.Tier),
		Decisive: string(p.Account.Decisive), Person: string(p.Person.Decisive), Owner: p.Owner.UserID + p.Owner.QueueID,
		OwnerWhy: string(p.Owner.Reason), Flags: slices.Clone(p.Flags), Writes: len(p.Writes), Credits: p.Credits,
		Notices: len(p.Notices),
	}
	for _, s := range p.Trace {
		v.Trace = append(v.Trace, s.Reason)
	}
	return v
}
