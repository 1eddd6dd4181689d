package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/onward-crm/onward/internal/sqldb/pgtest"
)

// serverVariable names a PostgreSQL server to use instead of an installed one.
const serverVariable = pgtest.Variable

// errNoServer: what came in the way of a server.
var errNoServer = errors.New("no PostgreSQL server")

// stand takes the place of a test for pgtest, which starts servers for tests. It
// has only the methods that pgtest calls.
type stand struct {
	testing.TB
	over []func()
}

// giveUp is how a stand ends what called it.
type giveUp struct{ why string }

// Helper does nothing.
func (*stand) Helper() {}

// Context never ends.
func (*stand) Context() context.Context { return context.Background() }

// Skip says that there is no server.
func (*stand) Skip(args ...any) { panic(giveUp{fmt.Sprint(args...)}) }

// Fatalf says why the server does not work.
func (*stand) Fatalf(format string, args ...any) { panic(giveUp{fmt.Sprintf(format, args...)}) }

// Logf does nothing: what cannot be put away goes with the server.
func (*stand) Logf(string, ...any) {}

// Cleanup keeps what is to be done at the end.
func (s *stand) Cleanup(f func()) { s.over = append(s.over, f) }

// database gives the URL of an empty database and what drops it.
func database() (dsn string, drop func(), err error) {
	s := &stand{}
	defer func() {
		switch why := recover().(type) {
		case nil:
		case giveUp:
			err = fmt.Errorf("%w: %s", errNoServer, why.why)
		default:
			panic(why) // a mistake of ours is no missing server
		}
	}()
	dsn = pgtest.DSN(s)
	return dsn, func() {
		for _, f := range s.over {
			f()
		}
	}, nil
}
