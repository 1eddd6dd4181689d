// Package pgtest gives tests a PostgreSQL server of their own. It starts the one that
// is installed, once for a test binary, with a data directory that goes away with the
// process; without one, tests skip. ONWARD_TEST_POSTGRES names a server to use
// instead: a URL of a user who may create databases.
package pgtest
