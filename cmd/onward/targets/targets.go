// Package targets is onward targets and onward personas: the accounts that are watched,
// who was found there, and which titles are wanted. It also makes the rounds of onward
// serve from the settings.
package targets

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/routing/mirror"
	"github.com/onward-crm/onward/routing/spotter"
	"github.com/onward-crm/onward/tracking/rounds"
)

// Commands are onward targets and onward personas with everything below them.
func Commands(e env.Env) []*cobra.Command {
	t := &commands{env: e}
	c := &cobra.Command{
		Use: "targets", Short: "The accounts that you watch, and who was found there", Args: cobra.NoArgs,
		Long: `Works on the database of onward serve, which may run meanwhile and does the same by
itself every night. Reports of the org and files say which accounts are watched,
providers who works there; see targets and providers in the configuration.`,
		Example: `  onward targets check --config onward.yaml
  onward targets round --dry-run --config onward.yaml
  onward targets list --format json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	t.share(c)
	c.PersistentFlags().StringVar(&t.database, "database", "", "SQLite `FILE` or PostgreSQL URL (adapter.database)")
	c.AddCommand(t.listCommand(), t.checkCommand(), t.roundCommand(), t.peopleCommand())
	return []*cobra.Command{c, t.personasCommand()}
}

// commands are the flags that all of them share.
type commands struct {
	env                           env.Env
	config, database, format, crm string
}

func (t *commands) share(c *cobra.Command) {
	c.PersistentFlags().StringVar(&t.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	c.PersistentFlags().StringVar(&t.format, "format", show.FormatTable, "`FORMAT` of the results: table or json")
}

// crmFlag adds the flag of those that read the CRM.
func (t *commands) crmFlag(c *cobra.Command) {
	c.Flags().StringVar(&t.crm, "crm", "", "`DIR` of CRM files, or salesforce (default: crm in the configuration)")
}

// tell shows a result: as JSON, or by table.
func (t *commands) tell(v any, table func()) error {
	if t.format == show.FormatJSON {
		return show.JSON(t.env.Stdout, v)
	}
	table()
	return nil
}

// desk is what one command works with.
type desk struct {
	*commands
	settings settings.Settings
	db       *env.Database
	// crm is opened when it is asked for the first time.
	crm func(context.Context) (*env.CRM, error)
	// close ends what was opened.
	close func() error
}

// run reads the configuration and opens the database for some work, and closes it.
func (t *commands) run(work func(ctx context.Context, d *desk) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) (err error) {
		if err := show.CheckFormat(t.format); err != nil {
			return exit.Usage(err)
		}
		d, err := t.open(cmd.Context())
		if err != nil {
			return err
		}
		defer func() {
			if closing := d.close(); err == nil && closing != nil {
				err = exit.Trouble(closing)
			}
		}()
		return explained(cmd.Context(), work(cmd.Context(), d))
	}
}

func (t *commands) open(ctx context.Context) (*desk, error) {
	s, err := t.env.Settings(t.config, t.database)
	if err != nil {
		return nil, err
	}
	if err := s.CheckTargets(); err != nil {
		return nil, exit.Usage(err)
	}
	if s.Secret == "" {
		return nil, exit.Usage(errors.New("ONWARD_SECRET is not set: want the key of the database's hashes, the same that onward serve has (openssl rand -hex 32)"))
	}
	d := &desk{commands: t, settings: s}
	if d.db, err = t.env.OpenDatabase(ctx, s); err != nil {
		return nil, err
	}
	d.close = d.db.Close
	d.crm = onceOpened(func(ctx context.Context) (*env.CRM, error) {
		c, err := t.env.OpenCRM(ctx, d.settings, t.crm)
		if err == nil {
			d.close = func() error { return errors.Join(c.Close(), d.db.Close()) }
		}
		return c, err
	})
	return d, nil
}

// onceOpened opens once; a failure is tried again.
func onceOpened[T any](open func(context.Context) (*T, error)) func(context.Context) (*T, error) {
	var mu sync.Mutex
	var opened *T
	return func(ctx context.Context) (*T, error) {
		mu.Lock()
		defer mu.Unlock()
		if opened != nil {
			return opened, nil
		}
		v, err := open(ctx)
		if err == nil {
			opened = v
		}
		return v, err
	}
}

// reading makes rounds that ask nobody: it needs no key of a provider.
func (d *desk) reading() (*rounds.Rounds, error) {
	return d.rounds(func(o *ServiceOptions) { o.Free = true })
}

// rounds makes the rounds of a command. What they find goes to the database of onward
// serve, unless another store and router are given.
func (d *desk) rounds(change func(*ServiceOptions)) (*rounds.Rounds, error) {
	profile, err := d.settings.Matching.AsProfile()
	if err != nil {
		return nil, exit.Usage(err)
	}
	secret := []byte(d.settings.Secret)
	o := ServiceOptions{
		Settings: d.settings, Store: d.db.Rounds, Profile: profile, Org: d.org, Accounts: finder{d}, Logger: d.env.Log(), Now: d.env.Now,
		Router: spotter.New(spotter.Inbox{Ledger: d.db.Ledger, Secret: secret, Now: d.env.Now}, &spotter.Options{Profile: profile, Now: d.env.Now}),
		Erased: spotter.Erased(d.db.Ledger, secret),
	}
	if change != nil {
		change(&o)
	}
	return NewService(o)
}

// org is the org that reports are read from.
func (d *desk) org(ctx context.Context) (*salesforce.Org, error) {
	c, err := d.crm(ctx)
	if err != nil {
		return nil, err
	}
	if c.Org == nil {
		return nil, errors.New("it is a report of a Salesforce org, and the CRM is a folder; want --crm salesforce, or a file in its place")
	}
	return c.Org, nil
}

// finder finds accounts in the CRM, which is opened when it is asked.
type finder struct{ *desk }

// Candidates implements routing.AccountFinder.
func (f finder) Candidates(ctx context.Context, p matching.Profile, cs []matching.Company) ([]routing.Candidates, error) {
	c, err := f.crm(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := routing.NewPolicy(f.settings.Config)
	if err != nil {
		return nil, err
	}
	if c.Org != nil {
		return mirror.NewLive(c.Client, policy).Candidates(ctx, p, cs)
	}
	m, err := mirror.Load(ctx, c.Client, policy)
	if err != nil {
		return nil, err
	}
	return m.Candidates(ctx, p, cs)
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
		return exit.Left(errors.New("interrupted; what was found is kept, and the next run goes on"))
	case errors.Is(err, rounds.ErrHeld):
		return exit.Left(errors.New("onward serve, or another command, is at it; wait until it is done"))
	case errors.Is(err, rounds.ErrLost):
		return exit.Left(fmt.Errorf("%w; what was found is kept", err))
	}
	return exit.Trouble(err)
}
