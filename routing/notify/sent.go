package notify

import (
	"context"
	"errors"
	"time"
)

// ErrOvertaken: somebody else has claimed the message meanwhile.
var ErrOvertaken = errors.New("notify: claim overtaken")

// Sent remembers what was sent to whom. Safe for concurrent use, by several processes
// where the implementation says so. The suite in notifytest is the definition of it.
type Sent interface {
	// Claim takes a message to send it. Taken is false, and the mark that stands is
	// returned, when it was sent or given up, when it is not due again yet, or when
	// somebody else holds it. Otherwise the mark is held until now + lease with one
	// attempt more, under the same Key; Topic, Since and Until stay those of the first
	// claim.
	Claim(ctx context.Context, c Claim) (m Mark, taken bool, err error)
	// Settle says what became of the attempt that a claim began. The error is
	// ErrOvertaken when that is no longer the latest attempt, or when the message has
	// been settled already.
	Settle(ctx context.Context, s Settlement) error
	// Last returns the mark of a topic with the greatest Until before a moment; false
	// for none.
	Last(ctx context.Context, topic string, before time.Time) (Mark, bool, error)
	// Prune removes marks that were claimed last before a moment, but not the latest of
	// a topic that is not empty.
	Prune(ctx context.Context, before time.Time) error
}

// Claim asks for a message.
type Claim struct {
	// Key names the message. Topic is what follows each other ("digest:005…"); "" for
	// messages that stand alone.
	Key, Topic string
	// Since and Until are what the message tells of.
	Since, Until time.Time
	Now          time.Time
	Lease        time.Duration
}

// State is what became of a message.
type State string

// The states of a Mark.
const (
	// StateClaimed: somebody sends it, or died while sending.
	StateClaimed State = "claimed"
	// StateDelayed: it could not be sent; it is due again.
	StateDelayed State = "delayed"
	// StateSent: a channel took it.
	StateSent State = "sent"
	// StateFailed: no channel took it, and none will.
	StateFailed State = "failed"
)

// Mark is what is remembered of a message.
type Mark struct {
	Key, Topic   string
	Since, Until time.Time
	State        State
	// Attempt counts claims, from 1.
	Attempt int
	// ClaimedAt is when it was claimed last, Due when it may be claimed again: the end
	// of the lease, or of the delay. Zero when it never may.
	ClaimedAt, Due time.Time
	// Channel is the sender that took it, Reason why none did.
	Channel, Reason string
}

// Settlement ends an attempt.
type Settlement struct {
	Key     string
	Attempt int
	// State is StateSent, StateFailed, or StateDelayed until Due.
	State State
	Due   time.Time
	// Channel and Reason are kept with the mark.
	Channel, Reason string
}

// Begin is the mark after a claim; false when it may not be claimed. Old is the mark
// that stands, nil for none. Implementations share it, so that they agree.
func (c Claim) Begin(old *Mark) (Mark, bool) {
	if old == nil {
		return Mark{
			Key: c.Key, Topic: c.Topic, Since: c.Since, Until: c.Until, State: StateClaimed, Attempt: 1,
			ClaimedAt: c.Now, Due: c.Now.Add(c.Lease),
		}, true
	}
	if old.State == StateSent || old.State == StateFailed || old.Due.After(c.Now) {
		return *old, false
	}
	m := *old
	m.State, m.Attempt, m.ClaimedAt, m.Due = StateClaimed, old.Attempt+1, c.Now, c.Now.Add(c.Lease)
	return m, true
}

// End is the mark after a settlement; ErrOvertaken when it is not the claim that
// stands. Implementations share it.
func (s Settlement) End(old *Mark) (Mark, error) {
	if old == nil || old.Attempt != s.Attempt || old.State != StateClaimed {
		return Mark{}, ErrOvertaken
	}
	m := *old
	m.State, m.Channel, m.Reason, m.Due = s.State, s.Channel, s.Reason, time.Time{}
	if s.State == StateDelayed {
		m.Due = s.Due
	}
	return m, nil
}
