package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/onward-crm/onward/internal/sqldb"
)

// among is a condition that follows a column: it is one of the values of one
// parameter, which listOf makes.
func among(d sqldb.Dialect) string {
	if d == sqldb.Postgres {
		return " = ANY (ARRAY(SELECT json_array_elements_text(CAST(? AS JSON)))) "
	}
	return " IN (SELECT value FROM json_each(?)) "
}

// amongNumbers is among for numbers.
func amongNumbers(d sqldb.Dialect) string {
	if d == sqldb.Postgres {
		return " = ANY (ARRAY(SELECT CAST(json_array_elements_text(CAST(? AS JSON)) AS BIGINT))) "
	}
	return " IN (SELECT value FROM json_each(?)) "
}

// listOf is many values as one parameter.
func listOf[T ~string | ~int64](values []T) string {
	if len(values) == 0 {
		return "[]"
	}
	return textOf(values)
}

// textOf writes a list of texts or numbers, which cannot fail.
func textOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("sqlstore: texts and numbers cannot be written: " + err.Error())
	}
	return string(text)
}

// locked ends a query whose rows nobody else may change until the transaction ends. On
// SQLite every transaction that writes is alone anyway.
func locked(d sqldb.Dialect) string {
	if d == sqldb.Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// bulkRows is how many rows one statement inserts at most.
const bulkRows = 64

// insert inserts rows of a table, given with its columns as "table (a, b)"; rest
// follows the rows.
func insert(ctx context.Context, tx *sqldb.Tx, into string, rows [][]any, rest string) error {
	for len(rows) > 0 {
		n := min(len(rows), bulkRows)
		row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(rows[0])), ",") + ")"
		var args []any
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		query := "INSERT INTO " + into + " VALUES " + strings.TrimSuffix(strings.Repeat(row+",", n), ",") + " " + rest
		if _, err := tx.Exec(ctx, query, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// scanner is a row.
type scanner interface{ Scan(...any) error }

// querier is a transaction, or a database outside of one.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// list reads all rows of a query.
func list[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	err := each(ctx, q, func(rows *sql.Rows) (bool, error) {
		v, err := scan(rows)
		out = append(out, v)
		return true, err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// each reads rows until one is the last that is wanted.
func each(ctx context.Context, q querier, see func(*sql.Rows) (more bool, err error), query string, args ...any) (err error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if more, err := see(rows); err != nil || !more {
			return err
		}
	}
	return rows.Err()
}

// stream gives the rows of a query one by one; an error comes once, last.
func stream[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		wanted := true
		err := each(ctx, q, func(rows *sql.Rows) (bool, error) {
			v, err := scan(rows)
			if err == nil {
				wanted = yield(v, nil)
			}
			return wanted, err
		}, query, args...)
		if err != nil && wanted {
			var none T
			yield(none, failure(ctx, err))
		}
	}
}

// one scans a row that is one value.
func one[T any](row scanner) (v T, err error) { return v, row.Scan(&v) }

// micros is a time as microseconds since 1970; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// document is a value as it is kept.
func document(v any) (string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("write a document: %w", err)
	}
	return string(data), nil
}

// read reads a document.
func read(data string, into any) error {
	if err := json.Unmarshal([]byte(data), into); err != nil {
		return fmt.Errorf("read a document: %w", err)
	}
	return nil
}
