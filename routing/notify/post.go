package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// impatience is the attempt from which on a channel that is away is passed over.
const impatience = 4

// post sends messages, each once for its key.
type post struct {
	sent   Sent
	lease  time.Duration
	logger *slog.Logger
	now    func() time.Time
}

// result is what became of a message.
type result struct {
	// mark is the one that stands; taken tells that this call made the attempt.
	mark  Mark
	taken bool
	// again is when to try again, zero for never.
	again time.Time
}

// send claims a message, delivers it, and marks what became of it. The mark is made
// also when we are about to go: what was sent must not be sent again. The error is the
// store's.
func (p post) send(ctx context.Context, round *Round, c Claim, m Message) (result, error) {
	c.Key, c.Now, c.Lease = m.Key, p.now(), p.lease
	mark, taken, err := p.sent.Claim(ctx, c)
	if err != nil {
		return result{}, fmt.Errorf("notify: sent: %w", err)
	}
	r := result{mark: mark, taken: taken}
	if !taken {
		if mark.State == StateDelayed || mark.State == StateClaimed {
			r.again = mark.Due
		}
		return r, nil
	}
	got := round.Deliver(ctx, m, mark.Attempt < impatience)
	s := Settlement{Key: mark.Key, Attempt: mark.Attempt, State: got.State, Channel: got.Channel, Reason: got.Reason}
	if got.State == StateDelayed {
		s.Due = p.now().Add(delay(mark.Attempt, got.After))
		r.again = s.Due
	}
	r.mark.State = got.State
	p.logger.Info("message", "message", mark.Key, "state", got.State, "channel", got.Channel, "reason", got.Reason, "attempt", mark.Attempt)
	if err := p.sent.Settle(context.WithoutCancel(ctx), s); err != nil && !errors.Is(err, ErrOvertaken) {
		return r, fmt.Errorf("notify: sent: %w", err)
	}
	return r, nil
}

// The bounds of the delay of a message that could not be sent.
const (
	firstDelay = 5 * time.Minute
	maxDelay   = 6 * time.Hour
)

// delay is how long a message waits after an attempt: longer each time, and as long as
// the channel wants to be left alone, up to maxDelay.
func delay(attempt int, wish time.Duration) time.Duration {
	d := firstDelay
	for n := 1; n < attempt && d < maxDelay; n++ {
		d *= 2
	}
	return min(max(d, wish), maxDelay)
}
