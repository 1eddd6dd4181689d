package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/onward-crm/onward/internal/sqldb"
)

// component names our migrations among those of others in the same database.
const component = "tracking"

// migrations are in a folder for each dialect.
//
//go:embed migrations
var migrations embed.FS

// ErrNotMigrated: the tables are not there, or not up to date, and Options.NoMigrate
// forbids to make them.
var ErrNotMigrated = errors.New("sqlstore: the database is not up to date, run onward migrate")

// Options tune a store; nil and zero fields mean the defaults.
type Options struct {
	// Reader is a pool on the same database for reading alone. Without one, reading
	// shares the pool that writes: on SQLite this has one connection, so that everybody
	// else, the same caller included, waits until a list has been read to its end.
	Reader *sql.DB
	// NoMigrate refuses a database that is not up to date instead of migrating it.
	NoMigrate bool
}

// store is a database as both stores use it.
type store struct{ db, read *sqldb.DB }

// open takes pools that the caller opened and closes.
func open(ctx context.Context, db *sql.DB, dialect string, o *Options) (store, error) {
	if o == nil {
		o = &Options{}
	}
	s := store{}
	var err error
	if s.db, err = sqldb.Wrap(db, dialect); err != nil {
		return s, fmt.Errorf("sqlstore: %w", err)
	}
	s.read = s.db
	if o.Reader != nil {
		if s.read, err = sqldb.Wrap(o.Reader, dialect); err != nil {
			return s, fmt.Errorf("sqlstore: %w", err)
		}
	}
	return s, upToDate(ctx, s.db, !o.NoMigrate)
}

// Migrate creates the tables of both stores in a database, or brings them up to date.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	files, err := steps(db)
	if err != nil {
		return err
	}
	if err := sqldb.Migrate(ctx, db, files, component); err != nil {
		return fmt.Errorf("sqlstore: %w", err)
	}
	return nil
}

func steps(db *sqldb.DB) (fs.FS, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(db.Dialect()))
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	return files, nil
}

// upToDate migrates, or refuses what is not migrated. What is up to date already is
// only read: that needs no right to change tables.
func upToDate(ctx context.Context, db *sqldb.DB, migrate bool) error {
	files, err := steps(db)
	if err != nil {
		return err
	}
	todo, err := sqldb.Pending(ctx, db, files, component)
	switch {
	case err != nil:
		return fmt.Errorf("sqlstore: %w", err)
	case len(todo) == 0:
		return nil
	case !migrate:
		return fmt.Errorf("%w (%s)", ErrNotMigrated, strings.Join(todo, ", "))
	}
	return Migrate(ctx, db)
}

// tx does work in one transaction, again when others were in its way.
func (s store) tx(ctx context.Context, work func(*sqldb.Tx) error) error {
	return failure(ctx, s.db.Tx(ctx, work))
}

// failure names the package. A driver that was interrupted has words of its own for
// a context that has ended.
func failure(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("sqlstore: %w", ctx.Err())
	}
	return fmt.Errorf("sqlstore: %w", err)
}
