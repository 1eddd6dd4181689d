package sim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/onward-crm/onward/crm/crmtest"
)

func fromEnv(name string, value int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return value
}

// clean is the run of a world without faults, one delivery at a time.
func clean(seed uint64, n int) *run {
	r := newRun(newWorld(seed, n), plague{}, 1)
	r.live()
	return r
}

// report fails the test with what is needed to see the seed again.
func report(t *testing.T, r *run, what string, bad []string) {
	t.Helper()
	t.Errorf("seed %d, strategy %s, %s:\n%s\ntrace:\n%s", r.seed, r.cfg.Strategy, what, strings.Join(bad, "\n"), strings.Join(r.trace, "\n"))
}

// TestSimulationSeeds lets everything go wrong at random.
func TestSimulationSeeds(t *testing.T) {
	t.Parallel()
	crashes, faults, stamped := 0, 0, 0
	for seed := range uint64(fromEnv("ONWARD_SIM_SEEDS", 200)) {
		want := clean(seed, 40)
		if bad := want.violations(); len(bad) > 0 {
			report(t, want, "without faults", bad)
		}
		r := newRun(newWorld(seed, 40), randomPlague(seed), 1+int(seed%17))
		r.live()
		crashes, faults = crashes+r.crashes, faults+r.faulty.Fired()
		if bad := r.violations(); len(bad) > 0 {
			report(t, r, "with faults", bad)
		}
		if diff := r.difference(want); diff != "" {
			report(t, r, "final state differs from the clean run", []string{diff})
		}
		stamped += r.stamped
	}
	t.Logf("%d CRM faults, %d crashes, %d credits of tracked people", faults, crashes, stamped)
	if crashes == 0 || faults == 0 || stamped == 0 {
		t.Fatal("nothing went wrong: the simulation shows nothing")
	}
}

// randomPlague lets about one call in twelve fail.
func randomPlague(seed uint64) plague {
	dice := rand.New(rand.NewPCG(seed, 17))
	var p plague
	kinds := crmtest.Kinds()
	for n := 1; n <= 3000; n++ {
		if dice.IntN(12) == 0 {
			kind := kinds[dice.IntN(len(kinds))]
			if kind == crmtest.Denied { // a permission that comes and goes is for good refusals, not for outages
				kind = crmtest.Unavailable
			}
			p.crm = append(p.crm, crmtest.Fault{N: n, Kind: kind, Item: dice.IntN(5)})
		}
	}
	ledger := map[int]ledgerKind{}
	deaths := map[int]int{}
	for n := 1; n <= 4000; n++ {
		if dice.IntN(20) == 0 {
			ledger[n] = ledgerKinds()[dice.IntN(4)]
		}
		if dice.IntN(40) == 0 {
			deaths[n] = 1 + dice.IntN(2)
		}
	}
	p.ledger = func(n int) ledgerKind { return ledger[n] }
	lists := rand.New(rand.NewPCG(seed, 23))
	roster := map[int]ledgerKind{}
	for n := 1; n <= 2000; n++ {
		if lists.IntN(15) == 0 {
			roster[n] = ledgerKinds()[lists.IntN(4)]
		}
	}
	p.roster = func(n int) ledgerKind { return roster[n] }
	p.death = func(n int) (bool, bool) { return deaths[n] == 1, deaths[n] == 2 }
	return p
}

// fault is one position at which one thing goes wrong.
type fault struct {
	scenario uint64
	kind     string
	n        int
	sticky   bool
}

func (f fault) plague() plague {
	hits := func(n int) bool { return n == f.n || f.sticky && n >= f.n && n < f.n+30 }
	switch f.kind {
	case "death before", "death after":
		return plague{death: func(n int) (bool, bool) {
			return hits(n) && f.kind == "death before", hits(n) && f.kind == "death after"
		}}
	}
	for _, k := range ledgerKinds() {
		script := func(n int) ledgerKind {
			if hits(n) {
				return k
			}
			return ""
		}
		switch f.kind {
		case string(k):
			return plague{ledger: script}
		case rosterFault + string(k):
			return plague{roster: script}
		}
	}
	var script crmtest.Script
	for n := f.n; n < f.n+30 && (n == f.n || f.sticky); n++ {
		script = append(script, crmtest.Fault{N: n, Kind: crmtest.Kind(f.kind)})
	}
	return plague{crm: script}
}

// rosterFault stands before what goes wrong at the roster instead of the ledger.
const rosterFault = "roster: "

// positions enumerates every call of a scenario with every kind, once and
// sticking for thirty calls.
func positions(scenario uint64, crmCalls, ledgerCalls, rosterCalls int) []fault {
	var out []fault
	add := func(kind string, calls int) {
		for n := 1; n <= calls; n++ {
			out = append(out, fault{scenario, kind, n, false}, fault{scenario, kind, n, true})
		}
	}
	for _, k := range crmtest.Kinds() {
		if k != crmtest.Denied {
			add(string(k), crmCalls)
		}
	}
	add("death before", crmCalls)
	add("death after", crmCalls)
	for _, k := range ledgerKinds() {
		add(string(k), ledgerCalls)
		add(rosterFault+string(k), rosterCalls)
	}
	return out
}

// TestSimulationEveryFault fails the n-th call to the CRM, the ledger and the roster, for
// every n and kind of thirty scenarios: a sample by default, all with
// ONWARD_SIM_ALL.
func TestSimulationEveryFault(t *testing.T) {
	t.Parallel()
	const scenarios, events = 30, 8
	wants := make([]*run, scenarios)
	var all []fault
	for s := range uint64(scenarios) {
		wants[s] = clean(1000+s, events)
		r := newRun(newWorld(1000+s, events), plague{}, 4)
		r.live()
		all = append(all, positions(s, r.mortal.calls, r.shaky.calls, r.lists.calls)...)
	}
	total := len(all)
	if os.Getenv("ONWARD_SIM_ALL") == "" {
		dice := rand.New(rand.NewPCG(1, 19))
		dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:min(500, len(all))]
	}
	resumed := 0
	for _, f := range all {
		r := newRun(newWorld(1000+f.scenario, events), f.plague(), 4)
		r.live()
		if bad := r.violations(); len(bad) > 0 {
			report(t, r, fmt.Sprintf("%+v", f), bad)
		}
		if diff := r.difference(wants[f.scenario]); diff != "" {
			report(t, r, fmt.Sprintf("%+v: final state differs", f), []string{diff})
		}
		resumed += r.resumed
	}
	t.Logf("%d of %d fault positions in %d scenarios; %d parked moves resumed", len(all), total, scenarios, resumed)
}
