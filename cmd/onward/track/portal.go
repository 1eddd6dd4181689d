package track

import (
	"context"
	"iter"
	"strconv"

	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
)

// Portal is the number of the HubSpot account that lists are read from, where events
// come from several; "" otherwise. Numbers of contacts mean nothing from one account to
// the next, and events bear the account's number then.
func Portal(s settings.Settings) string {
	if ids := s.Adapter.HubSpot.Portals; len(ids) > 1 {
		return strconv.Itoa(ids[0]) // the API is called for the first
	}
	return ""
}

// ofPortal is a list whose people bear the number of their account, as events about them
// do: otherwise neither a move nor a deletion would find them.
type ofPortal struct {
	contacts.Source
	portal string
}

// Rows gives the rows of the list.
func (l ofPortal) Rows(ctx context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) {
		for row, err := range l.Source.Rows(ctx) {
			if row.Person.HubSpotID != "" {
				row.Person.HubSpotID = l.portal + "-" + row.Person.HubSpotID
			}
			if !yield(row, err) {
				return
			}
		}
	}
}
