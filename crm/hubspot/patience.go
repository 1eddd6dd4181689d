package hubspot

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/onward-crm/onward/crm"
)

const (
	// patientTries is how often one call of a long reading is made, each time with the
	// repetitions that every call has. With the pauses between, HubSpot may be away for
	// some three minutes.
	patientTries = 8
	// patientPause is the mean of the first pause; the next are twice as long, up to
	// patientPauseMost, which is also the longest wish of HubSpot's that is followed.
	patientPause     = 2 * time.Second
	patientPauseMost = time.Minute
)

// patiently makes one call of a long reading again while the trouble may pass: all
// that was read would be lost with it. A day's allowance is not waited for.
func (c *Client) patiently(ctx context.Context, read func() error) error {
	for try := 1; ; try++ {
		err := read()
		if err == nil || try == patientTries || !passes(err) || ctx.Err() != nil {
			return err
		}
		wait := min(patientPause<<(try-1), patientPauseMost)
		wait = max(wait/2+rand.N(wait), pauseOf(err))
		c.opt.Logger.LogAttrs(ctx, slog.LevelWarn, "hubspot reading waits", slog.Int("attempt", try),
			slog.Duration("wait", wait), slog.String("class", crm.ClassOf(err).Error()))
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return &crm.Error{Op: "find", Class: crm.ErrUnavailable, Code: codeNoAnswer, Err: context.Cause(ctx)}
		}
	}
}

// passes reports whether an error is worth the wait. An answer that came and makes no
// sense will make none in a minute.
func passes(err error) bool {
	var e *crm.Error
	if errors.As(err, &e) && (e.Code == codeMalformed || e.Code == codeNotJSON) {
		return false
	}
	return crm.Retryable(err) && !errors.Is(err, crm.ErrQuota) && pauseOf(err) <= patientPauseMost
}
