package mirror

import (
	"context"
	"time"

	"github.com/onward-crm/onward/crm"
)

// Changes tells what a Refresh found.
type Changes struct {
	// Users, Contacts, Opportunities and Accounts are the records read, those that
	// had been read before included.
	Users, Contacts, Opportunities, Accounts int
	// Updated are the accounts that are different now.
	Updated int
	// Reloaded tells that everything was read, because the mirror was too old.
	Reloaded bool
}

// longGap is the time after which changes may be so many that they are not held
// in memory, but read like everything.
const longGap = 24 * time.Hour

// Refresh reads what changed since the last time: one call of the CRM, as long as
// the changes of each object fit into a page. When it fails part of the changes
// may be in, and the next Refresh reads them all again. The error is the CRM's.
func (m *Mirror) Refresh(ctx context.Context) (Changes, error) {
	m.work.Lock()
	defer m.work.Unlock()
	began, was := m.o.Now(), m.Stats()
	if was.Mark.IsZero() || m.tooOld(began, was.RefreshedAt) {
		r, err := m.reload(ctx)
		if err != nil {
			return Changes{}, err
		}
		return r.changes(true), nil
	}
	r := &reader{m: m, state: m.state, index: m.current(), last: was.Mark, rows: map[crm.Object]int{}}
	read := r.delta
	if began.Sub(was.RefreshedAt) > longGap {
		read = r.stream
	}
	if err := read(ctx, was.Mark.Add(-m.overlap)); err != nil {
		return Changes{}, err
	}
	if err := r.settle(); err != nil {
		return Changes{}, err
	}
	took := m.o.Now().Sub(began)
	m.publish(r.index, r.state, func(s *Stats) {
		if next := mark(r.last, took); next.After(s.Mark) {
			s.Mark = next
		}
		s.RefreshedAt = began
	})
	c := r.changes(false)
	m.o.Logger.Info("mirror: refreshed", "accounts", c.Accounts, "contacts", c.Contacts,
		"opportunities", c.Opportunities, "users", c.Users, "updated", c.Updated, "seconds", took.Seconds())
	return c, nil
}

// tooOld reports whether deltas since then may lack deletions. A refresh that is
// still to come is one by a wrong clock: nobody knows how old it is.
func (m *Mirror) tooOld(now, refreshed time.Time) bool {
	age := now.Sub(refreshed)
	return age > m.maxAge || age < -clockSkew
}

// clockSkew is by how much a clock may go back between two refreshes.
const clockSkew = time.Hour

func (r *reader) changes(reloaded bool) Changes {
	return Changes{
		Users: r.rows[crm.ObjectUser], Contacts: r.rows[crm.ObjectContact], Opportunities: r.rows[crm.ObjectOpportunity],
		Accounts: r.rows[crm.ObjectAccount], Updated: r.dirty, Reloaded: reloaded,
	}
}

// delta asks for all objects at once.
func (r *reader) delta(ctx context.Context, since time.Time) error {
	var qs []crm.Query
	for _, o := range objects() {
		qs = append(qs, r.m.query(o, since))
	}
	found, err := r.m.o.Client.Find(ctx, qs)
	if err != nil {
		return err
	}
	for _, records := range found {
		for _, record := range records {
			if err := r.take(record); err != nil {
				return err
			}
		}
	}
	return nil
}

// stream asks for one object after the other, row by row.
func (r *reader) stream(ctx context.Context, since time.Time) error {
	for _, o := range objects() {
		if err := r.scan(r.m.o.Scan(ctx, r.m.query(o, since))); err != nil {
			return err
		}
	}
	return nil
}
