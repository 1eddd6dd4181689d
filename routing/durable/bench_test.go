package durable

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing"
)

// BenchmarkLedger carries deliveries through accept, claim, decide, write and finish in
// batches of 200, with plans of about 2 KB. One operation is one delivery.
func BenchmarkLedger(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) { benchmarkPath(b, openLedger(b, filepath.Join(b.TempDir(), "ledger.db"))) })
	b.Run("PostgreSQL", func(b *testing.B) { benchmarkPath(b, openLedger(b, pgtest.DSN(b))) })
}

func benchmarkPath(b *testing.B, l *Ledger) {
	const batch = 200
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for done := 0; done < b.N; done += batch {
		ds := make([]routing.Delivery, batch)
		for i := range ds {
			ds[i] = sample(done+i, now)
		}
		if _, err := l.Accept(b.Context(), ds); err != nil {
			b.Fatal(err)
		}
		work(b, l, now, batch)
	}
}

// sample is a delivery with three hashes of its own.
func sample(i int, now time.Time) routing.Delivery {
	key := fmt.Sprintf("bench:%08d", i)
	return routing.Delivery{
		Key: key, OccurredAt: now, ReceivedAt: now, Persons: []string{key + "/e", key + "/l", key + "/n"},
		Event: routing.Event{ID: key, Source: "bench", Person: routing.Person{FullName: "Ada " + key, Email: key + "@old.example"}, To: &routing.Place{Company: "Beta " + key}},
	}
}

// work claims at most n deliveries and carries them to their end.
func work(t testing.TB, l *Ledger, now time.Time, n int) int {
	t.Helper()
	cs, err := l.Claim(t.Context(), routing.ClaimOrder{Now: now, N: n, Lease: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ds, ws, fs := make([]routing.Decision, len(cs)), make([]routing.Writing, len(cs)), make([]routing.Finish, len(cs))
	for i, c := range cs {
		key := crm.Key("c-" + c.Fence.Key)
		ds[i] = routing.Decision{
			Fence: c.Fence, At: now,
			Plan: routing.Plan{
				Key: c.Fence.Key, Move: "m-" + c.Fence.Key, Status: routing.StatusDone,
				Writes:  []crm.Write{{Key: key, Verb: crm.VerbCreate, Object: crm.ObjectContact, Set: crm.Fields{"Description": strings.Repeat(c.Fence.Key+" ", 120)}}},
				Aliases: []routing.AliasClaim{{Alias: routing.Alias(c.Fence.Key), Identity: routing.Identity{ID: "m-" + c.Fence.Key}}},
			},
			Facts: routing.Facts{Now: now, People: []crm.Person{{Object: crm.ObjectContact, ID: "003" + c.Fence.Key, LastName: strings.Repeat("Ada", 200)}}},
		}
		ws[i] = routing.Writing{Fence: c.Fence, Receipts: []routing.Receipt{{Key: key, ID: "003" + c.Fence.Key, Changed: crm.Fields{"LastName": "Ada"}}}}
		fs[i] = routing.Finish{Fence: c.Fence, At: now, Result: routing.Outcome{Status: routing.StatusDone, What: routing.WhatContact, Credits: 1, ContactID: "003" + c.Fence.Key}}
	}
	calm := func(errs []error, err error) {
		t.Helper()
		for _, e := range append(errs, err) {
			if e != nil {
				t.Fatal(e)
			}
		}
	}
	calm(l.Decided(t.Context(), ds))
	calm(l.Wrote(t.Context(), ws))
	calm(l.Finish(t.Context(), fs))
	return len(cs)
}

// BenchmarkClaim claims one delivery and gives it back: behind ten thousand due ones of
// a person who is being worked on, and among a hundred thousand finished ones.
func BenchmarkClaim(b *testing.B) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	for name, prepare := range map[string]func(*testing.B, *Ledger){
		"BehindOnePerson": func(b *testing.B, l *Ledger) {
			ds := make([]routing.Delivery, 10_000)
			for i := range ds {
				ds[i] = sample(i, now)
				ds[i].Persons = []string{"busy"}
			}
			if _, err := l.Accept(b.Context(), ds); err != nil {
				b.Fatal(err)
			}
			if _, err := l.Claim(b.Context(), routing.ClaimOrder{Now: now, N: 1, Lease: time.Hour}); err != nil {
				b.Fatal(err)
			}
		},
		"AmongFinished": func(b *testing.B, l *Ledger) {
			series := "SELECT value AS i FROM json_each('[' || rtrim(replace(hex(zeroblob(50000)), '0', '1,'), ',') || ']')"
			if l.Dialect() == "postgres" {
				series = "SELECT 1 AS i FROM generate_series(1, 100000)"
			}
			_, err := l.DB().ExecContext(b.Context(), `INSERT INTO onward_deliveries (key, source, status, occurred_at, received_at, queue, finished_at)
SELECT 'old ' || row_number() OVER (), '', 'done', 1, 1, 0, 1 FROM (`+series+`) AS s`)
			if err != nil {
				b.Fatal(err)
			}
		},
	} {
		b.Run(name+"/SQLite", func(b *testing.B) {
			l := openLedger(b, filepath.Join(b.TempDir(), "ledger.db"))
			prepare(b, l)
			benchmarkClaim(b, l, now)
		})
		b.Run(name+"/PostgreSQL", func(b *testing.B) {
			l := openLedger(b, pgtest.DSN(b))
			prepare(b, l)
			benchmarkClaim(b, l, now)
		})
	}
}

func benchmarkClaim(b *testing.B, l *Ledger, now time.Time) {
	d := sample(99_999, now.Add(time.Minute))
	if _, err := l.Accept(b.Context(), []routing.Delivery{d}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cs, err := l.Claim(b.Context(), routing.ClaimOrder{Now: now.Add(time.Minute), N: 1, Lease: time.Minute})
		if err != nil || len(cs) != 1 || cs[0].Fence.Key != d.Key {
			b.Fatalf("claimed %d, %v", len(cs), err)
		}
		if _, err := l.Release(b.Context(), []routing.Release{{Fence: cs[0].Fence, Refund: true}}); err != nil {
			b.Fatal(err)
		}
	}
}
