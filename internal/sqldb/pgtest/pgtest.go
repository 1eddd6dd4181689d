package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Variable is the environment variable that names a server.
const Variable = "ONWARD_TEST_POSTGRES"

// errNone: no server is installed.
var errNone = errors.New("no PostgreSQL is installed (initdb and postgres); set " + Variable + " to use another server")

// server is the one of this process.
var server = sync.OnceValues(func() (string, error) {
	if dsn := os.Getenv(Variable); dsn != "" {
		return dsn, nil
	}
	return start()
})

var made atomic.Int64

// DSN is the URL of an empty database, which goes away with the test. It skips the
// test where there is no server.
func DSN(t testing.TB) string {
	t.Helper()
	at, err := server()
	if errors.Is(err, errNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	name := fmt.Sprintf("onward_%d_%d_%d", os.Getpid(), time.Now().UnixNano(), made.Add(1))
	if err := execute(t.Context(), at, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(context.WithoutCancel(t.Context()), at, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Logf("pgtest: %v", err)
		}
	})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatalf("pgtest: %s is no URL", Variable)
	}
	u.Path = "/" + name
	return u.String()
}

// execute runs one statement at the server.
func execute(ctx context.Context, dsn, statement string) (err error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, statement)
	return err
}
