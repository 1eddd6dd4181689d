package main

import (
	"context"
	"fmt"
	"io"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/routing"
)

// comparison is what each strategy would do with each move.
type comparison struct {
	ID     string            `json:"id"`
	Person string            `json:"person,omitempty"`
	To     string            `json:"to,omitempty"`
	Would  map[string]string `json:"would"`
}

// compare plans the events once for each strategy, on the world as it is now.
// Nothing is written. An event's own wish for a strategy is left aside.
func (w *world) compare(ctx context.Context, evs []routing.Event) ([]comparison, error) {
	plain := make([]routing.Event, len(evs))
	out := make([]comparison, len(evs))
	for i, ev := range evs {
		plain[i] = ev
		plain[i].Strategy = ""
		out[i] = comparison{ID: ev.ID, Person: nameOfMover(ev), Would: map[string]string{}}
		if ev.To != nil {
			out[i].To = companyOf(*ev.To)
		}
	}
	for _, s := range routing.Strategies() {
		cfg := w.settings.Config
		cfg.Strategy = s
		if s == routing.StrategyFlow && cfg.Flow.Direction == routing.FlowInvoke {
			cfg.Flow.Direction = routing.FlowCallout // nothing is invoked here
		}
		e, err := w.engineFor(cfg)
		if err != nil {
			return nil, err
		}
		plans, err := e.Plan(ctx, plain)
		if err != nil {
			return nil, exit.Trouble(err)
		}
		for i, p := range plans {
			out[i].Would[string(s)] = inWords(p)
		}
	}
	return out, nil
}

// inWords says what a plan comes to, short enough for a table.
func inWords(p routing.Plan) string {
	switch {
	case p.Reason == routing.ReasonReviewAsLead:
		return "lead to review"
	case p.Status == routing.StatusReview:
		return "held for review"
	case p.Status == routing.StatusWaiting:
		return "waits " + string(p.Reason)
	case p.Status == routing.StatusFiltered:
		return "– " + string(p.Reason)
	}
	switch p.What {
	case routing.WhatContact:
		return "contact"
	case routing.WhatAccountAndContact:
		return "account + contact"
	case routing.WhatLead:
		if p.AccountID != "" {
			return "lead with account"
		}
		return "lead"
	case routing.WhatFlow:
		return "asks the Flow"
	case routing.WhatDeparture:
		return "marks who left"
	case routing.WhatDuplicate:
		return "same move again"
	}
	return string(p.What)
}

func writeComparison(out io.Writer, list []comparison) {
	columns := []show.Column{{Title: "PERSON", Most: 17}, {Title: "TO", Most: 20}}
	for _, s := range routing.Strategies() {
		columns = append(columns, show.Column{Title: string(s), Most: 18})
	}
	rows := make([][]string, len(list))
	for i, c := range list {
		rows[i] = []string{c.Person, c.To}
		for _, s := range routing.Strategies() {
			rows[i] = append(rows[i], c.Would[string(s)])
		}
	}
	show.Table(out, columns, rows)
	fmt.Fprintln(out)
}
