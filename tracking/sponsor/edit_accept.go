package sponsor

import (
	"slices"
	"strings"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/matching"
)

// Conflict is an attribute that somebody changed since the update was made.
type Conflict struct {
	Sponsor   string    `json:"sponsor"`
	Update    string    `json:"update"`
	Attribute Attribute `json:"attribute"`
	// Old and New are the update's, Current is what the record holds.
	Old     string `json:"old"`
	New     string `json:"new"`
	Current string `json:"current"`
}

// live are the changes of an update that no newer value overtook.
func (u Update) live() []Change {
	return slices.DeleteFunc(slices.Clone(u.Changes), func(c Change) bool { return c.Overtaken })
}

// accept puts the values of an update into the record. held is what the CRM holds,
// nil when nobody asked. With a conflict nothing is done, unless overwrite is set.
// An update that was accepted before is no error, one that was closed otherwise is.
func (e *edit) accept(id string, held *Record, overwrite bool) ([]Conflict, error) {
	u, err := e.open("accept", id, UpdateAccepted)
	if u == nil || err != nil {
		return nil, err
	}
	if conflicts := e.conflicts(*u, held); len(conflicts) > 0 && !overwrite {
		return conflicts, nil
	}
	before := e.s.Person.Keys()
	set := crm.Fields{}
	for _, c := range u.live() {
		e.apply(c)
		e.write(Entry{Act: ActAccepted, Update: u.ID, Attribute: c.Attribute, Old: c.Old, New: c.New})
		if field := e.rules.Fields[c.Attribute]; field != "" && (held == nil || held.value(c.Attribute) != c.New) {
			set[field] = c.New
		}
	}
	e.remember(before)
	e.close(u, UpdateAccepted)
	e.record(*u, set)
	return nil, nil
}

// open finds an update that can be closed; nil when it already ended so.
func (e *edit) open(op, id string, as UpdateState) (*Update, error) {
	i := e.s.update(id)
	if i < 0 {
		return nil, &Error{Op: op, Class: ErrUnknown, Detail: "no update " + clip(id, 24)}
	}
	switch u := &e.s.Updates[i]; u.State {
	case UpdateOpen:
		return u, nil
	case as:
		return nil, nil
	default:
		return nil, &Error{Op: op, Class: ErrRefused, Detail: "the update was " + string(u.State)}
	}
}

func (e *edit) close(u *Update, as UpdateState) {
	u.State, u.By, u.ClosedAt = as, e.by, e.now
	e.changed = true
}

// conflicts lists the attributes whose present value is neither the one that the
// update was made on nor the one that it proposes. What the record does not hold is
// no conflict.
func (e *edit) conflicts(u Update, held *Record) []Conflict {
	var out []Conflict
	for _, c := range u.live() {
		current := Profile{Person: e.s.Person, Location: e.s.Location}.value(c.Attribute)
		if held != nil {
			current = held.value(c.Attribute)
		}
		known := []string{c.Old, c.New, c.Base, ""}
		if !slices.ContainsFunc(known, func(v string) bool { return e.sameText(c.Attribute, v, current) }) {
			out = append(out, Conflict{Sponsor: e.s.ID, Update: u.ID, Attribute: c.Attribute, Old: c.Old, New: c.New, Current: current})
		}
	}
	return out
}

// sameText compares two values of an attribute as they are shown.
func (e *edit) sameText(a Attribute, x, y string) bool {
	if x == "" || y == "" {
		return x == y
	}
	return sameValue(Change{Attribute: a, New: x, Company: matching.Company{Name: x}},
		Rejection{Attribute: a, Value: y, Company: matching.Company{Name: y}}, e.rules.Profile)
}

// apply puts one value into the record.
func (e *edit) apply(c Change) {
	switch c.Attribute {
	case Title:
		e.s.Person.Title = c.New
	case Company:
		e.s.Person.Company, e.s.Person.AccountID = c.Company, c.Company.AccountID
	case Location:
		e.s.Location = c.New
	}
}

// record is the effect that brings accepted values into the CRM's record.
func (e *edit) record(u Update, set crm.Fields) {
	id := recordID(e.s.Person.RecordID)
	if id == "" || len(set) == 0 {
		return
	}
	object := crm.ObjectContact
	if strings.HasPrefix(id, leadPrefix) {
		object = crm.ObjectLead
	}
	key := crm.Key("onward-" + hashOf("record", e.s.ID, u.ID))
	e.effect(Effect{Key: key, Update: u.ID, Write: &crm.Write{Key: key, Verb: crm.VerbUpdate, Object: object, ID: id, Set: set}})
}

// reject closes an update; its values are not proposed again. One that was rejected
// before is no error.
func (e *edit) reject(id string) error {
	u, err := e.open("reject", id, UpdateRejected)
	if u == nil || err != nil {
		return err
	}
	for _, c := range u.live() {
		e.s.Rejected = append(e.s.Rejected, c.value())
		e.write(Entry{Act: ActRejected, Update: u.ID, Attribute: c.Attribute, Old: c.Old, New: c.New})
	}
	e.close(u, UpdateRejected)
	return nil
}
