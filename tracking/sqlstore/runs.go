package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Begin begins a run and discards an unfinished one; see contacts.Store.
func (s *Contacts) Begin(ctx context.Context, imp string) (string, error) {
	var id int64
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		row := tx.QueryRow(ctx, "UPDATE tracking_state SET runs = runs + 1 WHERE id = 1 RETURNING runs")
		if err := row.Scan(&id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "INSERT INTO tracking_runs (import, id, members) VALUES (?, ?, 0) "+
			"ON CONFLICT (import) DO UPDATE SET id = excluded.id, members = 0", imp, id); err != nil {
			return err
		}
		return forgetStaged(ctx, tx, imp)
	})
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(id, 10), nil
}

// Discard forgets a run; see contacts.Store.
func (s *Contacts) Discard(ctx context.Context, run string) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		r, err := unfinished(ctx, tx, run)
		if errors.Is(err, contacts.ErrSuperseded) {
			return nil
		}
		if err != nil {
			return err
		}
		return errors.Join(forgetStaged(ctx, tx, r.imp), r.end(ctx, tx))
	})
}

// forgetStaged removes what was read of an import and not committed.
func forgetStaged(ctx context.Context, tx *sqldb.Tx, imp string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM tracking_member_handles WHERE member IN "+
		"(SELECT id FROM tracking_members WHERE import = ? AND run <> 0)", imp); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM tracking_members WHERE import = ? AND run <> 0", imp)
	return err
}

// openRun is the unfinished run of an import.
type openRun struct {
	id      int64
	imp     string
	members int64
}

// unfinished finds a run and keeps it from everybody else until the transaction ends.
func unfinished(ctx context.Context, tx *sqldb.Tx, run string) (openRun, error) {
	id, err := strconv.ParseInt(run, 10, 64)
	if err != nil {
		return openRun{}, contacts.ErrSuperseded
	}
	r := openRun{id: id}
	row := tx.QueryRow(ctx, "SELECT import, members FROM tracking_runs WHERE id = ?"+locked(tx.Dialect()), id)
	err = row.Scan(&r.imp, &r.members)
	if errors.Is(err, sql.ErrNoRows) {
		err = contacts.ErrSuperseded
	}
	return r, err
}

func (r openRun) end(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.Exec(ctx, "DELETE FROM tracking_runs WHERE id = ?", r.id)
	return err
}

// twin joins members of one name: the old one, and the one that takes its place.
const twin = "old.import = new.import AND old.run = 0 AND old.key = new.key AND old.relationship = new.relationship"

// Commit makes what was staged the members of the import; see contacts.Store. The
// rows that were staged become the members, so that nothing is copied.
func (s *Contacts) Commit(ctx context.Context, run string, at time.Time, sweep bool) (tracking.Synced, error) {
	var done tracking.Synced
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		r, err := unfinished(ctx, tx, run)
		if err != nil {
			return err
		}
		if done, err = r.replace(ctx, tx); err != nil {
			return err
		}
		if sweep {
			// Who was staged is not among those of before any more.
			res, err := tx.Exec(ctx, "UPDATE tracking_members SET left_at = ? WHERE import = ? AND run = 0 AND left_at = 0", micros(at), r.imp)
			if err != nil {
				return err
			}
			left, err := res.RowsAffected()
			if err != nil {
				return err
			}
			done.Left = int(left)
		}
		if _, err := tx.Exec(ctx, "UPDATE tracking_members SET run = 0, joined = CASE WHEN joined = 0 THEN ? ELSE joined END "+
			"WHERE import = ? AND run = ?", micros(at), r.imp, r.id); err != nil {
			return err
		}
		return r.end(ctx, tx)
	})
	if err != nil {
		return tracking.Synced{}, err
	}
	return done, nil
}

// replace puts those who were staged in the place of their former selves, and counts.
func (r openRun) replace(ctx context.Context, tx *sqldb.Tx) (tracking.Synced, error) {
	var all, known, returned int
	row := tx.QueryRow(ctx, "SELECT count(*), count(old.id), COALESCE(sum(CASE WHEN old.left_at <> 0 THEN 1 ELSE 0 END), 0) "+
		"FROM tracking_members new LEFT JOIN tracking_members old ON "+twin+" WHERE new.import = ? AND new.run = ?", r.imp, r.id)
	if err := row.Scan(&all, &known, &returned); err != nil {
		return tracking.Synced{}, err
	}
	done := tracking.Synced{Joined: all - known, Returned: returned, Stayed: known - returned}
	if known == 0 {
		return done, nil
	}
	former := "(SELECT old.id FROM tracking_members new JOIN tracking_members old ON " + twin + " WHERE new.import = ? AND new.run = ?)"
	for _, step := range []string{
		"UPDATE tracking_members AS new SET joined = COALESCE((SELECT old.joined FROM tracking_members old WHERE " + twin + "), 0) " +
			"WHERE new.import = ? AND new.run = ?",
		"DELETE FROM tracking_member_handles WHERE member IN " + former,
		"DELETE FROM tracking_members WHERE id IN " + former,
	} {
		if _, err := tx.Exec(ctx, step, r.imp, r.id); err != nil {
			return tracking.Synced{}, err
		}
	}
	return done, nil
}
