package crm

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Classes lists the classes of errors, the more telling before the more general
// (ErrParent before the class of the parent, ErrInactiveOwner before ErrInvalid).
func Classes() []error {
	return []error{
		ErrParent, ErrDoubtful, ErrUnknownOutcome, ErrInactiveOwner, ErrDuplicate, ErrStale, ErrLocked, ErrThrottled, ErrQuota,
		ErrAuth, ErrDenied, ErrNotVisible, ErrNotFound, ErrInvalid, ErrUnavailable,
	}
}

// ClassOf returns the class of an error: the Class of an [*Error], else the
// first of [Classes] that the error answers to, else nil.
func ClassOf(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Class != nil {
		return e.Class
	}
	for _, class := range Classes() {
		if errors.Is(err, class) {
			return class
		}
	}
	return nil
}

// firstWait and maxWait bound the default back-off. A row lock lasts up to 10 s
// in Salesforce, and an instant repetition makes it worse.
const (
	firstWait = 2 * time.Second
	maxWait   = time.Minute
)

// worthWaiting reports whether the Client itself repeats after an error. A used
// up quota comes back too late for that, and so does a CRM that asks for more
// patience than a caller can be expected to have.
func worthWaiting(err error) bool {
	return Retryable(err) && !errors.Is(err, ErrQuota) && retryAfter(err) <= maxWait
}

func retryAfter(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

func (c *Client) defaultBackoff(attempt int, err error) time.Duration {
	wait := maxWait
	if doublings := attempt - 1; doublings < 5 {
		wait = firstWait << max(doublings, 0)
	}
	wait = wait/2 + time.Duration(c.dice.float()*float64(wait/2))
	return max(wait, retryAfter(err), firstWait)
}

// retry makes one call until it succeeds, fails for good, or was tried often
// enough. It is for calls that may be made twice: reads and look-ups.
func (c *Client) retry(ctx context.Context, op string, o Object, call func() error) error {
	most := c.attempts
	if op == "find" {
		most = c.readTries(ctx)
	}
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return &Error{Op: op, Object: o, Class: ErrUnavailable, Err: err}
		}
		err := call()
		if err == nil {
			return nil
		}
		err = classed(op, o, err)
		if attempt >= most || !worthWaiting(err) {
			return err
		}
		if stop := c.wait(ctx, op, attempt, err); stop != nil {
			return &Error{Op: op, Object: o, Class: ErrUnavailable, Err: stop}
		}
	}
}

// hurried is the key of a context whose caller would rather be told than wait.
type hurried struct{}

// hurriedTries is how often a query is tried for somebody in a hurry: a trouble of a
// moment passes, an outage is told at once.
const hurriedTries = 2

// Hurried marks a context for callers who wait for the answer themselves and can come
// again, such as a Flow's callout: while the CRM is away a query fails after a second
// try. Writes are repeated as always, since half-done work is worse than a wait.
func Hurried(ctx context.Context) context.Context { return context.WithValue(ctx, hurried{}, true) }

// readTries is how often a query is tried.
func (c *Client) readTries(ctx context.Context) int {
	if ctx.Value(hurried{}) != nil {
		return min(c.attempts, hurriedTries)
	}
	return c.attempts
}

// wait sleeps before the next attempt; its error is the context's.
func (c *Client) wait(ctx context.Context, op string, attempt int, err error) error {
	d := c.backoff(attempt, err)
	c.log.LogAttrs(ctx, slog.LevelWarn, "crm call repeated", slog.String("op", op),
		slog.Int("attempt", attempt), slog.Duration("wait", d), slog.String("class", className(err)))
	return c.sleep(ctx, d)
}

func className(err error) string {
	if class := ClassOf(err); class != nil {
		return class.Error()
	}
	return "unclassed"
}

// classed gives every error of a read a class and a message that holds no text
// of the cause. A driver that forgot the class is taken to be out of order.
func classed(op string, o Object, err error) error {
	var e *Error
	if errors.As(err, &e) && e.Class != nil {
		return e
	}
	class := ClassOf(err)
	if class == nil {
		class = ErrUnavailable
	}
	return &Error{Op: op, Object: o, Class: class, Err: err}
}

func sleepTimer(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// dice is a source of chance that several callers may share.
type dice struct {
	mu   sync.Mutex
	rand *rand.Rand
}

func (d *dice) float() float64 {
	if d.rand == nil {
		return rand.Float64()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rand.Float64()
}

// chunks cuts a list to a limit; 0 means unlimited.
func chunks[T any](list []T, limit int) iter.Seq[[]T] {
	if limit < 1 {
		limit = max(len(list), 1)
	}
	return slices.Chunk(list, limit)
}
