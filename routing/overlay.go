package routing

import "maps"

// overlay lets the decisions of one batch know of each other before anything is
// stored: companies that an earlier one creates, turns that it took (RT44, RT18).
type overlay struct {
	known map[Alias]Identity
	rota  map[string]int
	// changed are the records that the plans so far change, moves their moves.
	changed, moves map[string]bool
	// crowd are the movers so far, also those whom only the past record names.
	crowd crowd
}

func newOverlay() *overlay {
	return &overlay{known: map[Alias]Identity{}, rota: map[string]int{}, changed: map[string]bool{}, moves: map[string]bool{}, crowd: crowd{}}
}

// show adds what the batch knows to the facts of the next event. Maps that are
// changed are copied first.
func (o *overlay) show(f *Facts) {
	if len(o.known) > 0 {
		var known map[Alias]Identity
		for ask := range f.Asked {
			id, ok := o.known[Alias(ask.Value)]
			if ask.Kind != AskAlias || !ok {
				continue
			}
			if known == nil {
				known = maps.Clone(f.Known)
			}
			known[Alias(ask.Value)] = id
		}
		if known != nil {
			f.Known = known
		}
	}
	for pool := range f.Rota {
		if next, ok := o.rota[pool]; ok && next != f.Rota[pool] {
			f.Rota = maps.Clone(f.Rota)
			f.Rota[pool] = next
		}
	}
}

// touches reports whether the person's identity in the facts comes from a
// decision of this batch that is not applied yet. Such an event has to wait.
func (o *overlay) touches(f *Facts) bool {
	for ask := range f.Asked {
		if id, ok := o.known[Alias(ask.Value)]; ok && ask.Kind == AskAlias && id.Company == nil {
			return true
		}
	}
	return false
}

// meets reports whether a plan goes by a record that another plan of this batch
// changes, or is of the same move. Such an event has to wait as well: it saw the
// world as it was before.
func (o *overlay) meets(p Plan) bool {
	if o.moves[p.Move] {
		return true
	}
	if len(o.changed) == 0 {
		return false
	}
	if p.Past != nil && o.changed[p.Past.ID] || o.changed[p.Person.ID] {
		return true
	}
	for _, ref := range p.OtherPast {
		if o.changed[ref.ID] {
			return true
		}
	}
	for _, hit := range p.Person.Others {
		if o.changed[hit.ID] {
			return true
		}
	}
	return false
}

// learn remembers what a plan claims, takes and changes.
func (o *overlay) learn(p Plan) {
	o.moves[p.Move] = true
	for _, w := range p.Effects() {
		if w.ID != "" {
			o.changed[w.ID] = true
		}
	}
	for _, c := range p.Aliases {
		o.known[c.Alias] = c.Identity
	}
	for _, m := range p.Rota {
		o.rota[m.Pool] = m.To
	}
}
