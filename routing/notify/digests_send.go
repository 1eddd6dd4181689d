package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/onward-crm/onward/dri/digest"
)

// addressee is somebody who may get a message.
type addressee struct {
	kind digest.Kind
	id   string
}

// addressees are all who may get one, in order: responsible users, then managers.
func (e *edition) addressees() []addressee {
	var out []addressee
	for _, id := range e.book.Users() {
		out = append(out, addressee{digest.KindDigest, id})
	}
	for _, id := range slices.Sorted(maps.Keys(e.reports)) {
		out = append(out, addressee{digest.KindSummary, id})
	}
	return out
}

// sendAll sends what is due, and returns when to try again what could not be sent; zero
// for nothing.
func (d *Digests) sendAll(ctx context.Context, now time.Time, out *Report) (due time.Time, err error) {
	e, err := d.prepare(ctx, now)
	if err != nil {
		return due, err
	}
	round := d.opt.Courier.Round()
	for _, a := range e.addressees() {
		if err := ctx.Err(); err != nil {
			return due, err
		}
		if u, ok := e.users[a.id]; !ok || !u.Active || u.Queue {
			out.Unknown++
			continue
		}
		again, err := e.sendTo(ctx, round, a, out)
		if err != nil {
			return due, err
		}
		if !again.IsZero() && (due.IsZero() || again.Before(due)) {
			due = again
		}
	}
	return due, nil
}

// sendTo sends one message, unless it is empty or was sent before. again is when to try
// it again, zero for never.
func (e *edition) sendTo(ctx context.Context, round *Round, a addressee, out *Report) (again time.Time, err error) {
	m, err := e.weekly(ctx, a.kind, a.id)
	if err != nil {
		return again, err
	}
	if m.Empty() {
		out.Empty++
		return again, nil
	}
	top := topic(a.kind, a.id)
	mark, taken, err := e.opt.Sent.Claim(ctx, Claim{
		Key: top + ":" + e.week.String(), Topic: top, Since: m.Since, Until: m.Until, Now: e.now(), Lease: e.opt.Lease,
	})
	if err != nil {
		return again, fmt.Errorf("notify: sent: %w", err)
	}
	if !taken {
		out.Before++
		if mark.State == StateDelayed || mark.State == StateClaimed {
			again = mark.Due
		}
		return again, nil
	}
	u := e.users[a.id]
	to := Recipient{UserID: u.ID, Name: u.Name, Email: u.Email}
	return e.settle(ctx, mark, round.Deliver(ctx, Message{Key: mark.Key, To: to, Content: m}, mark.Attempt < impatience), out)
}

// settle marks what became of a message. It is done also when we are about to go: what
// was sent must not be sent again.
func (e *edition) settle(ctx context.Context, mark Mark, got Delivery, out *Report) (again time.Time, err error) {
	s := Settlement{Key: mark.Key, Attempt: mark.Attempt, State: got.State, Channel: got.Channel, Reason: got.Reason}
	switch got.State {
	case StateSent:
		out.Sent++
	case StateFailed:
		out.Failed++
	default:
		out.Delayed++
		s.Due = e.now().Add(delay(mark.Attempt, got.After))
		again = s.Due
	}
	e.opt.Logger.Info("digest", "message", mark.Key, "state", got.State, "channel", got.Channel, "reason", got.Reason, "attempt", mark.Attempt)
	if err := e.opt.Sent.Settle(context.WithoutCancel(ctx), s); err != nil && !errors.Is(err, ErrOvertaken) {
		return again, fmt.Errorf("notify: sent: %w", err)
	}
	return again, nil
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
