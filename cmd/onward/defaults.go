package main

import (
	"context"
	"fmt"

	"github.com/onward-crm/onward/cmd/onward/exit"
	"github.com/onward-crm/onward/cmd/onward/show"
	"github.com/onward-crm/onward/crm"
)

// attach makes the client, and what names are read from.
func (w *world) attach() {
	if w.memory != nil {
		w.client, w.records = crm.NewClient(w.memory, nil), w.memory
		return
	}
	w.client = crm.NewClient(w.org, nil)
	w.names = newDirectory(w.client)
	w.records = w.names
}

// fillDefaults names a default owner and a default DRI where the configuration
// has none, and says whom it took. An org in production is never guessed at.
func (w *world) fillDefaults(ctx context.Context) (said []string, err error) {
	w.attach()
	places := []struct {
		key string
		id  *string
	}{{"owners.default", &w.settings.Owners.Default}, {"dri.default", &w.settings.DRI.Default}}
	if *places[0].id != "" && *places[1].id != "" || w.org != nil && !w.org.ForPractice() {
		return nil, nil
	}
	user, err := w.firstUser(ctx)
	if err != nil {
		return nil, exit.Trouble(err)
	}
	for _, place := range places {
		if *place.id == "" && user.ID != "" {
			*place.id = user.ID
			said = append(said, fmt.Sprintf("%s is not configured: taking the first active user, %s (%s)", place.key, show.Printable(user.Fields["Name"]), user.ID))
		}
	}
	return said, nil
}

// firstUser is the active user with the lowest id; onward's own where there is no
// other.
func (w *world) firstUser(ctx context.Context) (crm.Record, error) {
	own, err := w.ownUser(ctx)
	if err != nil {
		return crm.Record{}, err
	}
	q := crm.Query{Object: crm.ObjectUser, Select: []string{"Name"}, Where: []crm.Cond{{Field: "IsActive", Op: crm.OpIn, Values: []string{"true"}}}}
	var last crm.Record
	for r, err := range w.client.All(ctx, q) {
		if err != nil || r.ID != own {
			return r, err
		}
		last = r
	}
	return last, nil
}

// ownUser is the user as whom onward writes.
func (w *world) ownUser(ctx context.Context) (string, error) {
	if w.memory != nil {
		return w.memory.User(), nil
	}
	return w.org.UserID(ctx)
}
