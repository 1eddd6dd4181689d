package track

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// ServiceOptions are what the service of tracked contacts works with.
type ServiceOptions struct {
	Store contacts.Store
	// Open opens the imports that refresh themselves; see Sources.Open.
	Open func(context.Context, tracking.Import) (contacts.Source, error)
	// Secret is ONWARD_SECRET.
	Secret string
	Logger *slog.Logger
	Now    func() time.Time
}

// leastSecret is the length of the shortest ONWARD_SECRET, in bytes.
const leastSecret = 16

// NewService makes the service of tracked contacts. Its errors have exit codes.
func NewService(o ServiceOptions) (*contacts.Service, error) {
	if len(o.Secret) < leastSecret {
		return nil, exit.Usage(fmt.Errorf("ONWARD_SECRET has fewer than %d bytes (openssl rand -hex 32)", leastSecret))
	}
	s, err := contacts.New(contacts.Deps{Store: o.Store, Open: o.Open, Secret: []byte(o.Secret)}, &contacts.Options{Now: o.Now, Logger: o.Logger})
	if err != nil {
		return nil, exit.Usage(err)
	}
	return s, nil
}
