package sponsors

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// statusWord is a status as a reason.
func statusWord(s sponsor.Status) string { return strings.ReplaceAll(string(s), "-", "_") }

func (t *commands) trackCommand() *cobra.Command {
	var profile string
	var all bool
	c := &cobra.Command{
		Use: "track SPONSOR...", Short: "Take suggested profiles for the sponsors'",
		Long: `Tracks the suggested profile of one sponsor from now on: what differs from the record
is the first update. Where several are suggested, --profile says which. Of several
sponsors, or with --all of everybody who has a match, those are left out and listed
who have none, or several.`,
		Example: `  onward sponsors track jane@acme.example --profile in:/in/jane-doe
  onward sponsors track --all`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		switch {
		case all == (len(args) > 0):
			return exit.Usage(errors.New("whom? want sponsors, or --all"))
		case profile != "" && len(args) != 1:
			return exit.Usage(errors.New("--profile is that of one sponsor"))
		case all:
			return d.trackAll(ctx)
		}
		chosen, err := d.findAll(ctx, args)
		if err != nil {
			return err
		}
		if len(chosen) > 1 {
			b, err := d.TrackBulk(ctx, choices(chosen), d.by)
			if err != nil {
				return err
			}
			return d.bulk(b, chosen, "chosen")
		}
		s, err := d.Track(ctx, sponsor.Choice{Sponsor: chosen[0].ID, Profile: profile}, d.by)
		if err != nil {
			return err
		}
		return d.changed(s)
	})
	c.Flags().StringVar(&profile, "profile", "", "`PROFILE` as onward sponsors suggested shows it")
	c.Flags().BoolVar(&all, "all", false, "everybody who has a match")
	return c
}

func (d *desk) trackAll(ctx context.Context) error {
	var all []sponsor.Sponsor
	for s, err := range d.Suggested(ctx, sponsor.Filter{}) {
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	b, err := d.TrackAll(ctx, choices(all), d.by)
	if err != nil {
		return err
	}
	return d.bulk(b, all, "chosen")
}

// choices choose what is suggested to each sponsor now, where that is one profile.
func choices(sponsors []sponsor.Sponsor) []sponsor.Choice {
	out := make([]sponsor.Choice, len(sponsors))
	for i, s := range sponsors {
		out[i].Sponsor = s.ID
		if len(s.Candidates) == 1 {
			out[i].Profile = s.Candidates[0].Key()
		}
	}
	return out
}

func (t *commands) removeCommand() *cobra.Command {
	var profile string
	c := &cobra.Command{
		Use: "remove SPONSOR", Short: "Reject suggested profiles", Args: cobra.ExactArgs(1),
		Long: "Rejects one suggested profile (--profile), or all of the sponsor's, for good. With the\nlast one the sponsor is untracked.",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		s, err := d.find(ctx, args[0])
		if err != nil {
			return err
		}
		after, err := d.Remove(ctx, sponsor.Choice{Sponsor: s.ID, Profile: profile}, d.by)
		if err != nil {
			return err
		}
		return d.changed(after)
	})
	c.Flags().StringVar(&profile, "profile", "", "`PROFILE` as onward sponsors suggested shows it (default: all)")
	return c
}
