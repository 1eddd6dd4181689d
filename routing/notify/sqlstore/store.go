package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing/notify"
)

// component names our migrations among those of others in the same database.
const component = "notify"

// migrations are in a folder for each dialect.
//
//go:embed migrations
var migrations embed.FS

// ErrNotMigrated: the table is not there, or not up to date, and Options.NoMigrate
// forbids to make it.
var ErrNotMigrated = errors.New("sqlstore: the database is not up to date, run onward migrate")

// Options tune a Store; nil and zero fields mean the defaults.
type Options struct {
	// NoMigrate refuses a database that is not up to date instead of migrating it.
	NoMigrate bool
}

// Store is a notify.Sent in a SQL database. Make one with New. It is safe for
// concurrent use, also by several processes.
type Store struct{ db *sqldb.DB }

var _ notify.Sent = (*Store)(nil)

// New makes a store on a pool that the caller opened and closes; dialect is "sqlite" or
// "postgres". It creates its table, or brings it up to date, unless Options.NoMigrate
// forbids it.
func New(ctx context.Context, db *sql.DB, dialect string, o *Options) (*Store, error) {
	wrapped, err := sqldb.Wrap(db, dialect)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations/"+string(wrapped.Dialect()))
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	// What is up to date already is only read: that needs no right to change tables.
	todo, err := sqldb.Pending(ctx, wrapped, files, component)
	switch {
	case err != nil:
		return nil, fmt.Errorf("sqlstore: %w", err)
	case len(todo) > 0 && o != nil && o.NoMigrate:
		return nil, fmt.Errorf("%w (%s)", ErrNotMigrated, strings.Join(todo, ", "))
	case len(todo) > 0:
		if err := sqldb.Migrate(ctx, wrapped, files, component); err != nil {
			return nil, fmt.Errorf("sqlstore: %w", err)
		}
	}
	return &Store{wrapped}, nil
}

const columns = "key, topic, from_at, until_at, state, attempt, claimed, due, channel, reason"

// Claim takes a message; see notify.Sent.
func (s *Store) Claim(ctx context.Context, c notify.Claim) (mark notify.Mark, taken bool, err error) {
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		old, err := read(ctx, tx, c.Key)
		if err != nil {
			return err
		}
		if old == nil {
			mark, taken = c.Begin(nil)
			if made, err := insert(ctx, tx, mark); err != nil || made {
				return err
			}
			// Somebody else was first, at this moment.
			if old, err = read(ctx, tx, c.Key); err != nil || old == nil {
				return errors.Join(err, errGone(old))
			}
		}
		if mark, taken = c.Begin(old); !taken {
			return nil
		}
		return update(ctx, tx, mark)
	})
	if err != nil {
		return notify.Mark{}, false, err
	}
	return mark, taken, nil
}

// errGone: a row went away between two statements of a transaction.
func errGone(m *notify.Mark) error {
	if m == nil {
		return errors.New("a mark was removed while it was claimed")
	}
	return nil
}

// Settle ends an attempt; see notify.Sent.
func (s *Store) Settle(ctx context.Context, e notify.Settlement) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		old, err := read(ctx, tx, e.Key)
		if err != nil {
			return err
		}
		mark, err := e.End(old)
		if err != nil {
			return err
		}
		return update(ctx, tx, mark)
	})
}

// Last returns the latest mark of a topic before a moment; see notify.Sent.
func (s *Store) Last(ctx context.Context, topic string, before time.Time) (notify.Mark, bool, error) {
	m, err := scan(s.db.QueryRow(ctx, "SELECT "+columns+" FROM notify_sent WHERE topic = ? AND topic <> '' AND until_at < ? ORDER BY until_at DESC LIMIT 1",
		topic, micros(before)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return notify.Mark{}, false, nil
	case err != nil:
		return notify.Mark{}, false, fmt.Errorf("sqlstore: %w", err)
	}
	return m, true, nil
}

// Prune removes old marks; see notify.Sent.
func (s *Store) Prune(ctx context.Context, before time.Time) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM notify_sent WHERE claimed < ? AND (topic = '' OR EXISTS "+
			"(SELECT 1 FROM notify_sent later WHERE later.topic = notify_sent.topic AND later.until_at > notify_sent.until_at))", micros(before))
		return err
	})
}

func (s *Store) tx(ctx context.Context, work func(*sqldb.Tx) error) error {
	err := s.db.Tx(ctx, work)
	if err == nil || errors.Is(err, notify.ErrOvertaken) {
		return err
	}
	return fmt.Errorf("sqlstore: %w", err)
}

// read reads a mark, locked until the end of the transaction; nil for none.
func read(ctx context.Context, tx *sqldb.Tx, key string) (*notify.Mark, error) {
	lock := ""
	if tx.Dialect() == sqldb.Postgres {
		lock = " FOR UPDATE"
	}
	m, err := scan(tx.QueryRow(ctx, "SELECT "+columns+" FROM notify_sent WHERE key = ?"+lock, key))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// insert stores a first mark; false when there is one.
func insert(ctx context.Context, tx *sqldb.Tx, m notify.Mark) (bool, error) {
	res, err := tx.Exec(ctx, "INSERT INTO notify_sent ("+columns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
		m.Key, m.Topic, micros(m.Since), micros(m.Until), string(m.State), m.Attempt, micros(m.ClaimedAt), micros(m.Due), m.Channel, m.Reason)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func update(ctx context.Context, tx *sqldb.Tx, m notify.Mark) error {
	_, err := tx.Exec(ctx, "UPDATE notify_sent SET state = ?, attempt = ?, claimed = ?, due = ?, channel = ?, reason = ? WHERE key = ?",
		string(m.State), m.Attempt, micros(m.ClaimedAt), micros(m.Due), m.Channel, m.Reason, m.Key)
	return err
}

func scan(row *sql.Row) (notify.Mark, error) {
	var m notify.Mark
	var since, until, claimed, due int64
	err := row.Scan(&m.Key, &m.Topic, &since, &until, &m.State, &m.Attempt, &claimed, &due, &m.Channel, &m.Reason)
	m.Since, m.Until, m.ClaimedAt, m.Due = moment(since), moment(until), moment(claimed), moment(due)
	return m, err
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
