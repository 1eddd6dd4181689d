package durable

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/routing"
)

// insertNotices stores notices, each id once.
func insertNotices(ctx context.Context, tx *sqldb.Tx, ns []routing.Notice) error {
	var rows [][]any
	for _, n := range ns {
		text, err := json.Marshal(n)
		if err != nil {
			return fmt.Errorf("a notice cannot be stored: %w", err)
		}
		rows = append(rows, []any{n.ID, n.Delivery, micros(n.At), string(text)})
	}
	s := bulk{head: "INSERT INTO onward_notices (id, delivery, at, body) VALUES ", tail: " ON CONFLICT (id) DO NOTHING"}
	return s.exec(ctx, tx, rows)
}

// Notices returns at most n notices that were not sent yet, oldest first.
func (l *Ledger) Notices(ctx context.Context, n int) ([]routing.Notice, error) {
	if n <= 0 {
		return nil, ctx.Err()
	}
	var out []routing.Notice
	err := scanAll(ctx, l.db, func(rows *sql.Rows) error {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		var notice routing.Notice
		err := unpack([]byte(body), &notice)
		out = append(out, notice)
		return err
	}, "SELECT body FROM onward_notices WHERE NOT sent ORDER BY at, n LIMIT ?", n)
	if err != nil {
		return nil, fmt.Errorf("durable: notices: %w", err)
	}
	return out, nil
}

// Sent marks notices as sent; ids that are not known are ignored.
func (l *Ledger) Sent(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return ctx.Err()
	}
	return l.tx(ctx, "sent", func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE onward_notices SET sent = TRUE, body = '' WHERE NOT sent AND id"+anyText(tx.Dialect()), listOf(ids))
		return err
	})
}
