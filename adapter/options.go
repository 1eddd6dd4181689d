package adapter

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/onward-crm/onward/routing"
)

// Options are the parts and settings of a Server. A source that is nil or empty is
// not served.
type Options struct {
	// Engine does the work, Ledger is the one that it works with, Store keeps what
	// the adapter remembers beside it.
	Engine *routing.Engine
	Ledger routing.Ledger
	Store  Store
	// PublicURL is what senders call the server by, such as
	// "https://hooks.example.com": signatures are made over it, whatever a request
	// says of its host. HTTPS, but for loopback addresses. It ends without a slash.
	PublicURL string

	// The sources.
	Flow    *FlowOptions
	HubSpot *HubSpotOptions
	Feeds   []FeedOptions
	// Operators are the people who may look and decide; nil for none.
	Operators *OperatorOptions

	Limits Limits
	// Logger gets a line for each request: ids, counts, codes and durations, never
	// people or secrets. Default: nothing is logged.
	Logger *slog.Logger
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// Telemetry counts and traces; nil for neither.
	Telemetry *Telemetry
	// Promises are the messages that accepted deliveries are to bring about; nil for
	// none. They are stored before the answer.
	Promises func([]routing.Accepted) []Promise
	// Waiting tells what work waits for although reports are accepted, such as "crm";
	// "" for nothing. /readyz says it. It must not block; nil means nothing.
	Waiting func() string
	// Wake is called when work was accepted that nobody waits for; it must not block.
	Wake func()
}

// Limits bound what the server takes at once; zero values mean the defaults.
type Limits struct {
	// InFlight is how many requests are verified and stored at once
	// (DefaultInFlight); bodies that are still coming in hold at most InFlight times
	// BodyBytes together. Others wait up to Wait (DefaultWait) for a place and are
	// then answered 503: an instant refusal would cost as much as the work.
	InFlight int
	Wait     time.Duration
	// Working is how many requests may wait for the outcome of their own work, or
	// ask the CRM, at once (DefaultWorking). What is accepted beyond that is answered
	// as accepted and left to the queue.
	Working int
	// Rate is how many requests a second one caller may make, Burst how many at once
	// (DefaultRate, DefaultBurst).
	Rate  float64
	Burst int
	// BodyBytes is the greatest body (DefaultBodyBytes), Items the greatest list
	// (DefaultItems), Depth the deepest nesting (DefaultDepth).
	BodyBytes int64
	Items     int
	Depth     int
}

// The defaults of Limits.
const (
	DefaultInFlight        = 64
	DefaultWait            = 2 * time.Second
	DefaultWorking         = 64
	DefaultRate            = 2000.0
	DefaultBurst           = 4000
	DefaultBodyBytes int64 = 1 << 20
	DefaultItems           = 200
	DefaultDepth           = 32
)

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	orDefault(&l.InFlight, DefaultInFlight)
	orDefault(&l.Wait, DefaultWait)
	orDefault(&l.Working, DefaultWorking)
	orDefault(&l.Rate, DefaultRate)
	orDefault(&l.Burst, DefaultBurst)
	orDefault(&l.BodyBytes, DefaultBodyBytes)
	orDefault(&l.Items, DefaultItems)
	orDefault(&l.Depth, DefaultDepth)
	return l
}

func orDefault[T int | int64 | float64 | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

// check lists everything that is wrong with the options; sources check their own.
func (o *Options) check() error {
	var errs []error
	if o.Engine == nil || o.Ledger == nil || o.Store == nil {
		errs = append(errs, errors.New("adapter: a server needs an engine, a ledger and a store"))
	}
	if err := checkPublicURL(o.PublicURL); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkPublicURL demands HTTPS: keys and people's data travel in the open otherwise.
func checkPublicURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return errors.New("adapter: public URL: want a URL such as https://hooks.example.com")
	case u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(s, "/"):
		return errors.New("adapter: public URL: want it without a query and without a slash at its end")
	case u.Scheme == "http" && isLoopback(u.Hostname()), u.Scheme == "https":
		return nil
	}
	return fmt.Errorf("adapter: public URL: scheme %q is not https", u.Scheme)
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
