package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/env"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/salesforce"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
)

// doctorFlags are the flags of doctor.
type doctorFlags struct {
	config       string
	trial, force bool
}

func (p *program) doctorCommand() *cobra.Command {
	var f doctorFlags
	c := &cobra.Command{
		Use: "doctor", Short: "Examine the Salesforce org that is configured", Args: cobra.NoArgs,
		Long: `Logs in to the configured org and tells what it finds: who onward is there and what
it may do, whether every object and field that the configuration names is there and
can be written, whether lost answers can be settled by key, how much of the day's
API calls is left, and whether the org would answer onward's own queries by an index.
Where a HubSpot account is configured: whether it takes the login, what the app may
read, and whether results can be written back.

--trial writes one record of each kind in one transaction that is made to fail at
its end, so that validation rules, triggers and duplicate rules run and nothing
stays. It is refused in production unless --force is given.

Exit code 1 means that something has to be mended.`,
		Example: "  onward doctor --config onward.yaml\n  onward doctor --trial",
		RunE:    func(cmd *cobra.Command, _ []string) error { return p.doctor(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	c.Flags().BoolVar(&f.trial, "trial", false, "write records of each kind, and roll them back")
	c.Flags().BoolVar(&f.force, "force", false, "with --trial: in production too")
	return c
}

func (p *program) doctor(ctx context.Context, f doctorFlags) error {
	if f.force && !f.trial {
		return exit.Usage(errors.New("--force needs --trial"))
	}
	w, err := p.consult(ctx, place{crm: env.Salesforce, config: f.config})
	if err != nil {
		return err
	}
	findings, probes, err := w.compareWithOrg(ctx)
	if err != nil {
		return exit.Trouble(err)
	}
	seen, err := w.org.Diagnose(ctx, probes)
	findings = append(findings, seen...)
	if err == nil && f.trial {
		seen, err = w.org.Trial(ctx, salesforce.TrialOptions{Force: f.force, Set: w.settings.Defaults})
		findings = append(findings, seen...)
	}
	findings = append(findings, env.DiagnoseHubSpot(ctx, w.settings, &env.Dialing{Now: p.Now, Logger: p.Log()})...)
	bad := p.tellFindings(findings)
	if err != nil {
		return exit.Trouble(err)
	}
	if bad > 0 {
		return exit.Left(nil)
	}
	return nil
}

// consult logs in to the org without demanding that the configuration fits it.
func (p *program) consult(ctx context.Context, at place) (*world, error) {
	w := &world{now: p.Now}
	if err := w.configure(at, p.Environ); err != nil {
		return nil, exit.Usage(err)
	}
	env.Source(&w.settings, at.crm)
	if err := w.dial(ctx, p.Log()); err != nil {
		return nil, err
	}
	said, err := w.fillDefaults(ctx)
	if err != nil {
		return nil, err
	}
	for _, line := range said {
		p.Say("%s", line)
	}
	return w, nil
}

// compareWithOrg says what is wrong with the configuration, by itself or for this
// org, and gives the queries that it will make. A configuration that is wrong by
// itself makes none; what the org is like can be told all the same.
func (w *world) compareWithOrg(ctx context.Context) ([]salesforce.Finding, []crm.Query, error) {
	if err := w.settings.Check(); err != nil {
		return configured(err), nil, nil
	}
	policy, err := routing.NewPolicy(w.settings.Config)
	if err != nil {
		return nil, nil, err
	}
	problems, err := routing.Check(ctx, policy, w.client, w.flows())
	if err != nil {
		return nil, nil, err
	}
	return configured(w.settings.Locate(problems)), policy.Probes(), nil
}

// configured are the findings about the configuration.
func configured(err error) []salesforce.Finding {
	if err == nil {
		return []salesforce.Finding{{Severity: salesforce.SeverityOK, Area: "configuration", Text: "every object and field that it names is there and fits"}}
	}
	wrong, ok := errors.AsType[*settings.Error](err)
	if !ok {
		return []salesforce.Finding{{Severity: salesforce.SeverityProblem, Area: "configuration", Text: err.Error()}}
	}
	var out []salesforce.Finding
	for _, problem := range wrong.Problems {
		problem.Snippet = ""
		out = append(out, salesforce.Finding{Severity: salesforce.SeverityProblem, Area: "configuration", Text: problem.Error()})
	}
	return out
}

// tellFindings prints what was found and counts what has to be mended.
func (p *program) tellFindings(findings []salesforce.Finding) (bad int) {
	for _, f := range findings {
		if f.Severity == salesforce.SeverityProblem {
			bad++
		}
		fmt.Fprintf(p.Stdout, "%-8s %-13s %s\n", f.Severity, f.Area, show.Printable(f.Text))
		if f.Advice != "" {
			fmt.Fprintf(p.Stdout, "%s%s\n", strings.Repeat(" ", 23), show.Printable(f.Advice))
		}
	}
	if bad > 0 {
		fmt.Fprintf(p.Stdout, "\n%s to mend\n", show.Count(bad, "problem"))
	}
	return bad
}
