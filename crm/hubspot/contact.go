package hubspot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Version is a value that a property had from At on. Value is "" for none.
type Version struct {
	Value string
	At    time.Time
}

// Contact is a person in HubSpot.
type Contact struct {
	// ID is the contact's present id.
	ID int64
	// MergedFrom is the id that was asked for when it was merged into ID, else 0.
	MergedFrom int64
	// Properties are the present values of those asked for; blank ones are left out.
	Properties map[string]string
	// History holds their versions, youngest first.
	History map[string][]Version
}

// String names the contact by its id alone.
func (c Contact) String() string { return fmt.Sprintf("contact %d", c.ID) }

// Contacts reads contacts with the named properties and their history, 50 a call.
// The answer goes by the ids that were asked for; those that HubSpot does not have
// any more are missing from it. A merged contact is answered with its new id. Errors
// are *crm.Error; there is no answer in part.
func (c *Client) Contacts(ctx context.Context, ids []int64, properties []string) (map[int64]Contact, error) {
	ask := withOwn(properties)
	found, err := c.byIDs(ctx, crm.ObjectContact, ids, readRequest{Properties: ask, WithHistory: ask})
	if err != nil {
		return nil, err
	}
	out := make(map[int64]Contact, len(found))
	for n, a := range found {
		contact := contactOf(a.record)
		if a.merged {
			contact.MergedFrom = n
		}
		out[n] = contact
	}
	return out, nil
}

func contactOf(r readRecord) Contact {
	c := Contact{ID: int64(r.ID), Properties: plain(r.Properties), History: map[string][]Version{}}
	for name, versions := range r.History {
		for _, v := range versions {
			c.History[name] = append(c.History[name], Version{Value: strings.TrimSpace(string(v.Value)), At: v.At.Time})
		}
		slices.SortStableFunc(c.History[name], func(a, b Version) int { return b.At.Compare(a.At) })
		if _, ok := c.Properties[name]; !ok && len(c.History[name]) > 0 && c.History[name][0].Value != "" {
			c.Properties[name] = c.History[name][0].Value
		}
	}
	return c
}

// plain are the values that are not blank.
func plain(properties map[string]text) map[string]string {
	out := make(map[string]string, len(properties))
	for name, v := range properties {
		if s := strings.TrimSpace(string(v)); s != "" {
			out[name] = s
		}
	}
	return out
}
