package main

import (
	"context"
	"fmt"
	"io"

	"github.com/onward-crm/onward/adapter/outbox"
	"github.com/onward-crm/onward/crm/hubspot"
	"github.com/onward-crm/onward/crm/hubspot/hstest"
)

// startOutbox makes what tells HubSpot's contacts of results. From then on whatever ends
// in the ledger is promised before it is stored, so that a killed program loses none.
func (o *onwardHere) startOutbox(context.Context) (err error) {
	o.outbox, err = outbox.New(outbox.Options{
		Store: o.store, Ledger: o.ledger, Now: o.Now,
		WriteBack: &outbox.WriteBack{Contacts: o.hubspot, Properties: hubspot.DefaultProperties(), Names: o.names},
	})
	if err != nil {
		return err
	}
	o.ledger = o.outbox.Follow(o.ledger)
	o.atEnd(func() error { return o.outbox.Close(context.Background()) })
	return nil
}

// names are the names of users in Salesforce.
func (o *onwardHere) names(_ context.Context, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		out[id] = o.called(id)
	}
	return out, nil
}

// writeBack tells HubSpot's contacts what became of them. In a service durable.Runner
// does it every few seconds.
func (o *onwardHere) writeBack(ctx context.Context, w io.Writer) error {
	if _, err := o.outbox.Send(ctx); err != nil {
		return err
	}
	for _, contact := range []int64{ada, eve} {
		stands := o.portal.Properties(hstest.Contacts, contact)
		for _, name := range hubspot.DefaultProperties().Names() {
			if stands[name] != "" {
				fmt.Fprintf(w, "contact %d: %s = %s\n", contact, name, stands[name])
			}
		}
	}
	return nil
}
