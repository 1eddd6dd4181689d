package sqlstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/sqlstore"
	"github.com/onward-crm/onward/tracking/trackingtest"
)

// opened is a pool on a database, closed with the test.
func opened(t testing.TB, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "tracking.db") }

func people(t testing.TB, db *sqldb.DB, o *sqlstore.Options) *sqlstore.Contacts {
	t.Helper()
	s, err := sqlstore.NewContacts(t.Context(), db.Writer(), string(db.Dialect()), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContactsOnSQLite(t *testing.T) {
	trackingtest.Run(t, func(t *testing.T) contacts.Store {
		db := opened(t, file(t))
		return people(t, db, &sqlstore.Options{Reader: db.Reader()})
	})
}

// TestContactsOnOnePool: without a pool for reading alone.
func TestContactsOnOnePool(t *testing.T) {
	trackingtest.Run(t, func(t *testing.T) contacts.Store { return people(t, opened(t, file(t)), nil) })
}

// TestContactsOnPostgres empties one database before each scenario: making one takes
// longer than all the rest.
func TestContactsOnPostgres(t *testing.T) {
	db := opened(t, pgtest.DSN(t))
	trackingtest.Run(t, func(t *testing.T) contacts.Store {
		s := people(t, db, nil)
		for _, empty := range []string{
			"TRUNCATE tracking_runs, tracking_members, tracking_member_handles, tracking_people, tracking_people_keys, " +
				"tracking_credits, tracking_marks, tracking_mark_handles",
			"UPDATE tracking_state SET data = ''",
		} {
			if _, err := db.Exec(t.Context(), empty); err != nil {
				t.Fatal(err)
			}
		}
		return s
	})
}

func TestNoMigrateRefuses(t *testing.T) {
	db := opened(t, file(t))
	o := &sqlstore.Options{NoMigrate: true}
	_, err := sqlstore.NewContacts(t.Context(), db.Writer(), "sqlite", o)
	if !errors.Is(err, sqlstore.ErrNotMigrated) || !strings.Contains(err.Error(), "0001_contacts") {
		t.Fatalf("without tables: %v, want one that names the step", err)
	}
	if err := sqlstore.Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	people(t, db, o)
}

// TestContactsOutliveTheProcess: another store on the same file knows who is in the
// lists, and goes on with what was begun.
func TestContactsOutliveTheProcess(t *testing.T) {
	path := file(t)
	first := people(t, opened(t, path), nil)
	run, err := first.Begin(t.Context(), "crm")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := tracking.NewMember("crm", tracking.Row{Relationship: "user", Person: tracking.Person{Emails: []string{"ann@acme.com"}}})
	if err := first.Stage(t.Context(), run, []tracking.Member{m}); err != nil {
		t.Fatal(err)
	}
	second := people(t, opened(t, path), nil)
	if done, err := second.Commit(t.Context(), run, began, true); err != nil || done.Joined != 1 {
		t.Fatalf("commit by another: %+v, %v", done, err)
	}
	if got, err := first.MembersOf(t.Context(), m.Keys); err != nil || len(got) != 1 || !got[0].Joined.Equal(began) {
		t.Errorf("members: %+v, %v", got, err)
	}
}
