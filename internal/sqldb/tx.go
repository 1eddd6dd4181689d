package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Tx is one transaction.
type Tx struct {
	tx      *sql.Tx
	dialect Dialect
	// failed is the first statement's error: on SQLite what it wrote before may still
	// stand, so that nothing is committed any more.
	failed error
}

// maxTries bounds how often a transaction is begun again because others were in its
// way.
const maxTries = 8

// Tx runs work in one transaction: committed when it returns nil, and taken back
// otherwise. It is begun again when another one was in the way (a deadlock, a
// serialization failure, a lock that was not given), so work may run several times
// and must not leave anything but what it wrote.
func (d *DB) Tx(ctx context.Context, work func(*Tx) error) error {
	var err error
	for try := range maxTries {
		if err = d.once(ctx, work); err == nil || !inTheWay(err) || ctx.Err() != nil {
			return silent(err)
		}
		if !rest(ctx, try) {
			return silent(err)
		}
	}
	return silent(err)
}

// silent hides the words of PostgreSQL's errors, which may quote what was stored; its
// code and the names of what is concerned tell enough.
func silent(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return &serverError{pg}
	}
	return err
}

// serverError is an error of the server without its words.
type serverError struct{ err *pgconn.PgError }

// Error names the code, table and constraint.
func (e *serverError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("sqldb: postgres: SQLSTATE %s %s %s", e.err.Code, e.err.TableName, e.err.ConstraintName))
}

// Unwrap gives the server's own error.
func (e *serverError) Unwrap() error { return e.err }

// rest waits a little longer after each try; false when the context has ended.
func rest(ctx context.Context, try int) bool {
	timer := time.NewTimer(time.Millisecond<<try + rand.N(time.Millisecond<<try))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (d *DB) once(ctx context.Context, work func(*Tx) error) (err error) {
	tx, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqldb: begin: %w", err)
	}
	defer func() {
		if back := tx.Rollback(); back != nil && !errors.Is(back, sql.ErrTxDone) && err == nil {
			err = back
		}
	}()
	t := &Tx{tx: tx, dialect: d.dialect}
	if err := work(t); err != nil {
		return err
	}
	if t.failed != nil {
		return fmt.Errorf("sqldb: not committed, a statement failed: %w", t.failed)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqldb: commit: %w", err)
	}
	return nil
}

// The codes of what passes by itself.
const (
	sqliteBusy           = 5
	sqliteLocked         = 6
	pgSerialization      = "40001"
	pgDeadlock           = "40P01"
	pgLockNotAvailable   = "55P03"
	sqlitePrimaryCodeLow = 0xff
)

// inTheWay reports whether an error comes of another transaction alone.
func inTheWay(err error) bool {
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		code := lite.Code() & sqlitePrimaryCodeLow
		return code == sqliteBusy || code == sqliteLocked
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == pgSerialization || pg.Code == pgDeadlock || pg.Code == pgLockNotAvailable
	}
	return false
}

// Dialect is the kind of the database.
func (t *Tx) Dialect() Dialect { return t.dialect }

// SQL is the transaction itself.
func (t *Tx) SQL() *sql.Tx { return t.tx }

// Exec runs a statement; its parameters are written ?.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := t.tx.ExecContext(ctx, t.dialect.within(query), args...)
	t.note(err)
	return res, err
}

// Query runs a query.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := t.tx.QueryContext(ctx, t.dialect.within(query), args...)
	t.note(err)
	return rows, err
}

func (t *Tx) note(err error) {
	if t.failed == nil {
		t.failed = err
	}
}

// QueryRow runs a query for one row.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	row := t.tx.QueryRowContext(ctx, t.dialect.within(query), args...)
	t.note(row.Err())
	return row
}

// Exec runs one statement by itself on the writer.
func (d *DB) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := d.writer.ExecContext(ctx, d.dialect.rebind(query), args...)
	return res, silent(err)
}

// Query reads outside of a transaction.
func (d *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	rows, err := d.reader.QueryContext(ctx, d.dialect.rebind(query), args...)
	return rows, silent(err)
}

// QueryRow reads one row outside of a transaction.
func (d *DB) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return d.reader.QueryRowContext(ctx, d.dialect.rebind(query), args...)
}

// within writes a statement of a transaction. Whatever fails takes the whole of it
// back, as PostgreSQL would have it; so SQLite need not copy each page aside in order
// to take one statement back. A statement by itself has no transaction to do that.
func (d Dialect) within(query string) string {
	if rest, ok := strings.CutPrefix(query, "INSERT INTO"); ok && d == SQLite {
		return "INSERT OR FAIL INTO" + rest
	}
	return d.rebind(query)
}

// rebind writes parameters as the dialect wants them. A ? inside quotes stays.
func (d Dialect) rebind(query string) string {
	if d != Postgres || !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n, quoted := 0, false
	for i := range len(query) {
		switch c := query[i]; {
		case c == '\'':
			quoted = !quoted
			b.WriteByte(c)
		case c == '?' && !quoted:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
