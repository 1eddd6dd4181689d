package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
)

// both runs a test on an empty database of each dialect.
func both(t *testing.T, run func(t *testing.T, dsn string, db *sqldb.DB)) {
	for name, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "an odd name #1 100%.db") },
		"postgres": func(t *testing.T) string { return pgtest.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			at := dsn(t)
			run(t, at, open(t, at))
		})
	}
}

func open(t *testing.T, dsn string) *sqldb.DB {
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

func steps(texts ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, text := range texts {
		files[fmt.Sprintf("%04d_step.sql", i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

const (
	first  = "CREATE TABLE t (x BIGINT PRIMARY KEY); CREATE TABLE u (y TEXT);"
	second = "ALTER TABLE t ADD COLUMN z TEXT NOT NULL DEFAULT 'what?';"
)

// TestP22MigrationsGoForward: each step once, by however many processes; a database of
// a later version and a changed step are refused.
func TestP22MigrationsGoForward(t *testing.T) {
	both(t, func(t *testing.T, dsn string, db *sqldb.DB) {
		if todo, err := sqldb.Pending(t.Context(), db, steps(first, second), "c"); err != nil || len(todo) != 2 {
			t.Fatalf("pending %v, %v", todo, err)
		}
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			other := open(t, dsn)
			wait.Go(func() { errs[i] = sqldb.Migrate(context.Background(), other, steps(first), "c") })
		}
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), "INSERT INTO t (x) VALUES (?)", 7); err != nil {
			t.Fatal(err)
		}
		if err := sqldb.Migrate(t.Context(), db, steps(first, second), "c"); err != nil {
			t.Fatal(err)
		}
		var z string
		if err := db.QueryRow(t.Context(), "SELECT z FROM t WHERE x = ? AND z = 'what?'", 7).Scan(&z); err != nil {
			t.Fatalf("the row of before: %v", err)
		}
		if todo, err := sqldb.Pending(t.Context(), db, steps(first, second), "c"); err != nil || len(todo) != 0 {
			t.Errorf("pending %v, %v", todo, err)
		}
		if err := sqldb.Migrate(t.Context(), db, steps(first), "c"); !errors.Is(err, sqldb.ErrNewer) {
			t.Errorf("an older program: %v", err)
		}
		if err := sqldb.Migrate(t.Context(), db, steps(first, "SELECT 1;"), "c"); !errors.Is(err, sqldb.ErrChanged) {
			t.Errorf("a changed step: %v", err)
		}
		if err := sqldb.Migrate(t.Context(), db, steps(first+" nonsense"), "d"); err == nil {
			t.Error("nonsense was applied")
		}
		if todo, _ := sqldb.Pending(t.Context(), db, steps(first), "d"); len(todo) != 1 {
			t.Error("a failed step counts as taken")
		}
	})
}

// TestTxIsTakenBack: what fails leaves nothing.
func TestTxIsTakenBack(t *testing.T) {
	both(t, func(t *testing.T, _ string, db *sqldb.DB) {
		if _, err := db.Exec(t.Context(), "CREATE TABLE t (x BIGINT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		no := errors.New("no")
		err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(t.Context(), "INSERT INTO t VALUES (?)", 1); err != nil {
				return err
			}
			return no
		})
		var n int
		if errN := db.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&n); !errors.Is(err, no) || errN != nil || n != 0 {
			t.Errorf("%v, %d rows, %v", err, n, errN)
		}
	})
}

// TestAFailedStatementLeavesNothing of itself when it runs alone, and of its transaction
// also when the work goes on as if nothing had happened.
func TestAFailedStatementLeavesNothing(t *testing.T) {
	both(t, func(t *testing.T, _ string, db *sqldb.DB) {
		const twice = "INSERT INTO t VALUES (1), (2), (1)"
		if _, err := db.Exec(t.Context(), "CREATE TABLE t (x BIGINT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), twice); err == nil {
			t.Error("alone: no error")
		}
		for name, run := range map[string]func(*sqldb.Tx) error{
			"exec": func(tx *sqldb.Tx) error { _, err := tx.Exec(t.Context(), twice); return err },
			"query": func(tx *sqldb.Tx) error {
				rows, err := tx.Query(t.Context(), twice+" RETURNING x")
				if err == nil {
					for rows.Next() {
					}
					err = errors.Join(rows.Err(), rows.Close())
				}
				return err
			},
		} {
			if err := db.Tx(t.Context(), func(tx *sqldb.Tx) error { _ = run(tx); return nil }); err == nil {
				t.Errorf("%s: committed", name)
			}
		}
		var n int
		if err := db.QueryRow(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

// TestTxAgainAfterDeadlock: of two transactions that wait for each other one is begun
// again, and both are done in the end.
func TestTxAgainAfterDeadlock(t *testing.T) {
	both(t, func(t *testing.T, _ string, db *sqldb.DB) {
		if _, err := db.Exec(t.Context(), "CREATE TABLE t (x BIGINT PRIMARY KEY, n BIGINT NOT NULL)"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(t.Context(), "INSERT INTO t VALUES (1, 0), (2, 0)"); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wait.Go(func() {
				errs[i] = db.Tx(context.Background(), func(tx *sqldb.Tx) error {
					for _, x := range []int{1 + i%2, 2 - i%2} {
						if _, err := tx.Exec(context.Background(), "UPDATE t SET n = n + 1 WHERE x = ?", x); err != nil {
							return err
						}
					}
					return nil
				})
			})
		}
		wait.Wait()
		var n int
		if err := db.QueryRow(t.Context(), "SELECT sum(n) FROM t").Scan(&n); err != nil || n != 16 {
			t.Errorf("%d updates, %v, %v", n, err, errors.Join(errs...))
		}
	})
}

// TestP03DurableSettingsAreReadBack: a database that would lose what it committed is
// refused.
func TestP03DurableSettingsAreReadBack(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		_, err := sqldb.Open(t.Context(), pgtest.DSN(t)+"&synchronous_commit=off")
		if err == nil || !strings.Contains(err.Error(), "synchronous_commit=off") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("sqlite", func(t *testing.T) {
		if _, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "x.db")+"?_pragma=synchronous(OFF)"); err == nil {
			t.Error("settings in the path were taken")
		}
		db := open(t, filepath.Join(t.TempDir(), "x.db"))
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "foreign_keys": "1"} {
			for pool, from := range map[string]*sql.DB{"writer": db.Writer(), "reader": db.Reader()} {
				var got string
				if err := from.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s of the %s = %q, want %q (%v)", pragma, pool, got, want, err)
				}
			}
		}
	})
}

func TestErrorsHoldNoPassword(t *testing.T) {
	for _, dsn := range []string{"postgres://u:s3cret@127.0.0.1:1/x?connect_timeout=1", "postgres://u:s3cret@[bad/x"} {
		if _, err := sqldb.Open(t.Context(), dsn); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error %v", err)
		}
	}
}

func TestWrapKnowsItsDialects(t *testing.T) {
	if _, err := sqldb.Wrap(&sql.DB{}, "oracle"); err == nil {
		t.Error("oracle was taken")
	}
	if _, err := sqldb.Wrap(nil, "sqlite"); err == nil {
		t.Error("nothing was taken")
	}
}

// TestP21FileIsItsOwnersAlone: it holds people's data.
func TestP21FileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path)
	if _, err := db.Exec(t.Context(), "CREATE TABLE t (x INT)"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(name), info.Mode(), err)
		}
	}
}

// TestP21ErrorsQuoteNothing: PostgreSQL repeats values in its words.
func TestP21ErrorsQuoteNothing(t *testing.T) {
	db := open(t, pgtest.DSN(t))
	insert := func(ctx context.Context, exec func(context.Context, string, ...any) (sql.Result, error)) error {
		_, err := exec(ctx, "SELECT CAST(CAST(? AS TEXT) AS BIGINT)", "canary@example.com")
		return err
	}
	for name, err := range map[string]error{
		"alone":            insert(t.Context(), db.Exec),
		"in a transaction": db.Tx(t.Context(), func(tx *sqldb.Tx) error { return insert(t.Context(), tx.Exec) }),
	} {
		if err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "22P02") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestP11StoppedSessionsLoseTheirLocks: whoever does nothing inside a transaction does not
// stop the others for ever.
func TestP11StoppedSessionsLoseTheirLocks(t *testing.T) {
	dsn := pgtest.DSN(t)
	stopped := open(t, dsn+"&idle_in_transaction_session_timeout=200")
	tx, err := stopped.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(t.Context(), "SELECT pg_advisory_xact_lock(1)"); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dsn).Tx(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock(1)")
		return err
	}); err != nil {
		t.Error(err)
	}
	var limit string
	if err := open(t, dsn).QueryRow(t.Context(), "SELECT current_setting('idle_in_transaction_session_timeout')").Scan(&limit); err != nil || limit != "15s" {
		t.Errorf("limit %q, %v", limit, err)
	}
}
