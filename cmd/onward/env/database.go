package env

import (
	"context"
	"errors"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

// Stores are the stores of tracking, in the database of the ledger.
type Stores struct {
	Contacts *sqlstore.Contacts
	Sponsors *sqlstore.Sponsors
	Rounds   *sqlstore.Rounds
}

// OpenStores opens the stores beside a ledger, and brings their tables up to date; without
// migrate it refuses a database that is not. The ledger is closed by whoever opened it, and
// after the last use of the stores.
func OpenStores(ctx context.Context, l *durable.Ledger, migrate bool) (Stores, error) {
	var s Stores
	o := &sqlstore.Options{Reader: l.Reader(), NoMigrate: !migrate}
	var err error
	if s.Contacts, err = sqlstore.NewContacts(ctx, l.DB(), l.Dialect(), o); err == nil {
		s.Sponsors, err = sqlstore.NewSponsors(ctx, l.DB(), l.Dialect(), o)
	}
	if err == nil {
		s.Rounds, err = sqlstore.NewRounds(ctx, l.DB(), l.Dialect(), o)
	}
	return s, exit.Database(err)
}

// Database is the database of onward serve, which may be at work on it at the same time.
// Close it.
type Database struct {
	Ledger *durable.Ledger
	Stores
}

// OpenDatabase opens the database that the settings name (adapter.database), and brings it
// up to date unless adapter.migrate is false.
func (e Env) OpenDatabase(ctx context.Context, s settings.Settings) (*Database, error) {
	l, err := durable.Open(ctx, s.Adapter.Database, &durable.Options{NoMigrate: !s.Adapter.Migrate, Logger: e.Log(), Now: e.Now})
	if err != nil {
		return nil, exit.Database(err)
	}
	stores, err := OpenStores(ctx, l, s.Adapter.Migrate)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return &Database{Ledger: l, Stores: stores}, nil
}

// Close lets go of the database.
func (d *Database) Close() error { return d.Ledger.Close() }
