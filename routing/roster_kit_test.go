package routing_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
)

// listed is a line of the part tracked.jsonl: somebody in the list of a relationship.
type listed struct {
	Relationship string          `json:"relationship"`
	Person       tracking.Person `json:"person"`
}

// list is the rows of one relationship.
type list []tracking.Row

func (l list) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for _, row := range l {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// readRoster imports the people of tracked.jsonl; without that part nobody asks.
func (w *world) readRoster() {
	text, ok := w.parts.Get("tracked.jsonl")
	if !ok {
		return
	}
	lists := map[string]list{}
	for line := range strings.Lines(text) {
		var one listed
		decodeStrict(w.t, line, &one)
		lists[one.Relationship] = append(lists[one.Relationship], tracking.Row{Number: len(lists[one.Relationship]) + 1, Person: one.Person})
	}
	w.rosterStore = new(memstore.Store)
	var err error
	w.roster, err = contacts.New(contacts.Deps{Store: w.rosterStore, Secret: []byte("sixteen bytes or more")}, &contacts.Options{Now: func() time.Time { return w.now }})
	if err != nil {
		w.t.Fatal(err)
	}
	for id, l := range lists { // any order: ranks decide, not who came first
		imp := tracking.Import{ID: strings.ReplaceAll(id, "_", "-"), Kind: tracking.ImportCSV, Relationship: id}
		if _, err := w.roster.Import(w.t.Context(), imp, l, nil); err != nil {
			w.t.Fatal(err)
		}
	}
}

// relationships is the roster as an engine takes it; nil without one.
func (w *world) relationships() routing.Relationships {
	if w.roster == nil {
		return nil
	}
	return w.roster
}

func (w *world) forgetters() []routing.Forgetter {
	if w.roster == nil {
		return nil
	}
	return []routing.Forgetter{w.roster}
}

// booked are the events of the ledger of job changes, as "feed:x/1 closed_won +1".
func (w *world) booked() []string {
	w.t.Helper()
	var out []string
	if w.roster == nil {
		return nil
	}
	for c, err := range w.rosterStore.Credits(w.t.Context(), "") {
		if err != nil {
			w.t.Fatal(err)
		}
		if c.Ledger == tracking.LedgerJobChange {
			out = append(out, fmt.Sprintf("%s:%s:%+d", c.Delivery, c.Relationship, c.Amount))
		}
	}
	return out
}

func (w *world) rerank(order []string) error {
	_, err := w.roster.Rerank(w.t.Context(), order)
	return err
}
