package durable

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/ledgertest"
)

// openLedger opens a ledger for a test.
func openLedger(t testing.TB, dsn string) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), dsn, nil)
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

func TestLedger(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		ledgertest.Run(t, func(t *testing.T) routing.Ledger {
			return openLedger(t, filepath.Join(t.TempDir(), "ledger.db"))
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		ledgertest.Run(t, func(t *testing.T) routing.Ledger { return openLedger(t, pgtest.DSN(t)) })
	})
}

// recordOf is the record of a key that must exist.
func recordOf(t testing.TB, l *Ledger, key string) routing.Record {
	t.Helper()
	rs, err := l.Fetch(t.Context(), []string{key})
	if err != nil {
		t.Fatal(err)
	}
	rec, ok := rs[key]
	if !ok {
		t.Fatalf("no record of %s", key)
	}
	return rec
}

// same compares two values in the form in which they last.
func same(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(text(t, want), text(t, got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
