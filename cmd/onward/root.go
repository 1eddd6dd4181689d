package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/crm/salesforce"
)

// program is everything that the commands know of the world outside.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	now            func() time.Time
	// terminal tells that somebody watches stderr: progress is shown.
	terminal bool
}

// The exit codes; see the package comment.
const (
	exitDone    = 0
	exitLeft    = 1
	exitUsage   = 2
	exitTrouble = 3
)

// failure is an error with its exit code. Without an error it only sets the
// code: everything has been said already.
type failure struct {
	code int
	err  error
}

// Error gives the text of the error, "" when there is none.
func (f *failure) Error() string {
	if f.err == nil {
		return ""
	}
	return f.err.Error()
}

// Unwrap gives the error.
func (f *failure) Unwrap() error { return f.err }

func usage(err error) error   { return &failure{exitUsage, err} }
func trouble(err error) error { return &failure{exitTrouble, err} }

// execute runs one command line and returns the exit code.
func (p *program) execute(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	known, ok := errors.AsType[*failure](err)
	if !ok { // cobra refuses unknown commands, flags and arguments
		known = &failure{exitUsage, fmt.Errorf("%w\nrun \"onward help\" to see what there is", err)}
	}
	if known.err != nil {
		text := strings.TrimPrefix(known.Error(), "settings: ")
		fmt.Fprintln(p.stderr, "onward: "+text)
		if hint := salesforce.Advice(known.err); hint != "" && !strings.Contains(text, hint) {
			fmt.Fprintln(p.stderr, "  "+hint)
		}
	}
	return known.code
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "onward",
		Short: "Turns job changes into CRM records, exactly once and explained",
		Long: `onward takes reported job changes, finds out whether the person and the new
company are in the CRM already, decides by your rules what to create or enrich
and who is responsible, and writes it: once, with an explanation.

Begin with "onward demo". Exit codes: 0 done, 1 something is left for a person,
2 wrong usage or configuration, 3 trouble with CRM, ledger or files.`,
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.AddCommand(p.demoCommand(), p.runCommand(), p.explainCommand(), p.doctorCommand(), p.localOrgCommand(),
		p.configCommand(), p.matchCommand(), p.serveCommand(), p.inboxCommand(), p.undoCommand(), p.eraseCommand(), p.migrateCommand(), p.digestCommand(), p.versionCommand())
	return root
}

// log is where the CRM's driver says what it repeats.
func (p *program) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// say writes a line to standard error.
func (p *program) say(format string, args ...any) { fmt.Fprintf(p.stderr, format+"\n", args...) }
