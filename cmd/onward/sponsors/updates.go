package sponsors

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking/sponsor"
)

func (t *commands) updatesCommand() *cobra.Command {
	var sel selection
	c := &cobra.Command{
		Use: "updates", Short: "What changed of tracked sponsors and waits for somebody", Args: cobra.NoArgs,
		Long: "Lists the open updates: accept puts the new values into the record, reject keeps the old\nones for good. show SPONSOR UPDATE tells what came of one.",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, _ []string) error {
		f, err := sel.filter()
		if err != nil {
			return err
		}
		all := page{Sponsors: []sponsor.Sponsor{}}
		for s, err := range d.Updates(ctx, f) {
			if err != nil {
				return err
			}
			if all.Matching++; sel.limit == 0 || all.Matching <= sel.limit {
				all.Sponsors = append(all.Sponsors, s)
			}
		}
		return d.tell(all, func() {
			d.showUpdates(all.Sponsors, isOpen)
			d.counted(len(all.Sponsors), all.Matching)
		})
	})
	sel.add(c)
	return c
}

func isOpen(u sponsor.Update) bool { return u.State == sponsor.UpdateOpen }

// showUpdates lists updates, a line for each attribute.
func (d *desk) showUpdates(sponsors []sponsor.Sponsor, want func(sponsor.Update) bool) {
	var rows [][]string
	for _, s := range sponsors {
		for _, u := range s.Updates {
			if !want(u) {
				continue
			}
			for i, c := range u.Changes {
				row := []string{"", "", "", "", string(c.Attribute), changeText(c), ""}
				if i == 0 {
					row[0], row[1], row[2], row[3], row[6] = shortID(s.ID), nameOf(s.Person), u.ID, dayOf(u.At), string(u.State)
				}
				rows = append(rows, row)
			}
		}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "ID", Most: 9}, {Title: "PERSON", Most: 15}, {Title: "UPDATE", Most: 6}, {Title: "SEEN", Most: 10}, {Title: "WHAT", Most: 8},
		{Title: "OLD → NEW", Most: 50}, {Title: "STATE", Most: 9},
	}, rows)
}

// only is the update that is meant: the one that was named, or the only open one.
func only(s sponsor.Sponsor, args []string) (string, error) {
	if len(args) > 1 {
		return args[1], nil
	}
	var open []string
	for _, u := range s.Updates {
		if isOpen(u) {
			open = append(open, u.ID)
		}
	}
	switch len(open) {
	case 0:
		return "", exit.Left(fmt.Errorf("%s has no open update", shortID(s.ID)))
	case 1:
		return open[0], nil
	}
	return "", exit.Usage(fmt.Errorf("%s has several open updates, want one of %s", shortID(s.ID), strings.Join(open, ", ")))
}

func (t *commands) acceptCommand() *cobra.Command {
	var sel selection
	var all, overwrite bool
	c := &cobra.Command{
		Use: "accept SPONSOR [UPDATE]", Short: "Put the new values into the record", Args: cobra.MaximumNArgs(2),
		Long: `Accepts an update, the only open one when none is named. When somebody changed the
record since the update was made, nothing is done and you see what it holds now:
accept it with --overwrite, or reject it. With --all everything is accepted that has
no such conflict.`,
		Example: `  onward sponsors accept jane@acme.example
  onward sponsors accept --all --entity 001RM000003oLnnYAE`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		switch {
		case all == (len(args) > 0):
			return exit.Usage(errors.New("which? want a sponsor, or --all"))
		case all && overwrite:
			return exit.Usage(errors.New("--overwrite is for one update, after a look at it"))
		case all:
			return d.acceptAll(ctx, &sel)
		}
		return d.accept(ctx, args, overwrite)
	})
	c.Flags().BoolVar(&all, "all", false, "every open update without a conflict")
	c.Flags().BoolVar(&overwrite, "overwrite", false, "accept it although somebody changed the record since")
	sel.addPlace(c)
	t.crmFlag(c)
	return c
}

// verdict is what accept and reject say of an update in JSON.
type verdict struct {
	Sponsor   sponsor.Sponsor    `json:"sponsor"`
	Update    string             `json:"update"`
	Conflicts []sponsor.Conflict `json:"conflicts,omitempty"`
}

func (d *desk) accept(ctx context.Context, args []string, overwrite bool) error {
	s, err := d.find(ctx, args[0])
	if err != nil {
		return err
	}
	update, err := only(s, args)
	if err != nil {
		return err
	}
	after, conflicts, err := d.Accept(ctx, sponsor.Verdict{Sponsor: s.ID, Update: update, By: d.by, Overwrite: overwrite})
	if err != nil {
		return err
	}
	return d.said(verdict{after, update, conflicts}, "accepted")
}

// said shows what became of one update.
func (d *desk) said(v verdict, done string) error {
	if err := d.tell(v, func() {
		if len(v.Conflicts) == 0 {
			fmt.Fprintf(d.env.Stdout, "%s %s: update %s %s, %d open\n", shortID(v.Sponsor.ID), show.Printable(nameOf(v.Sponsor.Person)), v.Update, done, v.Sponsor.Open())
			return
		}
		d.showConflicts(v.Conflicts, map[string]string{v.Sponsor.ID: nameOf(v.Sponsor.Person)})
		fmt.Fprintln(d.env.Stdout, "\nnothing was done: accept it with --overwrite, or reject it")
	}); err != nil {
		return err
	}
	if len(v.Conflicts) > 0 {
		return exit.Left(nil)
	}
	return nil
}

func (d *desk) showConflicts(cs []sponsor.Conflict, names map[string]string) {
	rows := make([][]string, len(cs))
	for i, c := range cs {
		rows[i] = []string{shortID(c.Sponsor), names[c.Sponsor], c.Update, string(c.Attribute), c.Old, c.New, c.Current}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "ID", Most: 9}, {Title: "PERSON", Most: 18}, {Title: "UPDATE", Most: 6}, {Title: "WHAT", Most: 8}, {Title: "OLD", Most: 18},
		{Title: "NEW", Most: 18}, {Title: "THE RECORD HOLDS", Most: 18},
	}, rows)
}

func (d *desk) acceptAll(ctx context.Context, sel *selection) error {
	f, err := sel.filter()
	if err != nil {
		return err
	}
	names := map[string]string{}
	for s, err := range d.Updates(ctx, f) {
		if err != nil {
			return err
		}
		names[s.ID] = nameOf(s.Person)
	}
	got, err := d.AcceptAll(ctx, f, d.by)
	if err != nil {
		return err
	}
	if got.Accepted == nil {
		got.Accepted = []sponsor.UpdateRef{}
	}
	if err := d.tell(got, func() { d.showAcceptance(got, names) }); err != nil {
		return err
	}
	if len(got.Conflicts)+len(got.Skipped) > 0 {
		return exit.Left(nil)
	}
	return nil
}

func (d *desk) showAcceptance(a sponsor.Acceptance, names map[string]string) {
	out := d.env.Stdout
	if len(a.Accepted)+len(a.Skipped) > 0 {
		var rows [][]string
		for _, r := range a.Accepted {
			rows = append(rows, []string{shortID(r.Sponsor), names[r.Sponsor], r.Update, "accepted"})
		}
		for _, s := range a.Skipped {
			rows = append(rows, []string{shortID(s.Sponsor), names[s.Sponsor], "", "left out: " + skipText(s)})
		}
		show.Table(out, []show.Column{{Title: "ID", Most: 9}, {Title: "PERSON", Most: 28}, {Title: "UPDATE", Most: 6}, {Title: "RESULT", Most: 60}}, rows)
		fmt.Fprintln(out)
	}
	if len(a.Conflicts) > 0 {
		d.showConflicts(a.Conflicts, names)
		fmt.Fprintln(out)
	}
	conflicting := map[sponsor.UpdateRef]bool{}
	for _, c := range a.Conflicts {
		conflicting[sponsor.UpdateRef{Sponsor: c.Sponsor, Update: c.Update}] = true
	}
	fmt.Fprintf(out, "%d accepted, %d in conflict, %d left out\n", len(a.Accepted), len(conflicting), len(a.Skipped))
}

func (t *commands) rejectCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "reject SPONSOR [UPDATE]", Short: "Keep the old values for good", Args: cobra.RangeArgs(1, 2),
		Long: "Closes an update, the only open one when none is named; its values are not proposed\nagain.",
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		s, err := d.find(ctx, args[0])
		if err != nil {
			return err
		}
		update, err := only(s, args)
		if err != nil {
			return err
		}
		after, err := d.Reject(ctx, sponsor.Verdict{Sponsor: s.ID, Update: update, By: d.by})
		if err != nil {
			return err
		}
		return d.said(verdict{Sponsor: after, Update: update}, "rejected")
	})
	return c
}
