package adapter

import (
	"context"
	"errors"
	"time"
)

// Store keeps what the adapter has to remember beside the ledger. Every method is
// one transaction. Safe for concurrent use, also by several processes where the
// implementation says so. The suite in adapter/storetest is its definition.
type Store interface {
	// Refuse keeps a request whose signature did not fit, within the bounds of
	// SideLimits; the oldest of the same source make room. The same request is kept
	// once.
	Refuse(ctx context.Context, r Refused) error
	// Refused lists what is kept, oldest first; "" lists all sources. Forget removes.
	Refused(ctx context.Context, source string) ([]Refused, error)
	Forget(ctx context.Context, ids []string) error

	// Promise stores messages that are to be sent once a delivery has ended; one
	// with a known ID changes nothing.
	Promise(ctx context.Context, ps []Promise) error
	// Owed takes at most n promises whose time has come, oldest first, and holds
	// them until the lease ends. Kept ends promises: as kept, or to be tried again.
	Owed(ctx context.Context, now time.Time, n int, lease time.Duration) ([]Promise, error)
	Kept(ctx context.Context, ks []Keeping) error
	// Promises lists those of a delivery, or by ID: the story of what was told to
	// whom. Exactly one of the arguments is given.
	Promises(ctx context.Context, delivery, id string) ([]Promise, error)

	// Log keeps an operator's act; Acts lists at most n of them, youngest first.
	Log(ctx context.Context, a OperatorAct) error
	Acts(ctx context.Context, n int) ([]OperatorAct, error)

	// SetPaused and Paused are the switch that stops the work, not the accepting.
	SetPaused(ctx context.Context, paused bool) error
	Paused(ctx context.Context) (bool, error)

	// Sweep removes what is older than its keeping time (SideLimits.Age, and
	// promises that ended before).
	Sweep(ctx context.Context, now time.Time) error
}

// ErrNoPromise: nothing has that ID.
var ErrNoPromise = errors.New("adapter: unknown message")

// Refused is a request that could not be verified.
type Refused struct {
	// ID is a hash of source, URI, signature headers and body.
	ID      string
	Source  string
	Code    string
	Request Request
}

// SideLimits bound what is kept of requests that could not be verified.
type SideLimits struct {
	// Requests and Bytes bound one source (DefaultSideRequests, DefaultSideBytes).
	Requests int
	Bytes    int64
	// Age is how long they are kept (DefaultSideAge).
	Age time.Duration
}

// The defaults of SideLimits.
const (
	DefaultSideRequests       = 10_000
	DefaultSideBytes    int64 = 64 << 20
	DefaultSideAge            = 72 * time.Hour
)

// Promise is a message about a delivery, to be sent at least once when the
// delivery has ended.
type Promise struct {
	// ID is unique; consumers can tell repetitions by it.
	ID string
	// Kind says how it is sent: "hubspot-callback", "hubspot-write-back", "webhook".
	Kind string
	// Delivery is the key of the delivery that it is about.
	Delivery string
	// Target is the callback's id, or the endpoint's name; of a write-back it is "", or
	// the time of what is to be told.
	Target string
	// Made is when it was promised, Due when it is tried (next).
	Made, Due time.Time
	// Attempts counts those that failed; Error is the last failure, without values.
	Attempts int
	Error    string
	// Ended is when it was sent or given up; zero while it is owed. Sent tells which.
	Ended time.Time
	Sent  bool
}

// Keeping is what became of an attempt to keep a promise.
type Keeping struct {
	ID string
	// Sent and GivenUp end the promise; otherwise it is due again at Due.
	Sent, GivenUp bool
	Due           time.Time
	Error         string
	// Waited tells that there was nothing to send yet: it counts as no attempt.
	Waited bool
	At     time.Time
}

// OperatorAct is something that an operator did.
type OperatorAct struct {
	At time.Time `json:"at"`
	// By is the operator's name, What the act, About what it was done to.
	By    string `json:"by"`
	What  string `json:"what"`
	About string `json:"about,omitempty"`
	// Result is "done" or why it was refused.
	Result string `json:"result"`
}

// WithDefaults are the limits with DefaultSideRequests, DefaultSideBytes and
// DefaultSideAge in place of what is not positive.
func (l SideLimits) WithDefaults() SideLimits {
	if l.Requests <= 0 {
		l.Requests = DefaultSideRequests
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultSideBytes
	}
	if l.Age <= 0 {
		l.Age = DefaultSideAge
	}
	return l
}

// Size is what a request counts for in SideLimits.Bytes: its method, URI, header
// and body, in bytes.
func (r Request) Size() int64 {
	n := len(r.ID) + len(r.Method) + len(r.URI) + len(r.Body)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	return int64(n)
}
