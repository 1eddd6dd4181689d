package memcrm

import (
	"errors"
	"fmt"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// Put stores records as an administrator does: no rules, no rights, no required
// fields; only objects, ids, field names and the forms of values are checked. A
// record without an id gets one, written into the slice when one was passed; a
// record whose id is there is replaced. What the CRM fills in by itself
// (CreatedDate, SystemModstamp, OwnerId) may be given. Deleted and MasterID are
// kept. References need not lead anywhere yet.
//
// The error names the first record that does not fit, by its position; the
// records before it are stored.
func (c *CRM) Put(records ...crm.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range records {
		if err := c.putOne(&records[i]); err != nil {
			return fmt.Errorf("memcrm: put record %d: %s: %w", i, records[i].Object, err)
		}
	}
	return nil
}

// Add stores one record as Put does, and returns its id.
func (c *CRM) Add(o crm.Object, f crm.Fields) (string, error) {
	r := []crm.Record{{Object: o, Fields: f}}
	err := c.Put(r...)
	return r[0].ID, err
}

func (c *CRM) putOne(rec *crm.Record) error {
	s := c.stores[rec.Object]
	if s == nil {
		return errors.New("no such object")
	}
	r := &row{deleted: rec.Deleted, cells: make([]cell, 0, len(rec.Fields)+3)}
	id := rec.ID
	if id == "" {
		id = rec.Fields["Id"]
	}
	for _, name := range rec.Fields.Names() {
		if err := s.fillNamed(r, name, rec.Fields[name]); err != nil {
			return err
		}
	}
	var err error
	if rec.MasterID != "" {
		if r.master, err = crm.WidenID(rec.MasterID); err != nil {
			return err
		}
	}
	if r.id, err = c.idFor(s, id); err != nil {
		return err
	}
	if err := s.unique(r); err != nil {
		return err
	}
	rec.ID = r.id
	c.born(s, r)
	c.replace(s, r)
	return nil
}

// fillNamed sets a field of a new row by name.
func (s *store) fillNamed(r *row, name, value string) error {
	col := s.col(name)
	if col < 0 {
		return fmt.Errorf("field %s: no such field", name)
	}
	if want := s.fill(r, col, value); want != "" {
		return fmt.Errorf("field %s: want %s", name, want)
	}
	return nil
}

// fill sets a column of a new row from a seed or a file. When the value does not
// fit, it says what was wanted.
func (s *store) fill(r *row, col int, value string) (want string) {
	v, want := canonical(s.columns[col].field, value)
	if want != "" {
		return want
	}
	switch s.columns[col].origin {
	case fromBin:
		r.deleted = r.deleted || crm.IsTrue(v)
	case fromMaster:
		r.master = v
	default:
		if !s.computed(col) {
			r.set(col, v)
		}
	}
	return ""
}

// idFor checks an id that was given, or makes one.
func (c *CRM) idFor(s *store, id string) (string, error) {
	if id == "" {
		return s.nextID(), nil
	}
	wide, err := crm.WidenID(id)
	if err != nil {
		return "", err
	}
	if wide[:3] != s.prefix {
		return "", fmt.Errorf("id begins with %s, want %s", wide[:3], s.prefix)
	}
	return wide, nil
}

// unique refuses a row whose unique field another live row has.
func (s *store) unique(r *row) error {
	if r.deleted {
		return nil
	}
	for _, x := range r.cells {
		f := s.columns[x.col].field
		if !f.Unique {
			continue
		}
		if other := s.one(int(x.col), x.value); other != nil && other.id != r.id {
			return fmt.Errorf("field %s: value is not unique", f.Name)
		}
	}
	return nil
}

// replace stores a row, in the place of the one with its id when there is one.
func (c *CRM) replace(s *store, r *row) {
	old := s.byID[r.id]
	if old == nil {
		s.insert(r)
		return
	}
	old.deleted, old.master = r.deleted, r.master
	for _, x := range slices.Clone(old.cells) {
		if r.get(int(x.col)) == "" {
			s.set(old, int(x.col), "")
		}
	}
	for _, x := range r.cells {
		if old.get(int(x.col)) != x.value {
			s.set(old, int(x.col), x.value)
		}
	}
}

// Records lists the live records of an object in order of id, hidden ones
// included. Blank fields, and checkboxes that nobody touched, are left out. The
// records are copies.
func (c *CRM) Records(o crm.Object) []crm.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stores[o]
	if s == nil {
		return nil
	}
	var out []crm.Record
	for _, r := range s.rows() {
		if !r.deleted {
			out = append(out, s.record(r))
		}
	}
	return out
}

// Record returns one record, whatever its state; false when there is none.
func (c *CRM) Record(id string) (crm.Record, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, r, err := c.mustFind(id)
	if err != nil {
		return crm.Record{}, false
	}
	return s.record(r), true
}

func (c *CRM) mustFind(id string) (*store, *row, error) {
	wide, err := crm.WidenID(id)
	if err != nil {
		return nil, nil, err
	}
	s, r := c.find(wide)
	if r == nil {
		return nil, nil, fmt.Errorf("memcrm: id %s: no such record", wide)
	}
	return s, r, nil
}

// Delete puts a record into the recycle bin. Its children stay as they are.
func (c *CRM) Delete(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, r, err := c.mustFind(id)
	if err != nil {
		return err
	}
	r.deleted = true
	c.touch(s, r)
	return nil
}

// Merge deletes loser in favour of master, a record of the same object. What
// pointed at loser points at master afterwards; master's own fields stay.
func (c *CRM) Merge(loser, master string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, lost, err := c.mustFind(loser)
	if err != nil {
		return err
	}
	t, kept, err := c.mustFind(master)
	if err != nil {
		return err
	}
	if s != t || lost == kept || kept.deleted {
		return fmt.Errorf("memcrm: merge %s into %s: want two records of one object", lost.id, kept.id)
	}
	lost.deleted, lost.master = true, kept.id
	c.touch(s, lost)
	c.touch(s, kept)
	for _, o := range c.objects {
		c.repoint(c.stores[o], lost.id, kept.id)
	}
	return nil
}

func (c *CRM) repoint(s *store, from, to string) {
	for _, r := range s.order {
		moved := false
		for i := range r.cells {
			x := r.cells[i]
			if !r.deleted && x.value == from && s.columns[x.col].field.Type == crm.TypeReference {
				s.set(r, int(x.col), to)
				moved = true
			}
		}
		if moved {
			c.touch(s, r)
		}
	}
}

// Convert makes a lead a converted one; its contact, and its account when it is
// not "", must be there already.
func (c *CRM) Convert(leadID, contactID, accountID string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, r, err := c.mustFind(leadID)
	if err != nil {
		return err
	}
	_, contact, err := c.mustFind(contactID)
	if err != nil {
		return err
	}
	if s.schema.Object != crm.ObjectLead {
		return fmt.Errorf("memcrm: convert %s: not a lead", r.id)
	}
	f := crm.Fields{"IsConverted": "true", "ConvertedContactId": contact.id, "ConvertedDate": crm.FormatDate(c.now())}
	if accountID != "" {
		_, account, err := c.mustFind(accountID)
		if err != nil {
			return err
		}
		f["ConvertedAccountId"] = account.id
	}
	return c.edit(s, r, f)
}

// Hide takes the integration user's right to see a record.
func (c *CRM) Hide(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, r, err := c.mustFind(id)
	if err != nil {
		return err
	}
	r.hidden = true
	return nil
}

// Edit changes fields of a record as somebody else does it: with all rights, and
// so that its version moves.
func (c *CRM) Edit(id string, f crm.Fields) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, r, err := c.mustFind(id)
	if err != nil {
		return err
	}
	return c.edit(s, r, f)
}

func (c *CRM) edit(s *store, r *row, f crm.Fields) error {
	after := &row{id: r.id, deleted: r.deleted, master: r.master, cells: slices.Clone(r.cells)}
	for _, name := range f.Names() {
		if err := s.fillNamed(after, name, f[name]); err != nil {
			return fmt.Errorf("memcrm: edit %s: %w", r.id, err)
		}
	}
	if err := s.unique(after); err != nil {
		return fmt.Errorf("memcrm: edit %s: %w", r.id, err)
	}
	c.replace(s, after)
	c.touch(s, r)
	return nil
}

// Lock holds a record for other transactions: the next times writes to it, or to
// records whose account or whose Write.Parent it is, fail with crm.ErrLocked.
func (c *CRM) Lock(id string, times int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, r, err := c.mustFind(id)
	if err != nil {
		return err
	}
	if delete(c.locks, r.id); times > 0 {
		c.locks[r.id] = times
	}
	return nil
}
