package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/internal/eventfile"
	"github.com/onward-crm/onward/routing"
)

// runFlags are the flags of run.
type runFlags struct {
	place
	events, format  string
	dryRun, compare bool
}

func (p *program) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use: "run --crm DIR|salesforce --events FILE", Short: "Work on a file of moves", Args: cobra.NoArgs,
		Long: `Reads moves from FILE (.csv, .tsv, .jsonl, .ndjson or .json; - for standard
input), decides what is to be done with each, and does it.

The CRM is a folder of CSV files in the layout of Salesforce's data export. It is
only read: the changed files, ` + decisionsFile + ` and the ledger go to --out, and a
later run with the same --out goes on from there. Nothing is done twice; round
robin, open departures and held moves go on. --in-place writes DIR itself.

Without --out and --in-place nothing is kept: a way to look.

Where the configuration has a section tracking, movers are stamped with what the lists
in adapter.database say of them; credits are used only by moves into a Salesforce org.

With --crm salesforce the moves go into the org that the configuration or the
environment names (ONWARD_SALESFORCE_INSTANCE and a login); --out then keeps the
ledger and the decisions, in ` + defaultOut + ` when it is not given.`,
		Example: `  onward run --crm ./export --events moves.csv --out ./result
  onward run --crm ./export --events moves.csv --dry-run --compare
  onward run --crm memory --events moves.jsonl --format json
  onward run --crm salesforce --events moves.csv --config onward.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.crm, "crm", "", "`DIR` of CRM files, memory for a CRM without records, or salesforce")
	c.Flags().StringVar(&f.events, "events", "", "`FILE` of moves, - for standard input")
	c.Flags().StringVar(&f.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	c.Flags().StringVar(&f.strategy, "strategy", "", "use strategy `S`: flow, always-lead, contact-and-account or contact-or-lead")
	c.Flags().StringVar(&f.out, "out", "", "`DIR` for the results, and to continue from")
	c.Flags().BoolVar(&f.inPlace, "in-place", false, "write the results into the CRM's folder itself")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "decide, and write nothing")
	c.Flags().BoolVar(&f.compare, "compare", false, "with --dry-run: what each of the four strategies would do")
	c.Flags().StringVar(&f.format, "format", show.FormatTable, "`FORMAT` of the results: table or json")
	c.Flags().StringVar(&f.now, "now", "", "take this RFC 3339 `TIME` for now, for results that can be repeated")
	_ = c.MarkFlagRequired("events") // fails only for a flag that does not exist
	return c
}

// report is the result of run in JSON.
type report struct {
	Moves      []row               `json:"moves"`
	Comparison []comparison        `json:"comparison,omitempty"`
	Problems   []eventfile.Problem `json:"problems,omitempty"`
	Unknown    []string            `json:"unknown,omitempty"`
	Summary    summary             `json:"summary"`
	DryRun     bool                `json:"dry_run,omitempty"`
}

func (p *program) run(ctx context.Context, f runFlags) error {
	if err := show.CheckFormat(f.format); err != nil {
		return exit.Usage(err)
	}
	if f.compare && !f.dryRun {
		return exit.Usage(errors.New("--compare needs --dry-run"))
	}
	file, err := p.readEvents(f.events)
	if err != nil {
		return err
	}
	f.writes, f.tracked = !f.dryRun, true
	w, err := p.open(ctx, f.place)
	if err != nil && ctx.Err() != nil {
		return exit.Left(errors.New("interrupted before the first move; nothing was written"))
	}
	if err != nil {
		return err
	}
	defer w.release(true)
	p.reportEvents(file)
	r := report{Problems: file.Problems, Unknown: file.Unknown, DryRun: f.dryRun}
	evs, err := eventsOf(file)
	if err != nil {
		return exit.Usage(err)
	}
	if f.dryRun {
		err = w.dry(ctx, evs, f.compare, &r)
	} else {
		err = p.live(ctx, w, evs, &r)
	}
	if err != nil && len(r.Moves) == 0 {
		return err
	}
	r.Summary.BadRows = file.BadRows
	if writeErr := p.writeReport(r, f.format); err == nil && writeErr != nil {
		err = exit.Trouble(writeErr)
	}
	if err == nil && (r.Summary.left || r.Summary.NotReached > 0 || file.BadRows+w.report.Bad() > 0) {
		err = exit.Left(nil)
	}
	return err
}

// dry decides without writing.
func (w *world) dry(ctx context.Context, evs []routing.Event, compare bool, r *report) error {
	plans, err := w.engine.Plan(ctx, evs)
	if err != nil {
		return exit.Trouble(err)
	}
	w.names.meet(ctx, plans)
	for i, plan := range plans {
		r.Moves = append(r.Moves, planRow(w.records, evs[i], plan))
	}
	if compare {
		if r.Comparison, err = w.compare(ctx, evs); err != nil {
			return err
		}
	}
	r.Summary = summarize(r.Moves, w.client.Calls())
	return nil
}

// live works on the events and saves what came of it, also when there was
// trouble on the way.
func (p *program) live(ctx context.Context, w *world, evs []routing.Event, r *report) error {
	done, err := p.work(ctx, w, evs)
	r.Moves = done.rows
	r.Summary = summarize(done.rows, w.client.Calls())
	r.Summary.Resumed, r.Summary.NotReached = done.resumed, done.notReached
	if err := errors.Join(err, w.save(context.WithoutCancel(ctx))); err != nil {
		return exit.Trouble(err)
	}
	if w.out == "" {
		p.Say("nothing is kept: give --out DIR to keep the results")
	} else {
		p.Say("results are in %s", w.out)
	}
	return nil
}

func (p *program) writeReport(r report, format string) error {
	if format == show.FormatJSON {
		return show.JSON(p.Stdout, r)
	}
	writeRows(p.Stdout, r.Moves)
	if len(r.Comparison) > 0 {
		fmt.Fprintln(p.Stdout, "What each strategy would do:")
		fmt.Fprintln(p.Stdout)
		writeComparison(p.Stdout, r.Comparison)
	}
	if r.DryRun {
		fmt.Fprint(p.Stdout, "dry run, nothing was written: ")
	}
	r.Summary.write(p.Stdout)
	return nil
}

func writeRows(out io.Writer, rows []row) {
	if len(rows) == 0 {
		return
	}
	texts := make([][]string, len(rows))
	for i, r := range rows {
		texts[i] = r.cells()
	}
	show.Table(out, rowColumns, texts)
	fmt.Fprintln(out)
}

// readEvents reads the file of moves.
func (p *program) readEvents(path string) (*eventfile.File, error) {
	in, name := p.Stdin, "standard input"
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, exit.Usage(err)
		}
		defer f.Close()
		in, name = f, path
	}
	file, err := eventfile.Read(name, in)
	if err != nil {
		return nil, exit.Usage(err)
	}
	return file, nil
}

// eventsOf normalises a file's events. Those that name no source come from the
// file.
func eventsOf(f *eventfile.File) ([]routing.Event, error) {
	evs := make([]routing.Event, len(f.Events))
	for i, item := range f.Events {
		ev := item.Event
		if ev.Source == "" {
			ev.Source = "file:" + filepath.Base(f.Name)
		}
		var err error
		if evs[i], err = routing.Normalize(ev, time.Time{}); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", f.Name, item.Line, err)
		}
		evs[i].OccurredAt = ev.OccurredAt // a missing time is the time of receipt
	}
	return evs, nil
}
