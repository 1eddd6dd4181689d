package main

import (
	"context"
	"log/slog"

	"github.com/onward-crm/onward/cmd/onward/env"
)

// defaultOut is where a run against an org keeps its ledger and its decisions.
const defaultOut = "onward-result"

// dial logs in to the configured org.
func (w *world) dial(ctx context.Context, log *slog.Logger) (err error) {
	w.org, err = env.Dial(ctx, w.settings, &env.Dialing{Now: w.now, Logger: log})
	return err
}
