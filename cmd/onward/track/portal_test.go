package track

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/internal/settings"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// TestPeopleOfAListAreThoseOfTheEvents: with several accounts a contact's number bears
// that of its account, in lists as in events.
func TestPeopleOfAListAreThoseOfTheEvents(t *testing.T) {
	portal := hstest.New()
	t.Cleanup(portal.Close)
	portal.PutContact(5, map[string]string{"email": "ann@acme.com"})
	portal.PutList(hstest.List{ID: "17", Name: "Users", Members: []int64{5}})
	for want, portals := range map[string][]int{"5": {62515}, "62515-5": {62515, 62516}} {
		var s settings.Settings
		s.Adapter.HubSpot.Portals = portals
		lists := Sources{Names: crm.DefaultNames(), Portal: Portal(s), HubSpot: func(ctx context.Context) (*hubspot.Client, error) {
			return hubspot.Open(ctx, hubspot.Options{Token: hstest.Token, BaseURL: portal.URL()})
		}}
		src, err := lists.Open(t.Context(), tracking.Import{ID: "users", Kind: tracking.ImportList, Relationship: tracking.User, Ref: "17"})
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for row, err := range src.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, row.Person.Keys()...)
		}
		event := routing.Event{Person: routing.Person{HubSpotID: want}}
		if !slices.Contains(keys, event.Mover().Keys()[0]) {
			t.Errorf("portals %v: %q do not hold %q", portals, keys, event.Mover().Keys())
		}
	}
}

// failing is a list that breaks off.
type failing struct{ err error }

func (f failing) Rows(context.Context) iter.Seq2[tracking.Row, error] {
	return func(yield func(tracking.Row, error) bool) { yield(tracking.Row{}, f.err) }
}

func TestAListThatBreaksOffSaysSo(t *testing.T) {
	broken := errors.New("broken off")
	for row, err := range (ofPortal{failing{broken}, "62515"}).Rows(t.Context()) {
		if !errors.Is(err, broken) || row.Person.HubSpotID != "" {
			t.Errorf("%+v %v", row, err)
		}
	}
}
