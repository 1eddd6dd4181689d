package sqlstore

import (
	"context"
	"iter"
	"slices"

	"github.com/onward-crm/onward/internal/sqldb"
	"github.com/onward-crm/onward/tracking"
)

const creditColumns = "id, ledger, at, amount, relationship, came_from, person, delivery"

// Spend records events that are not known yet; see contacts.Store.
func (s *Contacts) Spend(ctx context.Context, events []tracking.Credit) error {
	return s.tx(ctx, func(tx *sqldb.Tx) error {
		named, err := withoutErased(ctx, tx, events)
		if err != nil {
			return err
		}
		return spend(ctx, tx, named)
	})
}

// withoutErased takes the people who are not stored any more out of events. Those who
// are stay until the transaction ends: an erasure comes after it, and finds the events.
func withoutErased(ctx context.Context, tx *sqldb.Tx, events []tracking.Credit) ([]tracking.Credit, error) {
	var people []string
	for _, c := range events {
		if c.Person != "" {
			people = append(people, c.Person)
		}
	}
	if len(people) == 0 {
		return events, nil
	}
	// In order of ID, so that nobody waits in a circle.
	stored, err := list(ctx, tx, one[string], "SELECT id FROM tracking_people WHERE id"+among(tx.Dialect())+"ORDER BY id"+locked(tx.Dialect()), listOf(people))
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, id := range stored {
		there[id] = true
	}
	events = slices.Clone(events)
	for i := range events {
		if !there[events[i].Person] {
			events[i].Person = ""
		}
	}
	return events, nil
}

func spend(ctx context.Context, tx *sqldb.Tx, events []tracking.Credit) error {
	rows := make([][]any, len(events))
	for i, c := range events {
		rows[i] = []any{c.ID, string(c.Ledger), micros(c.At), c.Amount, c.Relationship, c.From, c.Person, c.Delivery}
	}
	return insert(ctx, tx, "tracking_credits ("+creditColumns+")", rows, "ON CONFLICT (id) DO NOTHING")
}

// Credits gives the events as they are when it begins; see contacts.Store.
func (s *Contacts) Credits(ctx context.Context, person string) iter.Seq2[tracking.Credit, error] {
	if person == "" {
		return stream(ctx, s.read, scanCredit, "SELECT "+creditColumns+" FROM tracking_credits ORDER BY at, id")
	}
	return stream(ctx, s.read, scanCredit, "SELECT "+creditColumns+" FROM tracking_credits WHERE person = ? AND person <> '' ORDER BY at, id", person)
}

func scanCredit(row scanner) (tracking.Credit, error) {
	var c tracking.Credit
	var at int64
	err := row.Scan(&c.ID, &c.Ledger, &at, &c.Amount, &c.Relationship, &c.From, &c.Person, &c.Delivery)
	c.At = moment(at)
	return c, err
}
