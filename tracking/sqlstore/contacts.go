package sqlstore

import (
	"context"
	"database/sql"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Contacts is a contacts.Store in a SQL database. Make one with NewContacts. It is safe
// for concurrent use, also by several processes. All errors but those that contacts
// names are the database's.
type Contacts struct{ store }

var _ contacts.Store = (*Contacts)(nil)

// NewContacts makes a store on a pool that the caller opened and closes; dialect is
// "sqlite" or "postgres". A SQLite pool has to have one connection, whose transactions
// are immediate. It creates the tables, or brings them up to date, unless
// Options.NoMigrate forbids it.
func NewContacts(ctx context.Context, db *sql.DB, dialect string, o *Options) (*Contacts, error) {
	s, err := open(ctx, db, dialect, o)
	if err != nil {
		return nil, err
	}
	return &Contacts{s}, nil
}

// State is what was stored last; see contacts.Store.
func (s *Contacts) State(ctx context.Context) (tracking.State, error) {
	state, err := stateOf(s.read.QueryRow(ctx, "SELECT data FROM tracking_state WHERE id = 1"))
	return state, failure(ctx, err)
}

func stateOf(row scanner) (tracking.State, error) {
	data, err := one[string](row)
	switch {
	case err != nil:
		return tracking.State{}, err
	case data == "":
		return tracking.DefaultState(), nil
	}
	var state tracking.State
	return state, read(data, &state)
}

// Change stores a changed state, nobody else's change in between; see contacts.Store.
func (s *Contacts) Change(ctx context.Context, change func(tracking.State) (tracking.State, error)) error {
	var refused error
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		refused = nil
		state, err := stateOf(tx.QueryRow(ctx, "SELECT data FROM tracking_state WHERE id = 1"+locked(tx.Dialect())))
		if err != nil {
			return err
		}
		if state, refused = change(state); refused != nil {
			return refused
		}
		data, err := document(state)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE tracking_state SET data = ? WHERE id = 1", data)
		return err
	})
	if refused != nil {
		return refused
	}
	return err
}
