package sponsors

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// selection are the flags that choose sponsors.
type selection struct {
	status, kind, entity, role string
	limit                      int
}

func (f *selection) add(c *cobra.Command) {
	c.Flags().StringVar(&f.status, "status", "", "`LIST` of statuses, such as match-found,tracked")
	f.addPlace(c)
	c.Flags().IntVar(&f.limit, "limit", 50, "at most `N`; 0 shows all")
}

func (f *selection) addPlace(c *cobra.Command) {
	c.Flags().StringVar(&f.kind, "kind", "", "only those of this `KIND` of entity, such as account")
	c.Flags().StringVar(&f.entity, "entity", "", "only those of the entity with this `ID`")
	c.Flags().StringVar(&f.role, "role", "", "only those in this `ROLE`")
}

// filter is the selection as the store takes it. Its error has an exit code.
func (f *selection) filter() (sponsor.Filter, error) {
	out := sponsor.Filter{Kind: f.kind, Entity: f.entity, Role: f.role}
	if f.limit < 0 {
		return out, exit.Usage(fmt.Errorf("--limit %d: want 0 or more", f.limit))
	}
	for word := range strings.SplitSeq(f.status, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		s := sponsor.Status(word)
		if !slices.Contains(sponsor.Statuses(), s) || !s.Reported() {
			var known []string
			for _, k := range sponsor.Statuses() {
				if k.Reported() {
					known = append(known, string(k))
				}
			}
			return out, exit.Usage(fmt.Errorf("--status %s: want one of %s", word, strings.Join(known, ", ")))
		}
		out.Statuses = append(out.Statuses, s)
	}
	return out, nil
}

// page is the result of list and suggested in JSON.
type page struct {
	// Matching counts those whom the selection fits, Sponsors are those that are shown.
	Matching int               `json:"matching"`
	Sponsors []sponsor.Sponsor `json:"sponsors"`
}

func (t *commands) listCommand() *cobra.Command {
	var sel selection
	c := &cobra.Command{
		Use: "list", Short: "Who is a sponsor, and how far the following has come", Args: cobra.NoArgs,
		Long: "Lists sponsors. Those that were started together with others and are not taken up\nyet are left out.",
		Example: `  onward sponsors list --status match-found,no-match-found
  onward sponsors list --entity 001RM000003oLnnYAE --role Champion --format json`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, _ []string) error {
		all, err := d.page(ctx, &sel)
		if err != nil {
			return err
		}
		return d.tell(all, func() { d.showPage(all) })
	})
	sel.add(c)
	return c
}

func (d *desk) page(ctx context.Context, sel *selection) (page, error) {
	out := page{Sponsors: []sponsor.Sponsor{}}
	f, err := sel.filter()
	if err != nil {
		return out, err
	}
	for s, err := range d.List(ctx, f) {
		if err != nil {
			return out, err
		}
		if out.Matching++; sel.limit == 0 || out.Matching <= sel.limit {
			out.Sponsors = append(out.Sponsors, s)
		}
	}
	return out, nil
}

func (d *desk) showPage(p page) {
	rows := make([][]string, len(p.Sponsors))
	for i, s := range p.Sponsors {
		open := ""
		if n := s.Open(); n > 0 {
			open = fmt.Sprint(n)
		}
		rows[i] = []string{shortID(s.ID), nameOf(s.Person), placesOf(s), rolesOf(s), string(s.Status), dayOf(s.Since), open}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "ID", Most: 9}, {Title: "PERSON", Most: 20}, {Title: "STANDS FOR", Most: 28}, {Title: "ROLE", Most: 20}, {Title: "STATUS", Most: 20},
		{Title: "SINCE", Most: 10}, {Title: "OPEN", Most: 4},
	}, rows)
	d.counted(len(p.Sponsors), p.Matching)
}

func (d *desk) counted(shown, matching int) {
	if shown < matching {
		fmt.Fprintf(d.env.Stdout, "\n%d of %d sponsors; --limit shows more\n", shown, matching)
		return
	}
	fmt.Fprintf(d.env.Stdout, "\n%s\n", show.Count(matching, "sponsor"))
}

func (t *commands) suggestedCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "suggested [SPONSOR...]", Short: "Profiles that may be a sponsor's", Args: cobra.ArbitraryArgs,
		Long: "Lists the suggested profiles, the likeliest first: track one of them, remove those that\nare somebody else's, or find-match to pass over all of a sponsor's.",
		Example: `  onward sponsors suggested
  onward sponsors suggested jane@acme.example`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error {
		chosen, err := d.findAll(ctx, args)
		if err != nil {
			return err
		}
		all := page{Sponsors: []sponsor.Sponsor{}}
		for s, err := range d.Suggested(ctx, sponsor.Filter{IDs: idsOf(chosen)}) {
			if err != nil {
				return err
			}
			all.Matching++
			all.Sponsors = append(all.Sponsors, s)
		}
		return d.tell(all, func() { d.showSuggested(all) })
	})
	return c
}

func (d *desk) showSuggested(p page) {
	var rows [][]string
	for _, s := range p.Sponsors {
		for i, c := range s.Candidates {
			id, who := "", ""
			if i == 0 {
				id, who = shortID(s.ID), nameOf(s.Person)
			}
			rows = append(rows, []string{id, who, nameOf(c.Person), c.Person.Title, c.Person.Company.Name, c.Key()})
		}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "ID", Most: 9}, {Title: "SPONSOR", Most: 18}, {Title: "MAY BE", Most: 18}, {Title: "TITLE", Most: 18}, {Title: "COMPANY", Most: 18},
		{Title: "PROFILE", Most: 34},
	}, rows)
	d.counted(len(p.Sponsors), p.Matching)
}

func (t *commands) showCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show SPONSOR [UPDATE]", Short: "One sponsor, or one update with all that came of it", Args: cobra.RangeArgs(1, 2),
		Long: "Shows what is known of one sponsor. With an update, what changed, who did what about\nit, and what became of the tasks, moves and notices that it raised.",
		RunE: t.run(func(ctx context.Context, d *desk, args []string) error {
			s, err := d.find(ctx, args[0])
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return d.tell(s, func() { d.showOne(s) })
			}
			details, err := d.Details(ctx, sponsor.UpdateRef{Sponsor: s.ID, Update: args[1]})
			if err != nil {
				return err
			}
			return d.tell(details, func() { d.showDetails(details) })
		}),
	}
}

func (d *desk) showOne(s sponsor.Sponsor) {
	out := d.env.Stdout
	say := func(label, text string) {
		if text != "" {
			fmt.Fprintf(out, "%-12s %s\n", label, show.Printable(text))
		}
	}
	say("sponsor", s.ID)
	say("person", nameOf(s.Person))
	say("title", s.Person.Title)
	say("company", s.Person.Company.Name)
	say("location", s.Location)
	say("page", s.Person.LinkedIn)
	say("record", s.Person.RecordID)
	say("e-mail", strings.Join(s.Person.Emails, ", "))
	say("status", fmt.Sprintf("%s since %s", s.Status, minuteOf(s.Since)))
	if !s.RefreshedAt.IsZero() {
		say("last seen", minuteOf(s.RefreshedAt))
	}
	for _, e := range s.Entities {
		role, owner := "", ""
		if e.Role != "" {
			role = " as " + e.Role
		}
		if e.OwnerID != "" {
			owner = ", owner " + e.OwnerID
		}
		say("stands for", fmt.Sprintf("%s (%s %s)%s%s", entityName(e), e.Kind, e.ID, role, owner))
	}
	for _, c := range s.Candidates {
		say("may be", strings.Join([]string{nameOf(c.Person), c.Person.Title, c.Person.Company.Name, c.Key()}, " · "))
	}
	if len(s.Updates) > 0 {
		fmt.Fprintln(out)
		d.showUpdates([]sponsor.Sponsor{s}, func(sponsor.Update) bool { return true })
	}
}

func (d *desk) showDetails(v sponsor.Details) {
	d.showUpdates([]sponsor.Sponsor{v.Sponsor}, func(u sponsor.Update) bool { return u.ID == v.Update.ID })
	fmt.Fprintln(d.env.Stdout)
	d.showHistory(v.History, false)
	if len(v.Effects) == 0 {
		return
	}
	fmt.Fprintln(d.env.Stdout)
	rows := make([][]string, len(v.Effects))
	for i, e := range v.Effects {
		rows[i] = []string{effectKind(e), effectState(e), e.Error}
	}
	show.Table(d.env.Stdout, []show.Column{{Title: "CAME OF IT", Most: 50}, {Title: "STATE", Most: 26}, {Title: "WHY", Most: 40}}, rows)
}

// effectKind says what an effect is.
func effectKind(e sponsor.Effect) string {
	switch {
	case e.Task != nil:
		return "task: " + e.Task.Reason + " (" + entityName(e.Task.Entity) + ")"
	case e.Move != nil:
		return "move: " + e.Move.To.Company.Name
	case e.Notice != nil:
		return "notice to " + e.Notice.UserID
	case e.Write != nil:
		return "written: " + strings.Join(e.Write.Set.Names(), ", ") + " of " + e.Write.ID
	}
	return ""
}

// effectState says what became of an effect.
func effectState(e sponsor.Effect) string {
	switch {
	case e.GivenUp:
		return "not sent " + minuteOf(e.Ended)
	case !e.Ended.IsZero():
		return "sent " + minuteOf(e.Ended)
	case e.Attempts > 0:
		return fmt.Sprintf("again %s (%d failed)", minuteOf(e.Due), e.Attempts)
	}
	return "waits to be sent"
}

func idsOf(sponsors []sponsor.Sponsor) []string {
	var out []string
	for _, s := range sponsors {
		out = append(out, s.ID)
	}
	return out
}
