package pgtest_test

import (
	"testing"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
)

// TestDatabasesAreApart: every call gives an empty database of its own, which passes
// the check of durable settings.
func TestDatabasesAreApart(t *testing.T) {
	for range 2 {
		db, err := sqldb.Open(t.Context(), pgtest.DSN(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		if _, err := db.Exec(t.Context(), "CREATE TABLE only_here (x INT)"); err != nil {
			t.Fatal(err)
		}
	}
}
