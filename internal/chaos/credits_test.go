package chaos

import (
	"context"
	"testing"

	"github.com/onward-crm/onward/routing/durable"
	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/contacts"
	"github.com/onward-crm/onward/tracking/sqlstore"
)

// listsBeside is the ledger of job changes, in the database of the deliveries and in
// transactions of its own.
func listsBeside(ctx context.Context, l *durable.Ledger) (*contacts.Service, *sqlstore.Contacts, error) {
	store, err := sqlstore.NewContacts(ctx, l.DB(), l.Dialect(), &sqlstore.Options{Reader: l.Reader()})
	if err != nil {
		return nil, nil, err
	}
	service, err := contacts.New(contacts.Deps{Store: store, Secret: secret}, nil)
	return service, store, err
}

// bookedIn are the credits of each delivery as they are booked.
func bookedIn(tb testing.TB, l *durable.Ledger) map[string]int {
	tb.Helper()
	_, store, err := listsBeside(context.Background(), l)
	if err != nil {
		tb.Fatal(err)
	}
	out := map[string]int{}
	for c, err := range store.Credits(context.Background(), "") {
		if err != nil {
			tb.Fatal(err)
		}
		if c.Ledger == tracking.LedgerJobChange {
			out[c.Delivery] += c.Amount
		}
	}
	return out
}

// booked compares outcomes with what is booked, where credits were booked at all.
func (c *checker) booked() {
	if c.h.Booked == nil {
		return
	}
	for _, r := range c.h.Records {
		if n := c.h.Booked[r.Key]; n != r.Outcome.Credits {
			c.fail(eqBooked, "%s used %d credits, %d are booked", r.Key, r.Outcome.Credits, n)
		}
	}
	for key := range c.h.Booked {
		if len(c.byKey[key]) == 0 {
			c.fail(eqBooked, "%s has credits and no record", key)
		}
	}
}
