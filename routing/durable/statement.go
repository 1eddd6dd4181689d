package durable

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/onward-crm/onward/internal/sqldb"
)

// The advisory locks of PostgreSQL, under which one thing is done at a time by all
// processes. On SQLite every transaction that writes is alone anyway.
const (
	lockAccept = 0x6f6e77617201 + iota
	lockClaim
	lockDecide
	lockKeep
)

// lock makes the transaction the only one that holds this lock until it ends.
func lock(ctx context.Context, tx *sqldb.Tx, which int64) error {
	if tx.Dialect() != sqldb.Postgres {
		return nil
	}
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(?)", which)
	return err
}

// anyText and anyNumber are conditions that follow a column: it is one of the values
// of one parameter, which listOf makes.
func anyText(d sqldb.Dialect) string {
	if d == sqldb.Postgres {
		return " = ANY (ARRAY(SELECT json_array_elements_text(CAST(? AS JSON)))) "
	}
	return " IN (SELECT value FROM json_each(?)) "
}

func anyNumber(d sqldb.Dialect) string {
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
	text, err := json.Marshal(values)
	if err != nil {
		panic("durable: texts and numbers cannot be written: " + err.Error())
	}
	return string(text)
}

// chunks are the numbers of rows that one statement may have: few different ones, so
// that prepared statements are used again.
func chunks() []int { return []int{64, 16, 4, 1} }

// bulk is a statement with a list of rows: head, the rows, tail.
type bulk struct {
	head string
	// kinds are the types of the columns where the database cannot tell them from the
	// statement; empty for an INSERT.
	kinds []string
	tail  string
}

// text is the statement for n rows of that width.
func (s bulk) text(n, width int) string {
	var b strings.Builder
	b.WriteString(s.head)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for j := range width {
			if j > 0 {
				b.WriteByte(',')
			}
			if i == 0 && len(s.kinds) > 0 {
				fmt.Fprintf(&b, "CAST(? AS %s)", s.kinds[j])
			} else {
				b.WriteByte('?')
			}
		}
		b.WriteByte(')')
	}
	b.WriteString(s.tail)
	return b.String()
}

// parts calls run with each statement that is needed for all rows, and its parameters.
func (s bulk) parts(rows [][]any, run func(text string, args []any) error) error {
	for _, n := range chunks() {
		for len(rows) >= n {
			var args []any
			for _, r := range rows[:n] {
				args = append(args, r...)
			}
			if err := run(s.text(n, len(rows[0])), args); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	return nil
}

// exec runs the statement for all rows.
func (s bulk) exec(ctx context.Context, tx *sqldb.Tx, rows [][]any) error {
	return s.parts(rows, func(text string, args []any) error {
		_, err := tx.Exec(ctx, text, args...)
		return err
	})
}

// querier runs queries: a transaction, or the database itself.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// scanAll hands each row of a query to take.
func scanAll(ctx context.Context, q querier, take func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := take(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// numbers reads a column of numbers.
func numbers(ctx context.Context, q querier, query string, args ...any) ([]int64, error) {
	var out []int64
	err := scanAll(ctx, q, func(rows *sql.Rows) error {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return err
		}
		out = append(out, n)
		return nil
	}, query, args...)
	return out, err
}
