package sqlstore

import (
	"context"
	"iter"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
)

func scanPerson(row scanner) (tracking.Tracked, error) {
	var t tracking.Tracked
	data, err := one[string](row)
	if err != nil {
		return t, err
	}
	return t, read(data, &t)
}

// Tracked gives the people as they are when it begins; see contacts.Store.
func (s *Contacts) Tracked(ctx context.Context, after string) iter.Seq2[tracking.Tracked, error] {
	return stream(ctx, s.read, scanPerson, "SELECT data FROM tracking_people WHERE id > ? ORDER BY id", after)
}

// TrackedAs gives the people whom one of the digests reaches, in order of ID; see
// contacts.Store.
func (s *Contacts) TrackedAs(ctx context.Context, digests []string) ([]tracking.Tracked, error) {
	out, err := list(ctx, s.read, scanPerson, "SELECT data FROM tracking_people WHERE id IN "+
		"(SELECT person FROM tracking_people_keys WHERE key"+among(s.read.Dialect())+") ORDER BY id", listOf(tracking.Digests(digests)))
	return out, failure(ctx, err)
}

// Settle stores those changes that nobody was faster with; see contacts.Store.
func (s *Contacts) Settle(ctx context.Context, changes []tracking.Settlement) (int, error) {
	n := 0
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		n = 0
		for rest := changes; len(rest) > 0; {
			var each []tracking.Settlement
			each, rest = differing(rest)
			stored, err := settle(ctx, tx, each)
			if err != nil {
				return err
			}
			n += stored
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// differing cuts the list before the first person who comes again.
func differing(changes []tracking.Settlement) (each, rest []tracking.Settlement) {
	seen := map[string]bool{}
	for i, c := range changes {
		if seen[c.Tracked.ID] {
			return changes[:i], changes[i:]
		}
		seen[c.Tracked.ID] = true
	}
	return changes, nil
}

// settle stores changes of different people.
func settle(ctx context.Context, tx *sqldb.Tx, changes []tracking.Settlement) (int, error) {
	stands, err := revisions(ctx, tx, changes)
	if err != nil {
		return 0, err
	}
	n := 0
	var ids []string
	var keys [][]any
	var events []tracking.Credit
	for _, c := range changes {
		t := c.Tracked
		if stands[t.ID] != t.Revision-1 {
			continue
		}
		if stored, err := put(ctx, tx, t); err != nil {
			return 0, err
		} else if !stored {
			continue
		}
		for _, d := range tracking.Digests(t.Keys) {
			keys = append(keys, []any{t.ID, d})
		}
		ids, events = append(ids, t.ID), append(events, c.Credits...)
		n++
	}
	if _, err := tx.Exec(ctx, "DELETE FROM tracking_people_keys WHERE person"+among(tx.Dialect()), listOf(ids)); err != nil {
		return 0, err
	}
	if err := insert(ctx, tx, "tracking_people_keys (person, key)", keys, "ON CONFLICT DO NOTHING"); err != nil {
		return 0, err
	}
	return n, spend(ctx, tx, events)
}

// revisions are those at which people stand; whoever is known stays so until the
// transaction ends.
func revisions(ctx context.Context, tx *sqldb.Tx, changes []tracking.Settlement) (map[string]int, error) {
	ids := make([]string, len(changes))
	for i, c := range changes {
		ids[i] = c.Tracked.ID
	}
	type standing struct {
		id       string
		revision int
	}
	// In order of ID, so that nobody waits in a circle.
	rows, err := list(ctx, tx, func(row scanner) (s standing, err error) { return s, row.Scan(&s.id, &s.revision) },
		"SELECT id, revision FROM tracking_people WHERE id"+among(tx.Dialect())+"ORDER BY id"+locked(tx.Dialect()), listOf(ids))
	out := map[string]int{}
	for _, s := range rows {
		out[s.id] = s.revision
	}
	return out, err
}

// put stores a person; false when somebody else began with the same one at this moment.
func put(ctx context.Context, tx *sqldb.Tx, t tracking.Tracked) (bool, error) {
	t.Since, t.Until = t.Since.UTC().Truncate(time.Microsecond), t.Until.UTC().Truncate(time.Microsecond)
	data, err := document(t)
	if err != nil {
		return false, err
	}
	query, args := "UPDATE tracking_people SET revision = ?, data = ? WHERE id = ?", []any{t.Revision, data, t.ID}
	if t.Revision == 1 {
		query = "INSERT INTO tracking_people (revision, data, id) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING"
	}
	res, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}
