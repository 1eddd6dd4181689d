package track

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
)

func (t *commands) scorecardCommand() *cobra.Command {
	var preset string
	c := &cobra.Command{
		Use: "scorecard", Short: "How well tracking works", Args: cobra.NoArgs,
		Long: `Tells which share of the contacts of won opportunities is tracked, how much of what was
delivered in 90 days went to one user (flagged above half of it), and which share of what
was delivered in three months somebody has acted on.`,
		Example: "  onward track scorecard --crm salesforce --config onward.yaml",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, _ []string) error {
		card, err := d.scorecard(ctx, preset)
		if err != nil {
			return err
		}
		return d.tell(card, func() { d.showScorecard(card, d.userName(ctx, card.TopOwner)) })
	})
	c.Flags().StringVar(&preset, "preset", "", "rules of this `PRESET`: probability or is-won")
	t.crmFlag(c)
	return c
}

func (d *desk) scorecard(ctx context.Context, preset string) (tracking.Scorecard, error) {
	src, err := d.automatic(ctx, preset)
	if err != nil {
		return tracking.Scorecard{}, err
	}
	client, err := d.client(ctx)
	if err != nil {
		return tracking.Scorecard{}, err
	}
	ds, err := Deliveries(ctx, d.db.Ledger, client, d.env.Now())
	if err != nil {
		return tracking.Scorecard{}, err
	}
	return d.Scorecard(ctx, src, ds)
}

// userName is a user's name, or the id where the CRM does not tell.
func (d *desk) userName(ctx context.Context, id string) string {
	if id == "" {
		return ""
	}
	found, err := d.crm.Client.Find(ctx, []crm.Query{{
		Object: crm.ObjectUser, Select: []string{"Name"}, Where: []crm.Cond{{Field: "Id", Op: crm.OpIn, Values: []string{id}}},
	}})
	if err != nil || len(found[0]) == 0 || found[0][0].Fields["Name"] == "" {
		return id
	}
	return found[0][0].Fields["Name"] + " (" + id + ")"
}

func (d *desk) showScorecard(c tracking.Scorecard, owner string) {
	out := d.env.Stdout
	fmt.Fprintf(out, "contacts of won deals   %d of %d tracked (%s)\n", c.Won.Tracked, c.Won.Contacts, percent(c.WonShare))
	if c.Deliveries == 0 {
		fmt.Fprintf(out, "delivered in %d days    nothing\n", tracking.RoutingDays)
	} else {
		flag := ""
		if c.Concentrated {
			flag = "  ! more than half: is routing right?"
		}
		fmt.Fprintf(out, "delivered in %d days    %d, of which %s to %s%s\n", tracking.RoutingDays, c.Deliveries, percent(c.TopShare), show.Printable(owner), flag)
	}
	fmt.Fprintf(out, "acted on in %d months    %d of %d (%s)\n", tracking.EngagementMonths, c.Touched, c.Sent, percent(c.Engagement))
}

func percent(share float64) string { return strconv.FormatFloat(share*100, 'f', 0, 64) + " %" }

func (t *commands) creditsCommand() *cobra.Command {
	var months int
	c := &cobra.Command{
		Use: "credits", Short: "Both ledgers of credits by month", Args: cobra.NoArgs,
		Long: `Sums both ledgers by month: tracked credits, one for each person who is tracked, and
job-change credits, one for each delivered change.`,
		Example: "  onward track credits --months 12 --format json",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, _ []string) error {
		if months < 1 || months > 120 {
			return exit.Usage(fmt.Errorf("--months %d: want 1 to 120", months))
		}
		sums, err := d.Credits(ctx, CreditMonths(d.env.Now(), months))
		if err != nil {
			return err
		}
		return d.tell(sums, func() { d.showCredits(sums) })
	})
	c.Flags().IntVar(&months, "months", 6, "this month and those before, `N` in all")
	return c
}

// CreditMonths are the last n calendar months, that of now included.
func CreditMonths(now time.Time, n int) []tracking.Period {
	now = now.UTC()
	return tracking.Months(time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, 1-n, 0), n)
}

func (d *desk) showCredits(sums []tracking.CreditSum) {
	var rows [][]string
	used := map[string]int{}
	for _, s := range sums {
		rows = append(rows, []string{s.From.Format("2006-01"), strconv.Itoa(s.Opening), strconv.Itoa(s.Started), strconv.Itoa(s.Ended),
			strconv.Itoa(s.Closing), strconv.Itoa(s.Peak), strconv.Itoa(s.JobChanges)})
		for id, r := range s.Relationships {
			used[id] += r.JobChanges // sums: any order
		}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "MONTH", Most: 7}, {Title: "TRACKED", Most: 8}, {Title: "STARTED", Most: 8}, {Title: "ENDED", Most: 8}, {Title: "AT END", Most: 8},
		{Title: "MOST", Most: 8}, {Title: "JOB CHANGES", Most: 11},
	}, rows)
	rows = rows[:0]
	for _, id := range slices.Sorted(maps.Keys(used)) {
		name := id
		if name == "" {
			name = "(not tracked)"
		}
		rows = append(rows, []string{name, strconv.Itoa(sums[len(sums)-1].Relationships[id].Closing), strconv.Itoa(used[id])})
	}
	if len(rows) > 0 {
		fmt.Fprintln(d.env.Stdout)
		show.Table(d.env.Stdout, []show.Column{{Title: "RELATIONSHIP", Most: 24}, {Title: "TRACKED AT END", Most: 14}, {Title: "JOB CHANGES", Most: 11}}, rows)
	}
}
