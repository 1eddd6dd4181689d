package routing_test

import (
	"fmt"
	"testing"

	"github.com/onward-crm/onward/routing"
)

// TestRT37ReplayOfAHundredEvents decides a hundred stored events again under two
// policies: the same one, where nothing differs, and one under which those who
// went to no account become contacts with accounts. Nothing is written.
func TestRT37ReplayOfAHundredEvents(t *testing.T) {
	w := scenario(t,
		"Account.csv", "Id,Name,Website\n@A1,Acme Inc,acme.com\n",
		"same.json", `{}`, "other.json", `{"strategy": "contact-and-account"}`, "strict.json", `{"filters": {"untracked": "filter"}}`)
	leads := map[string]bool{}
	for i := range 100 {
		ev := mover(i)
		if i%4 == 0 {
			ev.To = &routing.Place{Company: "Acme", Domain: "acme.com"}
		} else {
			leads[routing.DeliveryKey(ev)] = true
		}
		w.events = append(w.events, ev)
		w.keys = append(w.keys, routing.DeliveryKey(ev))
	}
	if err := w.handle("all"); err != nil {
		t.Fatal(err)
	}
	before, effects, calls := w.saved(), len(w.db.Effects()), fmt.Sprint(w.db.Stats())

	w.do("replay same.json")
	if len(w.replays) != 0 {
		t.Errorf("%d decisions differ under the same policy", len(w.replays))
	}
	w.do("replay other.json")
	if len(w.replays) != len(leads) {
		t.Errorf("%d decisions differ, want %d", len(w.replays), len(leads))
	}
	for _, d := range w.replays {
		if !leads[d.Key] || d.Was.What != routing.WhatLead || d.Now.What != routing.WhatAccountAndContact {
			t.Errorf("%s: was %s, now %s", d.Key, d.Was.What, d.Now.What)
		}
		if d.Was.Config == d.Now.Config {
			t.Errorf("%s: both by configuration %s", d.Key, d.Now.Config)
		}
	}
	w.replays = nil
	w.do("replay strict.json")
	if len(w.replays) != 100 {
		t.Errorf("%d decisions differ, want all", len(w.replays))
	}
	if w.saved() != before || len(w.db.Effects()) != effects || fmt.Sprint(w.db.Stats()) != calls {
		t.Error("the replay left a trace, or asked the CRM")
	}
}
