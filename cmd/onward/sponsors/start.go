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

func (t *commands) startCommand() *cobra.Command {
	var linkedIn string
	var all bool
	c := &cobra.Command{
		Use: "start SPONSOR...", Short: "Look for the profiles of sponsors",
		Long: `Starts the search for the profile of one sponsor at once; a LinkedIn page that you
know says whose it is. Of several, or with --all of everybody who is untracked,
those are left out who have been started before, and listed with the reason;
onward serve takes up the others within minutes.`,
		Example: `  onward sponsors start jane@acme.example --linkedin https://www.linkedin.com/in/jane-doe
  onward sponsors start --all`,
	}
	c.RunE = t.asking(func(ctx context.Context, d *desk, args []string) error {
		switch {
		case all == (len(args) > 0):
			return exit.Usage(errors.New("whom? want sponsors, or --all"))
		case linkedIn != "" && len(args) != 1:
			return exit.Usage(errors.New("--linkedin is the page of one sponsor"))
		case all:
			return d.startAll(ctx)
		}
		chosen, err := d.findAll(ctx, args)
		if err != nil {
			return err
		}
		if len(chosen) > 1 {
			return d.startMany(ctx, chosen)
		}
		s, err := d.Start(ctx, sponsor.StartOrder{Sponsor: chosen[0].ID, LinkedIn: linkedIn, By: d.by})
		if err != nil {
			return err
		}
		return d.changed(s)
	})
	c.Flags().StringVar(&linkedIn, "linkedin", "", "the sponsor's `PAGE`, when you know it")
	c.Flags().BoolVar(&all, "all", false, "everybody who is untracked")
	t.feedFlag(c)
	return c
}

func (d *desk) startAll(ctx context.Context) error {
	var all []sponsor.Sponsor
	for s, err := range d.List(ctx, sponsor.Filter{Statuses: []sponsor.Status{sponsor.Untracked}}) {
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	return d.startMany(ctx, all)
}

func (d *desk) startMany(ctx context.Context, chosen []sponsor.Sponsor) error {
	b, err := d.StartAll(ctx, idsOf(chosen), d.by)
	if err != nil {
		return err
	}
	return d.bulk(b, chosen, "started")
}

// changed shows a sponsor after an act.
func (d *desk) changed(s sponsor.Sponsor) error {
	return d.tell(s, func() {
		fmt.Fprintf(d.env.Stdout, "%s %s: %s\n", shortID(s.ID), show.Printable(nameOf(s.Person)), s.Status)
		if s.Status == sponsor.MatchFound {
			fmt.Fprintln(d.env.Stdout)
			d.showSuggested(page{1, []sponsor.Sponsor{s}})
		}
	})
}

// bulk shows what became of each of many; something that was left out is left for a
// person.
func (d *desk) bulk(b sponsor.Bulk, of []sponsor.Sponsor, done string) error {
	if b.Done == nil {
		b.Done = []string{}
	}
	names := map[string]string{}
	for _, s := range of {
		names[s.ID] = nameOf(s.Person)
	}
	if err := d.tell(b, func() {
		var rows [][]string
		for _, id := range b.Done {
			rows = append(rows, []string{shortID(id), names[id], done, ""})
		}
		for _, id := range b.Already {
			rows = append(rows, []string{shortID(id), names[id], "as it was", "already " + done})
		}
		for _, s := range b.Skipped {
			rows = append(rows, []string{shortID(s.Sponsor), names[s.Sponsor], "left out", skipText(s)})
		}
		show.Table(d.env.Stdout, []show.Column{{Title: "ID", Most: 9}, {Title: "PERSON", Most: 28}, {Title: "RESULT", Most: 12}, {Title: "WHY", Most: 50}}, rows)
		fmt.Fprintf(d.env.Stdout, "\n%d %s, %d as they were, %d left out\n", len(b.Done), done, len(b.Already), len(b.Skipped))
	}); err != nil {
		return err
	}
	if len(b.Skipped) > 0 {
		return exit.Left(nil)
	}
	return nil
}

// skipText says why somebody was left out.
func skipText(s sponsor.Skip) string {
	switch s.Reason {
	case sponsor.SkipNotSuggested:
		return "the profile is not suggested any more"
	case sponsor.SkipSeveral:
		return "several are suggested: track it with --profile"
	case sponsor.SkipTaken:
		return "the profile is followed as another sponsor"
	case sponsor.SkipUnknown:
		return "there is no such sponsor any more"
	case sponsor.SkipBusy:
		return "others change it at the same time, try again"
	}
	return "the status is " + string(s.Status)
}

func (t *commands) stopCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "stop SPONSOR...", Short: "End the following of sponsors", Args: cobra.MinimumNArgs(1),
		Long: "Ends the following: the sponsor is untracked, and keeps history and entities. Those\nthat were started together with others cannot be stopped before they are taken up.",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error { return d.each(ctx, args, "stopped", d.Stop) })
	return c
}

func (t *commands) findMatchCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "find-match SPONSOR...", Short: "Pass over what is suggested, and look for somebody else", Args: cobra.MinimumNArgs(1),
		Long: "Passes over the suggested profiles for good and starts the search again.",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		return d.each(ctx, args, "searched again", d.FindNewMatch)
	})
	return c
}

// each does one thing to each of several sponsors, one after the other. What is not
// possible for one of them stops no other.
func (d *desk) each(ctx context.Context, args []string, done string, act func(ctx context.Context, id, by string) (sponsor.Sponsor, error)) error {
	chosen, err := d.findAll(ctx, args)
	if err != nil {
		return err
	}
	if len(chosen) == 1 {
		s, err := act(ctx, chosen[0].ID, d.by)
		if err != nil {
			return err
		}
		return d.changed(s)
	}
	b := sponsor.Bulk{Done: []string{}}
	for _, s := range chosen {
		after, err := act(ctx, s.ID, d.by)
		switch {
		case errors.Is(err, sponsor.ErrRefused):
			b.Skipped = append(b.Skipped, sponsor.Skip{Sponsor: s.ID, Status: s.Status, Reason: sponsor.SkipReason(statusWord(s.Status))})
		case err != nil:
			return err
		case after.Version == s.Version:
			b.Already = append(b.Already, s.ID)
		default:
			b.Done = append(b.Done, s.ID)
		}
	}
	return d.bulk(b, chosen, done)
}
