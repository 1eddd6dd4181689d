// Package exit says how a command line went: the exit codes of onward, and errors that
// bear one.
package exit

import (
	"errors"
	"fmt"

	"github.com/onward-crm/onward/internal/sqldb"
)

// The exit codes; they are explained where the program is.
const (
	CodeDone    = 0
	CodeLeft    = 1
	CodeUsage   = 2
	CodeTrouble = 3
)

// Failure is an error with its exit code. Without an error it only sets the code:
// everything has been said already.
type Failure struct {
	Code int
	Err  error
}

// Error gives the text of the error, "" when there is none.
func (f *Failure) Error() string {
	if f.Err == nil {
		return ""
	}
	return f.Err.Error()
}

// Unwrap gives the error.
func (f *Failure) Unwrap() error { return f.Err }

// Usage is wrong usage or configuration; nothing was done.
func Usage(err error) error { return &Failure{CodeUsage, err} }

// Trouble is trouble with the CRM, the database or a file; run again to go on.
func Trouble(err error) error { return &Failure{CodeTrouble, err} }

// Left tells that something is left for a person; a nil err says no more than that.
func Left(err error) error { return &Failure{CodeLeft, err} }

// Database says which setting an error of the database is about, nil for nil. The
// database itself is not named: its URL may hold a password.
func Database(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sqldb.ErrNewer):
		return Trouble(fmt.Errorf("adapter.database: %w: start the version of onward that wrote it, or a later one", err))
	}
	return Trouble(fmt.Errorf("adapter.database: %w", err))
}
