package sponsors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// story is the result of history in JSON.
type story struct {
	History []sponsor.Entry `json:"history"`
}

func (t *commands) historyCommand() *cobra.Command {
	var kind, entity, since string
	c := &cobra.Command{
		Use: "history [SPONSOR]", Short: "What happened, in order of time", Args: cobra.MaximumNArgs(1),
		Long: "Tells every step with who did it: of one sponsor, at one entity (--entity), or everywhere.\nA step is told once for each entity of the sponsor.",
		Example: `  onward sponsors history jane@acme.example
  onward sponsors history --entity 001RM000003oLnnYAE --since 2026-11-01`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		f := sponsor.HistoryFilter{}
		if entity != "" {
			f.Entity = sponsor.EntityRef{Kind: kind, ID: entity}
		} else if c.Flags().Changed("kind") {
			return exit.Usage(errors.New("--kind goes with --entity"))
		}
		if since != "" {
			day, err := time.Parse(time.DateOnly, since)
			if err != nil {
				return exit.Usage(fmt.Errorf("--since %s: want a day such as 2026-11-01", since))
			}
			f.Since = day
		}
		if len(args) == 1 {
			s, err := d.find(ctx, args[0])
			if err != nil {
				return err
			}
			f.Sponsor = s.ID
		}
		out := story{History: []sponsor.Entry{}}
		for e, err := range d.History(ctx, f) {
			if err != nil {
				return err
			}
			out.History = append(out.History, e)
		}
		return d.tell(out, func() {
			d.showHistory(out.History, f.Sponsor == "")
			fmt.Fprintf(d.env.Stdout, "\n%s\n", show.Count(len(out.History), "line"))
		})
	})
	c.Flags().StringVar(&kind, "kind", sponsor.KindAccount, "`KIND` of the entity")
	c.Flags().StringVar(&entity, "entity", "", "only what happened at the entity with this `ID`")
	c.Flags().StringVar(&since, "since", "", "nothing before this `DAY`")
	return c
}

// showHistory lists steps; with ids where they are several sponsors'.
func (d *desk) showHistory(es []sponsor.Entry, ids bool) {
	columns := []show.Column{{Title: "WHEN", Most: 16}, {Title: "AT", Most: 18}, {Title: "BY", Most: 10}, {Title: "WHAT", Most: 17}, {Title: "OLD → NEW", Most: 48}}
	if ids {
		columns = append([]show.Column{{Title: "ID", Most: 9}}, columns...)
	}
	rows := make([][]string, len(es))
	for i, e := range es {
		what := string(e.Act)
		if e.Attribute != "" {
			what = string(e.Attribute) + " " + what
		}
		by := e.By
		if by == "" {
			by = "onward"
		}
		rows[i] = []string{minuteOf(e.At), e.Entity.ID, by, what, orDash(e.Old) + " → " + orDash(e.New)}
		if ids {
			rows[i] = append([]string{shortID(e.Sponsor)}, rows[i]...)
		}
	}
	show.Table(d.env.Stdout, columns, rows)
}
