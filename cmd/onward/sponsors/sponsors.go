// Package sponsors is onward sponsors: the people who stand for you at your accounts,
// from the first suggestion of a profile to the updates that come of it. What it does to
// the database, onward serve sees at once, and the other way round.
package sponsors

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Command is onward sponsors with everything below it.
func Command(e env.Env) *cobra.Command {
	t := &commands{env: e}
	c := &cobra.Command{
		Use: "sponsors", Short: "The people who stand for you at your accounts", Args: cobra.NoArgs,
		Long: `Works on the database of onward serve, which may run meanwhile: onward serve looks for
profiles, reads those that are tracked, and sends tasks, moves and notices. The life
of a sponsor, the updates and the promises about time are explained in
docs/sponsors.md.

SPONSOR is an id or its beginning, an e-mail address, a LinkedIn page, the id of a
lead or contact, or "First Last, Company".

Exit codes: 0 done, 1 something was left out or is left for a person, 2 wrong usage or
configuration, 3 trouble with database, CRM or files.`,
		Example: `  onward sponsors enrol jane@acme.example --account 001RM000003oLnnYAE --role Champion
  onward sponsors start jane@acme.example
  onward sponsors suggested
  onward sponsors track jane@acme.example
  onward sponsors updates
  onward sponsors accept --all
  onward sponsors gaps --crm ./export`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := c.PersistentFlags()
	f.StringVar(&t.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	f.StringVar(&t.database, "database", "", "SQLite `FILE` or PostgreSQL URL (adapter.database)")
	f.StringVar(&t.format, "format", show.FormatTable, "`FORMAT` of the results: table or json")
	f.StringVar(&t.by, "by", "", "`NAME` that is kept with what you do (default: $USER)")
	c.AddCommand(t.listCommand(), t.showCommand(), t.enrolCommand(), t.detachCommand(), t.startCommand(), t.stopCommand(),
		t.suggestedCommand(), t.trackCommand(), t.removeCommand(), t.findMatchCommand(), t.updatesCommand(), t.acceptCommand(),
		t.rejectCommand(), t.historyCommand(), t.gapsCommand(), t.totalsCommand(), t.slaCommand(), t.workCommand())
	return c
}

// commands are the flags that all of them share.
type commands struct {
	env                               env.Env
	config, database, format, by, crm string
	feeds                             []string
}

// crmFlag adds the flag of those that read the CRM.
func (t *commands) crmFlag(c *cobra.Command) {
	c.Flags().StringVar(&t.crm, "crm", "", "`DIR` of CRM files, or salesforce (default: crm in the configuration)")
}

// feedFlag adds the flag of those that ask for profiles.
func (t *commands) feedFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&t.feeds, "feed", nil, "`FILE` that says where people are now, CSV or JSON Lines; beside the providers of the configuration")
}

// run opens the database for some work, and closes it.
func (t *commands) run(work func(ctx context.Context, d *desk, args []string) error) func(*cobra.Command, []string) error {
	return t.with(work, false)
}

// asking is run for work that asks providers.
func (t *commands) asking(work func(ctx context.Context, d *desk, args []string) error) func(*cobra.Command, []string) error {
	return t.with(work, true)
}

func (t *commands) with(work func(ctx context.Context, d *desk, args []string) error, asks bool) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		if err := show.CheckFormat(t.format); err != nil {
			return exit.Usage(err)
		}
		d, err := t.open(cmd.Context(), asks)
		if err != nil {
			return err
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
	if _, ok := errors.AsType[*exit.Failure](err); ok {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return exit.Left(errors.New("interrupted; what was done stays done"))
	case errors.Is(err, sponsor.ErrUnknown), errors.Is(err, sponsor.ErrInvalid), errors.Is(err, crm.ErrInvalid):
		return exit.Usage(err)
	case errors.Is(err, sponsor.ErrRefused), errors.Is(err, sponsor.ErrTaken), errors.Is(err, sponsor.ErrErased), errors.Is(err, sponsor.ErrStale):
		return exit.Left(err)
	}
	return exit.Trouble(err)
}
