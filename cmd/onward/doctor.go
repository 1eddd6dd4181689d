package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/crm/salesforce"
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
		return usage(errors.New("--force needs --trial"))
	}
	w, err := p.consult(ctx, place{crm: crmSalesforce, config: f.config})
	if err != nil {
		return err
	}
	policy, err := routing.NewPolicy(w.settings.Config)
	if err != nil {
		return usage(err)
	}
	problems, err := routing.Check(ctx, policy, w.client, w.flows())
	if err != nil {
		return trouble(err)
	}
	findings := configured(problems)
	seen, err := w.org.Diagnose(ctx, policy.Probes())
	findings = append(findings, seen...)
	if err == nil && f.trial {
		seen, err = w.org.Trial(ctx, salesforce.TrialOptions{Force: f.force, Set: w.settings.Defaults})
		findings = append(findings, seen...)
	}
	bad := p.tellFindings(findings)
	if err != nil {
		return trouble(err)
	}
	if bad > 0 {
		return &failure{code: exitLeft}
	}
	return nil
}

// consult logs in to the org without demanding that the configuration fits it.
func (p *program) consult(ctx context.Context, at place) (*world, error) {
	w := &world{now: p.now}
	if err := w.configure(at, p.environ); err != nil {
		return nil, usage(err)
	}
	w.source(at)
	if err := w.dial(ctx, p.log()); err != nil {
		return nil, err
	}
	said, err := w.fillDefaults(ctx)
	if err != nil {
		return nil, err
	}
	for _, line := range said {
		p.say("%s", line)
	}
	if err := w.settings.Check(); err != nil {
		return nil, usage(err)
	}
	return w, nil
}

// configured are the findings of the comparison of configuration and org.
func configured(problems []routing.Problem) []salesforce.Finding {
	if len(problems) == 0 {
		return []salesforce.Finding{{Severity: salesforce.SeverityOK, Area: "configuration", Text: "every object and field that it names is there and fits"}}
	}
	var out []salesforce.Finding
	for _, problem := range problems {
		out = append(out, salesforce.Finding{Severity: salesforce.SeverityProblem, Area: "configuration", Text: problem.Path + ": " + problem.Message})
	}
	return out
}

// tellFindings prints what was found and counts what has to be mended.
func (p *program) tellFindings(findings []salesforce.Finding) (bad int) {
	for _, f := range findings {
		if f.Severity == salesforce.SeverityProblem {
			bad++
		}
		fmt.Fprintf(p.stdout, "%-8s %-13s %s\n", f.Severity, f.Area, printable(f.Text))
		if f.Advice != "" {
			fmt.Fprintf(p.stdout, "%s%s\n", strings.Repeat(" ", 23), printable(f.Advice))
		}
	}
	if bad > 0 {
		fmt.Fprintf(p.stdout, "\n%s to mend\n", count(bad, "problem"))
	}
	return bad
}
