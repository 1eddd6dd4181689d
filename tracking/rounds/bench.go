package rounds

import (
	"slices"
	"time"

	"github.com/onward-crm/onward/tracking"
	"github.com/onward-crm/onward/tracking/target"
)

// bench are the prospects who are known, as far as some that were found lead to them,
// and what changes of them. It is pure.
type bench struct {
	byKey   map[string][]string // from account and handle to ids
	kept    map[string]Kept
	changes []Kept
}

// meeting is what it means that somebody was found.
type meeting int

const (
	metKnown meeting = iota
	metNew
	metRisen
)

func newBench(known []Kept) *bench {
	b := &bench{byKey: map[string][]string{}, kept: map[string]Kept{}}
	for _, k := range known {
		b.note(k)
	}
	return b
}

func (b *bench) note(k Kept) {
	b.kept[k.ID] = k
	for _, h := range tracking.Handles(k.Keys) {
		at := k.Prospect.AccountID + "\x1f" + h
		if !slices.Contains(b.byKey[at], k.ID) {
			b.byKey[at] = append(b.byKey[at], k.ID)
		}
	}
}

// put changes one, for the store as well.
func (b *bench) put(k Kept) {
	b.note(k)
	b.changes = append(b.changes, k)
}

// meet takes somebody who was found. Who waits stays in the place of their first
// finding, with what is known now. Who was told is news only with a higher title.
func (b *bench) meet(p target.Prospect, now time.Time) meeting {
	old, known := b.find(p)
	if !known {
		b.put(KeptOf(p, StageFound, now))
		return metNew
	}
	first := old.Prospect
	merged := p
	merged.Person, merged.FoundAt = p.Person.With(first.Person), first.FoundAt
	if old.Stage == StageTold {
		if tracking.TitleRank(p.Person.Title) <= tracking.TitleRank(first.Person.Title) {
			return metKnown
		}
		k := KeptOf(merged, StageFound, now)
		k.Prospect.FoundAt, k.Was = p.FoundAt, &first
		b.replace(old, k)
		return metRisen
	}
	k := KeptOf(merged, old.Stage, old.At)
	k.Was = old.Was
	if old.Stage != StageChosen { // what is about to be handed on stays as it was chosen
		b.replace(old, k)
	}
	return metKnown
}

// find is the one whom a prospect's handles reach at the same account.
func (b *bench) find(p target.Prospect) (Kept, bool) {
	for _, h := range tracking.Handles(p.Person.Keys()) {
		for _, id := range b.byKey[p.AccountID+"\x1f"+h] {
			if k, ok := b.kept[id]; ok && k.Stage != StageDropped {
				return k, true
			}
		}
	}
	return Kept{}, false
}

// replace puts one in the place of another, whose ID may be a weaker key's.
func (b *bench) replace(old, k Kept) {
	if old.ID != k.ID {
		old.Stage = StageDropped
		b.put(old)
	}
	b.put(k)
}
