package sponsor

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/onward-crm/onward/tracking"
)

// Enrolment makes a person a sponsor of entities.
type Enrolment struct {
	Person   tracking.Person
	Location string
	// Entities are at least one.
	Entities []Entity
	By       string
}

// Enrol makes a person a sponsor, untracked at first, or adds entities and
// identifiers to the sponsor that the person is already: whoever shares a record, a
// page or an address, or name and company while nothing speaks against it. The error
// is ErrInvalid when the person has no identifier, or an entity cannot be used, and
// ErrErased when the person asked to be forgotten.
func (d *Desk) Enrol(ctx context.Context, n Enrolment) (Sponsor, error) {
	n.Person, n.Location = cleanPerson(n.Person), clean(n.Location)
	if len(n.Person.Keys()) == 0 {
		return Sponsor{}, invalid("enrol", "person", "no record id, page, address, or name with company")
	}
	if len(n.Entities) == 0 {
		return Sponsor{}, invalid("enrol", "entities", "a sponsor belongs to something")
	}
	if page, ok := pageOf(n.Person.LinkedIn); ok {
		n.Person.LinkedIn = page
	}
	err := d.living(ctx, n.Person)
	if err != nil {
		return Sponsor{}, err
	}
	for range rounds {
		var s Sponsor
		if s, err = d.enrol(ctx, n); !errors.Is(err, ErrStale) && !errors.Is(err, ErrTaken) {
			return s, err
		}
	}
	return Sponsor{}, err
}

// living refuses who asked to be forgotten.
func (d *Desk) living(ctx context.Context, p tracking.Person) error {
	if d.deps.Erased == nil {
		return nil
	}
	erased, err := d.deps.Erased(ctx, []tracking.Person{p})
	if err == nil && len(erased) == 1 && erased[0] {
		return &Error{Op: "enrol", Class: ErrErased, Detail: "the person asked to be forgotten, and is not brought back"}
	}
	return err
}

// enrol tries once; ErrStale and ErrTaken mean that somebody else enrolled them now.
func (d *Desk) enrol(ctx context.Context, n Enrolment) (Sponsor, error) {
	keys := n.Person.Keys()
	known, err := d.deps.Store.Known(ctx, keys)
	if err != nil {
		return Sponsor{}, err
	}
	known, sure := whichAre(known, keys, func(s Sponsor) []string { return slices.Concat(s.Person.Keys(), strong(s.Former)) })
	switch {
	case !sure && len(strong(keys)) == 0:
		return Sponsor{}, errNamesakes("enrol")
	case !sure || len(known) == 0:
		return d.create(ctx, n)
	}
	// Several may be the person: two records of one human. The one with the strongest
	// key in common gets the entities, and no identifiers of the others.
	best := slices.MinFunc(known, func(a, b Sponsor) int { return firstOf(keys, a) - firstOf(keys, b) })
	return d.one(ctx, best.ID, n.By, func(e *edit) error {
		if before := e.s.Clone(); len(known) == 1 {
			e.s.Person = adopt(e.s.Person, n.Person)
			e.fillBlanks(Profile{Person: n.Person, Location: n.Location})
			e.remember(before.Person.Keys())
			e.changed = e.changed || !reflect.DeepEqual(before, e.s)
		}
		return e.attachAll(n.Entities)
	})
}

// whichAre are the sponsors that the keys name: those that share a key that nobody
// else has, or the one with that name at that company. Several of that name are not
// sure, and then nobody is.
func whichAre(known []Sponsor, keys []string, of func(Sponsor) []string) (are []Sponsor, sure bool) {
	var byName []Sponsor
	for _, s := range known {
		switch mine := of(s); {
		case overlap(strong(mine), keys):
			are = append(are, s)
		case alike(mine, keys):
			byName = append(byName, s)
		}
	}
	switch {
	case len(are) > 0:
		return are, true
	case len(byName) > 1:
		return nil, false
	}
	return byName, true
}

func errNamesakes(op string) error {
	return invalid(op, "person", "several people have this name there: give a record id, a page or an address")
}

// firstOf is the place of the first key that a sponsor has.
func firstOf(keys []string, s Sponsor) int {
	have := s.Person.Keys()
	if i := slices.IndexFunc(keys, func(k string) bool { return slices.Contains(have, k) }); i >= 0 {
		return i
	}
	return len(keys)
}

// create stores a new sponsor.
func (d *Desk) create(ctx context.Context, n Enrolment) (Sponsor, error) {
	id, err := d.freeID(ctx, n.Person)
	if err != nil {
		return Sponsor{}, err
	}
	now := d.now()
	e := newEdit(Sponsor{ID: id, Status: Untracked, Since: now, By: n.By, Person: n.Person, Location: n.Location}, d.rules, now, n.By)
	if err := e.attachAll(n.Entities); err != nil {
		return Sponsor{}, about(err, id)
	}
	errs, err := d.deps.Store.Save(ctx, []Saving{e.saving()})
	if err != nil {
		return Sponsor{}, err
	}
	e.s.Version++
	return e.s, errs[0]
}

// freeID passes over the ids that namesakes got earlier.
func (d *Desk) freeID(ctx context.Context, p tracking.Person) (string, error) {
	for number := 0; ; number++ {
		id := idOf(p, number)
		taken, err := d.deps.Store.Load(ctx, []string{id})
		if err != nil || len(taken) == 0 {
			return id, err
		}
	}
}

func (e *edit) attachAll(entities []Entity) error {
	for _, entity := range entities {
		if err := e.attach(entity); err != nil {
			return err
		}
	}
	return nil
}

// Attach makes a sponsor belong to one more entity, or changes role, name or owner
// there. Doing it again is no error.
func (d *Desk) Attach(ctx context.Context, id string, entity Entity, by string) (Sponsor, error) {
	return d.one(ctx, id, by, func(e *edit) error { return e.attach(entity) })
}

// Detach ends one membership; the last one is ErrRefused.
func (d *Desk) Detach(ctx context.Context, id string, ref EntityRef, by string) (Sponsor, error) {
	return d.one(ctx, id, by, func(e *edit) error { return e.detach(ref) })
}
