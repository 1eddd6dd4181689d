package contacts

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/tracking"
)

// ErrNotTracked: no list names anybody like that.
var ErrNotTracked = errors.New("contacts: no list names this person")

// Deps are what a Service cannot do without.
type Deps struct {
	Store Store
	// Open gives the source of an import that refreshes itself, by its Kind and Ref.
	// Nil where there is none.
	Open func(ctx context.Context, imp tracking.Import) (Source, error)
	// Secret is what the tombstones of erased people are made with, at least 16 bytes.
	// With another secret they are no longer known.
	Secret []byte
}

// Options are the optional parts of a Service; zero values mean defaults.
type Options struct {
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Logger gets one line for each import and settlement, with counts and no names;
	// default: none.
	Logger *slog.Logger
	// Lease is how long a scan is held without a sign of life; default DefaultLease.
	Lease time.Duration
}

// DefaultLease is the default of Options.Lease.
const DefaultLease = 10 * time.Minute

// batch is how many rows go into one call of the store.
const batch = 500

// Service ties the ports together. Safe for concurrent use, as its Store is.
type Service struct {
	store  Store
	open   func(context.Context, tracking.Import) (Source, error)
	secret []byte
	now    func() time.Time
	log    *slog.Logger
	lease  time.Duration
}

// New returns a service; a nil o means all defaults. The error is a
// tracking.ErrConfig that names what is missing.
func New(d Deps, o *Options) (*Service, error) {
	if o == nil {
		o = &Options{}
	}
	if d.Store == nil {
		return nil, &tracking.ConfigError{Field: "store", Text: "there is none"}
	}
	if len(d.Secret) < 16 {
		return nil, &tracking.ConfigError{Field: "secret", Text: "want at least 16 bytes"}
	}
	s := &Service{store: d.Store, open: d.Open, secret: d.Secret, now: o.Now, log: o.Logger, lease: o.Lease}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.lease <= 0 {
		s.lease = DefaultLease
	}
	return s, nil
}

// tick is the time of an act, as it is stored.
func (s *Service) tick() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// tombstones are keys as they may be kept of somebody who was erased.
func (s *Service) tombstones(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		mac := hmac.New(sha256.New, s.secret)
		mac.Write([]byte(k))
		out[i] = hex.EncodeToString(mac.Sum(nil))
	}
	return out
}
