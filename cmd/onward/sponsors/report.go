package sponsors

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// gaps is the result of gaps in JSON.
type gaps struct {
	Accounts int           `json:"accounts"`
	Gaps     []sponsor.Gap `json:"gaps"`
}

func (t *commands) gapsCommand() *cobra.Command {
	var ids []string
	c := &cobra.Command{
		Use: "gaps", Short: "Key accounts without a tracked sponsor", Args: cobra.NoArgs,
		Long: `Lists the key accounts without a tracked sponsor, with their owners and the reason: one
is pending, nobody was found (no_match), the profile is gone (disabled), or there is
none. Key accounts are those of sponsors.key_accounts in the configuration, read from
the CRM, or the ones that --account names.`,
		Example: `  onward sponsors gaps --config onward.yaml
  onward sponsors gaps --account 001RM000003oLnnYAE --account 001RM000003oLnoYAE`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, _ []string) error {
		accounts, err := d.keyAccounts(ctx, ids)
		if err != nil {
			return err
		}
		found, err := d.Gaps(ctx, accounts)
		if err != nil {
			return err
		}
		if found == nil {
			found = []sponsor.Gap{}
		}
		return d.tell(gaps{len(accounts), found}, func() { d.showGaps(len(accounts), found) })
	})
	c.Flags().StringArrayVar(&ids, "account", nil, "`ID` of an account that should have a sponsor")
	t.crmFlag(c)
	return c
}

func (d *desk) keyAccounts(ctx context.Context, ids []string) ([]sponsor.KeyAccount, error) {
	rules := d.settings.Sponsors.KeyAccounts
	if len(ids) == 0 && len(rules) == 0 {
		return nil, exit.Usage(errors.New(`which accounts? want sponsors.key_accounts in the configuration, such as ["Type = 'Customer'"], or --account ID`))
	}
	if len(ids) > 0 && !d.hasCRM() {
		var out []sponsor.KeyAccount
		for _, id := range ids {
			out = append(out, sponsor.KeyAccount{ID: id})
		}
		return out, nil
	}
	client, err := d.client(ctx)
	if err != nil {
		return nil, err
	}
	if len(ids) > 0 {
		return NamedAccounts(ctx, client, ids)
	}
	return KeyAccounts(ctx, client, rules)
}

func (d *desk) showGaps(accounts int, found []sponsor.Gap) {
	rows := make([][]string, len(found))
	for i, g := range found {
		rows[i] = []string{g.Account.ID, g.Account.Name, g.Account.OwnerID, string(g.Reason), fmt.Sprint(len(g.Sponsors))}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "ACCOUNT", Most: 18}, {Title: "NAME", Most: 30}, {Title: "OWNER", Most: 18}, {Title: "REASON", Most: 8}, {Title: "SPONSORS", Most: 8},
	}, rows)
	fmt.Fprintf(d.env.Stdout, "\n%d of %d key accounts without a tracked sponsor\n", len(found), accounts)
}

func (t *commands) totalsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "totals", Short: "Sponsors by entity, role and status, and their changes", Args: cobra.NoArgs,
		RunE: t.run(func(ctx context.Context, d *desk, _ []string) error {
			all, err := d.Totals(ctx)
			if err != nil {
				return err
			}
			return d.tell(all, func() { d.showTotals(all) })
		}),
	}
}

func (d *desk) showTotals(t sponsor.Totals) {
	rows := make([][]string, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = []string{r.Entity.Kind, r.Entity.ID, r.Role, string(r.Status), fmt.Sprint(r.Sponsors), fmt.Sprint(r.Open), fmt.Sprint(r.Last7), fmt.Sprint(r.Last30)}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "KIND", Most: 12}, {Title: "ENTITY", Most: 18}, {Title: "ROLE", Most: 18}, {Title: "STATUS", Most: 20}, {Title: "SPONSORS", Most: 8},
		{Title: "OPEN", Most: 5}, {Title: "7 DAYS", Most: 6}, {Title: "30 DAYS", Most: 7},
	}, rows)
	people, n := map[string]int{}, 0
	for s, count := range t.People {
		people[string(s)] = count
		n += count
	}
	fmt.Fprintf(d.env.Stdout, "\n%s", show.Count(n, "sponsor"))
	if n > 0 {
		fmt.Fprintf(d.env.Stdout, ": %s", show.Counts(people))
	}
	fmt.Fprintf(d.env.Stdout, "\n%s open; %d in 7 days, %d in 30\n", show.Count(t.Open, "update"), t.Last7, t.Last30)
}

// breaches is the result of sla in JSON.
type breaches struct {
	Breaches []sponsor.Breach `json:"breaches"`
}

func (t *commands) slaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sla", Short: "Promises about time that are broken", Args: cobra.NoArgs,
		Long: "Lists what takes longer than sponsors.promises allows, what is over for longest first.\nThe exit code is 1 when there is something.",
		RunE: t.run(func(ctx context.Context, d *desk, _ []string) error {
			found, err := d.Breaches(ctx)
			if err != nil {
				return err
			}
			if found == nil {
				found = []sponsor.Breach{}
			}
			if err := d.tell(breaches{found}, func() { d.showBreaches(found) }); err != nil {
				return err
			}
			if len(found) > 0 {
				return exit.Left(nil)
			}
			return nil
		}),
	}
}

func (d *desk) showBreaches(found []sponsor.Breach) {
	if len(found) == 0 {
		fmt.Fprintln(d.env.Stdout, "every promise is kept")
		return
	}
	rows := make([][]string, len(found))
	for i, b := range found {
		rows[i] = []string{shortID(b.Sponsor), b.Clock.Name, string(b.Clock.Status), minuteOf(b.Since), spanOf(b.Clock.Limit), spanOf(b.Over)}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "ID", Most: 9}, {Title: "PROMISE", Most: 22}, {Title: "STATUS", Most: 20}, {Title: "SINCE", Most: 16}, {Title: "LIMIT", Most: 10}, {Title: "OVER BY", Most: 10},
	}, rows)
	fmt.Fprintf(d.env.Stdout, "\n%d broken\n", len(found))
}

func (t *commands) workCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "work", Short: "Do now what is due: look for profiles, read those that are tracked", Args: cobra.NoArgs,
		Long: "Does what onward serve does by itself every few minutes, but for sending: tasks, moves\nand notices wait for onward serve.",
	}
	c.RunE = t.asking(func(ctx context.Context, d *desk, _ []string) error {
		r, err := d.Work(ctx)
		if err != nil {
			return err
		}
		return d.tell(r, func() {
			fmt.Fprintf(d.env.Stdout, "taken up      %d started, %d chosen\n", r.Queued, r.Settled)
			fmt.Fprintf(d.env.Stdout, "searched      %d: %d with a match, %d without\n", r.Searched, r.Found, r.NoneFound)
			fmt.Fprintf(d.env.Stdout, "read again    %d: %s, %d gone\n", r.Refreshed, show.Count(r.Updates, "update"), r.Disabled)
			if r.Failed > 0 || r.Limited {
				fmt.Fprintf(d.env.Stdout, "put off       %d%s\n", r.Failed, map[bool]string{true: ", the provider wants no more calls for now"}[r.Limited])
			}
		})
	})
	t.feedFlag(c)
	t.crmFlag(c)
	return c
}
