package track

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Roster is who is tracked, for commands that decide moves beside onward serve: a
// routing.Relationships. Close it.
type Roster struct {
	*contacts.Service
	db    *env.Database
	books bool
}

// OpenRoster opens the lists in the database of onward serve, where the configuration has
// a section tracking and that database is there; the answer is nil otherwise. Without
// books nothing is written: credits are not recorded, and tables that are not up to date
// are refused.
func OpenRoster(ctx context.Context, e env.Env, s settings.Settings, books bool) (*Roster, error) {
	if len(s.Tracking.Imports)+len(s.Tracking.Relationships) == 0 || !there(s.Adapter.Database) {
		return nil, nil
	}
	if s.Secret == "" {
		return nil, exit.Usage(errNoSecret)
	}
	s.Adapter.Migrate = s.Adapter.Migrate && books
	db, err := e.OpenDatabase(ctx, s)
	if err != nil {
		return nil, err
	}
	r := &Roster{db: db, books: books}
	r.Service, err = NewService(ServiceOptions{Store: db.Contacts, Secret: string(s.Secret), Logger: e.Log(), Now: e.Now})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

// there tells that a database can be opened without making it: a file has to exist.
func there(database string) bool {
	if strings.Contains(database, "://") {
		return true
	}
	_, err := os.Stat(database)
	return !errors.Is(err, fs.ErrNotExist)
}

// Spend records credits, unless nothing is to be written.
func (r *Roster) Spend(ctx context.Context, spent []tracking.Spending) error {
	if !r.books {
		return nil
	}
	return r.Service.Spend(ctx, spent)
}

// Close lets go of the database.
func (r *Roster) Close() error { return r.db.Close() }
