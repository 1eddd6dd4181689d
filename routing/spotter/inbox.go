package spotter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Inbox accepts events without an engine, as an engine would: for a command that hands
// on what another process works on. Secret is the engine's, Now its clock.
type Inbox struct {
	Ledger routing.Ledger
	Secret []byte
	Now    func() time.Time
}

var _ Accepter = Inbox{}

// Accept stores events durably, positionally. The error of an invalid event is
// routing.ErrEvent; nothing of the batch is stored then.
func (x Inbox) Accept(ctx context.Context, evs []routing.Event) ([]routing.Accepted, error) {
	now := x.Now().UTC()
	ds := make([]routing.Delivery, len(evs))
	var problems []error
	for i, ev := range evs {
		ev, err := routing.Normalize(ev, now)
		if err != nil {
			problems = append(problems, fmt.Errorf("event %d: %w", i, err))
			continue
		}
		ids := routing.Identifiers(ev)
		stones := make([]string, len(ids))
		for n, id := range ids {
			stones[n] = routing.Tombstone(x.Secret, id)
		}
		ds[i] = routing.Delivery{
			Key: routing.DeliveryKey(ev), Event: ev, Persons: stones, OccurredAt: ev.OccurredAt, ReceivedAt: now.Truncate(time.Microsecond),
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return x.Ledger.Accept(ctx, ds)
}
