package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/routing"
)

const (
	// laneWidth is how many messages one receiver gets at the same time.
	laneWidth = 8
	// A message that cannot be sent yet because its delivery has not ended is looked at
	// after waitLeast, later after a tenth of its age, and at last every waitMost.
	waitLeast = 2 * time.Second
	waitMost  = 10 * time.Minute
	// A receiver in trouble is left alone for holdLeast, and for twice as long after
	// each further failure, up to holdMost.
	holdLeast = 5 * time.Second
	holdMost  = 5 * time.Minute
	// longestWish is the longest Retry-After that is followed.
	longestWish = 24 * time.Hour
	// laneGroups is how many batches of messages one receiver is given at the same time:
	// more would only wait until they are taken again by somebody else.
	laneGroups = 2
	// promiseRepeats is how long after the end of a delivery a repeated report of it may
	// still promise what its first one should have. Stores remember promises for longer.
	promiseRepeats = 48 * time.Hour
	// promiseLifetime is after which a message is given up that waits for a receiver in
	// trouble or that nobody knows, or for a delivery that is not there: it may have been
	// given back, and its sender comes again within that time.
	promiseLifetime = 96 * time.Hour
)

// The errors of promises that end without being sent.
const (
	sayNoLane     = "nobody is there by that name"
	sayNoDelivery = "the delivery is not there any more"
	sayUnwanted   = "the receiver does not want this status"
	sayGone       = "410 gone"
	sayTooOld     = "too old"
)

// attemptPauses are the pauses after failed attempts, as Standard Webhooks suggests:
// ten attempts within 75 hours and 35 minutes, and chance on top.
func attemptPauses() []time.Duration {
	return []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// failure is why a message was not sent.
type failure struct {
	// text holds a code, no value.
	text string
	// trouble tells that the receiver itself is in trouble, so that other messages
	// would fare no better. after is how long it asks to wait.
	trouble bool
	after   time.Duration
	// final tells that trying again cannot help, gone that nothing is wanted any more,
	// early that there is nothing to send yet, which is no failure of anybody.
	final, gone, early bool
}

// lane is what leads to one receiver. Safe for concurrent use.
type lane struct {
	// say sends one message; nil means that it was taken.
	say func(ctx context.Context, p adapter.Promise, rec routing.Record) *failure
	// wants tells whether the receiver is to be told; nil means always.
	wants func(routing.Record) bool

	// places bounds how many messages are under way.
	places chan struct{}

	mu      sync.Mutex
	groups  int       // batches under way
	until   time.Time // nobody is sent anything before
	fails   int       // in a row, of the receiver
	probing bool      // one message tries whether it is well again
	gone    bool
}

func newLane(say func(context.Context, adapter.Promise, routing.Record) *failure, wants func(routing.Record) bool) *lane {
	return &lane{say: say, wants: wants, places: make(chan struct{}, laneWidth)}
}

// keep tries to keep a promise and says what is to be noted.
func (l *lane) keep(ctx context.Context, p adapter.Promise, rec routing.Record, known bool, now func() time.Time) adapter.Keeping {
	k := adapter.Keeping{ID: p.ID, At: now()}
	giveUp := func(why string) adapter.Keeping {
		k.GivenUp, k.Error = true, why
		return k
	}
	switch {
	case l.isGone():
		return giveUp(sayGone)
	case !known && k.At.Sub(p.Made) > promiseLifetime:
		return giveUp(sayNoDelivery)
	case !known, !rec.Status.Terminal(), rec.Status == routing.StatusWaiting && p.Kind == PromiseWebhook:
		k.Waited, k.Due = true, k.At.Add(untilEnded(k.At.Sub(p.Made)))
		return k
	case l.wants != nil && !l.wants(rec):
		return giveUp(sayUnwanted)
	}
	if until := l.held(k.At); !until.IsZero() {
		if k.At.Sub(p.Made) > promiseLifetime {
			return giveUp(sayTooOld)
		}
		k.Waited, k.Due = true, until.Add(rand.N(holdLeast))
		return k
	}
	f := l.say(ctx, p, rec)
	k.At = now()
	if f != nil && ctx.Err() != nil {
		k.Waited, k.Due = true, k.At // we broke it off
		return k
	}
	if f != nil && f.early {
		if k.At.Sub(p.Made) > promiseLifetime {
			return giveUp(sayTooOld)
		}
		k.Waited, k.Due = true, k.At.Add(untilEnded(k.At.Sub(p.Made)))
		return k
	}
	l.learn(f, k.At)
	return after(k, p, f)
}

// untilEnded is when to look again at a delivery that has not ended.
func untilEnded(age time.Duration) time.Duration { return min(max(age/10, waitLeast), waitMost) }

// after is what to note after an attempt.
func after(k adapter.Keeping, p adapter.Promise, f *failure) adapter.Keeping {
	if f == nil {
		k.Sent = true
		return k
	}
	k.Error = f.text
	pauses := attemptPauses()
	if f.final || f.gone || p.Attempts >= len(pauses) {
		k.GivenUp = true
		return k
	}
	pause := pauses[p.Attempts]
	k.Due = k.At.Add(max(pause+rand.N(pause/5), min(f.after, longestWish)))
	return k
}

// enter takes up a batch of messages, unless enough are under way. Whoever entered has
// to leave.
func (l *lane) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.groups >= laneGroups {
		return false
	}
	l.groups++
	return true
}

func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.groups--
}

func (l *lane) isGone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gone
}

// held is until when the receiver is left alone; zero when it is not. Once that time
// has come, one message tries and the others go on waiting.
func (l *lane) held(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails == 0 {
		return time.Time{}
	}
	if now.Before(l.until) {
		return l.until
	}
	l.until, l.probing = now.Add(l.hold()), true
	return time.Time{}
}

func (l *lane) hold() time.Duration { return min(holdLeast<<min(l.fails-1, 10), holdMost) }

// learn takes notice of how the receiver fares.
func (l *lane) learn(f *failure, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case f == nil || !f.trouble:
		l.fails, l.until, l.probing = 0, time.Time{}, false
		l.gone = l.gone || f != nil && f.gone
	default:
		if l.probing || l.fails == 0 {
			l.fails, l.probing = l.fails+1, false
		}
		if until := now.Add(max(l.hold(), min(f.after, longestWish))); until.After(l.until) {
			l.until = until
		}
	}
}

// isTimeout reports whether an error says that something took too long.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
