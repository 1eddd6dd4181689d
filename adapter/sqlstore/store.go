package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/internal/sqldb"
)

// component names our migrations among those of others in the same database.
const component = "adapter"

// migrations are in a folder for each dialect.
//
//go:embed migrations
var migrations embed.FS

// Options tune a Store; nil and zero fields mean the defaults.
type Options struct {
	// Limits bound what is kept of requests that could not be verified.
	Limits adapter.SideLimits
	// Key encrypts these requests at rest: at least 16 bytes; empty keeps them as they
	// came. What was kept under another key is listed without its content.
	Key []byte
	// NoMigrate refuses a database that is not up to date instead of migrating it.
	NoMigrate bool
}

// Store is an adapter.Store in a SQL database. Make one with New. It is safe for
// concurrent use, also by several processes.
type Store struct {
	db     *sqldb.DB
	limits adapter.SideLimits
	seal   seal
}

var _ adapter.Store = (*Store)(nil)

// New makes a store on a pool that the caller opened and closes; dialect is
// "sqlite" or "postgres". It creates its tables, or brings them up to date, unless
// Options.NoMigrate forbids it.
func New(ctx context.Context, db *sql.DB, dialect string, o *Options) (*Store, error) {
	if o == nil {
		o = &Options{}
	}
	seal, err := newSeal(o.Key)
	if err != nil {
		return nil, err
	}
	wrapped, err := sqldb.Wrap(db, dialect)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	if err := upToDate(ctx, wrapped, !o.NoMigrate); err != nil {
		return nil, err
	}
	return &Store{db: wrapped, limits: o.Limits.WithDefaults(), seal: seal}, nil
}

// tx does work in one transaction, again when others were in its way.
func (s *Store) tx(ctx context.Context, work func(*sqldb.Tx) error) error {
	err := s.db.Tx(ctx, work)
	if err == nil || errors.Is(err, adapter.ErrNoPromise) {
		return err
	}
	return fmt.Errorf("sqlstore: %w", err)
}

// Log keeps an operator's act; see adapter.Store.
func (s *Store) Log(ctx context.Context, a adapter.OperatorAct) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO adapter_acts (at, by_whom, what, about, result) VALUES (?, ?, ?, ?, ?)",
			micros(a.At), a.By, a.What, a.About, a.Result)
		return err
	})
}

// Acts lists at most n acts, youngest first; see adapter.Store.
func (s *Store) Acts(ctx context.Context, n int) ([]adapter.OperatorAct, error) {
	return list(ctx, s.db, func(rows *sql.Rows) (adapter.OperatorAct, error) {
		var a adapter.OperatorAct
		var at int64
		err := rows.Scan(&at, &a.By, &a.What, &a.About, &a.Result)
		a.At = moment(at)
		return a, err
	}, "SELECT at, by_whom, what, about, result FROM adapter_acts ORDER BY seq DESC LIMIT ?", max(0, n))
}

// SetPaused stops or resumes the work; see adapter.Store.
func (s *Store) SetPaused(ctx context.Context, paused bool) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO adapter_switches (name, state) VALUES ('paused', ?) "+
			"ON CONFLICT (name) DO UPDATE SET state = excluded.state", bit(paused))
		return err
	})
}

// Paused reports whether the work is stopped; see adapter.Store.
func (s *Store) Paused(ctx context.Context) (bool, error) {
	states, err := list(ctx, s.db, func(rows *sql.Rows) (state int64, err error) {
		return state, rows.Scan(&state)
	}, "SELECT state FROM adapter_switches WHERE name = 'paused'")
	return len(states) > 0 && states[0] != 0, err
}

// Sweep removes what is older than its keeping time; see adapter.Store.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	oldest := micros(now.Add(-s.limits.Age))
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := remove(ctx, tx, "received < ?", oldest); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "DELETE FROM adapter_promises WHERE ended <> 0 AND ended < ?", oldest)
		return err
	})
}
