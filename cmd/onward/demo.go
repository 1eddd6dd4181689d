package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/memcrm"
)

// demoFiles are real organisations, from public-domain sources named in NOTICE,
// with invented people, deals and moves.
//
//go:embed demo
var demoFiles embed.FS

// demoNow is the day of the demo, so that it always tells the same story.
const demoNow = "2026-11-21T09:00:00Z"

func (p *program) demoCommand() *cobra.Command {
	var keep string
	c := &cobra.Command{
		Use: "demo", Short: "See it work: 22 moves on embedded data, no set-up", Args: cobra.NoArgs,
		Long: `Works on 22 invented moves between real organisations, in memory, without any
network: each with its outcome, the reason that decided, the owner and the person
responsible. Then it shows what each of the four strategies would have done.

--keep DIR writes the demo's files there, to try the other commands on them.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if keep != "" {
				return p.keepDemo(keep)
			}
			return p.demo(cmd.Context())
		},
	}
	c.Flags().StringVar(&keep, "keep", "", "write the demo's files to `DIR` and stop")
	return c
}

func (p *program) keepDemo(dir string) error {
	if err := os.CopyFS(dir, demoFiles); err != nil {
		return exit.Trouble(err)
	}
	dir = filepath.Join(dir, "demo")
	fmt.Fprintf(p.Stdout, `The demo's files are in %[1]s. Try:

  onward run --crm %[1]s/crm --events %[1]s/moves.jsonl --config %[1]s/onward.yaml --out %[1]s/result --now %[2]s
  onward explain --crm %[1]s/crm --events %[1]s/moves.jsonl --config %[1]s/onward.yaml 05
`, dir, demoNow)
	return nil
}

func (p *program) demo(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "onward-demo-")
	if err != nil {
		return exit.Trouble(err)
	}
	defer func() {
		if gone := os.RemoveAll(dir); err == nil && gone != nil {
			err = exit.Trouble(gone)
		}
	}()
	if err := os.CopyFS(dir, demoFiles); err != nil {
		return exit.Trouble(err)
	}
	dir = filepath.Join(dir, "demo")
	file, err := p.readEvents(filepath.Join(dir, "moves.jsonl"))
	if err != nil {
		return err
	}
	quiet := *p
	quiet.Environ = nil // the demo is the same everywhere
	w, err := quiet.open(ctx, place{crm: filepath.Join(dir, "crm"), config: filepath.Join(dir, "onward.yaml"), now: demoNow})
	if err != nil {
		return err
	}
	w.memory.AddDuplicateRule(memcrm.DuplicateRule{Name: "Same telephone", Object: crm.ObjectContact, Fields: []string{"Phone"}, Block: true})
	evs, err := eventsOf(file)
	if err != nil {
		return exit.Trouble(err)
	}
	would, err := w.compare(ctx, evs)
	if err != nil {
		return err
	}
	p.introduceDemo(w, len(evs))
	done, err := p.work(ctx, w, evs)
	if err != nil {
		return exit.Trouble(errors.Join(err, ctx.Err()))
	}
	p.tellDemo(w, done.rows, would)
	return nil
}

func (p *program) introduceDemo(w *world, moves int) {
	fmt.Fprintf(p.Stdout, `Lumen Assay, an invented company, sells laboratory software. People whom it knows
have changed jobs. Its CRM holds %d accounts, %d contacts and %d leads; this is what
onward makes of %d reports on %s, with strategy %s:

`, len(w.memory.Records(crm.ObjectAccount)), len(w.memory.Records(crm.ObjectContact)), len(w.memory.Records(crm.ObjectLead)),
		moves, demoNow[:10], w.settings.Strategy)
}

func (p *program) tellDemo(w *world, rows []row, would []comparison) {
	writeRows(p.Stdout, rows)
	summarize(rows, w.client.Calls()).write(p.Stdout)
	fmt.Fprint(p.Stdout, `
What each of the four strategies would have done:

`)
	writeComparison(p.Stdout, would)
	fmt.Fprint(p.Stdout, `+ an account that onward created   ? a lead for a person to judge   ~ a confidence that was not measured
→ responsible for the arrival      ← for the departure

To look closer:

  onward demo --keep DIR      writes these files to a folder
  onward explain … ID         tells the whole story of one move
`)
}
