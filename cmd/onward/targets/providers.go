package targets

import (
	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/tracking"
)

// Providers are those that the configuration names, in their order, for everybody else
// who asks where people are. Settings, Store, Logger and Now are needed; credits are
// counted in the store, so that all who ask keep within them together. The error has an
// exit code.
func (o ServiceOptions) Providers() ([]tracking.Provider, error) {
	out, _, err := o.providers()
	if err != nil {
		return nil, exit.Usage(err)
	}
	return out, nil
}
