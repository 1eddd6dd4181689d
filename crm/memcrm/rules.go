package memcrm

import (
	"slices"

	"github.com/onward-crm/onward/crm"
)

// DuplicateRule refuses records that are too much like one that is there. A
// record matches when all Fields are equal, without regard to case, and none of
// them is blank. Deleted records and converted leads do not count; records that
// the integration user may not see do, but are not named.
type DuplicateRule struct {
	// Name is given in the error.
	Name string
	// Object is what is written, Against what it is compared with; "" means the
	// same object.
	Object, Against crm.Object
	// Fields must exist on both objects.
	Fields []string
	// Block refuses in any case. Without it the rule is of the alert kind: a
	// write with AllowDuplicate is saved.
	Block bool
}

// Validation is an org's own validation rule.
type Validation struct {
	// Name is given in the error.
	Name   string
	Object crm.Object
	// Check sees the fields before the change, nil for a new record, and after
	// it, blank ones left out. It returns the fields at fault, and nil when the
	// record is good; an empty list that is not nil is a fault of the record as a
	// whole. It is called with the CRM's lock held and must not call the CRM.
	Check func(before, after crm.Fields) []string
}

// AddDuplicateRule switches a rule on. It panics when the rule names an object or
// a field that is not there, or no field at all.
func (c *CRM) AddDuplicateRule(r DuplicateRule) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Against == "" {
		r.Against = r.Object
	}
	for _, o := range []crm.Object{r.Object, r.Against} {
		for _, f := range r.Fields {
			if s := c.stores[o]; s == nil || s.col(f) < 0 {
				panic("memcrm: duplicate rule " + r.Name + ": no field " + string(o) + "." + f)
			}
		}
	}
	if len(r.Fields) == 0 {
		panic("memcrm: duplicate rule " + r.Name + ": no fields")
	}
	r.Fields = slices.Clone(r.Fields)
	c.duplicateRules = append(c.duplicateRules, r)
	c.listRule(r)
}

// objectDuplicateRule is the object under which an org lists its rules.
const objectDuplicateRule crm.Object = "DuplicateRule"

// listRule makes the rule known to queries, where the CRM has room for it.
func (c *CRM) listRule(r DuplicateRule) {
	s := c.stores[objectDuplicateRule]
	if s == nil {
		return
	}
	x := &row{id: s.nextID()}
	for _, f := range []struct{ name, value string }{
		{"DeveloperName", r.Name}, {"MasterLabel", r.Name}, {"SobjectType", string(r.Object)}, {"IsActive", "true"},
	} {
		if s.col(f.name) >= 0 {
			s.put(x, f.name, f.value)
		}
	}
	c.born(s, x)
	s.insert(x)
}

// AddValidation switches a rule on. It panics when the rule has no check or
// names an object that is not there.
func (c *CRM) AddValidation(v Validation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stores[v.Object] == nil || v.Check == nil {
		panic("memcrm: validation " + v.Name + ": no such object, or no check")
	}
	c.validations = append(c.validations, v)
}

// checkRules runs validation rules, then duplicate rules, on the record as it
// would be.
func (c *CRM) checkRules(h *change) *crm.Error {
	after := &row{id: h.r.id, cells: slices.Clone(h.r.cells)}
	for _, x := range h.cells {
		after.set(int(x.col), x.value)
	}
	for _, v := range c.validations {
		if v.Object != h.w.Object {
			continue
		}
		var before crm.Fields
		if !h.creates {
			before = h.s.record(h.r).Fields
		}
		if fields := v.Check(before, h.s.record(after).Fields); fields != nil {
			err := h.fail(crm.ErrInvalid, "FIELD_CUSTOM_VALIDATION_EXCEPTION", fields...)
			err.Rule = v.Name
			return err
		}
	}
	for _, rule := range c.duplicateRules {
		if rule.Object != h.w.Object || !rule.Block && h.w.AllowDuplicate || !h.concerns(rule, after) {
			continue
		}
		if found, visible := c.duplicates(rule, h.s, after); found {
			err := h.fail(crm.ErrDuplicate, "DUPLICATES_DETECTED")
			err.Rule, err.Matches = rule.Name, visible
			return err
		}
	}
	return nil
}

// concerns reports whether the write changes a field that the rule compares; a
// rule does not run on other changes.
func (h *change) concerns(rule DuplicateRule, after *row) bool {
	return h.creates || slices.ContainsFunc(rule.Fields, func(f string) bool {
		col := h.s.col(f)
		return h.s.key(h.r, col) != h.s.key(after, col)
	})
}

// duplicates looks for records that match, and returns the ids of those that the
// integration user may see, sorted.
func (c *CRM) duplicates(rule DuplicateRule, s *store, after *row) (found bool, visible []string) {
	against := c.stores[rule.Against]
	want := make([]string, len(rule.Fields))
	for i, f := range rule.Fields {
		if want[i] = s.key(after, s.col(f)); want[i] == "" {
			return false, nil
		}
	}
	for _, r := range against.candidates(against.col(rule.Fields[0]), want[0]) {
		same := !r.deleted && r.id != after.id && !against.isConverted(r)
		for i, f := range rule.Fields {
			same = same && against.key(r, against.col(f)) == want[i]
		}
		if !same {
			continue
		}
		found = true
		if !r.hidden {
			visible = append(visible, r.id)
		}
	}
	slices.Sort(visible)
	return found, slices.Compact(visible)
}

// candidates lists the rows that may hold a value in a column.
func (s *store) candidates(col int, key string) []*row {
	if s.indexed(col) {
		return s.postings(col, key)
	}
	return s.rows()
}

func (s *store) isConverted(r *row) bool {
	return crm.IsTrue(s.named(r, "IsConverted"))
}
