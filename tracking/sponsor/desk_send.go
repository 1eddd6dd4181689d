package sponsor

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/crm"
)

// SendReport says what became of effects.
type SendReport struct {
	Sent int `json:"sent"`
	// Later are tried again; GivenUp are not: Details shows why.
	Later   int `json:"later"`
	GivenUp int `json:"given_up"`
}

// Send brings what is owed to the Sender, oldest first, until nothing is due. What
// the CRM refuses for good is given up at once, everything else after ten attempts; a
// CRM that is away costs none.
// The error means that the Sender or the store failed as a whole: what was taken is
// due again when its lease ends.
func (d *Desk) Send(ctx context.Context) (SendReport, error) {
	var r SendReport
	if d.deps.Sender == nil {
		return r, errNoSender
	}
	for {
		now := d.now()
		owed, err := d.deps.Store.Owed(ctx, now, d.opt.Batch, d.opt.Lease)
		if err != nil || len(owed) == 0 {
			return r, err
		}
		errs, err := d.deps.Sender.Send(ctx, owed)
		if err == nil && len(errs) != len(owed) {
			err = &Error{Op: "send", Class: ErrBroken, Detail: "an answer of another length"}
		}
		if err != nil {
			return r, err
		}
		settled := make([]Settlement, len(owed))
		for i, f := range owed {
			settled[i] = settlement(f, errs[i], d.now())
			d.reportSend(ctx, f, settled[i], &r)
		}
		if err := d.deps.Store.Settle(ctx, settled); err != nil {
			return r, err
		}
	}
}

// settlement decides what becomes of an effect after an attempt.
func settlement(f Effect, err error, at time.Time) Settlement {
	s := Settlement{Key: f.Key, At: at, Sent: err == nil}
	if err == nil {
		return s
	}
	s.Error = clip(err.Error(), 200)
	if isAway(err) {
		s.Waited, s.Due = true, at.Add(awayWait)
		return s
	}
	refused := crm.ClassOf(err) != nil && !crm.Retryable(err) || errors.Is(err, ErrOff)
	s.GivenUp = refused || f.Attempts+1 >= maxAttempts
	if !s.GivenUp {
		s.Due = at.Add(backoff(f.Attempts))
	}
	if errors.Is(err, errInDoubt) {
		s.Due = at.Add(max(doubtWait, backoff(f.Attempts)))
	}
	return s
}

// isAway tells that the CRM as a whole is away, or lets nobody in: that is nobody's
// fault, and costs no attempt however long it lasts.
func isAway(err error) bool {
	for _, class := range []error{crm.ErrUnavailable, crm.ErrThrottled, crm.ErrQuota, crm.ErrAuth} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// awayWait is how long an effect waits for a CRM that is away.
const awayWait = 5 * time.Minute

func (d *Desk) reportSend(ctx context.Context, f Effect, s Settlement, r *SendReport) {
	switch {
	case s.Sent:
		r.Sent++
	case s.GivenUp:
		r.GivenUp++
		if s.Error == ErrOff.Error() {
			return
		}
		d.opt.Logger.ErrorContext(ctx, "sponsor: effect given up", slog.String("sponsor", f.Sponsor), slog.String("key", string(f.Key)), slog.String("error", s.Error))
	default:
		r.Later++
	}
}

// maxAttempts is how often an effect is tried before it is given up, maxBackoff the
// longest wait between two attempts.
const (
	maxAttempts = 10
	maxBackoff  = 6 * time.Hour
)

// backoff is how long to wait after so many earlier failures.
func backoff(attempts int) time.Duration {
	return min(time.Minute<<min(attempts, maxAttempts), maxBackoff)
}

// errNoSender: there is nothing to send with.
var errNoSender = errors.New("sponsor: send: no Sender was given")
