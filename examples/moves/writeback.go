package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
	"github.com/onward-crm/onward/dri"
	"github.com/onward-crm/onward/routing"
)

// writeBack tells HubSpot's contacts what became of them.
func (o *onwardHere) writeBack(ctx context.Context, w io.Writer) error {
	moves, err := o.moves(ctx, done)
	if err != nil {
		return err
	}
	var backs []hubspot.Back
	for _, m := range moves {
		id, err := strconv.ParseInt(m.Event.Person.HubSpotID, 10, 64)
		if err != nil {
			return err
		}
		out := m.Outcome
		backs = append(backs, hubspot.Back{
			Contact: id, Outcome: string(out.What), LeadID: out.LeadID, ContactID: out.ContactID, AccountID: out.AccountID,
			DRI: o.called(responsibleFor(m)),
		})
	}
	to := hubspot.DefaultProperties()
	results, err := o.hubspot.WriteBack(ctx, to, backs)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Err != nil {
			return r.Err
		}
		stands := o.portal.Properties(hstest.Contacts, backs[i].Contact)
		for _, name := range to.Names() {
			if stands[name] != "" {
				fmt.Fprintf(w, "contact %s: %s = %s\n", r.ID, name, stands[name])
			}
		}
	}
	return nil
}

// responsibleFor is who is responsible for the new record by now, "" for nobody.
func responsibleFor(m routing.Record) string {
	for _, state := range slices.Backward(m.DRI) {
		for _, a := range state.Assignments {
			if a.Scenario == dri.Joins {
				return a.UserID
			}
		}
	}
	return ""
}
