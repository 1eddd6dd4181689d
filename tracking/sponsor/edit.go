package sponsor

import (
	"slices"
	"time"
)

// edit is a sponsor while it is changed by one act: the new state, what is written
// down of it, and what it has to do outside. It works on a copy.
type edit struct {
	s     Sponsor
	rules Rules
	now   time.Time
	by    string

	log     []Entry
	effects []Effect
	changed bool
}

func newEdit(s Sponsor, rules Rules, now time.Time, by string) *edit {
	return &edit{s: s.Clone(), rules: rules, now: now, by: by}
}

// saving is what a store has to keep of the edit.
func (e *edit) saving() Saving { return Saving{Sponsor: e.s, Log: e.log, Effects: e.effects} }

// write puts a line into the history of each entity.
func (e *edit) write(line Entry) {
	line.Sponsor, line.At, line.By = e.s.ID, e.now, e.by
	for _, entity := range e.s.Entities {
		line.Entity = entity.EntityRef
		e.log = append(e.log, line)
	}
	e.changed = true
}

// move follows an arrow of the table. Staying where it is changes nothing.
func (e *edit) move(on Event) error {
	next, err := e.s.Status.Next(on)
	if err != nil || next == e.s.Status {
		return err
	}
	e.write(Entry{Act: ActStatus, Old: string(e.s.Status), New: string(next)})
	e.s.Status, e.s.Since, e.s.Last, e.s.By = next, e.now, on, e.by
	return nil
}

// due says when the Desk has to come back.
func (e *edit) due(at time.Time) {
	e.s.Due, e.changed = at, true
}

// attach makes an entity one of the sponsor's, or changes what is known of it.
func (e *edit) attach(entity Entity) error {
	entity.EntityRef = entity.normal()
	entity.Name, entity.Role = clean(entity.Name), clean(entity.Role)
	switch i := e.s.entity(entity.EntityRef); {
	case !slices.Contains(e.rules.Kinds, entity.Kind):
		return invalid("attach", "entity.kind", "no such kind of entity: "+entity.Kind)
	case entity.ID == "":
		return invalid("attach", "entity.id", "missing")
	case i >= 0:
		e.changed = e.changed || e.s.Entities[i] != entity
		e.s.Entities[i] = entity
		return nil
	}
	e.s.Entities = append(e.s.Entities, entity)
	e.log = append(e.log, Entry{
		Sponsor: e.s.ID, Entity: entity.EntityRef, At: e.now, By: e.by, Act: ActAttached, New: entity.Role,
	})
	e.changed = true
	return nil
}

// detach takes an entity away; one that is not there is no error, the last one is.
func (e *edit) detach(ref EntityRef) error {
	ref = ref.normal()
	i := e.s.entity(ref)
	if i < 0 {
		return nil
	}
	if len(e.s.Entities) == 1 {
		return &Error{Op: "detach", Class: ErrRefused, Detail: "it is the last entity; stop the sponsor instead"}
	}
	e.log = append(e.log, Entry{
		Sponsor: e.s.ID, Entity: ref, At: e.now, By: e.by, Act: ActDetached, Old: e.s.Entities[i].Role,
	})
	e.s.Entities = slices.Delete(e.s.Entities, i, i+1)
	e.changed = true
	return nil
}
