package sqlstore

import (
	"context"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
)

// Erase removes whatever the keys reach; see contacts.Store.
func (s *Contacts) Erase(ctx context.Context, keys []string) (int, error) {
	n := 0
	asked := listOf(tracking.Digests(keys))
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for _, erase := range []func(context.Context, *sqldb.Tx, string) (int, error){eraseMembers, erasePeople, eraseMarks} {
			removed, err := erase(ctx, tx, asked)
			if err != nil {
				return err
			}
			n += removed
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func eraseMembers(ctx context.Context, tx *sqldb.Tx, asked string) (int, error) {
	// Who is reading a list, or taking one over, is done first: what they know of the
	// person must not come back.
	if _, err := list(ctx, tx, one[int64], "SELECT id FROM tracking_runs ORDER BY id"+locked(tx.Dialect())); err != nil {
		return 0, err
	}
	ids, err := list(ctx, tx, one[int64], "SELECT DISTINCT member FROM tracking_member_handles WHERE handle"+among(tx.Dialect()), asked)
	if err != nil {
		return 0, err
	}
	n, err := remove(ctx, tx, "tracking_members WHERE id"+amongNumbers(tx.Dialect()), listOf(ids))
	if err != nil {
		return 0, err
	}
	_, err = remove(ctx, tx, "tracking_member_handles WHERE member"+amongNumbers(tx.Dialect()), listOf(ids))
	return n, err
}

func erasePeople(ctx context.Context, tx *sqldb.Tx, asked string) (int, error) {
	ids, err := list(ctx, tx, one[string], "SELECT DISTINCT person FROM tracking_people_keys WHERE key"+among(tx.Dialect()), asked)
	if err != nil {
		return 0, err
	}
	gone := listOf(ids)
	n, err := remove(ctx, tx, "tracking_people WHERE id"+among(tx.Dialect()), gone)
	if err != nil {
		return 0, err
	}
	if _, err := remove(ctx, tx, "tracking_people_keys WHERE person"+among(tx.Dialect()), gone); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "UPDATE tracking_credits SET person = '' WHERE person <> '' AND person"+among(tx.Dialect()), gone)
	return n, err
}

func eraseMarks(ctx context.Context, tx *sqldb.Tx, asked string) (int, error) {
	ids, err := list(ctx, tx, one[string], "SELECT id FROM tracking_marks WHERE kind <> ? AND id IN "+
		"(SELECT mark FROM tracking_mark_handles WHERE handle"+among(tx.Dialect())+")", string(tracking.MarkErased), asked)
	if err != nil {
		return 0, err
	}
	return unmark(ctx, tx, ids)
}

// remove deletes from a table, given with the condition, and tells how many rows.
func remove(ctx context.Context, tx *sqldb.Tx, from string, args ...any) (int, error) {
	res, err := tx.Exec(ctx, "DELETE FROM "+from, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
