package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing"
)

// workersOfEach is how many workers run in each of the three processes: sixteen in
// all.
var workersOfEach = []string{"6", "5", "5"}

// envWorkers is how many workers a child runs.
const envWorkers = "ONWARD_CHAOS_WORKERS"

// workerChild works on a ledger with others until nothing is left.
func workerChild(ctx context.Context) error {
	m := &mortality{}
	ledger, err := openLedger(ctx, os.Getenv(envLedger), m)
	if err != nil {
		return err
	}
	defer ledger.Close()
	org, err := salesforce.Open(ctx, salesforce.Options{
		Instance: os.Getenv(envOrg), Login: salesforce.ClientCredentials{ID: "local-client", Secret: "local-secret"},
	})
	if err != nil {
		return err
	}
	lists, _, err := listsBeside(ctx, ledger)
	if err != nil {
		return err
	}
	var n int
	if _, err := fmt.Sscan(os.Getenv(envWorkers), &n); err != nil {
		return err
	}
	begun := time.Now()
	clock := func() time.Time { return start.Add(100 * time.Since(begun)) } // what is in back-off comes back sooner
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = workUntilDone(ctx, org, racing{ledger, lists}, m, clock) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// racing is what the workers share.
type racing struct {
	routing.Ledger
	lists routing.Relationships
}

func workUntilDone(ctx context.Context, org crm.Driver, l racing, m *mortality, clock func() time.Time) error {
	e, err := childEngine(org, l.Ledger, l.lists, m, clock)
	if err != nil {
		return err
	}
	for {
		if _, err := e.Drain(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "drain:", err)
		}
		d, err := l.Depth(ctx, clock())
		if err != nil {
			return err
		}
		if d.Statuses[routing.StatusAccepted] == 0 && d.Notices == 0 {
			return nil
		}
		<-time.After(5 * time.Millisecond)
	}
}

// TestP10RacesConverge lets three processes with sixteen workers work on one
// PostgreSQL: a thousand people move to ten companies that are no accounts yet.
// There are exactly ten new accounts, a thousand new people, and every owner has
// had as many turns as every other, give or take one.
func TestP10RacesConverge(t *testing.T) {
	dsn := pgtest.DSN(t)
	ledger, err := openLedger(t.Context(), dsn, &mortality{})
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	f := newFamily(t, 0)
	f.ledger = dsn
	const people, companies = 1000, 10
	for i := range people {
		ev := lane(i, "")[0]
		ev.OccurredAt, ev.To, ev.Strategy = start.Add(-time.Hour), destination(20+i%companies), ""
		ev.Person.LastName = "L" + spelled(i*104729%3200000, 5)
		f.world.lanes = append(f.world.lanes, []routing.Event{ev})
	}
	e := f.world.engine(t, engineParts{ledger: ledger, now: at(start)})
	if _, err := e.Accept(t.Context(), f.world.events()); err != nil {
		t.Fatal(err)
	}
	for _, ev := range f.world.events() {
		f.attempts = append(f.attempts, attempt{routing.DeliveryKey(ev), endOK, ev.ID})
	}
	before := len(f.world.db.Records(crm.ObjectAccount))
	begun := time.Now()
	f.workers(t)
	t.Logf("%d people in %v", people, time.Since(begun).Round(time.Millisecond))
	h := f.world.remains(t, ledger, f.attempts, f.notices)
	h.Booked = bookedIn(t, ledger)
	wantHolds(t, h)
	if n := len(f.world.db.Records(crm.ObjectAccount)) - before; n != companies {
		t.Errorf("%d new accounts, want %d", n, companies)
	}
	turns := map[string]int{}
	for _, c := range f.world.db.Records(crm.ObjectContact) {
		turns[c.Fields["OwnerId"]]++
	}
	t.Logf("turns: %v", turns)
	for _, u := range f.world.users {
		if n := turns[u]; n < people/4-1 || n > people/4+1 {
			t.Errorf("a user had %d turns, want %d give or take one", n, people/4)
		}
	}
	if n := len(f.world.db.Records(crm.ObjectContact)); n != people {
		t.Errorf("%d people, want %d", n, people)
	}
}

// workers runs the three processes to their ends.
func (f *family) workers(t *testing.T) {
	t.Helper()
	var wg sync.WaitGroup
	for _, n := range workersOfEach {
		c := exec.CommandContext(t.Context(), os.Args[0])
		c.Env = append(os.Environ(), envChild+"=worker", envLedger+"="+f.ledger, envOrg+"="+f.org.URL, envPost+"="+f.post.URL,
			envUsers+"="+strings.Join(f.world.users, ","), envWorkers+"="+n)
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		wg.Go(func() {
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("worker: %v\n%s", err, out)
			} else if len(out) > 0 {
				t.Logf("worker: %.2000s", out)
			}
		})
	}
	wg.Wait()
}
