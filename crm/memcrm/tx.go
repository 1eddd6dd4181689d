package memcrm

import (
	"context"
	"slices"

	"github.com/onward-crm/onward/crm"
)

// Tx is a transaction: reads and writes of the integration user with nobody in
// between. It lives as long as the function given to Transact and is for that
// function's goroutine alone.
type Tx struct {
	c *CRM
	// undo takes back what was done, newest last.
	undo []func()
}

// Savepoint is a moment of a transaction to which it can go back.
type Savepoint struct{ undo, effects int }

// Transact runs fn in a transaction. When fn returns an error, everything that
// it wrote is taken back and the error is returned. The CRM is locked meanwhile:
// fn must use the transaction and not the CRM. Numbers of ids, and locks that
// stood in the way once, are used up all the same.
func (c *CRM) Transact(fn func(*Tx) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &Tx{c: c}
	c.tx = t
	defer func() { c.tx = nil }()
	start := t.Savepoint()
	err := fn(t)
	if err != nil {
		t.Rollback(start)
	}
	return err
}

// Savepoint marks this moment.
func (t *Tx) Savepoint() Savepoint { return Savepoint{len(t.undo), len(t.c.effects)} }

// Rollback takes back what was written since the savepoint.
func (t *Tx) Rollback(to Savepoint) {
	for _, undo := range slices.Backward(t.undo[to.undo:]) {
		undo()
	}
	t.undo = t.undo[:to.undo]
	t.c.effects = t.c.effects[:to.effects]
}

// Write tries one write, as CRM.Write does.
func (t *Tx) Write(w crm.Write) crm.Result {
	t.c.stats.Items++
	return t.c.write(w)
}

// Delete puts a record of an object into the recycle bin, as far as the
// integration user may: who may change records of an object may delete them.
// Errors are those of an update.
func (t *Tx) Delete(o crm.Object, id string) error {
	c := t.c
	h := &change{w: crm.Write{Object: o, ID: id}, s: c.stores[o]}
	if h.s == nil {
		return h.fail(crm.ErrNotFound, "INVALID_TYPE")
	}
	wide, err := crm.WidenID(id)
	if err != nil {
		return h.fail(crm.ErrInvalid, "MALFORMED_ID", "Id")
	}
	if h.r = h.s.byID[wide]; h.r == nil {
		return h.fail(crm.ErrNotFound, "INVALID_CROSS_REFERENCE_KEY", "Id")
	}
	switch {
	case !h.s.schema.Updatable:
		return h.fail(crm.ErrDenied, "INSUFFICIENT_ACCESS_OR_READONLY")
	case h.r.hidden:
		return h.fail(crm.ErrNotVisible, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")
	case h.r.deleted:
		return h.gone(h.r, "ENTITY_IS_DELETED")
	}
	if err := c.checkLocks(h); err != nil {
		return err
	}
	c.remember(h)
	h.r.deleted = true
	c.touch(h.s, h.r)
	return nil
}

// Find answers queries as CRM.Find does, what the transaction wrote included.
func (t *Tx) Find(ctx context.Context, qs []crm.Query) ([]crm.Page, error) {
	return t.c.answer(ctx, qs)
}

// Describe describes an object as CRM.Describe does.
func (t *Tx) Describe(ctx context.Context, o crm.Object) (crm.Schema, error) {
	return t.c.describe(ctx, o)
}

// DuplicateRule gives the rule of a name; false when there is none.
func (t *Tx) DuplicateRule(name string) (DuplicateRule, bool) {
	i := slices.IndexFunc(t.c.duplicateRules, func(r DuplicateRule) bool { return r.Name == name })
	if i < 0 {
		return DuplicateRule{}, false
	}
	return t.c.duplicateRules[i], true
}

// remember makes the change that is about to land one that can be taken back.
func (c *CRM) remember(h *change) {
	if c.tx == nil {
		return
	}
	s, r := h.s, h.r
	if h.creates {
		c.tx.undo = append(c.tx.undo, func() { s.remove(r) })
		return
	}
	before := &row{id: r.id, deleted: r.deleted, master: r.master, cells: slices.Clone(r.cells)}
	c.tx.undo = append(c.tx.undo, func() { c.replace(s, before) })
}

// remove takes a row out of the store. Indexes may go on leading to it: an empty
// row that nobody may see answers no question.
func (s *store) remove(r *row) {
	delete(s.byID, r.id)
	if i := slices.Index(s.order, r); i >= 0 {
		s.order = slices.Delete(s.order, i, i+1)
	}
	r.cells, r.words, r.deleted, r.hidden = nil, nil, true, true
}
