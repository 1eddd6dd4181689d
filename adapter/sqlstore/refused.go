package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/internal/sqldb"
)

// Refuse keeps a request that could not be verified; see adapter.Store. One that
// is larger than all that may be kept of its source makes no room and is not kept.
func (s *Store) Refuse(ctx context.Context, r adapter.Refused) error {
	size := r.Request.Size()
	if size > s.limits.Bytes {
		return ctx.Err()
	}
	data, sealed, err := s.seal.close(r.ID, r.Request)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		// The total comes first: its row is the lock under which a source is kept
		// within its bounds.
		if _, err := tx.Exec(ctx, "INSERT INTO adapter_refused_total (source, requests, bytes) VALUES (?, 1, ?) "+
			"ON CONFLICT (source) DO UPDATE SET requests = adapter_refused_total.requests + 1, bytes = adapter_refused_total.bytes + excluded.bytes",
			r.Source, size); err != nil {
			return err
		}
		res, err := tx.Exec(ctx, "INSERT INTO adapter_refused (id, source, code, received, size, sealed, request) VALUES (?, ?, ?, ?, ?, ?, ?) "+
			"ON CONFLICT (id) DO NOTHING", r.ID, r.Source, r.Code, micros(r.Request.Received), size, bit(sealed), data)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		if n == 0 { // it is there already
			return reduce(ctx, tx, r.Source, 1, size)
		}
		return s.makeRoom(ctx, tx, r.Source)
	})
}

// makeRoom removes the oldest requests of a source until the rest is within the
// bounds.
func (s *Store) makeRoom(ctx context.Context, tx *sqldb.Tx, source string) error {
	var requests, bytes int64
	row := tx.QueryRow(ctx, "SELECT requests, bytes FROM adapter_refused_total WHERE source = ?", source)
	if err := row.Scan(&requests, &bytes); err != nil {
		return err
	}
	for requests > int64(s.limits.Requests) || bytes > s.limits.Bytes {
		var id string
		var size int64
		row := tx.QueryRow(ctx, "SELECT id, size FROM adapter_refused WHERE source = ? ORDER BY received, id LIMIT 1", source)
		if err := row.Scan(&id, &size); err != nil {
			return err
		}
		if err := remove(ctx, tx, "id = ?", id); err != nil {
			return err
		}
		requests, bytes = requests-1, bytes-size
	}
	return nil
}

// remove deletes the kept requests that fulfil a condition, and takes them off
// the totals.
func remove(ctx context.Context, tx *sqldb.Tx, where string, args ...any) error {
	rows, err := tx.Query(ctx, "DELETE FROM adapter_refused WHERE "+where+" RETURNING source, size", args...)
	if err != nil {
		return err
	}
	type sum struct{ requests, bytes int64 }
	gone := map[string]sum{}
	if err := each(rows, func() error {
		var source string
		var size int64
		err := rows.Scan(&source, &size)
		gone[source] = sum{gone[source].requests + 1, gone[source].bytes + size}
		return err
	}); err != nil {
		return err
	}
	for _, source := range slices.Sorted(maps.Keys(gone)) {
		if err := reduce(ctx, tx, source, gone[source].requests, gone[source].bytes); err != nil {
			return err
		}
	}
	return nil
}

func reduce(ctx context.Context, tx *sqldb.Tx, source string, requests, bytes int64) error {
	_, err := tx.Exec(ctx, "UPDATE adapter_refused_total SET requests = requests - ?, bytes = bytes - ? WHERE source = ?",
		requests, bytes, source)
	return err
}

// Refused lists what is kept, oldest first; see adapter.Store. A request that was
// kept under another key is listed with its time of receipt alone: it can be
// verified by nobody until the key is back.
func (s *Store) Refused(ctx context.Context, source string) ([]adapter.Refused, error) {
	query, args := "SELECT id, source, code, received, sealed, request FROM adapter_refused", []any{}
	if source != "" {
		query, args = query+" WHERE source = ?", append(args, source)
	}
	return list(ctx, s.db, func(rows *sql.Rows) (adapter.Refused, error) {
		var r adapter.Refused
		var received, sealed int64
		var data []byte
		if err := rows.Scan(&r.ID, &r.Source, &r.Code, &received, &sealed, &data); err != nil {
			return r, err
		}
		var err error
		if r.Request, err = s.seal.open(r.ID, data, sealed != 0); err != nil {
			r.Request = adapter.Request{}
		}
		r.Request.Received = moment(received)
		return r, nil
	}, query+" ORDER BY received, id", args...)
}

// chunk is how many ids stand in one statement.
const chunk = 500

// Forget removes kept requests; see adapter.Store.
func (s *Store) Forget(ctx context.Context, ids []string) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		for part := range slices.Chunk(ids, chunk) {
			if err := remove(ctx, tx, in("id", len(part)), anys(part)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// in is the condition that a column has one of n values.
func in(column string, n int) string {
	return fmt.Sprintf("%s IN (?%s)", column, strings.Repeat(", ?", n-1))
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}
