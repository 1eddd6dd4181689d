package routing

import (
	"context"
	"errors"
)

// notify sends what the ledger has to tell, and marks what was sent.
func (e *Engine) notify(ctx context.Context) error {
	if e.deps.Notifier == nil {
		return nil
	}
	ns, err := e.deps.Ledger.Notices(ctx, e.opt.BatchSize)
	if err != nil || len(ns) == 0 {
		return err
	}
	errs, err := e.deps.Notifier.Notify(ctx, ns)
	if err != nil {
		return err
	}
	var sent []string
	for i, n := range ns {
		if errs[i] == nil {
			sent = append(sent, n.ID)
		}
	}
	return errors.Join(e.deps.Ledger.Sent(ctx, sent), errors.Join(errs...))
}
