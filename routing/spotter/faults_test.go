package spotter_test

import (
	"context"
	"errors"
	"iter"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/spotter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/target"
)

var errFault = errors.New("the database is away")

// fault fails one call of all: before it has an effect, or after.
type fault struct {
	at    int
	after bool
	met   bool
	calls int
}

// call does something, or fails, or both.
func (f *fault) call(do func() error) error {
	f.calls++
	if f.calls != f.at {
		return do()
	}
	f.met = true
	if f.after {
		return errors.Join(do(), errFault)
	}
	return errFault
}

// frail is a store, and who accepts events, with a fault.
type frail struct {
	rounds.Store
	accepter spotter.Accepter
	*fault
}

func (f frail) Accept(ctx context.Context, evs []routing.Event) (out []routing.Accepted, err error) {
	err = f.call(func() (err error) { out, err = f.accepter.Accept(ctx, evs); return err })
	return out, err
}

func (f frail) SeenOf(ctx context.Context, people [][]string) (out []rounds.Seen, err error) {
	err = f.call(func() (err error) { out, err = f.Store.SeenOf(ctx, people); return err })
	return out, err
}

func (f frail) See(ctx context.Context, all []rounds.Seen) error {
	return f.call(func() error { return f.Store.See(ctx, all) })
}

func (f frail) Keep(ctx context.Context, all []rounds.Kept) error {
	return f.call(func() error { return f.Store.Keep(ctx, all) })
}

func (f frail) Prospects(ctx context.Context, stage rounds.Stage, after string, limit int) (out []rounds.Kept, err error) {
	err = f.call(func() (err error) { out, err = f.Store.Prospects(ctx, stage, after, limit); return err })
	return out, err
}

func (f frail) KnownAs(ctx context.Context, keys []string) (out []rounds.Kept, err error) {
	err = f.call(func() (err error) { out, err = f.Store.KnownAs(ctx, keys); return err })
	return out, err
}

func (f frail) PutReport(ctx context.Context, r rounds.Reading) error {
	return f.call(func() error { return f.Store.PutReport(ctx, r) })
}

func (f frail) Reports(ctx context.Context) (out []rounds.Reading, err error) {
	err = f.call(func() (err error) { out, err = f.Store.Reports(ctx); return err })
	return out, err
}

func (f frail) Change(ctx context.Context, name string, change func(rounds.Work) (rounds.Work, error)) error {
	return f.call(func() error { return f.Store.Change(ctx, name, change) })
}

func (f frail) Works(ctx context.Context) (out []rounds.Work, err error) {
	err = f.call(func() (err error) { out, err = f.Store.Works(ctx); return err })
	return out, err
}

// fortnight makes rounds for as many nights as it takes, whatever fails, each by a new
// process; and gives what the ledger holds of each person, by day.
func fortnight(t *testing.T, f *fault) map[string][]string {
	t.Helper()
	now := start
	clock := func() time.Time { return now }
	ledger, store := memledger.New(), new(rounds.Memory)
	feed, err := filefeed.Read(strings.NewReader(`full_name,linkedin_url,email,company,domain,title
Ann One,linkedin.com/in/ann-one,,Beta,beta.io,VP Sales
Bob Two,linkedin.com/in/bob-two,,Beta,beta.io,Director of Sales
Cid Three,linkedin.com/in/cid-three,,Beta,beta.io,Sales Manager
Max Moved,,max@acme.com,Gamma,gamma.io,CTO
Pia Stays,,pia@acme.com,Acme,acme.com,CTO
`), filefeed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 7 {
		frail := frail{store, spotter.Inbox{Ledger: ledger, Secret: []byte("test"), Now: clock}, f}
		r, err := rounds.New(rounds.Plan{Reports: []target.Report{{ID: "key", File: "key.csv", Category: target.CategoryTarget}}, PerAccount: 1}, rounds.Deps{
			Store: frail, Router: spotter.New(frail, &spotter.Options{Now: clock}), Providers: []tracking.Provider{feed}, People: followed,
			Open: func(context.Context, target.Report) (rounds.Sheet, error) {
				return rounds.Sheet{Header: []string{"Account ID", "Website"}, Rows: func(yield func([]string, error) bool) { yield([]string{beta, "beta.io"}, nil) }}, nil
			},
		}, &rounds.Options{Now: clock, Batch: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []func() error{
			func() error { _, err := r.Refresh(t.Context(), tracking.Relationship{ID: "user"}, nil); return err },
			func() error { _, err := r.Reread(t.Context()); return err },
			func() error { _, err := r.Search(t.Context()); return err },
			func() error { _, err := r.Choose(t.Context()); return err },
		} {
			if err := step(); err != nil && !errors.Is(err, errFault) && !errors.Is(err, rounds.ErrHeld) {
				t.Fatal(err)
			}
		}
		now = now.AddDate(0, 0, 1)
	}
	out := map[string][]string{}
	for r, err := range ledger.Records(t.Context(), routing.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		out[r.Event.Person.LastName] = append(out[r.Event.Person.LastName], r.ReceivedAt.Format(time.DateOnly))
	}
	return out
}

// followed are two people who are tracked.
func followed(context.Context, string) iter.Seq2[tracking.Person, error] {
	return func(yield func(tracking.Person, error) bool) {
		for _, name := range []string{"Max", "Pia"} {
			p := tracking.Person{FirstName: name, Emails: []string{strings.ToLower(name) + "@acme.com"}, Title: "CTO"}
			p.Company.Name, p.Company.Domain = "Acme", "acme.com"
			if !yield(p, nil) {
				return
			}
		}
	}
}

// TestEveryFaultOfARound fails each call of a store and of who accepts, once, before and
// after its effect: everybody is delivered once, and no night exceeds the cap.
func TestEveryFaultOfARound(t *testing.T) {
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			f := &fault{at: at, after: after}
			got := fortnight(t, f)
			if !f.met {
				t.Logf("after=%t: %d calls", after, at-1)
				break
			}
			nights := map[string]int{}
			names := map[string]int{}
			for name, days := range got {
				names[name] = len(days)
				if name != "Moved" {
					nights[days[0]]++
				}
			}
			if !maps.Equal(names, map[string]int{"One": 1, "Two": 1, "Three": 1, "Moved": 1}) {
				t.Errorf("call %d fails, after=%t: %v", at, after, got)
			}
			for night, n := range nights {
				if n > 1 {
					t.Errorf("call %d fails, after=%t: %d people in the night of %s", at, after, n, night)
				}
			}
		}
	}
}
