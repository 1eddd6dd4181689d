package targets

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	watched "github.com/onward-crm/onward/adapter/targets"
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/tracking/rounds"
)

// checked is the result of targets check in JSON.
type checked struct {
	Reports []watched.Report `json:"reports"`
}

func (t *commands) checkCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "check", Short: "Read all reports, and keep nothing", Args: cobra.NoArgs,
		Long: `Reads every report of targets.reports, tells how many accounts it holds, which rows
cannot be used, and why one cannot be read at all. Nothing is kept.`,
		Example: `  onward targets check --config onward.yaml
  onward targets check --crm ./export --format json`,
	}
	c.RunE = t.run(func(ctx context.Context, d *desk) error {
		r, err := d.reading()
		if err != nil {
			return err
		}
		readings, err := r.Check(ctx)
		if err != nil {
			return err
		}
		return d.tellReadings(readings)
	})
	t.crmFlag(c)
	return c
}

// tellReadings shows readings; something is left for a person when rows were left out or
// reports could not be read.
func (d *desk) tellReadings(readings []rounds.Reading) error {
	reports := make([]watched.Report, len(readings))
	for i, r := range readings {
		reports[i] = watched.ReportOf(r)
	}
	if err := d.tell(checked{reports}, func() { d.showReports(reports) }); err != nil {
		return exit.Trouble(err)
	}
	if slices.ContainsFunc(reports, watched.Report.Left) {
		return exit.Left(nil)
	}
	return nil
}
