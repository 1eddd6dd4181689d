package track

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

func (t *commands) missingCommand() *cobra.Command {
	var preset string
	c := &cobra.Command{
		Use: "missing", Short: "People of your deals whom nobody tracks", Args: cobra.NoArgs,
		Long: `Looks for missing champions: people with a part in an opportunity, or at a customer
account, who are tracked under no relationship. The rules are those of the automatic
import in the configuration, or of --preset. Import them, or say with dismiss that
somebody is none. Whoever tracking.champions.admin names hears of it once a week, when
there are more of them.`,
		Example: `  onward track missing --crm ./export
  onward track missing --crm salesforce --config onward.yaml --format json`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, _ []string) error {
		src, err := d.automatic(ctx, preset)
		if err != nil {
			return err
		}
		missing, err := d.Missing(ctx, src)
		if err != nil {
			return err
		}
		if missing == nil {
			missing = []tracking.Champion{}
		}
		return d.tell(missing, func() { showMissing(d.env.Stdout, missing) })
	})
	c.Flags().StringVar(&preset, "preset", "", "rules of this `PRESET`: probability or is-won")
	t.crmFlag(c)
	return c
}

// automatic is the source of missing champions and of the scorecard.
func (d *desk) automatic(ctx context.Context, preset string) (contacts.Source, error) {
	imp, err := AutomaticImport(ctx, d.db.Contacts, d.settings.Tracking)
	if err != nil {
		return nil, err
	}
	if preset != "" {
		imp.Preset, imp.Rules = tracking.Preset(preset), nil
	}
	return d.sources.Open(ctx, imp)
}

// AutomaticImport is the import whose rules say whose opportunities matter: the first
// automatic one of the configuration, else of the database, else the usual rules. The
// customer accounts of a file are those that were last taken in, or the file's before that.
func AutomaticImport(ctx context.Context, store contacts.Store, t settings.Tracking) (tracking.Import, error) {
	state, err := store.State(ctx)
	if err != nil {
		return tracking.Import{}, err
	}
	for _, l := range t.Imports {
		if l.Kind != tracking.ImportAutomatic {
			continue
		}
		if stored, ok := state.Import(l.ID); ok {
			l.Accounts = stored.Accounts
		} else if _, err := addAccounts(&l); err != nil {
			return tracking.Import{}, err
		}
		return l.Import, nil
	}
	for _, imp := range state.Imports {
		if imp.Kind == tracking.ImportAutomatic {
			return imp, nil
		}
	}
	return tracking.Import{ID: "automatic", Kind: tracking.ImportAutomatic}, nil
}

// showMissing writes a line for each deal; the person stands in the first.
func showMissing(out io.Writer, missing []tracking.Champion) {
	if len(missing) == 0 {
		fmt.Fprintln(out, "nobody is missing")
		return
	}
	var rows [][]string
	for _, c := range missing {
		name, email := nameOf(c.Person), strings.Join(c.Person.Emails, ", ")
		for _, deal := range c.Deals {
			rows = append(rows, []string{name, email, deal.Account, deal.Name, deal.Role, deal.Relationship})
			name, email = "", ""
		}
	}
	show.Table(out, []show.Column{
		{Title: "PERSON", Most: 18}, {Title: "E-MAIL", Most: 25}, {Title: "ACCOUNT", Most: 19}, {Title: "OPPORTUNITY", Most: 22}, {Title: "ROLE", Most: 14},
		{Title: "WOULD BE", Most: 11},
	}, rows)
	fmt.Fprintf(out, "\n%s\n", count(len(missing)))
}

func count(missing int) string {
	if missing == 1 {
		return "1 person is missing"
	}
	return strconv.Itoa(missing) + " people are missing"
}

func (t *commands) dismissCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "dismiss PERSON", Short: "Say that somebody is no missing champion", Args: cobra.ExactArgs(1),
		Long:    "Says that somebody is no missing champion, whatever the CRM says. It is remembered.\nPERSON is " + wantPerson + ".",
		Example: `  onward track dismiss jane@acme.example --reason "left the industry"`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		p, err := Person(args[0])
		if err != nil {
			return exit.Usage(err)
		}
		if err := d.Dismiss(ctx, p, operator, reason); err != nil {
			return err
		}
		return d.tell(map[string]any{"dismissed": true}, func() { fmt.Fprintln(d.env.Stdout, "dismissed") })
	})
	c.Flags().StringVar(&reason, "reason", "", "`WHY`, for whoever looks later")
	return c
}
