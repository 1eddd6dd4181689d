package contacts

import (
	"context"
	"errors"
	"time"

	"github.com/onward-crm/onward/adapter"
	"github.com/onward-crm/onward/tracking/contacts"
)

// ErrNoImport: nothing is set up under this id.
var ErrNoImport = errors.New("contacts: no such import")

// patience bounds an import over HTTP: the answer has to come before the line is cut.
const patience = 2 * time.Minute

// Import is the body of import.
type Import struct {
	Import   string `json:"import" description:"the id of one in the configuration, or of one that was made before"`
	Activate bool   `json:"activate,omitempty" description:"take it in; otherwise it is only counted"`
}

func (d *desk) take(ctx context.Context, c *adapter.OperatorCall, in Import) (contacts.Report, error) {
	if c.About = in.Import + " counted"; in.Activate {
		c.About = in.Import
	}
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := d.Import(bounded, in.Import, in.Activate)
	switch {
	case err == nil:
		return r, nil
	case errors.Is(err, ErrNoImport):
		return r, adapter.NotFound("no import is called so")
	case errors.Is(err, contacts.ErrNoRows):
		return r, adapter.Conflict("no_rows", "no row of the list could be taken; nothing was changed")
	case errors.Is(err, contacts.ErrSuperseded):
		return r, adapter.Conflict("superseded", "the same list was begun again meanwhile, and what that reads counts")
	case bounded.Err() != nil && ctx.Err() == nil:
		return r, adapter.Conflict("too_long", "the list is too long for this way; nothing was changed: say onward track import")
	}
	return r, refused(err)
}
