package durable

import (
	"path/filepath"
	"testing"

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
