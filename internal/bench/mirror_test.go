package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/crm/salesforce/sftest"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
)

// figures are what keeping a mirror costs.
type figures struct {
	load, reload, save, delta time.Duration
	heap, peak, file          int64
}

// mirrorFigures loads n accounts through the Bulk API of a server that makes them
// as they are read, saves the mirror, opens it again from its file, and takes in
// a thousand changes.
func mirrorFigures(tb testing.TB, n int) figures {
	tb.Helper()
	const changes = 1000
	ctx := context.Background()
	db := memcrm.New(&memcrm.Options{Now: func() time.Time { return start }})
	generating := true
	source := func(o crm.Object) (int, func(int) crm.Record) {
		if o != crm.ObjectAccount || !generating {
			return 0, nil
		}
		return n, func(i int) crm.Record { return madeAccount(tb, i, start) }
	}
	server := sftest.Start(tb, &sftest.Options{CRM: db, BulkSource: source})
	org, err := salesforce.Open(ctx, salesforce.Options{
		Instance: server.URL, Login: salesforce.ClientCredentials{ID: server.ClientID(), Secret: server.ClientSecret()},
	})
	if err != nil {
		tb.Fatal(err)
	}
	defer org.Close()
	o := mirror.Options{
		Client: crm.NewClient(org, nil), Policy: mirrorPolicy(tb, db), Scan: org.Bulk, Path: filepath.Join(tb.TempDir(), "mirror"),
	}
	var f figures
	before, clock := heap(), time.Now()
	m, err := mirror.Open(ctx, o)
	if err != nil {
		tb.Fatal(err)
	}
	f.load = time.Since(clock)
	f.peak = peak() - before
	f.heap = heap() - before
	clock = time.Now()
	if err := m.Save(); err != nil {
		tb.Fatal(err)
	}
	f.save = time.Since(clock)
	if info, err := os.Stat(o.Path); err == nil {
		f.file = info.Size()
	}
	if m.Len() != n {
		tb.Fatalf("%d accounts, want %d", m.Len(), n)
	}
	m = nil
	runtime.GC()
	// Open asks for what changed since, here nothing, and that is part of it.
	clock = time.Now()
	generating = false
	if m, err = mirror.Open(ctx, o); err != nil || !m.Stats().FromFile {
		tb.Fatalf("%v, refused: %v", err, m.Stats().Refused)
	}
	f.reload = time.Since(clock)
	if found := m.Len(); found != n {
		tb.Fatalf("%d accounts after the reload, want %d", found, n)
	}
	f.delta = delta(tb, m, db, n, changes)
	probe(tb, m, n)
	return f
}

// delta times how long changes take to be read and taken in.
func delta(tb testing.TB, m *mirror.Mirror, db *memcrm.CRM, n, changes int) time.Duration {
	tb.Helper()
	for i := range changes {
		r := madeAccount(tb, i*(n/changes)+1, start.Add(2*time.Hour))
		r.Fields["Name"] = "Renamed " + r.Fields["Name"]
		if err := db.Put(r); err != nil {
			tb.Fatal(err)
		}
	}
	clock := time.Now()
	c, err := m.Refresh(context.Background())
	if err != nil || c.Updated != changes {
		tb.Fatalf("%+v, %v", c, err)
	}
	return time.Since(clock)
}

// probe looks for some accounts.
func probe(tb testing.TB, m *mirror.Mirror, n int) {
	tb.Helper()
	for i := 2; i < n; i += n / 50 {
		r := madeAccount(tb, i, start)
		found, err := m.Candidates(context.Background(), matching.Balanced(), []matching.Company{{Domain: r.Fields["Website"]}})
		if err != nil || found[0].Match.ID != r.ID {
			tb.Fatalf("account %d: found %q, %v", i, found[0].Match.ID, err)
		}
	}
}

func madeAccount(tb testing.TB, i int, at time.Time) crm.Record {
	id, err := crm.WidenID(fmt.Sprintf("001%012d", i))
	if err != nil {
		tb.Fatal(err)
	}
	return crm.Record{Object: crm.ObjectAccount, ID: id, Fields: crm.Fields{
		"Name": companyName(i), "Website": domain(i), "OwnerId": memcrm.DefaultUser, "BillingCountry": "US",
		"CreatedDate": crm.FormatTime(start), "SystemModstamp": crm.FormatTime(at),
	}}
}

func mirrorPolicy(tb testing.TB, db *memcrm.CRM) *routing.Policy {
	cfg := routing.DefaultConfig()
	cfg.Owners.Default, cfg.DRI.Default = db.User(), db.User()
	p, err := routing.NewPolicy(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// peak is the memory that the runtime has in use for objects, swept or not.
func peak() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapSys - m.HeapReleased)
}

// BenchmarkMirror reports, for 100,000 and 1,000,000 accounts, what a fresh load
// through the Bulk API, a reload from the file and a delta of 1,000 changes cost.
// It fails when a reload is not ten times faster than a load, or when the delta
// takes longer than a second. Run it with -benchtime 1x; the larger one takes minutes.
func BenchmarkMirror(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var f figures
			for range b.N {
				f = mirrorFigures(b, n)
			}
			if f.load < 10*f.reload {
				b.Errorf("a load takes %v, a reload %v: want at least ten times less", f.load, f.reload)
			}
			if f.delta > time.Second {
				b.Errorf("a delta of 1,000 changes takes %v", f.delta)
			}
			b.ReportMetric(f.load.Seconds(), "load-s")
			b.ReportMetric(f.reload.Seconds(), "reload-s")
			b.ReportMetric(f.load.Seconds()/f.reload.Seconds(), "load/reload")
			b.ReportMetric(f.save.Seconds(), "save-s")
			b.ReportMetric(f.delta.Seconds(), "delta-s")
			b.ReportMetric(float64(f.heap)/float64(1<<20), "heap-MiB")
			b.ReportMetric(float64(f.peak)/float64(1<<20), "peak-MiB")
			b.ReportMetric(float64(f.file)/float64(1<<20), "file-MiB")
		})
	}
}

// TestMirrorThroughBulk goes the same way with fewer accounts, for its results
// and not for its times.
func TestMirrorThroughBulk(t *testing.T) {
	f := mirrorFigures(t, 5000)
	t.Logf("load %v, reload %v, save %v, delta of 1,000 changes %v", f.load, f.reload, f.save, f.delta)
}
