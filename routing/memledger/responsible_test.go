package memledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// kept is a ledger with a withdrawn delivery and two finished ones, "a" and "b",
// whose responsible people are due at at(10) and at(20). Those of "a" were found
// out once, and somebody looks for them again.
func kept(t *testing.T) *memledger.Ledger {
	t.Helper()
	l := memledger.New()
	for _, key := range []string{"gone", "a", "b"} {
		must(l.Accept(t.Context(), []routing.Delivery{{Key: key, OccurredAt: at(0), ReceivedAt: at(0)}}))
	}
	must(l.Withdraw(t.Context(), []string{"gone"}))
	for i, c := range claim(t, l, at(1)) {
		must(l.Finish(t.Context(), []routing.Finish{{Fence: c.Fence, At: at(2), Result: routing.Outcome{
			Status: routing.StatusDone, EventRecordID: "E" + c.Fence.Key, DRIDue: at(10 * (i + 1)),
		}}}))
	}
	c := watch(t, l, at(10))
	must(l.Assigned(t.Context(), []routing.DRIUpdate{{Fence: c[0].Fence, State: &routing.DRIState{At: at(10)}, Next: at(12)}}))
	watch(t, l, at(12))
	return l
}

func watch(t *testing.T, l *memledger.Ledger, now time.Time) []routing.DRIClaim {
	t.Helper()
	return must(l.ClaimDRI(t.Context(), routing.ClaimOrder{Now: now, N: 9, Lease: time.Minute}))
}

func TestLoadedLedgerLooksForTheSamePeople(t *testing.T) {
	text := saved(t, kept(t))
	l, err := memledger.Load(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(text, saved(t, l)); d != "" {
		t.Fatal(d)
	}
	// Whoever looked for those of "a" is gone with the process, and cannot come back.
	lost := routing.DRIUpdate{Fence: routing.Fence{Key: "a", Attempt: 2}, Next: at(50)}
	if errs := must(l.Assigned(t.Context(), []routing.DRIUpdate{lost})); errs[0] == nil {
		t.Error("a claim of before the load still holds")
	}
	cs := watch(t, l, at(20))
	if len(cs) != 2 || cs[0].Fence != (routing.Fence{Key: "a", Attempt: 3}) || len(cs[0].Record.DRI) != 1 || cs[1].Fence.Key != "b" {
		t.Errorf("claims %+v", cs)
	}
	again := must(l.Accept(t.Context(), []routing.Delivery{{Key: "gone"}}))[0]
	if !again.New || again.Record.Seq != 4 {
		t.Errorf("accepted again as %+v", again)
	}
}

// TestLoadedEventRecordIsKeptOnce: also after a load, one event record has one
// delivery that keeps it.
func TestLoadedEventRecordIsKeptOnce(t *testing.T) {
	l := must(memledger.Load(strings.NewReader(saved(t, kept(t)))))
	must(l.Accept(t.Context(), []routing.Delivery{{Key: "c"}}))
	c := claim(t, l, at(30), "c")[0]
	must(l.Finish(t.Context(), []routing.Finish{{Fence: c.Fence, Result: routing.Outcome{Status: routing.StatusDone, EventRecordID: "Ea", DRIDue: at(40)}}}))
	var keys []string
	for _, c := range watch(t, l, at(50)) {
		keys = append(keys, c.Fence.Key)
	}
	if d := cmp.Diff([]string{"b", "c"}, keys); d != "" {
		t.Error(d)
	}
}
