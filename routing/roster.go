package routing

import (
	"context"
	"fmt"
	"strings"

	"github.com/onward-crm/onward/tracking"
)

// askRoster asks under which relationships movers count. Keys that are asked about
// later hold more of the person, and their answer replaces the earlier one.
func (e *Engine) askRoster(ctx context.Context, facts []Facts, r round) error {
	asks := r.sorted(AskRoster)
	if len(asks) == 0 {
		return nil
	}
	people := make([][]string, len(asks))
	for i, ask := range asks {
		people[i] = strings.Split(ask.Value, keysApart)
	}
	stamps, err := e.deps.Relationships.Stamps(ctx, people)
	if err == nil && len(stamps) != len(people) {
		err = fmt.Errorf("%d answers to %d questions", len(stamps), len(people))
	}
	if err != nil {
		return fmt.Errorf("routing: who is tracked: %w", err)
	}
	for i, ask := range asks {
		for _, event := range r.want[ask] {
			facts[event].Tracked = stamps[i]
		}
	}
	return nil
}

// spend records the credits of deliveries that are about to be finished. It comes
// before: a crash between the two repeats both, with the stored plan and receipts and
// so with the same credits, and the second record changes nothing. The other way round
// a crash would lose the credit. A claim that was lost meanwhile does no harm: whoever
// has it found the receipts of what was created.
func (e *Engine) spend(ctx context.Context, fs []Finish, which []*job) error {
	if e.deps.Relationships == nil {
		return nil
	}
	var spent []tracking.Spending
	for i, f := range fs {
		if f.Result.Credits == 0 && f.Result.Returned == 0 {
			continue
		}
		s := tracking.Spending{Delivery: f.Fence.Key, Credits: f.Result.Credits, Returned: f.Result.Returned, At: f.At}
		if which[i].facts != nil {
			s.Stamp = which[i].facts.Tracked
		}
		spent = append(spent, s)
	}
	if len(spent) == 0 {
		return nil
	}
	if err := e.deps.Relationships.Spend(ctx, spent); err != nil {
		return fmt.Errorf("routing: credits: %w", err)
	}
	return nil
}
