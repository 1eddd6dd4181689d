package sqldb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The errors of migrations.
var (
	// ErrNewer: the database was written by a later version of the program.
	ErrNewer = errors.New("sqldb: the database is newer than this program")
	// ErrChanged: a migration that was applied is not the one of this program.
	ErrChanged = errors.New("sqldb: an applied migration has changed")
)

// migration is one step forward.
type migration struct {
	version        int
	name, text, id string
}

// migrationsOf reads the steps: files named 0001_name.sql, without gaps.
func migrationsOf(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out []migration
	for i, name := range names {
		number, rest, _ := strings.Cut(strings.TrimSuffix(name, ".sql"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 || rest == "" {
			return nil, fmt.Errorf("sqldb: migration %s: want %04d_name.sql", name, i+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		out = append(out, migration{version, rest, string(text), hex.EncodeToString(sum[:])})
	}
	return out, nil
}

const createMigrations = `CREATE TABLE IF NOT EXISTS onward_migrations (
  component TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (component, version))`

// migrateLock is the advisory lock of migrations: "onward" as a number.
const migrateLock = 0x6f6e77617264

// Migrate brings one component's tables up to date, all steps in one transaction.
// Several processes may call it at once. The error is ErrNewer or ErrChanged, or the
// database's.
func Migrate(ctx context.Context, db *DB, files fs.FS, component string) error {
	steps, err := migrationsOf(files)
	if err != nil {
		return err
	}
	return db.Tx(ctx, func(tx *Tx) error {
		if db.dialect == Postgres {
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(?)", int64(migrateLock)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, createMigrations); err != nil {
			return fmt.Errorf("sqldb: migrate: %w", err)
		}
		todo, err := pending(ctx, tx.Query, steps, component)
		if err != nil {
			return err
		}
		for _, m := range todo {
			if err := apply(ctx, tx, m, component); err != nil {
				return fmt.Errorf("sqldb: migrate %s to %d (%s): %w", component, m.version, m.name, err)
			}
		}
		return nil
	})
}

func apply(ctx context.Context, tx *Tx, m migration, component string) error {
	if _, err := tx.tx.ExecContext(ctx, m.text); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "INSERT INTO onward_migrations (component, version, name, checksum, at) VALUES (?, ?, ?, ?, ?)",
		component, m.version, m.name, m.id, time.Now().UTC().Format(time.RFC3339))
	return err
}

// Pending lists the steps that Migrate would take.
func Pending(ctx context.Context, db *DB, files fs.FS, component string) ([]string, error) {
	steps, err := migrationsOf(files)
	if err != nil {
		return nil, err
	}
	table := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'onward_migrations'"
	if db.dialect == Postgres {
		table = "SELECT count(*) FROM pg_tables WHERE tablename = 'onward_migrations' AND schemaname = ANY (current_schemas(false))"
	}
	var there int
	if err := db.QueryRow(ctx, table).Scan(&there); err != nil {
		return nil, fmt.Errorf("sqldb: migrate: %w", err)
	}
	todo := steps
	if there > 0 {
		if todo, err = pending(ctx, db.Query, steps, component); err != nil {
			return nil, err
		}
	}
	names := make([]string, len(todo))
	for i, m := range todo {
		names[i] = fmt.Sprintf("%04d_%s", m.version, m.name)
	}
	return names, nil
}

// pending compares the steps with those that were taken.
func pending(ctx context.Context, query func(context.Context, string, ...any) (*sql.Rows, error), steps []migration, component string) (todo []migration, err error) {
	rows, err := query(ctx, "SELECT version, checksum FROM onward_migrations WHERE component = ? ORDER BY version", component)
	if err != nil {
		return nil, fmt.Errorf("sqldb: migrate: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	done := 0
	for rows.Next() {
		var version int
		var checksum string
		if err := rows.Scan(&version, &checksum); err != nil {
			return nil, fmt.Errorf("sqldb: migrate: %w", err)
		}
		switch {
		case version > len(steps):
			return nil, fmt.Errorf("%w: %s is at step %d, this program knows %d", ErrNewer, component, version, len(steps))
		case steps[version-1].id != checksum:
			return nil, fmt.Errorf("%w: %s step %d", ErrChanged, component, version)
		}
		done = version
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqldb: migrate: %w", err)
	}
	return steps[done:], nil
}
