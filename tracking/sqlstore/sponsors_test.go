package sqlstore_test

import (
	"testing"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/tracking/sponsor"
	"github.com/onward-crm/onward/tracking/sponsor/sponsortest"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

func sponsors(t *testing.T, db *sqldb.DB, o *sqlstore.Options) *sqlstore.Sponsors {
	t.Helper()
	s, err := sqlstore.NewSponsors(t.Context(), db.Writer(), string(db.Dialect()), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSponsorsOnSQLite(t *testing.T) {
	sponsortest.Run(t, func(t *testing.T) sponsor.Store {
		db := opened(t, file(t))
		return sponsors(t, db, &sqlstore.Options{Reader: db.Reader()})
	})
}

// TestSponsorsOnPostgres empties one database before each scenario.
func TestSponsorsOnPostgres(t *testing.T) {
	db := opened(t, pgtest.DSN(t))
	sponsortest.Run(t, func(t *testing.T) sponsor.Store {
		s := sponsors(t, db, nil)
		if _, err := db.Exec(t.Context(), "TRUNCATE tracking_sponsors, tracking_sponsor_owners, tracking_sponsor_keys, "+
			"tracking_sponsor_entities, tracking_sponsor_log, tracking_sponsor_effects"); err != nil {
			t.Fatal(err)
		}
		return s
	})
}
