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
