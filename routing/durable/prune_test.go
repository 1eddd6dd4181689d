package durable

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

const (
	canary = "Zwölfboxkämpfer-Canary"
	oneDay = 24 * time.Hour
)

// agedLedger is a ledger whose clock stands at *now.
func agedLedger(t *testing.T, dsn string, now *time.Time) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), dsn, &Options{Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// through accepts a delivery and brings it to that outcome, with a name wherever a value
// may be.
func through(t *testing.T, l *Ledger, i int, name string, o routing.Outcome) routing.Delivery {
	t.Helper()
	d := sample(i, start)
	d.Event.Person.FullName = name
	if _, err := l.Accept(t.Context(), []routing.Delivery{d}); err != nil {
		t.Fatal(err)
	}
	f := decide(t, l, d, name)
	o.Flow, o.Error = map[string]string{"lastName": name}, "NAME_TAKEN by "+name
	must(t)(l.Finish(t.Context(), []routing.Finish{{Fence: f, Result: o, At: start, Due: start.Add(time.Hour), Notices: []routing.Notice{{ID: "n-" + d.Key, Delivery: d.Key, At: start}}}}))
	return d
}

func claimed(t *testing.T, l *Ledger, d routing.Delivery) routing.Fence {
	t.Helper()
	cs, err := l.Claim(t.Context(), routing.ClaimOrder{Now: start, N: 1, Lease: time.Minute, Keys: []string{d.Key}})
	if err != nil || len(cs) != 1 {
		t.Fatalf("claimed %d, %v", len(cs), err)
	}
	return cs[0].Fence
}

// decide claims a delivery, decides and writes.
func decide(t *testing.T, l *Ledger, d routing.Delivery, name string) routing.Fence {
	t.Helper()
	f := claimed(t, l, d)
	key := crm.Key("c-" + d.Key)
	known, err := l.Lookup(t.Context(), routing.Question{Aliases: []routing.Alias{routing.Alias("a-" + d.Key)}})
	if err != nil {
		t.Fatal(err)
	}
	was := known.Known
	must(t)(l.Decided(t.Context(), []routing.Decision{{
		Fence: f, At: start,
		Plan: routing.Plan{
			Key: d.Key, Move: "m-" + d.Key,
			Writes:  []crm.Write{{Key: key, Set: crm.Fields{"LastName": name}}},
			Aliases: []routing.AliasClaim{{Alias: routing.Alias("a-" + d.Key), Was: was[routing.Alias("a-"+d.Key)].ID, Identity: routing.Identity{ID: string(key), Delivery: d.Key, At: start}}},
		},
		Facts: routing.Facts{Now: start, People: []crm.Person{{LastName: name}}},
	}}))
	must(t)(l.Wrote(t.Context(), []routing.Writing{{Fence: f, Receipts: []routing.Receipt{{Key: key, ID: "003", Changed: crm.Fields{"LastName": name}}}}}))
	return f
}

// must ends the test on any error of a batch.
func must(t testing.TB) func([]error, error) {
	return func(errs []error, err error) {
		t.Helper()
		for _, e := range append(errs, err) {
			if e != nil {
				t.Fatal(e)
			}
		}
	}
}

// keys lists what is there.
func keys(t *testing.T, l *Ledger) []string {
	t.Helper()
	var out []string
	for rec, err := range l.Records(t.Context(), routing.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec.Key)
	}
	return out
}

// bytesOf counts a text in a SQLite file and its log.
func bytesOf(t *testing.T, path, text string) int {
	t.Helper()
	n := 0
	for _, name := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		n += bytes.Count(b, []byte(text))
	}
	return n
}

func TestP21NothingErasedStaysInTheFile(t *testing.T) {
	gone := routing.Outcome{Status: routing.StatusDone}
	for name, erase := range map[string]func(t *testing.T, l *Ledger){
		"buried": func(t *testing.T, l *Ledger) {
			if err := l.Bury(t.Context(), []string{sample(1, start).Persons[0], sample(2, start).Persons[1]}); err != nil {
				t.Fatal(err)
			}
		},
		"facts and payloads pruned": func(t *testing.T, l *Ledger) {
			if _, err := l.Prune(t.Context(), Retention{Facts: oneDay, Payloads: oneDay}); err != nil {
				t.Fatal(err)
			}
		},
		"deliveries pruned": func(t *testing.T, l *Ledger) {
			if _, err := l.Prune(t.Context(), Retention{Keys: oneDay}); err != nil {
				t.Fatal(err)
			}
		},
		"forgotten": func(t *testing.T, l *Ledger) {
			for i := 1; i <= 2; i++ {
				key := sample(i, start).Key
				must(t)(l.Reopen(t.Context(), routing.Reopen{Keys: []string{key}}))
				f := decide(t, l, sample(i, start), canary)
				must(t)(l.Finish(t.Context(), []routing.Finish{{Fence: f, Result: gone, Forget: true}}))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			now, path := start.Add(100*oneDay), filepath.Join(t.TempDir(), "ledger.db")
			l := agedLedger(t, path, &now)
			for i := range 30 { // neighbours, so that pages are shared and split
				through(t, l, 1000+i, strings.Repeat("Neighbour ", 1+i*20), routing.Outcome{Status: routing.StatusReview})
				if i%15 == 7 {
					through(t, l, 1+i/15, canary, gone)
				}
			}
			if bytesOf(t, path, canary) == 0 {
				t.Fatal("the name was never there")
			}
			erase(t, l)
			if n := bytesOf(t, path, canary); n != 0 {
				t.Errorf("the name is there %d times", n)
			}
			if n := bytesOf(t, path, "Neighbour"); n == 0 {
				t.Error("the neighbours are gone")
			}
		})
	}
}

func TestPruneKeepsWhatIsNotOver(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		now := start
		l := agedLedger(t, dsn, &now)
		ends := map[int]routing.Outcome{
			1: {Status: routing.StatusDone, Credits: 1, ContactID: "003"}, 2: {Status: routing.StatusFiltered},
			3: {Status: routing.StatusReview}, 4: {Status: routing.StatusParked}, 5: {Status: routing.StatusWaiting},
			6: {Status: routing.StatusDone, DRIDue: start.Add(oneDay), EventRecordID: "a0E"},
		}
		for i := 1; i <= 6; i++ {
			through(t, l, i, canary, ends[i])
		}
		if _, err := l.Accept(t.Context(), []routing.Delivery{sample(7, start)}); err != nil {
			t.Fatal(err)
		}
		r := Retention{Payloads: 5 * oneDay, Facts: 10 * oneDay, Keys: 30 * oneDay, Moves: 90 * oneDay}
		for _, step := range []struct {
			days int
			want Pruned
			left int
		}{
			{4, Pruned{}, 7},
			{6, Pruned{Payloads: 2}, 7},
			{7, Pruned{}, 7},
			{11, Pruned{Facts: 2}, 7},
			{31, Pruned{Deliveries: 2}, 5},
			{91, Pruned{Aliases: 2}, 5},
			{900, Pruned{}, 5},
		} {
			now = start.Add(time.Duration(step.days) * oneDay)
			got, err := l.Prune(t.Context(), r)
			if err != nil || got != step.want || len(keys(t, l)) != step.left {
				t.Fatalf("day %d: pruned %+v, %v, left %d; want %+v, %d", step.days, got, err, len(keys(t, l)), step.want, step.left)
			}
		}
		if rec := recordOf(t, l, sample(6, start).Key); rec.Plan == nil || rec.Event.Person.FullName != canary {
			t.Error("what responsible people are looked for has lost its plan")
		}
		if as, err := l.Accept(t.Context(), []routing.Delivery{sample(1, start)}); err != nil || !as[0].New {
			t.Errorf("a pruned key is new again: %+v, %v", as, err)
		}
	})
}

func TestPruneGoesOverManyBatches(t *testing.T) {
	now := start
	l := agedLedger(t, filepath.Join(t.TempDir(), "ledger.db"), &now)
	const n = 2*pruneBatch + 7
	ds := make([]routing.Delivery, n)
	for i := range ds {
		ds[i] = sample(i, start)
	}
	if _, err := l.Accept(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	drain(t, l, 300)
	now = start.Add(100 * oneDay)
	if got, err := l.Prune(t.Context(), Retention{}); err != nil || got != (Pruned{}) {
		t.Errorf("zero keeps for ever: %+v, %v", got, err)
	}
	if got, err := l.Prune(t.Context(), Retention{Keys: oneDay}); err != nil || got.Deliveries != n {
		t.Errorf("pruned %+v, %v", got, err)
	}
	for _, table := range []string{"persons", "payloads", "plans", "receipts", "deliveries"} {
		var left int
		if err := l.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM onward_"+table).Scan(&left); err != nil || left != 0 {
			t.Errorf("%s: %d left, %v", table, left, err)
		}
	}
}

func TestExport(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		now := start
		l := agedLedger(t, dsn, &now)
		for i := range pageSize + 3 {
			o := routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact, Credits: 1, ContactID: "003C"}
			if i%2 == 1 {
				o = routing.Outcome{Status: routing.StatusFiltered, What: routing.WhatNothing}
			}
			through(t, l, i, canary, o)
		}
		for what, want := range map[string]int{"ledger": pageSize + 3, "credits": (pageSize + 4) / 2} {
			var b bytes.Buffer
			if err := l.Export(t.Context(), &b, what); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), canary) || strings.Contains(b.String(), "@old.example") {
				t.Errorf("%s holds a personal value", what)
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil || len(rows) != want+1 {
				t.Errorf("%s: %d rows, %v; want %d and a header", what, len(rows), err, want)
			}
			if what == "credits" {
				key := sample(0, start).Key
				same(t, rows[1], []string{key, "m-" + key, "2026-11-21T09:00:00Z", "1", "contact_created", "003C"})
			}
		}
		if err := l.Export(t.Context(), &bytes.Buffer{}, "people"); err == nil {
			t.Error("exported what there is not")
		}
		for _, c := range []struct {
			from, until time.Time
			want        int
		}{
			{time.Time{}, time.Time{}, (pageSize + 4) / 2}, {start, start.Add(1), (pageSize + 4) / 2},
			{start.Add(1), time.Time{}, 0}, {time.Time{}, start, 0},
		} {
			if sum, err := l.Credits(t.Context(), c.from, c.until); err != nil || sum != c.want {
				t.Errorf("credits from %v until %v: %d, %v; want %d", c.from, c.until, sum, err, c.want)
			}
		}
	})
}

// TestCreditsFollowTheLastEnd: a delivery that is replayed is not counted twice, nor is
// one that turns out to be no change.
func TestCreditsFollowTheLastEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		l := openLedger(t, dsn)
		d := through(t, l, 1, "Ada", routing.Outcome{Status: routing.StatusDone, Credits: 1})
		for _, credits := range []int{1, 0} {
			must(t)(l.Reopen(t.Context(), routing.Reopen{Keys: []string{d.Key}}))
			f := claimed(t, l, d)
			must(t)(l.Finish(t.Context(), []routing.Finish{{Fence: f, Result: routing.Outcome{Status: routing.StatusDone, Credits: credits}, At: start}}))
			if sum, err := l.Credits(t.Context(), time.Time{}, time.Time{}); err != nil || sum != credits {
				t.Errorf("credits %d, %v; want %d", sum, err, credits)
			}
		}
	})
}

// TestUndoneCreditsAreCounterEntries: the entry of a move that is undone stays, and one
// against it is written when it is undone; once, however often the work on it ends.
func TestUndoneCreditsAreCounterEntries(t *testing.T) {
	onBoth(t, func(t *testing.T, dsn string) {
		l := openLedger(t, dsn)
		d := through(t, l, 1, "Ada", routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact, Credits: 1, ContactID: "003C"})
		through(t, l, 2, "Bo", routing.Outcome{Status: routing.StatusDone, What: routing.WhatLead, Credits: 1, LeadID: "00QL"})
		for hours := range 2 {
			must(t)(l.Reopen(t.Context(), routing.Reopen{Keys: []string{d.Key}, KeepPlan: true, Act: routing.Act{What: "undo", Credits: 1}}))
			f := claimed(t, l, d)
			at := start.Add(time.Duration(hours+1) * time.Hour)
			must(t)(l.Finish(t.Context(), []routing.Finish{{Fence: f, Result: routing.Outcome{Status: routing.StatusDone, What: routing.WhatUndone, Returned: 1}, At: at}}))
		}
		for _, c := range []struct {
			from, until time.Time
			want        int
		}{
			{time.Time{}, time.Time{}, 1}, {start, start.Add(1), 2}, {start.Add(1), time.Time{}, -1},
		} {
			if sum, err := l.Credits(t.Context(), c.from, c.until); err != nil || sum != c.want {
				t.Errorf("credits from %v until %v: %d, %v; want %d", c.from, c.until, sum, err, c.want)
			}
		}
		var b bytes.Buffer
		if err := l.Export(t.Context(), &b, "credits"); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%d rows, %v; want two, the counter entry and a header", len(rows), err)
		}
		same(t, rows[3], []string{d.Key, "m-" + d.Key, "2026-11-21T10:00:00Z", "-1", "undone", "003C"})
		if r := recordOf(t, l, d.Key); r.Outcome.Returned != 1 || r.Acts[0].What != "undo" || r.Acts[0].Credits != 1 {
			t.Errorf("kept: %+v, %+v", r.Outcome, r.Acts)
		}
	})
}
