package targets

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
)

func (t *commands) personasCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "personas", Short: "Which titles you want", Args: cobra.NoArgs,
		Long: "Personas are named filters on titles; see personas in the configuration.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	t.share(c)
	var country string
	test := &cobra.Command{
		Use: "test TITLE...", Short: "Which personas take a title, and why", Args: cobra.MinimumNArgs(1),
		Long: `Tells for each title which seniority and departments it names, which personas take it,
and the clause that decided. The first persona that takes it is the one that counts.`,
		Example: `  onward personas test "VP of Marketing" --config onward.yaml
  onward personas test "Executive Assistant to the VP" --country US`,
	}
	test.RunE = func(_ *cobra.Command, titles []string) error { return t.test(titles, country) }
	test.Flags().StringVar(&country, "country", "", "where the person is: a two-letter `CODE` or a name")
	c.AddCommand(test)
	return c
}

func (t *commands) test(titles []string, country string) error {
	if err := show.CheckFormat(t.format); err != nil {
		return exit.Usage(err)
	}
	s, err := settings.Load(t.config, t.env.Environ)
	if err != nil {
		return exit.Usage(err)
	}
	if len(s.Personas) == 0 {
		return exit.Usage(errors.New("no personas are configured: want personas in the file that --config names"))
	}
	var wrong []error
	for _, p := range s.Personas {
		wrong = append(wrong, p.Validate())
	}
	if err := errors.Join(wrong...); err != nil {
		return exit.Usage(err)
	}
	out := make([]watched.Tested, len(titles))
	for i, title := range titles {
		out[i] = watched.Test(s.Personas, title, country)
	}
	if err := t.tell(out, func() { t.showTests(out) }); err != nil {
		return exit.Trouble(err)
	}
	if slices.ContainsFunc(out, func(x watched.Tested) bool { return x.Counts == "" }) {
		return exit.Left(nil)
	}
	return nil
}

func (t *commands) showTests(all []watched.Tested) {
	for i, x := range all {
		if i > 0 {
			fmt.Fprintln(t.env.Stdout)
		}
		departments := make([]string, len(x.Departments))
		for n, d := range x.Departments {
			departments[n] = string(d)
		}
		reads := []string{fmt.Sprintf("reads as %q", x.Reads)}
		if x.Seniority != tracking.SeniorityUnknown {
			reads = append(reads, "seniority "+string(x.Seniority))
		}
		if len(departments) > 0 {
			reads = append(reads, "department "+strings.Join(departments, ", "))
		}
		fmt.Fprintf(t.env.Stdout, "%s\n  %s\n\n", show.Printable(x.Title), strings.Join(reads, ", "))
		rows := make([][]string, len(x.Answers))
		for n, a := range x.Answers {
			answer := "no"
			switch {
			case a.Match && a.Persona == x.Counts:
				answer = "yes, counts"
			case a.Match:
				answer = "yes"
			}
			rows[n] = []string{a.Persona, answer, strings.ReplaceAll(string(a.Reason), "_", " "), a.Clause}
		}
		show.Table(t.env.Stdout, []show.Column{{Title: "PERSONA", Most: 24}, {Title: "ANSWER", Most: 11}, {Title: "WHY", Most: 24}, {Title: "CLAUSE", Most: 48}}, rows)
	}
}
