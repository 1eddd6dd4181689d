package sim

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
)

// roster is who is tracked in a world, in a store that is not the ledger: nothing but
// the order of calls holds the two together.
type roster struct {
	*contacts.Service
	store *memstore.Store
}

// names are rows of a list.
type names []tracking.Row

func (l names) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for _, row := range l {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// follow puts every second mover on a list, by page, address or record, and every
// fourth on two.
func (w *world) follow() {
	store := new(memstore.Store)
	service, err := contacts.New(contacts.Deps{Store: store, Secret: []byte("simulated secret")}, &contacts.Options{Now: func() time.Time { return w.now }})
	if err != nil {
		panic(err)
	}
	lists := map[string]names{}
	for i, m := range w.movers {
		p := tracking.Person{Emails: []string{m.email}}
		switch {
		case i%6 == 0:
			p = tracking.Person{LinkedIn: m.page}
		case i%6 == 4 && m.record != "":
			p = tracking.Person{RecordID: m.record}
		}
		if i%2 == 0 {
			lists[tracking.User] = append(lists[tracking.User], tracking.Row{Number: i + 1, Person: p})
		}
		if i%4 == 0 {
			lists[tracking.ClosedWon] = append(lists[tracking.ClosedWon], tracking.Row{Number: i + 1, Person: tracking.Person{Emails: []string{m.email}}})
		}
	}
	for _, id := range []string{tracking.ClosedWon, tracking.User} {
		imp := tracking.Import{ID: "list-" + id[:4], Kind: tracking.ImportCSV, Relationship: id}
		if _, err := service.Import(context.Background(), imp, lists[id], nil); err != nil {
			panic(err)
		}
	}
	w.roster = roster{service, store}
}

// shakyRoster fails at the calls that its script names.
type shakyRoster struct {
	roster
	fate
}

func (r *shakyRoster) Stamps(ctx context.Context, people [][]string) ([]tracking.Stamp, error) {
	return shaky(&r.fate, func() ([]tracking.Stamp, error) { return r.roster.Stamps(ctx, people) })
}

func (r *shakyRoster) Spend(ctx context.Context, spent []tracking.Spending) error {
	return r.around(func() error { return r.roster.Spend(ctx, spent) })
}

// booked compares the ledger of job changes with the outcomes.
func (r *run) booked(records map[string]routing.Record) []string {
	var bad []string
	used, stamped := map[string]int{}, 0
	for c, err := range r.roster.store.Credits(context.Background(), "") {
		switch {
		case err != nil:
			return []string{fmt.Sprintf("credits: %v", err)}
		case c.Ledger != tracking.LedgerJobChange:
			continue
		}
		used[c.Delivery] += c.Amount
		if c.Person != "" {
			stamped++
		}
		if f := records[c.Delivery].Facts; f != nil && c.Relationship != f.Tracked.Relationship {
			bad = append(bad, fmt.Sprintf("%s was stamped %q and booked under %q", c.Delivery, f.Tracked.Relationship, c.Relationship))
		}
	}
	for key, record := range records {
		if used[key] != record.Outcome.Credits {
			bad = append(bad, fmt.Sprintf("%s used %d credits, %d are booked", key, record.Outcome.Credits, used[key]))
		}
		delete(used, key)
	}
	for key := range used {
		bad = append(bad, "booked for no delivery: "+key)
	}
	r.stamped = stamped
	return bad
}
