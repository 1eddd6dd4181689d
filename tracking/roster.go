package tracking

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"
)

// Counter counts one relationship: Tracking <= Unique <= InReport, and the sum of
// Tracking over all relationships is the number of people tracked.
type Counter struct {
	Relationship string `json:"relationship"`
	// InReport counts rows, Unique the people in them, Tracking those of them who
	// are in no higher-ranked relationship: the ones that use a tracked credit here.
	InReport int `json:"in_report"`
	Unique   int `json:"unique"`
	Tracking int `json:"tracking"`
	// Importing tells that a list of the relationship refreshes itself.
	Importing bool `json:"importing"`
}

// Standing is how somebody who is tracked stands to us.
type Standing struct {
	// Number tells the people of one roster apart: 0 to Credits()-1. Another roster
	// numbers them anew.
	Number int `json:"-"`
	// Relationship is the highest-ranked one: what is stamped on deliveries.
	Relationship string `json:"relationship"`
	// Relationships are all, the highest first.
	Relationships []string `json:"relationships"`
}

// Roster is everybody who is tracked, each once. It is not changed any more and safe
// for concurrent use.
type Roster struct {
	ranked   []Relationship
	counters []Counter
	// in holds the ranks of each person's relationships as bits. People are in the
	// order of their lowest digest, which no order of rows can change.
	in []uint64
	// keys are the digests of all people; those of person i begin at from[i].
	keys []digest
	from []int32
	// person leads from a number of the merger to a person.
	person []int32
	strong map[digest]strongKey
	weak   map[digest]weakKey
}

// Roster is the result of all rows. Nothing may be added afterwards.
func (m *Merger) Roster() *Roster {
	m.judgeNames()
	r := &Roster{ranked: m.ranked, counters: m.counter, person: m.parent, strong: m.strong, weak: m.weak}
	for p := range m.parent {
		m.parent[p] = m.root(int32(p))
	}
	for p, in := range m.in {
		if in == 0 && m.parent[p] == int32(p) {
			m.in[p] = m.late[p]
			for rest := m.late[p]; rest != 0; rest &= rest - 1 {
				r.counters[bits.TrailingZeros64(rest)].InReport++
			}
		}
	}
	r.number(m)
	for _, in := range r.in {
		for rest := in; rest != 0; rest &= rest - 1 {
			r.counters[bits.TrailingZeros64(rest)].Unique++
		}
		r.counters[bits.TrailingZeros64(in)].Tracking++
	}
	m.parent, m.in, m.late, m.strong, m.weak = nil, nil, nil, nil, nil
	return r
}

// number gives each person a place, and lays the digests of one person side by side.
func (r *Roster) number(m *Merger) {
	lowest := make([]digest, len(m.parent))
	count := make([]int32, len(m.parent))
	each := func(do func(digest, int32)) {
		// any order: digests are counted, compared, and sorted below.
		for d, k := range r.strong {
			do(d, m.parent[k.person])
		}
		// any order: as above.
		for d, k := range r.weak {
			if k.bare != nobody {
				do(d, m.parent[k.bare])
			}
		}
	}
	each(func(d digest, root int32) {
		if count[root] == 0 || bytes.Compare(d[:], lowest[root][:]) < 0 {
			lowest[root] = d
		}
		count[root]++
	})
	var roots []int32
	for p, root := range m.parent {
		if int32(p) == root {
			roots = append(roots, root)
		}
	}
	slices.SortFunc(roots, func(a, b int32) int { return bytes.Compare(lowest[a][:], lowest[b][:]) })
	place := make([]int32, len(m.parent))
	r.in, r.from = make([]uint64, len(roots)), make([]int32, len(roots)+1)
	for i, root := range roots {
		place[root] = int32(i)
		r.in[i] = m.in[root]
		r.from[i+1] = r.from[i] + count[root]
		count[root] = r.from[i]
	}
	r.keys = make([]digest, r.from[len(roots)])
	each(func(d digest, root int32) {
		r.keys[count[root]] = d
		count[root]++
	})
	for i := range roots {
		slices.SortFunc(r.keysOf(int32(i)), func(a, b digest) int { return bytes.Compare(a[:], b[:]) })
	}
	for p, root := range m.parent {
		r.person[p] = place[root]
	}
}

// keysOf are the digests of one person, sorted.
func (r *Roster) keysOf(person int32) []digest { return r.keys[r.from[person]:r.from[person+1]] }

// Counters are the counters of all relationships, the highest first.
func (r *Roster) Counters() []Counter { return slices.Clone(r.counters) }

// Credits is the number of people tracked, which is that of tracked credits in use.
func (r *Roster) Credits() int { return len(r.in) }

// Find tells how somebody with these keys stands, as [Person.Keys] gives them; false
// when nobody like that is tracked. Where keys lead to several people, the
// highest-ranked answers.
func (r *Roster) Find(keys []string) (Standing, bool) {
	found := int32(nobody)
	slots := map[slot]bool{}
	for _, key := range keys {
		if isWeak(key) {
			continue
		}
		slots[slotOf(key)] = true
		if k, ok := r.strong[digestOf(key)]; ok {
			found = r.higher(found, r.person[k.person])
		}
	}
	for _, key := range keys {
		if found != nobody || !isWeak(key) {
			continue
		}
		if p := r.lookUp(digestOf(key)); p != nobody && !r.fills(p, slots) {
			found = p
		}
	}
	if found == nobody {
		return Standing{}, false
	}
	return r.standing(found), true
}

// higher is the one of two people who is in the higher-ranked relationship.
func (r *Roster) higher(a, b int32) int32 {
	if a == nobody {
		return b
	}
	return slices.MinFunc([]int32{a, b}, func(x, y int32) int {
		return cmp.Or(cmp.Compare(r.top(x), r.top(y)), cmp.Compare(x, y))
	})
}

func (r *Roster) top(person int32) int { return bits.TrailingZeros64(r.in[person]) }

// lookUp is who has a digest, or nobody. A name that several people share leads to
// the rows that have nothing else.
func (r *Roster) lookUp(d digest) int32 {
	if k, ok := r.strong[d]; ok {
		return r.person[k.person]
	}
	k, ok := r.weak[d]
	switch {
	case !ok:
	case k.named != nobody:
		return r.person[k.named]
	case k.bare != nobody:
		return r.person[k.bare]
	}
	return nobody
}

// fills reports whether the person has a key in one of the slots.
func (r *Roster) fills(person int32, slots map[slot]bool) bool {
	return slices.ContainsFunc(r.keysOf(person), func(d digest) bool {
		k, ok := r.strong[d]
		return ok && slots[k.slot]
	})
}

func (r *Roster) standing(person int32) Standing {
	s := Standing{Number: int(person)}
	for rest := r.in[person]; rest != 0; rest &= rest - 1 {
		s.Relationships = append(s.Relationships, r.ranked[bits.TrailingZeros64(rest)].ID)
	}
	s.Relationship = s.Relationships[0]
	return s
}
