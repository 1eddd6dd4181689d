package routing_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/routing"
)

// TestCR01DecideOverTheWire plays every golden scenario through Salesforce's wire
// format: what is decided and what is written are those of the CRM in memory.
func TestCR01DecideOverTheWire(t *testing.T) {
	for _, path := range scenarios(t) {
		t.Run(nameOf(path), func(t *testing.T) {
			a := readScenario(t, path)
			w := newWorld(t, a, 0)
			w.overTheWire()
			w.run()
			want, _ := a.Get("want")
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(w.want(), "\n")); diff != "" {
				t.Errorf("differs over the wire (-memory +wire):\n%s", diff)
			}
		})
	}
}

// overTheWire puts Salesforce's wire format between the engine and the CRM.
func (w *world) overTheWire() *sftest.Server { return w.onDay(sftest.Options{}, 1) }

// onDay is overTheWire with a server's limits, and the share of them that onward
// may use.
func (w *world) onDay(limits sftest.Options, share float64) *sftest.Server {
	w.t.Helper()
	limits.CRM, limits.Now = w.db, func() time.Time { return w.now }
	server := sftest.Start(w.t, &limits)
	org, err := salesforce.Open(w.t.Context(), salesforce.Options{
		Instance: server.URL, Login: salesforce.ClientCredentials{ID: server.ClientID(), Secret: server.ClientSecret()}, Now: limits.Now,
		Names: w.config("config.json").Names, MaxShare: share,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = org.Close() })
	w.driver = org
	if w.engine, err = routing.New(w.config("config.json"), w.deps(), w.options()); err != nil {
		w.t.Fatal(err)
	}
	return server
}

// TestCR10BudgetLeavesTheRestWaiting has ten API calls left for sixty moves. Some
// are done; the others stay in the ledger and are done the next day. Nothing is
// lost and nothing is there twice.
func TestCR10BudgetLeavesTheRestWaiting(t *testing.T) {
	for _, c := range []struct {
		name  string
		used  int
		share float64
	}{
		{"CR10 the org's own limit", 19_990, 1},
		{"CR10 a share of it", 9_990, 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := scenario(t, "config.json", `{"strategy": "contact-and-account"}`)
			for i := range 60 {
				w.events = append(w.events, routing.Event{
					ID: fmt.Sprint(i), Source: "file:test", Person: routing.Person{FirstName: "P" + letters(i), LastName: "Q" + letters(i*7)},
					To: &routing.Place{Company: "Beta " + letters(i*31), Domain: letters(i) + "-beta.io"},
				})
				w.keys = append(w.keys, routing.DeliveryKey(w.events[i]))
			}
			w.batch = 5
			server := w.onDay(sftest.Options{DailyLimit: 20_000, Used: c.used}, c.share)
			_, err := w.engine.HandleBatch(t.Context(), w.events)
			if err != nil && !errors.Is(err, crm.ErrQuota) {
				t.Fatal(err)
			}
			if calls := server.Calls().Total; calls > 12 {
				t.Errorf("%d calls with ten left", calls)
			}
			done, waiting, put := 0, 0, 0
			for _, key := range w.keys {
				switch r := w.record(key); {
				case r.Status == routing.StatusDone:
					done++
				case !r.Status.Terminal():
					waiting++
					if r.Due.After(w.now) {
						put++
					}
				}
			}
			// Those behind the batch that met the limit were not touched: due at once.
			if done == 0 || done+waiting != 60 || put == 0 {
				t.Fatalf("%d done, %d waiting, %d of them put off, of 60", done, waiting, put)
			}
			w.now = w.now.Add(24 * time.Hour)
			w.onDay(sftest.Options{DailyLimit: 20_000}, c.share)
			if _, err := w.engine.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, o := range []crm.Object{crm.ObjectAccount, crm.ObjectContact, crm.ObjectJobChange} {
				if n := len(w.db.Records(o)); n != 60 {
					t.Errorf("%d records of %s, want 60", n, o)
				}
			}
		})
	}
}
