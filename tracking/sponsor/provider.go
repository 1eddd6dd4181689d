package sponsor

import (
	"context"

	"github.com/onward-crm/onward/tracking"
)

// Provider is where profiles come from. Safe for concurrent use. Its errors are
// ErrGone, ErrLimited and ErrBroken; any other counts as ErrBroken.
type Provider interface {
	// Find gives the profiles that may be the person's, the likeliest first. None is
	// no error.
	Find(ctx context.Context, p tracking.Person) ([]Profile, error)
	// Refresh reads the profiles of known people, positionally. The second value means
	// that the whole call failed.
	Refresh(ctx context.Context, ps []tracking.Person) ([]Refreshed, error)
}

// Refreshed is what became of one refresh: a profile, or an error.
type Refreshed struct {
	Profile Profile
	Err     error
}

// Records reads what the CRM holds of people now, positionally. It is asked before
// an update is proposed and before one is accepted; a Desk without it takes its own
// record for the CRM's. Safe for concurrent use.
type Records interface {
	Read(ctx context.Context, ps []tracking.Person) ([]Record, error)
}

// Record holds the values of a person in the CRM. A blank one is not held there.
type Record struct {
	Title    string `json:"title,omitempty"`
	Company  string `json:"company,omitempty"`
	Location string `json:"location,omitempty"`
}

// Sender brings effects to where they belong, positionally. It gets each at least
// once; a repeated one has the same Key. An error that crm.Retryable denies, of a
// class of package crm, ends the effect, and so does ErrOff; any other is tried again
// later.
type Sender interface {
	Send(ctx context.Context, es []Effect) ([]error, error)
}
