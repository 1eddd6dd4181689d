package sponsor

import (
	"slices"
	"strconv"
	"time"

	"github.com/onward-crm/onward/matching"
	"github.com/onward-crm/onward/tracking"
)

// observe compares the record with a newer state of the profile and makes at most
// one update of what is new. held is what the CRM holds now, nil when nobody asked:
// what it holds already is taken over without an update.
func (e *edit) observe(p Profile, held *Record) {
	p = e.dated(p.clean())
	if p.SeenAt.Before(e.s.Seen.SeenAt) {
		return // a late report of an older state
	}
	e.s.Seen = completed(p, e.s.Seen)
	e.s.RefreshedAt, e.s.Misses = e.now, 0
	e.due(e.now.Add(e.rules.RefreshEvery))
	before := e.s.Person.Keys()
	e.fillBlanks(p)
	if held != nil {
		e.takeOver(p, *held)
	}
	e.remember(before)
	changes, kind := changesTo(e.s, p, e.rules.Profile)
	var fresh []Change
	for _, a := range Attributes() {
		if c, ok := e.judge(a, p, changes); ok {
			if held != nil {
				c.Base = held.value(a)
			}
			fresh = append(fresh, c)
		}
	}
	if len(fresh) > 0 {
		e.raise(fresh, kindOf(fresh, kind))
	}
	e.trim()
}

// dated is a profile that says when it was seen, as a store keeps times.
func (e *edit) dated(p Profile) Profile {
	p.SeenAt = p.SeenAt.UTC().Truncate(time.Microsecond)
	if p.SeenAt.IsZero() {
		p.SeenAt = e.now
	}
	return p
}

// news tells whether observing a profile now would make an update.
func news(s Sponsor, p Profile, rules Rules, now time.Time) bool {
	e := newEdit(s, rules, now, "")
	e.observe(p, nil)
	return e.s.Made > s.Made
}

// judge says whether an attribute is to be proposed, and closes the open proposal
// that the profile no longer bears out.
//
//	profile says        open proposal         then
//	nothing             any                   stays
//	the record's value  any                   overtaken
//	a rejected value    any                   overtaken
//	another value       the same              stays
//	another value       none or another one   overtaken, and proposed
func (e *edit) judge(a Attribute, p Profile, changes []Change) (Change, bool) {
	if p.value(a) == "" {
		return Change{}, false
	}
	i := slices.IndexFunc(changes, func(c Change) bool { return c.Attribute == a })
	if i < 0 {
		e.overtake(a, p.value(a))
		return Change{}, false
	}
	c := changes[i]
	if open, ok := e.proposed(a); ok && sameValue(c, open.value(), e.rules.Profile) {
		return Change{}, false
	}
	e.overtake(a, c.New)
	rejected := slices.ContainsFunc(e.s.Rejected, func(r Rejection) bool { return sameValue(c, r, e.rules.Profile) })
	return c, !rejected
}

// proposed is the open change of an attribute; there is at most one.
func (e *edit) proposed(a Attribute) (Change, bool) {
	for _, u := range e.s.Updates {
		if u.State == UpdateOpen && u.has(a) {
			i := slices.IndexFunc(u.Changes, func(c Change) bool { return c.Attribute == a })
			return u.Changes[i], true
		}
	}
	return Change{}, false
}

// overtake ends the open change of an attribute because a newer value is known, and
// with the last change its update.
func (e *edit) overtake(a Attribute, by string) {
	for i := range e.s.Updates {
		u := &e.s.Updates[i]
		if u.State != UpdateOpen || !u.has(a) {
			continue
		}
		for j := range u.Changes {
			if c := &u.Changes[j]; c.Attribute == a {
				c.Overtaken = true
				e.write(Entry{Act: ActOvertaken, Update: u.ID, Attribute: a, Old: c.New, New: by})
			}
		}
		if len(u.live()) == 0 {
			u.State, u.ClosedAt = UpdateOvertaken, e.now
		}
	}
}

// raise makes an update with everything that follows from it.
func (e *edit) raise(changes []Change, kind tracking.Kind) {
	e.s.Made++
	u := Update{ID: "u" + strconv.Itoa(e.s.Made), At: e.now, Kind: kind, Changes: changes, State: UpdateOpen}
	e.s.Updates = append(e.s.Updates, u)
	for _, c := range changes {
		e.write(Entry{Act: ActObserved, Update: u.ID, Attribute: c.Attribute, Old: c.Old, New: c.New})
	}
	e.consequences(u)
}

// trim forgets the oldest closed updates.
func (e *edit) trim() {
	closed := len(e.s.Updates) - e.s.Open()
	e.s.Updates = slices.DeleteFunc(e.s.Updates, func(u Update) bool {
		old := u.State != UpdateOpen && closed > MaxClosed
		if old {
			closed--
		}
		return old
	})
}

// fillBlanks takes what the record does not hold from the profile: to know a value
// is no change of it.
func (e *edit) fillBlanks(p Profile) {
	if e.s.Person.Title == "" {
		e.s.Person.Title = p.Person.Title
	}
	if !named(e.s.Person.Company) {
		e.s.Person.Company = p.Person.Company
	}
	if e.s.Location == "" {
		e.s.Location = p.Location
	}
}

// takeOver takes values that the CRM and the profile agree on.
func (e *edit) takeOver(p Profile, held Record) {
	if held.Title != "" && sameTitle(held.Title, p.Person.Title) {
		e.s.Person.Title = held.Title
	}
	if held.Company != "" && oneCompany(matching.Company{Name: held.Company}, p.Person.Company, e.rules.Profile) {
		e.s.Person.Company, e.s.Person.AccountID = p.Person.Company, p.Person.AccountID
	}
	if held.Location != "" && sameText(held.Location, p.Location) {
		e.s.Location = held.Location
	}
}

// kindOf is the kind of move that the changes alone are.
func kindOf(changes []Change, kind tracking.Kind) tracking.Kind {
	u := Update{Changes: changes}
	switch {
	case u.has(Company):
		return kind
	case u.has(Title) && kind == tracking.Promotion:
		return tracking.Promotion
	case u.has(Title):
		return tracking.TitleChange
	}
	return tracking.Unchanged
}

// completed is a newer state, with what only the older one told.
func completed(p, older Profile) Profile {
	p = p.clone()
	if p.Person.Title == "" {
		p.Person.Title = older.Person.Title
	}
	if !named(p.Person.Company) {
		p.Person.Company, p.Person.AccountID = older.Person.Company, older.Person.AccountID
	}
	if p.Location == "" {
		p.Location = older.Location
	}
	if p.Person.FirstName == "" && p.Person.LastName == "" {
		p.Person.FirstName, p.Person.LastName = older.Person.FirstName, older.Person.LastName
	}
	p.Person = adopt(p.Person, older.Person)
	if p.Social == nil {
		p.Social = older.clone().Social
	}
	return p
}

// value is what the profile says of an attribute.
func (p Profile) value(a Attribute) string {
	switch a {
	case Title:
		return p.Person.Title
	case Company:
		return companyName(p.Person.Company)
	}
	return p.Location
}

// value is what the CRM holds of an attribute.
func (r Record) value(a Attribute) string {
	switch a {
	case Title:
		return r.Title
	case Company:
		return r.Company
	}
	return r.Location
}
