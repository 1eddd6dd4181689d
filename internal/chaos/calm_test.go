package chaos

import (
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
)

// calm is the run of a world without any trouble: in order, a few at a time, in
// memory. What the CRM holds afterwards is the model for all other runs.
func calm(tb testing.TB, n int) (*world, *memledger.Ledger, *mailbox) {
	tb.Helper()
	now := start
	clock := func() time.Time { return now }
	w := newWorld(tb, n, clock)
	l, box := memledger.New(), &mailbox{}
	e := w.engine(tb, engineParts{ledger: l, notifier: box, now: clock})
	for evs := range slices.Chunk(w.events(), 200) {
		if _, err := e.HandleBatch(tb.Context(), evs); err != nil {
			tb.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	return w, l, box
}

// TestCalmRunHolds runs a world without trouble: it must hold, and it must hold
// something of everything, or else the other runs show little.
func TestCalmRunHolds(t *testing.T) {
	w, l, box := calm(t, 300)
	var log []attempt
	for _, ev := range w.events() {
		key := routing.DeliveryKey(ev)
		log = append(log, attempt{key, endOK, key})
	}
	h := w.remains(t, l, log, box.ids)
	wantHolds(t, h)
	count := map[routing.What]int{}
	for _, r := range h.Records {
		count[r.Outcome.What]++
	}
	t.Logf("%v, %d notices, %d accounts", count, len(box.ids), len(w.db.Records(crm.ObjectAccount)))
	for _, what := range []routing.What{
		routing.WhatContact, routing.WhatLead, routing.WhatAccountAndContact, routing.WhatDuplicate, routing.WhatNothing,
	} {
		if count[what] == 0 {
			t.Errorf("no move ended as %s", what)
		}
	}
	if len(box.ids) == 0 || len(w.db.Records(crm.ObjectAccount)) < 30 {
		t.Error("too few notices or accounts to show anything")
	}
}
