package crm

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// waves orders the effects: those of one wave need nothing but earlier waves.
// Links that go in a circle are refused.
func (a *apply) waves() [][]*effect {
	depth := map[*effect]int{}
	for _, e := range a.effects {
		if a.depth(e, depth) < 0 && !e.done {
			e.fail(&Error{
				Op: "write", Object: e.asked.Object, Key: e.asked.Key, Class: ErrInvalid,
				Code: "LINKS_IN_A_CIRCLE", Fields: slices.Sorted(maps.Keys(e.asked.Link)),
			})
		}
	}
	var waves [][]*effect
	for _, e := range a.effects {
		for len(waves) <= e.wave {
			waves = append(waves, nil)
		}
		waves[e.wave] = append(waves[e.wave], e)
	}
	return waves
}

// depth is the length of the longest chain of links above an effect; -1 for one
// in or below a circle. The map holds finished depths, and -1 meanwhile.
func (a *apply) depth(e *effect, known map[*effect]int) int {
	if d, ok := known[e]; ok {
		return d
	}
	known[e] = -1
	deepest := 0
	for _, field := range slices.Sorted(maps.Keys(e.asked.Link)) {
		parent := a.byKey[e.asked.Link[field]]
		if parent == nil {
			continue
		}
		d := a.depth(parent, known)
		if d < 0 {
			return -1
		}
		deepest = max(deepest, d+1)
	}
	known[e], e.wave = deepest, deepest
	return deepest
}

// rounds splits a wave so that one record is updated once a round, in the order
// of the batch, and sorts each round.
func rounds(wave []*effect) [][]*effect {
	var out [][]*effect
	updates := map[Ref]int{}
	for _, e := range wave {
		round := 0
		if e.asked.Verb == VerbUpdate {
			ref := Ref{Object: e.asked.Object, ID: idKey(e.asked.ID)}
			round = updates[ref]
			updates[ref]++
		}
		for len(out) <= round {
			out = append(out, nil)
		}
		out[round] = append(out[round], e)
	}
	for _, round := range out {
		slices.SortStableFunc(round, compareEffects)
	}
	return out
}

// verbRank puts like verbs together, since platforms take one verb in a call.
var verbRank = map[Verb]int{VerbCreate: 0, VerbUpdate: 1, VerbUpsert: 2}

func compareEffects(a, b *effect) int {
	return cmp.Or(
		cmp.Compare(verbRank[a.asked.Verb], verbRank[b.asked.Verb]),
		cmp.Compare(a.rank, b.rank),
		cmp.Compare(a.asked.Object, b.asked.Object),
		cmp.Compare(a.asked.Parent, b.asked.Parent),
		cmp.Compare(a.asked.Key, b.asked.Key),
	)
}

// objectRank is an object's place among the known ones; unknown ones come last.
func objectRank(o Object) int {
	if i := slices.Index(Objects(), o); i >= 0 {
		return i
	}
	return len(Objects())
}

// idKey gives both forms of an id as one.
func idKey(id string) string {
	if full, err := WidenID(id); err == nil {
		return full
	}
	return id
}

// findLinked looks up the records that links name but the batch does not write.
func (a *apply) findLinked(ctx context.Context) {
	failed := map[Key]error{}
	wanted := a.outerKeys(ctx, failed)
	for _, o := range Objects() {
		keys := slices.Sorted(maps.Keys(wanted[o]))
		found, err := a.client.Landed(ctx, o, keys)
		maps.Copy(a.linked, found)
		if err != nil {
			a.endBy(err)
			for _, k := range keys {
				failed[k] = err
			}
		}
	}
	for _, e := range a.effects {
		for _, field := range e.outerLinks(a.byKey) {
			e.checkOuter(field, a.linked, failed)
		}
	}
}

// outerLinks are the reference fields of an open effect whose keys are not in
// the batch, sorted.
func (e *effect) outerLinks(inner map[Key]*effect) []string {
	if e.done {
		return nil
	}
	var fields []string
	for field, key := range e.asked.Link {
		if inner[key] == nil {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}

// outerKeys collects the keys to look up, by the objects that may carry them.
// Keys whose fields could not be described are put into failed.
func (a *apply) outerKeys(ctx context.Context, failed map[Key]error) map[Object]map[Key]bool {
	wanted := map[Object]map[Key]bool{
		ObjectAccount: {}, ObjectContact: {}, ObjectLead: {}, ObjectJobChange: {},
	}
	broken := map[Object]error{}
	for _, e := range a.effects {
		o := e.asked.Object
		for _, field := range e.outerLinks(a.byKey) {
			key := e.asked.Link[field]
			var schema Schema
			if broken[o] == nil {
				schema, broken[o] = a.client.Describe(ctx, o)
			}
			if broken[o] != nil {
				a.endBy(broken[o])
				failed[key] = broken[o]
				continue
			}
			f, _ := schema.Field(field)
			for _, target := range f.RefersTo {
				if keys := wanted[target]; keys != nil {
					keys[key] = true
				}
			}
		}
	}
	return wanted
}

func (e *effect) checkOuter(field string, linked map[Key]string, failed map[Key]error) {
	key := e.asked.Link[field]
	if linked[key] != "" || e.done {
		return
	}
	if err := failed[key]; err != nil {
		e.failed(err)
		return
	}
	e.fail(&Error{
		Op: "write", Object: e.asked.Object, Key: e.asked.Key, Class: ErrInvalid,
		Code: "LINK_LEADS_NOWHERE", Fields: []string{field},
	})
}

// link puts the ids of parents into the effects of a round and makes up what is
// sent of a create or upsert.
func (a *apply) link(round []*effect) {
	for _, e := range round {
		if e.done {
			continue
		}
		set := Fields{}
		if e.asked.Verb == VerbCreate {
			maps.Copy(set, e.asked.Fill)
		}
		maps.Copy(set, e.asked.Set)
		for _, field := range slices.Sorted(maps.Keys(e.asked.Link)) {
			key := e.asked.Link[field]
			id, parent := a.linked[key], a.byKey[key]
			if parent != nil {
				id = parent.result.ID
			}
			if parent != nil && parent.result.Err != nil {
				err := e.explain(ErrParent, parent.result.Err)
				err.Fields = []string{field}
				e.fail(err)
				break
			}
			set[field] = id
		}
		e.want = set
		e.write.Set, e.write.Fill, e.write.Link = set, nil, nil
	}
}
