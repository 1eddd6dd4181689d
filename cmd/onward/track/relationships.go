package track

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

func (t *commands) relationshipsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "relationships", Short: "The ranking, with its counters, and the imports", Args: cobra.NoArgs,
		Long: `Shows the relationships, the highest-ranked first. IN REPORT counts rows of their
lists, UNIQUE the people in them, TRACKING those who are in no higher-ranked one: the
sum of TRACKING is the number of tracked credits. IMPORTING tells that a list is
followed. DUE is when its people are looked after again.`,
		RunE: t.run(func(ctx context.Context, d *desk, _ []string) error {
			o, err := d.Overview(ctx)
			if err != nil {
				return err
			}
			return d.tell(o, func() { showOverview(d.env.Stdout, o) })
		}),
	}
}

func showOverview(out io.Writer, o contacts.Overview) {
	rows := make([][]string, len(o.Relationships))
	for i, r := range o.Relationships {
		cycle := r.Cycle
		if cycle == "" {
			cycle = tracking.Weekly
		}
		rows[i] = []string{strconv.Itoa(r.Rank), r.ID, r.Name, strconv.Itoa(r.InReport), strconv.Itoa(r.Unique), strconv.Itoa(r.Tracking),
			yes(r.Importing), string(cycle), strconv.Itoa(r.GraceDays), dayOf(r.Due, "now")}
	}
	show.Table(out, []show.Column{
		{Title: "RANK", Most: 4}, {Title: "ID", Most: 16}, {Title: "NAME", Most: 24}, {Title: "IN REPORT", Most: 9}, {Title: "UNIQUE", Most: 8},
		{Title: "TRACKING", Most: 8}, {Title: "IMPORTING", Most: 9}, {Title: "CYCLE", Most: 7}, {Title: "GRACE", Most: 5}, {Title: "DUE", Most: 10},
	}, rows)
	fmt.Fprintf(out, "\ntracked credits: %d\n", o.Credits)
	if len(o.Imports) == 0 {
		return
	}
	rows = rows[:0]
	for _, i := range o.Imports {
		rows = append(rows, []string{i.ID, i.Name, string(i.Kind), i.Relationship, i.Ref, yes(i.Active), dayOf(i.SyncedAt, "")})
	}
	fmt.Fprintln(out)
	show.Table(out, []show.Column{
		{Title: "IMPORT", Most: 20}, {Title: "NAME", Most: 20}, {Title: "KIND", Most: 17}, {Title: "RELATIONSHIP", Most: 16}, {Title: "FROM", Most: 19},
		{Title: "ACTIVE", Most: 6}, {Title: "READ ON", Most: 10},
	}, rows)
}

// showCounters writes the counters alone.
func showCounters(out io.Writer, cs []tracking.Counter) {
	rows := make([][]string, len(cs))
	for i, c := range cs {
		rows[i] = []string{c.Relationship, strconv.Itoa(c.InReport), strconv.Itoa(c.Unique), strconv.Itoa(c.Tracking), yes(c.Importing)}
	}
	show.Table(out, []show.Column{
		{Title: "RELATIONSHIP", Most: 24}, {Title: "IN REPORT", Most: 9}, {Title: "UNIQUE", Most: 8}, {Title: "TRACKING", Most: 8}, {Title: "IMPORTING", Most: 9},
	}, rows)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// dayOf writes a day, or a word for none.
func dayOf(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return t.Format(time.DateOnly)
}

func (t *commands) rerankCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rerank [ID...]", Short: "Rank the relationships anew", Args: cobra.ArbitraryArgs,
		Long: `Puts the relationships that are named first, in that order; the others keep theirs
behind them. Everybody counts under their highest-ranked relationship from now on. No
credit is used or given back, and what was delivered keeps its stamp.

Where the configuration has tracking.relationships, the ranking is that of the file:
change it there, and say rerank without names.`,
		Example: `  onward track rerank user closed_won
  onward track rerank --config onward.yaml`,
		RunE: t.run(func(ctx context.Context, d *desk, args []string) error {
			roster, err := d.rerank(ctx, args)
			if err != nil {
				return err
			}
			return d.tell(roster.Counters(), func() { showCounters(d.env.Stdout, roster.Counters()) })
		}),
	}
}

func (d *desk) rerank(ctx context.Context, order []string) (*tracking.Roster, error) {
	ranks := len(d.settings.Tracking.Relationships) > 0
	switch {
	case ranks && len(order) > 0:
		return nil, exit.Usage(errRanked)
	case ranks:
		if err := d.align(ctx); err != nil {
			return nil, err
		}
		return d.Roster(ctx)
	case len(order) == 0:
		return nil, exit.Usage(errors.New("which first? want ids of relationships, or --config with tracking.relationships"))
	}
	return d.Rerank(ctx, order)
}

// errRanked: two places for one ranking would each undo the other.
var errRanked = errors.New("the configuration ranks the relationships: change the order of tracking.relationships, and say rerank without names")
