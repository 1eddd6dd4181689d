package mirror

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/routing"
)

// stampField is when the CRM last changed a record in any way.
const stampField = "SystemModstamp"

// reader takes records of the CRM into a state and an index.
type reader struct {
	m     *Mirror
	state *state
	index *matching.Index
	// last is the latest change seen, by the CRM's clock.
	last  time.Time
	rows  map[crm.Object]int
	dirty int
}

// objects are what is read, accounts last: their counts are complete by then.
func objects() []crm.Object {
	return []crm.Object{crm.ObjectUser, crm.ObjectContact, crm.ObjectOpportunity, crm.ObjectAccount}
}

// query asks for all of an object, or for what changed since a moment.
func (m *Mirror) query(o crm.Object, since time.Time) crm.Query {
	q := crm.Query{Object: o, Select: []string{stampField}}
	switch o {
	case crm.ObjectUser:
		q.Select = append(q.Select, "IsActive")
	case crm.ObjectContact:
		q.Select = append(q.Select, "AccountId", "Email")
	case crm.ObjectOpportunity:
		q.Select = append(q.Select, "AccountId", "IsClosed")
	case crm.ObjectAccount:
		q.Select = append(q.Select, m.o.Policy.AccountFields()...)
		// Merged accounts are kept with their masters, so that a hit on one leads
		// to the living one.
		q.Deleted = true
	}
	slices.Sort(q.Select)
	q.Select = slices.Compact(q.Select)
	switch {
	case !since.IsZero():
		q.Where = []crm.Cond{{Field: stampField, Op: crm.OpSince, Values: []string{crm.FormatTime(since)}}}
		q.Deleted = o != crm.ObjectUser
	case o == crm.ObjectOpportunity:
		q.Where = []crm.Cond{{Field: "IsClosed", Op: crm.OpIn, Values: []string{"false"}}}
	}
	return q
}

// scan takes in the answer to one query.
func (r *reader) scan(rows iter.Seq2[crm.Record, error]) error {
	for record, err := range rows {
		if err != nil {
			return err
		}
		if err := r.take(record); err != nil {
			return err
		}
	}
	return nil
}

// take takes in one record. Taking it again changes nothing.
func (r *reader) take(record crm.Record) error {
	r.rows[record.Object]++
	f := record.Fields
	if t := crm.ParseTime(f[stampField]); t.After(r.last) {
		r.last = t
	}
	switch record.Object {
	case crm.ObjectUser:
		r.state.setUser(record.ID, crm.IsTrue(f["IsActive"]))
	case crm.ObjectContact:
		account := f["AccountId"]
		if record.Deleted {
			account = ""
		}
		r.state.setContact(record.ID, account, domainOf(f["Email"]))
	case crm.ObjectOpportunity:
		account := f["AccountId"]
		if record.Deleted || crm.IsTrue(f["IsClosed"]) {
			account = ""
		}
		r.state.setDeal(record.ID, account)
	case crm.ObjectAccount:
		return r.upsert(account(r.m.o.Policy, record))
	}
	return nil
}

// domainOf is the domain of an address, if it can be evidence.
func domainOf(email string) string {
	if e, ok := matching.ParseEmail(email); ok {
		if d := e.Domain(); d.Usable() {
			return d.Registrable
		}
	}
	return ""
}

// account is a record in matching's terms, without its counts.
func account(p *routing.Policy, r crm.Record) matching.Account {
	a := p.Config().Names.Account(r)
	classes := p.Classes(a)
	return matching.Account{
		ID: a.ID, Name: a.Name, Website: a.Website, Domains: a.Domains, LinkedIn: a.LinkedIn, Country: a.Country,
		State: a.State, City: a.City, Phone: a.Phone, ParentID: a.ParentID, MasterID: a.MasterID, Deleted: a.Deleted,
		OwnerID: a.OwnerID, LastActivity: a.LastActivity, CreatedAt: a.CreatedAt,
		Customer: slices.Contains(classes, "customer"), Target: slices.Contains(classes, "target"),
	}
}

// upsert puts an account with its counts into the index, if that changes it.
func (r *reader) upsert(a matching.Account) error {
	r.state.fill(&a)
	old, ok := r.index.Get(a.ID)
	if ok && same(&a, &old) {
		return nil
	}
	if !ok && r.index.Len() >= matching.MaxAccounts {
		return fmt.Errorf("mirror: more than %d accounts", matching.MaxAccounts)
	}
	r.index.Upsert(a)
	r.dirty++
	return nil
}

// settle brings the accounts whose counts changed up to date. Accounts that were
// never seen have no place in the index; their counts are kept until they come.
func (r *reader) settle() error {
	r.state.settleUsers()
	for n := range r.state.dirty {
		a, ok := r.index.Get(r.state.accounts.name(n))
		if !ok {
			delete(r.state.dirty, n)
			continue
		}
		if err := r.upsert(a); err != nil {
			return err
		}
	}
	return nil
}

// same compares all that can be different in two accounts of one CRM.
func same(a, b *matching.Account) bool {
	return a.Name == b.Name && a.Website == b.Website && a.Domains == b.Domains && a.LinkedIn == b.LinkedIn &&
		a.Country == b.Country && a.State == b.State && a.City == b.City && a.Phone == b.Phone &&
		a.ParentID == b.ParentID && a.MasterID == b.MasterID && a.Deleted == b.Deleted && a.OwnerID == b.OwnerID &&
		a.Contacts == b.Contacts && a.OpenOpportunities == b.OpenOpportunities &&
		a.Customer == b.Customer && a.Target == b.Target && a.ActiveOwner == b.ActiveOwner &&
		a.LastActivity.Equal(b.LastActivity) && a.CreatedAt.Equal(b.CreatedAt) && slices.Equal(a.ContactDomains, b.ContactDomains)
}

// Reload reads everything anew. Look-ups go on with what there was until it is
// done; when it fails, nothing changes. The error is the CRM's.
func (m *Mirror) Reload(ctx context.Context) error {
	m.work.Lock()
	defer m.work.Unlock()
	_, err := m.reload(ctx)
	return err
}

func (m *Mirror) reload(ctx context.Context) (*reader, error) {
	began := m.o.Now()
	r := &reader{m: m, state: newState(), index: matching.NewIndex(nil, nil), rows: map[crm.Object]int{}}
	for _, o := range objects() {
		if err := r.scan(m.o.Scan(ctx, m.query(o, time.Time{}))); err != nil {
			return nil, err
		}
		if o == crm.ObjectOpportunity { // everybody's counts are new
			clear(r.state.dirty)
			clear(r.state.turned)
		}
	}
	now := m.o.Now()
	m.publish(r.index, r.state, func(s *Stats) {
		s.Mark = mark(r.last, now.Sub(began))
		s.LoadedAt, s.RefreshedAt, s.FromFile = began, began, false
	})
	m.o.Logger.Info("mirror: loaded", "accounts", r.index.Len(), "contacts", r.state.contacts.len(), "seconds", now.Sub(began).Seconds())
	return r, nil
}

// mark is a moment, by the CRM's clock, before which nothing was missed. The
// latest change seen happened before reading ended, so that much earlier than it
// reading had not begun; the clocks need not agree.
func mark(last time.Time, took time.Duration) time.Time {
	if last.IsZero() {
		return last
	}
	return last.Add(-max(took, 0))
}
