package sqlstore

import (
	"context"
	"database/sql"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking/rounds"
)

// Rounds is a rounds.Store in a SQL database. Make one with NewRounds. It is safe for
// concurrent use, also by several processes. All errors are the database's.
type Rounds struct{ store }

var _ rounds.Store = (*Rounds)(nil)

// NewRounds makes a store on a pool that the caller opened and closes, as NewContacts
// does; all may share one database.
func NewRounds(ctx context.Context, db *sql.DB, dialect string, o *Options) (*Rounds, error) {
	s, err := open(ctx, db, dialect, o)
	if err != nil {
		return nil, err
	}
	return &Rounds{s}, nil
}

// PutReport keeps a reading; see rounds.Store.
func (s *Rounds) PutReport(ctx context.Context, r rounds.Reading) error {
	data, err := document(r)
	if err != nil {
		return failure(ctx, err)
	}
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO tracking_reports (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data",
			r.Listing.Report.ID, data)
		return err
	})
}

// DropReport removes a reading; see rounds.Store.
func (s *Rounds) DropReport(ctx context.Context, id string) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM tracking_reports WHERE id = ?", id)
		return err
	})
}

// Reports gives all readings; see rounds.Store.
func (s *Rounds) Reports(ctx context.Context) ([]rounds.Reading, error) {
	out, err := list(ctx, s.read, scanned[rounds.Reading], "SELECT data FROM tracking_reports ORDER BY id")
	return out, failure(ctx, err)
}

// Change stores a changed work, nobody else's change in between; see rounds.Store.
func (s *Rounds) Change(ctx context.Context, name string, change func(rounds.Work) (rounds.Work, error)) error {
	var refused error
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		refused = nil
		// A row to lock is needed, also for the first change.
		if _, err := tx.Exec(ctx, "INSERT INTO tracking_works (name, data) VALUES (?, '') ON CONFLICT (name) DO NOTHING", name); err != nil {
			return err
		}
		data, err := one[string](tx.QueryRow(ctx, "SELECT data FROM tracking_works WHERE name = ?"+locked(tx.Dialect()), name))
		if err != nil {
			return err
		}
		var w rounds.Work
		if data != "" {
			if err := read(data, &w); err != nil {
				return err
			}
		}
		w.Name = name
		if w, refused = change(w); refused != nil {
			return refused
		}
		w.Name = name
		if data, err = document(w); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE tracking_works SET data = ? WHERE name = ?", data, name)
		return err
	})
	if refused != nil {
		return refused
	}
	return err
}

// Works gives all works; see rounds.Store.
func (s *Rounds) Works(ctx context.Context) ([]rounds.Work, error) {
	out, err := list(ctx, s.read, scanned[rounds.Work], "SELECT data FROM tracking_works WHERE data <> '' ORDER BY name")
	return out, failure(ctx, err)
}

// scanned reads a row that is one document.
func scanned[T any](row scanner) (v T, err error) {
	data, err := one[string](row)
	if err != nil {
		return v, err
	}
	return v, read(data, &v)
}
