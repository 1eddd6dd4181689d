package contacts_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/memstore"
)

// source gives rows, then an error if there is one.
type source struct {
	rows []tracking.Row
	err  error
}

func (s source) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for _, r := range s.rows {
			if !yield(r, nil) {
				return
			}
		}
		if s.err != nil {
			yield(tracking.Row{}, s.err)
		}
	}
}

// of are the rows of people with these addresses.
func of(names ...string) source {
	var s source
	for i, n := range names {
		s.rows = append(s.rows, tracking.Row{Number: i + 1, Person: mailed(n)})
	}
	return s
}

// during is a source while which something happens: behind its first row.
type during struct {
	source
	do func()
}

func (d during) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for row, err := range d.source.Rows(ctx) {
			if !yield(row, err) {
				return
			}
			if row.Number == 1 {
				d.do()
			}
		}
	}
}

func mailed(name string) tracking.Person {
	return tracking.Person{Emails: []string{name + "@acme.com"}}
}

// dealt are rows of an automatic import: "closed_won ann".
func dealt(rows ...string) source {
	var s source
	for i, r := range rows {
		var relationship, name string
		if _, err := fmt.Sscan(r, &relationship, &name); err != nil {
			panic(err)
		}
		s.rows = append(s.rows, tracking.Row{Number: i + 1, Relationship: relationship, Person: mailed(name),
			Deal: &tracking.Deal{OpportunityID: "006A", Name: "Renewal", Role: "Evaluator", AccountID: "001A", Account: "Acme"}})
	}
	return s
}

var errSource = errors.New("429 too many requests")

// start is the now of a world that has just begun.
var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// world is a service on an empty store, with a clock that is moved by hand and lists
// that can be exchanged.
type world struct {
	*testing.T
	*contacts.Service
	store *memstore.Store
	now   time.Time
	lists map[string]contacts.Source
	reads map[string]int
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, store: new(memstore.Store), now: start, lists: map[string]contacts.Source{}, reads: map[string]int{}}
	var err error
	w.Service, err = contacts.New(contacts.Deps{
		Store: w.store, Secret: []byte("a secret of many bytes"),
		Open: func(_ context.Context, imp tracking.Import) (contacts.Source, error) {
			w.reads[imp.ID]++
			if w.lists[imp.ID] == nil {
				return nil, errSource
			}
			return w.lists[imp.ID], nil
		},
	}, &contacts.Options{Now: func() time.Time { return w.now }})
	w.ok(err)
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// days moves the clock.
func (w *world) days(n int) { w.now = w.now.AddDate(0, 0, n) }

func csv(id, relationship string) tracking.Import {
	return tracking.Import{ID: id, Kind: tracking.ImportCSV, Relationship: relationship}
}

func report(id, relationship string) tracking.Import {
	return tracking.Import{ID: id, Kind: tracking.ImportReport, Relationship: relationship, Ref: "00O5g000005ABcd"}
}

var automatic = tracking.Import{ID: "crm", Kind: tracking.ImportAutomatic}

func (w *world) take(imp tracking.Import, src contacts.Source) contacts.Report {
	w.Helper()
	r, err := w.Import(w.Context(), imp, src, nil)
	w.ok(err)
	return r
}

// counts gives counters as "relationship report/unique/tracking", empty ones left out.
func counts(cs []tracking.Counter) []string {
	var out []string
	for _, c := range cs {
		if c.InReport > 0 {
			out = append(out, fmt.Sprintf("%s %d/%d/%d", c.Relationship, c.InReport, c.Unique, c.Tracking))
		}
	}
	return out
}

func (w *world) counters() []string {
	w.Helper()
	r, err := w.Roster(w.Context())
	w.ok(err)
	return counts(r.Counters())
}

// stamped is the relationship of somebody, "" when not tracked.
func (w *world) stamped(p tracking.Person) string {
	w.Helper()
	r, _, err := w.Stamp(w.Context(), p)
	w.ok(err)
	return r.ID
}

// spend records the credits of a delivery that is decided and ends now.
func (w *world) spend(delivery string, credits int, p tracking.Person) {
	w.Helper()
	stamps, err := w.Stamps(w.Context(), [][]string{p.Keys()})
	w.ok(err)
	w.ok(w.Spend(w.Context(), []tracking.Spending{{Delivery: delivery, Credits: credits, Stamp: stamps[0], At: w.now}}))
}

// ledger gives all events as "+1 user", "+0 user from closed_won", in order.
func (w *world) ledger() []string {
	w.Helper()
	var out []string
	for c, err := range w.store.Credits(w.Context(), "") {
		w.ok(err)
		text := fmt.Sprintf("%+d %s", c.Amount, c.Relationship)
		if c.From != "" {
			text += " from " + c.From
		}
		out = append(out, text)
	}
	return out
}

// inUse is what the ledger says of the tracked credits now.
func (w *world) inUse() int {
	w.Helper()
	sums, err := w.Credits(w.Context(), []tracking.Period{{From: w.now, To: w.now.Add(time.Second)}})
	w.ok(err)
	return sums[0].Closing
}

func (w *world) same(what string, got, want []string) {
	w.Helper()
	if !slices.Equal(got, want) {
		w.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func named(first, last, company string) tracking.Person {
	return tracking.Person{FirstName: first, LastName: last, Company: matching.Company{Name: company}}
}
