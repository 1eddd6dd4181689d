package track

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking/contacts"
)

// people is the result of track list in JSON.
type people struct {
	// Tracked counts everybody whom the list is about, Shown those who are in it.
	Tracked int                `json:"tracked"`
	Shown   int                `json:"shown"`
	People  []contacts.Contact `json:"people"`
}

func (t *commands) listCommand() *cobra.Command {
	var relationship string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "Who is tracked", Args: cobra.NoArgs,
		Long: `Lists the people who are tracked, by last name, each once and under their
highest-ranked relationship.`,
		Example: `  onward track list --relationship closed_won
  onward track list --limit 0 --format json > people.json`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, _ []string) error { return d.showPeople(ctx, relationship, limit) })
	c.Flags().StringVar(&relationship, "relationship", "", "only those under this one, by `ID`")
	c.Flags().IntVar(&limit, "limit", 50, "at most `N`; 0 shows everybody")
	return c
}

func (d *desk) showPeople(ctx context.Context, relationship string, limit int) error {
	if limit < 0 {
		return exit.Usage(fmt.Errorf("--limit %d: want 0 or more", limit))
	}
	first, n, err := d.ByName(ctx, relationship, limit)
	if err != nil {
		return err
	}
	all := people{Tracked: n, People: first}
	if first == nil {
		all.People = []contacts.Contact{}
	}
	all.Shown = len(all.People)
	return d.tell(all, func() { d.showList(all) })
}

func (d *desk) showList(all people) {
	rows := make([][]string, len(all.People))
	for i, c := range all.People {
		email := ""
		if len(c.Person.Emails) > 0 {
			email = c.Person.Emails[0]
		}
		rows[i] = []string{nameOf(c.Person), c.Person.Title, companyOf(c.Person), email, c.Relationship, strings.Join(c.Relationships[1:], ", ")}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "PERSON", Most: 20}, {Title: "TITLE", Most: 20}, {Title: "COMPANY", Most: 20}, {Title: "E-MAIL", Most: 26}, {Title: "COUNTS UNDER", Most: 12},
		{Title: "ALSO", Most: 12},
	}, rows)
	if all.Shown < all.Tracked {
		fmt.Fprintf(d.env.Stdout, "\n%d of %d people; --limit shows more\n", all.Shown, all.Tracked)
		return
	}
	fmt.Fprintf(d.env.Stdout, "\n%d people\n", all.Tracked)
}

func (t *commands) findCommand() *cobra.Command {
	return &cobra.Command{
		Use: "find PERSON", Short: "Is somebody tracked, and which lists name them?", Args: cobra.ExactArgs(1),
		Long: "Tells where somebody stands. PERSON is " + wantPerson + ".",
		Example: `  onward track find jane@acme.example
  onward track find "Jane Doe, Acme"`,
		RunE: t.run(func(ctx context.Context, d *desk, args []string) error {
			p, err := Person(args[0])
			if err != nil {
				return exit.Usage(err)
			}
			f, err := d.Find(ctx, p)
			if err != nil {
				return err
			}
			return d.tell(f, func() { d.showFollow(f) })
		}),
	}
}

func (d *desk) showFollow(f contacts.Follow) {
	out := d.env.Stdout
	p := f.Members[0].Person
	for _, m := range f.Members[1:] {
		p = p.With(m.Person)
	}
	fmt.Fprintf(out, "%s\n", show.Printable(strings.Join(slices.DeleteFunc([]string{nameOf(p), p.Title, companyOf(p)}, func(s string) bool { return s == "" }), ", ")))
	if f.Tracked {
		fmt.Fprintf(out, "tracked under %s\n\n", strings.Join(f.Relationships, ", then "))
	} else {
		fmt.Fprint(out, "not tracked\n\n")
	}
	rows := make([][]string, len(f.Members))
	for i, m := range f.Members {
		rows[i] = []string{m.Import, m.Relationship, dayOf(m.Joined, ""), dayOf(m.Left, "")}
	}
	show.Table(out, []show.Column{{Title: "IMPORT", Most: 24}, {Title: "RELATIONSHIP", Most: 24}, {Title: "SINCE", Most: 10}, {Title: "LEFT", Most: 10}}, rows)
}
