package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// The defaults of CourierOptions.
const (
	DefaultTries   = 3
	DefaultPause   = 2 * time.Second
	DefaultMaxWait = 30 * time.Second
	DefaultTimeout = 30 * time.Second
)

// CourierOptions tune a Courier; nil and zero fields mean the defaults.
type CourierOptions struct {
	// Tries is how often a channel that is away is tried for one message, with a pause
	// that doubles from Pause. A channel that wants to be left alone for longer than
	// MaxWait is not waited for: the message is delayed.
	Tries          int
	Pause, MaxWait time.Duration
	// Timeout bounds one try.
	Timeout time.Duration
	// Logger gets failures. Default: nothing is logged.
	Logger *slog.Logger
}

// Courier sends messages through the first of several channels that takes them. Make
// one with NewCourier. Safe for concurrent use.
type Courier struct {
	senders []Sender
	opt     CourierOptions
}

// NewCourier makes a courier; channels are tried in the order given. At least one is
// needed, each with a name of its own.
func NewCourier(senders []Sender, o *CourierOptions) (*Courier, error) {
	c := &Courier{senders: senders}
	if o != nil {
		c.opt = *o
	}
	if len(senders) == 0 {
		return nil, errors.New("notify: no channel: want at least one sender")
	}
	seen := map[string]bool{}
	for _, s := range senders {
		if seen[s.Name()] {
			return nil, fmt.Errorf("notify: two channels are called %s", s.Name())
		}
		seen[s.Name()] = true
	}
	c.opt.fill()
	return c, nil
}

func (o *CourierOptions) fill() {
	if o.Tries <= 0 {
		o.Tries = DefaultTries
	}
	for _, d := range []struct {
		at *time.Duration
		to time.Duration
	}{{&o.Pause, DefaultPause}, {&o.MaxWait, DefaultMaxWait}, {&o.Timeout, DefaultTimeout}} {
		if *d.at <= 0 {
			*d.at = d.to
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// Delivery is what became of one message.
type Delivery struct {
	// State is StateSent, StateFailed or StateDelayed.
	State State
	// Channel took it; Reason says why the channels before did not, or why none did.
	Channel, Reason string
	// After is how long a channel wants to be left alone.
	After time.Duration
}

// downAfter is how many messages in a row a channel may be away for before the rest of
// a round passes it over.
const downAfter = 2

// Round sends messages that belong together. What it learns of a channel (that it is
// down, that it does not let us in) spares the later messages the same waiting. Safe
// for concurrent use.
type Round struct {
	*Courier
	mu   sync.Mutex
	away map[string]int
	shut map[string]*SendError
}

// Round begins a round.
func (c *Courier) Round() *Round {
	return &Round{Courier: c, away: map[string]int{}, shut: map[string]*SendError{}}
}

// Deliver sends a message through the first channel that takes it.
//
//	the channel                        then
//	---------------------------------  -------------------------------------------
//	takes it                           sent
//	does not know the person, refuses  the next one
//	does not let us in                 the next one; if none takes it, delayed
//	is away, and patient               delayed: it may have taken it
//	is away, and not patient           the next one; if none takes it, delayed
//
// When every channel has refused or does not know the person, it failed for good.
func (r *Round) Deliver(ctx context.Context, m Message, patient bool) Delivery {
	var out Delivery
	var reasons []string
	delayed := false
	for _, s := range r.senders {
		err := r.try(ctx, s, m)
		if err == nil {
			out.State, out.Channel, out.Reason = StateSent, s.Name(), strings.Join(reasons, ", ")
			return out
		}
		reasons = append(reasons, s.Name()+": "+err.Reason)
		out.After = max(out.After, err.After)
		r.opt.Logger.Warn("message not sent this way", "message", m.Key, "channel", s.Name(), "class", err.Class.Error(), "reason", err.Reason)
		away := errors.Is(err, ErrAway)
		delayed = delayed || away || errors.Is(err, ErrDenied)
		if ctx.Err() != nil || away && patient {
			break
		}
	}
	out.State, out.Reason = StateFailed, strings.Join(reasons, ", ")
	if delayed || ctx.Err() != nil {
		out.State = StateDelayed
	}
	return out
}

// try sends through one channel, again while it is away.
func (r *Round) try(ctx context.Context, s Sender, m Message) *SendError {
	if err := r.known(s.Name()); err != nil {
		return err
	}
	var err *SendError
	pause := r.opt.Pause
	for n := 1; ; n++ {
		err = r.once(ctx, s, m)
		wait := pause + rand.N(pause/4+1)
		if err != nil {
			wait = max(wait, err.After)
		}
		if err == nil || !errors.Is(err, ErrAway) || n == r.opt.Tries || wait > r.opt.MaxWait || !rest(ctx, wait) {
			break
		}
		pause *= 2
	}
	r.learn(s.Name(), err)
	return err
}

// known is what a round has learnt of a channel already; nil for nothing bad.
func (r *Round) known(name string) *SendError {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shut[name]
}

func (r *Round) learn(name string, err *SendError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.away[name] = 0
	case errors.Is(err, ErrDenied):
		r.shut[name] = err
		r.opt.Logger.Error("a channel does not let us in: mend its configuration", "channel", name, "reason", err.Reason)
	case errors.Is(err, ErrAway):
		if r.away[name]++; r.away[name] >= downAfter {
			r.shut[name] = err
		}
	}
}

// once sends once, in bounded time. An error without a class is an outage.
func (r *Round) once(ctx context.Context, s Sender, m Message) *SendError {
	ctx, cancel := context.WithTimeout(ctx, r.opt.Timeout)
	defer cancel()
	err := s.Send(ctx, m)
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*SendError](err); ok {
		return known
	}
	reason := "unknown"
	if errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
		reason = "timeout"
	}
	return &SendError{Channel: s.Name(), Class: ErrAway, Reason: reason}
}

// rest waits; false when the context has ended.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
