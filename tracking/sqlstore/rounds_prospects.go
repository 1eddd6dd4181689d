package sqlstore

import (
	"context"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/rounds"
)

// Keep keeps prospects; see rounds.Store.
func (s *Rounds) Keep(ctx context.Context, all []rounds.Kept) error {
	last := map[string]int{}
	for i, k := range all {
		last[k.ID] = i
	}
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		var ids []string
		var rows, leads [][]any
		for i, k := range all {
			if last[k.ID] != i {
				continue
			}
			ids = append(ids, k.ID)
			if k.Stage == rounds.StageDropped {
				continue
			}
			data, err := document(k)
			if err != nil {
				return err
			}
			rows = append(rows, []any{k.ID, string(k.Stage), data})
			for _, h := range handlesIn(k.Keys) {
				leads = append(leads, []any{k.ID, h})
			}
		}
		if _, err := forgetProspects(ctx, tx, listOf(ids)); err != nil {
			return err
		}
		if err := insert(ctx, tx, "tracking_prospects (id, stage, data)", rows, "ON CONFLICT (id) DO UPDATE SET stage = excluded.stage, data = excluded.data"); err != nil {
			return err
		}
		return insert(ctx, tx, "tracking_prospect_handles (prospect, handle)", leads, "ON CONFLICT DO NOTHING")
	})
}

// forgetProspects removes prospects by their ids, and counts them.
func forgetProspects(ctx context.Context, tx *sqldb.Tx, ids string) (int, error) {
	if _, err := remove(ctx, tx, "tracking_prospect_handles WHERE prospect"+among(tx.Dialect()), ids); err != nil {
		return 0, err
	}
	return remove(ctx, tx, "tracking_prospects WHERE id"+among(tx.Dialect()), ids)
}

// Prospects gives those of a stage; see rounds.Store.
func (s *Rounds) Prospects(ctx context.Context, stage rounds.Stage, after string, limit int) ([]rounds.Kept, error) {
	out, err := list(ctx, s.read, scanned[rounds.Kept], "SELECT data FROM tracking_prospects WHERE stage = ? AND id > ? ORDER BY id LIMIT ?", string(stage), after, limit)
	return out, failure(ctx, err)
}

// KnownAs gives those whom the keys reach; see rounds.Store.
func (s *Rounds) KnownAs(ctx context.Context, keys []string) ([]rounds.Kept, error) {
	out, err := list(ctx, s.read, scanned[rounds.Kept], "SELECT data FROM tracking_prospects WHERE id IN "+
		"(SELECT prospect FROM tracking_prospect_handles WHERE handle"+among(s.read.Dialect())+") ORDER BY id", listOf(tracking.Digests(keys)))
	return out, failure(ctx, err)
}

// Erase removes whom the keys reach; see rounds.Store.
func (s *Rounds) Erase(ctx context.Context, keys []string) (int, error) {
	n := 0
	asked := listOf(tracking.Digests(keys))
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		seen, err := forgetSeen(ctx, tx, asked)
		if err != nil {
			return err
		}
		ids, err := list(ctx, tx, one[string], "SELECT DISTINCT prospect FROM tracking_prospect_handles WHERE handle"+among(tx.Dialect()), asked)
		if err != nil {
			return err
		}
		prospects, err := forgetProspects(ctx, tx, listOf(ids))
		n = seen + prospects
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
