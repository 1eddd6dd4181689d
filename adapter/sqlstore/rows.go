package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
)

// Migrate creates the tables of a Store in a database, or brings them up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	files, err := fs.Sub(migrations, "migrations/"+string(db.Dialect()))
	if err != nil {
		return fmt.Errorf("sqlstore: %w", err)
	}
	if err := sqldb.Migrate(ctx, db, files, component); err != nil {
		return fmt.Errorf("sqlstore: %w", err)
	}
	return nil
}

// upToDate migrates, or refuses what is not migrated. What is up to date already is
// only read: that needs no right to change tables.
func upToDate(ctx context.Context, db *sqldb.DB, migrate bool) error {
	files, err := fs.Sub(migrations, "migrations/"+string(db.Dialect()))
	if err != nil {
		return fmt.Errorf("sqlstore: %w", err)
	}
	todo, err := sqldb.Pending(ctx, db, files, component)
	switch {
	case err != nil:
		return fmt.Errorf("sqlstore: %w", err)
	case len(todo) == 0:
		return nil
	case !migrate:
		return fmt.Errorf("sqlstore: the database is not up to date (%s): run onward migrate", strings.Join(todo, ", "))
	}
	return Migrate(ctx, db)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, db *sqldb.DB, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	var out []T
	if err := each(rows, func() error {
		v, err := scan(rows)
		out = append(out, v)
		return err
	}); err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	return out, nil
}

// each reads rows to their end and closes them.
func each(rows *sql.Rows, scan func() error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// micros is a time as microseconds since 1970; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
