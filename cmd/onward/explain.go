package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/routing"
)

func (p *program) explainCommand() *cobra.Command {
	var at place
	var events string
	c := &cobra.Command{
		Use: "explain --crm DIR --events FILE ID", Short: "Tell the whole story of one move", Args: cobra.ExactArgs(1),
		Long: `Tells everything about the move with that ID: what was compared with what, the
rule that decided, what is written, who owns it and who is responsible. The
beginning of an ID is enough when only one begins so.

A move that an earlier run finished (--out) is told as it was decided then; any
other as it would be decided now. Nothing is written.`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.explain(cmd.Context(), at, events, args[0]) },
	}
	c.Flags().StringVar(&at.crm, "crm", "", "`DIR` of CRM files, memory for a CRM without records, or salesforce")
	c.Flags().StringVar(&events, "events", "", "`FILE` of moves, - for standard input")
	c.Flags().StringVar(&at.config, "config", "", "configuration `FILE` (default: built-in defaults)")
	c.Flags().StringVar(&at.strategy, "strategy", "", "use strategy `S`")
	c.Flags().StringVar(&at.out, "out", "", "`DIR` of an earlier run's results")
	c.Flags().StringVar(&at.now, "now", "", "take this RFC 3339 `TIME` for now")
	_ = c.MarkFlagRequired("events") // fails only for a flag that does not exist
	return c
}

func (p *program) explain(ctx context.Context, at place, events, id string) error {
	file, err := p.readEvents(events)
	if err != nil {
		return err
	}
	evs, err := eventsOf(file)
	if err != nil {
		return exit.Usage(err)
	}
	i, err := pick(evs, id)
	if err != nil {
		return exit.Usage(fmt.Errorf("%s: %w", file.Name, err))
	}
	at.tracked = true
	w, err := p.open(ctx, at)
	if err != nil {
		return err
	}
	defer w.release(false)
	found, err := w.ledger.Fetch(ctx, []string{routing.DeliveryKey(evs[i])})
	if err != nil {
		return exit.Trouble(err)
	}
	if r, ok := found[routing.DeliveryKey(evs[i])]; ok && r.Plan != nil {
		w.names.meet(ctx, []routing.Plan{*r.Plan})
		newStory(p.Stdout, w.records, evs[i], *r.Plan).tell(&r)
		return nil
	}
	// Earlier moves of the file are planned too: later ones know of them.
	plans, err := w.engine.Plan(ctx, evs[:i+1])
	if err != nil {
		return exit.Trouble(err)
	}
	w.names.meet(ctx, plans[i:])
	newStory(p.Stdout, w.records, evs[i], plans[i]).tell(nil)
	return nil
}

// pick finds the event with an id, or the only one whose id begins so.
func pick(evs []routing.Event, id string) (int, error) {
	at := -1
	for i, ev := range evs {
		if ev.ID == id || routing.DeliveryKey(ev) == id {
			return i, nil
		}
		if strings.HasPrefix(ev.ID, id) {
			if at >= 0 {
				return 0, fmt.Errorf("several moves begin with %q", id)
			}
			at = i
		}
	}
	if at < 0 {
		return 0, fmt.Errorf("no move has the id %q", id)
	}
	return at, nil
}
