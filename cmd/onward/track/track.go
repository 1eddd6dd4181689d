// Package track is onward track: the people whom onward follows, and the lists that name
// them. What it does to the database, onward serve sees at once, and the other way round.
package track

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/importfile"
)

// Command is onward track with everything below it.
func Command(e env.Env) *cobra.Command {
	t := &commands{env: e}
	c := &cobra.Command{
		Use: "track", Short: "The people whom you follow, and the lists that name them", Args: cobra.NoArgs,
		Long: `Works on the database of onward serve, which may run meanwhile. Lists of people are
counted first and taken in with --activate; those that refresh themselves are read
again by onward serve. Somebody in several lists counts once, under the
highest-ranked relationship.

ONWARD_SECRET is the key of the database's hashes, the same that onward serve has.`,
		Example: `  onward track import --csv nps.csv --relationship user
  onward track import crm --activate --config onward.yaml
  onward track relationships
  onward track missing --crm ./export
  onward track untrack jane@old.example --relationship user`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := c.PersistentFlags()
	f.StringVar(&t.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	f.StringVar(&t.database, "database", "", "SQLite `FILE` or PostgreSQL URL (adapter.database)")
	f.StringVar(&t.format, "format", show.FormatTable, "`FORMAT` of the results: table or json")
	c.AddCommand(t.importCommand(), t.deactivateCommand(), t.listCommand(), t.findCommand(), t.relationshipsCommand(), t.rerankCommand(),
		t.missingCommand(), t.dismissCommand(), t.untrackCommand(), t.retrackCommand(), t.scorecardCommand(), t.churnCommand(), t.creditsCommand())
	return c
}

// commands are the flags that all of them share.
type commands struct {
	env                           env.Env
	config, database, format, crm string
}

// crmFlag adds the flag of those that read the CRM.
func (t *commands) crmFlag(c *cobra.Command) {
	c.Flags().StringVar(&t.crm, "crm", "", "`DIR` of CRM files, or salesforce (default: crm in the configuration)")
}

// run opens the database for some work, and closes it.
func (t *commands) run(work func(ctx context.Context, d *desk, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		if err := show.CheckFormat(t.format); err != nil {
			return exit.Usage(err)
		}
		d, err := t.open(cmd.Context())
		if err != nil {
			return explained(cmd.Context(), err)
		}
		defer func() {
			if closing := d.close(); err == nil && closing != nil {
				err = exit.Trouble(closing)
			}
		}()
		return explained(cmd.Context(), work(cmd.Context(), d, args))
	}
}

// explained gives an error its exit code.
func explained(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return exit.Left(errors.New("interrupted; what was read of a list was not taken in"))
	}
	if _, ok := errors.AsType[*exit.Failure](err); ok {
		return err
	}
	if bad, ok := errors.AsType[*tracking.ConfigError](err); ok {
		return exit.Usage(errors.New(bad.Field + ": " + bad.Text))
	}
	switch {
	case errors.Is(err, importfile.ErrFile), errors.Is(err, crm.ErrInvalid):
		return exit.Usage(err)
	case errors.Is(err, contacts.ErrSuperseded):
		return exit.Left(errors.New("the same list was begun again meanwhile, and what that reads counts; look with onward track relationships"))
	case errors.Is(err, contacts.ErrNotTracked), errors.Is(err, contacts.ErrNoRows):
		return exit.Left(err)
	}
	return exit.Trouble(err)
}
