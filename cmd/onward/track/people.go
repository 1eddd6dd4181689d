package track

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/tracking/contacts"
)

// operator is who a command's acts are noted for: whoever has the database.
const operator = "onward track"

func (t *commands) untrackCommand() *cobra.Command {
	var r contacts.Removal
	c := &cobra.Command{
		Use: "untrack PERSON", Short: "Take somebody out by hand", Args: cobra.ExactArgs(1),
		Long: `Takes somebody out of one relationship (--relationship), or of all of them (--all).
Lists that go on naming them do not bring them back; retrack does. PERSON is
` + wantPerson + `.`,
		Example: `  onward track untrack jane@acme.example --relationship user
  onward track untrack 003RM000006AbCdYAK --all`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		if r.Relationship == "" && !r.All || r.Relationship != "" && r.All {
			return exit.Usage(errors.New("of which relationship? want --relationship ID, or --all"))
		}
		p, err := Person(args[0])
		if err != nil {
			return exit.Usage(err)
		}
		r.By = operator
		out, err := d.Untrack(ctx, p, r)
		if err != nil {
			return err
		}
		return d.tell(map[string]any{"untracked": out}, func() { fmt.Fprintf(d.env.Stdout, "taken out of %s\n", strings.Join(out, ", ")) })
	})
	c.Flags().StringVar(&r.Relationship, "relationship", "", "take them out of this one, by `ID`")
	c.Flags().BoolVar(&r.All, "all", false, "take them out of all")
	return c
}

func (t *commands) retrackCommand() *cobra.Command {
	return &cobra.Command{
		Use: "retrack PERSON", Short: "Take back an untrack", Args: cobra.ExactArgs(1),
		Long: "Takes back all that untrack has said about somebody: whoever is in a list is tracked\nagain. PERSON is " + wantPerson + ".",
		RunE: t.run(func(ctx context.Context, d *desk, args []string) error {
			p, err := Person(args[0])
			if err != nil {
				return exit.Usage(err)
			}
			if err := d.Retrack(ctx, p); err != nil {
				if errors.Is(err, contacts.ErrNotTracked) {
					err = exit.Left(errors.New("nobody like that was taken out by hand"))
				}
				return err
			}
			return d.tell(map[string]any{"retracked": true}, func() { fmt.Fprintln(d.env.Stdout, "lists that name them count again") })
		}),
	}
}
