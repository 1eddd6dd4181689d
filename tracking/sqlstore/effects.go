package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// effectColumns are those of an effect, in the order of scanEffect: what is settled
// stands in columns, and what stays in the document.
const effectColumns = "due, attempts, error, ended, given_up, data"

func scanEffect(row scanner) (sponsor.Effect, error) {
	var f sponsor.Effect
	var due, ended, givenUp int64
	var attempts int
	var failed, data string
	if err := row.Scan(&due, &attempts, &failed, &ended, &givenUp, &data); err != nil {
		return f, err
	}
	err := read(data, &f)
	f.Due, f.Attempts, f.Error, f.Ended, f.GivenUp = moment(due), attempts, failed, moment(ended), givenUp != 0
	return f, err
}

// owe stores effects whose keys are not known yet.
func owe(ctx context.Context, tx *sqldb.Tx, effects []sponsor.Effect) error {
	rows := make([][]any, len(effects))
	for i, f := range effects {
		f.At = f.At.UTC().Truncate(time.Microsecond)
		data, err := document(f)
		if err != nil {
			return err
		}
		rows[i] = []any{string(f.Key), f.Sponsor, micros(f.At), 0, micros(f.Due), f.Attempts, f.Error, micros(f.Ended), bit(f.GivenUp), data}
	}
	return insert(ctx, tx, "tracking_sponsor_effects (key, sponsor, at, held, "+effectColumns+")", rows, "ON CONFLICT (key) DO NOTHING")
}

// Owed takes effects whose time has come; see sponsor.Store.
func (s *Sponsors) Owed(ctx context.Context, now time.Time, n int, lease time.Duration) ([]sponsor.Effect, error) {
	pick := "SELECT key FROM tracking_sponsor_effects WHERE ended = 0 AND due <= ? AND held <= ? ORDER BY due, key LIMIT ?"
	if s.db.Dialect() == sqldb.Postgres {
		// What another process is taking at this moment is passed over, so that nobody
		// waits for it only to find it gone.
		pick += " FOR UPDATE SKIP LOCKED"
	}
	var out []sponsor.Effect
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = list(ctx, tx, scanEffect, "WITH picked AS MATERIALIZED ("+pick+") "+
			"UPDATE tracking_sponsor_effects SET held = ? WHERE key IN (SELECT key FROM picked) RETURNING "+effectColumns,
			micros(now), micros(now), max(0, n), micros(now.Add(lease)))
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b sponsor.Effect) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key)) })
	return out, nil
}

// Settle records attempts and gives holds back; see sponsor.Store.
func (s *Sponsors) Settle(ctx context.Context, ss []sponsor.Settlement) error {
	// Rows are locked in one order by everybody, so that nobody waits in a circle.
	ss = slices.SortedStableFunc(slices.Values(ss), func(a, b sponsor.Settlement) int { return cmp.Compare(a.Key, b.Key) })
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		for _, one := range ss {
			failed := bit(!one.Sent && !one.Waited)
			query, when := "due = ?", one.Due
			if one.Sent || one.GivenUp {
				query, when = "ended = ?", one.At
			}
			if _, err := tx.Exec(ctx, "UPDATE tracking_sponsor_effects SET held = 0, error = ?, given_up = ?, attempts = attempts + ?, "+query+
				" WHERE key = ? AND ended = 0", one.Error, bit(one.GivenUp), failed, micros(when), string(one.Key)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Effects lists those of one sponsor; see sponsor.Store.
func (s *Sponsors) Effects(ctx context.Context, id string) ([]sponsor.Effect, error) {
	out, err := list(ctx, s.read, scanEffect, "SELECT "+effectColumns+" FROM tracking_sponsor_effects WHERE sponsor = ? ORDER BY at, key", id)
	return out, failure(ctx, err)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
