package sqlstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/routing/notify"
	"github.com/onward-crm/onward/routing/notify/notifytest"
	"github.com/onward-crm/onward/routing/notify/sqlstore"
)

// opened is a pool on a database, closed with the test.
func opened(t *testing.T, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func store(t *testing.T, db *sqldb.DB) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.New(t.Context(), db.Writer(), string(db.Dialect()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStoreOnSQLite(t *testing.T) {
	notifytest.RunSent(t, func(t *testing.T) notify.Sent {
		return store(t, opened(t, filepath.Join(t.TempDir(), "sent.db")))
	})
}

// TestStoreOnPostgres empties one database before each scenario: making one takes
// longer than all the rest.
func TestStoreOnPostgres(t *testing.T) {
	db := opened(t, pgtest.DSN(t))
	notifytest.RunSent(t, func(t *testing.T) notify.Sent {
		s := store(t, db)
		if _, err := db.Exec(t.Context(), "TRUNCATE notify_sent"); err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestNoMigrateRefuses(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "sent.db"))
	_, err := sqlstore.New(t.Context(), db.Writer(), "sqlite", &sqlstore.Options{NoMigrate: true})
	if !errors.Is(err, sqlstore.ErrNotMigrated) || !strings.Contains(err.Error(), "0001_sent") {
		t.Fatalf("New without tables: %v, want one that names the step", err)
	}
	store(t, db)
	if _, err := sqlstore.New(t.Context(), db.Writer(), "sqlite", &sqlstore.Options{NoMigrate: true}); err != nil {
		t.Errorf("New with tables: %v", err)
	}
}

// TestMarksOutliveTheProcess: another store on the same file knows what was sent.
func TestMarksOutliveTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sent.db")
	c := notifytest.Sample("digest:u1:2026-W48")
	m, taken, err := store(t, opened(t, path)).Claim(t.Context(), c)
	if err != nil || !taken {
		t.Fatalf("first claim: %v, %v", taken, err)
	}
	again := store(t, opened(t, path))
	if err := again.Settle(t.Context(), notify.Settlement{Key: m.Key, Attempt: m.Attempt, State: notify.StateSent, Channel: "mail"}); err != nil {
		t.Fatal(err)
	}
	c.Now = c.Now.Add(c.Lease)
	if m, taken, err := store(t, opened(t, path)).Claim(t.Context(), c); taken || err != nil || m.State != notify.StateSent || m.Channel != "mail" {
		t.Errorf("claim of a sent message: %+v, %v, %v", m, taken, err)
	}
}
