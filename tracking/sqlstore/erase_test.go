package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/internal/sqldb/pgtest"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

// both runs a test on an empty database of each dialect.
func both(t *testing.T, run func(t *testing.T, db *sqldb.DB, o *sqlstore.Options)) {
	t.Run("sqlite", func(t *testing.T) {
		db := opened(t, file(t))
		run(t, db, &sqlstore.Options{Reader: db.Reader()})
	})
	t.Run("postgres", func(t *testing.T) { run(t, opened(t, pgtest.DSN(t)), nil) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dump is every value of every table of ours, "table.column: value".
func dump(t *testing.T, db *sqldb.DB) []string {
	t.Helper()
	tables := "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'tracking%'"
	if db.Dialect() == sqldb.Postgres {
		tables = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'tracking%'"
	}
	var out []string
	for _, table := range column(t, db, tables) {
		rows, err := db.Writer().QueryContext(t.Context(), "SELECT * FROM "+table)
		must(t, err)
		names, err := rows.Columns()
		must(t, err)
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			must(t, rows.Scan(values...))
			for i, v := range values {
				out = append(out, fmt.Sprintf("%s.%s: %v", table, names[i], *v.(*any)))
			}
		}
		must(t, rows.Err())
		must(t, rows.Close())
	}
	return out
}

func column(t *testing.T, db *sqldb.DB, query string) []string {
	t.Helper()
	rows, err := db.Writer().QueryContext(t.Context(), query)
	must(t, err)
	var out []string
	for rows.Next() {
		var one string
		must(t, rows.Scan(&one))
		out = append(out, one)
	}
	must(t, rows.Err())
	must(t, rows.Close())
	return out
}

// found are the places where one of the words stands.
func found(lines []string, words ...string) []string {
	var out []string
	for _, line := range lines {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(line, w) }) {
			out = append(out, line)
		}
	}
	return out
}

// TestErasureLeavesNothing looks into every column for the name, the keys and their
// digests.
func TestErasureLeavesNothing(t *testing.T) {
	both(t, func(t *testing.T, db *sqldb.DB, o *sqlstore.Options) {
		ctx := t.Context()
		contacts, followed := people(t, db, o), sponsors(t, db, o)
		canary := tracking.Person{RecordID: "003000000000001AAA", FirstName: "Canary", LastName: "Yellow", Emails: []string{"canary@acme.com"}}
		keys := canary.Keys()
		member, _ := tracking.NewMember("crm", tracking.Row{Relationship: tracking.User, Person: canary})
		for _, commit := range []bool{true, false} {
			run, err := contacts.Begin(ctx, "crm")
			must(t, err)
			must(t, contacts.Stage(ctx, run, []tracking.Member{member}))
			if commit {
				_, err := contacts.Commit(ctx, run, began, true)
				must(t, err)
			}
		}
		digests := slices.Sorted(slices.Values(tracking.Digests(keys)))
		tracked := tracking.Tracked{ID: digests[0], Keys: digests, Relationship: tracking.User, Since: began}
		_, err := contacts.Settle(ctx, []tracking.Settlement{{
			Tracked: func() tracking.Tracked { t := tracked; t.Revision = 1; return t }(),
			Credits: []tracking.Credit{{ID: "c1", Ledger: tracking.LedgerTracked, At: began, Amount: 1, Relationship: tracking.User, Person: tracked.ID}},
		}})
		must(t, err)
		must(t, contacts.Mark(ctx, []tracking.Mark{{ID: "m1", Kind: tracking.MarkDismissed, Keys: keys, At: began}}))
		errs, err := followed.Save(ctx, []sponsor.Saving{{
			Sponsor: sponsor.Sponsor{ID: "s1", Status: sponsor.Tracked, Since: began, Person: canary},
			Log:     []sponsor.Entry{{Sponsor: "s1", At: began, Act: sponsor.ActObserved, New: "Canary"}},
			Effects: []sponsor.Effect{{Key: "k1", Sponsor: "s1", At: began, Due: began, Notice: &sponsor.Notice{UserID: "u1", Person: canary}}},
		}})
		must(t, err)
		must(t, errs[0])

		words := append([]string{"anary", "Yellow", "s1"}, append(digests, keys...)...)
		if before := found(dump(t, db), words...); len(before) < 15 {
			t.Fatalf("before, only %q", before)
		}
		n, err := contacts.Erase(ctx, append(slices.Clone(keys), digests...))
		must(t, err)
		if n != 4 {
			t.Errorf("%d removed, want two members, a person and a mark", n)
		}
		known, err := followed.Known(ctx, keys)
		must(t, err)
		if len(known) != 1 {
			t.Fatalf("known: %d", len(known))
		}
		must(t, followed.Erase(ctx, []string{known[0].ID}))
		if left := found(dump(t, db), words...); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	})
}

// TestKeysOfAnyContent: what somebody's list holds must not stop the rest of it.
func TestKeysOfAnyContent(t *testing.T) {
	both(t, func(t *testing.T, db *sqldb.DB, o *sqlstore.Options) {
		s := people(t, db, o)
		run, err := s.Begin(t.Context(), "crm")
		must(t, err)
		var ms []tracking.Member
		var keys []string
		for _, key := range []string{"hs:" + strings.Repeat("long ", 4000), "hs:a\x00b", "hs:it's ? \\ \"", ""} {
			keys = append(keys, key)
			ms = append(ms, tracking.Member{Relationship: tracking.User, Key: key, Keys: []string{key}, Rows: 1})
		}
		must(t, s.Stage(t.Context(), run, ms))
		must(t, s.Stage(t.Context(), run, ms))
		done, err := s.Commit(t.Context(), run, began, true)
		must(t, err)
		if done.Joined != len(keys) {
			t.Errorf("%+v, want %d", done, len(keys))
		}
		got, err := s.MembersOf(t.Context(), keys)
		must(t, err)
		for _, m := range got {
			if m.Rows != 2 || !slices.Contains(keys, m.Key) {
				t.Errorf("read back: %+v", m)
			}
		}
		if n, err := s.Erase(t.Context(), keys); err != nil || n != len(keys) {
			t.Errorf("erased %d, %v", n, err)
		}
	})
}
