package matching

import (
	"cmp"
	"slices"
	"strings"
)

// Levels of candidates: those that an identifier, domain or equal name finds go
// before those of initials and labels, and these before single words.
const (
	levelSure = iota
	levelHint
	levelWord
)

// search gathers the candidates for one question.
type search struct {
	x      *Index
	p      *Profile
	q      *query
	level  map[uint32]int
	weight map[uint32]int // in hundredths, so that the order of adding is all one
	capped bool
}

// candidates returns the facts of the accounts worth comparing, sorted by id.
func (x *Index) candidates(p *Profile, q *query) ([]*facts, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := &search{x: x, p: p, q: q, level: map[uint32]int{}, weight: map[uint32]int{}}
	s.byID(q.c.AccountID)
	s.byPins()
	s.byReport(q)
	for _, c := range p.acquirers(q.c) {
		s.byReport(makeQuery(p, c))
	}
	return s.result()
}

func (s *search) byID(id string) {
	if slot, ok := s.x.byID[id]; ok {
		s.add(slot, levelSure)
	}
}

// byPins adds the accounts of the pins that fit.
func (s *search) byPins() {
	for _, alias := range []bool{false, true} {
		if pin, ok := findPin(s.p, s.q, func(p Pin) bool { return p.Alias == alias }); ok {
			s.byID(pin.AccountID)
		}
	}
}

// byReport looks up all keys of a report.
func (s *search) byReport(q *query) {
	if q.linkedIn != "" {
		s.byKey(hashKey(keyLinkedIn, q.linkedIn), levelSure)
	}
	for _, d := range q.domains() {
		s.byKey(hashKey(keySite, d.Registrable), levelSure)
		s.byKey(hashKey(keyMail, d.Registrable), levelSure)
		if label := plainLabel(d); label != "" {
			s.byKey(hashKey(keyLabel, label), levelHint)
		}
	}
	s.byName(&q.name)
}

func (s *search) byName(n *named) {
	if n.Key == "" {
		return
	}
	for _, k := range n.Keys() {
		s.byKey(hashKey(keyName, k), levelSure)
	}
	if n.Generic {
		return
	}
	s.byKey(hashKey(keyLabel, n.letters), levelHint)
	if len(n.Words) == 1 {
		s.byKey(hashKey(keyInitials, n.letters), levelHint)
	}
	for _, a := range n.acronyms {
		s.byKey(hashKey(keyName, a), levelHint)
	}
	s.byWords(n)
}

func (s *search) byKey(key uint64, level int) {
	for _, slot := range s.x.keys[key] {
		s.add(slot, level)
	}
}

func (s *search) add(slot uint32, level int) {
	if had, ok := s.level[slot]; !ok || level < had {
		s.level[slot] = level
	}
}

// byWords adds the accounts that share a word, but for a typing error, with the
// name. Words that very many accounts have find nobody alone; two of them side
// by side may.
func (s *search) byWords(n *named) {
	looked, common := 0, 0
	eachWordOf(n, func(w string) {
		weight := hundredths(telling(w))
		take := func(slots []uint32, weight int) {
			if len(slots) > s.x.limit {
				common++
				return
			}
			looked += len(slots)
			for _, slot := range slots {
				s.add(slot, levelWord)
				s.weight[slot] += weight
			}
		}
		take(s.x.words.slots(w), weight)
		s.x.words.typos(w, func(_ string, slots []uint32) { take(slots, weight*9/10) })
	})
	if common == 0 {
		return
	}
	words := n.Words[:min(len(n.Words), maxWords)]
	for i := 1; i < len(words); i++ {
		pair := s.x.keys[hashKey(keyBigram, words[i-1], words[i])]
		if len(pair) > s.x.limit {
			continue
		}
		looked += len(pair)
		for _, slot := range pair {
			s.add(slot, levelWord)
			s.weight[slot] += hundredths(telling(words[i-1]) + telling(words[i]))
		}
	}
	s.capped = s.capped || looked == 0
}

func hundredths(x float64) int { return int(100*x + 0.5) }

// result ranks what was gathered, adds the parents and masters of each, and
// keeps what the cap allows.
func (s *search) result() ([]*facts, bool) {
	slots := make([]uint32, 0, len(s.level))
	for slot := range s.level {
		slots = append(slots, slot)
	}
	slices.SortFunc(slots, func(a, b uint32) int {
		return cmp.Or(
			cmp.Compare(s.level[a], s.level[b]),
			cmp.Compare(s.weight[b], s.weight[a]),
			strings.Compare(s.x.slots[a].acc.ID, s.x.slots[b].acc.ID),
		)
	})
	taken := map[uint32]bool{}
	var out []*facts
	for _, slot := range slots {
		family := s.family(slot, taken)
		if len(out)+len(family) > max(s.p.MaxCandidates, 1) {
			s.capped = true
			break
		}
		for _, member := range family {
			taken[member] = true
			out = append(out, s.x.slots[member])
		}
	}
	slices.SortFunc(out, compareFacts)
	return out, s.capped
}

// maxFamily bounds the steps up a hierarchy or along mergers.
const maxFamily = 32

// family returns a slot with those of its masters and ancestors that are not
// taken yet.
func (s *search) family(slot uint32, taken map[uint32]bool) []uint32 {
	var out []uint32
	todo := []uint32{slot}
	for len(todo) > 0 && len(out) < maxFamily {
		next := todo[0]
		todo = todo[1:]
		if taken[next] || slices.Contains(out, next) {
			continue
		}
		out = append(out, next)
		a := &s.x.slots[next].acc
		for _, id := range [2]string{a.MasterID, a.ParentID} {
			if up, ok := s.x.byID[id]; ok && id != "" {
				todo = append(todo, up)
			}
		}
	}
	return out
}
