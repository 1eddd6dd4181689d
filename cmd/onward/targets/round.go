package targets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking/rounds"
)

func (t *commands) roundCommand() *cobra.Command {
	var dry bool
	c := &cobra.Command{
		Use: "round", Short: "Read the reports, search, and hand on the best", Args: cobra.NoArgs,
		Long: `Makes the round that onward serve makes every night: reads the reports, asks the
providers whose time has come for people at the watched accounts, and hands on the best
of them within the caps. What is handed on is decided by onward serve like any other
report. The others are carried over to the next round.

--dry-run shows what a round would hand on. It asks only providers that cost nothing, and
keeps nothing.`,
		Example: `  onward targets round --dry-run --config onward.yaml
  onward targets round --config onward.yaml`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk) error { return d.round(ctx, dry) })
	c.Flags().BoolVar(&dry, "dry-run", false, "show what would be handed on, and keep nothing")
	t.crmFlag(c)
	return c
}

func (d *desk) round(ctx context.Context, dry bool) error {
	if !d.settings.Providers.Any() {
		return exit.Usage(errors.New("nobody knows who works there: want providers.files or providers.people_data_labs in the configuration"))
	}
	var change func(*ServiceOptions)
	if dry {
		copied, err := copied(ctx, d.db.Rounds)
		if err != nil {
			return err
		}
		change = func(o *ServiceOptions) { o.Store, o.Router, o.Free = copied, nobody{}, true }
	}
	r, err := d.rounds(change)
	if err != nil {
		return err
	}
	out, err := watched.Run(ctx, r)
	if err != nil {
		return err
	}
	out.DryRun = dry
	if err := d.tell(out, func() { d.showRound(out) }); err != nil {
		return exit.Trouble(err)
	}
	if len(out.Searched.Waiting) > 0 || out.Bad > 0 || slices.ContainsFunc(out.Reports, watched.Report.Left) {
		return exit.Left(nil)
	}
	return nil
}

func (d *desk) showRound(out watched.Round) {
	d.showReports(out.Reports)
	fmt.Fprintln(d.env.Stdout)
	d.showPeople(out.Told)
	text := "handed on"
	if out.DryRun {
		text = "would be handed on"
	}
	fmt.Fprintf(d.env.Stdout, "%d %s, %d carried over\n", len(out.Told), text, out.Carried)
	fmt.Fprintf(d.env.Stdout, "searched %s: %d new, %d promoted, %d known before\n", show.Count(out.Searched.Accounts, "account"), out.Searched.Found, out.Searched.Risen, out.Searched.Again)
	if out.Searched.Credits > 0 {
		fmt.Fprintf(d.env.Stdout, "%s spent\n", show.Count(out.Searched.Credits, "credit"))
	}
	if len(out.Refused) > 0 {
		counts := map[string]int{}
		for reason, n := range out.Refused {
			counts[string(reason)] = n
		}
		fmt.Fprintf(d.env.Stdout, "not wanted: %s\n", show.Counts(counts))
	}
	if out.Bad > 0 {
		fmt.Fprintf(d.env.Stdout, "%d make no event and were dropped\n", out.Bad)
	}
	for _, p := range slices.Sorted(maps.Keys(out.Searched.Waiting)) {
		fmt.Fprintf(d.env.Stdout, "%s was cut short, and goes on next time: %s\n", p, show.Printable(out.Searched.Waiting[p]))
	}
}

func (d *desk) showPeople(people []watched.Person) {
	if len(people) == 0 {
		return
	}
	rows := make([][]string, len(people))
	for i, p := range people {
		rows[i] = []string{p.Name, p.Title, p.Company, p.Persona, p.Source, p.Found}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "PERSON", Most: 22}, {Title: "TITLE", Most: 28}, {Title: "COMPANY", Most: 20}, {Title: "PERSONA", Most: 18}, {Title: "FROM", Most: 14}, {Title: "FOUND", Most: 10},
	}, rows)
	fmt.Fprintln(d.env.Stdout)
}

// copied is a store in memory with all prospects of another one.
func copied(ctx context.Context, from rounds.Store) (*rounds.Memory, error) {
	const page = 500
	m := new(rounds.Memory)
	for _, stage := range rounds.Stages() {
		after := ""
		for {
			all, err := from.Prospects(ctx, stage, after, page)
			if err != nil {
				return nil, err
			}
			if len(all) == 0 {
				break
			}
			if err := m.Keep(ctx, all); err != nil {
				return nil, err
			}
			after = all[len(all)-1].ID
		}
	}
	return m, nil
}

// nobody takes everything and does nothing.
type nobody struct{}

// Looks implements rounds.Router.
func (nobody) Looks(_ context.Context, looks []rounds.Look) ([]rounds.Verdict, error) {
	return make([]rounds.Verdict, len(looks)), nil
}

// Hires implements rounds.Router.
func (nobody) Hires(_ context.Context, hires []rounds.Hire) ([]error, error) {
	return make([]error, len(hires)), nil
}
