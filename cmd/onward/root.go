package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/sponsors"
	"github.com/onward-crm/onward/cmd/onward/targets"
	"github.com/onward-crm/onward/cmd/onward/track"
	"github.com/onward-crm/onward/crm/salesforce"
)

// program runs command lines in what it knows of the world outside.
type program struct{ env.Env }

// execute runs one command line and returns the exit code.
func (p *program) execute(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exit.CodeDone
	}
	known, ok := errors.AsType[*exit.Failure](err)
	if !ok { // cobra refuses unknown commands, flags and arguments
		known = &exit.Failure{Code: exit.CodeUsage, Err: fmt.Errorf("%w\nrun \"onward help\" to see what there is", err)}
	}
	if known.Err != nil {
		text := strings.TrimPrefix(known.Error(), "settings: ")
		fmt.Fprintln(p.Stderr, "onward: "+text)
		if hint := salesforce.Advice(known.Err); hint != "" && !strings.Contains(text, hint) {
			fmt.Fprintln(p.Stderr, "  "+hint)
		}
	}
	return known.Code
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
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.AddCommand(p.demoCommand(), p.runCommand(), p.explainCommand(), p.doctorCommand(), p.localOrgCommand(),
		p.configCommand(), p.matchCommand(), p.serveCommand(), p.inboxCommand(), p.undoCommand(), p.eraseCommand(),
		p.migrateCommand(), p.digestCommand(), p.versionCommand())
	root.AddCommand(track.Command(p.Env), sponsors.Command(p.Env))
	root.AddCommand(targets.Commands(p.Env)...)
	return root
}
