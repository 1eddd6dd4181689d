package crm

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Client is what users of a CRM hold. It takes batches of queries and writes of
// any size, cuts them to the limits of its [Driver], puts parents before
// children, repeats what may be repeated, and counts calls. The driver makes
// single attempts; everything that is the same for every CRM is here.
//
// A Client is safe for concurrent use. It starts no goroutines: the calls of one
// Find or Apply follow one another, so that the same batch against the same CRM
// gives the same calls.
type Client struct {
	driver   Driver
	log      *slog.Logger
	attempts int
	backoff  func(attempt int, err error) time.Duration
	sleep    func(ctx context.Context, d time.Duration) error
	dice     dice

	find, describe, write, landed atomic.Int64

	mu      sync.Mutex
	schemas map[Object]Schema
}

// ClientOptions are the optional parts of a Client. Zero values mean defaults.
type ClientOptions struct {
	// Logger gets one line for each repetition; default: none. Lines hold codes
	// and keys, never values.
	Logger *slog.Logger
	// MaxAttempts is how often one call, or one item of a call, is tried in all.
	// Default 5; 1 means that nothing is repeated.
	MaxAttempts int
	// Backoff tells how long to wait after the attempt-th failure in a row
	// (first: 1). Default: 2 s, doubled each time, at most a minute, half of it
	// by chance so that clients do not come back together; never less than
	// Error.RetryAfter asks for.
	Backoff func(attempt int, err error) time.Duration
	// Rand throws the dice of the default Backoff; default: the process's own.
	// The Client locks it, so it may not be used elsewhere at the same time.
	Rand *rand.Rand
	// Sleep waits, and gives the context's error when that ends first. Default:
	// a timer. Simulations pass their own.
	Sleep func(ctx context.Context, d time.Duration) error
}

const defaultAttempts = 5

// NewClient returns a client over a driver. A nil o means all defaults. A nil
// driver is a programmer's error and panics.
func NewClient(d Driver, o *ClientOptions) *Client {
	if d == nil {
		panic("crm: NewClient needs a driver")
	}
	if o == nil {
		o = &ClientOptions{}
	}
	c := &Client{
		driver: d, log: o.Logger, attempts: o.MaxAttempts, backoff: o.Backoff, sleep: o.Sleep,
		dice: dice{rand: o.Rand}, schemas: map[Object]Schema{},
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.attempts < 1 {
		c.attempts = defaultAttempts
	}
	if c.backoff == nil {
		c.backoff = c.defaultBackoff
	}
	if c.sleep == nil {
		c.sleep = sleepTimer
	}
	return c
}

// Describe tells which fields an object has, for the integration user. The
// answer is kept for the life of the Client and shared: do not change it.
// An object that does not exist is ErrNotFound. Errors are not kept.
func (c *Client) Describe(ctx context.Context, o Object) (Schema, error) {
	c.mu.Lock()
	s, ok := c.schemas[o]
	c.mu.Unlock()
	if ok {
		return s, nil
	}
	err := c.retry(ctx, "describe", o, func() error {
		var err error
		c.describe.Add(1)
		s, err = c.driver.Describe(ctx, o)
		return err
	})
	if err != nil {
		return Schema{}, err
	}
	c.mu.Lock()
	c.schemas[o] = s
	c.mu.Unlock()
	return s, nil
}

// Landed tells which creates and upserts of one object have arrived: by key, the
// id of the record that carries it. Keys that are nowhere are not in the map.
func (c *Client) Landed(ctx context.Context, o Object, keys []Key) (map[Key]string, error) {
	all := make(map[Key]string, len(keys))
	for chunk := range chunks(keys, c.driver.Limits().Keys) {
		var found map[Key]string
		err := c.retry(ctx, "landed", o, func() error {
			var err error
			c.landed.Add(1)
			found, err = c.driver.Landed(ctx, o, chunk)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, k := range chunk {
			if id := found[k]; id != "" {
				all[k] = id
			}
		}
	}
	return all, nil
}

// Calls are numbers of calls that a driver was asked for.
type Calls struct {
	Find     int `json:"find"`
	Describe int `json:"describe"`
	Write    int `json:"write"`
	Landed   int `json:"landed"`
}

// Total is the number of calls of all kinds.
func (n Calls) Total() int { return n.Find + n.Describe + n.Write + n.Landed }

// Calls counts the calls made so far, repeated ones included.
func (c *Client) Calls() Calls {
	return Calls{
		Find: int(c.find.Load()), Describe: int(c.describe.Load()),
		Write: int(c.write.Load()), Landed: int(c.landed.Load()),
	}
}
