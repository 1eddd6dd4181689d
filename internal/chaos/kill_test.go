package chaos

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/onward-crm/onward/routing"
)

// campaign says how many deliveries are sent and how often the process is killed:
// at random moments, and at each point.
type campaign struct{ people, random, each int }

// TestP01P02Kill kills the process that accepts, decides and writes, at random
// moments and at each of the sixteen points, while senders send and an operator
// replays. In the end nothing may be lost and nothing doubled.
func TestP01P02Kill(t *testing.T) {
	c := campaign{people: 240, random: 52, each: 3}
	if raced {
		c = campaign{people: 60, random: 12, each: 1}
	}
	if full() {
		c = campaign{people: 8600, random: 1000, each: 25}
	}
	f := newFamily(t, c.people)
	f.world.poisoned.Store(true)
	begun := time.Now()
	f.send(8)
	f.repeat()
	died := f.suffer(c)
	f.recovers()
	counts := map[ending]int{}
	for _, a := range f.attempts {
		counts[a.End]++
	}
	t.Logf("%d deliveries (%d accepted answers, %d unknown, %d refused), %d lives, %d killed at random, at points %v, %d notices, %v",
		f.sent, counts[endOK], counts[endInfo], counts[endFail], f.lives, died[""], died, len(f.notices), time.Since(begun).Round(time.Millisecond))
	for _, p := range points() {
		if died[p] < c.each {
			t.Errorf("killed %d times at %s, want %d", died[p], p, c.each)
		}
	}
	f.judge(c)
}

// suffer kills the child again and again, and counts where.
func (f *family) suffer(c campaign) map[point]int {
	dice := rand.New(rand.NewPCG(5, 6))
	plan := make([]point, c.random)
	for _, p := range points() {
		for range c.each {
			plan = append(plan, p)
		}
	}
	plan = shuffled(dice, plan)
	lives := len(plan)
	total := len(f.world.events())
	released, died, missed := 0, map[point]int{}, map[point]int{}
	typical := 150 * time.Millisecond // of a life that ends at a point
	for n := 0; n < len(plan) && n < 3*lives; n++ {
		for ; released < min(2+total*(n+1)/lives, total); released++ {
			f.permits <- struct{}{}
		}
		p := plan[n]
		if p == "" {
			f.born("")
			f.killed(time.Duration(dice.Int64N(int64(3 * typical / 2))))
			died[p]++
			continue
		}
		k := 1 + dice.IntN(3)
		if missed[p] > 0 {
			k = 1
		}
		begun := time.Now()
		f.born(fmt.Sprintf("%s:%d", p, k))
		if p == pointReplaying || missed[p] > 0 { // there is always something to be done anew
			go func() { _ = f.control("POST", "replay?limit=3&anew=true", new(any)) }()
		}
		if f.killed(2 * time.Second) {
			died[p]++
			typical = (9*typical + time.Since(begun)) / 10
			continue
		}
		missed[p]++
		died[""]++ // killed all the same
		plan = append(plan, p)
	}
	for ; released < total; released++ {
		f.permits <- struct{}{}
	}
	return died
}

// recovers lets the process live until everything has ended; what was parked is
// tried again once the CRM takes everybody.
func (f *family) recovers() {
	f.tb.Helper()
	f.world.poisoned.Store(false)
	f.born("")
	f.senders.Wait()
	close(f.enough)
	f.echo.Wait()
	for range 30 {
		if f.settled() {
			f.killed(0)
			return
		}
		f.killed(0)
		f.born("") // later: what was in back-off is due
	}
	f.killed(0)
	f.tb.Fatalf("the work does not end: %+v\n%s", f.stuck(), f.words.String())
}

// stuck is what is left in the ledger when nothing moves any more.
func (f *family) stuck() routing.Depth {
	ledger, err := openLedger(f.tb.Context(), f.ledger, &mortality{})
	if err != nil {
		f.tb.Fatal(err)
	}
	defer ledger.Close()
	d, err := ledger.Depth(f.tb.Context(), start.Add(time.Duration(f.lives+1)*between))
	if err != nil {
		f.tb.Fatal(err)
	}
	shown := 0
	for _, r := range readLedger(f.tb, ledger) {
		if !r.Status.Terminal() || r.Status == routing.StatusParked {
			if shown++; shown < 10 {
				f.tb.Logf("%s: %s, attempt %d, %d failures, due %v, %s, %s", r.Key, r.Status, r.Attempt, r.Failures, r.Due, r.Note, r.Outcome.Error)
			}
		}
	}
	return d
}

// settled waits for a while until nothing is left to do, and nobody left to tell.
func (f *family) settled() bool {
	last, stuck := -1, 0
	for stuck < 40 {
		if err := f.control("POST", "replay?limit=500", new(any)); err != nil {
			f.tb.Log(err)
		}
		var d routing.Depth
		if err := f.control("GET", "depth", &d); err != nil {
			f.tb.Log(err)
			stuck++
			continue
		}
		left := d.Statuses[routing.StatusAccepted] + d.Statuses[routing.StatusParked]
		if left == 0 && (d.Notices == 0 || stuck > 20) { // the checker tells of notices that were not sent
			return true
		}
		if stuck++; left != last {
			last, stuck = left, 0
		}
		<-time.After(25 * time.Millisecond)
	}
	return false
}

// judge goes through what is left with the checker, beside a run without trouble.
func (f *family) judge(c campaign) {
	f.tb.Helper()
	ledger, err := openLedger(f.tb.Context(), f.ledger, &mortality{})
	if err != nil {
		f.tb.Fatal(err)
	}
	defer ledger.Close()
	h := f.world.remains(f.tb, ledger, f.attempts, f.notices)
	model, _, _ := calm(f.tb, c.people)
	h.State, h.Model, h.Booked = f.world.state(), model.state(), bookedIn(f.tb, ledger)
	wantHolds(f.tb, h)
	if len(h.Records) != len(f.world.events()) {
		f.tb.Errorf("%d records for %d deliveries", len(h.Records), len(f.world.events()))
	}
}
