package dispatch

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/onward-crm/onward/dri/digest"
	"github.com/onward-crm/onward/tracking/sponsor"
)

// Updates gives the news of sponsors between two moments, for digests: each changed
// attribute once for each owner of an entity, whatever number of entities the owner
// has. What a newer look overtook is no news.
func Updates(store sponsor.Store) func(ctx context.Context, since, until time.Time) ([]digest.Update, error) {
	return func(ctx context.Context, since, until time.Time) ([]digest.Update, error) {
		var out []digest.Update
		for s, err := range store.List(ctx, sponsor.Filter{}) {
			if err != nil {
				return nil, err
			}
			for _, u := range s.Updates {
				if !u.At.Before(since) && u.At.Before(until) && u.State != sponsor.UpdateOvertaken {
					out = append(out, updatesOf(s, u)...)
				}
			}
		}
		return out, nil
	}
}

// updatesOf are the rows of one update.
func updatesOf(s sponsor.Sponsor, u sponsor.Update) []digest.Update {
	var out []digest.Update
	var told []string
	for _, e := range s.Entities {
		if e.OwnerID == "" || slices.Contains(told, e.OwnerID) {
			continue
		}
		told = append(told, e.OwnerID)
		for _, c := range u.Changes {
			if c.Overtaken {
				continue
			}
			out = append(out, digest.Update{
				ID: fmt.Sprintf("%s/%s/%s/%s", s.ID, u.ID, c.Attribute, e.OwnerID), UserID: e.OwnerID, At: u.At,
				Person:    digest.Party{ID: s.Person.RecordID, Name: strings.TrimSpace(s.Person.FirstName + " " + s.Person.LastName)},
				PersonIDs: idsOf(s.Person.RecordID, s.Person.HubSpotID),
				Account:   accountOf(e), Attribute: string(c.Attribute), Old: c.Old, New: c.New,
			})
		}
	}
	return out
}

// accountOf is the entity as a digest names it; only an account's id leads to a record.
func accountOf(e sponsor.Entity) digest.Party {
	p := digest.Party{Name: e.Name}
	if e.Kind == sponsor.KindAccount {
		p.ID = e.ID
	}
	if p.Name == "" {
		p.Name = e.ID
	}
	return p
}

func idsOf(ids ...string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" })
}
