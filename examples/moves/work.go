package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/routing"
	"github.com/onward-crm/onward/tracking"
)

// work does what was accepted. In a service durable.Runner does it at once.
func (o *onwardHere) work(ctx context.Context, w io.Writer) error {
	if _, err := o.engine.Drain(ctx); err != nil {
		return err
	}
	moves, err := o.moves(ctx, routing.Filter{})
	if err != nil {
		return err
	}
	for _, m := range moves {
		fmt.Fprintf(w, "%s, relationship %q: %s, %s because %s\n", m.Event.Person.FirstName, m.Plan.Relationship, m.Status, m.Outcome.What, m.Outcome.Reason)
	}
	return nil
}

// done selects the moves that were done.
var done = routing.Filter{Statuses: []routing.Status{routing.StatusDone}}

// moves lists what the ledger knows, in order of arrival.
func (o *onwardHere) moves(ctx context.Context, f routing.Filter) (out []routing.Record, err error) {
	for rec, err := range o.ledger.Records(ctx, f) {
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// records prints the contacts that are in Salesforce now: Ada as she was, and as she is.
func (o *onwardHere) records(_ context.Context, w io.Writer) error {
	names := crm.DefaultNames()
	for _, r := range o.org.CRM().Records(crm.ObjectContact) {
		f := r.Fields
		fmt.Fprintf(w, "%s: %s %s, %s; title %q, left on %q\n", r.ID, f["FirstName"], f["LastName"], o.called(f["AccountId"]), f["Title"], f[names.LeftOn])
	}
	return nil
}

// called is the name of a user or an account in Salesforce.
func (o *onwardHere) called(id string) string {
	r, _ := o.org.CRM().Record(id)
	return r.Fields["Name"]
}

// used prints what the move has used: the engine has booked it with its end, once for
// one move however often it is reported.
func (o *onwardHere) used(ctx context.Context, w io.Writer) error {
	sums, err := o.contacts.Credits(ctx, tracking.Months(o.Now(), 1))
	if err != nil {
		return err
	}
	for _, s := range sums {
		won := s.Relationships[tracking.ClosedWon]
		fmt.Fprintf(w, "%s: tracked %d (%s %d), job changes %d (%[3]s %[6]d)\n",
			s.From.Format("January 2006"), s.Closing, tracking.ClosedWon, won.Closing, s.JobChanges, won.JobChanges)
	}
	return nil
}

// responsible finds out who is responsible, half an hour after the record was made and
// not before: the org's own automation has chosen owners by then.
func (o *onwardHere) responsible(ctx context.Context, w io.Writer) error {
	for _, wait := range []time.Duration{29 * time.Minute, time.Minute} {
		o.move(o.Now().Add(wait))
		n, err := o.engine.AssignDRI(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %d looked at\n", o.Now().Format("15:04"), n)
	}
	moves, err := o.moves(ctx, done)
	if err != nil {
		return err
	}
	for _, m := range moves {
		r, _ := o.org.CRM().Record(m.Outcome.EventRecordID)
		fmt.Fprintf(w, "%s: %s for the new record, %s for the past one\n",
			r.ID, o.called(r.Fields["Current_Record_DRI__c"]), o.called(r.Fields["Past_Record_DRI__c"]))
	}
	return nil
}
