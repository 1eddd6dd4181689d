package targets

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
)

// listed is the result of targets list in JSON.
type listed struct {
	Watched  int               `json:"watched"`
	Shown    int               `json:"shown"`
	Accounts []watched.Account `json:"accounts"`
	Reports  []watched.Report  `json:"reports"`
}

func (t *commands) listCommand() *cobra.Command {
	var report string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "Which accounts are watched", Args: cobra.NoArgs,
		Long: `Lists the watched accounts as the reports held them when they were read last: by
onward serve every night, or by onward targets round.`,
		Example: `  onward targets list --report customers
  onward targets list --limit 0 --format json`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk) error { return d.list(ctx, report, limit) })
	c.Flags().StringVar(&report, "report", "", "only those of this report, by `ID`")
	c.Flags().IntVar(&limit, "limit", 50, "at most `N`; 0 shows all")
	return c
}

func (d *desk) list(ctx context.Context, report string, limit int) error {
	if limit < 0 {
		return exit.Usage(fmt.Errorf("--limit %d: want 0 or more", limit))
	}
	r, err := d.reading()
	if err != nil {
		return err
	}
	if err := r.LoadBook(ctx); err != nil {
		return err
	}
	readings, err := r.Readings(ctx)
	if err != nil {
		return err
	}
	out := listed{Accounts: []watched.Account{}, Reports: []watched.Report{}}
	known := report == ""
	for _, reading := range readings {
		out.Reports = append(out.Reports, watched.ReportOf(reading))
		known = known || sameID(reading.Listing.Report.ID, report)
	}
	if !known {
		return exit.Usage(fmt.Errorf("--report %s: it is not among targets.reports of the configuration", report))
	}
	for _, w := range r.Book().Accounts() {
		if report != "" && !slices.ContainsFunc(w.Reports(), func(id string) bool { return sameID(id, report) }) {
			continue
		}
		out.Watched++
		if limit == 0 || len(out.Accounts) < limit {
			out.Accounts = append(out.Accounts, watched.AccountOf(w))
		}
	}
	out.Shown = len(out.Accounts)
	if err := d.tell(out, func() { d.showList(out) }); err != nil {
		return exit.Trouble(err)
	}
	if slices.ContainsFunc(out.Reports, func(r watched.Report) bool { return r.Trouble != "" }) {
		return exit.Left(nil)
	}
	return nil
}

// sameID compares a report's id with what somebody wrote, which may have 15 characters.
func sameID(id, written string) bool {
	return id == written || len(written) == 15 && strings.HasPrefix(id, written)
}

func (d *desk) showList(out listed) {
	rows := make([][]string, len(out.Accounts))
	for i, a := range out.Accounts {
		people := "no"
		if a.Searched {
			people = "all personas"
			if len(a.Personas) > 0 {
				people = strings.Join(a.Personas, ", ")
			}
		}
		rows[i] = []string{a.Name, a.ID, string(a.Category), strings.Join(a.Reports, ", "), people}
	}
	if len(rows) > 0 {
		show.Table(d.env.Stdout, []show.Column{
			{Title: "ACCOUNT", Most: 28}, {Title: "ID", Most: 18}, {Title: "COUNTS AS", Most: 16}, {Title: "REPORTS", Most: 24}, {Title: "PEOPLE LOOKED FOR", Most: 24},
		}, rows)
		fmt.Fprintln(d.env.Stdout)
	}
	fmt.Fprintf(d.env.Stdout, "%s watched\n", show.Count(out.Watched, "account"))
	if out.Shown < out.Watched {
		fmt.Fprintf(d.env.Stdout, "%d of them are shown; --limit shows more\n", out.Shown)
	}
	fmt.Fprintln(d.env.Stdout)
	d.showReports(out.Reports)
}

// showReports writes a line for each report, and what is wrong with it.
func (d *desk) showReports(reports []watched.Report) {
	if len(reports) == 0 {
		fmt.Fprintln(d.env.Stdout, "no reports are configured: want targets.reports")
		return
	}
	rows := make([][]string, len(reports))
	for i, r := range reports {
		state := "fine"
		switch {
		case r.Trouble != "":
			state = "could not be read"
		case r.ReadAt == "":
			state = "not read yet"
		case len(r.Problems) > 0:
			state = fmt.Sprintf("%s left out", show.Count(len(r.Problems), "row"))
		}
		name := r.Name
		if name == "" {
			name = r.File
		}
		day, _, _ := strings.Cut(r.ReadAt, "T")
		rows[i] = []string{r.ID, name, string(r.Category), fmt.Sprint(r.Rows), fmt.Sprint(r.Accounts), day, state}
	}
	show.Table(d.env.Stdout, []show.Column{
		{Title: "REPORT", Most: 18}, {Title: "NAME", Most: 24}, {Title: "CATEGORY", Most: 16}, {Title: "ROWS", Most: 7}, {Title: "ACCOUNTS", Most: 8}, {Title: "READ", Most: 10}, {Title: "STATE", Most: 20},
	}, rows)
	for _, r := range reports {
		if r.Trouble != "" {
			fmt.Fprintf(d.env.Stdout, "\n%s: %s\n", r.ID, show.Printable(r.Trouble))
		}
		if len(r.Problems) > 0 {
			texts := make([]string, len(r.Problems))
			for i, p := range r.Problems {
				texts[i] = p.String()
			}
			fmt.Fprintf(d.env.Stdout, "\n%s:\n", r.ID)
			show.List(d.env.Stdout, texts)
		}
	}
}
