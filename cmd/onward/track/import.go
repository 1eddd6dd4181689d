package track

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// importResult is the result of track import in JSON.
type importResult struct {
	Kind         tracking.ImportKind `json:"kind"`
	Relationship string              `json:"relationship,omitempty"`
	// DryCount tells that nothing was changed.
	DryCount bool             `json:"dry_count"`
	Mapping  tracking.Mapping `json:"mapping,omitempty"`
	contacts.Report
}

func (t *commands) importCommand() *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use: "import [ID]", Short: "Count what a list would bring, and take it in", Args: cobra.MaximumNArgs(1),
		Long: `Reads a list of people and counts what it would change; with --activate it takes the
list in. The list is ID of tracking.imports in the configuration or of an import that
was made before, or what one of --csv, --report, --list and --automatic names.

Columns are found by their names; --map says otherwise, field by field: first_name,
last_name, full_name, company, email, other_emails, title, linkedin, domain, record_id,
hubspot_id, account_id. Rows that cannot be taken are told by number and reason (exit
code 1), and the good ones go in. Doing it again changes nothing.

A file only adds. Reports, lists and automatic imports are followed from then on: who
leaves them ceases to count, after the relationship's days of grace.`,
		Example: `  onward track import --csv nps.csv --relationship user
  onward track import --csv nps.csv --relationship user --map email="E-mail (work)" --activate
  onward track import --report 00Oxx0000000001EAA --id admins --relationship power_user
  onward track import --automatic --preset is-won --accounts customers.csv --crm ./export
  onward track import crm --config onward.yaml --activate`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk, args []string) error { return d.takeList(ctx, f, args) })
	f.add(c)
	t.crmFlag(c)
	return c
}

// takeList counts or takes in one list.
func (d *desk) takeList(ctx context.Context, f importFlags, args []string) error {
	if err := d.align(ctx); err != nil {
		return err
	}
	imp, src, err := d.list(ctx, f, args)
	if err != nil {
		return err
	}
	take := d.Preview
	if f.activate {
		take = d.Import
	}
	rows, done := d.progress("reading " + imp.ID)
	report, err := take(ctx, imp, src, rows)
	done()
	if err != nil && !errors.Is(err, contacts.ErrNoRows) {
		return err
	}
	d.sayProblems(imp.ID, report.Rejected, show.Count(report.Accepted, "row"), report.Problems)
	if err != nil {
		return err
	}
	result := importResult{Kind: imp.Kind, Relationship: imp.Relationship, DryCount: !f.activate, Mapping: imp.Mapping, Report: report}
	if err := d.tell(result, func() { d.showImport(result) }); err != nil {
		return exit.Trouble(err)
	}
	if d.left {
		return exit.Left(nil)
	}
	return nil
}

// sayProblems tells which rows of a list were left out, and that a person has to look.
func (d *desk) sayProblems(name string, bad int, good string, problems []tracking.RowProblem) {
	if bad == 0 {
		return
	}
	d.left = true
	d.env.Say("%s of %s left out, %s good:", show.Count(bad, "row"), show.Printable(name), good)
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.String()
	}
	show.List(d.env.Stderr, texts)
}

func (d *desk) showImport(r importResult) {
	out, what := d.env.Stdout, "taken in"
	if r.DryCount {
		what = "dry count, nothing is changed"
	}
	fmt.Fprintf(out, "%s (%s): %s\n", r.Import, r.Kind, what)
	fmt.Fprintf(out, "%s read: %d good, %d left out\n", show.Count(r.Rows, "row"), r.Accepted, r.Rejected)
	if s := r.Synced; !r.DryCount {
		fmt.Fprintf(out, "people of this list: %d new, %d back, %d there before, %d gone\n", s.Joined, s.Returned, s.Stayed, s.Left)
	}
	with := "with it"
	if !r.DryCount {
		with = "now"
	}
	fmt.Fprintf(out, "tracked credits: %d before, %d %s\n\n", r.Before, r.After, with)
	showCounters(out, r.Counters)
	if r.DryCount {
		fmt.Fprintln(out, "\nto take it in, say it again with --activate")
	}
}

func (t *commands) deactivateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "deactivate ID", Short: "End an import: its people cease to count", Args: cobra.ExactArgs(1),
		Long: `Ends an import. Its people cease to use credits, unless another list names them too.
What it has read stays, for when it is imported again.`,
		RunE: t.run(func(ctx context.Context, d *desk, args []string) error {
			roster, err := d.Deactivate(ctx, args[0])
			if err != nil {
				return err
			}
			return d.tell(map[string]any{"import": args[0], "credits": roster.Credits(), "counters": roster.Counters()}, func() {
				fmt.Fprintf(d.env.Stdout, "%s is over; tracked credits: %d\n\n", args[0], roster.Credits())
				showCounters(d.env.Stdout, roster.Counters())
			})
		}),
	}
}
