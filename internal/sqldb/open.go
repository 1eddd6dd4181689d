package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite", in pure Go
)

// Dialect is a kind of database.
type Dialect string

// The two dialects.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is an open database. Make one with Open or Wrap. It is safe for concurrent use.
type DB struct {
	dialect        Dialect
	writer, reader *sql.DB
	owned          bool
}

// The sizes of the pools. SQLite has one writer; whoever else wants to write waits in
// the pool and not at the file's lock.
const (
	sqliteReaders   = 4
	postgresConns   = 16
	busyMillis      = 10_000
	checkpointPages = 3000
	// cacheKiB is what a connection keeps of the file: persons and keys are hashes, so
	// that each row goes to another page.
	cacheKiB = 32 << 10
	// idleLimit ends a session that does nothing inside a transaction, lockLimit a
	// statement that waits for a lock, which is tried again.
	idleLimit = "15s"
	lockLimit = "20s"
)

// Open opens a PostgreSQL database by its URL ("postgres://…"), or a SQLite file by
// its path, which is made if it is not there. It reads back the settings on which
// durability rests, and refuses a database that would lose what it has committed.
// Errors hold no password.
func Open(ctx context.Context, dsn string) (*DB, error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return openPostgres(ctx, dsn)
	}
	if dsn == "" {
		return nil, errors.New("sqldb: no database: want a file or a postgres:// URL")
	}
	return openSQLite(ctx, strings.TrimPrefix(dsn, "file:"))
}

// Wrap takes a pool that somebody else opened, and closes. It checks nothing.
func Wrap(db *sql.DB, dialect string) (*DB, error) {
	switch d := Dialect(dialect); {
	case db == nil:
		return nil, errors.New("sqldb: no pool")
	case d != SQLite && d != Postgres:
		return nil, fmt.Errorf("sqldb: dialect %q is not one of %s, %s", dialect, SQLite, Postgres)
	default:
		return &DB{dialect: d, writer: db, reader: db}, nil
	}
}

// Dialect is the kind of the database.
func (d *DB) Dialect() Dialect { return d.dialect }

// Writer is the pool that writes; on SQLite it has one connection, whose transactions
// take the lock at their beginning.
func (d *DB) Writer() *sql.DB { return d.writer }

// Reader is the pool for reading alone.
func (d *DB) Reader() *sql.DB { return d.reader }

// Close closes what Open has opened.
func (d *DB) Close() error {
	if !d.owned {
		return nil
	}
	err := d.writer.Close()
	if d.reader != d.writer {
		err = errors.Join(d.reader.Close(), err)
	}
	return err
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if i := strings.IndexByte(path, '?'); i >= 0 {
		return nil, errors.New("sqldb: a SQLite file's settings are fixed: want its path alone")
	}
	// The file holds people's data: it is made readable for its owner alone, and the
	// log beside it takes after it.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqldb: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("sqldb: %w", err)
	}
	d := &DB{dialect: SQLite, owned: true}
	if d.writer, err = sql.Open("sqlite", sqliteName(path, "_txlock", "immediate")); err != nil {
		return nil, fmt.Errorf("sqldb: %w", err)
	}
	d.writer.SetMaxOpenConns(1)
	d.writer.SetConnMaxIdleTime(0)
	if d.reader, err = sql.Open("sqlite", sqliteName(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("sqldb: %w", err), d.writer.Close())
	}
	d.reader.SetMaxOpenConns(sqliteReaders)
	d.reader.SetMaxIdleConns(sqliteReaders)
	if err := d.Verify(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// sqliteName is the driver's name of a file with our settings. What is erased is
// overwritten in the file too (secure_delete).
func sqliteName(path string, more ...string) string {
	q := url.Values{}
	for _, pragma := range []string{
		fmt.Sprintf("busy_timeout(%d)", busyMillis), "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
		"secure_delete(ON)", fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages), fmt.Sprintf("cache_size(-%d)", cacheKiB),
	} {
		q.Add("_pragma", pragma)
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// Verify reads back the settings on which durability rests. Open has done so; whoever
// wraps a pool should.
func (d *DB) Verify(ctx context.Context) error {
	if d.dialect == Postgres {
		return d.durablePostgres(ctx)
	}
	return d.durableSQLite(ctx)
}

// durableSQLite reads back what durability rests on: some file systems refuse the
// write-ahead log, and a library may change a default.
func (d *DB) durableSQLite(ctx context.Context) error {
	var mode string
	var synchronous int
	if err := d.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return fmt.Errorf("sqldb: open: %w", err)
	}
	if err := d.writer.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return fmt.Errorf("sqldb: open: %w", err)
	}
	const full = 2
	if !strings.EqualFold(mode, "wal") || synchronous < full {
		return fmt.Errorf("sqldb: journal_mode=%s and synchronous=%d would lose what was committed; want wal and %d", mode, synchronous, full)
	}
	return nil
}

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("sqldb: the PostgreSQL URL cannot be read") // the cause repeats it, password and all
	}
	// A process that is stopped in the middle of a transaction must not hold its locks
	// for ever: whoever comes back finds its session gone.
	for name, value := range map[string]string{"idle_in_transaction_session_timeout": idleLimit, "lock_timeout": lockLimit, "application_name": "onward"} {
		if _, given := cfg.RuntimeParams[name]; !given {
			cfg.RuntimeParams[name] = value
		}
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxLifetime(30 * time.Minute)
	d := &DB{dialect: Postgres, owned: true, writer: db, reader: db}
	if err := d.Verify(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// durablePostgres reads back what durability rests on.
func (d *DB) durablePostgres(ctx context.Context) error {
	for _, setting := range []string{"synchronous_commit", "fsync", "full_page_writes"} {
		var value string
		if err := d.writer.QueryRowContext(ctx, "SELECT current_setting($1)", setting).Scan(&value); err != nil {
			return fmt.Errorf("sqldb: open: %w", err)
		}
		if value == "off" {
			return fmt.Errorf("sqldb: %s=off would lose what was committed; want it on", setting)
		}
	}
	return nil
}
