package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/internal/sqldb"
)

// columns are those of a promise, in the order of scanPromise.
const columns = "id, kind, delivery, target, made, due, attempts, error, ended, sent"

// errArguments is a programmer's error.
var errArguments = errors.New("sqlstore: promises of a delivery or by id, one of the two")

// Promise stores messages to be sent; see adapter.Store.
func (s *Store) Promise(ctx context.Context, ps []adapter.Promise) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		for _, p := range ps {
			if _, err := tx.Exec(ctx, "INSERT INTO adapter_promises ("+columns+", held) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) "+
				"ON CONFLICT (id) DO NOTHING", p.ID, p.Kind, p.Delivery, p.Target, micros(p.Made), micros(p.Due),
				p.Attempts, p.Error, micros(p.Ended), bit(p.Sent)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Owed takes promises whose time has come; see adapter.Store. Oldest is who has
// been due for longest.
func (s *Store) Owed(ctx context.Context, now time.Time, n int, lease time.Duration) ([]adapter.Promise, error) {
	pick := "SELECT id FROM adapter_promises WHERE ended = 0 AND due <= ? AND held <= ? ORDER BY due, made, id LIMIT ?"
	if s.db.Dialect() == sqldb.Postgres {
		// What another process is taking at this moment is passed over, so that nobody
		// waits for it only to find it gone. SQLite has one writer at a time anyway.
		pick += " FOR UPDATE SKIP LOCKED"
	}
	var out []adapter.Promise
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, "WITH picked AS MATERIALIZED ("+pick+") "+
			"UPDATE adapter_promises SET held = ? WHERE id IN (SELECT id FROM picked) RETURNING "+columns,
			micros(now), micros(now), max(0, n), micros(now.Add(lease)))
		if err != nil {
			return err
		}
		out = nil
		return each(rows, func() error {
			p, err := scanPromise(rows)
			out = append(out, p)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b adapter.Promise) int {
		return cmp.Or(a.Due.Compare(b.Due), a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// Backlog counts the promises that are owed, and tells when the oldest was made; the
// zero time for none.
func (s *Store) Backlog(ctx context.Context) (owed int, oldest time.Time, err error) {
	var first sql.NullInt64
	if err := s.db.QueryRow(ctx, "SELECT count(*), min(made) FROM adapter_promises WHERE ended = 0").Scan(&owed, &first); err != nil {
		return 0, time.Time{}, fmt.Errorf("sqlstore: %w", err)
	}
	return owed, moment(first.Int64), nil
}

// Kept records attempts; see adapter.Store and, for promises that have ended,
// adapter.Keeping.Apply. An unknown ID is adapter.ErrNoPromise, and nothing of the
// call is recorded.
func (s *Store) Kept(ctx context.Context, ks []adapter.Keeping) error {
	// Rows are locked in one order by everybody, so that nobody waits in a circle.
	ks = slices.SortedStableFunc(slices.Values(ks), func(a, b adapter.Keeping) int { return cmp.Compare(a.ID, b.ID) })
	lock := ""
	if s.db.Dialect() == sqldb.Postgres {
		lock = " FOR UPDATE"
	}
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		for _, k := range ks {
			if err := keep(ctx, tx, k, lock); err != nil {
				return err
			}
		}
		return nil
	})
}

func keep(ctx context.Context, tx *sqldb.Tx, k adapter.Keeping, lock string) error {
	p, err := scanPromise(tx.QueryRow(ctx, "SELECT "+columns+" FROM adapter_promises WHERE id = ?"+lock, k.ID))
	if errors.Is(err, sql.ErrNoRows) {
		return adapter.ErrNoPromise
	}
	if err != nil {
		return err
	}
	p, changed := k.Apply(p)
	if !changed {
		return nil
	}
	_, err = tx.Exec(ctx, "UPDATE adapter_promises SET due = ?, held = 0, attempts = ?, error = ?, ended = ?, sent = ? WHERE id = ?",
		micros(p.Due), p.Attempts, p.Error, micros(p.Ended), bit(p.Sent), p.ID)
	return err
}

// Promises tells what was promised about a delivery, in order of promising, or
// under an ID; see adapter.Store. An unknown ID is adapter.ErrNoPromise.
func (s *Store) Promises(ctx context.Context, delivery, id string) ([]adapter.Promise, error) {
	if (delivery == "") == (id == "") {
		return nil, errArguments
	}
	where, arg := "delivery", delivery
	if id != "" {
		where, arg = "id", id
	}
	out, err := list(ctx, s.db, func(rows *sql.Rows) (adapter.Promise, error) { return scanPromise(rows) },
		"SELECT "+columns+" FROM adapter_promises WHERE "+where+" = ? ORDER BY made, id", arg)
	if err == nil && id != "" && len(out) == 0 {
		return nil, adapter.ErrNoPromise
	}
	return out, err
}

func scanPromise(row interface{ Scan(...any) error }) (adapter.Promise, error) {
	var p adapter.Promise
	var made, due, ended, sent int64
	err := row.Scan(&p.ID, &p.Kind, &p.Delivery, &p.Target, &made, &due, &p.Attempts, &p.Error, &ended, &sent)
	p.Made, p.Due, p.Ended, p.Sent = moment(made), moment(due), moment(ended), sent != 0
	return p, err
}
