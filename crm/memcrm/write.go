package memcrm

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
)

// Write tries every write once, in order. See crm.Driver. What was refused
// leaves no trace; what was done stands in Effects.
//
// The checks come in Salesforce's order: rights and fields, values, references
// and owners, validation rules, duplicate rules, unique fields. Only a create
// whose key is there already is answered first, since its own record must not
// count as its duplicate.
func (c *CRM) Write(ctx context.Context, batch []crm.Write) ([]crm.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Write++
	c.stats.Items += len(batch)
	if err := ctx.Err(); err != nil {
		return nil, &crm.Error{Op: "write", Class: crm.ErrUnavailable, Err: err}
	}
	results := make([]crm.Result, len(batch))
	for i, w := range batch {
		results[i] = c.write(w)
	}
	return results, nil
}

func (c *CRM) write(w crm.Write) crm.Result {
	h := &change{w: w, s: c.stores[w.Object]}
	var err *crm.Error
	switch {
	case h.s == nil:
		err = h.fail(crm.ErrNotFound, "INVALID_TYPE")
	case len(w.Fill) > 0 || len(w.Link) > 0:
		err = h.fail(crm.ErrInvalid, "UNRESOLVED_FILL_OR_LINK")
	case w.Verb == crm.VerbCreate:
		if r := c.keyed(h); r != nil {
			return crm.Result{ID: r.id}
		}
		err = c.create(h)
	case w.Verb == crm.VerbUpdate:
		err = c.update(h)
	case w.Verb == crm.VerbUpsert:
		err = c.upsert(h)
	default:
		err = h.fail(crm.ErrInvalid, "UNKNOWN_VERB")
	}
	if err != nil {
		return crm.Result{Err: err}
	}
	return crm.Result{ID: h.r.id, Created: h.creates}
}

// change is one write on its way through the checks.
type change struct {
	w crm.Write
	s *store
	// r is the record; while a create is checked it is not in the store.
	r       *row
	creates bool
	// cells are the values to set, in order of field name.
	cells []cell
}

func (h *change) fail(class error, code string, fields ...string) *crm.Error {
	return &crm.Error{Op: "write", Object: h.w.Object, Key: h.w.Key, Class: class, Code: code, Fields: fields}
}

func (h *change) field(x cell) crm.Field { return h.s.columns[x.col].field }

// setTo returns what the write sets a column to.
func (h *change) setTo(col int) (string, bool) {
	for _, x := range h.cells {
		if x.col == int32(col) {
			return x.value, true
		}
	}
	return "", false
}

// keyed finds the live record that carries the write's key.
func (c *CRM) keyed(h *change) *row {
	col := h.s.col(c.names.KeyField(h.w.Object))
	if col < 0 || h.w.Key == "" {
		return nil
	}
	return h.s.one(col, string(h.w.Key))
}

func (c *CRM) create(h *change) *crm.Error {
	if !h.s.schema.Creatable {
		return h.fail(crm.ErrDenied, "INSUFFICIENT_ACCESS_OR_READONLY")
	}
	h.creates = true
	h.r = &row{}
	if err := c.checkAll(h, c.createSet(h)); err != nil {
		return err
	}
	c.land(h)
	return nil
}

// createSet adds to what the write sets: its key, and the owner.
func (c *CRM) createSet(h *change) crm.Fields {
	set := crm.Fields{}
	if h.s.owner >= 0 {
		set["OwnerId"] = c.user
	}
	maps.Copy(set, h.w.Set)
	if name := c.names.KeyField(h.w.Object); h.s.col(name) >= 0 && h.w.Key != "" {
		set[name] = string(h.w.Key)
	}
	if c.assigns(h.w) {
		set["OwnerId"] = c.assignTo
	}
	return set
}

// assigns reports whether the CRM's own rule decides the owner.
func (c *CRM) assigns(w crm.Write) bool {
	return w.Object == crm.ObjectLead && w.Assign && c.assignTo != ""
}

func (c *CRM) update(h *change) *crm.Error {
	id, err := crm.WidenID(h.w.ID)
	if err != nil {
		return h.fail(crm.ErrInvalid, "MALFORMED_ID", "Id")
	}
	if h.r = h.s.byID[id]; h.r == nil {
		return h.fail(crm.ErrNotFound, "INVALID_CROSS_REFERENCE_KEY", "Id")
	}
	return c.modify(h)
}

func (c *CRM) upsert(h *change) *crm.Error {
	if h.w.Key == "" || h.s.col(c.names.KeyField(h.w.Object)) < 0 {
		return h.fail(crm.ErrInvalid, "MISSING_ARGUMENT")
	}
	if h.r = c.keyed(h); h.r == nil {
		return c.create(h)
	}
	return c.modify(h)
}

// modify changes a record that is there.
func (c *CRM) modify(h *change) *crm.Error {
	if err := c.checkTarget(h); err != nil {
		return err
	}
	set := h.w.Set
	if c.assigns(h.w) {
		set = crm.Fields{}
		maps.Copy(set, h.w.Set)
		set["OwnerId"] = c.assignTo
	}
	if err := c.checkAll(h, set); err != nil {
		return err
	}
	c.land(h)
	return nil
}

// checkTarget asks whether the record may be changed at all.
func (c *CRM) checkTarget(h *change) *crm.Error {
	r, s := h.r, h.s
	switch {
	case !s.schema.Updatable:
		return h.fail(crm.ErrDenied, "INSUFFICIENT_ACCESS_OR_READONLY")
	case r.hidden:
		return h.fail(crm.ErrNotVisible, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")
	case r.deleted:
		return h.gone(r, "ENTITY_IS_DELETED")
	case s.isConverted(r):
		err := h.fail(crm.ErrStale, "CANNOT_UPDATE_CONVERTED_LEAD")
		err.Matches = nonBlank(s.named(r, "ConvertedContactId"))
		return err
	case h.w.If != "" && h.w.If != s.version(r):
		return h.fail(crm.ErrStale, "ENTITY_IS_CHANGED")
	}
	return nil
}

// gone is the error about a deleted record; it names the one into which it was
// merged.
func (h *change) gone(r *row, code string, fields ...string) *crm.Error {
	err := h.fail(crm.ErrStale, code, fields...)
	err.Matches = nonBlank(r.master)
	return err
}

func (c *CRM) checkAll(h *change, set crm.Fields) *crm.Error {
	for _, check := range []func() *crm.Error{
		func() *crm.Error { return h.checkFields(set) },
		func() *crm.Error { return h.checkRequired() },
		func() *crm.Error { return c.checkLocks(h) },
		func() *crm.Error { return c.checkReferences(h) },
		func() *crm.Error { return c.checkRules(h) },
		func() *crm.Error { return h.checkUnique() },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// land carries the change out.
func (c *CRM) land(h *change) {
	var changed []string
	for _, x := range h.cells {
		if h.r.get(int(x.col)) != x.value {
			changed = append(changed, h.field(x).Name)
		}
	}
	e := Effect{Object: h.w.Object, Key: c.keyOf(h), Verb: crm.VerbUpdate, Fields: changed}
	c.remember(h)
	if h.creates {
		c.insertNew(h)
		e.Verb = crm.VerbCreate
	} else {
		for _, x := range h.cells {
			if h.r.get(int(x.col)) != x.value {
				h.s.set(h.r, int(x.col), x.value)
			}
		}
		c.touch(h.s, h.r)
		h.s.signed(h.r, "LastModifiedById", c.user)
	}
	e.ID = h.r.id
	c.effects = append(c.effects, e)
}

func (c *CRM) insertNew(h *change) {
	s, r := h.s, h.r
	r.id = s.nextID()
	r.cells = make([]cell, 0, len(h.cells)+3)
	for _, x := range h.cells {
		r.set(int(x.col), x.value)
	}
	c.born(s, r)
	s.put(r, "CreatedById", c.user)
	s.put(r, "LastModifiedById", c.user)
	s.insert(r)
}

// signed sets who changed a record last, where the object tells it.
func (s *store) signed(r *row, field, user string) {
	if col := s.col(field); col >= 0 {
		s.set(r, col, user)
	}
}

// keyOf is the write's key, or the one among its values: that is where it stands
// when it comes over the wire.
func (c *CRM) keyOf(h *change) crm.Key {
	if h.w.Key != "" {
		return h.w.Key
	}
	v, _ := h.setTo(h.s.col(c.names.KeyField(h.w.Object)))
	return crm.Key(v)
}

// born gives a new row what the CRM itself fills in.
func (c *CRM) born(s *store, r *row) {
	now := crm.FormatTime(c.now())
	if s.created >= 0 && r.get(s.created) == "" {
		r.set(s.created, now)
	}
	if s.stamp >= 0 && r.get(s.stamp) == "" {
		r.set(s.stamp, now)
	}
	if s.owner >= 0 && r.get(s.owner) == "" {
		r.set(s.owner, c.user)
	}
	if n := numberOf(r.id); n > 0 && s.schema.Object == crm.ObjectJobChange && s.name >= 0 && r.get(s.name) == "" {
		r.set(s.name, fmt.Sprintf("JC-%06d", n))
	}
}

// checkFields asks whether the fields exist, may be written, and take their
// values; the first kind of fault is reported, with all fields that have it.
func (h *change) checkFields(set crm.Fields) *crm.Error {
	faults := map[string][]string{}
	for _, name := range set.Names() {
		col := h.s.col(name)
		if col < 0 {
			faults["INVALID_FIELD"] = append(faults["INVALID_FIELD"], name)
			continue
		}
		f := h.s.columns[col].field
		if h.creates && !f.Creatable || !h.creates && !f.Updatable {
			faults["INVALID_FIELD_FOR_INSERT_UPDATE"] = append(faults["INVALID_FIELD_FOR_INSERT_UPDATE"], name)
			continue
		}
		v, code := strict(f, set[name])
		if code != "" {
			faults[code] = append(faults[code], name)
		}
		h.cells = append(h.cells, cell{int32(col), v})
	}
	for _, code := range []string{
		"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_TYPE_ON_FIELD_IN_RECORD", "MALFORMED_ID",
		"STRING_TOO_LONG", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "INVALID_EMAIL_ADDRESS",
	} {
		if fields := faults[code]; len(fields) > 0 {
			return h.fail(crm.ErrInvalid, code, fields...)
		}
	}
	return nil
}

// checkRequired names all required fields that would be blank afterwards.
func (h *change) checkRequired() *crm.Error {
	var missing []string
	for col, x := range h.s.columns {
		v, set := h.setTo(col)
		if x.field.Required && strings.TrimSpace(v) == "" && (set || h.creates) {
			missing = append(missing, x.field.Name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return h.fail(crm.ErrInvalid, "REQUIRED_FIELD_MISSING", missing...)
}
