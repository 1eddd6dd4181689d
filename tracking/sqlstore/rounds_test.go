package sqlstore_test

import (
	"testing"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
	"github.com/onward-crm/onward/tracking/rounds/roundstest"
	"github.com/onward-crm/onward/tracking/sqlstore"
	"github.com/onward-crm/onward/tracking/target"
)

func roundsOn(t testing.TB, db *sqldb.DB, o *sqlstore.Options) *sqlstore.Rounds {
	t.Helper()
	s, err := sqlstore.NewRounds(t.Context(), db.Writer(), string(db.Dialect()), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoundsOnSQLite(t *testing.T) {
	roundstest.Run(t, func(t *testing.T) rounds.Store {
		db := opened(t, file(t))
		return roundsOn(t, db, &sqlstore.Options{Reader: db.Reader()})
	})
}

// TestRoundsOnPostgres empties one database before each scenario.
func TestRoundsOnPostgres(t *testing.T) {
	db := opened(t, pgtest.DSN(t))
	roundstest.Run(t, func(t *testing.T) rounds.Store {
		s := roundsOn(t, db, nil)
		if _, err := db.Exec(t.Context(), "TRUNCATE tracking_seen, tracking_seen_handles, tracking_prospects, tracking_prospect_handles, "+
			"tracking_reports, tracking_works"); err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// TestErasureOfRoundsLeavesNothing looks into every column for the person.
func TestErasureOfRoundsLeavesNothing(t *testing.T) {
	both(t, func(t *testing.T, db *sqldb.DB, o *sqlstore.Options) {
		s := roundsOn(t, db, o)
		canary := tracking.Person{LinkedIn: "linkedin.com/in/canary-yellow", FirstName: "Canary", LastName: "Yellow", Emails: []string{"canary@acme.com"}}
		must(t, s.See(t.Context(), []rounds.Seen{{Keys: canary.Keys(), AskedAt: began, Moved: true, Title: "Canary officer"}}))
		must(t, s.Keep(t.Context(), []rounds.Kept{rounds.KeptOf(target.Prospect{Person: canary, AccountID: "001000000000001AAA"}, rounds.StageTold, began)}))
		words := append([]string{"anary", "Yellow"}, tracking.Digests(canary.Keys())...)
		if before := found(dump(t, db), words...); len(before) < 6 {
			t.Fatalf("before, only %q", before)
		}
		n, err := s.Erase(t.Context(), []string{"mail:canary@acme.com"})
		must(t, err)
		if n != 2 {
			t.Errorf("%d removed, want a look and a prospect", n)
		}
		if left := found(dump(t, db), words...); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	})
}
