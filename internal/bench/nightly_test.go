package bench

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/crmtest"
	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/memledger"
	"github.com/onward-crm/onward/routing/spotter"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/filefeed"
	"github.com/onward-crm/onward/tracking/memstore"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

// night is a CRM whose people are all tracked, a file that knows where they are, and an
// engine.
type night struct {
	*world
	now    time.Time
	svc    *contacts.Service
	rounds *rounds.Rounds
	engine *routing.Engine
	ledger *memledger.Ledger
	feed   *filefeed.Feed
}

// newNight tracks all people of a CRM; stores are in memory, or in a SQLite file.
func newNight(tb testing.TB, people int, durable bool, driver func(crm.Driver) crm.Driver) *night {
	tb.Helper()
	n := &night{world: newWorld(tb, people/5, people), now: start, ledger: memledger.New()}
	clock := func() time.Time { return n.now }
	var lists contacts.Store = new(memstore.Store)
	var learned rounds.Store = new(rounds.Memory)
	if durable {
		db, err := sqldb.Open(tb.Context(), filepath.Join(tb.TempDir(), "bench.db"))
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = db.Close() })
		o := &sqlstore.Options{Reader: db.Reader()}
		if lists, err = sqlstore.NewContacts(tb.Context(), db.Writer(), "sqlite", o); err == nil {
			learned, err = sqlstore.NewRounds(tb.Context(), db.Writer(), "sqlite", o)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	var err error
	if n.svc, err = contacts.New(contacts.Deps{Store: lists, Secret: []byte("a secret of many bytes")}, &contacts.Options{Now: clock}); err != nil {
		tb.Fatal(err)
	}
	imp := tracking.Import{ID: "all", Kind: tracking.ImportCSV, Relationship: tracking.ClosedWon, Mapping: tracking.Mapping{tracking.FieldEmail: "Email"}}
	if _, err := n.svc.Import(tb.Context(), imp, n, nil); err != nil {
		tb.Fatal(err)
	}
	if n.engine, err = routing.New(n.cfg, routing.Deps{CRM: crm.NewClient(driver(n.db), nil), Ledger: n.ledger, Accounts: n.mirror}, &routing.Options{Now: clock}); err != nil {
		tb.Fatal(err)
	}
	n.rounds, err = rounds.New(rounds.Plan{}, rounds.Deps{
		Store: learned, Router: spotter.New(n.engine, &spotter.Options{Now: clock, Profile: matching.Balanced()}), Providers: []tracking.Provider{n},
		People: func(ctx context.Context, relationship string) iter.Seq2[tracking.Person, error] {
			return func(yield func(tracking.Person, error) bool) {
				for c, err := range n.svc.People(ctx, relationship) {
					if !yield(c.Person, err) {
						return
					}
				}
			}
		},
	}, &rounds.Options{Now: clock})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// Rows are the rows of the list: the contacts of the CRM.
func (n *night) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for i, id := range n.people {
			at := i % len(n.accounts)
			if !yield(tracking.Row{Number: i + 1, Person: tracking.Person{
				RecordID: id, FirstName: firstName(i), LastName: lastName(i), Emails: []string{fmt.Sprintf("p%d@%s", i, domain(at))}, Title: "Manager",
				Company: matching.Company{Name: companyName(at), Domain: domain(at)},
			}}, nil) {
				return
			}
		}
	}
}

// write makes the file: where everybody is, and every step-th person at another account.
func (n *night) write(tb testing.TB, step int) {
	tb.Helper()
	var b strings.Builder
	b.WriteString("email,first_name,last_name,company,domain,title,seen_at\n")
	for i := range n.people {
		home := i % len(n.accounts)
		at := home
		if step > 0 && i%step == 0 {
			at = (home*37 + 11) % len(n.accounts)
		}
		fmt.Fprintf(&b, "p%d@%s,%s,%s,%s,%s,Manager,%s\n", i, domain(home), firstName(i), lastName(i), companyName(at), domain(at), n.now.Format(time.DateOnly))
	}
	var err error
	if n.feed, err = filefeed.Read(strings.NewReader(b.String()), filefeed.Options{Name: "export"}); err != nil || len(n.feed.Problems()) > 0 {
		tb.Fatal(err, n.feed.Problems()[:1])
	}
}

// Name, Refresh and Find are the feed's.
func (n *night) Name() string { return "export" }

func (n *night) Refresh(ctx context.Context, people []tracking.Person) (tracking.Refreshed, error) {
	return n.feed.Refresh(ctx, people)
}

func (n *night) Find(ctx context.Context, at matching.Company, persona tracking.Persona, limit int) (tracking.Found, error) {
	return n.feed.Find(ctx, at, persona, limit)
}

// pass looks after everybody who is due.
func (n *night) pass(tb testing.TB, r *rounds.Refreshed) {
	tb.Helper()
	_, err := n.svc.RunDue(tb.Context(), func(ctx context.Context, rel tracking.Relationship, renew func() error) error {
		done, err := n.rounds.Refresh(ctx, rel, renew)
		if rel.ID == tracking.ClosedWon {
			*r = done
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	n.now = n.now.AddDate(0, 0, 7)
}

// delivered counts the deliveries that ended as they should.
func (n *night) delivered(tb testing.TB) (done int) {
	tb.Helper()
	for r, err := range n.ledger.Records(tb.Context(), routing.Filter{}) {
		if err != nil {
			tb.Fatal(err)
		}
		if r.Status == routing.StatusDone {
			done++
		}
	}
	return done
}

// cpu is the time that this process has computed so far, in seconds: others on the machine
// do not lengthen it.
func cpu(tb testing.TB) float64 {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// BenchmarkNightlyPass looks after 100,000 tracked people through a file, of whom one in
// a hundred has moved, and carries the moves into the CRM.
func BenchmarkNightlyPass(b *testing.B) {
	for _, durable := range []bool{false, true} {
		b.Run(map[bool]string{false: "memory", true: "sqlite"}[durable], func(b *testing.B) {
			const people = 100_000
			for range b.N {
				b.StopTimer()
				n := newNight(b, people, durable, func(d crm.Driver) crm.Driver { return d })
				n.write(b, 0)
				var first, second rounds.Refreshed
				began, used := time.Now(), cpu(b)
				n.pass(b, &first)
				b.ReportMetric(time.Since(began).Seconds(), "s/first-pass")
				b.ReportMetric(cpu(b)-used, "cpu-s/first-pass")
				n.write(b, 100)
				b.StartTimer()
				began, used = time.Now(), cpu(b)
				n.pass(b, &second)
				looked := cpu(b) - used
				if _, err := n.engine.Drain(b.Context()); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if second.Asked != people || second.Changed != people/100 || n.delivered(b) != people/100 {
					b.Fatalf("%+v, %d delivered", second, n.delivered(b))
				}
				b.ReportMetric(time.Since(began).Seconds(), "s/pass")
				b.ReportMetric(cpu(b)-used, "cpu-s/pass")
				b.ReportMetric(looked*1e6/people, "cpu-µs/person")
			}
		})
	}
}

// TestCallsOfANightlyPass counts at the driver: moves that a provider tells cost as few
// calls as any others, and who has not moved costs none.
func TestCallsOfANightlyPass(t *testing.T) {
	if raced {
		t.Skip("it counts calls: .ci/run does so without the race detector, which takes six times as long")
	}
	var limited *crmtest.LimitedDriver
	n := newNight(t, 10_000, false, func(d crm.Driver) crm.Driver {
		limited = crmtest.Limited(d, crmtest.SalesforceLimits())
		return limited
	})
	var r rounds.Refreshed
	n.write(t, 0)
	n.pass(t, &r)
	n.write(t, 10)
	n.pass(t, &r)
	if _, err := n.engine.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	calls := limited.Calls()
	t.Logf("%d people, %d moves: %d calls (%d reads, %d writes)", r.Asked, r.Changed, calls.Total()-calls.Describe, calls.Find+calls.Landed, calls.Write)
	if got := calls.Total() - calls.Describe; r.Changed != 1000 || n.delivered(t) != 1000 || got > 40 {
		t.Errorf("%d calls for %d moves, %d delivered; want at most 40 for 1,000", got, r.Changed, n.delivered(t))
	}
	if limited.Broken() != 0 {
		t.Errorf("%d calls broke a limit", limited.Broken())
	}
}
