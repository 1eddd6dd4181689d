package track

import (
	"context"
	"errors"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Forgetters are the places beside the ledger that an erasure reaches: lists and
// sponsors. Its errors have exit codes.
func Forgetters(lists *contacts.Service, sponsors sponsor.Store, o *sponsor.Options) ([]routing.Forgetter, error) {
	// Sponsors are forgotten at a desk of its own: it asks and tells nobody.
	desk, err := sponsor.NewDesk(sponsor.DefaultRules(), sponsor.Deps{Store: sponsors, Provider: unasked{}}, o)
	if err != nil {
		return nil, exit.Usage(err)
	}
	return []routing.Forgetter{lists, desk}, nil
}

// unasked is the provider of a desk that only forgets.
type unasked struct{}

var errUnasked = errors.New("track: nobody is asked for profiles here")

// Find finds nobody.
func (unasked) Find(context.Context, tracking.Person) ([]sponsor.Profile, error) {
	return nil, errUnasked
}

// Refresh reads nothing.
func (unasked) Refresh(context.Context, []tracking.Person) ([]sponsor.Refreshed, error) {
	return nil, errUnasked
}
