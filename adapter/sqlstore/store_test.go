package sqlstore_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/adapter/sqlstore"
	"github.com/onward-crm/onward/adapter/storetest"
	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
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

func store(t *testing.T, db *sqldb.DB, o *sqlstore.Options) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.New(t.Context(), db.Writer(), string(db.Dialect()), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "store.db") }

var key = []byte("a key for the side store in tests")

func TestStoreOnSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T, limits adapter.SideLimits) adapter.Store {
		return store(t, opened(t, file(t)), &sqlstore.Options{Limits: limits})
	})
}

// TestStoreOnPostgres empties one database before each scenario: making one takes
// longer than all the rest.
func TestStoreOnPostgres(t *testing.T) {
	db := opened(t, pgtest.DSN(t))
	storetest.Run(t, func(t *testing.T, limits adapter.SideLimits) adapter.Store {
		s := store(t, db, &sqlstore.Options{Limits: limits, Key: key})
		if _, err := db.Exec(t.Context(), "TRUNCATE adapter_refused, adapter_refused_total, adapter_promises, adapter_acts, adapter_switches"); err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// canary is a kept request with a body that can be found again in a file.
func canary() adapter.Refused {
	r := adapter.Refused{ID: "r1", Source: "flow", Code: "bad_signature"}
	r.Request.URI, r.Request.Body = "/salesforce/flow/route", []byte("canary.person@example.com")
	return r
}

func TestKeyEncryptsWhatIsKept(t *testing.T) {
	db := opened(t, file(t))
	plain, sealed := store(t, db, nil), store(t, db, &sqlstore.Options{Key: key})
	stored := func() []byte {
		var data []byte
		if err := db.Writer().QueryRowContext(t.Context(), "SELECT request FROM adapter_refused").Scan(&data); err != nil {
			t.Fatal(err)
		}
		return data
	}
	if err := sealed.Refuse(t.Context(), canary()); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(stored(), []byte("canary")) || bytes.Contains(stored(), []byte("flow")) {
		t.Errorf("kept in the clear: %q", stored())
	}
	got, err := sealed.Refused(t.Context(), "")
	if err != nil || len(got) != 1 || cmp.Diff(canary(), got[0]) != "" {
		t.Errorf("read back: %+v, %v", got, err)
	}
	for name, other := range map[string]*sqlstore.Store{
		"no key": plain, "another key": store(t, db, &sqlstore.Options{Key: bytes.Repeat([]byte("x"), 32)}),
	} {
		got, err := other.Refused(t.Context(), "")
		if err != nil || len(got) != 1 || got[0].ID != "r1" || got[0].Request.Body != nil {
			t.Errorf("with %s: %+v, %v", name, got, err)
		}
	}
}

func TestWhatIsKeptCannotBeExchanged(t *testing.T) {
	db := opened(t, file(t))
	s := store(t, db, &sqlstore.Options{Key: key})
	if err := s.Refuse(t.Context(), canary()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer().ExecContext(t.Context(), "UPDATE adapter_refused SET id = 'r2'"); err != nil {
		t.Fatal(err)
	}
	got, err := s.Refused(t.Context(), "")
	if err != nil || len(got) != 1 || got[0].Request.Body != nil {
		t.Errorf("under another id: %+v, %v", got, err)
	}
}

func TestShortKeyIsRefused(t *testing.T) {
	db := opened(t, file(t))
	if _, err := sqlstore.New(t.Context(), db.Writer(), string(db.Dialect()), &sqlstore.Options{Key: []byte("short")}); err == nil {
		t.Error("a key of 5 bytes was taken")
	}
}

func TestStoreOutlastsItsProcess(t *testing.T) {
	dsn := file(t)
	first := store(t, opened(t, dsn), nil)
	if err := first.SetPaused(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if paused, err := store(t, opened(t, dsn), nil).Paused(t.Context()); err != nil || !paused {
		t.Errorf("paused %v, %v", paused, err)
	}
}

// TestBacklog counts what is owed, and tells since when.
func TestBacklog(t *testing.T) {
	s := store(t, opened(t, file(t)), nil)
	if owed, oldest, err := s.Backlog(t.Context()); owed != 0 || !oldest.IsZero() || err != nil {
		t.Errorf("of none: %d since %s, %v", owed, oldest, err)
	}
	first := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for i, id := range []string{"a", "b", "c"} {
		made := first.Add(time.Duration(i) * time.Hour)
		if err := s.Promise(t.Context(), []adapter.Promise{{ID: id, Kind: "webhook", Delivery: id, Target: "x", Made: made, Due: made}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Kept(t.Context(), []adapter.Keeping{{ID: "a", Sent: true, At: first}}); err != nil {
		t.Fatal(err)
	}
	if owed, oldest, err := s.Backlog(t.Context()); owed != 2 || !oldest.Equal(first.Add(time.Hour)) || err != nil {
		t.Errorf("%d since %s, %v", owed, oldest, err)
	}
}

// TestNoMigrate refuses what is not up to date, and takes what is.
func TestNoMigrate(t *testing.T) {
	db := opened(t, file(t))
	o := &sqlstore.Options{NoMigrate: true}
	if _, err := sqlstore.New(t.Context(), db.Writer(), string(db.Dialect()), o); err == nil || !strings.Contains(err.Error(), "run onward migrate") {
		t.Errorf("an empty database: %v", err)
	}
	if err := sqlstore.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	store(t, db, o)
}
