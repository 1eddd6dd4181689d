package sponsor

import (
	"slices"

	"github.com/onward-crm/onward/crm"
	"github.com/onward-crm/onward/tracking"
)

// consequences are the effects of a new update: a move when the company changed, a
// task for each entity that a rule wants one for, a notice to each owner.
func (e *edit) consequences(u Update) {
	var move string
	if i := slices.IndexFunc(u.Changes, func(c Change) bool { return c.Attribute == Company }); i >= 0 {
		m := e.moveOf(u, u.Changes[i])
		move = m.ID
		e.effect(Effect{Key: crm.Key("onward-" + m.ID), Update: u.ID, Move: &m})
	}
	for _, entity := range e.s.Entities {
		if t, ok := e.task(u, entity); ok {
			key := "onward-" + hashOf("task", e.s.ID, u.ID, entity.Kind, entity.ID)
			e.effect(Effect{Key: crm.Key(key), Update: u.ID, Task: &t})
		}
	}
	if !e.rules.Notify {
		return
	}
	for _, user := range e.owners() {
		n := Notice{Keys: e.noticeKeys(user, u), UserID: user, Person: clonePerson(e.s.Person), Changes: slices.Clone(u.Changes), Move: move}
		e.effect(Effect{Key: crm.Key("onward-" + hashOf("notice", e.s.ID, u.ID, user)), Update: u.ID, Notice: &n})
	}
}

func (e *edit) effect(f Effect) {
	f.Sponsor, f.At, f.Due = e.s.ID, e.now, e.now
	e.effects = append(e.effects, f)
}

// owners are the users who own an entity, each once, sorted.
func (e *edit) owners() []string {
	var out []string
	for _, entity := range e.s.Entities {
		if entity.OwnerID != "" {
			out = append(out, entity.OwnerID)
		}
	}
	return add(out)
}

// noticeKeys are those of the move where there is one, so that whoever hears of the
// move does not hear of the update as well.
func (e *edit) noticeKeys(user string, u Update) []string {
	for _, c := range u.Changes {
		if c.Attribute == Company {
			return NoticeKeys(user, e.s.Person, c.Company)
		}
	}
	return []string{hashOf("notice", user, e.s.ID, u.ID)}
}

// moveOf is the company change as a move.
func (e *edit) moveOf(u Update, c Change) Move {
	who := adopt(e.s.Person, e.s.Seen.Person)
	return Move{
		ID: "move-" + hashOf("move", e.s.ID, u.ID), Person: who, Kind: u.Kind, At: u.At, Uncertain: c.Uncertain, Tell: e.owners(),
		From: tracking.Position{Company: e.s.Person.Company, Title: e.s.Person.Title},
		To:   tracking.Position{Company: c.Company, Title: e.s.Seen.Person.Title, StartedOn: c.Company.Since, Current: true},
	}
}

// task is the call to action of an entity for an update, by the first rule that fits.
func (e *edit) task(u Update, entity Entity) (Task, bool) {
	for _, r := range e.rules.CallsToAction {
		if !r.fits(u, entity) {
			continue
		}
		t := Task{
			Rule: r.Name, Entity: entity, OwnerID: entity.OwnerID, Type: r.Type, Priority: r.Priority, Reason: r.Reason,
			Playbook: r.Playbook, DueOn: e.now.AddDate(0, 0, r.DueDays), Person: clonePerson(e.s.Person),
			Changes: slices.Clone(u.Changes), Set: r.Set.Clone(),
		}
		if r.Owner != "" {
			t.OwnerID = r.Owner
		}
		return t, true
	}
	return Task{}, false
}

// fits tells whether the rule wants a task for this update and entity.
func (r ActionRule) fits(u Update, entity Entity) bool {
	return (len(r.Attributes) == 0 || slices.ContainsFunc(r.Attributes, u.has)) &&
		(len(r.Changes) == 0 || slices.Contains(r.Changes, u.Kind)) &&
		(len(r.Entities) == 0 || slices.Contains(r.Entities, entity.Kind)) &&
		(len(r.Roles) == 0 || slices.Contains(r.Roles, entity.Role))
}
