package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// lockSponsors is PostgreSQL's advisory lock under which sponsors are saved and erased
// one call after the other: two that claim each other's identifiers need not be told
// apart, and the history is in order of saving.
const lockSponsors = 0x6f6e77617220

func lockSaving(ctx context.Context, tx *sqldb.Tx) error {
	if tx.Dialect() != sqldb.Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(?)", int64(lockSponsors))
	return err
}

// Save stores sponsors; see sponsor.Store.
func (s *Sponsors) Save(ctx context.Context, saves []sponsor.Saving) ([]error, error) {
	out := make([]error, len(saves))
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := lockSaving(ctx, tx); err != nil {
			return err
		}
		for i, save := range saves {
			var err error
			if out[i], err = refusal(ctx, tx, save.Sponsor); err != nil {
				return err
			}
			if out[i] != nil {
				continue
			}
			if err := saveSponsor(ctx, tx, save); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// refusal is why a sponsor cannot be stored, or nil.
func refusal(ctx context.Context, tx *sqldb.Tx, s sponsor.Sponsor) (refused, err error) {
	version, err := one[int](tx.QueryRow(ctx, "SELECT version FROM tracking_sponsors WHERE id = ?", s.ID))
	exists := !errors.Is(err, sql.ErrNoRows)
	switch {
	case exists && err != nil:
		return nil, err
	case !exists && s.Version > 0:
		return &sponsor.Error{Op: "save", Sponsor: s.ID, Class: sponsor.ErrUnknown}, nil
	case exists && version != s.Version:
		return &sponsor.Error{Op: "save", Sponsor: s.ID, Class: sponsor.ErrStale}, nil
	}
	others, err := list(ctx, tx, one[string], "SELECT sponsor FROM tracking_sponsor_owners WHERE sponsor <> ? AND key"+
		among(tx.Dialect())+"ORDER BY sponsor LIMIT 1", s.ID, listOf(tracking.Digests(s.Identity())))
	if err != nil || len(others) == 0 {
		return nil, err
	}
	return &sponsor.Error{Op: "save", Sponsor: others[0], Class: sponsor.ErrTaken}, nil
}

func saveSponsor(ctx context.Context, tx *sqldb.Tx, save sponsor.Saving) error {
	s := save.Sponsor
	s.Version++
	data, err := document(s)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO tracking_sponsors (id, version, status, due, updates, data) VALUES (?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status, due = excluded.due, "+
		"updates = excluded.updates, data = excluded.data",
		s.ID, s.Version, string(s.Status), micros(s.Due), s.Open(), data); err != nil {
		return err
	}
	if err := index(ctx, tx, s); err != nil {
		return err
	}
	if err := record(ctx, tx, save.Log); err != nil {
		return err
	}
	return owe(ctx, tx, save.Effects)
}

// index makes a sponsor found by what it holds now, and by nothing that it held before.
func index(ctx context.Context, tx *sqldb.Tx, s sponsor.Sponsor) error {
	if err := unindex(ctx, tx, []string{s.ID}); err != nil {
		return err
	}
	var owners, keys, entities [][]any
	for _, d := range tracking.Digests(s.Identity()) {
		owners = append(owners, []any{d, s.ID})
	}
	for _, d := range tracking.Digests(s.Keys()) {
		keys = append(keys, []any{s.ID, d})
	}
	for i, e := range s.Entities {
		entities = append(entities, []any{s.ID, i, e.Kind, e.ID, e.Role})
	}
	if err := insert(ctx, tx, "tracking_sponsor_owners (key, sponsor)", owners, ""); err != nil {
		return err
	}
	if err := insert(ctx, tx, "tracking_sponsor_keys (sponsor, key)", keys, ""); err != nil {
		return err
	}
	return insert(ctx, tx, "tracking_sponsor_entities (sponsor, position, kind, entity, role)", entities, "")
}

// unindex forgets by what sponsors are found.
func unindex(ctx context.Context, tx *sqldb.Tx, ids []string) error {
	return removeOf(ctx, tx, ids, "tracking_sponsor_owners", "tracking_sponsor_keys", "tracking_sponsor_entities")
}

// removeOf deletes the rows of sponsors from tables.
func removeOf(ctx context.Context, tx *sqldb.Tx, ids []string, tables ...string) error {
	for _, table := range tables {
		if _, err := remove(ctx, tx, table+" WHERE sponsor"+among(tx.Dialect()), listOf(ids)); err != nil {
			return err
		}
	}
	return nil
}

// record writes lines of the history.
func record(ctx context.Context, tx *sqldb.Tx, log []sponsor.Entry) error {
	rows := make([][]any, len(log))
	for i, e := range log {
		e.At = e.At.UTC().Truncate(time.Microsecond)
		data, err := document(e)
		if err != nil {
			return err
		}
		rows[i] = []any{e.Sponsor, e.Entity.Kind, e.Entity.ID, micros(e.At), data}
	}
	return insert(ctx, tx, "tracking_sponsor_log (sponsor, kind, entity, at, data)", rows, "")
}

// Erase removes sponsors with all that belongs to them; see sponsor.Store.
func (s *Sponsors) Erase(ctx context.Context, ids []string) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := lockSaving(ctx, tx); err != nil {
			return err
		}
		if err := unindex(ctx, tx, ids); err != nil {
			return err
		}
		if err := removeOf(ctx, tx, ids, "tracking_sponsor_log", "tracking_sponsor_effects"); err != nil {
			return err
		}
		_, err := remove(ctx, tx, "tracking_sponsors WHERE id"+among(tx.Dialect()), listOf(ids))
		return err
	})
}
