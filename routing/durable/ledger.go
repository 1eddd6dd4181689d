package durable

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

//go:embed migrations
var migrations embed.FS

// component is the name under which the ledger's migrations are remembered.
const component = "ledger"

// Options tune a Ledger; nil and zero fields mean the defaults.
type Options struct {
	// NoMigrate refuses a database that is not up to date instead of migrating it.
	NoMigrate bool
	// Logger gets what does not change any answer. Default: nothing is logged.
	Logger *slog.Logger
	// Now is the clock that Prune goes by. Default: time.Now.
	Now func() time.Time
}

// Ledger is a routing.Ledger in a database. Make one with Open or New. It is safe for
// concurrent use, also by several processes on one database.
type Ledger struct {
	db     *sqldb.DB
	logger *slog.Logger
	now    func() time.Time
	accept acceptance
	press  press
	// stopped and paused keep claims back.
	stopped, paused atomic.Bool
}

var _ routing.Ledger = (*Ledger)(nil)

// Open opens the ledger in a SQLite file, which is made if it is not there, or at a
// "postgres://" URL, and brings its tables up to date. The error is the database's, or
// tells that it would lose what it has committed.
func Open(ctx context.Context, dsn string, o *Options) (*Ledger, error) {
	db, err := sqldb.Open(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("durable: %w", err)
	}
	l, err := newLedger(ctx, db, o)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return l, nil
}

// New makes a ledger of a pool that somebody else opened, and closes: dialect is
// "sqlite" or "postgres". A SQLite pool has to have one connection, whose transactions
// are immediate, and settings under which a commit is on the disk.
func New(ctx context.Context, db *sql.DB, dialect string, o *Options) (*Ledger, error) {
	wrapped, err := sqldb.Wrap(db, dialect)
	if err != nil {
		return nil, fmt.Errorf("durable: %w", err)
	}
	if err := wrapped.Verify(ctx); err != nil {
		return nil, fmt.Errorf("durable: %w", err)
	}
	return newLedger(ctx, wrapped, o)
}

func newLedger(ctx context.Context, db *sqldb.DB, o *Options) (*Ledger, error) {
	l := &Ledger{db: db, logger: slog.New(slog.DiscardHandler), now: time.Now}
	noMigrate := false
	if o != nil {
		noMigrate = o.NoMigrate
		if o.Logger != nil {
			l.logger = o.Logger
		}
		if o.Now != nil {
			l.now = o.Now
		}
	}
	l.accept.ledger = l
	return l, upToDate(ctx, db, !noMigrate)
}

// upToDate migrates, or refuses what is not migrated.
func upToDate(ctx context.Context, db *sqldb.DB, migrate bool) error {
	files, err := steps(db)
	if err != nil {
		return err
	}
	todo, err := sqldb.Pending(ctx, db, files, component)
	switch {
	case err != nil:
		return fmt.Errorf("durable: %w", err)
	case len(todo) == 0:
		return nil
	case !migrate:
		return fmt.Errorf("durable: the database is not up to date (%s): run onward migrate", strings.Join(todo, ", "))
	}
	if err := sqldb.Migrate(ctx, db, files, component); err != nil {
		return fmt.Errorf("durable: %w", err)
	}
	return nil
}

// steps are the migrations of a kind of database.
func steps(db *sqldb.DB) (fs.FS, error) {
	return fs.Sub(migrations, "migrations/"+string(db.Dialect()))
}

// Migrate brings the tables of a ledger up to date.
func Migrate(ctx context.Context, dsn string) (err error) {
	db, err := sqldb.Open(ctx, dsn)
	if err != nil {
		return fmt.Errorf("durable: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return upToDate(ctx, db, true)
}

// Pending lists the migrations that Migrate would apply.
func Pending(ctx context.Context, dsn string) (todo []string, err error) {
	db, err := sqldb.Open(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("durable: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	files, err := steps(db)
	if err != nil {
		return nil, err
	}
	if todo, err = sqldb.Pending(ctx, db, files, component); err != nil {
		return nil, fmt.Errorf("durable: %w", err)
	}
	return todo, nil
}

// Close waits for what is being accepted, and closes the database that Open opened. No
// other method may be called from then on.
func (l *Ledger) Close() error {
	l.accept.close()
	return l.db.Close()
}

// DB is the pool that writes.
func (l *Ledger) DB() *sql.DB { return l.db.Writer() }

// Reader is the pool for reading alone: on SQLite it does not wait for the one that writes.
func (l *Ledger) Reader() *sql.DB { return l.db.Reader() }

// Dialect is the kind of the database: "sqlite" or "postgres".
func (l *Ledger) Dialect() string { return string(l.db.Dialect()) }

// stopClaims and pauseClaims keep claims back while either is on: whoever shuts down
// begins nothing new, and so does whoever was told to pause.
func (l *Ledger) stopClaims(on bool)  { l.stopped.Store(on) }
func (l *Ledger) pauseClaims(on bool) { l.paused.Store(on) }

// keptBack reports whether claims are kept back.
func (l *Ledger) keptBack() bool { return l.stopped.Load() || l.paused.Load() }

// tx runs work in one transaction. Its errors say which call it was.
func (l *Ledger) tx(ctx context.Context, call string, work func(*sqldb.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.db.Tx(ctx, work); err != nil {
		return fmt.Errorf("durable: %s: %w", call, err)
	}
	return nil
}

// wipe empties the log of a SQLite file: what was erased would stay readable there.
// What others are reading just now makes it wait for the next time.
func (l *Ledger) wipe(ctx context.Context) {
	if l.db.Dialect() != sqldb.SQLite {
		return
	}
	var busy, pages, moved int
	err := l.db.Writer().QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved)
	if err != nil || busy != 0 {
		l.logger.WarnContext(ctx, "erased values stay in the database's log for a while", "busy", busy != 0, "error", err)
	}
}
