// Package env is what the commands of onward know of the world outside: streams, clock,
// environment, and how the configuration, the database and the CRM are opened. Its
// errors have exit codes; see package exit.
package env

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/internal/settings"
)

// Env is everything that the commands know of the world outside.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string
	Now            func() time.Time
	// Terminal tells that somebody watches Stderr: progress is shown.
	Terminal bool
}

// Log is where drivers and stores say what they repeat.
func (e Env) Log() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// Say writes a line to standard error.
func (e Env) Say(format string, args ...any) { fmt.Fprintf(e.Stderr, format+"\n", args...) }

// Settings reads the configuration ("" for the built-in defaults) and the environment. A
// database that a flag names goes before both.
func (e Env) Settings(config, database string) (settings.Settings, error) {
	s, err := settings.Load(config, e.Environ)
	if err != nil {
		return s, exit.Usage(err)
	}
	if database != "" {
		s.Adapter.Database = database
	}
	return s, nil
}
