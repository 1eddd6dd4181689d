package sqlstore

import (
	"context"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
)

// Mark keeps decisions; see contacts.Store.
func (s *Contacts) Mark(ctx context.Context, ms []tracking.Mark) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		for _, m := range ms {
			if err := mark(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func mark(ctx context.Context, tx *sqldb.Tx, m tracking.Mark) error {
	data, err := document(m)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO tracking_marks (id, kind, at, data) VALUES (?, ?, ?, ?) "+
		"ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, at = excluded.at, data = excluded.data", m.ID, string(m.Kind), micros(m.At), data); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM tracking_mark_handles WHERE mark = ?", m.ID); err != nil {
		return err
	}
	return insert(ctx, tx, "tracking_mark_handles (mark, handle)", handlesOf(m.ID, m.Keys), "ON CONFLICT DO NOTHING")
}

// Unmark removes decisions; see contacts.Store.
func (s *Contacts) Unmark(ctx context.Context, ids []string) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		_, err := unmark(ctx, tx, ids)
		return err
	})
}

// unmark removes marks and tells how many there were.
func unmark(ctx context.Context, tx *sqldb.Tx, ids []string) (int, error) {
	n, err := remove(ctx, tx, "tracking_marks WHERE id"+among(tx.Dialect()), listOf(ids))
	if err != nil {
		return 0, err
	}
	_, err = remove(ctx, tx, "tracking_mark_handles WHERE mark"+among(tx.Dialect()), listOf(ids))
	return n, err
}

// Marks lists the decisions of a kind; see contacts.Store.
func (s *Contacts) Marks(ctx context.Context, kind tracking.MarkKind) ([]tracking.Mark, error) {
	out, err := list(ctx, s.read, scanMark, "SELECT at, data FROM tracking_marks WHERE kind = ? ORDER BY at, id", string(kind))
	return out, failure(ctx, err)
}

func scanMark(row scanner) (tracking.Mark, error) {
	var m tracking.Mark
	var at int64
	var data string
	if err := row.Scan(&at, &data); err != nil {
		return m, err
	}
	err := read(data, &m)
	m.At = moment(at)
	return m, err
}
