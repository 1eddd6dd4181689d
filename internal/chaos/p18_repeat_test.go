package chaos

import (
	"encoding/json"
	"runtime"
	"sync"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// TestP18DecisionsRepeat decides stored events again on their stored facts, with
// one, two and eight processors, many at once, until there are 10,000 replays: the
// plans are the same to the byte each time, and none differs from the stored one
// in what it does. Shuffled facts are the subject of a test of package routing.
func TestP18DecisionsRepeat(t *testing.T) {
	w, l, _ := calm(t, scaled(280, 8600))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	records := readLedger(t, l)
	var first []string
	replays := 0
	for round := 0; replays < 10_000; round++ {
		runtime.GOMAXPROCS([]int{1, 2, 8}[round%3])
		plans := evaluated(t, w.engine(t, engineParts{ledger: l, now: at(start)}).Policy(), records)
		replays += len(plans)
		if first == nil {
			first = plans
		}
		for i := range plans {
			if plans[i] != first[i] {
				t.Fatalf("round %d: %s is decided differently:\n%s\n%s", round, records[i].Key, first[i], plans[i])
			}
		}
	}
	differences := replayed(t, w, l)
	t.Logf("%d replays of %d events, %d differences", replays, len(records), differences)
	if differences != 0 {
		t.Errorf("%d stored decisions come out differently", differences)
	}
}

// evaluated are the plans of all records, decided in eight goroutines.
func evaluated(t *testing.T, p *routing.Policy, records []routing.Record) []string {
	t.Helper()
	out := make([]string, len(records))
	var wg sync.WaitGroup
	for lane := range 8 {
		wg.Go(func() {
			for i := lane; i < len(records); i += 8 {
				text, err := json.Marshal(routing.Evaluate(p, records[i].Event, *records[i].Facts))
				if err != nil {
					t.Error(err)
				}
				out[i] = string(text)
			}
		})
	}
	wg.Wait()
	return out
}

// replayed counts what the engine's own replay finds under the same configuration.
func replayed(t *testing.T, w *world, l *memledger.Ledger) int {
	t.Helper()
	e := w.engine(t, engineParts{ledger: l, now: at(start)})
	n, effects := 0, len(w.db.Effects())
	for d, err := range e.Replay(t.Context(), e.Policy(), routing.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n < 4 {
			t.Errorf("%s: was %s, now %s", d.Key, d.Was.What, d.Now.What)
		}
	}
	if got := len(w.db.Effects()); got != effects || len(w.db.Records(crm.ObjectAccount)) == 0 {
		t.Errorf("the replay wrote %d times", got-effects)
	}
	return n
}
