package outbox

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
)

// callbackSayer completes actions of HubSpot workflows.
type callbackSayer struct{ hubSpot ActionCompleter }

// sayNoHubSpot: callbacks are owed and nobody can make them.
const sayNoHubSpot = "no HubSpot client is configured"

// say tells HubSpot the outcome of a delivery. A callback that is not there any more
// after an answer was lost is taken for one that was made.
func (s callbackSayer) say(ctx context.Context, p adapter.Promise, rec routing.Record) *failure {
	if s.hubSpot == nil {
		return &failure{text: sayNoHubSpot, trouble: true}
	}
	out := adapter.ActionOutput(rec)
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	err := s.hubSpot.CompleteAction(ctx, p.Target, out)
	if err == nil {
		return nil
	}
	f := &failure{text: err.Error(), trouble: crm.Retryable(err) && !errors.Is(err, crm.ErrLocked)}
	var e *crm.Error
	if errors.As(err, &e) {
		f.after = e.RetryAfter
	}
	switch {
	case errors.Is(err, crm.ErrNotFound) && strings.Contains(p.Error, crm.ErrUnknownOutcome.Error()):
		return nil
	case errors.Is(err, crm.ErrNotFound), errors.Is(err, crm.ErrInvalid):
		f.final = true
	case errors.Is(err, crm.ErrAuth), errors.Is(err, crm.ErrDenied):
		f.trouble = true
	}
	return f
}
