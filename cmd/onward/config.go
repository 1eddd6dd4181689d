package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/internal/settings"
)

func (p *program) configCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "Check the configuration, or describe it to an editor",
		Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(p.configCheckCommand(), p.configSchemaCommand())
	return c
}

func (p *program) configCheckCommand() *cobra.Command {
	var crmDir string
	c := &cobra.Command{
		Use: "check [FILE]", Short: "Say what is wrong with onward.yaml, by line and column", Args: cobra.MaximumNArgs(1),
		Long: `Reads onward.yaml, or FILE, with the environment laid over it. With --crm the
fields that it names are looked up in the CRM as well.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "onward.yaml"
			if len(args) == 1 {
				path = args[0]
			}
			if _, err := os.Stat(path); len(args) == 0 && crmDir != "" && errors.Is(err, fs.ErrNotExist) {
				path = "" // the environment and the defaults are a configuration too
			}
			if crmDir != "" {
				w, err := p.open(cmd.Context(), place{crm: crmDir, config: path})
				if err != nil {
					return err
				}
				if path == "" {
					path = "the configuration"
				}
				fmt.Fprintf(p.Stdout, "%s is right, also for the CRM: version %s, strategy %s, mode %s\n", path, w.settings.Config.Version(), w.settings.Strategy, w.settings.Mode)
				return nil
			}
			s, err := settings.Load(path, p.Environ)
			if err == nil {
				err = s.Check()
			}
			if err == nil {
				err = s.CheckAdapter()
			}
			if err != nil {
				return exit.Usage(err)
			}
			fmt.Fprintf(p.Stdout, "%s is right: version %s, strategy %s, mode %s\n", path, s.Config.Version(), s.Strategy, s.Mode)
			return nil
		},
	}
	c.Flags().StringVar(&crmDir, "crm", "", "also check field names against this `DIR` of CRM files, or salesforce")
	return c
}

func (p *program) configSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of onward.yaml", Args: cobra.NoArgs,
		Long: `Prints the JSON Schema of onward.yaml. Editors with YAML support use it to
complete and to check: save it and put this line on top of your file.

  # yaml-language-server: $schema=./onward.schema.json`,
		RunE: func(*cobra.Command, []string) error {
			_, err := p.Stdout.Write(settings.Schema())
			return err
		},
	}
}
