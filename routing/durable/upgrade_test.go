package durable

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing"
)

var update = flag.Bool("update", false, "write the databases of this version to testdata")

// The databases that version 1 left behind, and all that was in them.
const (
	fixtureSQLite   = "testdata/v1.sqlite"
	fixturePostgres = "testdata/v1.sql"
	fixtureRecords  = "testdata/v1.json"
)

// TestP22DatabaseOfVersion1 opens what version 1 wrote, reads it back and drains it.
func TestP22DatabaseOfVersion1(t *testing.T) {
	if *update {
		writeFixtures(t)
	}
	onBoth(t, func(t *testing.T, dsn string) {
		restoreFixture(t, dsn)
		l := openLedger(t, dsn)
		want, err := os.ReadFile(fixtureRecords)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(t, everything(t, l)) + "\n"; got != string(want) {
			same(t, json.RawMessage(got), json.RawMessage(want))
		}
		a, err := l.Lookup(t.Context(), routing.Question{Aliases: []routing.Alias{"a-" + routing.Alias(sample(1, start).Key)}, Pools: []string{"pool"}, Tombstones: []string{sample(9, start).Persons[0]}})
		if err != nil || len(a.Known) != 1 || a.Rota["pool"] != 2 || len(a.Buried) != 1 {
			t.Errorf("known %+v, %v", a, err)
		}
		if as, err := l.Accept(t.Context(), []routing.Delivery{sample(1, start)}); err != nil || as[0].New || as[0].Record.Status != routing.StatusDone {
			t.Errorf("a report that is known: %+v, %v", as, err)
		}
		drainFixture(t, l)
	})
}

// drainFixture carries everything that is unfinished to its end.
func drainFixture(t *testing.T, l *Ledger) {
	t.Helper()
	later := start.Add(48 * time.Hour)
	cs, err := l.Claim(t.Context(), routing.ClaimOrder{Now: later, N: 100, Lease: time.Minute})
	if err != nil || len(cs) != 4 {
		t.Fatalf("claimed %d, %v; want the waiting, the released, the held and the new one", len(cs), err)
	}
	for _, c := range cs {
		must(t)(l.Finish(t.Context(), []routing.Finish{{Fence: c.Fence, At: later, Result: routing.Outcome{Status: routing.StatusDone, Credits: 1}}}))
	}
	watched, err := l.ClaimDRI(t.Context(), routing.ClaimOrder{Now: later, N: 100, Lease: time.Minute})
	if err != nil || len(watched) != 1 || watched[0].Fence.Attempt != 2 {
		t.Fatalf("responsible people: %+v, %v", watched, err)
	}
	must(t)(l.Assigned(t.Context(), []routing.DRIUpdate{{Fence: watched[0].Fence}}))
	if d, err := l.Depth(t.Context(), later.Add(time.Hour)); err != nil || d.Due+d.Held+d.DRIDue != 0 {
		t.Errorf("left %+v, %v", d, err)
	}
	if sum, err := l.Credits(t.Context(), time.Time{}, time.Time{}); err != nil || sum != 5 {
		t.Errorf("credits %d, %v", sum, err)
	}
}

// everything is all that can be read of a ledger without changing it.
func everything(t *testing.T, l *Ledger) any {
	t.Helper()
	var records []routing.Record
	for rec, err := range l.Records(t.Context(), routing.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, rec)
	}
	ns, err := l.Notices(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"records": records, "notices": ns}
}

// fill puts one delivery of every kind into an empty ledger.
func fill(t *testing.T, l *Ledger) {
	t.Helper()
	through(t, l, 1, "Ada", routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact, Credits: 1, ContactID: "003"})
	through(t, l, 2, "Bo", routing.Outcome{Status: routing.StatusReview, What: routing.WhatHeld})
	through(t, l, 3, "Cy", routing.Outcome{Status: routing.StatusParked, What: routing.WhatRefused})
	through(t, l, 4, "Di", routing.Outcome{Status: routing.StatusWaiting})
	through(t, l, 5, "Ed", routing.Outcome{Status: routing.StatusDone, EventRecordID: "a0E", DRIDue: start.Add(time.Hour)})
	ws, err := l.ClaimDRI(t.Context(), routing.ClaimOrder{Now: start.Add(time.Hour), N: 1, Lease: time.Minute})
	if err != nil || len(ws) != 1 {
		t.Fatalf("responsible people: %d, %v", len(ws), err)
	}
	state := &routing.DRIState{At: start.Add(time.Hour), Assignments: []dri.Assignment{{Scenario: dri.Joins, UserID: "005"}}}
	must(t)(l.Assigned(t.Context(), []routing.DRIUpdate{{Fence: ws[0].Fence, State: state, Next: start.Add(24 * time.Hour)}}))
	long := sample(6, start)
	long.Event.Person.FullName = strings.Repeat("Fay ", 3000)
	if _, err := l.Accept(t.Context(), []routing.Delivery{long, sample(7, start), sample(8, start)}); err != nil {
		t.Fatal(err)
	}
	f := claimed(t, l, long)
	plan := routing.Plan{Key: long.Key, Rota: []dri.RotaMove{{Pool: "pool", From: 0, To: 2}}}
	must(t)(l.Decided(t.Context(), []routing.Decision{{Fence: f, At: start, Plan: plan, Facts: routing.Facts{Now: start, Own: []string{long.Event.Person.FullName}}}}))
	must(t)(l.Release(t.Context(), []routing.Release{{Fence: f, Due: start.Add(time.Hour), Reason: "crm_unavailable"}}))
	claimed(t, l, sample(7, start))
	through(t, l, 9, "Gil", routing.Outcome{Status: routing.StatusDone})
	if err := l.Bury(t.Context(), []string{sample(9, start).Persons[0]}); err != nil {
		t.Fatal(err)
	}
	must(t)(l.Reopen(t.Context(), routing.Reopen{Keys: []string{sample(2, start).Key}, Act: routing.Act{At: start, By: "ops", What: "approve", Pick: &routing.Pick{AccountID: "001"}}}))
	again := claimed(t, l, sample(2, start))
	must(t)(l.Finish(t.Context(), []routing.Finish{{Fence: again, At: start, Result: routing.Outcome{Status: routing.StatusReview}}}))
	if err := l.Sent(t.Context(), []string{"n-" + sample(3, start).Key}); err != nil {
		t.Fatal(err)
	}
}

// writeFixtures makes the databases anew. It is for a release that changes the tables,
// under a new name.
func writeFixtures(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "v1.sqlite")
	l := openLedger(t, path)
	fill(t, l)
	keep(t, fixtureRecords, []byte(text(t, everything(t, l))+"\n"))
	if _, err := l.DB().ExecContext(t.Context(), "VACUUM INTO ?", path+".out"); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path + ".out")
	if err != nil {
		t.Fatal(err)
	}
	keep(t, fixtureSQLite, whole)
	p := openLedger(t, pgtest.DSN(t))
	fill(t, p)
	keep(t, fixturePostgres, []byte(dump(t, p)))
}

func keep(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// restoreFixture makes a database what version 1 left behind.
func restoreFixture(t *testing.T, dsn string) {
	t.Helper()
	if !strings.HasPrefix(dsn, "postgres") {
		whole, err := os.ReadFile(fixtureSQLite)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, dsn, whole)
		return
	}
	script, err := os.ReadFile(fixturePostgres)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Writer().ExecContext(t.Context(), string(script)); err != nil {
		t.Fatal(err)
	}
}

// dump is a PostgreSQL ledger as a script: the tables as its migrations made them, and
// plain INSERTs.
func dump(t *testing.T, l *Ledger) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`CREATE TABLE onward_migrations (
  component TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (component, version));
`)
	names, err := migrations.ReadDir("migrations/postgres")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		step, err := migrations.ReadFile("migrations/postgres/" + name.Name())
		if err != nil {
			t.Fatal(err)
		}
		b.Write(step)
	}
	for _, table := range []string{"migrations", "deliveries", "payloads", "plans", "receipts", "persons", "aliases", "landed", "rota", "tombstones", "notices", "credits"} {
		dumpTable(t, l, &b, "onward_"+table)
	}
	for _, counted := range [][2]string{{"onward_deliveries", "seq"}, {"onward_notices", "n"}} {
		fmt.Fprintf(&b, "SELECT setval(pg_get_serial_sequence('%[1]s', '%[2]s'), (SELECT max(%[2]s) FROM %[1]s));\n", counted[0], counted[1])
	}
	return b.String()
}

func dumpTable(t *testing.T, l *Ledger, b *strings.Builder, table string) {
	t.Helper()
	err := scanAll(context.WithoutCancel(t.Context()), l.db, func(rows *sql.Rows) error {
		names, err := rows.Columns()
		if err != nil {
			return err
		}
		values, places := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return err
		}
		literals := make([]string, len(values))
		for i, v := range values {
			literals[i] = literal(v)
		}
		_, err = fmt.Fprintf(b, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s);\n", table, strings.Join(names, ", "), strings.Join(literals, ", "))
		return err
	}, "SELECT * FROM "+table+" ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
}

// literal is a value as SQL writes it.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case []byte:
		return `'\x` + hex.EncodeToString(v) + "'"
	default:
		return fmt.Sprint(v)
	}
}
