package targets

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking/rounds"
)

// found is the result of targets people in JSON.
type found struct {
	Shown  int              `json:"shown"`
	More   bool             `json:"more,omitempty"`
	People []watched.Person `json:"people"`
}

func (t *commands) peopleCommand() *cobra.Command {
	var stage string
	var limit int
	c := &cobra.Command{
		Use: "people", Short: "Who was found at watched accounts", Args: cobra.NoArgs,
		Long: `Lists who was found at watched accounts, by how far they have come: found since the
last round, carried over because of a cap, chosen but not handed on yet, or told.`,
		Example: `  onward targets people --stage carried`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk) error {
		stages := rounds.Stages()
		if stage != "" {
			if !slices.Contains(stages, rounds.Stage(stage)) {
				return exit.Usage(fmt.Errorf("--stage %s: want found, carried, chosen or told", stage))
			}
			stages = []rounds.Stage{rounds.Stage(stage)}
		}
		if limit < 1 {
			return exit.Usage(fmt.Errorf("--limit %d: want 1 or more", limit))
		}
		return d.people(ctx, stages, limit)
	})
	c.Flags().StringVar(&stage, "stage", "", "only those who are `STAGE`: found, carried, chosen or told")
	c.Flags().IntVar(&limit, "limit", 50, "at most `N`")
	return c
}

func (d *desk) people(ctx context.Context, stages []rounds.Stage, limit int) error {
	out := found{People: []watched.Person{}}
	for _, stage := range stages {
		left := limit - len(out.People)
		page, err := d.db.Rounds.Prospects(ctx, stage, "", left+1)
		if err != nil {
			return err
		}
		out.More = out.More || len(page) > left
		for _, k := range page[:min(left, len(page))] {
			p := watched.PersonOf(k.Prospect)
			p.Stage = k.Stage
			out.People = append(out.People, p)
		}
	}
	out.Shown = len(out.People)
	return d.tell(out, func() {
		rows := make([][]string, len(out.People))
		for i, p := range out.People {
			rows[i] = []string{string(p.Stage), p.Name, p.Title, p.Company, p.Persona, p.Source, p.Found}
		}
		if len(rows) > 0 {
			show.Table(d.env.Stdout, []show.Column{
				{Title: "STAGE", Most: 8}, {Title: "PERSON", Most: 22}, {Title: "TITLE", Most: 28}, {Title: "COMPANY", Most: 20}, {Title: "PERSONA", Most: 18},
				{Title: "FROM", Most: 14}, {Title: "FOUND", Most: 10},
			}, rows)
			fmt.Fprintln(d.env.Stdout)
		}
		fmt.Fprintf(d.env.Stdout, "%d shown\n", out.Shown)
		if out.More {
			fmt.Fprintln(d.env.Stdout, "there are more; --limit shows them")
		}
	})
}
