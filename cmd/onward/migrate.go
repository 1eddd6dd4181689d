package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/adapter/sqlstore"
	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing/durable"
	notified "github.com/onward-crm/onward/routing/notify/sqlstore"
)

func (p *program) migrateCommand() *cobra.Command {
	var config, database string
	c := &cobra.Command{
		Use: "migrate", Short: "Bring the database of onward serve up to date", Args: cobra.NoArgs,
		Long: `Brings the database that onward serve uses up to this version. Migrations go forward
only, and several processes may start them at once. onward serve does the same at its
start, unless adapter.migrate is false.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.migrate(cmd.Context(), config, database) },
	}
	c.Flags().StringVar(&config, "config", "", "configuration `FILE` (default: built-in defaults)")
	c.Flags().StringVar(&database, "database", "", "SQLite `FILE` or PostgreSQL URL (adapter.database)")
	return c
}

func (p *program) migrate(ctx context.Context, config, database string) error {
	s, err := settings.Load(config, p.Environ)
	if err != nil {
		return exit.Usage(err)
	}
	if database == "" {
		database = s.Adapter.Database
	}
	ledger, err := durable.Open(ctx, database, &durable.Options{Now: p.Now})
	if err != nil {
		return exit.Database(err)
	}
	defer ledger.Close()
	if _, err := sqlstore.New(ctx, ledger.DB(), ledger.Dialect(), nil); err != nil {
		return exit.Database(err)
	}
	if _, err := notified.New(ctx, ledger.DB(), ledger.Dialect(), nil); err != nil {
		return exit.Database(err)
	}
	if _, err := env.OpenStores(ctx, ledger, true); err != nil {
		return err
	}
	if err := durable.MigrateSchedules(ctx, ledger); err != nil {
		return exit.Database(err)
	}
	fmt.Fprintln(p.Stdout, "the database is up to date")
	return nil
}
