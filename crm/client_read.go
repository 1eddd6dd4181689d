package crm

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// read looks at the records that are about to be updated, and at upserted ones
// whose outcome is unknown. It makes up what is sent, and ends the effects that
// have nothing to send or whose record is gone.
func (a *apply) read(ctx context.Context, round []*effect) {
	var need []*effect
	for _, e := range round {
		if !e.done && (e.asked.Verb == VerbUpdate || e.landed != "") {
			need = append(need, e)
		}
	}
	missing := a.readEach(ctx, need, false)
	for _, e := range a.readEach(ctx, missing, true) {
		// Sharing hides records without a trace, and not even the recycle bin
		// shows this one.
		e.lost(ErrNotVisible, "RECORD_NOT_FOUND")
	}
}

// readEach reads the records of effects and returns the effects whose records
// did not turn up.
func (a *apply) readEach(ctx context.Context, need []*effect, deleted bool) (missing []*effect) {
	groups := byObject(need)
	found, errs := a.readGroups(ctx, groups, deleted)
	var again [][]*effect
	for i, group := range groups {
		// One field that the CRM does not know spoils the query for all.
		if errors.Is(errs[i], ErrInvalid) && len(group) > 1 {
			again = append(again, byFields(group)...)
			continue
		}
		missing = append(missing, a.meet(group, found[i], errs[i])...)
	}
	if len(again) > 0 {
		found, errs = a.readGroups(ctx, again, deleted)
		for i, group := range again {
			missing = append(missing, a.meet(group, found[i], errs[i])...)
		}
	}
	return missing
}

// readGroups asks one query a group. A failure of the call is everybody's.
func (a *apply) readGroups(ctx context.Context, groups [][]*effect, deleted bool) ([][]Record, []error) {
	qs := make([]Query, len(groups))
	for i, group := range groups {
		q := Query{Object: group[0].asked.Object, Select: []string{"Id"}, Deleted: deleted}
		var ids []string
		for _, e := range group {
			ids = append(ids, e.recordID())
			q.Select = append(q.Select, e.fields()...)
		}
		slices.Sort(q.Select)
		q.Select = slices.Compact(q.Select)
		q.Where = []Cond{{Field: "Id", Op: OpIn, Values: ids}}
		qs[i] = q
	}
	found, errs, err := a.client.findEach(ctx, qs)
	if err == nil {
		return found, errs
	}
	errs = make([]error, len(groups))
	for i := range errs {
		errs[i] = err
	}
	return make([][]Record, len(groups)), errs
}

// meet confronts effects with the records found.
func (a *apply) meet(group []*effect, rows []Record, err error) (missing []*effect) {
	byID := make(map[string]Record, len(rows))
	for _, r := range rows {
		byID[idKey(r.ID)] = r
	}
	if err != nil {
		a.endBy(err)
	}
	for _, e := range group {
		row, ok := byID[idKey(e.recordID())]
		switch {
		case err != nil:
			e.failed(err)
		case !ok:
			missing = append(missing, e)
		case row.Deleted:
			e.lost(ErrStale, "ENTITY_IS_DELETED", row.MasterID)
		default:
			e.plan(row)
		}
	}
	return missing
}

// lost ends an update whose record is not there any more. An upsert that landed
// and vanished since is for the driver to judge.
func (e *effect) lost(class error, code string, master ...string) {
	if e.asked.Verb == VerbUpsert {
		e.unsure, e.landed = false, ""
		return
	}
	err := &Error{Op: "write", Object: e.asked.Object, Key: e.asked.Key, Class: class, Code: code}
	for _, id := range master {
		if id != "" {
			err.Matches = append(err.Matches, id)
		}
	}
	e.fail(err)
}

// plan compares the wanted values with those of the record.
func (e *effect) plan(row Record) {
	if e.unsure && holds(row.Fields, e.changed) && len(e.changed) > 0 {
		e.finish(Result{ID: row.ID, Before: e.before, Changed: e.changed})
		return
	}
	e.unsure = false
	changed := e.missing(row.Fields)
	if e.asked.Verb == VerbUpsert {
		if len(changed) == 0 {
			e.finish(Result{ID: row.ID, Created: true, Changed: e.write.Set})
		}
		return
	}
	if len(changed) == 0 {
		e.finish(Result{ID: row.ID, Before: Fields{}, Changed: changed})
		return
	}
	if e.asked.If != "" && row.Version != "" && row.Version != e.asked.If {
		e.lost(ErrStale, "VERSION_CHANGED")
		return
	}
	e.before, e.changed = Fields{}, changed
	for name := range changed {
		e.before[name] = row.Fields[name]
	}
	e.write.Set = changed
}

// missing are the values that the record lacks: what Set and Link want
// otherwise, and what Fill finds blank.
func (e *effect) missing(have Fields) Fields {
	changed := Fields{}
	for name, value := range e.want {
		if !sameValue(have[name], value) {
			changed[name] = value
		}
	}
	if e.asked.Verb != VerbUpdate {
		return changed
	}
	for name, value := range e.asked.Fill {
		if _, set := e.want[name]; !set && isBlank(have[name]) && !isBlank(value) {
			changed[name] = value
		}
	}
	return changed
}

// holds reports whether a record has all the values.
func holds(have, values Fields) bool {
	for name, value := range values {
		if !sameValue(have[name], value) {
			return false
		}
	}
	return true
}

// sameValue compares two values of a field in text form; ids on 18 characters.
func sameValue(a, b string) bool { return a == b || SameID(a, b) }

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

// recordID is the record to read: the one to update, or the one that an upsert
// of unknown outcome has reached.
func (e *effect) recordID() string { return cmp.Or(e.asked.ID, e.landed) }

// fields are the names to read, sorted.
func (e *effect) fields() []string {
	names := slices.Collect(maps.Keys(e.want))
	names = slices.AppendSeq(names, maps.Keys(e.asked.Fill))
	slices.Sort(names)
	return slices.Compact(names)
}

// byObject groups effects whose records one query can read.
func byObject(effects []*effect) [][]*effect {
	groups := map[Object][]*effect{}
	for _, e := range effects {
		groups[e.asked.Object] = append(groups[e.asked.Object], e)
	}
	var out [][]*effect
	for _, o := range sortedObjects(groups) {
		out = append(out, groups[o])
	}
	return out
}

// byFields groups the effects of one object that read the same fields.
func byFields(effects []*effect) [][]*effect {
	groups := map[string][]*effect{}
	for _, e := range effects {
		fields := strings.Join(e.fields(), ",")
		groups[fields] = append(groups[fields], e)
	}
	var out [][]*effect
	for _, fields := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, groups[fields])
	}
	return out
}
